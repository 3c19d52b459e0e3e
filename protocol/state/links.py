"""How things are said to stand to one another: the same, part of, overlapping (docs/protocol.md §8.10).

A link decides nothing.  It is shown at both ends with who says it; only what stewards and parties say of
their own is followed from thing to thing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.identifiers import SubjectId
from protocol.kinds.contesting import Link
from protocol.limits import WITHIN_MAX
from protocol.state.fold import ThingState
from protocol.state.statements import Said, standing

PART_OF = "part_of"

# Two that stand so to one another do not rival each other.
_AKIN = frozenset({PART_OF, "same_as"})

# What is true of one thing and another is true the other way round.
MUTUAL = frozenset({"same_as", "overlaps"})


@dataclass(frozen=True, slots=True)
class Linked:
    """A link that stands, read from `subject` to `other`.

    `own`: its author is a steward or party of the version shown of `subject`.  `mutual`: each end says it of
    the other.
    """

    said: Said[Link]
    subject: SubjectId
    other: SubjectId
    own: bool
    mutual: bool


@dataclass(frozen=True, slots=True)
class Within:
    """What a thing is part of, step by step: `things` nearest first.

    Where it is part of itself, `cycle` has all that are reached, itself among them, and `things` is empty.
    `more`: there were more than are followed.
    """

    things: tuple[SubjectId, ...]
    cycle: tuple[SubjectId, ...]
    more: bool


def links(subject: SubjectId, things: Mapping[SubjectId, ThingState], moment_ms: int) -> tuple[Linked, ...]:
    """Return the links from a thing and to it that stand at a moment, the latest first.

    `things` has the thing and those at the other ends that are held; what is missing says nothing.
    """
    found = []
    own = {name: _own(state, moment_ms) for name, state in things.items()}
    for name, state in things.items():
        for said in standing(state, moment_ms, Link):
            other, relation = SubjectId(said.content.other), said.content.relation
            if other == name or subject not in (name, other):
                continue
            is_own = said.author in state.linked
            mutual = is_own and relation in MUTUAL and (relation, name) in own.get(other, ())
            found.append(Linked(said, name, other, is_own, mutual))
    return tuple(sorted(found, key=_order))


def part_of(state: ThingState, moment_ms: int) -> tuple[SubjectId, ...]:
    """Return what a thing is part of by the word of its stewards or parties, in the order of ids."""
    return tuple(sorted(other for relation, other in _own(state, moment_ms) if relation == PART_OF))


def related_by_own(state: ThingState, moment_ms: int) -> tuple[SubjectId, ...]:
    """Return what a thing is the same as, or part of, by the word of its stewards, in the order of ids."""
    return tuple(sorted({other for relation, other in _own(state, moment_ms) if relation in _AKIN}))


def within(subject: SubjectId, parts: Mapping[SubjectId, Iterable[SubjectId]]) -> Within:
    """Follow what things are part of, nearest first, then by id; `parts` has `part_of` of each that is held.

    At most `WITHIN_MAX` are followed: who is said to contain a thing may say what it likes of itself.
    """
    reached: dict[SubjectId, None] = {}
    layer = [subject]
    while layer:
        found = sorted({other for name in layer for other in parts.get(name, ())} - reached.keys())
        layer = found[: WITHIN_MAX - len(reached)]
        reached |= dict.fromkeys(layer)
        if len(layer) < len(found):
            return _ended(subject, reached, more=True)
    return _ended(subject, reached, more=False)


def _ended(subject: SubjectId, reached: Mapping[SubjectId, None], more: bool) -> Within:
    things = tuple(reached)
    return Within((), things, more) if subject in reached else Within(things, (), more)


def _own(state: ThingState, moment_ms: int) -> frozenset[tuple[str, SubjectId]]:
    """Return what stewards or parties of the version shown say: each relation with the other thing."""
    return frozenset(
        (said.content.relation, SubjectId(said.content.other))
        for said in standing(state, moment_ms, Link)
        if said.author in state.linked and said.content.other != state.subject
    )


def _order(link: Linked) -> tuple[int, int, bytes]:
    return -link.said.moment_ms, -link.said.signed_ms, link.said.record
