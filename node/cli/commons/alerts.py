"""`minga alert`: a commons is being enclosed, encroached upon or harmed; with evidence, until it is over."""

from gettext import gettext as _
from typing import Any

import click

from node.authoring.things import next_version, require_author
from node.cli.arguments import texts
from node.cli.commons.alert_fields import alert_fields, alert_options
from node.cli.commons.alert_views import show_alert
from node.cli.contest.contest_views import show_voices, voices_json
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.reading import find_shown
from node.cli.render import note, say, short_id, show_json, suggest, wrapped
from node.cli.restricted_fields import told
from node.cli.things import row_json, show_list, show_rows, thing_json
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.store.interface import PAGE_LENGTH_MAX
from protocol.identifiers import SubjectId, id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect

_SIGNING = click.option(
    "--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home."
)


@click.group("alert", cls=Verbs)
def alert_command() -> None:
    """Raise, look up and close alerts: a commons is enclosed, encroached upon or harmed."""


@alert_command.command("add")
@alert_options
@_SIGNING
@json_option
@pass_operator
def add(operator: Operator, /, actor: str | None, **given: Any) -> None:
    """Raise an alert, with what shows it.

    Everybody sees it, at the commons too. Of a place that would put people in danger say --sensitivity
    generalised or withheld, and leave it out of the texts.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        payload = await alert_fields(place, given)
        if "title" not in payload:
            raise ConfigError("an alert says what happens: --title 'Cercan el páramo@es'")
        payload.setdefault("type", "other")
        payload.setdefault("licence", "CC-BY-4.0")
        if not payload.get("commons") and "geometry" not in payload:
            raise ConfigError("say what it is about or where it happens: --commons, --point or --geometry")
        await ask_about_namesakes(place, "alert", payload["title"])
        said = await told(place, who, "alert", payload, given)
        public = {name: value for name, value in said.changes.items() if value is not None}
        signed = await place.signer.sign(who, "alert", public)
        await _written(place, await said.with_seal(place.signer, who, signed))

    run_in(work, operator, writing=True)


@alert_command.command("change")
@click.argument("alert")
@alert_options
@click.option("--drop", multiple=True, metavar="FIELD", help="A field to take out, such as text.")
@_SIGNING
@json_option
@pass_operator
def change(operator: Operator, /, alert: str, drop: tuple[str, ...], actor: str | None, **given: Any) -> None:
    """Write the next version of an alert: what is given here replaces what was said."""

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        thing = await find_thing(place, alert, "alert")
        require_author(thing, who)
        changes = await alert_fields(place, given) | dict.fromkeys(drop)
        said = await told(place, who, "alert", changes, given, thing)
        if not said.changes:
            raise ConfigError("say what to change; `minga alert change --help` lists the fields")
        signed = await next_version(place.signer, who, thing, said.changes)
        await _written(place, await said.with_seal(place.signer, who, signed))
        if said.changes.get("sensitivity", "public") != "public" and not operator.json:
            note(_("What earlier versions told of its place stays in them; see `minga erase`."))

    run_in(work, operator, writing=True)


@alert_command.command("close")
@click.argument("alert")
@click.option("--outcome", multiple=True, metavar="TEXT[@LANG]", help="What came of it.")
@click.option("--withdraw", is_flag=True, help="It was a mistake: take it back, instead of settled.")
@_SIGNING
@json_option
@pass_operator
def close(
    operator: Operator, /, alert: str, outcome: tuple[str, ...], withdraw: bool, actor: str | None
) -> None:
    """Say that what an alert is about is over, and what came of it; or take the alert back.

    Whoever raised it does. Others answer it with `minga reply`, or hold that it is wrong with
    `minga challenge`.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        thing = await find_thing(place, alert, "alert")
        require_author(thing, who)
        changes: dict[str, Any] = {"state": "withdrawn" if withdraw else "resolved"}
        if outcome:
            changes["outcome"] = texts(outcome, operator.language)
        await _written(place, await next_version(place.signer, who, thing, changes))

    run_in(work, operator, writing=True)


@alert_command.command("show")
@click.argument("alert")
@json_option
@pass_operator
def show(operator: Operator, alert: str) -> None:
    """Show an alert by its id, the beginning of it, or its title, and what is said of it."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, alert, "alert")
        if operator.json:
            show_json({**thing_json(thing), **await voices_json(place, thing)})
            return
        await show_alert(place, thing)
        await show_voices(place, thing)
        suggest(operator, f"record show {short_id(id_text(thing.display or thing.subject))}")

    run_in(work, operator)


@alert_command.command("list")
@click.argument("words", nargs=-1)
@click.option("--about", metavar="COMMONS", help="Only those about this commons.")
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def list_alerts(operator: Operator, words: tuple[str, ...], about: str | None, show_all: bool) -> None:
    """List the alerts held here, all or those that hold some words."""

    if about is not None and words:
        raise ConfigError("list alerts by words or with --about, not both")

    async def work(place: Workplace) -> None:
        empty = _("No alert is held here; raise one with `minga alert add`.")
        if about is not None:
            commons = await find_thing(place, about, "commons")
            rows = await place.shown.naming("alert", commons.subject, PAGE_LENGTH_MAX)
            if operator.json:
                show_json([row_json(row) for row in rows])
            elif rows:
                show_rows(place, rows)
            else:
                note(empty)
            return
        which: dict[str, object] = {"text": " ".join(words)} if words else {}
        limit: dict[str, object] = {"limit": None} if show_all else {}
        await show_list(place, "alert", empty, **limit, **which)  # type: ignore[arg-type]

    run_in(work, operator)


async def _written(place: Workplace, records: list[VerifiedRecord]) -> None:
    """Submit a version and show the alert as it stands now."""
    await place.submit(records)
    operator = place.operator
    thing = await place.store.thing(SubjectId(records[0].subject))
    assert thing is not None
    if operator.json:
        show_json({"record": id_text(records[0].id), **thing_json(thing)})
        return
    await show_alert(place, thing)
    if thing.judged[records[0].id].effect is Effect.AWAITING:
        say(wrapped(_("It waits for further signatures, and counts once they are there.")))
        suggest(operator, f"actor cosign {short_id(id_text(records[0].id))}")
    else:
        suggest(operator, f"alert show {short_id(id_text(thing.subject))}")
