"""Drafts become signed records in batches: one is read, checked and signed while the last is being stored.

Importing can be broken off at any moment and begun again: what a source said before is known by its source
key, and is neither signed nor stored twice.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from node.authoring.signer import CannotSign, Signer, cosign, now_ms
from node.authoring.things import payload_of
from node.errors import ConfigError
from node.importing.mapping import KINDS_IMPORTED
from node.importing.plan import Drafted, Known, Skipped, SourceKey, Summary, source_key
from node.store.interface import PAGE_LENGTH_MAX, Store
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord

# Large enough to share one commit, small enough that signing one takes less than a tenth of a second.
BATCH_RECORDS = 500

SALT_SIZE_BYTES = 16

Outcome = Drafted | Skipped
Submit = Callable[[Sequence[VerifiedRecord]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Documenter:
    """Who imports: an actor, the version it signs under, and as many of its keys as it needs and are here."""

    actor: ActorId
    auth: RecordId
    keys: Sequence[SigningKey]

    @classmethod
    async def of(cls, signer: Signer, actor: ActorId) -> "Documenter":
        """Open an actor's keys once for a whole import.  Raises `CannotSign`."""
        state = await signer.actor(actor)
        assert state.head is not None
        content = state.contents[state.head]
        held = signer.held_keys(content)
        if not held:
            raise CannotSign("none of the actor's keys is in this home; ask a holder to import")
        return cls(actor, state.head, [signer.unlock(key) for key in held[: content.threshold]])


@dataclass(slots=True)
class Recorded:
    """What an actor recorded from sources before: by source key, and the present versions of each thing."""

    known: dict[SourceKey, Known] = field(default_factory=dict)
    versions: dict[SubjectId, list[RecordId]] = field(default_factory=dict)

    def note(self, record: VerifiedRecord) -> None:
        """Take note of a version that the actor wrote, and that nobody replaced."""
        try:
            payload = payload_of(record)
        except ConfigError:
            return  # erased: it says nothing any more
        key = source_key(record.header.kind, payload)
        if key is not None:
            self.known[key] = Known(record.subject, payload)
            self.versions.setdefault(record.subject, []).append(record.id)


async def recorded_before(store: Store, actor: ActorId) -> Recorded:
    """Return what `actor` recorded from sources, also where somebody else's version is shown by now."""
    recorded = Recorded()
    for kind in KINDS_IMPORTED:
        own: set[SubjectId] = set()
        after: int | None = 0
        while after is not None:
            page = await store.things(kind=kind, author=actor, limit=PAGE_LENGTH_MAX, after=after)
            for row in page.rows:
                record = None if row.display is None else await store.record(row.display)
                if record is not None:
                    own.add(row.subject)
                    recorded.note(record)
            after = page.after
        await _note_overspoken(store, kind, actor, own, recorded)
    return recorded


async def _note_overspoken(
    store: Store, kind: str, actor: ActorId, own: set[SubjectId], recorded: Recorded
) -> None:
    """Note the actor's versions of things of which another version is shown."""
    after: int | None = 0
    while after is not None:
        page = await store.things(kind=kind, limit=PAGE_LENGTH_MAX, after=after)
        for row in page.rows:
            if row.subject in own or (row.heads < 2 and row.voice != "own"):
                continue
            thing = await store.thing(row.subject)
            if thing is None:
                continue
            mine = [v for v in thing.versions.all.values() if v.author == actor]
            replaced = {parent for version in mine for parent in version.parents}
            for version in mine:
                record = await store.record(version.id)
                if version.id not in replaced and record is not None:
                    recorded.note(record)
        after = page.after


async def import_commons(
    outcomes: Iterable[Outcome],
    documenter: Documenter,
    submit: Submit,
    *,
    versions: Mapping[SubjectId, Sequence[RecordId]] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Summary:
    """Sign the drafts among `outcomes` (see `plan`) and hand them to `submit`, in their order.

    `versions` are the present versions of things that drafts follow.  `on_outcome` hears of every outcome, on
    another thread; `on_progress` of the number of outcomes whose records are stored.
    Raises what reading the file raises, and what `submit` raises: what it acknowledged before stays.
    """
    signing = _Signing(documenter, versions or {}, on_outcome)
    coming = iter(outcomes)
    storing: asyncio.Task[None] | None = None

    async def store(records: list[VerifiedRecord], done: int) -> None:
        await submit(records)
        if on_progress is not None:
            on_progress(done)

    try:
        while (records := await asyncio.to_thread(signing.batch, coming)) is not None:
            if storing is not None:
                await storing
            storing = asyncio.create_task(store(records, signing.done))
        if storing is not None:
            await storing
    finally:
        if storing is not None and not storing.done():
            await asyncio.wait([storing])
    return signing.summary


class _Signing:
    """Signs batch after batch; used by one thread at a time."""

    def __init__(
        self,
        documenter: Documenter,
        versions: Mapping[SubjectId, Sequence[RecordId]],
        on_outcome: Callable[[Outcome], None] | None,
    ) -> None:
        self._authors = [Author(key, documenter.actor, documenter.auth) for key in documenter.keys]
        self._versions = versions
        self._on_outcome = on_outcome
        self._subjects: dict[SourceKey, SubjectId] = {}
        self.summary = Summary()
        self.done = 0

    def batch(self, coming: Iterator[Outcome]) -> list[VerifiedRecord] | None:
        """Return the records of the next outcomes, None where there are no more."""
        part = list(islice(coming, BATCH_RECORDS))
        if not part:
            return None
        records: list[VerifiedRecord] = []
        # One call to the system's random source, instead of one for each record.
        salts = secrets.token_bytes(SALT_SIZE_BYTES * len(part))
        for index, outcome in enumerate(part):
            self.summary.add(outcome)
            if self._on_outcome is not None:
                self._on_outcome(outcome)
            if isinstance(outcome, Drafted):
                at = index * SALT_SIZE_BYTES
                records += self._signed(outcome, salts[at : at + SALT_SIZE_BYTES])
        self.done += len(part)
        return records

    def _signed(self, draft: Drafted, salt: bytes) -> list[VerifiedRecord]:
        if draft.links:
            draft = draft.linked(self._subjects)
        payload = draft.payload | {"salt": salt}
        parents = () if draft.subject is None else self._versions.get(draft.subject, ())
        first, *others = self._authors
        record = sign_record(first, draft.kind, payload, now_ms(), subject=draft.subject, parents=parents)
        self._subjects[draft.key] = record.subject
        return [record, *(cosign(author, record) for author in others)]
