"""`minga peer`: the nodes that this one stays connected to, wherever they are."""

from gettext import gettext as _
from typing import Any

import click

from node.cli.operating.status import ago
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.render import Column, note, say, show_json, show_table, suggest
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.peers.addresses import BadAddress, PeerAddress
from node.peers.chosen import change_chosen, load_chosen


@click.group("peer", cls=Verbs)
def peer_command() -> None:
    """Choose the nodes to stay connected to, beside those on the local network."""


@peer_command.command("add")
@click.argument("address")
@json_option
@pass_operator
def add(operator: Operator, address: str) -> None:
    """Stay connected to the node at an address, such as 192.168.1.20:7447 or wss://node.example.org/sync."""
    _change(operator, address, present=True)


@peer_command.command("remove")
@click.argument("address")
@json_option
@pass_operator
def remove(operator: Operator, address: str) -> None:
    """Stay connected no longer to the node at an address."""
    _change(operator, address, present=False)


@peer_command.command("list")
@json_option
@pass_operator
def list_peers(operator: Operator) -> None:
    """List the chosen nodes and those in touch now."""

    async def work(place: Workplace) -> None:
        chosen = [address.url for address in (*place.settings.peers_addresses, *load_chosen(place.home.path))]
        status: dict[str, Any] = {} if place.node is None else await place.node.status()
        connected, known = status.get("peers", []), status.get("known_peers", [])
        if operator.json:
            show_json(
                {"running": place.node is not None, "chosen": chosen, "connected": connected, "known": known}
            )
            return
        if not chosen and not connected:
            note(_("No node is chosen, and none is in touch now. On a local network they find each other."))
            suggest(operator, "peer add HOST:PORT")
            return
        rows = [
            (peer["address"], peer["node"].removeprefix("did:key:")[:16], _in_touch(peer))
            for peer in connected
        ]
        rows += [(url, "", _("chosen")) for url in chosen if all(p["address"] != url for p in connected)]
        show_table([Column(_("Address"), flexible=True), Column(_("Node")), Column(_("Standing"))], rows)
        if place.node is None:
            note(_("The node is not running, so none is in touch now."))

    run_in(work, operator)


def parsed_address(typed: str) -> PeerAddress:
    """Return an address.  Raises `ConfigError` that says how one is written."""
    try:
        return PeerAddress.parse(typed)
    except BadAddress as fault:
        raise ConfigError(str(fault)) from None


def _in_touch(peer: dict[str, Any]) -> str:
    when = peer.get("synced_at_ms")
    return _("compared {ago}").format(ago=ago(when)) if when else _("connected")


def _change(operator: Operator, typed: str, *, present: bool) -> None:
    address = parsed_address(typed)

    async def work(place: Workplace) -> None:
        chosen = {known.url for known in load_chosen(place.home.path)}
        if not present and address.url not in chosen:
            if address in place.settings.peers_addresses:
                raise ConfigError(
                    f"{address.url} stands in {place.home.config_path}, under [peers]; take it out there"
                )
            raise ConfigError(f"{address.url} is not one of the chosen nodes; `minga peer list` shows them")
        if place.node is not None:
            await place.node.change_peer(address.url, present)
        else:
            change_chosen(place.home.path, address, present)
        if operator.json:
            show_json({"address": address.url, "present": present, "running": place.node is not None})
            return
        if present:
            say(_("This node stays connected to {address}.").format(address=address.url))
            if place.node is None:
                suggest(operator, f"sync {address.url}")
        else:
            say(_("This node no longer stays connected to {address}.").format(address=address.url))

    run_in(work, operator)
