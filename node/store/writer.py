"""The one writer: takes whatever waits, writes it in one transaction, and only then answers.

Group commit: while one batch is being written, the next one gathers; so the cost of a commit is shared by all
who wait, and grows rarer the busier the store is.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import aiosqlite

from node.store.actors import ActorBook
from node.store.background import Background
from node.store.changes import write_changes
from node.store.connection import INTERRUPT_AGAIN_S, empty_log
from node.store.derive import Deriver
from node.store.errors import StoreError, as_store_error
from node.store.ingest import Batch, prepare_batch
from node.store.interface import AddResult
from node.store.reconcile_summary import ReconcileSummary
from protocol.identifiers import RecordId
from protocol.reconcile.items import Item
from protocol.record.verification import VerifiedRecord

# Ids are random, so each batch touches most pages of the index of a small store: among 100,000 records
# batches of 1,000 wrote 14 KB for each record, these write 6.  Whoever waits behind one waits for a third
# of a second.
BATCH_LENGTH_MAX_RECORDS = 2_500
BATCH_SIZE_MAX_BYTES = 4 * 1_024 * 1_024

# What may wait in memory; who adds more waits for room.
WAITING_SIZE_MAX_BYTES = 32 * 1_024 * 1_024

# The log is emptied into the file, and the memory of the cache given back, once nothing was written for this
# long: a quiet store is one small file.
QUIET_BEFORE_CHECKPOINT_S = 2.0

# How long work in the background waits after the disk was full, unless something is written sooner.
RETRY_AFTER_FAULT_S = 5.0

Work = Callable[[aiosqlite.Connection], Awaitable[Any]]


@dataclass(slots=True)
class _Adding:
    records: Sequence[VerifiedRecord]
    size_bytes: int
    done: asyncio.Future[AddResult]


@dataclass(slots=True)
class _Working:
    work: Work
    after_commit: Callable[[], None] | None
    done: asyncio.Future[Any]


class Writer:
    """Owns the writing connection.  Every method is to be called from the event loop that started it."""

    def __init__(self, db: aiosqlite.Connection, next_seq: int, next_actor: int) -> None:
        self._db = db
        self._next_seq = next_seq
        self._book = ActorBook(db)
        self._deriver = Deriver(db, self._book, next_actor)
        self._summary = ReconcileSummary()
        self.background = Background(db, self._deriver, self._summary)
        self._queue: deque[_Adding | _Working] = deque()
        self._waiting_bytes = 0
        self._room = asyncio.Condition()
        self._wake = asyncio.Event()
        self._settled = asyncio.Condition()
        self._fault: StoreError | None = None
        self._closing = False
        self._wrote = False
        self._task: asyncio.Task[None] | None = None
        self.on_change: Callable[[], None] | None = None
        """Called once something about records, or derived from them, was committed."""

    async def start(self) -> None:
        """Take up what an earlier process left undone, and start writing."""
        await self.background.load()
        await self._db.execute("BEGIN IMMEDIATE")
        await self._summary.load(self._db)
        await self._db.execute("COMMIT")
        self._task = asyncio.create_task(self._run(), name="store-writer")
        self._task.add_done_callback(self._ended)

    async def add(self, records: Sequence[VerifiedRecord]) -> AddResult:
        """Store records; return once they are on disk.  Raises `StoreError`."""
        result = AddResult()
        known = 0
        for part, size_bytes in _parts(records):
            async with self._room:
                await self._room.wait_for(lambda: self._waiting_bytes < WAITING_SIZE_MAX_BYTES)
                self._waiting_bytes += size_bytes
            done: asyncio.Future[AddResult] = asyncio.get_running_loop().create_future()
            self._enqueue(_Adding(part, size_bytes, done))
            one = await done
            result.new.extend(one.new)
            result.filled.extend(one.filled)
            result.refused.extend(one.refused)
            known += one.known
        return AddResult(result.new, known, result.filled, result.refused)

    async def run(self, work: Work, after_commit: Callable[[], None] | None = None) -> Any:
        """Do other writing in a transaction of its own; return what `work` returns.  Raises `StoreError`."""
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._enqueue(_Working(work, after_commit, done))
        return await done

    async def settled(self) -> None:
        """Wait until nothing is queued or left to do in the background, without rests.  Raises its
        `StoreError`."""
        self.background.purge.hurry()
        self._wake.set()
        async with self._settled:
            await self._settled.wait_for(lambda: self._fault is not None or self._is_settled())
        if self._fault is not None:
            raise self._fault

    async def close(self) -> None:
        """Write what was accepted and stop; what is left to do in the background waits for the next start."""
        self._closing = True
        self._wake.set()
        if self._task is not None:
            # One that is told to end before it has begun does not hear of it: so it is told again.
            while not (await asyncio.wait([self._task], timeout=INTERRUPT_AGAIN_S))[0]:
                if self.background.purge.is_rewriting:
                    await self._db.interrupt()
            if not self._task.cancelled() and (crash := self._task.exception()) is not None:
                raise crash

    def _enqueue(self, item: _Adding | _Working) -> None:
        if self._closing or self._task is None or self._task.done():
            if isinstance(item, _Adding):
                self._waiting_bytes -= item.size_bytes
            raise StoreError("the store is closed")
        self._queue.append(item)
        self._wake.set()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Whoever still waits is told, should the writer end before its time."""
        crash = None if task.cancelled() else task.exception()
        for item in self._queue:
            if not item.done.done():
                item.done.set_exception(StoreError(f"the store stopped writing: {crash}"))
        self._queue.clear()

    def _is_settled(self) -> bool:
        return not self._queue and not self.background.pending

    async def _run(self) -> None:
        while True:
            if self._queue:
                await self._write_next()
            elif self._closing:
                return
            if self.background.is_due and not self._closing and self._fault is None:
                await self._step_background()
            if self._queue:
                continue
            async with self._settled:
                self._settled.notify_all()
            if not self.background.is_due or self._fault is not None:
                await self._pause()

    async def _pause(self) -> None:
        """Wait for something to do; empty the log after a while of quiet, and try again after a fault."""
        self._wake.clear()
        if self._queue or self._closing:
            return
        rest_s = self.background.purge.due_in_s() if self.background.pending else None
        limit_s = RETRY_AFTER_FAULT_S if self._fault else QUIET_BEFORE_CHECKPOINT_S if self._wrote else None
        try:
            async with asyncio.timeout(min((s for s in (rest_s, limit_s) if s is not None), default=None)):
                await self._wake.wait()
        except TimeoutError:
            if self._fault is None and self._wrote and (rest_s is None or rest_s > QUIET_BEFORE_CHECKPOINT_S):
                self._wrote = False
                await self._tidy()
        self._fault = None

    async def _tidy(self) -> None:
        """Empty the log, unless somebody reads from it, and give the memory of the cache back."""
        try:
            await empty_log(self._db)
            await self._db.execute_fetchall("PRAGMA shrink_memory")
        except sqlite3.Error:
            return  # nothing is lost: the log stays, and is emptied another time

    async def _write_next(self) -> None:
        first = self._queue.popleft()
        if isinstance(first, _Working):
            await self._transact(lambda: first.work(self._db), [first], first.after_commit)
            return
        batch = [first]
        count, size_bytes = len(first.records), first.size_bytes
        while self._queue and isinstance(following := self._queue[0], _Adding):
            count += len(following.records)
            size_bytes += following.size_bytes
            if count > BATCH_LENGTH_MAX_RECORDS or size_bytes > BATCH_SIZE_MAX_BYTES:
                break
            self._queue.popleft()
            batch.append(following)
        await self._write_batch(batch)
        async with self._room:
            self._waiting_bytes -= sum(item.size_bytes for item in batch)
            self._room.notify_all()

    async def _write_batch(self, waiting: list[_Adding]) -> None:
        written: list[Batch] = []

        async def write() -> None:
            records = [record for item in waiting for record in item.records]
            batch = await prepare_batch(self._db, self._deriver, records, self._next_seq)
            await write_changes(self._db, batch.changes)
            items = [Item(row.seconds, row.id) for row in batch.changes.records]
            await self._summary.note_inserted(self._db, items)
            written.append(batch)

        if not await self._transact(write, waiting):
            return
        batch = written[0]
        self._next_seq = batch.next_seq
        self._book.remember(batch.changes.states, batch.changes.numbers)
        self.background.note(batch.changes)
        if self.on_change is not None and (batch.new or batch.filled):
            self.on_change()
        new = set(batch.new)
        for item in waiting:
            result = _result_of(item.records, new, batch)
            if not item.done.done():
                item.done.set_result(result)

    async def _transact(
        self,
        work: Callable[[], Awaitable[Any]],
        waiting: Sequence[_Adding | _Working],
        after_commit: Callable[[], None] | None = None,
    ) -> bool:
        """Do `work` in a transaction; whether it was committed.  Whoever waits hears of a failure."""
        try:
            await self._db.execute("BEGIN IMMEDIATE")
            result = await work()
            await self._db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whoever asked for the work hears of it, whatever it is
            fault = as_store_error(error) if isinstance(error, sqlite3.Error) else error
            await self._roll_back()
            for item in waiting:
                if not item.done.done():
                    item.done.set_exception(fault)
            return False
        self._wrote = True
        if after_commit is not None:
            after_commit()
        for item in waiting:
            if isinstance(item, _Working) and not item.done.done():
                item.done.set_result(result)
        return True

    async def _roll_back(self) -> None:
        self._summary.forget()
        # SQLite rolls back by itself after some faults, a full disk among them.
        if self._db.in_transaction:
            await self._db.execute("ROLLBACK")

    async def _step_background(self) -> None:
        if self.background.only_purge:
            await self._step_purge()
            return
        try:
            await self._db.execute("BEGIN IMMEDIATE")
            changes = await self.background.step(self._next_seq)
            await self._db.execute("COMMIT")
        except (sqlite3.Error, StoreError) as error:
            await self._roll_back()
            await self.background.load()
            self._fault = as_store_error(error) if isinstance(error, sqlite3.Error) else error
            return
        self._wrote = True
        if changes is not None:
            self._book.remember(changes.states, changes.numbers)
            self.background.note(changes)
            if self.on_change is not None:
                self.on_change()

    async def _step_purge(self) -> None:
        try:
            await self.background.purge.step()
            self._wrote = True
        except (sqlite3.Error, StoreError) as error:
            self._fault = as_store_error(error) if isinstance(error, sqlite3.Error) else error


def _parts(records: Sequence[VerifiedRecord]) -> list[tuple[Sequence[VerifiedRecord], int]]:
    """Cut records into parts that each fit a batch, with their sizes in bytes."""
    parts: list[tuple[Sequence[VerifiedRecord], int]] = []
    start = size_bytes = 0
    for index, record in enumerate(records):
        size = len(record.envelope)
        if index > start and (
            index - start >= BATCH_LENGTH_MAX_RECORDS or size_bytes + size > BATCH_SIZE_MAX_BYTES
        ):
            parts.append((records[start:index], size_bytes))
            start, size_bytes = index, 0
        size_bytes += size
    if start < len(records):
        parts.append((records[start:], size_bytes))
    return parts


def _result_of(records: Sequence[VerifiedRecord], new: set[RecordId], batch: Batch) -> AddResult:
    """Return what became of one caller's records; of several who brought one, the first is told it is new."""
    result = AddResult()
    known = 0
    for record in records:
        if record.id in new:
            new.discard(record.id)
            result.new.append(record.id)
        elif record.id in batch.filled:
            result.filled.append(record.id)
        elif record.id in batch.refused:
            result.refused.append(record.id)
        else:
            known += 1
    return AddResult(result.new, known, result.filled, result.refused)
