"""`minga challenge|link|assess`: hold that a record is wrong, say how things stand, how a commons fares."""

from collections.abc import Sequence
from gettext import gettext as _
from typing import Any, TypeVar

import click

from node.authoring.signer import now_ms
from node.authoring.stating import own_statements, require_sensible_link, say, take_back
from node.cli.act_fields import TEXT, act_fields, act_options, text_fields
from node.cli.actors.people import actor_name
from node.cli.arguments import Day, is_whole_id, texts
from node.cli.contest.contest_views import show_statements, voices_json
from node.cli.faults import NotHere
from node.cli.naming import find_actor, find_thing
from node.cli.operator import Operator
from node.cli.pacts.pact_writing import find_act
from node.cli.render import say as write
from node.cli.render import short_id, show_json, suggest, wrapped
from node.cli.workplace import Workplace, run_in
from node.errors import ConfigError
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text, parse_id
from protocol.kinds.contesting import GROUNDS, PRINCIPLES, RELATIONS, Assessment, Challenge, Link, Statement
from protocol.record.verification import VerifiedRecord
from protocol.state.course import day_of
from protocol.state.effect import Effect
from protocol.state.fold import ThingState
from protocol.state.statements import Said

FINDINGS = ("absent", "partial", "present", "unknown")

S = TypeVar("S", bound=Statement)


@click.command("challenge")
@click.argument("record")
@click.option("--text", multiple=True, metavar=TEXT, help="What is wrong.")
@click.option(
    "--ground",
    type=click.Choice(GROUNDS),
    metavar="WORD",
    help=f"Why: {', '.join(GROUNDS)}.",
)
@click.option("--until", type=Day(), help="The last day to answer.")
@click.option("--replace", is_flag=True, help="Instead of what you challenged in it before.")
@click.option("--withdraw", is_flag=True, help="Take back what you challenged in it.")
@act_options
def challenge_command(operator: Operator, /, record: str, **given: Any) -> None:
    """Hold that a RECORD is wrong: a commons, a pact, an actor, anything.

    A thing's name means the version shown. Nothing is hidden or changed by it: it is shown beside what it is
    about, until you take it back. Those concerned answer with `minga reply`.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        about, thing = await find_act(place, record)
        payload = act_fields(operator, given) | text_fields(operator, given, "text")
        own = own_statements(thing, who, Challenge)
        chosen = [one for one in own if one.record == about.id] or own
        if given["withdraw"]:
            _require_nothing_else(given, "text", "ground", "until", "replace")
            await _take_back(place, who, thing, chosen, payload)
            return
        if "text" not in payload:
            raise ConfigError("a challenge says what is wrong: --text 'The spring is ours too'")
        until = given["until"]
        if until is not None and "on" not in payload and until < day_of(now_ms()):
            raise ConfigError(
                f"{until} is over, so nobody could answer by then; give a later --until, or none"
            )
        payload |= {name: given[name] for name in ("ground", "until") if given[name]}
        if given["until"] and not given["on"] and given["until"] < day_of(now_ms()):
            raise ConfigError(
                f"{given['until']} is over, so nobody could answer by then; give a later --until, or none, "
                "or say with --on when you said it"
            )
        if given["replace"] and not chosen:
            raise ConfigError("there is no challenge of yours to replace")
        target = None if about.id in (RecordId(thing.subject), *(one.record for one in own)) else about.id
        records = await say(
            place.signer, who, thing, "challenge", payload, target, chosen if given["replace"] else ()
        )
        await _written(place, thing, records, _("challenge"))

    run_in(work, operator, writing=True)


@click.command("link")
@click.argument("thing")
@click.argument("other")
@click.option(
    "--relation",
    required=True,
    metavar="WORD",
    help=f"How THING stands to OTHER: {', '.join(RELATIONS)}; or another word.",
)
@click.option("--text", multiple=True, metavar=TEXT, help="What there is to say of it.")
@click.option("--unseen", is_flag=True, help="OTHER is a whole id of something not held here yet.")
@click.option("--withdraw", is_flag=True, help="Take back what you said of the two.")
@act_options
def link_command(operator: Operator, /, thing: str, other: str, **given: Any) -> None:
    """Say how a THING stands to an OTHER: the same, a part of it, overlapping, taking its place.

    Everybody sees it at both, with who says so. It decides nothing: only what stewards say of their own is
    followed from part to whole.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        here = await find_thing(place, thing)
        end, held = await _other_end(place, other, unseen=given["unseen"])
        relation = given["relation"].strip().casefold().replace("-", "_").replace(" ", "_")
        payload = act_fields(operator, given) | text_fields(operator, given, "text")
        same = [
            one
            for one in own_statements(here, who, Link)
            if (one.content.relation, one.content.other) == (relation, end)
        ]
        if given["withdraw"]:
            await _take_back(place, who, here, same, payload)
            return
        await require_sensible_link(place.signer, here, relation, end, held)
        payload |= {"relation": relation, "other": end}
        records = await say(place.signer, who, here, "link", payload, instead_of=same)
        await _written(place, here, records, _("link"))

    run_in(work, operator, writing=True)


def _principle_options(command: Any) -> Any:
    helps = {
        "boundaries": "Clear boundaries: of the commons, and of who may use it.",
        "local_rules": "Rules fit local conditions.",
        "participation": "Users take part in changing the rules.",
        "monitoring": "Use is watched over, by the users or for them.",
        "sanctions": "Sanctions are graduated.",
        "conflict_resolution": "Conflicts are resolved at low cost.",
        "self_organisation": "The right to organise is recognised.",
        "nested": "It is nested in larger ones.",
    }
    for principle in reversed(PRINCIPLES):
        option = click.option(
            f"--{principle.replace('_', '-')}", metavar="FINDING[=TEXT]", help=helps[principle]
        )
        command = option(command)
    return command


@click.command("assess")
@click.argument("commons")
@_principle_options
@click.option("--text", multiple=True, metavar=TEXT, help="What there is to say of the whole.")
@click.option("--withdraw", is_flag=True, help="Take back your latest assessment of it.")
@act_options
def assess_command(operator: Operator, /, commons: str, **given: Any) -> None:
    """Hold a commons against the eight principles of lasting commons (Ostrom).

    Each FINDING is present, partial, absent or unknown, with a text where there is something to say:
    --monitoring 'partial=Only in the dry season'. What you found on other days stays beside it; a second one
    of the same day takes its place.
    """

    async def work(place: Workplace) -> None:
        who = await find_actor(place, given["actor"])
        thing = await find_thing(place, commons, "commons")
        payload = act_fields(operator, given) | text_fields(operator, given, "text")
        own = own_statements(thing, who, Assessment)
        if given["withdraw"]:
            _require_nothing_else(given, "text", *PRINCIPLES)
            await _take_back(place, who, thing, own[:1], payload)
            return
        principles = {
            name: _finding(given[name], name, operator.language) for name in PRINCIPLES if given[name]
        }
        if not principles:
            raise ConfigError("an assessment finds something: --boundaries present --monitoring partial …")
        payload["principles"] = principles
        day = payload.get("on") or day_of(now_ms())
        same_day = [one for one in own if day_of(one.moment_ms) == day]
        records = await say(place.signer, who, thing, "assessment", payload, instead_of=same_day)
        await _written(place, thing, records, _("assessment"))

    run_in(work, operator, writing=True)


async def _other_end(place: Workplace, typed: str, *, unseen: bool) -> tuple[SubjectId, ThingState | None]:
    """Return the other end of a link, and its state where it is held.  Raises `NotHere`."""
    if unseen:
        if not is_whole_id(typed):
            raise ConfigError("what is not held here is named by its whole id, of 52 letters and digits")
        record = await place.store.record(parse_id(typed))
        # The id of a version means the thing it is one of.
        named = SubjectId(parse_id(typed)) if record is None else record.subject
        return named, await place.store.thing(named)
    try:
        found = await find_thing(place, typed)
    except NotHere as missing:
        if is_whole_id(typed):
            raise NotHere(f"{missing.message}; {_('to name it all the same, say --unseen')}") from None
        raise
    return found.subject, found


def _finding(typed: str, principle: str, language: str) -> dict[str, Any]:
    word, equals, text = typed.partition("=")
    if word.strip().casefold() not in FINDINGS:
        raise ConfigError(f"{word[:40]!r}: what is found of {principle} is one of {', '.join(FINDINGS)}")
    finding: dict[str, Any] = {"finding": word.strip().casefold()}
    return finding | ({"text": texts((text,), language)} if equals else {})


def _require_nothing_else(given: dict[str, Any], *names: str) -> None:
    for name in names:
        if given[name]:
            raise ConfigError(f"--withdraw takes back what was said; leave out --{name.replace('_', '-')}")


async def _take_back(
    place: Workplace, who: ActorId, thing: ThingState, chosen: Sequence[Said[S]], payload: dict[str, Any]
) -> None:
    if not chosen:
        raise ConfigError("nothing of this that you said stands, so there is nothing to take back")
    records: list[VerifiedRecord] = []
    for said in chosen:
        records += await take_back(place.signer, who, thing, said, payload)
    await _written(place, thing, records, _("taken back"))


async def _written(place: Workplace, thing: ThingState, records: list[VerifiedRecord], what: str) -> None:
    """Store a statement, and show what is said of the thing now."""
    await place.submit(records)
    now = await place.store.thing(thing.subject)
    assert now is not None
    operator, act = place.operator, records[0]
    awaiting = now.judged[act.id].effect is Effect.AWAITING
    if operator.json:
        show_json({"record": id_text(act.id), "awaiting": awaiting, **await voices_json(place, now)})
        return
    assert act.header.actor is not None
    author = await actor_name(place, act.header.actor)
    write(
        wrapped(
            _("Recorded: {what}, by {who} ({record}).").format(
                what=what, who=author, record=short_id(id_text(act.id))
            )
        )
    )
    if awaiting:
        write(wrapped(_("It waits for further signatures, and counts once they are there.")))
        suggest(operator, f"actor cosign {short_id(id_text(act.id))}")
        return
    await show_statements(place, now)
    suggest(operator, f"record show {short_id(id_text(act.id))}")
