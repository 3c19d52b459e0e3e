"""`minga body`: councils and boards: their seats, who sits on them, the rules they have given themselves."""

from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.authoring.signer import now_ms
from node.authoring.things import next_version, payload_of
from node.cli.actors.body_fields import body_fields, with_changed_seats
from node.cli.actors.body_views import body_json, body_line, show_body
from node.cli.arguments import Day
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.personal_fields import personal_fields, personal_options
from node.cli.plain_form import from_plain
from node.cli.reading import find_shown
from node.cli.render import Column, note, short_id, show_json, show_table, suggest
from node.cli.things import show_list
from node.cli.typed_documents import read_document
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.store.interface import PAGE_LENGTH_MAX, ThingRow
from protocol.identifiers import SubjectId, id_text
from protocol.kinds.body import RULES
from protocol.kinds.text import preferred
from protocol.state.course import day_of
from protocol.state.effect import Effect
from protocol.state.fold import ThingState


@click.group("body", cls=Verbs)
def body_command() -> None:
    """Write down and look up councils and boards: their seats, mandates and rules."""


@body_command.command("add")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--name", multiple=True, metavar="TEXT[@LANG]", help="Its name; once for each language.")
@click.option(
    "--type",
    "kind",
    metavar="WORD",
    help="What it is: council, shared_service_board, assembly, or another word; a council, unless said.",
)
@click.option("--signs-as", metavar="ACTOR", help="The actor with whose keys it signs.")
@click.option(
    "--seat",
    "seats",
    multiple=True,
    metavar="SIDE=HOLDER[; FIELD=…]",
    help="A seat and who sits on it, an actor known here or a name, vacant without one: "
    "'civil=Ana; role=chair; since=2026-01-01; until=2027-12-31; act=Acta 12'. "
    "Sides: state, civil. Fields: role (chair, vice_chair), category (user, worker, non_member), since, "
    "until, act, act_on, office, mandate_end.",
)
@click.option(
    "--leaves",
    "leaves",
    multiple=True,
    metavar="HOLDER=DAY",
    help="Who leaves a seat, and the last day of that mandate; with --amend.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    metavar="RULE",
    help=f"A rule of how it is composed: {', '.join(RULES)}, or another word; once for each.",
)
@click.option(
    "--share",
    "share_percent",
    type=click.IntRange(0, 100),
    metavar="PERCENT",
    help="Of the owners, how many have joined.",
)
@click.option("--text", multiple=True, metavar="TEXT[@LANG]", help="What it decides, and how it is chosen.")
@click.option("--source", metavar="TEXT", help="Who else says so, where it is not the actor's own.")
@click.option("--licence", metavar="SPDX", help="Under which licence it is published; otherwise CC-BY-4.0.")
@click.option(
    "--amend", metavar="BODY", help="Write the next version of a body: seats given are added to it."
)
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@personal_options
@json_option
@pass_operator
def add(operator: Operator, /, file: Path | None, amend: str | None, actor: str | None, **given: Any) -> None:
    """Write down a council or a board, or with --amend who sits on it now.

    From a TOML or JSON file with its fields, from options, or both. A mandate that ends stays: its seat is
    kept with its last day.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        payload = {} if file is None else from_plain(read_document(file), "body", operator.language)
        payload |= await body_fields(place, given) | personal_fields(operator, given)
        if amend is not None:
            thing = await find_thing(place, amend, "body")
            before = await _fields_shown(place, thing)
            payload = await with_changed_seats(place, before, payload, given)
            if not payload:
                raise ConfigError("say what to change in the body, in a file or by options")
            records = await next_version(place.signer, who, thing, payload)
        else:
            payload = await with_changed_seats(place, {}, payload, given)
            if not payload.get("name"):
                raise ConfigError("a body needs a name: --name 'Consejo de la cuenca@es'")
            payload.setdefault("type", "council")
            payload.setdefault("licence", "CC-BY-4.0")
            await ask_about_namesakes(place, "body", payload["name"])
            records = await place.signer.sign(who, "body", payload)
        for rule in payload.get("rules", ()):
            if rule not in RULES:
                note(
                    _("{word} is a rule of its own: it is kept and shown, and not checked.").format(word=rule)
                )
        await place.submit(records)
        await _show_written(place, SubjectId(records[0].subject))

    run_in(work, operator, writing=True)


async def _fields_shown(place: Workplace, thing: ThingState) -> dict[str, Any]:
    record = None if thing.display is None else await place.store.record(thing.display)
    return {} if record is None or record.is_erased else payload_of(record)


async def _show_written(place: Workplace, subject: SubjectId) -> None:
    operator, thing = place.operator, await place.store.thing(subject)
    assert thing is not None
    today = day_of(now_ms())
    newest = max(thing.versions.all.values(), key=lambda version: (version.time_ms, version.id))
    if operator.json:
        show_json({"record": id_text(newest.id)} | body_json(thing, today))
        return
    await show_body(place, thing, today)
    if newest.effect is Effect.AWAITING:
        suggest(operator, f"actor cosign {short_id(id_text(newest.id))}")
    else:
        suggest(operator, f"body show {short_id(id_text(subject))}")


@body_command.command("show")
@click.argument("body")
@click.option("--on", "day", type=Day(), help="As it was composed on that day; today, unless said.")
@json_option
@pass_operator
def show(operator: Operator, body: str, day: str | None) -> None:
    """Show a council or a board: who sits on it, which mandates end soon, and whether it keeps its rules."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, body, "body")
        on = day or day_of(now_ms())
        if operator.json:
            show_json(body_json(thing, on))
            return
        await show_body(place, thing, on)

    run_in(work, operator)


@body_command.command("list")
@click.argument("words", nargs=-1)
@click.option("--with", "holder", metavar="ACTOR", help="Only those on which this actor has a seat.")
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def list_bodies(operator: Operator, holder: str | None, show_all: bool, words: tuple[str, ...]) -> None:
    """List the councils and boards held here, all or those that hold some words."""

    async def work(place: Workplace) -> None:
        named = None
        if holder is not None:
            actor = await find_actor(place, holder)
            named = {row.subject for row in await place.store.naming("body", actor, PAGE_LENGTH_MAX)}
        which: dict[str, Any] = {"text": " ".join(words)} if words else {}
        limit: dict[str, Any] = {"limit": None} if show_all else {}
        empty = _("No council or board is held here yet; write one down with `minga body add`.")
        await show_list(place, "body", empty, among=named, show=_show_rows, **limit, **which)

    run_in(work, operator)


async def _show_rows(place: Workplace, rows: Sequence[ThingRow]) -> None:
    columns = [
        Column(_("Id")),
        Column(_("Name"), flexible=True),
        Column(_("Held"), right=True),
        Column(_("Vacant"), right=True),
        Column(_("Rules")),
    ]
    today = day_of(now_ms())
    lines = []
    for row in rows:
        title = preferred(dict(row.title), place.operator.language) if row.title else "–"
        thing = await place.store.thing(row.subject)
        figures = ("", "", "") if thing is None else body_line(thing, today)
        lines.append((short_id(id_text(row.subject)), title, *figures))
    show_table(columns, lines)
