"""The store as somebody beside its owner sees it: everything can be read, nothing written."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from node.store.background import DERIVATION, REBUILD_AFTER
from node.store.connection import ReadingConnection, open_reader, open_searcher
from node.store.errors import StoreError
from node.store.interface import AddResult, Progress
from node.store.queries import Reader
from node.store.schema import DERIVATION_VERSION, SCHEMA_VERSION
from node.store.sqlite import SqliteStore
from node.store.territory_queries import TerritoryReader
from protocol.record.verification import VerifiedRecord


class StoreView(SqliteStore):
    """A `Store` that only reads, beside the process that writes.  Open it with `StoreView.open_view`."""

    def __init__(self, path: Path, reading: ReadingConnection, searching: ReadingConnection) -> None:
        self._path = path
        self._connections = (searching, reading)
        self._reader, self._searcher = Reader(reading), Reader(searching)
        self._territories = TerritoryReader(searching)

    @classmethod
    async def open_view(cls, path: Path) -> Self | None:
        """Open the store at `path`; None where there is none, or its owner first has to put it in order.

        Raises `StoreError` for a file that is damaged.
        """
        if not path.is_file():  # noqa: ASYNC240 - one stat
            return None
        reading = await open_reader(path)
        try:
            if await _in_order(reading):
                return cls(path, reading, await open_searcher(path))
        except BaseException:
            await reading.close()
            raise
        await reading.close()
        return None

    async def in_order(self) -> bool:
        """Whether what is derived is complete: an owner at work may have something left to do."""
        return await _in_order(self._reader.db)

    async def close(self) -> None:
        """See `Store.close`."""
        for db in self._connections:
            await db.close()

    async def add(self, records: Iterable[VerifiedRecord]) -> AddResult:
        """Refuse: raises `StoreError`."""
        raise StoreError("this is a view of the store, and its owner writes")

    async def rebuild(self, progress: Progress | None = None) -> None:
        """Refuse: raises `StoreError`."""
        raise StoreError("this is a view of the store, and its owner writes")

    async def set_meta(self, name: str, value: bytes | None) -> None:
        """Refuse: raises `StoreError`."""
        raise StoreError("this is a view of the store, and its owner writes")

    async def save_peers(self, rows: Mapping[str, bytes]) -> None:
        """Refuse: raises `StoreError`."""
        raise StoreError("this is a view of the store, and its owner writes")

    async def settled(self) -> None:
        """Return at once: only its owner knows what is left to do."""


async def _in_order(db: ReadingConnection) -> bool:
    """Whether tables and what is derived in them are those of this version, and complete."""
    [(version,)] = await db.execute_fetchall("PRAGMA user_version")
    if version != SCHEMA_VERSION:
        return False  # also a file without tables yet
    rows = await db.execute_fetchall(
        "SELECT name, value FROM meta WHERE name IN (?, ?)", (DERIVATION, REBUILD_AFTER)
    )
    stated = {str(name): value for name, value in rows}
    derivation = stated.get(DERIVATION)
    [(dirty,)] = await db.execute_fetchall("SELECT EXISTS (SELECT 1 FROM dirty_actor)")
    return (
        derivation is not None
        and int(derivation) == DERIVATION_VERSION
        and REBUILD_AFTER not in stated
        and not dirty
    )
