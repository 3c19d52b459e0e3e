"""Whether a node is well: its clock, disk, files, keys, store, network and peers; each trouble, its remedy.

Nothing is changed by looking; the store is read beside the node that may be running.
"""

import errno
import shutil
import socket
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.backups import last_backup
from node.errors import ConfigError
from node.home import Home
from node.keys.keyring import Keyring
from node.settings.loading import load_settings
from node.settings.table import Settings
from node.store.connection import reading
from node.store.errors import StoreError, Trouble
from node.store.interface import Progress
from node.store.upkeep import check_store
from protocol.limits import TIME_MAX_MS

# This software is younger than that; a clock that says less was never set.
CLOCK_MIN_MS = 1_767_225_600_000  # 1 January 2026

# Room for a day of syncing, and for the log of a large import.
DISK_FREE_MIN_BYTES = 200 * 1_000_000

# A month of a community's work is what one can write again from memory.
BACKUP_AGE_MAX_MS = 30 * 24 * 60 * 60 * 1_000

# A node that nobody answered for so long may have lost its link.
PEER_SILENCE_MAX_MS = 24 * 60 * 60 * 1_000

_MAKE_BACKUP = "run: minga backup FILE, onto another disk or a stick"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `remedy` is empty where all is well.  `name` is for programs, `subject` for us."""

    name: str
    subject: str
    says: str
    remedy: str = ""


async def examine(
    home: Home, progress: Progress | None = None, *, every_record: bool = True
) -> list[Finding]:
    """Return what every check of a home found.  Raises `ConfigError` only where there is no home."""
    findings = [_clock(), _disk(home), *_permissions(home)]
    settings, settings_finding = _settings(home)
    findings.append(settings_finding)
    findings += _keys(home)
    status = await _running(home)
    findings.append(await _store(home, progress, every_record))
    findings.append(_service(home, status))
    if settings is not None:
        findings += _ports(settings, status)
        findings.append(_lan(settings, status))
    findings.append(_peers(status))
    if settings is not None:
        findings.append(_aside(settings, status))
    findings.append(_backup(home))
    return findings


def _clock() -> Finding:
    now_ms = time.time_ns() // 1_000_000
    said = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(now_ms / 1_000))
    if CLOCK_MIN_MS <= now_ms < TIME_MAX_MS:
        return Finding("clock", "Clock", f"it says {said}")
    return Finding(
        "clock", "Clock", f"it says {said}, which cannot be", "set the date and time of this machine"
    )


def _disk(home: Home) -> Finding:
    free = shutil.disk_usage(home.path).free
    enough = free >= DISK_FREE_MIN_BYTES
    remedy = "" if enough else "make room on this disk, or move the home to a larger one"
    return Finding("disk", "Disk", f"{free // 1_000_000} MB free", remedy)


def _permissions(home: Home) -> list[Finding]:
    open_to_others = [
        path
        for path in (home.path, home.keys_path)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if not open_to_others:
        return [Finding("permissions", "Home", "only you can enter it")]
    return [
        Finding(
            "permissions", "Home", f"{path} is open to other users of this machine", f"run: chmod 700 {path}"
        )
        for path in open_to_others
    ]


def _settings(home: Home) -> tuple[Settings | None, Finding]:
    try:
        return load_settings(home.path), Finding("settings", "Settings", "they can be read")
    except ConfigError as fault:
        return None, Finding("settings", "Settings", str(fault), f"correct it in {home.config_path}")


def _keys(home: Home) -> list[Finding]:
    keyring = Keyring(home.keys_path)
    try:
        keys, faults = keyring.list(), keyring.faults()
    except ConfigError as fault:
        return [Finding("keys", "Keys", str(fault), "give the keys' folder back to yourself alone")]
    found = [Finding("keys", "Keys", str(fault), "restore that key from a backup") for fault in faults]
    if not any(key.kind == "node" for key in keys):
        found.append(Finding("keys", "Keys", "the node has no key of its own", "run: minga init"))
    return found or [Finding("keys", "Keys", f"{len(keys)} can be read")]


async def _running(home: Home) -> dict[str, Any] | None:
    """Return what the running node says of itself, None where none runs or answers."""
    if home.holder() is None:
        return None
    from node.control import SOCKET_NAME, ControlClient

    if not (home.path / SOCKET_NAME).is_socket():
        return None
    async with ControlClient(home.path) as client:
        return await client.status() if await client.running() else None


async def _store(home: Home, progress: Progress | None, every_record: bool) -> Finding:
    if not home.store_path.exists():
        return Finding("store", "Store", "it is empty")
    try:
        wrong = (
            await check_store(home.store_path, progress) if every_record else await _quick(home.store_path)
        )
    except (StoreError, ConfigError) as fault:
        return Finding("store", "Store", str(fault), "restore the last backup into a new home")
    if not wrong and not every_record:
        return Finding("store", "Store", "it opens")
    if not wrong:
        return Finding("store", "Store", "every record in it verifies")
    remedy = "run: minga rebuild; if that does not help, restore the last backup"
    if len(wrong) == 1:
        return Finding("store", "Store", wrong[0], remedy)
    return Finding("store", "Store", f"{wrong[0]} (and {len(wrong) - 1} more)", remedy)


async def _quick(path: Path) -> list[str]:
    async with reading(path) as db:
        rows = await db.execute_fetchall("PRAGMA quick_check(1)")
    return [Trouble(f"the file is damaged: {line}") for (line,) in rows if line != "ok"]


def _service(home: Home, status: dict[str, Any] | None) -> Finding:
    holder = home.holder()
    if status is not None:
        return Finding("running", "Node", "it runs")
    if holder is None:
        return Finding("running", "Node", "it does not run now")
    return Finding(
        "running",
        "Node",
        f"process {holder} holds the home and does not answer",
        "wait a moment; if it stays so, stop that process and start the node",
    )


def _ports(settings: Settings, status: dict[str, Any] | None) -> list[Finding]:
    if status is not None:
        where = ", ".join(status.get("listening", []))
        if not where:
            return [Finding("port", "Port", "the node listens nowhere")]
        return [Finding("port", "Port", f"the node listens on {where}")]
    found = []
    for address in (*settings.network_listen, *settings.web_listen):
        fault = _cannot_bind(address.host, address.port)
        if fault is None:
            found.append(Finding("port", "Port", f"{address} is free"))
        else:
            found.append(
                Finding(
                    "port",
                    "Port",
                    f"{address}: {fault}",
                    "stop what uses it, or choose another with `listen` in config.toml",
                )
            )
    return found


def _cannot_bind(host: str, port: int) -> str | None:
    """Return why a node could not listen there, None where it could."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(("" if host == "*" else host, port))
    except OSError as fault:
        return (
            "another program uses it" if fault.errno == errno.EADDRINUSE else (fault.strerror or str(fault))
        )
    return None


def _lan(settings: Settings, status: dict[str, Any] | None) -> Finding:
    if not settings.lan_discovery:
        return Finding("lan", "Local network", "finding nodes there is switched off")
    warning = ((status or {}).get("lan") or {}).get("warning")
    if warning:
        return Finding(
            "lan", "Local network", str(warning), "check the cable or the wireless network of this machine"
        )
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            trial.bind(("", 5353))
    except OSError as fault:
        return Finding(
            "lan",
            "Local network",
            f"nodes cannot be looked for ({fault.strerror})",
            "let this user open UDP port 5353, or switch lan.discovery off",
        )
    return Finding("lan", "Local network", "nodes can be found there")


def _peers(status: dict[str, Any] | None) -> Finding:
    if status is None:
        return Finding("peers", "Peers", "nobody is in touch while the node does not run")
    peers = status.get("peers", [])
    if not peers:
        return Finding("peers", "Peers", "no other node is in touch now")
    now_ms = time.time_ns() // 1_000_000
    silent = [
        p
        for p in peers
        if now_ms - max(p["synced_at_ms"] or 0, p["connected_since_ms"]) > PEER_SILENCE_MAX_MS
    ]
    if not silent:
        return Finding("peers", "Peers", f"{len(peers)} in touch")
    return Finding(
        "peers",
        "Peers",
        f"{silent[0]['address']} was last compared with more than a day ago",
        "run: minga sync with its address, and see what it says",
    )


def _aside(settings: Settings, status: dict[str, Any] | None) -> Finding:
    policy = settings.trust_policy
    told = (status or {}).get("trust") or {}
    total = sum(one["records"] for one in told.get("set_aside", {}).values())
    if policy != "open" and told.get("near") == 0:
        return Finding(
            "aside",
            "Set aside",
            f"the policy is {policy}, and nobody is near: nothing that others write is taken in",
            "name actors in trust.ours or trust.invited_actors, found one here, or set trust.policy to open",
        )
    if told.get("set_aside_full"):
        return Finding(
            "aside",
            "Set aside",
            f"{total} records, as many as can be remembered: more are fetched again now and then",
            "follow more (trust.within), or take in everything: trust.policy = open",
        )
    if not total:
        return Finding("aside", "Set aside", f"nothing; its policy is {policy}")
    return Finding("aside", "Set aside", f"{total} records; its policy is {policy}; `minga status` says why")


def _backup(home: Home) -> Finding:
    made = last_backup(home)
    if made is None:
        if not home.store_path.exists():
            return Finding("backup", "Backup", "there is nothing to back up yet")
        return Finding(
            "backup", "Backup", "none was made", "run: minga backup FILE, onto another disk or a stick"
        )
    age_ms = time.time_ns() // 1_000_000 - made.time_ms
    days = age_ms // (24 * 60 * 60 * 1_000)
    if age_ms <= BACKUP_AGE_MAX_MS:
        return Finding("backup", "Backup", f"the last is {days} days old")
    return Finding(
        "backup",
        "Backup",
        f"the last is {days} days old",
        "run: minga backup FILE, onto another disk or a stick",
    )
