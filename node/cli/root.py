"""The root command: the options before the verb, and the module of each verb, imported when asked for."""

import os
from collections.abc import MutableMapping
from gettext import gettext as _
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from node.cli.faults import ToPutRight, plain_endings
from node.cli.language import LANGUAGES, chosen_language, put_help_into_words, speak
from node.cli.operator import Operator
from node.cli.verbs import Verbs
from node.home import Home

# In the order of an operator's life with a node, which is the order of the help.
VERBS = {
    "init": "operating.setting_up",
    "run": "operating.running",
    "status": "operating.status",
    "doctor": "operating.doctor",
    "account": "operating.accounts",
    "key": "actors.keys",
    "actor": "actors.actors",
    "endorse": "actors.endorsing",
    "commons": "commons.commons",
    "seal": "commons.seals",
    "alert": "commons.alerts",
    "challenge": "contest.contesting",
    "link": "contest.contesting",
    "assess": "contest.contesting",
    "reply": "pacts.pact_accounts",
    "call": "pacts.calls",
    "pact": "pacts.pacts",
    "vote": "pacts.votes",
    "body": "actors.bodies",
    "place": "commons.places",
    "territory": "commons.territories",
    "map": "commons.map_export",
    "record": "records.records",
    "schema": "records.schemas",
    "erase": "records.erasing",
    "privacy": "records.privacy",
    "block": "operating.blocking",
    "peer": "operating.peers",
    "sync": "operating.syncing",
    "export": "operating.bundles",
    "import": "operating.bundles",
    "backup": "operating.upkeep",
    "rebuild": "operating.upkeep",
    "completion": "completion",
}


class Root(Verbs):
    """Loads a verb's module when it is asked for, so that no command waits for what others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb's command, its help in the spoken language."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"node.cli.{VERBS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        put_help_into_words(command)
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Choose the language before anything is said, help and errors included."""
        speak(chosen_language(args, os.environ))
        put_help_into_words(self)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what an operator can put right ends in one sentence."""
        with plain_endings():
            try:
                return super().invoke(ctx)
            except click.NoSuchOption as fault:
                if any(fault.option_name in parameter.opts for parameter in self.params):
                    raise ToPutRight(
                        _("{option} stands before the command: {program} {option} … {command} …").format(
                            option=fault.option_name, program=ctx.info_name, command=ctx.invoked_subcommand
                        )
                    ) from None
                raise

    def _main_shell_completion(
        self, ctx_args: MutableMapping[str, Any], prog_name: str, complete_var: str | None = None
    ) -> None:
        speak(chosen_language([], os.environ))
        super()._main_shell_completion(ctx_args, prog_name, complete_var)


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("minga")
        except PackageNotFoundError:
            number = "0"
        click.echo(f"minga {number}")
        context.exit()


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="MINGA_HOME",
    help="The node's home directory; otherwise MINGA_HOME, otherwise ~/.minga.",
)
@click.option("--json", is_flag=True, help="Answer with JSON on standard output.")
@click.option("--lang", type=click.Choice(LANGUAGES), help="Language of what is said here.")
@click.option(
    "--passphrase-file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="MINGA_PASSPHRASE_FILE",
    help="Take passphrases from a file that only you can read, instead of asking.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Say which version this is.",
)
@click.pass_context
def minga(
    context: click.Context, home: Path | None, json: bool, lang: str | None, passphrase_file: Path | None
) -> None:
    """Hold, sign, share and check records of commons and of the pacts that care for them.

    Exit codes: 0 done; 1 what was asked for is not here, or a check found trouble; 2 the command, a setting,
    a key or a file has to be put right; 3 the disk or the network failed; 130 interrupted.
    """
    language = lang or os.environ["LANGUAGE"]
    context.obj = Operator(Home.at(home), json, language, passphrase_file)
