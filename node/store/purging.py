"""Clearing what was erased out of the file, once it is out of every row.

    merge the word index → empty the log → write the file anew → empty the log

A content that is taken out of its row is overwritten there (`secure_delete`).  Three things may be left of
it.  The word index only marks a text as deleted: its words go when the segments that hold them are merged
(https://www.sqlite.org/fts5.html#the_merge_command).  The log holds pages as they were before.  And where
SQLite moved a row from one page to another, the room it had in the first may still hold a copy: only what is
deleted is overwritten, not what is moved (`rebuildPage` in its btree.c).  So the whole file is written anew,
at intervals that keep a store busy with its records, not with itself.
"""

import shutil
import sqlite3
import time
from enum import Enum, auto

import aiosqlite

from node.store.changes import PURGE_PENDING
from node.store.connection import WRITER_CACHE_SIZE_BYTES, empty_log
from node.store.errors import StoreError, StoreFull

# Pages of the word index merged in one transaction.
MERGE_STEP_PAGES = 250

# Writing the file anew puts it on the disk three times: into a temporary file, into the log, and back.
REWRITE_WRITES = 3

# What rounds may take of a disk in the long run, 86 GB a day at worst, should somebody erase all day long; a
# store of 20 MB rests for a minute.
REWRITE_PACE_BYTES_PER_S = 1_048_576

# SQLite keeps four times as much in memory meanwhile; more makes it no quicker.
REWRITE_CACHE_SIZE_BYTES = 4 * 1_024 * 1_024

# The temporary file and the log, a tenth more for what is added meanwhile, and something for everybody else.
REWRITE_ROOM_TIMES = 2.2
REWRITE_ROOM_LEFT_BYTES = 64 * 1_024 * 1_024

# A reader that holds on to the log is asked again after this long; nobody who writes waits for it.
LOG_AGAIN_S = 0.5


class _Stage(Enum):
    RESTING = auto()  # before the first round, or after one
    MERGING = auto()
    EMPTYING = auto()
    REWRITING = auto()
    ENDING = auto()


class Purge:
    """What is still to be cleared, step by step.  The steps are taken outside any transaction."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db
        self._pending = False
        self._stage = _Stage.RESTING
        self._again = False  # more was erased since this round began
        self._merging = False
        self._hurried = False
        self._due_s = 0.0  # when the next step may be taken
        self._rested_s = 0.0  # when the next round may begin
        self.is_rewriting = False
        self.fault: str | None = None
        """Why the last step could not be taken."""

    @property
    def pending(self) -> bool:
        """Whether anything is still to be cleared."""
        return self._pending

    def begin(self) -> None:
        """Something was erased: a round begins with it, or follows the one that is under way."""
        self._pending = True
        self._again = self._stage is not _Stage.RESTING

    def hurry(self) -> None:
        """Somebody waits for it: take no rest before it."""
        self._hurried = self._pending

    def due_in_s(self) -> float:
        """Return how long to wait before the next step, 0 for not at all."""
        due_s = self._due_s
        if self._stage is _Stage.RESTING and not self._hurried:
            due_s = max(due_s, self._rested_s)
        return max(0.0, due_s - time.monotonic())

    async def step(self) -> None:
        """Do the next step.  Raises `StoreFull` where there is no room for it, and `sqlite3.Error`."""
        try:
            await self._step()
        except (sqlite3.Error, StoreError) as error:
            self.fault = str(error)
            if self._again:  # what can be done of the next round need not wait for this one
                self._stage, self._again = _Stage.RESTING, False
            raise
        self.fault = None

    async def _step(self) -> None:
        match self._stage:
            case _Stage.RESTING:
                self._stage, self._merging = _Stage.MERGING, False
            case _Stage.MERGING:
                await self._merge()
            case _Stage.EMPTYING:
                await self._empty_log(_Stage.REWRITING)
            case _Stage.REWRITING:
                await self._rewrite()
            case _Stage.ENDING:
                await self._empty_log(_Stage.RESTING)

    async def _merge(self) -> None:
        # A negative number starts a merge of everything, a positive one goes on with it.
        pages = MERGE_STEP_PAGES if self._merging else -MERGE_STEP_PAGES
        before = self._db.total_changes
        await self._db.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
        if not self._merging or self._db.total_changes - before >= 2:
            self._merging = True
            return
        self._stage = _Stage.EMPTYING

    async def _empty_log(self, then: "_Stage") -> None:
        if not await empty_log(self._db):
            self._due_s = time.monotonic() + LOG_AGAIN_S
            return
        self._stage = then
        if then is _Stage.REWRITING:
            return
        if self._again:
            self._again = False
            return
        await self._db.execute("DELETE FROM meta WHERE name = ?", (PURGE_PENDING,))
        self._pending = self._hurried = False

    async def _rewrite(self) -> None:
        size_bytes = await self._size_bytes()
        await self._require_room(size_bytes)
        # What is temporary is as large as the store: not in memory, but in a file that has no name once open.
        await self._set("temp_store = FILE", f"cache_size = -{REWRITE_CACHE_SIZE_BYTES // 1_024}")
        self.is_rewriting = True
        try:
            await self._db.execute("VACUUM")
        finally:
            self.is_rewriting = False
            await self._set("temp_store = MEMORY", f"cache_size = -{WRITER_CACHE_SIZE_BYTES // 1_024}")
            self._rested_s = time.monotonic() + REWRITE_WRITES * size_bytes / REWRITE_PACE_BYTES_PER_S
        self._stage = _Stage.ENDING

    async def _set(self, *pragmas: str) -> None:
        for pragma in pragmas:
            await self._db.execute_fetchall(f"PRAGMA {pragma}")

    async def _require_room(self, size_bytes: int) -> None:
        [(_, _, path)] = await self._db.execute_fetchall("PRAGMA database_list")
        free_bytes = shutil.disk_usage(path).free
        needed_bytes = int(size_bytes * REWRITE_ROOM_TIMES) + REWRITE_ROOM_LEFT_BYTES
        if free_bytes < needed_bytes:
            raise StoreFull(
                "copies of what was erased may be left in unused parts of the store: it is written anew"
                f" as soon as the disk has {needed_bytes // 1_000_000} MB free,"
                f" and now it has {free_bytes // 1_000_000}"
            )

    async def _size_bytes(self) -> int:
        [(pages,)] = await self._db.execute_fetchall("PRAGMA page_count")
        [(page_bytes,)] = await self._db.execute_fetchall("PRAGMA page_size")
        return int(pages) * int(page_bytes)
