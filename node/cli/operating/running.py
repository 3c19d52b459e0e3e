"""`minga run`: the node at work in the foreground."""

import asyncio
from gettext import gettext as _
from typing import TYPE_CHECKING

import click

from node.cli.operator import Operator, pass_operator
from node.cli.render import note, say, suggest
from node.settings.loading import load_settings
from node.settings.options import chosen_settings, setting_options

if TYPE_CHECKING:
    from node.daemon import Node


@click.command("run")
@setting_options
@click.pass_context
@pass_operator
def run_command(operator: Operator, context: click.Context) -> None:
    """Run the node of this home until it is stopped with Ctrl-C.

    Every setting can be given as an option; it then holds for this run, above config.toml and environment.
    """
    operator.home.require()
    settings = load_settings(operator.home.path, overrides=chosen_settings(context))
    from node.daemon import run_node
    from node.log import set_up_logging

    set_up_logging(settings.log_level, settings.log_format)

    def ready(node: "Node") -> None:
        listening = ", ".join(node.listening) or _("nowhere")
        say(_("The node {name} is at work; it listens on {where}.").format(name=node.name, where=listening))
        suggest(operator, "status")

    asyncio.run(run_node(operator.home, settings, ready=ready))
    note(_("The node has stopped."))
