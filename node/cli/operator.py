"""What the options before the command say: where the home is, how to answer, in which language."""

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from node.home import Home

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(slots=True)
class Operator:
    """Who runs a command, as far as the command has to know."""

    home: Home
    json: bool
    language: str
    passphrase_file: Path | None

    @property
    def program(self) -> str:
        """How the next command begins for this home."""
        if self.home == Home.at(os.environ.get("MINGA_HOME")):
            return "minga"
        return f"minga --home {shlex.quote(str(self.home.path))}"


pass_operator = click.make_pass_decorator(Operator)


def _set_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    operator = context.find_object(Operator)
    if value and operator is not None:
        operator.json = True


def json_option(command: Command) -> Command:
    """Decorate a command with `--json`, so that it may also stand after the command."""
    option = click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_set_json,
        help="Answer with JSON on standard output.",
    )
    return option(command)
