"""Looking at a file before it is signed, and signing it: what is kept of both while a node runs."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from node.accounts.uploads import How, Result, Upload, Uploads
from node.errors import ConfigError
from node.importing.drafts import Summary
from node.importing.far_reading import FarReading, HowRead
from node.importing.headings import Chosen
from node.importing.held import doubt_what_is_held
from node.importing.kept_places import KeptPlaces
from node.importing.preview import Looker, Preview, without_rows
from node.importing.reading_process import Begun
from node.importing.signing import Documenter, import_commons, recorded_before
from node.store.errors import StoreError
from node.web.writing.desk import Desk
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, id_text
from protocol.record.verification import VerifiedRecord

log = logging.getLogger(__name__)

# Files that are read at once: each has a process of its own.
READ_AT_ONCE_MAX = 2

# Previews that are kept, so that choosing and signing do not read the file anew each time: some 10 MB each.
PREVIEWS_KEPT_MAX = 4


@dataclass(frozen=True, slots=True)
class Look:
    """How a file is read, and what it would record."""

    begun: Begun
    seen: Preview


@dataclass(slots=True)
class Running:
    """A file that is being signed: how many rows are through, of how many; why it ended, where it did not
    go well.
    """

    total: int
    done: int = 0
    fault: str = ""


class Looks:
    """The previews and the signings of one node."""

    def __init__(self, desk: Desk, uploads: Uploads) -> None:
        self._desk, self._uploads = desk, uploads
        self._kept: OrderedDict[tuple[str, How, ActorId], Look] = OrderedDict()
        self._turn = asyncio.Semaphore(READ_AT_ONCE_MAX)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self.running: dict[str, Running] = {}

    async def look(self, upload: Upload, actor: ActorId) -> Look:
        """Return what a file would record in an actor's name.  Raises `ConfigError`, `StoreError`."""
        known = self._kept.get((upload.id, upload.how, actor))
        if known is not None:
            return known
        async with self._turn:
            look = await self._looked(upload, actor)
        self._kept[upload.id, upload.how, actor] = look
        while len(self._kept) > PREVIEWS_KEPT_MAX:
            self._kept.popitem(last=False)
        return look

    def forget(self, upload: Upload) -> None:
        """Forget what was seen of a file."""
        for key in [key for key in self._kept if key[0] == upload.id]:
            del self._kept[key]

    def sign(self, upload: Upload, documenter: Documenter, without: Container[int], total: int) -> None:
        """Begin to sign a file, but for some rows; `running` says how far it is."""
        if upload.id in self._tasks:
            return
        self.running[upload.id] = Running(total)
        task = asyncio.create_task(self._signed(upload, documenter, without))
        self._tasks[upload.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(upload.id, None))

    def is_at_work(self, upload: Upload) -> bool:
        """Whether a file is being signed, or put away after that."""
        return upload.id in self._tasks

    async def end(self) -> None:
        """Break off what is being signed: what the store has stays, and the rest is signed another time."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _looked(self, upload: Upload, actor: ActorId) -> Look:
        store = self._desk.store
        recorded = await recorded_before(store, actor)
        reading = FarReading()
        try:
            begun = await reading.begin(
                self._path(upload), self._desk.home.path, how_read(upload.how), recorded.known
            )
            kept, looker = KeptPlaces(store), Looker()
            while part := await reading.more():
                for outcome in await kept.sift(part):
                    looker.take(outcome)
            seen = looker.done(begun.columns, reading.notes)
        finally:
            await reading.end()
        await doubt_what_is_held(store, seen, actor)
        return Look(begun, seen)

    async def _signed(self, upload: Upload, documenter: Documenter, without: Container[int]) -> None:
        running = self.running[upload.id]
        reading = FarReading()
        try:
            recorded = await recorded_before(self._desk.store, documenter.actor)
            await reading.begin(
                self._path(upload), self._desk.home.path, how_read(upload.how), recorded.known
            )
            outcomes = without_rows(
                reading.outcomes(asyncio.get_running_loop()),
                without,
                "it was left out by whoever looked at it",
            )

            def tell(done: int) -> None:
                running.done = done

            summary = await import_commons(
                outcomes,
                documenter,
                self._desk.store,
                self._submit,
                versions=recorded.versions,
                on_progress=tell,
            )
            result = _result(summary, documenter.actor)
            await asyncio.to_thread(self._uploads.finish, msgspec.structs.replace(upload, result=result))
            self.forget(upload)
        except (ConfigError, ProtocolError, StoreError, OSError) as fault:
            running.fault = str(fault)
            self.forget(upload)  # what is signed of it is known by now
            log.warning("a file that was brought in was not signed to its end: %s", type(fault).__name__)
        finally:
            await reading.end()

    async def _submit(self, records: Sequence[VerifiedRecord]) -> object:
        answer = await self._desk.submit([record.envelope for record in records])
        faults = [*answer.get("faults", ()), *answer.get("refused", ())]
        if faults:
            raise ConfigError("; ".join(map(str, faults))[:300])
        return answer

    def _path(self, upload: Upload) -> Path:
        return self._uploads.path_of(upload)


def how_read(how: How) -> HowRead:
    """Return what was said of a file as its reading takes it."""
    chosen = Chosen(
        columns={"name": how.name} if how.name else {},
        resources=how.resources.replace("_", " ") or None,
        source=how.source or None,
        licence=how.licence or None,
        language=how.language or "es",
    )
    return HowRead(chosen, how.crs, how.layer, how.areas)


def _result(summary: Summary, actor: ActorId) -> Result:
    return Result(
        new=summary.new.total(),
        changed=summary.changed.total(),
        unchanged=summary.unchanged,
        left_out=summary.skipped.total(),
        actor=id_text(actor),
    )
