"""Drafts become signed records in batches: one is read, checked and signed while the last is being stored.

Importing can be broken off at any moment and begun again: what a source said before is known by its source
key, and is neither signed nor stored twice.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from node.authoring.signer import CannotSign, Signer
from node.authoring.things import payload_of
from node.errors import ConfigError
from node.importing.drafts import Drafted, Known, Skipped, SourceKey, Summary
from node.importing.kept_places import KeptPlaces
from node.importing.mapping import KINDS_IMPORTED
from node.importing.plan import source_key
from node.importing.signing_process import Signed, Work, decode_answer, encode_job, sign_drafts
from node.job_process import JobFailed, JobProcess
from node.store.interface import PAGE_LENGTH_MAX, Store
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.record.verification import VerifiedRecord

log = logging.getLogger(__name__)

SIGNING_PROCESS = "node.importing.signing_process"

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
        after: str | None = ""
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
    after: str | None = ""
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
    store: Store,
    submit: Submit,
    *,
    versions: Mapping[SubjectId, Sequence[RecordId]] | None = None,
    signing: JobProcess | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Summary:
    """Sign the drafts among `outcomes` (see `plan`) and hand them to `submit`, in their order.

    What would tell a place that is kept back in `store`, or by an outcome before it, is left out.
    `versions` are the present versions of things that drafts follow.  `signing` is a `signing_process` that
    several imports share; without one, a long import has its own.  `on_outcome` hears of every outcome;
    `on_progress` of the number of outcomes whose records are stored.
    Raises what reading the file raises, and what `submit` raises: what it acknowledged before stays.
    """
    own = None if signing is not None else JobProcess(SIGNING_PROCESS)
    kept = KeptPlaces(store)
    batches = _Batches(outcomes, documenter, kept, versions or {}, signing, own, on_outcome)
    storing: asyncio.Task[None] | None = None

    async def hand_over(records: list[VerifiedRecord], done: int) -> None:
        await submit(records)
        if on_progress is not None:
            on_progress(done)

    try:
        while (records := await batches.next()) is not None:
            if storing is not None:
                await storing
            storing = asyncio.create_task(hand_over(records, batches.done))
        if storing is not None:
            await storing
    finally:
        if storing is not None and not storing.done():
            await asyncio.wait([storing])
        if own is not None:
            await own.end()
    return batches.summary


class _Batches:
    """An import, batch after batch: outcomes taken and counted, drafts signed."""

    def __init__(
        self,
        outcomes: Iterable[Outcome],
        documenter: Documenter,
        kept: KeptPlaces,
        versions: Mapping[SubjectId, Sequence[RecordId]],
        shared: JobProcess | None,
        own: JobProcess | None,
        on_outcome: Callable[[Outcome], None] | None,
    ) -> None:
        self._coming = iter(outcomes)
        self._documenter = documenter
        self._kept = kept
        self._versions = versions
        self._signing = shared
        self._own = own
        self._on_outcome = on_outcome
        self._subjects: dict[SourceKey, SubjectId] = {}
        self.summary = Summary()
        self.done = 0

    async def next(self) -> list[VerifiedRecord] | None:
        """Return the records of the next outcomes, None where there are no more."""
        part = await self._kept.sift(await asyncio.to_thread(self._take))
        if not part:
            return None
        for outcome in part:
            self.summary.add(outcome)
            if self._on_outcome is not None:
                self._on_outcome(outcome)
        if len(part) == BATCH_RECORDS:
            self._signing = self._signing or self._own  # there will be more
        drafts = [
            one.linked(self._subjects) if one.links else one for one in part if isinstance(one, Drafted)
        ]
        records: list[VerifiedRecord] = []
        for draft, signed in zip(drafts, await self._sign(drafts), strict=True):
            self._subjects[draft.key] = signed[0].subject
            records += signed
        self.done += len(part)
        return records

    def _take(self) -> list[Outcome]:
        return list(islice(self._coming, BATCH_RECORDS))

    async def _sign(self, drafts: Sequence[Drafted]) -> Signed:
        if not drafts:
            return []
        # One call to the system's random source, instead of one for each record.
        salts = secrets.token_bytes(SALT_SIZE_BYTES * len(drafts))
        work = Work(
            actor=self._documenter.actor,
            auth=self._documenter.auth,
            seeds=[key.reveal_seed() for key in self._documenter.keys],
            drafts=drafts,
            parents=[
                () if draft.subject is None else self._versions.get(draft.subject, ()) for draft in drafts
            ],
            salts=[salts[at : at + SALT_SIZE_BYTES] for at in range(0, len(salts), SALT_SIZE_BYTES)],
        )
        if self._signing is not None:
            try:
                return decode_answer(await self._signing.answer(encode_job(work)))
            except JobFailed as failed:
                log.warning("records are signed in this process: %s", failed)
        return await asyncio.to_thread(sign_drafts, work)
