"""Opening the file: how SQLite is set up, and why."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import aiosqlite

from node.store.errors import StoreError, as_store_error

T = TypeVar("T")
C = TypeVar("C", bound="ReadingConnection")

Synchronous = Literal["NORMAL", "FULL"]
"""`FULL` waits for the disk at every commit and outlives a power cut to the last record; `NORMAL` outlives
the end of the process, and after a power cut may lack the last moments."""

# A row of 1 KB leaves a tenth of an 8 KB page unused and a fifth of one of 4 KB: measured 1,093 bytes a row
# here, 1,172 and 1,368 there.
PAGE_SIZE_BYTES = 16_384

# Holds the pages of the indexes in random order (ids, times, places) of half a million records, and is given
# back when it is quiet.
WRITER_CACHE_SIZE_BYTES = 64 * 1_024 * 1_024
READER_CACHE_SIZE_BYTES = 8 * 1_024 * 1_024

# Large enough that a page changed by several batches is copied once, small enough for the disk of a small
# board.
WAL_SIZE_MAX_BYTES = 64 * 1_024 * 1_024

# How long one connection waits for another's lock; nobody here holds one for long.
BUSY_TIMEOUT_MS = 10_000

# Among a million records a search takes half a second here, and ten times that on the slowest board: whoever
# has waited longer than this has gone, and others wait behind.
SEARCH_MAX_S = 10.0

# One that is told to end before it has begun does not hear of it.
INTERRUPT_AGAIN_S = 0.02

# 5 tables × 9 lengths of insert, and the queries.
_STATEMENTS_CACHED = 128


async def open_writer(path: Path, synchronous: Synchronous) -> aiosqlite.Connection:
    """Open the one connection that writes; the file is made where there is none."""
    db = await aiosqlite.connect(path, isolation_level=None, cached_statements=_STATEMENTS_CACHED)
    await _set(
        db,
        f"page_size = {PAGE_SIZE_BYTES}",
        "journal_mode = WAL",
        f"synchronous = {synchronous}",
        # What is deleted is overwritten with zeroes: an erased text must not be left in a free page.
        "secure_delete = ON",
        f"cache_size = -{WRITER_CACHE_SIZE_BYTES // 1_024}",
        f"wal_autocheckpoint = {WAL_SIZE_MAX_BYTES // PAGE_SIZE_BYTES}",
        f"journal_size_limit = {WAL_SIZE_MAX_BYTES}",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "temp_store = MEMORY",
    )
    return db


class ReadingConnection(aiosqlite.Connection):
    """A connection for questions alone; whatever goes wrong with one is a `StoreError`."""

    async def execute_fetchall(  # type: ignore[override]  # awaited, never entered
        self, sql: str, parameters: Iterable[Any] | None = None
    ) -> Iterable[sqlite3.Row]:
        """Return all rows of a query.  Raises `StoreError`."""
        try:
            return await super().execute_fetchall(sql, parameters)
        except sqlite3.Error as error:
            raise as_store_error(error) from error
        except ValueError as error:  # how aiosqlite says that it is closed, and so that the node stops
            raise StoreError("the store is closed") from error

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what several questions in one go come to, asked on the thread of the connection.

        Each hand-over between threads costs as much as a small question.  Raises `StoreError`.
        """
        try:
            # By what is below every method of aiosqlite's: none of them takes more than one statement.
            return await self._execute(work, self._conn)  # type: ignore[no-any-return,no-untyped-call]
        except sqlite3.Error as error:
            raise as_store_error(error) from error
        except ValueError as error:
            raise StoreError("the store is closed") from error


class SearchingConnection(ReadingConnection):
    """One for questions that can take long: one after the other, and broken off after `SEARCH_MAX_S`, or
    when nobody waits for the answer any more."""

    def __init__(self, connector: Callable[[], sqlite3.Connection], iter_chunk_size: int) -> None:
        super().__init__(connector, iter_chunk_size)
        self._turn = asyncio.Lock()

    async def execute_fetchall(  # type: ignore[override]  # awaited, never entered
        self, sql: str, parameters: Iterable[Any] | None = None
    ) -> Iterable[sqlite3.Row]:
        """Return all rows of a query; its time begins with its turn.  Raises `StoreError`, which may be
        `SearchTooLong`."""
        async with self._turn:
            asked = asyncio.ensure_future(super().execute_fetchall(sql, parameters))
            try:
                await asyncio.wait([asked], timeout=SEARCH_MAX_S)
            finally:
                # A progress handler would not do: the word index works below SQLite's machine, which counts.
                while not asked.done():
                    await self.interrupt()
                    await asyncio.wait([asked], timeout=INTERRUPT_AGAIN_S)
                fault = asked.exception()
            if fault is not None:
                raise fault
            return asked.result()


async def open_reader(path: Path) -> ReadingConnection:
    """Open a connection that only reads, beside the writer.  Raises `StoreError`."""
    return await open_reading(path, ReadingConnection)


async def open_searcher(path: Path) -> ReadingConnection:
    """Open a connection like `open_reader`'s, on which a question that takes too long ends in
    `SearchTooLong`."""
    return await open_reading(path, SearchingConnection)


async def open_reading(path: Path, kind: type[C]) -> C:
    """Open a connection of some kind that only reads.  Raises `StoreError`."""
    faults: list[sqlite3.Error] = []

    def connect() -> sqlite3.Connection:
        try:
            return sqlite3.connect(path, isolation_level=None, cached_statements=_STATEMENTS_CACHED)
        except sqlite3.Error as error:
            # Raised here it would leave the thread of the connection behind.
            faults.append(error)
            return sqlite3.connect(":memory:")

    db = kind(connect, iter_chunk_size=64)  # unused: rows are fetched all at once
    await db
    if faults:
        await db.close()
        raise as_store_error(faults[0]) from faults[0]
    await _set(
        db,
        "query_only = ON",
        f"cache_size = -{READER_CACHE_SIZE_BYTES // 1_024}",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "temp_store = MEMORY",
    )
    return db


@asynccontextmanager
async def reading(path: Path) -> AsyncIterator[ReadingConnection]:
    """Read from a file for as long as the block takes.  Raises `StoreError`."""
    db = await open_reader(path)
    try:
        yield db
    finally:
        await db.close()


async def empty_log(db: aiosqlite.Connection) -> bool:
    """Write the log back into the file and cut it to nothing; False, at once, where somebody reads from it.

    For the connection that writes, outside any transaction.  Raises `sqlite3.Error`.
    """
    await db.execute_fetchall("PRAGMA busy_timeout = 0")
    try:
        [(busy, _, _)] = await db.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await db.execute_fetchall(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    return not busy


async def _set(db: aiosqlite.Connection, *pragmas: str) -> None:
    try:
        for pragma in pragmas:
            await db.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException:
        # Its thread would keep the process from ending.
        await db.close()
        raise
