"""`minga privacy`: what people may ask about themselves, and the figures that are published of it."""

from collections.abc import Sequence
from gettext import gettext as _
from gettext import ngettext
from typing import Any
from unicodedata import combining, normalize

import click

from node.accounts.naming_people import unpublished_of
from node.atlas.reading import Atlas
from node.authoring.signer import now_ms
from node.backups import backups_made
from node.clearing import cleared
from node.cli.arguments import Day, texts
from node.cli.faults import NotHere
from node.cli.naming import all_things, find_actor, own_actors
from node.cli.operator import Operator, json_option, pass_operator
from node.cli.progress import counter
from node.cli.records.privacy_views import holdings_json, plan_json, show_figures, show_holdings, show_plan
from node.cli.render import day, note, say, show_json, suggest, wrapped
from node.cli.verbs import Verbs
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from node.privacy.figures import count_holdings, published
from node.privacy.holdings import Holdings, held_of, person_of
from node.privacy.person import NAME_LENGTH_MIN_CHARS, Person
from node.privacy.register import OUTCOMES, REQUESTS, Request, note_request, requests_noted
from node.privacy.taking_out import Plan, erasures, ids_of, plan_taking_out, written_anew
from node.trust.blocks import Blocks
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, id_text
from protocol.keys import PublicKey, parse_did_key
from protocol.state.course import day_of

# As much of an id as lists show: nobody has so long a name without a blank that begins one.
ID_SHOWN_CHARS = 10


@click.group("privacy", cls=Verbs)
def privacy_command() -> None:
    """Answer people who ask what is held of them, have it put right, or have it taken out."""


_ALSO = click.option(
    "--also", multiple=True, metavar="NAME", help="Another name that the person goes by; may be repeated."
)


@privacy_command.command("access")
@click.argument("who", metavar="NAME|ACTOR|KEY")
@_ALSO
@click.option("--trial", is_flag=True, help="Only look: nobody asked, so no request is counted.")
@json_option
@pass_operator
def access(operator: Operator, who: str, also: tuple[str, ...], trial: bool) -> None:
    """List everything this node holds that names a person, to be handed to them.

    By an actor of theirs, by a key, and by their names, whatever the accents and capitals.
    """

    async def work(place: Workplace) -> None:
        person = await _person(place, who, also)
        holdings = await _held(place, person)
        plan = await _plan(place, holdings, erasing=False)
        own = len(holdings.found) - len(plan.others)
        labels = [info.label for info in place.keyring.list() if person.is_named_in(info.label)]
        unpublished = unpublished_of(place.home.path, person.is_named_in)
        named = holdings.found or labels or unpublished.accounts or unpublished.texts
        outcome = "done" if named else "nothing_held"
        if not trial:
            _note(place, "access", outcome, own, len(plan.others))
        if operator.json:
            show_json(await holdings_json(place, person, holdings, labels, unpublished))
            return
        await show_holdings(place, person, holdings, labels, unpublished)

    run_in(work, operator)


@privacy_command.command("rectify")
@click.argument("name")
@click.argument("words")
@click.option("--yes", is_flag=True, help="Do not ask again.")
@json_option
@pass_operator
def rectify(operator: Operator, name: str, words: str, yes: bool) -> None:
    """Put NAME right: WORDS stand in its place in what this home's actors describe from now on.

    New versions are written, and the content of the earlier ones is erased.
    """
    _change(operator, "rectify", name, (), " ".join(words.split()), yes=yes, erasing=False)


@privacy_command.command("erase")
@click.argument("who", metavar="NAME|ACTOR|KEY")
@_ALSO
@click.option(
    "--words", metavar="TEXT", help="What stands in the place of the name; otherwise that it was taken out."
)
@click.option("--yes", is_flag=True, help="Do not ask again.")
@json_option
@pass_operator
def erase(operator: Operator, who: str, also: tuple[str, ...], words: str | None, yes: bool) -> None:
    """Take a person's name out of what this home's actors wrote, and list what others wrote.

    Descriptions are written anew without the name, and their earlier versions erased; what was said on one
    occasion is erased whole. What others wrote only they can erase.
    """
    put = " ".join((words or _("[name taken out at their request]")).split())
    _change(operator, "erase", who, also, put, yes=yes, erasing=True)


@privacy_command.command("note")
@click.argument("request", type=click.Choice(REQUESTS))
@click.argument("outcome", type=click.Choice(OUTCOMES))
@click.option("--on", type=Day(), help="On which day; otherwise today.")
@json_option
@pass_operator
def note_(operator: Operator, request: str, outcome: str, on: str | None) -> None:
    """Note a request that was answered without this program, or refused: that there was one, not whose."""
    operator.home.require()
    told = Request(on or day_of(now_ms()), request, outcome)
    note_request(operator.home.path, told)
    if operator.json:
        show_json({"on": told.on, "request": request, "outcome": outcome})
        return
    say(_("Noted; the figures count it."))
    suggest(operator, "privacy figures")


@privacy_command.command("figures")
@click.option("--exact", is_flag=True, help="Small numbers too: for yourself, not to be published.")
@json_option
@pass_operator
def figures(operator: Operator, exact: bool) -> None:
    """Count, year by year, requests and what is held that is kept back or erased.

    A node publishes the same at /transparency, without numbers of requests that are so small that they point
    at somebody.
    """

    async def work(place: Workplace) -> None:
        requests = requests_noted(place.home.path)
        blocked = [block.since for block in Blocks.of_home(place.home.path)]
        told = published(await count_holdings(place.store), requests, blocked, exact=exact)
        if operator.json:
            show_json(told)
            return
        show_figures(told)

    run_in(work, operator)


def _change(
    operator: Operator, request: str, who: str, also: Sequence[str], words: str, *, yes: bool, erasing: bool
) -> None:
    """Take a name out, or put it right."""
    if not words:
        raise ConfigError("say what is to stand in the place of the name")

    async def work(place: Workplace) -> None:
        person = await _person(place, who, also) if erasing else _named(who, besides=words)
        if person.is_named_in(words):
            raise ConfigError("what is to stand in the place of the name holds the name itself")
        holdings = await _held(place, person)
        plan = await _plan(place, holdings, erasing=erasing)
        if not operator.json:
            await show_plan(place, person, plan, words)
        if plan.changes and not yes and not operator.json:
            click.confirm(_("Do it? What is erased is gone for good"), abort=True, err=True)
        written = await written_anew(place.signer, plan, person, words)
        for records in written:
            await place.submit(records)
        reason = texts((_("A person asked for it."),), operator.language)
        taken = await erasures(place.signer, plan, reason if erasing else None)
        for records in taken:
            await place.submit(records)
        left = len(plan.others) + len(plan.by_hand)
        outcome = "nothing_held" if not (plan.changes or left) else "partly" if left else "done"
        own = len(holdings.found) - len(plan.others)
        _note(place, request, outcome, own, len(plan.others), plan.changes)
        done = await _all_erased(place, plan)
        if done and taken:
            ids = [records[0].id for records in taken]
            state = await (
                cleared(place.store, Atlas(place.home.path))
                if place.node is None
                else place.node.cleared(ids)
            )
            if not state["cleared"]:
                note(_("Not all of it is gone from the files here yet: {why}").format(why=state["why_not"]))
        if operator.json:
            show_json(await plan_json(place, plan, outcome, [r[0] for r in (*written, *taken)], done))
            return
        _say_outcome(operator, plan, [r[0].id for r in (*written, *taken)], done)
        if done and plan.changes:
            _warn_of_copies(place)

    run_in(work, operator, writing=True)


def _say_outcome(operator: Operator, plan: Plan, signed: Sequence[bytes], done: bool) -> None:
    if not plan.changes:
        note(_("Nothing was changed: none of what this home's actors wrote can be by this program."))
        return
    if done:
        say(
            wrapped(
                ngettext(
                    "The content of {count} record is erased here, and will be wherever this reaches.",
                    "The content of {count} records is erased here, and will be wherever this reaches.",
                    plan.changes,
                ).format(count=plan.changes)
            )
        )
        return
    note(_("It waits for further signatures; until then nothing is erased."))
    for one in signed:
        suggest(operator, f"actor cosign {id_text(one)[:10]}")


def _warn_of_copies(place: Workplace) -> None:
    """Say where copies from before may lie, which no erasure reaches."""
    for backup in backups_made(place.home):
        note(
            _(
                "The backup of {day}, {file}, holds it still, if it is there: make another and delete it."
            ).format(day=day(backup.time_ms), file=backup.file)
        )
    say(
        wrapped(
            _(
                "It cannot reach what was carried away: bundles, exports and backups made before, copies "
                "and prints, and nodes that never hear of it."
            )
        )
    )


async def _all_erased(place: Workplace, plan: Plan) -> bool:
    for identifier in ids_of(plan):
        record = await place.store.record(identifier)
        if record is not None and not record.is_erased:
            return False
    return True


async def _person(place: Workplace, who: str, also: Sequence[str]) -> Person:
    """Return whom a name, an actor or a key means: an actor of this name is taken to be the person."""
    if who.startswith("did:"):
        try:
            key = parse_did_key(who)
        except ProtocolError as fault:
            raise ConfigError(f"{who[:80]!r}: {fault}") from None
        listing = [await place.store.actor(actor) for actor in await place.store.actors_listing(key)]
        people = [state for state in listing if state is not None and _is_person(state)]
        return person_of(people, frozenset({PublicKey(key)}), tuple(also))
    try:
        by_id = (
            await find_actor(place, who) if len(who.strip()) >= ID_SHOWN_CHARS and " " not in who else None
        )
    except (NotHere, ConfigError):
        by_id = None
    if by_id is None or not id_text(by_id).startswith(who.strip().lower()):
        by_id = None
    names = tuple(also) if by_id is not None else (who, *also)
    for name in names:
        _named(name)
    called = [by_id] if by_id is not None else await _called(place, who)
    states = [await place.store.actor(actor) for actor in called]
    return person_of([state for state in states if state is not None], frozenset(), names)


async def _called(place: Workplace, name: str) -> list[ActorId]:
    """Return the actor of exactly this name; nobody where several have it: not all are the person."""
    wanted = _bare(name)
    found = [
        ActorId(row.subject)
        async for row in all_things(place, "actor", text=name)
        if wanted in {_bare(title) for title in row.title.values()}
    ]
    if len(found) > 1:
        note(_("Several actors have this name: it is looked for as a name alone. Say which by its id."))
        return []
    return found


def _bare(name: str) -> str:
    """Return a name without accents, capitals and spare blanks."""
    letters = (letter for letter in normalize("NFD", name) if not combining(letter))
    return " ".join("".join(letters).split()).casefold()


def _is_person(state: Any) -> bool:
    return any(content.type == "person" for content in state.contents.values())


def _named(name: str, besides: str = "") -> Person:
    if len(name.strip()) < NAME_LENGTH_MIN_CHARS:
        raise ConfigError(f"a name of fewer than {NAME_LENGTH_MIN_CHARS} letters is found everywhere")
    return Person(names=(name,), besides=besides)


async def _held(place: Workplace, person: Person) -> Holdings:
    with counter(_("Records read:")) as tell:
        return await held_of(place.store, person, tell)


async def _plan(place: Workplace, holdings: Holdings, *, erasing: bool) -> Plan:
    own = [state.actor for state in await own_actors(place)]
    return plan_taking_out(holdings.found, own, erasing=erasing)


def _note(place: Workplace, request: str, outcome: str, own: int, others: int, changed: int = 0) -> None:
    note_request(
        place.home.path, Request(day_of(now_ms()), request, outcome, own=own, others=others, changed=changed)
    )
