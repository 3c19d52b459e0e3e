"""Who vouches for whom, and how far they are from a set of actors (docs/protocol.md §8.11).

No authority certifies anybody: a reader begins with the actors it knows and follows endorsements outward.

    circle = Circle(ours)
    while asked := circle.asked():
        circle.give({actor: endorsements by that actor, at a moment, for actor in asked})

Outward, because nobody can put themselves near: however many strangers endorse each other, those who are
reached are only those whom somebody already reached endorses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.endorsement import Endorsement
from protocol.limits import ENDORSEMENT_REACH_MAX
from protocol.state.course import day_of
from protocol.state.fold import ThingState
from protocol.state.statements import Said, Standing, statements

# 20,000 × 1 KB: more people than anybody is eight steps from, and what somebody near who endorses without
# end can make a node remember.  Who is nearer is found first.
CIRCLE_ACTORS_MAX = 20_000


class Counting(StrEnum):
    """Whether an endorsement counts, and if not, why."""

    COUNTS = "counts"
    LAPSED = "lapsed"  # its last day is over
    REPLACED = "replaced"  # by a later one of the same author
    WITHDRAWN = "withdrawn"
    ITSELF = "itself"  # nobody vouches for themselves


@dataclass(frozen=True, slots=True)
class Voucher:
    """An endorsement of an actor, with whether it counts at the moment that was asked about."""

    said: Said[Endorsement]
    counting: Counting

    @property
    def counts(self) -> bool:
        """Whether it is one of the endorsements that chains are made of."""
        return self.counting is Counting.COUNTS


@dataclass(frozen=True, slots=True)
class Edge:
    """`by` endorses `of`: one step of a chain, after which at most `reach` may follow (None: any number)."""

    by: ActorId
    of: ActorId
    reach: int | None
    record: RecordId


@dataclass(frozen=True, slots=True)
class _Reached:
    """A way to an actor: its length, how many steps may follow it, and its last step."""

    length: int
    left: int
    edge: Edge | None
    before: "_Reached | None"


def vouchers(state: ThingState, moment_ms: int) -> tuple[Voucher, ...]:
    """Return the endorsements of an actor by a moment (milliseconds since 1970 UTC), the latest first, those
    that no longer count among them.

    `state` is that of the actor, folded as a thing.
    """
    day = day_of(moment_ms)
    subject = state.subject
    return tuple(
        Voucher(said, _counting(said, subject, day)) for said in statements(state, moment_ms, Endorsement)
    )


def edges(found: Iterable[Voucher], of: ActorId) -> tuple[Edge, ...]:
    """Return who endorses an actor, by id: of several endorsements of one author that count, the one that
    reaches furthest.
    """
    best: dict[ActorId, Edge] = {}
    for voucher in found:
        if voucher.counts:
            said = voucher.said
            edge = Edge(said.author, of, said.content.reach, said.record)
            known = best.get(said.author)
            if known is None or _further(edge) > _further(known):
                best[said.author] = edge
    return tuple(best[author] for author in sorted(best))


class Circle:
    """The actors within some steps of `roots`, found layer by layer.

    A longer chain can go on where a shorter one may not: for each actor the shortest way is kept, and each
    longer one that leaves more steps.  So an actor is looked at eight times at most, and all of it costs
    eight times the endorsements given.
    """

    def __init__(
        self,
        roots: Iterable[ActorId],
        within: int = ENDORSEMENT_REACH_MAX,
        actors_max: int = CIRCLE_ACTORS_MAX,
    ) -> None:
        """`within`: how many steps, at most `ENDORSEMENT_REACH_MAX`."""
        self._within = min(within, ENDORSEMENT_REACH_MAX)
        self._actors_max = actors_max
        first = {root: _Reached(0, self._within, None, None) for root in sorted(set(roots))}
        self._ways: dict[ActorId, list[_Reached]] = {root: [way] for root, way in first.items()}
        self._layer = first
        self._edges: dict[ActorId, tuple[Edge, ...]] = {}
        self.is_whole = True
        """Whether everybody within reach was found; otherwise those furthest away are missing."""

    @property
    def size(self) -> int:
        """How many actors have been found."""
        return len(self._ways)

    def asked(self) -> tuple[ActorId, ...]:
        """Return whose endorsements of others are to be given next; none when the circle is found."""
        while self._layer:
            missing = tuple(
                actor for actor, way in self._layer.items() if way.left and actor not in self._edges
            )
            if missing:
                return missing
            self._layer = self._next_layer()
        return ()

    def give(self, edges: Mapping[ActorId, Sequence[Edge]]) -> None:
        """Take the endorsements, at one moment, that each of the actors asked for gives to others."""
        for actor in self.asked():
            self._edges[actor] = tuple(edge for edge in edges.get(actor, ()) if edge.by == actor)

    def distance(self, actor: ActorId) -> int | None:
        """Return how far an actor is, 0 for a root; None where no chain leads to it."""
        ways = self._ways.get(actor)
        return None if ways is None else ways[0].length

    def distances(self) -> dict[ActorId, int]:
        """Return how far everybody is who is within reach."""
        return {actor: ways[0].length for actor, ways in self._ways.items()}

    def chain(self, actor: ActorId) -> tuple[Edge, ...] | None:
        """Return a shortest chain to an actor, from a root on; empty for a root, None where there is none."""
        ways = self._ways.get(actor)
        if ways is None:
            return None
        steps = []
        way: _Reached | None = ways[0]
        while way is not None and way.edge is not None:
            steps.append(way.edge)
            way = way.before
        return tuple(reversed(steps))

    def _next_layer(self) -> dict[ActorId, _Reached]:
        found: dict[ActorId, _Reached] = {}
        for actor, way in self._layer.items():
            if not way.left:
                continue
            for edge in self._edges[actor]:
                left = way.left - 1 if edge.reach is None else min(way.left - 1, edge.reach)
                known = self._ways.get(edge.of)
                if known is None and edge.of not in found and self._is_full(len(found)):
                    self.is_whole = False
                    continue
                reached = _Reached(way.length + 1, left, edge, way)
                # The last of the ways known leaves the most.
                if known is not None and known[-1].left >= left:
                    continue
                other = found.get(edge.of)
                if other is None or _order(reached) < _order(other):
                    found[edge.of] = reached
        for actor, way in found.items():
            self._ways.setdefault(actor, []).append(way)
        return found

    def _is_full(self, waiting: int) -> bool:
        return len(self._ways) + waiting >= self._actors_max


def _counting(said: Said[Endorsement], of: SubjectId, day: str) -> Counting:
    if said.standing is Standing.REPLACED:
        return Counting.REPLACED
    if said.standing is Standing.WITHDRAWN:
        return Counting.WITHDRAWN
    if SubjectId(said.author) == of:
        return Counting.ITSELF
    until = said.content.until
    return Counting.LAPSED if until is not None and until < day else Counting.COUNTS


def _further(edge: Edge) -> tuple[int, bytes]:
    """Order endorsements by how far they reach; of two that reach alike the one with the lesser id wins."""
    reach = ENDORSEMENT_REACH_MAX if edge.reach is None else edge.reach
    return reach, bytes(255 - byte for byte in edge.record)


def _order(way: _Reached) -> tuple[int, ActorId, RecordId]:
    """Of ways of one length the one that leaves the most comes first, then by ids: the same everywhere."""
    assert way.edge is not None
    return -way.left, way.edge.by, way.edge.record
