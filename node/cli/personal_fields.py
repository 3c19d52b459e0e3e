"""Why a record names people, and by what right: the options that say so, and how it is shown.

What is signed goes to whoever asks and cannot be taken back from everybody.  So whoever names people says for
what, and who agreed to it (habeas data); a record of a person by name is not written without.
"""

import sys
from collections.abc import Callable, Mapping
from gettext import gettext as _
from typing import Any, TypeVar

import click

from node.authoring.signer import now_ms
from node.cli.arguments import texts
from node.cli.operator import Operator
from node.cli.plain_form import composed
from node.cli.render import note, plain
from node.errors import ConfigError
from protocol.kinds.privacy import PersonalData
from protocol.kinds.text import preferred
from protocol.state.course import day_of

Command = TypeVar("Command", bound=Callable[..., Any])

BASES = ("consent", "public_office", "public_source", "law")

_OPTIONS = (
    click.option(
        "--purpose", multiple=True, metavar="TEXT[@LANG]", help="Why people are named in it: for what use."
    ),
    click.option(
        "--basis",
        "personal_basis",
        type=click.Choice(BASES),
        help="By what right people are named: they agreed, hold a public office, a public source names them, "
        "or a law asks for it.",
    ),
    click.option(
        "--basis-on",
        "personal_on",
        metavar="DATE",
        help="When they agreed, or since when that right is: 2026, 2026-05 or 2026-05-31.",
    ),
    click.option(
        "--basis-held-by", "personal_held_by", metavar="TEXT", help="Who keeps what they signed, if they did."
    ),
)


def personal_options(command: Command) -> Command:
    """Decorate a command with the options that say why people are named."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def personal_fields(operator: Operator, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload field that was given, empty where none was.  Raises `ConfigError` for half of it."""
    purpose, basis = given.get("purpose"), given.get("personal_basis")
    if not purpose and not basis:
        if given.get("personal_on") or given.get("personal_held_by"):
            raise ConfigError("--basis-on and --basis-held-by belong to --basis; say by what right")
        return {}
    if not purpose or not basis:
        raise ConfigError("--purpose and --basis go together: for what use people are named, by what right")
    field: dict[str, Any] = {"purpose": texts(purpose, operator.language), "basis": basis}
    field |= {
        name: given[option]
        for name, option in (("on", "personal_on"), ("held_by", "personal_held_by"))
        if given.get(option)
    }
    normal: dict[str, Any] = composed({"personal_data": field})
    return normal


def personal_fields_of_person(operator: Operator, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field for a record that is a person: asked for at a terminal where it was not given.

    Raises `ConfigError` where it was not and nobody can be asked.
    """
    field = personal_fields(operator, given)
    if field:
        return field
    if not sys.stdin.isatty() or operator.json:
        raise ConfigError(
            "a person's name goes to everybody and cannot be taken back: say for what use, with --purpose, "
            "and by what right, with --basis"
        )
    note(
        _(
            "A person's name goes to every node and cannot be taken back from all of them: an actor's first "
            "name stays readable for as long as what it signed. Initials or a role are names as well."
        )
    )
    purpose = click.prompt(
        _("For what use is this person named"),
        default=_("So that they can sign in their own name"),
        err=True,
    )
    basis = click.prompt(
        _("By what right (consent, public_office, public_source, law)"),
        default="consent",
        type=click.Choice(BASES),
        show_choices=False,
        err=True,
    )
    on = day_of(now_ms()) if basis == "consent" else None
    return personal_fields(operator, {"purpose": (purpose,), "personal_basis": basis, "personal_on": on})


def personal_words(content: Any, language: str) -> str:
    """Return why a content names people and by what right, empty where it does not say."""
    said = getattr(content, "personal_data", None)
    if not isinstance(said, PersonalData):
        return ""
    basis = {
        "consent": _("with their consent"),
        "public_office": _("as holders of a public office"),
        "public_source": _("as a public source names them"),
        "law": _("as a law asks"),
    }[said.basis]
    parts = [plain(preferred(said.purpose, language)), f"{basis}, {said.on}" if said.on else basis]
    if said.held_by:
        parts.append(_("kept by {who}").format(who=plain(said.held_by)))
    return " · ".join(parts)
