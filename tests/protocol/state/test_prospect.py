"""The prospect of a pact says what its course says, of every moment, or that it does not know."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from protocol.record.verification import VerifiedRecord
from protocol.state.course import (
    DAY_MS,
    NOT_YET_RECORDED,
    REPORTED_OTHERWISE,
    STATUS_AFTER,
    STATUSES,
    course,
    day_of,
    day_start_ms,
)
from protocol.state.fold import ThingState
from protocol.state.pact_standing import STEPS_IN_FORCE
from protocol.state.pacts import PactStatus
from protocol.state.prospect import MOMENTS_AHEAD_MAX, prospect
from tests.protocol.people import T0, Held, Person, key, pact, party
from tests.protocol.state.histories import World
from tests.protocol.state.test_any_history import PROCEDURE, at_once

rolls = st.builds(Random, st.integers(0, 2**32 - 1))


def _check(thing: ThingState, from_ms: int, rng: Random) -> None:
    """Compare with the course at every turn, just before and after it, and at moments in between."""
    ahead = prospect(thing, from_ms)
    assert ahead[0].since_ms == from_ms
    assert all(a.since_ms < b.since_ms and a.status != b.status for a, b in pairwise(ahead))
    turns = [stretch.since_ms + step for stretch in ahead for step in (-1, 0, 1, DAY_MS)]
    for moment in (*turns, *(from_ms + rng.randint(0, 40 * DAY_MS) for _ in range(8))):
        told = [stretch.status for stretch in ahead if stretch.since_ms <= moment]
        if told and told[-1] is not None:
            assert told[-1] == course(thing, moment).status
    event(f"{len(ahead)} stretches")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(5, 40))
def test_every_moment_of_any_history_has_the_status_of_the_course(rng: Random, moves: int) -> None:
    world = World(rng, actors=3).play(moves, PROCEDURE)
    for thing in at_once(world.records).values():
        if thing.kind == "pact":
            _check(thing, T0 + rng.choice((5_001, rng.randint(-12 * DAY_MS, 12 * DAY_MS))), rng)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls)
def test_every_moment_of_an_agreed_pact_has_the_status_of_the_course(rng: Random) -> None:
    """Terms, agreed ends, renewals, and steps dated before and ahead, on days and at moments."""
    start, end = sorted((_day(rng), _day(rng)))
    text: dict[str, Any] = {
        "term": rng.choice(({}, {"start": start}, {"end": end}, {"start": start, "end": end}))
    }
    if rng.random() < 0.4:
        text["ending"] = {"on": _day(rng), "cause": {"es": "x"}}
    held, town, first = _agreed(**text)
    for _ in range(rng.randint(0, 6)):
        step: dict[str, Any] = {"step": rng.choice(sorted(STEPS_IN_FORCE))}
        step |= rng.choice(
            ({"on": _day(rng)}, {"at_ms": T0 + rng.randint(-3, 12) * DAY_MS + rng.randrange(2)}, {})
        )
        if step["step"] == "renewed":
            step |= {"on": start, "until": end, "evidence": [{"title": "Acta"}], "reasons": {"es": "x"}}
            step.pop("at_ms", None)
        held.add(town.sign("step", step, subject=first.subject, parents=[first.id]))
    _check(held.thing(first.subject), T0 + rng.choice((0, rng.randint(-6 * DAY_MS, 6 * DAY_MS))), rng)


def _day(rng: Random) -> str:
    return day_of(T0 + rng.randint(-4, 20) * DAY_MS)


def _agreed(**text: Any) -> tuple[Held, Person, VerifiedRecord]:
    town, people = Person("Municipio", [key("town")]), Person("Comuna", [key("people")])
    parties = [party(town, side="administration"), party(people, side="community")]
    [first] = town.sign("pact", pact(**text) | {"parties": parties})
    about = {"subject": first.subject, "parents": [first.id]}
    consents = [one.sign("consent", {"decision": "consent"}, **about) for one in (town, people)]
    return Held(town.records, people.records, [first], *consents), town, first


def _suspensions(town: Person, first: VerifiedRecord, count: int) -> Iterator[VerifiedRecord]:
    for number in range(count):
        step = {"step": ("suspended", "resumed")[number % 2], "at_ms": T0 + (number + 1) * DAY_MS}
        yield from town.sign("step", step, subject=first.subject, parents=[first.id])


def test_every_status_has_its_place_among_them() -> None:
    found = {*PactStatus, *STATUS_AFTER.values(), REPORTED_OTHERWISE, NOT_YET_RECORDED}
    assert len(STATUSES) == len(set(STATUSES))
    assert set(STATUSES) == found


def test_a_term_gives_a_pact_its_whole_life() -> None:
    held, _, first = _agreed(term={"start": "2027-01-01", "end": "2027-12-31"})
    assert prospect(held.thing(first.subject), T0) == (
        (T0, "not_yet_started"),
        (day_start_ms("2027-01-01"), "in_force"),
        (day_start_ms("2028-01-01"), "expired"),
    )


def test_as_many_acts_to_come_are_looked_at_as_the_limit_says_and_the_next_is_left_to_the_course() -> None:
    for count, left in ((MOMENTS_AHEAD_MAX, False), (MOMENTS_AHEAD_MAX + 1, True)):
        held, town, first = _agreed()
        held.add(_suspensions(town, first, count))
        ahead = prospect(held.thing(first.subject), T0)
        assert len(ahead) == count + 1
        assert (ahead[-1].status is None) is left
        assert ahead[-1].since_ms == T0 + count * DAY_MS
