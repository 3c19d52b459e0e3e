"""The file of the atlas as it is open in the node's own process, and opened again where it was made anew."""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from node.atlas.asking import AskingConnection, open_asking
from node.atlas.file import (
    ATLAS_VERSION,
    FileMark,
    atlas_path,
    is_damage,
    mark_of,
    remove_file,
    size_bytes,
    version_of,
)
from node.store.errors import StoreError

if TYPE_CHECKING:
    from node.atlas.keeping import AtlasKeeper

log = logging.getLogger(__name__)

T = TypeVar("T")

# Whether the file is still the same one: a look costs as much as a tenth of a small question.
LOOKED_AT_EVERY_S = 0.1


class OpenAtlas:
    """The file of a home's atlas.  End it with `aclose`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.keeper: AtlasKeeper | None = None
        """What keeps it in step with the store, where something does."""
        self._path = atlas_path(home)
        self._mark: FileMark | None = None
        self._looked_s = 0.0
        self._quick: AskingConnection | None = None
        self._long: AskingConnection | None = None
        self._opening = asyncio.Lock()

    async def aclose(self) -> None:
        """Close the file."""
        await self._close()

    async def _close(self) -> None:
        opened = [db for db in (self._quick, self._long) if db is not None]
        self._quick = self._long = self._mark = None
        for db in opened:
            await db.close()

    def remove(self) -> None:
        """Delete the file: it is made anew where somebody keeps it."""
        remove_file(self._path)
        self._looked_s = 0.0

    def size_bytes(self) -> int:
        """Return how much disk the file takes."""
        return size_bytes(self._path)

    async def quick_rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query that takes no time; none where there is no atlas.

        Raises `StoreError`.
        """
        db = await self._open()
        return [] if db is None else await self._run(db, lambda db: db.execute(sql, values).fetchall())

    async def _run(self, db: AskingConnection, work: Callable[[sqlite3.Connection], T]) -> T:
        """Ask the file; of a damaged one, have it made again.  Raises `StoreError`."""
        try:
            return await db.run(work)
        except StoreError as fault:
            if is_damage(fault.__cause__):
                log.warning("the atlas is damaged, and made anew")
                self.remove()
                if self.keeper is not None:
                    self.keeper.stored()
            raise

    async def _open(self) -> AskingConnection | None:
        """Return the connection for short questions; None where there is no atlas for now."""
        return await self._opened("_quick")

    async def _open_long(self) -> AskingConnection | None:
        """Return the connection for questions that can take long."""
        return await self._opened("_long")

    async def _opened(self, which: str) -> AskingConnection | None:
        now_s = time.monotonic()
        if now_s > self._looked_s + LOOKED_AT_EVERY_S or getattr(self, which) is None:
            self._looked_s = now_s
            mark = mark_of(self._path)
            if mark is None and self.keeper is not None:
                self.keeper.hurry()
            if mark is None or mark != self._mark:
                async with self._opening:
                    await self._open_both()
        db: AskingConnection | None = getattr(self, which)
        return db

    async def _open_both(self) -> None:
        """Open the file that is there now, unless it is open."""
        mark = mark_of(self._path)
        if mark == self._mark and self._long is not None:
            return
        await self._close()
        if mark is None:
            return
        quick: AskingConnection | None = None
        try:
            quick = await open_asking(self._path)
            if await quick.run(version_of) == ATLAS_VERSION:
                self._long = await open_asking(self._path)
        except StoreError as fault:
            log.info("the atlas cannot be read for now: %s", fault)
        if self._long is not None:
            self._quick, self._mark = quick, mark
        elif quick is not None:
            await quick.close()
