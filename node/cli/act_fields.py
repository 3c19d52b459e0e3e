"""The options that every act of the procedure has, and the fields they fill."""

import hashlib
from collections.abc import Callable
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.authoring.signer import now_ms
from node.cli.arguments import Day, texts
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.personal_fields import personal_fields, personal_options
from node.cli.plain_form import composed
from node.cli.render import note
from node.errors import ConfigError
from protocol.state.course import day_of

TEXT = "TEXT[@LANG]"

_ON = click.option("--on", type=Day(), help="The day it took effect; otherwise the moment of signing.")
_PAPER = (
    click.option("--paper", metavar="TEXT", help="The paper it was made on: 'Acta 12'."),
    click.option("--held-by", metavar="TEXT", help="Who holds that paper."),
    click.option(
        "--paper-copy",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="A copy of that paper; its fingerprint is written down, the copy stays here.",
    ),
)
_AUTHORITY = (
    click.option("--act", metavar="TEXT", help="The act that authorises an office: 'Resolución 12-2026'."),
    click.option("--act-on", type=Day(), help="The day of that act."),
    click.option("--office", metavar="TEXT", help="Which office acts."),
    click.option("--mandate-end", type=Day(), help="When the mandate of that office ends."),
)
_ORIGIN = (
    click.option("--source", metavar="TEXT", help="The archive that says so, where you pass it on."),
    click.option("--source-url", metavar="URL", help="Where that archive can be read."),
)
_NOTE = click.option("--note", multiple=True, metavar=TEXT, help="A remark.")
_SIGNING = (
    click.option(
        "--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home."
    ),
    click.option("--yes", is_flag=True, help="Write it without asking, also where it will not count."),
)


def act_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command with what every act may say, who signs it, and `--json`."""
    command = personal_options(command)
    for option in reversed((_ON, *_PAPER, *_AUTHORITY, *_ORIGIN, _NOTE, *_SIGNING, json_option)):
        command = option(command)
    return pass_operator(command)


def signing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a command that signs now, in person, with what it may say, and `--json`."""
    for option in reversed((*_AUTHORITY, _NOTE, *_SIGNING, json_option)):
        command = option(command)
    return pass_operator(command)


def act_fields(operator: Operator, given: dict[str, Any]) -> dict[str, Any]:
    """Return the payload fields of an act that were given.  Raises `ConfigError`."""
    fields: dict[str, Any] = {}
    if given.get("on"):
        fields["on"] = given["on"]
    authority = {name: given.get(option) for name, option in _AUTHORITY_FIELDS if given.get(option)}
    if authority:
        if "act" not in authority:
            raise ConfigError("--act-on, --office and --mandate-end describe an act; name it with --act")
        fields["authorised_by"] = authority
        note_ended_mandate(authority.get("mandate_end"), given.get("on"))
    if given.get("paper"):
        fields["evidence"] = [_paper(given)]
    elif given.get("held_by") or given.get("paper_copy"):
        raise ConfigError("--held-by and --paper-copy describe a paper; say which with --paper")
    if given.get("source"):
        fields["source"] = {"name": given["source"]}
        if given.get("source_url"):
            fields["source"]["url"] = given["source_url"]
    elif given.get("source_url"):
        raise ConfigError("--source-url belongs to a --source; name it too")
    if given.get("note"):
        fields["note"] = texts(given["note"], operator.language)
    fields |= personal_fields(operator, given)
    normal: dict[str, Any] = composed(fields)
    return normal


def note_ended_mandate(end: str | None, on: str | None) -> None:
    """Say beside the answer that a mandate ended before the day of what is signed by it, today by default."""
    if end is not None and end < (on or day_of(now_ms())):
        note(_("The mandate that you name ended on {day}; whoever reads this is told so.").format(day=end))


_AUTHORITY_FIELDS = (
    ("act", "act"),
    ("on", "act_on"),
    ("office", "office"),
    ("mandate_end", "mandate_end"),
)


def text_fields(operator: Operator, given: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the fields of texts by language that were given."""
    return {name: texts(given[name], operator.language) for name in names if given.get(name)}


def _paper(given: dict[str, Any]) -> dict[str, Any]:
    paper: dict[str, Any] = {"title": given["paper"]}
    if given.get("held_by"):
        paper["held_by"] = given["held_by"]
    if given.get("paper_copy"):
        try:
            with given["paper_copy"].open("rb") as copy:
                paper["sha256"] = hashlib.file_digest(copy, "sha256").digest()
        except OSError as fault:
            raise ConfigError(f"{given['paper_copy']} cannot be read ({fault.strerror})") from None
    return paper
