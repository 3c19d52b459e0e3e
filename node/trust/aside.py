"""What peers brought and this node did not take in: remembered by id, so that it is not fetched again and
again, and found again when it may be taken in after all.

A file of its own beside the store, which can be lost or removed at any time: what it held is then fetched and
set aside once more.  It outlives a restart, because boards in the sun restart every day, and a circle of
neighbours in a large network sets most of it aside.
"""

import asyncio
import contextlib
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from node.store.errors import StoreError
from protocol.identifiers import ActorId, RecordId
from protocol.reconcile.items import Item

T = TypeVar("T")

FILE_NAME = "aside.sqlite"

# 200,000 × 250 bytes = 50 MB on disk, and 20 MB in memory while the node compares with others: a country's
# register that a circle of neighbours does not follow.
ASIDE_MAX_RECORDS = 200_000

# Of what a record names, so many are remembered to find it by: most name one thing and a few actors.
KEYS_MAX = 16

_BUSY_TIMEOUT_S = 10.0

# Values in one statement; SQLite takes 32,766.
_AT_ONCE = 500

# Ids looked up in the store at a time when the node starts.
_IDS_AT_ONCE = 10_000

_SCHEMA = """
    CREATE TABLE aside (
        seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, seconds INTEGER NOT NULL, author BLOB NOT NULL,
        reason INTEGER NOT NULL, size INTEGER NOT NULL);
    CREATE INDEX aside_by_author ON aside (author, reason);
    CREATE TABLE waits_for (key BLOB, seq INTEGER, PRIMARY KEY (key, seq)) WITHOUT ROWID;
    CREATE INDEX waits_by_seq ON waits_for (seq);
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
    PRAGMA user_version = 1;
"""


class Reason(IntEnum):
    """Why a record was set aside.  Kept in files: a number is never given another meaning."""

    POLICY = 1  # its author is none of those whom this node follows or has invited
    BLOCKED = 2  # the operator has blocked it, its thing or its author
    ACTOR_FULL = 3  # a stranger's records are as many as one may have here
    ACTOR_TODAY = 4  # as many as one may bring in a day
    THING_FULL = 5  # strangers' records about one thing are as many as are taken in
    PEER_TODAY = 6  # a peer has brought as much of strangers as one may in a day


@dataclass(frozen=True, slots=True)
class Left:
    """A record that was set aside.  `keys` are the ids it may be taken in for: author, subject, what it
    names."""

    id: RecordId
    seconds: int
    author: ActorId
    reason: Reason
    size_bytes: int
    keys: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """Records that were set aside, and such as are so no longer, as reconciliation knows records."""

    come: Sequence[Item] = ()
    gone: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class Heap:
    """How much is set aside of one author for one reason."""

    author: ActorId
    reason: Reason
    records: int
    size_bytes: int


class Aside:
    """The records set aside.  Open it with `Aside.open`; every question is asked in a thread of its own."""

    def __init__(self, path: Path, records_max: int = ASIDE_MAX_RECORDS) -> None:
        self._path = path
        self._records_max = records_max
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="aside")
        self._db: sqlite3.Connection | None = None
        self.records = 0
        """How many there are."""
        self.changes: deque[Change] = deque()
        """What came and went since this was last emptied; what goes is noted before it is stored."""

    @classmethod
    async def open(cls, path: Path, records_max: int = ASIDE_MAX_RECORDS) -> Self:
        """Open the file at `path`, made anew where there is none, or where it is of no use.

        Raises `StoreError` where none can be made.
        """
        aside = cls(path, records_max)
        await aside._run(lambda: aside._open(anew_if_damaged=True))
        return aside

    @property
    def is_full(self) -> bool:
        """Whether no more can be remembered."""
        return self.records >= self._records_max

    async def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            await self._run(self._db.close)
        self._thread.shutdown()

    async def add(self, left: Sequence[Left]) -> int:
        """Remember records; return how many of them, from the front, there was room for."""
        return await self._run(lambda: self._add(left)) if left else 0

    async def among(self, ids: Collection[RecordId]) -> set[RecordId]:
        """Return those of `ids` that are set aside."""
        if not ids or not self.records:
            return set()
        wanted = list(ids)
        return await self._run(lambda: self._among(wanted))

    async def forget(self, ids: Collection[RecordId]) -> None:
        """Forget records: they are here, or about to be."""
        if ids and self.records:
            gone = list(ids)
            await self._run(lambda: self._forget(gone))

    async def release(self, keys: Iterable[bytes], reasons: Collection[Reason]) -> int:
        """Forget the records that wait for one of `keys`, set aside for one of `reasons`; return how many."""
        wanted = list(dict.fromkeys(keys))
        if not wanted or not self.records:
            return 0
        return await self._run(lambda: self._release(wanted, reasons))

    async def release_all(self, reasons: Collection[Reason]) -> int:
        """Forget all that was set aside for one of `reasons`; return how many there were."""
        return await self._run(lambda: self._release_all(reasons)) if self.records else 0

    async def release_some(self, reason: Reason, of_each_max: int) -> int:
        """Forget so many at most of each author that were set aside for a reason, the oldest first."""
        return await self._run(lambda: self._release_some(reason, of_each_max)) if self.records else 0

    async def all_ids(self) -> AsyncIterator[list[RecordId]]:
        """Yield the ids of all that is set aside, some at a time."""
        seq = 0
        while rows := await self._run(partial(self._ids_after, seq)):
            yield [RecordId(row[1]) for row in rows]
            seq = rows[-1][0]

    async def heaps(self, limit: int) -> list[Heap]:
        """Return whose records are set aside and why, the largest heaps first."""
        return await self._run(lambda: self._heaps(limit))

    async def totals(self) -> dict[Reason, tuple[int, int]]:
        """Return how many records, of how many bytes, are set aside for each reason."""
        return await self._run(self._totals)

    async def same_terms(self, terms: str) -> bool:
        """Whether what is set aside was judged by these terms; they are kept for the next question."""
        return await self._run(lambda: self._same_terms(terms))

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"what was set aside cannot be read or written: {error}") from error

    def _open(self, anew_if_damaged: bool) -> None:
        try:
            self._db = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=_BUSY_TIMEOUT_S
            )
            # Lost at worst: the last moments before a power cut.
            self._db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
            [(version,)] = self._db.execute("PRAGMA user_version").fetchall()
            if version == 0:
                self._db.executescript(_SCHEMA)
            elif version != 1:
                raise sqlite3.DatabaseError(f"version {version} is not known here")
            self._count()
            held = [Item(*row) for row in self._sql("SELECT seconds, id FROM aside")]
            self.changes.append(Change(come=held))
        except sqlite3.DatabaseError:
            if not anew_if_damaged:
                raise
            if self._db is not None:
                self._db.close()
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{self._path}{suffix}").unlink()
            self._open(anew_if_damaged=False)

    def _sql(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        assert self._db is not None
        return self._db.execute(statement, parameters).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        self._sql("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._sql("ROLLBACK")
            raise
        self._sql("COMMIT")
        self._count()

    def _count(self) -> None:
        [(self.records,)] = self._sql("SELECT count(*) FROM aside")

    def _add(self, left: Sequence[Left]) -> int:
        assert self._db is not None
        room = max(self._records_max - self.records, 0)
        come: list[Item] = []
        with self._writing():
            known = self._among([one.id for one in left[:room]])
            for one in left[:room]:
                if one.id in known:
                    continue
                known.add(one.id)
                come.append(Item(one.seconds, one.id))
                added = self._db.execute(
                    "INSERT INTO aside (id, seconds, author, reason, size) VALUES (?, ?, ?, ?, ?)",
                    (one.id, one.seconds, one.author, one.reason, one.size_bytes),
                )
                self._db.executemany(
                    "INSERT INTO waits_for VALUES (?, ?)",
                    [(key, added.lastrowid) for key in list(dict.fromkeys(one.keys))[:KEYS_MAX]],
                )
        self.changes.append(Change(come=come))
        return min(room, len(left))

    def _among(self, ids: Sequence[RecordId]) -> set[RecordId]:
        return {RecordId(row[0]) for row in self._in("SELECT id FROM aside WHERE id IN", ids)}

    def _forget(self, ids: Sequence[RecordId]) -> int:
        return self._delete(row[0] for row in self._in("SELECT seq FROM aside WHERE id IN", ids))

    def _release(self, keys: Sequence[bytes], reasons: Collection[Reason]) -> int:
        found = [*{row[0] for row in self._in("SELECT seq FROM waits_for WHERE key IN", keys)}]
        listed = ",".join(str(int(reason)) for reason in reasons)
        rows = self._in(f"SELECT seq FROM aside WHERE reason IN ({listed}) AND seq IN", found)
        return self._delete(row[0] for row in rows)

    def _release_all(self, reasons: Collection[Reason]) -> int:
        return self._delete(row[0] for row in self._in("SELECT seq FROM aside WHERE reason IN", [*reasons]))

    def _release_some(self, reason: Reason, of_each_max: int) -> int:
        rows = self._sql(
            "SELECT seq FROM (SELECT seq, row_number()"
            " OVER (PARTITION BY author ORDER BY seconds, id) AS place FROM aside WHERE reason = ?)"
            " WHERE place <= ?",
            (reason, of_each_max),
        )
        return self._delete(row[0] for row in rows)

    def _delete(self, numbers: Iterable[int]) -> int:
        gone = [(number,) for number in numbers]
        if gone:
            assert self._db is not None
            found = self._in("SELECT seconds, id FROM aside WHERE seq IN", [number for (number,) in gone])
            self.changes.append(Change(gone=[Item(*row) for row in found]))
            with self._writing():
                self._db.executemany("DELETE FROM aside WHERE seq = ?", gone)
                self._db.executemany("DELETE FROM waits_for WHERE seq = ?", gone)
        return len(gone)

    def _in(self, statement: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(values), _AT_ONCE):
            part = values[start : start + _AT_ONCE]
            yield from self._sql(f"{statement} ({','.join('?' * len(part))})", part)

    def _ids_after(self, seq: int) -> list[tuple[Any, ...]]:
        return self._sql("SELECT seq, id FROM aside WHERE seq > ? ORDER BY seq LIMIT ?", (seq, _IDS_AT_ONCE))

    def _heaps(self, limit: int) -> list[Heap]:
        rows = self._sql(
            "SELECT author, reason, count(*), sum(size) FROM aside GROUP BY author, reason"
            " ORDER BY 3 DESC, author, reason LIMIT ?",
            (limit,),
        )
        return [Heap(ActorId(author), Reason(reason), n, size) for author, reason, n, size in rows]

    def _totals(self) -> dict[Reason, tuple[int, int]]:
        rows = self._sql("SELECT reason, count(*), sum(size) FROM aside GROUP BY reason ORDER BY reason")
        return {Reason(reason): (records, size) for reason, records, size in rows}

    def _same_terms(self, terms: str) -> bool:
        known = self._sql("SELECT value FROM meta WHERE name = 'terms'")
        with self._writing():
            self._sql("INSERT OR REPLACE INTO meta VALUES ('terms', ?)", (terms,))
        return known == [(terms,)]
