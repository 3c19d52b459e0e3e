"""Which erasures name a record, and what came of them (docs/protocol.md §8.5)."""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.identifiers import ActorId, RecordId
from protocol.kinds import KINDS
from protocol.state.effect import Effect, Judged


@dataclass(frozen=True, slots=True)
class ErasureOf:
    """An erasure as one record sees it: whose it is, when they signed it, on what ground, with what effect.

    `reason` is a text by language, empty where none was given.
    """

    erasure: RecordId
    actor: ActorId
    time_ms: int
    basis: str
    reason: Mapping[str, str]
    effect: Effect
    given: int
    """Keys whose signatures count."""
    needed: int

    @property
    def erases(self) -> bool:
        """Whether it has taken the content out."""
        return self.effect is Effect.EFFECTIVE


def erased_among(judged: Mapping[RecordId, Judged]) -> frozenset[RecordId]:
    """Return the records whose content their own actor has effectively had erased."""
    return frozenset(
        target
        for verdict in judged.values()
        if verdict.record.header.kind == "erasure" and verdict.effect is Effect.EFFECTIVE
        for target in verdict.record.header.parents
        if _may_erase(verdict, judged.get(target))
    )


def erasures_of(judged: Mapping[RecordId, Judged], record: RecordId) -> tuple[ErasureOf, ...]:
    """Return the erasures of a record by its own actor: those in effect first, then by their dates."""
    found = [
        _seen(verdict)
        for verdict in judged.values()
        if record in verdict.record.header.parents and _may_erase(verdict, judged.get(record))
    ]
    return tuple(sorted(found, key=lambda one: (not one.erases, one.time_ms, one.erasure)))


def _may_erase(verdict: Judged, target: Judged | None) -> bool:
    """Whether a record is an erasure that would, with enough signatures, erase another."""
    header = verdict.record.header
    if header.kind != "erasure" or target is None or target.record.header.actor != header.actor:
        return False
    kind = KINDS.get(target.record.header.kind)
    return kind is None or kind.erasable


def _seen(verdict: Judged) -> ErasureOf:
    header, content = verdict.record.header, verdict.record.content
    assert header.actor is not None
    return ErasureOf(
        verdict.record.id,
        header.actor,
        header.time_ms,
        getattr(content, "basis", ""),
        getattr(content, "reason", None) or {},
        verdict.effect,
        len(verdict.signed_by),
        verdict.needed,
    )
