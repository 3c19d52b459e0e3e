"""The store in one SQLite file."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import aiosqlite

from node.store.background import REBUILD_AFTER
from node.store.changes import PURGE_PENDING
from node.store.company import abouts_of, authors_of, company_of, concerned, written_by
from node.store.connection import ReadingConnection, Synchronous, open_reader, open_searcher, open_writer
from node.store.errors import as_store_error
from node.store.interface import (
    PAGE_LENGTH_MAX,
    AddResult,
    Arrival,
    Company,
    Counts,
    NamedBy,
    Progress,
    TerritoryRow,
    TerritoryView,
    ThingPage,
    ThingRow,
)
from node.store.queries import Reader
from node.store.reconcile_items import StoredItems, open_stored_items
from node.store.schema import CALLERS, DERIVATION_VERSION, migrate
from node.store.territory_queries import TerritoryReader
from node.store.upkeep import check_store, write_backup
from node.store.writer import Writer
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import PublicKey
from protocol.kinds.placing import TerritoryId
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState
from protocol.state.mentions import Role


class SqliteStore:
    """A `Store` in one SQLite file, for one process at a time.  Open it with `SqliteStore.open`."""

    def __init__(
        self,
        path: Path,
        writing: aiosqlite.Connection,
        reading: ReadingConnection,
        searching: ReadingConnection,
        writer: Writer,
    ) -> None:
        self._path = path
        self._connections: tuple[aiosqlite.Connection, ...] = (searching, reading, writing)
        self._writer = writer
        self._reader = Reader(reading)
        # A search can take half a second among a million records: what peers ask must not wait behind it.
        self._searcher = Reader(searching)
        self._territories = TerritoryReader(searching)

    @classmethod
    async def open(cls, path: Path, synchronous: Synchronous = "FULL") -> Self:
        """Open the store at `path`, made where there is none, and go on with what was left undone.

        Raises `StoreTooNew` for a file of a later version of this software, `StoreError` for one that is
        damaged.
        """
        opened: list[aiosqlite.Connection] = []
        writer: Writer | None = None
        try:
            opened.append(writing := await open_writer(path, synchronous))
            await migrate(writing)
            [(last_seq,)] = await writing.execute_fetchall("SELECT coalesce(max(seq), 0) FROM record")
            [(last_actor,)] = await writing.execute_fetchall("SELECT coalesce(max(seq), 0) FROM actor")
            opened.append(reading := await open_reader(path))
            opened.append(searching := await open_searcher(path))
            writer = Writer(writing, next_seq=last_seq + 1, next_actor=last_actor + 1)
            await writer.start()
            store = cls(path, writing, reading, searching, writer)
            if await writer.background.derivation() != DERIVATION_VERSION:
                await store._start_rebuild()
        except BaseException as error:
            if writer is not None:
                await writer.close()
            for db in reversed(opened):
                await db.close()
            if isinstance(error, sqlite3.Error):
                raise as_store_error(error) from error
            raise
        return store

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """See `Store.close`."""
        try:
            await self._writer.close()
        finally:
            # The last connection to close, the writer's, empties the log into the file and removes it.
            for db in self._connections:
                await db.close()

    async def add(self, records: Iterable[VerifiedRecord]) -> AddResult:
        """See `Store.add`."""
        given = list(records)
        for record in given:
            if type(record) is not VerifiedRecord:
                raise TypeError(f"the store takes only verified records, not {type(record).__name__}")
        return await self._writer.add(given)

    async def unknown(self, ids: Sequence[RecordId]) -> list[RecordId]:
        """See `Store.unknown`."""
        return await self._reader.unknown(ids)

    async def envelopes(self, ids: Sequence[RecordId], size_max_bytes: int) -> list[tuple[RecordId, bytes]]:
        """See `Store.envelopes`."""
        return await self._reader.envelopes(ids, size_max_bytes)

    async def last_arrival(self) -> int:
        """See `Store.last_arrival`."""
        return await self._reader.last_arrival()

    async def arrived_by(self, ids: Sequence[RecordId], seq: int) -> set[RecordId]:
        """See `Store.arrived_by`."""
        return await self._reader.arrived_by(ids, seq)

    async def record(self, record_id: RecordId) -> VerifiedRecord | None:
        """See `Store.record`."""
        return await self._reader.record(record_id)

    async def find_ids(self, text_prefix: str, limit: int = 16) -> list[RecordId]:
        """See `Store.find_ids`."""
        return await self._searcher.find_ids(text_prefix, limit)

    async def records_of(self, subject: SubjectId) -> list[VerifiedRecord]:
        """See `Store.records_of`."""
        return await self._reader.records_of(subject)

    async def actor(self, actor: ActorId) -> ActorState | None:
        """See `Store.actor`."""
        return await self._reader.actor(actor)

    async def signed_by(self, actor: ActorId, key: PublicKey) -> list[VerifiedRecord]:
        """See `Store.signed_by`."""
        return await self._reader.signed_by(actor, key)

    async def actors_listing(self, key: PublicKey) -> list[ActorId]:
        """See `Store.actors_listing`."""
        return await self._reader.actors_listing(key)

    async def things(
        self,
        *,
        kind: str | None = None,
        text: str | None = None,
        bbox: BoundingBox | None = None,
        author: ActorId | None = None,
        linked: ActorId | None = None,
        status: str | None = None,
        now_ms: int | None = None,
        limit: int = 50,
        after: str = "",
    ) -> ThingPage:
        """See `Store.things`."""
        return await self._searcher.things(kind, text, bbox, author, linked, status, now_ms, limit, after)

    async def pacts_about(
        self, commons: SubjectId, limit: int = 50, now_ms: int | None = None
    ) -> list[ThingRow]:
        """See `Store.pacts_about`."""
        return await self.naming("pact", commons, limit, now_ms)

    async def naming(
        self, kind: str, named: bytes, limit: int = 50, now_ms: int | None = None
    ) -> list[ThingRow]:
        """See `Store.naming`."""
        return await self._searcher.naming(kind, named, limit, now_ms)

    async def mentions(self, of: bytes, roles: Collection[Role], limit: int = 50) -> list[NamedBy]:
        """See `Store.mentions`."""
        return await self._reader.mentions(of, roles, limit)

    async def company(self, subject: SubjectId) -> Company:
        """See `Store.company`."""
        return await company_of(self._reader.db, subject)

    async def concerned(self, subjects: Sequence[SubjectId]) -> set[SubjectId]:
        """See `Store.concerned`."""
        return await concerned(self._reader.db, subjects)

    async def abouts(self, subjects: Sequence[SubjectId]) -> dict[SubjectId, int]:
        """See `Store.abouts`."""
        return await abouts_of(self._reader.db, subjects)

    async def authors(self, records: Sequence[RecordId]) -> dict[RecordId, ActorId]:
        """See `Store.authors`."""
        return await authors_of(self._reader.db, records)

    async def written(self, actors: Sequence[ActorId]) -> dict[ActorId, tuple[int, int]]:
        """See `Store.written`."""
        return await written_by(self._reader.db, actors)

    async def territory(
        self, territory: TerritoryId, now_ms: int, limit: int = 50, after: int = 0
    ) -> TerritoryView | None:
        """See `Store.territory`."""
        return await self._territories.territory(territory, now_ms, limit, after)

    async def territories_called(self, names: Iterable[str], limit: int = 50) -> list[TerritoryRow]:
        """See `Store.territories_called`."""
        return await self._territories.territories_called(names, limit)

    async def territories_with_id(self, text_prefix: str, limit: int = 16) -> list[TerritoryRow]:
        """See `Store.territories_with_id`."""
        return await self._territories.territories_with_id(text_prefix, limit)

    async def things_in(
        self, territory: TerritoryId, now_ms: int, limit: int = 50, after: str = ""
    ) -> ThingPage:
        """See `Store.things_in`."""
        return await self._territories.things_in(territory, now_ms, limit, after)

    async def thing(self, subject: SubjectId) -> ThingState | None:
        """See `Store.thing`."""
        return await self._reader.thing(subject)

    async def folded(self, subjects: Sequence[SubjectId]) -> list[tuple[int, ThingState]]:
        """See `Store.folded`."""
        return await self._reader.folded(subjects)

    async def arrivals_by(self, actor: ActorId, seq: int, limit: int = PAGE_LENGTH_MAX) -> list[Arrival]:
        """See `Store.arrivals_by`."""
        return await self._reader.arrivals_by(actor, seq, limit)

    async def lacking(self, seq: int, limit: int = PAGE_LENGTH_MAX) -> list[Arrival]:
        """See `Store.lacking`."""
        return await self._reader.lacking(seq, limit)

    async def counts(self) -> Counts:
        """See `Store.counts`."""
        return await self._reader.counts()

    async def changed_since(self, seq: int, limit: int = PAGE_LENGTH_MAX) -> list[Arrival]:
        """See `Store.changed_since`."""
        return await self._searcher.changed_since(seq, limit)

    async def missing_content(self, limit: int = PAGE_LENGTH_MAX) -> list[RecordId]:
        """See `Store.missing_content`."""
        return await self._reader.missing_content(limit)

    def all_records(self) -> AsyncIterator[tuple[RecordId, bytes]]:
        """See `Store.all_records`."""
        return self._searcher.all_records()

    def items(self) -> StoredItems:
        """See `Store.items`; it has a connection of its own."""
        return open_stored_items(self._path)

    async def rebuild(self, progress: Progress | None = None) -> None:
        """See `Store.rebuild`."""
        await self._start_rebuild(progress)
        await self._writer.settled()

    async def settled(self) -> None:
        """See `Store.settled`."""
        await self._writer.settled()

    @property
    def is_deriving(self) -> bool:
        """Whether lists do not show all that is held yet: after an upgrade, or where a process was killed."""
        return self._writer.background.is_deriving

    async def is_rebuilding(self) -> bool:
        """See `Store.is_rebuilding`."""
        return await self._reader.meta(REBUILD_AFTER) is not None

    async def is_clearing(self) -> bool:
        """See `Store.is_clearing`."""
        return await self._reader.meta(PURGE_PENDING) is not None

    @property
    def erased(self) -> int:
        """How many commits have taken contents out since it was opened."""
        return self._writer.background.erased

    @property
    def clearing_fault(self) -> str | None:
        """Why what was erased cannot be cleared from the files for now; None where it is, or goes on."""
        return self._writer.background.purge.fault

    async def backup(self, target: Path) -> None:
        """See `Store.backup`."""
        await write_backup(self._path, target)

    async def check(self, progress: Progress | None = None) -> list[str]:
        """See `Store.check`."""
        return await check_store(self._path, progress)

    async def meta(self, name: str) -> bytes | None:
        """See `Store.meta`."""
        return await self._reader.meta(CALLERS + name)

    async def set_meta(self, name: str, value: bytes | None) -> None:
        """See `Store.set_meta`."""

        async def work(db: aiosqlite.Connection) -> None:
            if value is None:
                await db.execute("DELETE FROM meta WHERE name = ?", (CALLERS + name,))
            else:
                await db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (CALLERS + name, value))

        await self._writer.run(work)

    async def load_peers(self) -> dict[str, bytes]:
        """See `Store.load_peers`."""
        return await self._reader.peers()

    async def save_peers(self, rows: Mapping[str, bytes]) -> None:
        """See `Store.save_peers`."""

        async def work(db: aiosqlite.Connection) -> None:
            await db.execute("DELETE FROM peer")
            await db.executemany("INSERT INTO peer VALUES (?, ?)", list(rows.items()))

        await self._writer.run(work)

    def on_change(self, told: Callable[[], None]) -> None:
        """Have `told` called, in the event loop, whenever what is held has changed."""
        self._writer.on_change = told

    async def _start_rebuild(self, progress: Progress | None = None) -> None:
        async def work(_: aiosqlite.Connection) -> None:
            await self._writer.background.start_rebuild()

        await self._writer.run(work, lambda: self._writer.background.rebuild_started(progress))
