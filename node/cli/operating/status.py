"""`minga status`: what this node is, what it holds, with whom it is in touch."""

import time
from dataclasses import asdict
from gettext import gettext as _
from gettext import ngettext
from typing import Any

import click

from node.backups import last_backup
from node.cli.counting import things_counted
from node.cli.operating.listening import listening_fields, show_set_aside, stored_listening
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import (
    Column,
    in_figures,
    note,
    plain,
    say,
    show_fields,
    show_json,
    show_table,
    size,
    suggest,
)
from node.cli.sentences import sentence
from node.cli.workplace import Workplace, run_in
from protocol.keys import did_key

# After that, a reader wants to know how long ago, not when.
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@click.command("status")
@json_option
@pass_operator
def status_command(operator: Operator) -> None:
    """Say what this node is, what it holds, and with whom it is in touch."""

    async def work(place: Workplace) -> None:
        status = await gather_status(place)
        if operator.json:
            show_json(status)
            return
        await _show(place, status)
        if not status["running"]:
            suggest(operator, "run")
        elif status["last_backup"] is None:
            suggest(operator, "backup FILE")

    run_in(work, operator)


async def gather_status(place: Workplace) -> dict[str, Any]:
    """Return what is known of a node, from its files and, where it runs, from itself."""
    counts = await place.store.counts()
    key = next((info.public for info in place.keyring.list() if info.kind == "node"), None)
    status: dict[str, Any] = {
        "running": place.node is not None,
        "home": str(place.home.path),
        "name": place.settings.node_name,
        "node": None if key is None else did_key(key),
        "network": place.settings.network_name,
        "records": counts.records,
        "records_by_kind": dict(counts.records_by_kind),
        "things_by_kind": dict(counts.things_by_kind),
        "store_bytes": _store_bytes(place),
        "last_backup": _last_backup(place),
        "listening": [],
        "peers": [],
    }
    status["trust"] = await stored_listening(place)
    if place.node is not None:
        status |= {**await place.node.status(), "running": True}
    return status


def ago(time_ms: int) -> str:
    """Return how long ago a moment was."""
    passed = time.time_ns() // 1_000_000 - time_ms
    if passed < MINUTE_MS:
        return _("just now")
    if passed < HOUR_MS:
        return _("{count} min ago").format(count=passed // MINUTE_MS)
    if passed < 2 * DAY_MS:
        return _("{count} h ago").format(count=passed // HOUR_MS)
    return _("{count} days ago").format(count=passed // DAY_MS)


async def _show(place: Workplace, status: dict[str, Any]) -> None:
    things = ", ".join(things_counted(kind, count) for kind, count in status["things_by_kind"].items())
    backup = status["last_backup"]
    lan = status.get("lan") or {}
    say(_("The node is running.") if status["running"] else _("The node is not running."))
    show_fields(
        [
            (_("Name"), plain(status["name"] or "")),
            (_("Node"), status["node"] or ""),
            (_("Network"), status["network"]),
            (_("Home"), status["home"]),
            (_("Holds"), _records(status["records"], status["store_bytes"])),
            (_("Things"), things),
            (_("Listens on"), ", ".join(status["listening"])),
            (_("Local network"), plain(sentence(lan.get("warning") or ""))),
            *listening_fields(status["trust"]),
            (_("Last backup"), ago(backup["time_ms"]) if backup else _("never")),
        ]
    )
    await show_set_aside(place, status["trust"])
    for warning in status.get("warnings") or ():
        note(plain(warning))
    if not status["running"]:
        return
    say()
    if not status["peers"]:
        say(_("It is connected to no other node now."))
        return
    columns = [
        Column(_("Connected to"), flexible=True),
        Column(_("Address"), flexible=True),
        Column(_("Holds"), right=True),
        Column(_("Compared")),
    ]
    show_table(
        columns,
        [
            (
                peer["node"].removeprefix("did:key:")[:16],
                peer["address"],
                in_figures(peer["records"]),
                ago(peer["synced_at_ms"]) if peer["synced_at_ms"] else _("not yet"),
            )
            for peer in status["peers"]
        ],
    )


def _records(count: int, store_bytes: int) -> str:
    held = ngettext("{count} record", "{count} records", count).format(count=in_figures(count))
    return f"{held} ({size(store_bytes)})"


def _last_backup(place: Workplace) -> dict[str, Any] | None:
    made = last_backup(place.home)
    return None if made is None else asdict(made) | {"file": str(made.file)}


def _store_bytes(place: Workplace) -> int:
    paths = [place.home.store_path.with_name(place.home.store_path.name + end) for end in ("", "-wal")]
    return sum(path.stat().st_size for path in paths if path.exists())
