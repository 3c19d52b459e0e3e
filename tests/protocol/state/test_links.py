"""Links between things: said by anybody, followed only where stewards say it, and never for ever."""

from random import Random

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from protocol.identifiers import RecordId, SubjectId
from protocol.limits import WITHIN_MAX
from protocol.state.links import Within, links, part_of, within
from tests.protocol.people import Held
from tests.protocol.state.village import COUNCIL, NEIGHBOUR, PEOPLE, STEWARD, Village, at

LATE = at(100)


def things(village: Village, *names: RecordId) -> dict[SubjectId, object]:
    return {SubjectId(name): village.thing(name) for name in names}


def both(village: Village, this: RecordId, other: RecordId) -> dict[RecordId, tuple[bool, bool]]:
    """What is said between two things, as seen from each: the same from both."""
    held = things(village, this, other)
    found = links(SubjectId(this), held, LATE)
    assert found == links(SubjectId(other), held, LATE)
    return {one.said.record: (one.own, one.mutual) for one in found}


def test_a_link_is_seen_from_both_ends() -> None:
    village = Village()
    other = village.common(NEIGHBOUR)
    said = village.link(STEWARD, "part_of", village.commons, other)
    assert both(village, village.commons, other) == {said: (True, False)}


@pytest.mark.parametrize("relation", ["same_as", "overlaps"])
def test_what_both_stewards_say_of_each_other_is_mutual(relation: str) -> None:
    village = Village()
    other = village.common(NEIGHBOUR)
    one = village.link(STEWARD, relation, village.commons, other)
    assert both(village, village.commons, other) == {one: (True, False)}
    two = village.link(NEIGHBOUR, relation, other, village.commons, day=2)
    assert both(village, village.commons, other) == {one: (True, True), two: (True, True)}


def test_what_others_say_for_both_ends_is_mutual_of_nobody() -> None:
    village = Village()
    other = village.common(NEIGHBOUR)
    one = village.link(STEWARD, "same_as", village.commons, other)
    two = village.link(COUNCIL, "same_as", other, village.commons)
    three = village.link(STEWARD, "same_as", other, village.commons)
    assert both(village, village.commons, other) == {
        one: (True, False),
        two: (False, False),
        three: (False, False),
    }


def test_part_of_each_other_is_no_agreement() -> None:
    village = Village()
    other = village.common(NEIGHBOUR)
    one = village.link(STEWARD, "part_of", village.commons, other)
    two = village.link(NEIGHBOUR, "part_of", other, village.commons)
    assert both(village, village.commons, other) == {one: (True, False), two: (True, False)}


def test_a_link_to_itself_says_nothing() -> None:
    village = Village()
    village.link(STEWARD, "part_of", village.commons, village.commons)
    village.link(STEWARD, "same_as", village.commons, village.commons)
    thing = village.thing()
    assert links(thing.subject, {thing.subject: thing}, LATE) == ()
    assert part_of(thing, LATE) == ()


def test_a_link_to_what_nobody_holds_is_shown_and_does_no_harm() -> None:
    village = Village()
    nowhere = bytes(range(32))
    said = village.link(STEWARD, "part_of", village.commons, nowhere)
    thing = village.thing()
    (found,) = links(thing.subject, {thing.subject: thing}, LATE)
    assert (found.said.record, found.other) == (said, nowhere)
    assert within(thing.subject, {thing.subject: part_of(thing, LATE)}) == Within((nowhere,), (), more=False)


def test_only_what_stewards_say_of_their_own_is_followed() -> None:
    village = Village()
    other = village.common(NEIGHBOUR)
    village.link(COUNCIL, "part_of", village.commons, other)
    assert part_of(village.thing(), LATE) == ()
    village.link(STEWARD, "part_of", village.commons, other)
    assert part_of(village.thing(), LATE) == (other,)


def test_a_link_taken_back_is_not_followed() -> None:
    village = Village()
    other = village.common(NEIGHBOUR)
    said = village.link(STEWARD, "part_of", village.commons, other)
    payload = {"relation": "part_of", "other": other, "withdrawn": True}
    village.say(STEWARD, "link", payload, said, day=2)
    assert part_of(village.thing(), at(1)) == (other,)
    assert part_of(village.thing(), at(2)) == ()


def name(number: int) -> SubjectId:
    return SubjectId(number.to_bytes(32, "big"))


def test_the_nearest_come_first_and_each_once() -> None:
    parts = {name(1): [name(5), name(3)], name(3): [name(4)], name(5): [name(4), name(3)]}
    assert within(name(1), parts) == Within((name(3), name(5), name(4)), (), more=False)


def test_a_cycle_is_shown_and_holds_nothing() -> None:
    parts = {name(1): [name(2)], name(2): [name(3)], name(3): [name(1)]}
    assert within(name(1), parts) == Within((), (name(2), name(3), name(1)), more=False)
    # What hangs on a cycle is not in it.
    assert within(name(9), parts | {name(9): [name(1)]}).things == (name(1), name(2), name(3))


def test_as_many_as_the_limit_are_followed_and_no_more() -> None:
    up = {name(n): [name(n + 1)] for n in range(1, 1_000)}
    assert len(within(name(1000 - WITHIN_MAX), up).things) == WITHIN_MAX
    assert not within(name(1000 - WITHIN_MAX), up).more
    found = within(name(999 - WITHIN_MAX), up)
    assert (len(found.things), found.more) == (WITHIN_MAX, True)
    wide = within(name(1), {name(1): [name(n) for n in range(2, 5_000)]})
    assert (wide.things, wide.more) == (tuple(name(n) for n in range(2, 2 + WITHIN_MAX)), True)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.integers(0, 20), st.lists(st.integers(0, 20), max_size=4), max_size=21))
def test_within_is_what_can_be_reached(edges: dict[int, list[int]]) -> None:
    parts = {name(a): [name(b) for b in some] for a, some in edges.items()}
    reached: set[int] = set()
    waiting = list(edges.get(0, ()))
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += edges.get(here, ())
    found = within(name(0), parts)
    assert {*found.things, *found.cycle} == {name(n) for n in reached}
    assert bool(found.cycle) == (0 in reached)
    event("cycle" if found.cycle else f"{min(len(found.things), 3)} things")


@settings(max_examples=30, deadline=None)
@given(st.builds(Random, st.integers(0, 2**32 - 1)), st.integers(1, 12))
def test_any_order_gives_the_same_links(rng: Random, moves: int) -> None:
    village = Village()
    all_things = [village.commons, *(village.common(who, rng.choice(PEOPLE)) for who in PEOPLE)]
    for _ in range(moves):
        this, other = rng.choice(all_things), rng.choice([*all_things, RecordId(rng.randbytes(32))])
        relation = rng.choice(("same_as", "overlaps", "part_of", "supersedes", "grew_out_of"))
        village.link(rng.choice(PEOPLE), relation, this, other, day=rng.uniform(-3_000, 3_000))
    shuffled = list(village.records)
    rng.shuffle(shuffled)
    held = {SubjectId(t): village.thing(t) for t in all_things}
    again = {SubjectId(t): Held(shuffled).thing(t) for t in rng.sample(all_things, len(all_things))}
    for moment in (at(rng.uniform(-3_000, 3_000)), LATE * 2):
        for subject in held:
            found = links(subject, held, moment)
            assert found == links(subject, again, moment)
            assert all(subject in (one.subject, one.other) and one.subject != one.other for one in found)
            for one in found:
                if one.mutual:
                    assert any(o.subject == one.other and o.own and o.mutual for o in found)
