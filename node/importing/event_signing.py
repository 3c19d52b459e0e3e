"""Histories of pacts become signed records, pact by pact, each after what is recorded of it already.

Importing can be broken off at any moment and begun again, as with any other file (`signing`).
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from node.importing.cells import Unusable
from node.importing.drafts import Known, Skipped, SourceKey, Summary
from node.importing.erased_rows import require_not_erased
from node.importing.event_history import SALT_SIZE_BYTES, History, Recounted, Recounter
from node.importing.event_rows import read_happenings
from node.importing.kept_places import KeptPlaces
from node.importing.mapping import BadMapping, shipped_mappings
from node.importing.mapping import Mapping as FileMapping
from node.importing.readers import InputFile
from node.importing.register_columns import REGISTER, columns_of
from node.importing.signing import BATCH_RECORDS, Documenter, Submit, recorded_before
from node.store.interface import Store
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.pact import Pact
from protocol.kinds.procedure import Step
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

_DAY_LENGTH_CHARS = len("2025-08-18")


@dataclass(slots=True)
class EventsImported:
    """What came of a file of events: counts, the rows left out, and the rows that contradict others."""

    summary: Summary = field(default_factory=Summary)
    left_out: list[Skipped] = field(default_factory=list)
    doubts: list[Skipped] = field(default_factory=list)


@dataclass(slots=True)
class _Standing:
    """Where a pact's records go on: what is known of it, its subject, the versions that are followed."""

    before: Recounted = field(default_factory=Recounted)
    subject: SubjectId | None = None
    heads: list[RecordId] = field(default_factory=list)


async def import_events(
    file: InputFile,
    mapping: FileMapping,
    given: Mapping[str, str],
    store: Store,
    actor: ActorId | None,
    documenter: Documenter | None,
    submit: Submit,
    *,
    erased: Container[SourceKey] = (),
    on_progress: Callable[[int], None] | None = None,
) -> EventsImported:
    """Record what a file of events says that is not recorded yet, in the name of `documenter`.

    Without one nothing is signed: a dry run, against what `actor` has recorded, if anybody.  What is `erased`
    is not recorded again; what would tell a place that is kept back is left out.
    Raises `Unreadable`, `BadMapping`, and what `submit` raises: what it acknowledged before stays.
    """
    assert mapping.events is not None
    # What a version says is read back into the columns of this one register (`register_columns`).
    if mapping.events.register != REGISTER:
        raise BadMapping(f"{mapping.name}: the register of [events] can only be {REGISTER!r}")
    register = next(one for one in shipped_mappings() if one.name == REGISTER)
    read = await asyncio.to_thread(read_happenings, file, mapping.events)
    known = {} if actor is None else (await recorded_before(store, actor)).known
    recounter = Recounter(mapping, register, known, given)
    signing = None if documenter is None else await _Signing.of(documenter, store)
    result = EventsImported(left_out=read.left_out, doubts=read.doubts)
    kept = KeptPlaces(store)
    waiting: list[VerifiedRecord] = []
    done = 0
    for thing, happenings in read.of_thing.items():
        try:
            key = recounter.key_of(thing)
            require_not_erased(key, erased, known)
            standing = await _standing(store, actor, known.get(key))
            history = recounter.history(thing, happenings, bytes(actor or b""), standing.before)
            await kept.sift_history(history, standing.subject)
        except Unusable as error:
            result.left_out += [Skipped(thing, one.row, str(error)) for one in happenings]
            continue
        _count(history, standing, result)
        if signing is not None and (history.root is not None or history.drafts):
            waiting += await asyncio.to_thread(signing.sign, history, standing)
        done += len(happenings)
        if len(waiting) >= BATCH_RECORDS:
            await submit(waiting)
            waiting = []
            if on_progress is not None:
                on_progress(done)
    if waiting:
        await submit(waiting)
    if on_progress is not None:
        on_progress(done)
    for one in result.left_out:
        result.summary.add(one)
    result.left_out.sort(key=lambda one: one.row)
    result.doubts.sort(key=lambda one: one.row)
    return result


def _count(history: History, standing: _Standing, result: EventsImported) -> None:
    """Count a new pact once, each step as new, and each version of a pact after its first as a change."""
    summary = result.summary
    summary.new["pact"] += history.root is not None
    for draft in history.drafts:
        (summary.new if draft.kind == "step" else summary.changed)[draft.kind] += 1
    for counts in (summary.new, summary.changed):
        for kind in [kind for kind, count in counts.items() if not count]:
            del counts[kind]
    summary.unchanged += history.unchanged
    result.left_out += history.left_out


async def _standing(store: Store, actor: ActorId | None, known: Known | None) -> _Standing:
    if known is None:
        return _Standing()
    thing = await store.thing(known.subject)
    if thing is None or actor is None:
        return _Standing(Recounted(known.payload), known.subject, [RecordId(known.subject)])
    before = recounted(thing, actor, known.payload)
    heads = [head for head in thing.heads if thing.versions.all[head].author == actor]
    return _Standing(before, known.subject, heads or [RecordId(known.subject)])


def recounted(thing: ThingState, actor: ActorId, present: Mapping[str, Any]) -> Recounted:
    """Return what an actor has recorded of a pact: its versions by day, the events that its steps are of."""
    before = Recounted(present)
    for version in thing.versions.all.values():
        content = version.content
        if version.author == actor and isinstance(content, Pact) and content.reported is not None:
            as_of = content.reported.as_of or ""
            if len(as_of) == _DAY_LENGTH_CHARS:
                payload = msgspec.to_builtins(content, builtin_types=(bytes,))
                before.days.setdefault(as_of, []).append(columns_of(payload))
    for judged in thing.judged.values():
        step = judged.record.content
        if judged.record.header.actor == actor and isinstance(step, Step) and step.source is not None:
            before.events.add(step.source.identifier or "")
    return before


class _Signing:
    """Signs histories with as many of an actor's keys as it needs."""

    def __init__(self, documenter: Documenter, auth_time_ms: int) -> None:
        self._first, *self._others = [
            Author(key, documenter.actor, documenter.auth) for key in documenter.keys
        ]
        self._auth_time_ms = auth_time_ms

    @classmethod
    async def of(cls, documenter: Documenter, store: Store) -> "_Signing":
        auth = await store.record(documenter.auth)
        assert auth is not None  # it was opened to get at its keys
        return cls(documenter, auth.header.time_ms)

    def sign(self, history: History, standing: _Standing) -> list[VerifiedRecord]:
        """Return the records of a history, each after those that it refers to.  Raises `ProtocolError`."""
        records: list[VerifiedRecord] = []
        subject, heads = standing.subject, standing.heads
        if history.root is not None:
            # Dated as the keys that sign it: two nodes that make it make the same record.
            root = sign_record(self._first, "pact", history.root.payload, self._auth_time_ms)
            records += self._with_others(root, self._auth_time_ms)
            subject, heads = root.subject, [root.id]
        assert subject is not None
        now_ms = 0
        for draft in history.drafts:
            # Of rows of one moment the one signed last is the last (docs/protocol.md §8.7).
            now_ms = max(time.time_ns() // 1_000_000, now_ms + 1)
            record = sign_record(
                self._first,
                draft.kind,
                draft.payload | {"salt": secrets.token_bytes(SALT_SIZE_BYTES)},
                now_ms,
                subject=subject,
                parents=heads if draft.kind == "pact" else [RecordId(subject)],
            )
            if draft.kind == "pact":
                heads = [record.id]
            records += self._with_others(record, now_ms)
        return records

    def _with_others(self, record: VerifiedRecord, now_ms: int) -> list[VerifiedRecord]:
        return [
            record,
            *(
                sign_record(other, "cosign", {}, now_ms, subject=record.subject, parents=[record.id])
                for other in self._others
            ),
        ]
