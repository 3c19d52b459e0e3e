"""`minga commons`: resources that communities hold in common, described, imported, looked up, spoken for."""

from gettext import gettext as _

import click

from node.authoring.things import next_version, speak_for
from node.cli.commons.commons_fields import commons_fields, commons_options, own_stewards
from node.cli.commons.import_command import import_command
from node.cli.commons.overlaps import overlaps_command
from node.cli.commons.seals import open_
from node.cli.contest.contest_views import show_voices, voices_json
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.reading import find_shown
from node.cli.render import note, say, short_id, show_json, suggest
from node.cli.restricted_fields import told
from node.cli.things import pacts_json, show_commons, show_list, show_pacts_about, thing_json
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import SubjectId, id_text
from protocol.record.verification import VerifiedRecord


@click.group("commons", cls=Verbs)
def commons_command() -> None:
    """Describe, import, find and speak for commons."""


commons_command.add_command(import_command)
commons_command.add_command(overlaps_command)


@commons_command.command("add")
@commons_options
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@json_option
@pass_operator
def add(operator: Operator, /, actor: str | None, **fields: object) -> None:
    """Describe a commons.

    Without --steward and --source, the actor describes its own: it is the steward. With --source, it
    documents what others hold.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        payload = await commons_fields(place, fields)
        if "name" not in payload:
            raise ConfigError("a commons needs a name: --name 'Páramo alto@es'")
        if not payload.get("resources"):
            raise ConfigError("a commons needs a resource: --resource water, forest, pasture …")
        payload.setdefault("licence", "CC-BY-4.0")
        if "stewards" not in payload and "source" not in payload:
            payload["stewards"] = await own_stewards(place, who)
        await ask_about_namesakes(place, "commons", payload["name"])
        said = await told(place, who, "commons", payload, fields)
        public = {name: value for name, value in said.changes.items() if value is not None}
        signed = await place.signer.sign(who, "commons", public)
        await _write(place, await said.with_seal(place.signer, who, signed))

    run_in(work, operator, writing=True)


@commons_command.command("change")
@click.argument("commons")
@commons_options
@click.option("--drop", multiple=True, metavar="FIELD", help="A field to take out, such as rules.")
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@json_option
@pass_operator
def change(
    operator: Operator, /, commons: str, drop: tuple[str, ...], actor: str | None, **fields: object
) -> None:
    """Write the next version of a commons: what is given here replaces what was said."""

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        thing = await find_thing(place, commons, "commons")
        changes = await commons_fields(place, fields) | dict.fromkeys(drop)
        said = await told(place, who, "commons", changes, fields, thing)
        if not said.changes:
            raise ConfigError("say what to change; `minga commons change --help` lists the fields")
        signed = await next_version(place.signer, who, thing, said.changes)
        await _write(place, await said.with_seal(place.signer, who, signed))
        if said.changes.get("sensitivity", "public") != "public" and not operator.json:
            note(_("What earlier versions told of its place stays in them; see `minga erase`."))

    run_in(work, operator, writing=True)


@commons_command.command("speak")
@click.argument("commons")
@commons_options
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@json_option
@pass_operator
def speak(operator: Operator, /, commons: str, actor: str | None, **fields: object) -> None:
    """Speak as a community for a commons that others documented.

    The actor's own version names it as steward and stands beside theirs; nothing they wrote is overwritten.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        thing = await find_thing(place, commons, "commons")
        said = await told(place, who, "commons", await commons_fields(place, fields), fields, thing)
        signed = await speak_for(place.signer, who, thing, said.changes)
        await _write(place, await said.with_seal(place.signer, who, signed))

    run_in(work, operator, writing=True)


@commons_command.command("show")
@click.argument("commons")
@json_option
@pass_operator
def show(operator: Operator, commons: str) -> None:
    """Show a commons by its id, the beginning of it, or its name, the pacts about it and other voices."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, commons, "commons")
        if operator.json:
            voices = await voices_json(place, thing)
            show_json({**thing_json(thing), "pacts": await pacts_json(place, thing), **voices})
            return
        await show_commons(place, thing)
        await show_pacts_about(place, thing)
        await show_voices(place, thing)
        suggest(operator, f"record show {short_id(id_text(thing.display or thing.subject))}")

    run_in(work, operator)


commons_command.add_command(open_, "open")


@commons_command.command("list")
@click.option("--by", "author", metavar="ACTOR", help="Only what this actor says.")
@click.option("--of", "steward", metavar="ACTOR", help="Only what names this actor as steward.")
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def list_commons(operator: Operator, author: str | None, steward: str | None, show_all: bool) -> None:
    """List the commons held here."""

    async def work(place: Workplace) -> None:
        which: dict[str, object] = {}
        if author is not None:
            which["author"] = await find_actor(place, author)
        if steward is not None:
            which["linked"] = await find_actor(place, steward)
        empty = _("No commons is held here yet: add one with `minga commons add`, or sync with a node.")
        await show_list(place, "commons", empty, **_limit(show_all), **which)  # type: ignore[arg-type]

    run_in(work, operator)


@commons_command.command("search")
@click.argument("words", nargs=-1, required=True)
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def search(operator: Operator, words: tuple[str, ...], show_all: bool) -> None:
    """List the commons in which every one of some words begins a word; accents and capitals do not matter."""

    async def work(place: Workplace) -> None:
        text = " ".join(words)
        empty = _("No commons here holds {words}.").format(words=text)
        await show_list(place, "commons", empty, **_limit(show_all), text=text)  # type: ignore[arg-type]

    run_in(work, operator)


def _limit(show_all: bool) -> dict[str, object]:
    return {"limit": None} if show_all else {}


async def _write(place: Workplace, records: list[VerifiedRecord]) -> None:
    """Submit a version and show the commons as it stands now."""
    await place.submit(records)
    operator = place.operator
    thing = await place.store.thing(SubjectId(records[0].subject))
    assert thing is not None
    if operator.json:
        show_json({"record": id_text(records[0].id), **thing_json(thing)})
        return
    await show_commons(place, thing)
    verdict = thing.judged[records[0].id]
    if verdict.effect.value == "awaiting":
        say(
            _("It waits for further signatures: {given} of {needed} so far.").format(
                given=len(verdict.signed_by), needed=verdict.needed
            )
        )
        suggest(operator, f"actor cosign {short_id(id_text(records[0].id))}")
    else:
        suggest(operator, f"commons show {short_id(id_text(thing.subject))}")
