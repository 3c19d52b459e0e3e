"""Which statements stand at a moment: challenges, links, assessments, endorsements (docs/protocol.md §8.10).

Who made a statement replaces it by a later one of its kind, or takes it back; nobody else does.  What no
longer stands is still there to be shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from protocol.identifiers import ActorId, RecordId
from protocol.kinds import KINDS
from protocol.kinds.contesting import Statement
from protocol.state.course import moment_of
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState

S = TypeVar("S", bound=Statement)


class Standing(StrEnum):
    """Whether a statement is still what its author says."""

    STANDS = "stands"
    REPLACED = "replaced"  # by a later one of the same author
    WITHDRAWN = "withdrawn"  # taken back


@dataclass(frozen=True, slots=True)
class Said(Generic[S]):
    """A statement that took effect: who said what, when, of which records, and whether it stands.

    `parents` are the records it is about, and the author's earlier ones that it replaces; `replaced_by` is
    empty where it stands.
    """

    record: RecordId
    author: ActorId
    moment_ms: int
    signed_ms: int
    content: S
    parents: tuple[RecordId, ...]
    standing: Standing
    replaced_by: tuple[RecordId, ...]

    @property
    def stands(self) -> bool:
        """Whether its author says it still."""
        return self.standing is Standing.STANDS


def statements(state: ThingState, moment_ms: int, content_type: type[S]) -> tuple[Said[S], ...]:
    """Return what was said of a thing by a moment (milliseconds since 1970 UTC), the latest first.

    `content_type` is `Challenge`, `Link`, `Assessment` or `Endorsement`.  What only takes back, and what has
    no content, is not among them.
    """
    kind = next(name for name, known in KINDS.items() if known.content_type is content_type)
    by_then = [one for one in state.judged.values() if _counts(one, kind, moment_ms, state)]
    followers: dict[RecordId, list[Judged]] = {}
    for one in by_then:
        for parent in one.record.header.parents:
            followers.setdefault(parent, []).append(one)
    said = []
    for one in by_then:
        content, author = one.record.content, one.record.header.actor
        if not isinstance(content, content_type) or one.record.id in state.erased or content.withdrawn:
            continue
        assert author is not None  # only an actor's first record has none
        after = [other for other in followers.get(one.record.id, ()) if other.record.header.actor == author]
        said.append(
            Said(
                record=one.record.id,
                author=author,
                moment_ms=moment_of(one),
                signed_ms=one.record.header.time_ms,
                content=content,
                parents=one.record.header.parents,
                standing=_standing(after, state),
                replaced_by=tuple(sorted(other.record.id for other in after)),
            )
        )
    return tuple(sorted(said, key=lambda one: (-one.moment_ms, -one.signed_ms, one.record)))


def standing(state: ThingState, moment_ms: int, content_type: type[S]) -> tuple[Said[S], ...]:
    """Return the statements of a type that stand at a moment, the latest first."""
    return tuple(one for one in statements(state, moment_ms, content_type) if one.stands)


def _counts(one: Judged, kind: str, moment_ms: int, state: ThingState) -> bool:
    """Whether a record is an effective act of a kind by a moment; one without content says nothing, but
    still replaces."""
    content = None if one.record.id in state.erased else one.record.content
    return (
        one.record.header.kind == kind
        and one.effect is Effect.EFFECTIVE
        # A plain map breaks the rules of its kind, and was kept before that kind was known (§6.0).
        and (content is None or isinstance(content, Statement))
        and moment_of(one, state.erased) <= moment_ms
    )


def _standing(after: Iterable[Judged], state: ThingState) -> Standing:
    found = Standing.STANDS
    for one in after:
        content = None if one.record.id in state.erased else one.record.content
        if isinstance(content, Statement) and not content.withdrawn:
            return Standing.REPLACED
        found = Standing.WITHDRAWN
    return found
