"""Histories of every kind come to one state in any order, and to that of the second implementation (§7–8)."""

from collections import Counter
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from protocol.identifiers import ActorId, SubjectId
from protocol.kinds import KINDS
from protocol.kinds.body import Body
from protocol.kinds.contesting import Assessment, Challenge, Link, Statement
from protocol.kinds.endorsement import Endorsement
from protocol.record.verification import VerifiedRecord
from protocol.state.composition import composition
from protocol.state.contest import challenges
from protocol.state.course import DAY_MS, course, day_of
from protocol.state.fold import ThingState
from protocol.state.links import links, part_of, within
from protocol.state.mentions import mentions_of
from protocol.state.statements import statements
from protocol.state.tally import tally
from protocol.state.trust import Circle, Edge, edges, vouchers
from tests.other_implementation import authority, records, votes
from tests.other_implementation.courses import Course
from tests.other_implementation.statements import Links, Statements, Trust
from tests.other_implementation.things import Thing
from tests.protocol.people import T0
from tests.protocol.state.every_kind import UNKNOWN, YEAR_MS, EveryKind
from tests.protocol.state.test_any_history import Arriving, at_once

rolls = st.builds(Random, st.integers(0, 2**32 - 1))
lives = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STATEMENTS: dict[str, type[Statement]] = {
    "challenge": Challenge,
    "link": Link,
    "assessment": Assessment,
    "endorsement": Endorsement,
}


def moments(rng: Random) -> list[int]:
    """Some of the days around all that happened, some of the years, one before everything."""
    near = [T0 + rng.randint(-25, 60) * DAY_MS + rng.randint(-1, 1) for _ in range(2)]
    return [*near, T0 + rng.randint(-10 * YEAR_MS, 10 * YEAR_MS), T0 - 11 * YEAR_MS]


def told(things: dict[SubjectId, ThingState], moment: int) -> dict[str, Any]:
    """Everything that can be asked about a moment."""
    parts = {subject: part_of(thing, moment) for subject, thing in things.items()}
    found: dict[str, Any] = {}
    for subject, thing in things.items():
        about: dict[str, Any] = {
            "course": course(thing, moment) if thing.kind == "pact" else None,
            "tally": tally(thing, moment),
            "challenges": challenges(thing, moment),
            "links": links(subject, things, moment),
            "within": within(subject, parts),
            "mentions": mentions_of(thing),
            "vouchers": vouchers(thing, moment),
        }
        about |= {kind: statements(thing, moment, content) for kind, content in STATEMENTS.items()}
        found[subject.hex()] = about
    return found


@lives
@given(rolls, st.integers(5, 80))
def test_any_order_any_duplication_any_split_tells_the_same_of_every_moment(rng: Random, moves: int) -> None:
    world = EveryKind(rng).live(moves)
    expected = at_once(world.records)
    peers = [Arriving() for _ in range(2)]
    for record in world.records:
        for peer in rng.sample(peers, rng.randint(1, 2)):
            peer.receive(record)
    asked = moments(rng)
    answers = [told(expected, moment) for moment in asked]
    for peer in peers:
        everything = [*world.records, *rng.sample(world.records, len(world.records) // 2)]
        rng.shuffle(everything)
        for record in everything:
            peer.receive(record)
        assert peer.things == expected
        assert [told(peer.things, moment) for moment in asked] == answers


@lives
@given(rolls, st.integers(5, 80))
def test_the_second_implementation_tells_the_same(rng: Random, moves: int) -> None:
    world = EveryKind(rng).live(moves)
    check_against_the_text(rng, world.records)


def check_against_the_text(rng: Random, held: list[VerifiedRecord]) -> None:
    things = at_once(held)
    shuffled = rng.sample(held, len(held))
    read = authority.Held([records.verify(r.envelope, T0 + 10 * YEAR_MS) for r in shuffled])
    plain = {subject: Thing(read, subject) for subject in read.about}
    assert things.keys() == plain.keys()
    for subject, thing in things.items():
        if thing.kind == "actor":
            same_actor(thing, read)
        else:
            same_thing(thing, plain[subject])
    for moment in moments(rng):
        same_trust(rng, things, Trust(read, moment), moment)
        linked = Links(read, moment)
        parts = {subject: part_of(thing, moment) for subject, thing in things.items()}
        for subject, thing in things.items():
            same_statements(thing, Statements(read, subject, moment, plain[subject]))
            found = within(subject, parts)
            assert (list(found.things), bool(found.cycle)) == linked.within(subject)
            shown = links(subject, things, moment)
            assert [(one.said.record, one.own, one.mutual) for one in shown] == [
                (said.record.id, linked.is_own(said), linked.is_mutual(said))
                for said in linked.shown_at(subject)
            ]
            if thing.kind == "pact":
                same_course(thing, read, moment)
            if thing.kind == "motion":
                same_vote(thing, read, moment)


def same_actor(thing: ThingState, read: authority.Held) -> None:
    plain = read.actor(thing.subject)
    assert thing.status == plain.state
    assert thing.actor is not None
    assert list(thing.actor.standing) == plain.standing
    assert (thing.actor.head, list(thing.actor.rivals)) == (plain.head, plain.rivals)


def same_thing(thing: ThingState, plain: Thing) -> None:
    assert (thing.kind, thing.status) == (plain.kind, plain.status)
    assert (thing.display, list(thing.heads)) == (plain.display, plain.heads)
    assert thing.voice == (plain.voice(plain.display) if plain.display else "")
    assert set(thing.linked) == (plain.linked[plain.display] if plain.display else set())
    assert set(thing.erased) == plain.erased
    assert {i: str(one.effect) for i, one in thing.judged.items()} == plain.effects
    if thing.pact is not None:
        assert (thing.pact.in_force, list(thing.pact.rivals)) == (plain.in_force, plain.agreed_rivals)
    event(f"{thing.kind or 'nothing'} {thing.status}")


def same_statements(thing: ThingState, plain: Statements) -> None:
    for kind, content in STATEMENTS.items():
        found = [(s.record, s.moment_ms, str(s.standing)) for s in statements(thing, plain.moment, content)]
        assert found == [(s.record.id, s.moment, s.standing) for s in plain.shown(kind)]
        for _, _, standing in found:
            event(f"{kind} {standing}")
    states = [(c.said.record, str(c.state)) for c in challenges(thing, plain.moment)]
    assert states == plain.challenges()
    for _, state in states:
        event(f"challenge {state}")


def same_trust(rng: Random, things: dict[SubjectId, ThingState], plain: Trust, moment: int) -> None:
    given: dict[ActorId, list[Edge]] = {}
    actors = [ActorId(subject) for subject, thing in things.items() if thing.kind == "actor"]
    vouching = {}
    for subject, thing in things.items():
        for edge in edges(vouchers(thing, moment), ActorId(subject)):
            given.setdefault(edge.by, []).append(edge)
            vouching[edge.by, edge.of] = edge
    near = rng.sample(actors, min(len(actors), rng.randint(1, 2)))
    circle = Circle(near)
    while asked := circle.asked():
        circle.give({actor: given.get(actor, []) for actor in asked})
    for actor in actors:
        assert circle.distance(actor) == plain.distance(set(near), actor)
        by = {one: circle.distance(one) for one, of in vouching if of == actor}
        assert by == plain.vouching(set(near), actor)
        event(f"distance {circle.distance(actor)}")


def same_course(thing: ThingState, read: authority.Held, moment: int) -> None:
    found, plain = course(thing, moment), Course(read, thing.subject, moment)
    assert (found.status, found.since_ms, found.said) == (plain.status, plain.since, plain.said)
    assert [(e.record, e.what, e.moment_ms, e.why_not) for e in found.timeline] == [
        (e.record.id, e.what, e.moment, e.why_not) for e in plain.timeline
    ]
    assert [(d.what, d.by, d.actor, d.until, d.overdue) for d in found.due] == plain.due


def same_vote(thing: ThingState, read: authority.Held, moment: int) -> None:
    found, plain = tally(thing, moment), votes.Vote(read, thing.subject, moment)
    assert (str(found.outcome), found.motion, found.option) == (plain.outcome, plain.motion, plain.option)
    assert (list(found.votes), found.blank, list(found.not_voted)) == (
        plain.votes,
        plain.blank,
        plain.not_voted,
    )
    assert {cast.record: cast.why_not for cast in found.ballots} == plain.why_not
    event(f"vote {found.outcome}")


@lives
@given(rolls)
def test_a_body_keeps_the_rules_that_the_text_says_it_keeps(rng: Random) -> None:
    world = EveryKind(rng)
    for _ in range(10):
        record = world.sign("body", world.said("body"), None, [])
        assert isinstance(record.content, Body)
        day = day_of(rng.choice(moments(rng)))
        payload = records.verify(record.envelope, T0 + 10 * YEAR_MS).payload
        for found in composition(record.content, day):
            assert found.kept == votes.kept(payload, found.rule, day)


def test_these_histories_have_every_kind_in_them() -> None:
    signed = Counter(r.header.kind for seed in range(30) for r in EveryKind(Random(seed)).live(90).records)
    assert signed.keys() == {*KINDS, *UNKNOWN}
