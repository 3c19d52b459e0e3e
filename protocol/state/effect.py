"""Whether a record takes effect: enough signatures that count (docs/protocol.md §7.4)."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from protocol.identifiers import ActorId, RecordId
from protocol.keys import PublicKey
from protocol.record.header import Header
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState, Standing

ActorLookup = Callable[[ActorId], ActorState | None]


class Effect(StrEnum):
    """What a verified record counts for."""

    EFFECTIVE = "effective"  # the threshold of its actor's keys signed it
    AWAITING = "awaiting"  # signed by a listed key, further signatures are missing
    CONTESTED = "contested"  # signed under a branch of a contested actor
    UNKNOWN_AUTHOR = "unknown_author"  # the actor is not held, or not founded, yet
    VOID = "void"  # the key was not listed, the version does not stand, or the signature was struck out


class Judged(NamedTuple):
    """A record with its effect, the keys that count, and how many are needed (0 where nobody knows)."""

    record: VerifiedRecord
    effect: Effect
    signed_by: frozenset[PublicKey]
    needed: int


class Lineage:
    """The records about one subject by id, with what descends from what."""

    def __init__(self, records: Iterable[VerifiedRecord]) -> None:
        self.records: dict[RecordId, VerifiedRecord] = {}
        for record in records:
            # Of two copies the one that still has its content counts, whichever came first.
            if record.id not in self.records or not record.is_erased:
                self.records[record.id] = record
        self._covered: dict[frozenset[RecordId], set[RecordId]] = {}

    def covers(self, named: frozenset[RecordId], record: RecordId) -> bool:
        """Whether `record` is among `named` or an ancestor of one of them."""
        covered = self._covered.get(named)
        if covered is None:
            covered, waiting = set(), [r for r in named if r in self.records]
            while waiting:
                here = waiting.pop()
                if here not in covered:
                    covered.add(here)
                    waiting += (p for p in self.records[here].header.parents if p in self.records)
            self._covered[named] = covered
        return record in covered or record in named


def judge_all(lineage: Lineage, actors: ActorLookup) -> Mapping[RecordId, Judged]:
    """Judge every record about a subject but its cosigns, which count for the records they sign."""
    cosigns: dict[RecordId, list[VerifiedRecord]] = {}
    for record in lineage.records.values():
        if record.header.kind == "cosign":
            cosigns.setdefault(record.header.parents[0], []).append(record)
    judged: dict[RecordId, Judged] = {}
    # What one key signed under one version has one effect, unless other signatures or a removal bear on it.
    alike: dict[tuple[ActorId | None, RecordId | None, PublicKey], Judged] = {}
    for record in lineage.records.values():
        header = record.header
        if header.kind == "cosign":
            continue
        signature = (header.actor, header.auth, header.signer)
        same = alike.get(signature)
        if same is not None and record.id not in cosigns:
            judged[record.id] = Judged(record, same.effect, same.signed_by, same.needed)
            continue
        judged[record.id] = verdict = _judge(record, cosigns.get(record.id, ()), lineage, actors)
        if record.id not in cosigns and not _removed(header, actors):
            alike[signature] = verdict
    return judged


def _removed(header: Header, actors: ActorLookup) -> bool:
    """Whether a version drops the key of a signature: then it counts for some records and not for others."""
    state = actors(header.actor) if header.actor is not None else None
    return state is not None and header.auth is not None and bool(state.removals(header.auth, header.signer))


def _judge(
    record: VerifiedRecord, cosigns: Iterable[VerifiedRecord], lineage: Lineage, actors: ActorLookup
) -> Judged:
    header = record.header
    if header.actor is None or header.auth is None:
        # An actor's first record: `protocol.state.authority` judges it.
        return Judged(record, Effect.AWAITING, frozenset({header.signer}), 0)
    state = actors(header.actor)
    if state is None:
        return Judged(record, Effect.UNKNOWN_AUTHOR, frozenset(), 0)
    match state.standing_of(header.auth):
        case Standing.RIVAL:
            return Judged(record, Effect.CONTESTED, frozenset(), 0)
        case Standing.REJECTED | Standing.NOT_HELD:
            # Before founding nothing stands yet: the missing cosigns may still come.
            effect = Effect.VOID if state.founded else Effect.UNKNOWN_AUTHOR
            return Judged(record, effect, frozenset(), 0)
        case Standing.STANDS:
            pass
    signed_by = {header.signer} if _counts(record, state, lineage) else set()
    for cosign in cosigns:
        if (cosign.header.actor, cosign.header.auth) == (header.actor, header.auth) and _counts(
            cosign, state, lineage
        ):
            signed_by.add(cosign.header.signer)
    needed = state.contents[header.auth].threshold
    if len(signed_by) >= needed:
        return Judged(record, Effect.EFFECTIVE, frozenset(signed_by), needed)
    effect = Effect.AWAITING if signed_by else Effect.VOID
    return Judged(record, effect, frozenset(signed_by), needed)


def _counts(record: VerifiedRecord, state: ActorState, lineage: Lineage) -> bool:
    """Whether one signature counts: by a listed key, and upheld by every version that drops that key."""
    version, key = record.header.auth, record.header.signer
    if version is None or not state.lists(version, key):
        return False
    for removal in state.removals(version, key):
        named = state.upheld_by(removal, key)
        if named is not None and not lineage.covers(named, record.id):
            return False
    return True
