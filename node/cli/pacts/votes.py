"""`minga vote`: decide between proposals: put a question to the vote, follow it, look it up."""

from collections.abc import Sequence
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from node.authoring.signer import now_ms
from node.authoring.things import next_version, payload_of
from node.cli.arguments import Day
from node.cli.namesakes import ask_about_namesakes
from node.cli.naming import find_actor, find_thing, own_actors
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.pacts.deciding_words import vote_words
from node.cli.pacts.pact_course import Moment
from node.cli.pacts.vote_fields import check_vote, vote_fields
from node.cli.pacts.vote_views import show_vote, turnout, vote_json
from node.cli.pacts.voting import cast_command, minutes_command
from node.cli.personal_fields import personal_fields, personal_options
from node.cli.plain_form import from_plain
from node.cli.reading import find_shown
from node.cli.render import Column, short_id, show_json, show_table, suggest
from node.cli.things import show_list
from node.cli.typed_documents import read_document
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.present import present_ms, present_tally
from node.store.interface import PAGE_LENGTH_MAX, ThingRow
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.kinds.text import preferred
from protocol.state.course import day_of
from protocol.state.effect import Effect
from protocol.state.fold import ThingState
from protocol.state.tally import why_no_vote

# Ten years: a day typed with digits too many is not meant.
OPEN_MAX_DAYS = 3_650

STATUSES = ("not_open_yet", "open", "decided", "undecided", "no_quorum", "contested")
RULES = ("most", "majority", "two_thirds", "all")


@click.group("vote", cls=Verbs)
def vote_command() -> None:
    """Decide between proposals: by signed ballots with an open roll, or face to face with minutes."""


@vote_command.command("open")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--title", multiple=True, metavar="TEXT[@LANG]", help="The question; once for each language.")
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="TEXT[@LANG]|pact=PACT",
    help="What can be chosen: in words, or a proposal known here; once for each, in their order.",
)
@click.option(
    "--proposals-for",
    "commons",
    metavar="COMMONS",
    help="Make an option of each open proposal for this commons.",
)
@click.option(
    "--voter",
    "voters",
    multiple=True,
    metavar="ACTOR|ID=NAME",
    help="Who is on the roll, with one vote; once for each.",
)
@click.option(
    "--seats-of", "body", metavar="BODY", help="Put those who sit on a council or board today on the roll."
)
@click.option("--opens", type=Day(), help="The first day on which a ballot counts.")
@click.option("--closes", type=Day(), help="The last day on which a ballot counts.")
@click.option(
    "--days", type=click.IntRange(1, OPEN_MAX_DAYS), help="Close after so many days, instead of --closes."
)
@click.option(
    "--rule",
    type=click.Choice(RULES),
    help="Which option is taken: the one with most votes, or with more than half, two thirds or all; "
    "more than half, unless said.",
)
@click.option("--quorum", type=click.IntRange(1), metavar="VOTERS", help="How many have to vote.")
@click.option("--text", multiple=True, metavar="TEXT[@LANG]", help="What it is about, and what follows.")
@click.option("--source", metavar="TEXT", help="Who else says so, where it is not the actor's own.")
@click.option("--licence", metavar="SPDX", help="Under which licence it is published; otherwise CC-BY-4.0.")
@click.option("--amend", metavar="VOTE", help="Write this as the next text of a vote: all vote anew.")
@click.option("--as", "actor", metavar="ACTOR", help="In whose name; otherwise the only actor of this home.")
@click.option("--yes", is_flag=True, help="Also where it closes on a day that is past, or ballots are cast.")
@personal_options
@json_option
@pass_operator
def open_vote(
    operator: Operator, /, file: Path | None, amend: str | None, actor: str | None, yes: bool, **given: Any
) -> None:
    """Put a question to the vote: its options, who may vote, and until when.

    From a TOML or JSON file with its fields, from options, or both.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, actor)
        payload = {} if file is None else from_plain(read_document(file), "motion", operator.language)
        payload |= await vote_fields(place, given) | personal_fields(operator, given)
        if amend is not None:
            thing = await find_thing(place, amend, "motion")
            if not payload:
                raise ConfigError("say what to change in the vote, in a file or by options")
            _refuse_to_lose_ballots(thing, yes=yes)
            check_vote(await _text_of(place, thing) | payload, day_of(now_ms()), yes=yes)
            records = await next_version(place.signer, who, thing, payload)
        else:
            for field, option in (
                ("title", "--title"),
                ("options", "--option"),
                ("roll", "--voter"),
                ("closes", "--closes"),
            ):
                if not payload.get(field):
                    raise ConfigError(f"a vote needs its {field}; give them in a file, or with {option}")
            payload.setdefault("licence", "CC-BY-4.0")
            check_vote(payload, day_of(now_ms()), yes=yes)
            await ask_about_namesakes(place, "motion", payload["title"])
            records = await place.signer.sign(who, "motion", payload)
        await place.submit(records)
        await _show_written(place, SubjectId(records[0].subject), who)

    run_in(work, operator, writing=True)


async def _text_of(place: Workplace, thing: ThingState) -> dict[str, Any]:
    """Return the fields of the text that is shown.  Raises `ConfigError` where there is none."""
    record = None if thing.display is None else await place.store.record(thing.display)
    if record is None:
        raise ConfigError("nothing of this record is in effect yet, so there is nothing to change")
    return payload_of(record)


def _refuse_to_lose_ballots(thing: ThingState, *, yes: bool) -> None:
    found = present_tally(thing, now_ms())
    cast = sum(found.votes) + found.blank
    if cast and not yes:
        raise ConfigError(
            f"{cast} ballots on the present text would not count for the next, and all would have to vote "
            "anew: say that this is meant, with --yes"
        )


async def _show_written(place: Workplace, subject: SubjectId, who: ActorId) -> None:
    operator, thing = place.operator, await place.store.thing(subject)
    assert thing is not None
    newest = max(thing.versions.all.values(), key=lambda version: (version.time_ms, version.id))
    if operator.json:
        show_json({"record": id_text(newest.id)} | vote_json(thing))
        return
    await show_vote(place, thing)
    if newest.effect is Effect.AWAITING:
        suggest(operator, f"actor cosign {short_id(id_text(newest.id))}")
    elif not _suggest_voting(operator, thing, {who}):
        suggest(operator, f"vote show {short_id(id_text(subject))}")


def _suggest_voting(operator: Operator, thing: ThingState, actors: set[ActorId]) -> bool:
    """Suggest to vote where one of some actors still can; for which option is theirs to say."""
    moment_ms = present_ms(thing, now_ms())
    if all(why_no_vote(thing, actor, now_ms(), moment_ms) for actor in actors):
        return False
    suggest(operator, f"vote cast {short_id(id_text(thing.subject))} {_('OPTION')}")
    return True


vote_command.add_command(cast_command)
vote_command.add_command(minutes_command)


@vote_command.command("show")
@click.argument("vote")
@click.option("--at", "at_ms", type=Moment(), metavar="MOMENT", help="As it stood then: a day, or a minute.")
@json_option
@pass_operator
def show(operator: Operator, vote: str, at_ms: int | None) -> None:
    """Show a vote: how it stands, the options, who has voted, which ballots do not count and why."""

    async def work(place: Workplace) -> None:
        thing = await find_shown(place, vote, "motion")
        if operator.json:
            show_json(vote_json(thing, at_ms))
            return
        await show_vote(place, thing, at_ms)
        _suggest_voting(operator, thing, {state.actor for state in await own_actors(place)})

    run_in(work, operator)


@vote_command.command("list")
@click.argument("words", nargs=-1)
@click.option("--status", type=click.Choice(STATUSES), help="Only those of which this has come.")
@click.option("--on", "voter", metavar="ACTOR", help="Only those with this actor on the roll.")
@click.option("--all", "show_all", is_flag=True, help="List every one.")
@json_option
@pass_operator
def list_votes(
    operator: Operator, status: str | None, voter: str | None, show_all: bool, words: tuple[str, ...]
) -> None:
    """List the votes held here, all or those that hold some words, and how each stands."""

    async def work(place: Workplace) -> None:
        which: dict[str, Any] = {"status": status}
        if words:
            which["text"] = " ".join(words)
        named = None
        if voter is not None:
            on_roll = await find_actor(place, voter)
            named = {row.subject for row in await place.store.naming("motion", on_roll, PAGE_LENGTH_MAX)}
        limit: dict[str, Any] = {"limit": None} if show_all else {}
        empty = _("No vote is held here yet; put a question to the vote with `minga vote open`.")
        await show_list(place, "motion", empty, among=named, show=_show_rows, **limit, **which)

    run_in(work, operator)


async def _show_rows(place: Workplace, rows: Sequence[ThingRow]) -> None:
    columns = [
        Column(_("Id")),
        Column(_("Question"), flexible=True),
        Column(_("Standing")),
        Column(_("Voted"), right=True),
    ]
    lines = []
    for row in rows:
        title = preferred(dict(row.title), place.operator.language) if row.title else "–"
        thing = await place.store.thing(row.subject)
        voted = "" if thing is None else turnout(thing)
        lines.append((short_id(id_text(row.subject)), title, vote_words(row.status), voted))
    show_table(columns, lines)
