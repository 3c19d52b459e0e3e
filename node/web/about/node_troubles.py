"""What is not well with a node, in the reader's words, each trouble with what its operator should do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.examining import BACKUP_AGE_MAX_MS, PEER_SILENCE_MAX_MS
from node.web.words.speech import N_


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong and what to do, as messages; `command` is what to type, if anything."""

    code: str
    says: str
    remedy: str
    command: str = ""


_TROUBLES = {
    one.code: one
    for one in (
        Trouble(
            "storage",
            N_("It cannot store anything for now, so it takes nothing in."),
            N_("Make room on its disk, or raise the limit in its settings; it goes on by itself."),
            "minga doctor",
        ),
        Trouble(
            "clock",
            N_("Its clock may be wrong: what others sign looks as if it came from the future."),
            N_("Set the date and time of the machine."),
            "minga doctor",
        ),
        Trouble(
            "clearing",
            N_("Something erased may still stand in unused parts of its files."),
            N_("Make room on its disk: clearing goes on by itself."),
            "minga doctor",
        ),
        Trouble(
            "rebuilding",
            N_("Its lists and figures are being made anew; until then they may not be whole."),
            N_("Nothing: wait until it is done."),
        ),
        Trouble(
            "lan",
            N_("It is not found on the local network."),
            N_("Look at the network of the machine; other nodes can be added by their address."),
            "minga doctor",
        ),
        Trouble(
            "alone",
            N_("It is in touch with no other node just now."),
            N_("Connect the machine, or add the address of a node you know."),
            "minga peer add ADDRESS",
        ),
        Trouble(
            "silence",
            N_("With some nodes it has compared nothing for more than a day."),
            N_("Look at the link between them."),
            "minga peer list",
        ),
        Trouble(
            "aside",
            N_("What it may set aside of strangers’ records is full: more of them is not noted."),
            N_("Look through what was set aside, and raise a quota or block somebody."),
            "minga status",
        ),
        Trouble(
            "backup",
            N_("It has no backup of the last month."),
            N_("Make one, onto another disk or a stick."),
            "minga backup FILE",
        ),
    )
}


def troubles(status: Mapping[str, Any], rebuilding: bool, now_ms: int) -> list[Trouble]:
    """Return what is wrong by the status of a node, the gravest first; what it does not say is well."""
    return [_TROUBLES[code] for code in _found(status, rebuilding, now_ms)]


def _found(status: Mapping[str, Any], rebuilding: bool, now_ms: int) -> Iterator[str]:
    if status.get("storage_fault"):
        yield "storage"
    if status.get("clock_doubt"):
        yield "clock"
    if status.get("clearing_fault"):
        yield "clearing"
    if rebuilding:
        yield "rebuilding"
    lan = status.get("lan") or {}
    if lan.get("warning"):
        yield "lan"
    peers = status.get("peers")
    if isinstance(peers, list):
        if not peers:
            yield "alone"
        if any(_is_silent(peer, now_ms) for peer in peers):
            yield "silence"
    if (status.get("trust") or {}).get("set_aside_full"):
        yield "aside"
    if "last_backup_ms" in status:
        made_ms = status["last_backup_ms"]
        if made_ms is None or now_ms - made_ms > BACKUP_AGE_MAX_MS:
            yield "backup"


def _is_silent(peer: Mapping[str, Any], now_ms: int) -> bool:
    since_ms = peer.get("connected_since_ms")
    if since_ms is None:
        return False
    return bool(now_ms - max(peer.get("synced_at_ms") or 0, since_ms) > PEER_SILENCE_MAX_MS)
