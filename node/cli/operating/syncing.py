"""`minga sync`: compare with one node now, and exchange what either lacks."""

import asyncio
from gettext import gettext as _
from gettext import ngettext
from typing import Any

import click

from node.cli.operating.peers import parsed_address
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import counter
from node.cli.render import in_figures, note, say, show_fields, show_json, suggest
from node.cli.workplace import running_node
from node.settings.loading import load_settings


@click.command("sync")
@click.argument("node", metavar="ADDRESS")
@json_option
@pass_operator
def sync_command(operator: Operator, node: str) -> None:
    """Compare with the node at an address now, and exchange what either lacks.

    The node of this home does it if it runs; otherwise this command is the node for as long as it takes.
    """
    address = parsed_address(node)
    operator.home.require()
    settings = load_settings(operator.home.path)

    async def sync() -> dict[str, Any]:
        async with running_node(operator.home) as running:
            if running is not None:
                return await running.sync_with(address.url)
        from node.sync.one_sync import sync_once

        with counter(_("Records held:")) as tell:
            return await sync_once(operator.home, settings, address.url, tell)

    answer = asyncio.run(sync())
    if operator.json:
        show_json(answer)
        return
    received = int(answer.get("received", 0))
    say(
        ngettext("{count} record came from {node}.", "{count} records came from {node}.", received).format(
            count=in_figures(received), node=address.url
        )
    )
    show_fields(
        [(_("Node"), str(answer.get("node", ""))), (_("Records"), in_figures(answer.get("records", 0)))]
    )
    if aside := int(answer.get("set_aside", 0)):
        note(
            ngettext(
                "{count} of what came was set aside: `minga status` says why.",
                "{count} of what came were set aside: `minga status` says why.",
                aside,
            ).format(count=in_figures(aside))
        )
    if kept := int(answer.get("kept_back", 0)):
        note(
            ngettext(
                "That node was out of touch itself, and keeps {count} record back until it has heard what "
                "was erased meanwhile: sync again in a quarter of an hour.",
                "That node was out of touch itself, and keeps {count} records back until it has heard what "
                "was erased meanwhile: sync again in a quarter of an hour.",
                kept,
            ).format(count=in_figures(kept))
        )
    suggest(operator, "status")
