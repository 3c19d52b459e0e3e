"""`minga run`: the node at work in the foreground."""

import asyncio
import sys
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
        if settings.web_enabled and settings.web_writing:
            _tell_first_link(node)
        suggest(operator, "status")

    asyncio.run(run_node(operator.home, settings, ready=ready))
    note(_("The node has stopped."))


def _tell_first_link(node: "Node") -> None:
    """Say how the first person comes in, while nobody has an account.

    At a terminal, to whoever stands there; a log, which others may read later, gets the command that makes
    one.
    """
    from node.accounts.accounts_file import AccountsFile
    from node.accounts.links import first_link
    from node.accounts.people import accounts
    from node.authoring.signer import now_ms
    from node.cli.operating.accounts import enter_address

    shown = sys.stdout.isatty()
    file = AccountsFile(node.home.path)
    try:
        # A link that nobody sees is not made: it would end the one that somebody was given.
        nobody = not file.do(accounts)
        token = file.do(lambda db: first_link(db, now_ms())) if shown else None
    finally:
        file.close()
    if nobody and not shown:
        note(_("Nobody can write in the browser yet; `minga account link` lets the first person in."))
    elif token is not None:
        say(_("To write in the browser, open this once, within an hour, and choose a passphrase:"))
        say(enter_address(node.listening[-1:], token))
