"""One batch of records on its way into the file: what is new, what is refused, and what follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import aiosqlite

from node.store.bulk import select_in
from node.store.changes import Changes, RecordRow
from node.store.derive import Derived, Deriver, author_of
from node.store.held import Content, Groups, Held, load_groups
from protocol.identifiers import RecordId
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord


@dataclass(slots=True)
class Batch:
    """What a batch comes to: `new` in the order given, and the changes to be written."""

    changes: Changes = field(default_factory=Changes)
    new: list[RecordId] = field(default_factory=list)
    filled: set[RecordId] = field(default_factory=set)
    refused: set[RecordId] = field(default_factory=set)
    next_seq: int = 0


async def prepare_batch(
    db: aiosqlite.Connection, deriver: Deriver, records: Iterable[VerifiedRecord], next_seq: int
) -> Batch:
    """Find out what storing `records` changes; writes nothing.  New records are numbered from `next_seq`."""
    batch = Batch(next_seq=next_seq)
    fresh: dict[RecordId, VerifiedRecord] = {}
    for record in records:
        # Of two copies in one batch the one with its content counts.
        if record.id not in fresh or (fresh[record.id].is_erased and not record.is_erased):
            fresh[record.id] = record
    refill: dict[RecordId, VerifiedRecord] = {}
    for record_id, content in await select_in(db, "SELECT id, content FROM record WHERE id IN (?*)", fresh):
        known = fresh.pop(record_id)
        if content == Content.MISSING and not known.is_erased:
            refill[record_id] = known
    groups = await _groups(db, fresh, refill)
    for record in fresh.values():
        content = Content.ERASED if record.is_erased else Content.WHOLE
        groups[record.subject].append(Held(batch.next_seq, content, record))
        batch.next_seq += 1
    derived = await deriver.derive(groups, next_seq, batch.changes)
    batch.filled, batch.refused = set(derived.filled), set(derived.refused)
    _add_records(groups, derived, next_seq, batch)
    return batch


async def _groups(
    db: aiosqlite.Connection, fresh: dict[RecordId, VerifiedRecord], refill: dict[RecordId, VerifiedRecord]
) -> Groups:
    """Return the stored records about all that the batch is about, with the content it brings."""
    subjects = dict.fromkeys(record.subject for record in (*fresh.values(), *refill.values()))
    groups = await load_groups(db, subjects, unfounded=frozenset(fresh))
    if refill:
        for group in groups.values():
            for held in group:
                held.record = refill.get(held.record.id, held.record)
    return groups


def _add_records(groups: Groups, derived: Derived, next_seq: int, batch: Batch) -> None:
    new = [held for group in groups.values() for held in group if held.seq >= next_seq]
    new.sort(key=lambda held: held.seq)
    rows, tally = batch.changes.records, batch.changes.tally
    for held in new:
        record, header = held.record, held.record.header
        envelope = record.envelope
        if held.content is Content.ERASED and not record.is_erased:
            envelope = erased_envelope(envelope)
        author = derived.numbers[author_of(held)]
        rows.append(
            RecordRow(held.seq, record.id, record.time_s, author, header.subject, held.content, envelope)
        )
        tally["record:" + header.kind] += 1
        batch.new.append(record.id)
