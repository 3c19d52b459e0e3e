"""Trust: which endorsements count, and how far people are from each other by them."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.limits import ENDORSEMENT_REACH_MAX
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS, day_of
from protocol.state.trust import Circle, Counting, Edge, edges, vouchers
from tests.protocol.people import T0, Held, Person, key

DAY0 = T0 - T0 % DAY_MS + DAY_MS


def actor(number: int) -> ActorId:
    return ActorId(number.to_bytes(32))


def edge(by: int, of: int, reach: int | None = None) -> Edge:
    record = (by << 16 | of << 8 | (9 if reach is None else reach)) + 1
    return Edge(actor(by), actor(of), reach, RecordId(record.to_bytes(32)))


def circle(graph: Iterable[Edge], roots: Iterable[int] = (0,), **more: Any) -> Circle:
    """The circle around the roots; everybody is asked for their endorsements once."""
    by: dict[ActorId, list[Edge]] = {}
    for one in graph:
        by.setdefault(one.by, []).append(one)
    found = Circle([actor(root) for root in roots], **more)
    everybody_asked: list[ActorId] = []
    while asked := found.asked():
        everybody_asked += asked
        found.give({one: by.get(one, []) for one in asked})
    assert len(everybody_asked) == len(set(everybody_asked))
    return found


def slowly(graph: list[Edge], roots: list[int], people: int) -> dict[ActorId, int]:
    """The distances as the specification says them: every chain of every length is tried."""
    distances = {actor(root): 0 for root in roots}
    chains: list[tuple[Edge, ...]] = [()]
    for length in range(1, people + 1):
        chains = [
            (*chain, one)
            for chain, one in product(chains, graph)
            if (one.by in {actor(r) for r in roots} if not chain else chain[-1].of == one.by)
        ]
        for chain in chains:
            carries = all(
                one.reach is None or one.reach >= length - place for place, one in enumerate(chain, 1)
            )
            if carries:
                distances.setdefault(chain[-1].of, length)
    return distances


graphs = st.lists(
    st.builds(edge, st.integers(0, 4), st.integers(0, 4), st.sampled_from([None, 0, 0, 1, 2, 3])),
    max_size=9,
    unique_by=lambda one: (one.by, one.of),
)


@given(graphs, st.lists(st.integers(0, 4), min_size=1, max_size=2))
def test_distances_are_those_of_the_least_chain_that_carries(graph: list[Edge], roots: list[int]) -> None:
    # A chain that comes back to somebody is never the shortest: four steps lead everywhere among five people.
    assert circle(graph, roots).distances() == slowly(graph, roots, people=4)


@given(graphs)
def test_a_chain_that_is_shown_is_one_of_the_shortest_and_carries(graph: list[Edge]) -> None:
    found = circle(graph)
    for who, distance in found.distances().items():
        chain = found.chain(who)
        assert chain is not None
        assert len(chain) == distance
        assert [one.by for one in chain] == [actor(0), *(one.of for one in chain)][: len(chain)]
        assert (chain[-1].of if chain else actor(0)) == who
        assert all(one.reach is None or one.reach >= distance - n for n, one in enumerate(chain, 1))
    assert found.chain(actor(77)) is None
    assert found.distance(actor(77)) is None


@given(graphs, st.randoms(use_true_random=False))
def test_in_which_order_endorsements_are_given_changes_nothing(graph: list[Edge], dice: Any) -> None:
    first, second = circle(graph), circle(dice.sample(graph, len(graph)))
    assert first.distances() == second.distances()
    assert all(first.chain(who) == second.chain(who) for who in first.distances())


def test_a_longer_chain_goes_on_where_a_shorter_one_may_not() -> None:
    # 0 → 1 (they alone); 0 → 2 → 1, and from 1 on: the way round leads to 3, two ways lead to 1.
    graph = [edge(0, 1, 0), edge(0, 2), edge(2, 1), edge(1, 3)]
    assert circle(graph).distances() == {actor(0): 0, actor(1): 1, actor(2): 1, actor(3): 3}


def test_a_chain_has_eight_endorsements_at_most_and_may_be_kept_shorter() -> None:
    line = [edge(n, n + 1) for n in range(ENDORSEMENT_REACH_MAX + 4)]
    assert max(circle(line).distances().values()) == ENDORSEMENT_REACH_MAX
    assert max(circle(line, within=99).distances().values()) == ENDORSEMENT_REACH_MAX
    assert circle(line, within=2).distances() == {actor(0): 0, actor(1): 1, actor(2): 2}
    assert circle(line, within=0).distances() == {actor(0): 0}


def test_a_ring_of_strangers_stays_as_far_as_who_endorses_them() -> None:
    ring = [edge(100 + n, 100 + m) for n in range(40) for m in range(40) if n != m]
    assert circle([edge(0, 1), *ring]).distances() == {actor(0): 0, actor(1): 1}
    # One mistake of somebody near lets them in, no nearer than that; with a reach of 0 only the one.
    assert set(circle([edge(0, 1), edge(1, 100), *ring]).distances().values()) == {0, 1, 2, 3}
    careful = [edge(0, 1), edge(1, 100, 0), *ring]
    assert circle(careful).distances() == {actor(0): 0, actor(1): 1, actor(100): 2}


def test_somebody_who_endorses_without_end_fills_the_circle_and_no_more() -> None:
    flood = [edge(1, 2 + n) for n in range(200)]
    full = circle([edge(0, 1), *flood], actors_max=50)
    assert len(full.distances()) == 50
    assert not full.is_whole
    assert full.distance(actor(1)) == 1
    exactly = circle([edge(0, 1), *flood], actors_max=202)
    assert len(exactly.distances()) == 202
    assert exactly.is_whole


class Valley:
    """Three neighbours and what they say of each other."""

    def __init__(self) -> None:
        self.ana = Person("Ana", [key("ana")])
        self.beto = Person("Beto", [key("beto")])
        self.council = Person("Cabildo", [key("c1"), key("c2"), key("c3")], threshold=2)
        self.held = Held(*(p.records for p in (self.ana, self.beto, self.council)))

    def say(
        self,
        by: Person,
        of: Person,
        day: int = 0,
        after: Iterable[RecordId] = (),
        **payload: Any,
    ) -> list[VerifiedRecord]:
        records = by.sign(
            "endorsement",
            payload,
            subject=SubjectId(of.id),
            parents=sorted([of.head, *after]),
            time_ms=DAY0 + day * DAY_MS,
        )
        self.held.add(records)
        return records

    def counting(self, of: Person, day: float = 1) -> Mapping[RecordId, Counting]:
        moment = DAY0 + int(day * DAY_MS)
        return {v.said.record: v.counting for v in vouchers(self.held.thing(SubjectId(of.id)), moment)}

    def edges(self, of: Person, day: float = 1) -> list[tuple[ActorId, int | None]]:
        found = vouchers(self.held.thing(SubjectId(of.id)), DAY0 + int(day * DAY_MS))
        return [(one.by, one.reach) for one in edges(found, of.id)]


def test_an_endorsement_counts_until_its_last_day_is_over() -> None:
    valley = Valley()
    said = valley.say(valley.ana, valley.beto, until=day_of(DAY0 + 3 * DAY_MS))[0].id
    assert valley.counting(valley.beto, day=-0.001) == {}
    assert valley.counting(valley.beto, day=0) == {said: Counting.COUNTS}
    assert valley.counting(valley.beto, day=3.999) == {said: Counting.COUNTS}
    assert valley.counting(valley.beto, day=4) == {said: Counting.LAPSED}
    assert valley.edges(valley.beto, day=4) == []


def test_what_was_taken_back_counts_no_more_and_is_still_shown() -> None:
    valley = Valley()
    first = valley.say(valley.ana, valley.beto)[0].id
    valley.say(valley.ana, valley.beto, day=2, after=[first], withdrawn=True)
    assert valley.counting(valley.beto, day=1) == {first: Counting.COUNTS}
    assert valley.counting(valley.beto, day=2) == {first: Counting.WITHDRAWN}
    assert valley.edges(valley.beto, day=2) == []


def test_a_later_endorsement_takes_the_place_of_the_one_it_names() -> None:
    valley = Valley()
    first = valley.say(valley.ana, valley.beto)[0].id
    second = valley.say(valley.ana, valley.beto, day=1, after=[first], reach=0)[0].id
    assert valley.counting(valley.beto) == {first: Counting.REPLACED, second: Counting.COUNTS}
    assert valley.edges(valley.beto) == [(valley.ana.id, 0)]


def test_of_two_that_stand_side_by_side_the_one_that_reaches_further_makes_the_step() -> None:
    valley = Valley()
    for reach in (2, 0, 5, 1):
        valley.say(valley.ana, valley.beto, reach=reach)
    assert valley.edges(valley.beto) == [(valley.ana.id, 5)]
    valley.say(valley.ana, valley.beto)
    assert valley.edges(valley.beto) == [(valley.ana.id, None)]


def test_nobody_takes_back_what_another_said_nor_vouches_for_themselves() -> None:
    valley = Valley()
    first = valley.say(valley.ana, valley.beto)[0].id
    itself = valley.say(valley.beto, valley.beto)[0].id
    valley.say(valley.beto, valley.beto, after=[first], withdrawn=True)
    assert valley.counting(valley.beto) == {first: Counting.COUNTS, itself: Counting.ITSELF}
    assert valley.edges(valley.beto) == [(valley.ana.id, None)]


def test_a_council_endorses_with_as_many_signatures_as_it_needs() -> None:
    valley = Valley()
    alone, second = valley.council.sign(
        "endorsement", {}, subject=SubjectId(valley.ana.id), parents=[valley.ana.head], time_ms=DAY0
    )
    valley.held.add([alone])
    assert valley.counting(valley.ana) == {}
    valley.held.add([second])
    assert valley.counting(valley.ana) == {alone.id: Counting.COUNTS}


def test_a_stolen_key_vouches_for_nobody_once_it_is_dropped() -> None:
    valley = Valley()
    valley.say(valley.ana, valley.beto)
    assert valley.edges(valley.beto) == [(valley.ana.id, None)]
    valley.held.add(valley.ana.version([key("ana")], [key("ana new")]))
    assert valley.edges(valley.beto) == []


def test_somebody_of_whom_no_record_is_held_is_vouched_for_by_nobody_yet() -> None:
    stranger = Person("Forastera", [key("stranger")])
    valley = Valley()
    valley.say(valley.ana, stranger)
    assert valley.edges(stranger) == [(valley.ana.id, None)]
    # Who is not held vouches for nobody: the endorsement takes no effect.
    valley.say(stranger, valley.beto)
    assert valley.edges(valley.beto) == []
