"""`minga call`: what administrations offer: calls for proposals, available assets, modules for pacts."""

from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.authoring.things import next_version
from node.cli.arguments import Day, texts
from node.cli.contest.contest_views import show_voices, voices_json
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.pacts.pact_fields import commons_of, read_clauses
from node.cli.plain_form import composed, from_plain
from node.cli.reading import find_shown
from node.cli.render import plain, say, short_id, show_fields, show_json, suggest, wrapped
from node.cli.things import (
    other_texts,
    party_words,
    show_list,
    show_versions,
    source_words,
    status_of,
    status_words,
    thing_json,
)
from node.cli.typed_documents import read_document
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import SubjectId, id_text
from protocol.kinds.pact import CLAUSE_LETTERS
from protocol.kinds.procedure import Call
from protocol.kinds.text import preferred
from protocol.state.fold import ThingState

TYPES = ("call", "asset", "module")


@click.group("call", cls=Verbs)
def call_command() -> None:
    """Publish and look up calls, available assets and modules for pacts."""


@call_command.command("add")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--type", "kind", type=click.Choice(TYPES), help="A call, an asset or a module; a call, unless said."
)
@click.option("--title", multiple=True, metavar="TEXT[@LANG]", help="Its title; once for each language.")
@click.option(
    "--text", multiple=True, metavar="TEXT[@LANG]", help="What is offered, to whom, and how to answer."
)
@click.option(
    "--commons", "commons", multiple=True, metavar="COMMONS", help="A commons it is about, by id or name."
)
@click.option(
    "--clause",
    "clauses",
    multiple=True,
    metavar="CLAUSE=TEXT[@LANG]",
    help="The text of a clause of a module.",
)
@click.option("--opens", type=Day(), help="The first day for proposals.")
@click.option("--closes", type=Day(), help="The last day for proposals.")
@click.option("--source", metavar="TEXT", help="Who else says so, where it is not the actor's own.")
@click.option("--licence", metavar="SPDX", help="Under which licence it is published; otherwise CC-BY-4.0.")
@click.option("--amend", metavar="CALL", help="Write this as the next version of a call.")
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@json_option
@pass_operator
def add(operator: Operator, /, file: Path | None, amend: str | None, actor: str | None, **given: Any) -> None:
    """Publish a call for proposals, an available asset, or a module for frequent cases.

    From a TOML or JSON file with its fields, from options, or both.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        payload = {} if file is None else from_plain(read_document(file), "call", operator.language)
        payload |= await _fields(place, given)
        opens, closes = payload.get("opens"), payload.get("closes")
        if opens and closes and closes < opens:
            raise ConfigError(f"{closes} is before {opens}: the last day cannot come before the first")
        if amend is not None:
            thing = await find_thing(place, amend, "call")
            if not payload:
                raise ConfigError("say what to change in the call, in a file or by options")
            records = await next_version(place.signer, who, thing, payload)
        else:
            if not payload.get("title"):
                raise ConfigError("a call needs a title: --title 'Huertas del barrio@es'")
            payload.setdefault("type", "call")
            payload.setdefault("licence", "CC-BY-4.0")
            if "organiser" not in payload and "source" not in payload:
                state = await place.signer.actor(who)
                assert state.current is not None
                payload["organiser"] = {"name": dict(state.current.name), "actor": who}
            await ask_about_namesakes(place, "call", payload["title"])
            records = await place.signer.sign(who, "call", payload)
        await place.submit(records)
        now = await place.store.thing(SubjectId(records[0].subject))
        assert now is not None
        if operator.json:
            show_json({"record": id_text(records[0].id), **thing_json(now)})
            return
        await _show(place, now)
        waits = now.judged[records[0].id].effect.value == "awaiting"
        target = records[0].id if waits else now.subject
        suggest(operator, f"{'actor cosign' if waits else 'call show'} {short_id(id_text(target))}")

    run_in(work, operator, writing=True)


@call_command.command("list")
@click.argument("words", nargs=-1)
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def list_calls(operator: Operator, show_all: bool, words: tuple[str, ...]) -> None:
    """List the calls, assets and modules held here, all or those that hold some words."""

    async def work(place: Workplace) -> None:
        which: dict[str, object] = {"text": " ".join(words)} if words else {}
        limit: dict[str, object] = {"limit": None} if show_all else {}
        empty = _("No call is held here yet; an administration publishes one with `minga call add`.")
        await show_list(place, "call", empty, **limit, **which)  # type: ignore[arg-type]

    run_in(work, operator)


@call_command.command("show")
@click.argument("call")
@json_option
@pass_operator
def show(operator: Operator, call: str) -> None:
    """Show a call, an asset or a module by its id, the beginning of it, or its title."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, call, "call")
        if operator.json:
            show_json({**thing_json(thing), **await voices_json(place, thing)})
            return
        await _show(place, thing)
        await show_voices(place, thing)
        suggest(operator, "pact propose --help")

    run_in(work, operator)


async def _show(place: Workplace, thing: ThingState) -> None:
    language = place.operator.language
    content = thing.versions.all[thing.display].content if thing.display is not None else None
    fields = [(_("Id"), id_text(thing.subject)), (_("Standing"), status_words(status_of(thing), thing.kind))]
    if isinstance(content, Call):
        say(wrapped(plain(preferred(content.title, language))))
        commons = [
            plain(preferred(entry.name, language)) if entry.name else short_id(id_text(entry.subject or b""))
            for entry in content.commons
        ]
        kinds = {"call": _("call for proposals"), "asset": _("available asset"), "module": _("module")}
        fields = [
            *fields,
            (_("Other names"), other_texts(content.title, language)),
            (_("What it is"), kinds[content.type]),
            (_("Text"), plain(preferred(content.text, language)) if content.text else ""),
            (
                _("Published by"),
                "" if content.organiser is None else await party_words(place, content.organiser),
            ),
            (_("Commons"), "\n".join(commons)),
            (_("From"), content.opens or ""),
            (_("Until"), content.closes or ""),
            (_("Source"), source_words(content.source, language)),
            (_("Licence"), content.licence),
        ]
    show_fields(fields)
    if isinstance(content, Call):
        for field, letter in CLAUSE_LETTERS.items():
            if clause := getattr(content.clauses, field):
                say()
                say(wrapped(f"{letter}) {plain(preferred(clause, language))}", "   "))
    await show_versions(place, thing)


async def _fields(place: Workplace, given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a call that options gave."""
    language = place.operator.language
    fields: dict[str, Any] = {name: texts(given[name], language) for name in ("title", "text") if given[name]}
    fields |= {name: given[name] for name in ("opens", "closes", "licence") if given[name]}
    if given["kind"]:
        fields["type"] = given["kind"]
    if given["commons"]:
        fields["commons"] = [await commons_of(place, one) for one in given["commons"]]
    if given["clauses"]:
        fields["clauses"] = read_clauses(given["clauses"], language)
    if given["source"]:
        fields["source"] = composed({"name": given["source"]})
    return fields
