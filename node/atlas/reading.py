"""Reading the atlas in the node's own process: features by page, by id, all of them; how many there are.

What is asked is answered from the last step that was drawn.  While a file is made anew, what there is of it
so far is what there is.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from node.atlas.answers import AtlasUnfinished, Extent, FeaturePage, FeatureRow, Period, Where
from node.atlas.file import COLUMNS, FileMark, mark_of
from node.atlas.opening import OpenAtlas
from node.atlas.paging import (
    PAGE_LENGTH_MAX,
    Wanted,
    condition_of,
    count_of,
    feature_of,
    page_of,
    version_of_contents,
)
from node.atlas.shapes import Shapes
from node.atlas.tile_filters import NO_FILTERS, TileFilters
from node.atlas.tiles import Tile, Tiles
from node.store.errors import SearchTooLong
from node.store.sqlite import SqliteStore
from protocol.geometry_units import BoundingBox

# Whoever has changed what is to be shown waits for so long at most.
CAUGHT_UP_WAIT_MAX_S = 10.0

# Of one version: 100 bytes each.
COUNTS_REMEMBERED_MAX = 1_024

# Given at once to whoever streams all, bounded by size too: at least one.
STREAM_STEP_ROWS = 200
STREAM_STEP_SIZE_MAX_BYTES = 4 * 1_024 * 1_024


__all__ = ["Atlas", "AtlasUnfinished", "Extent", "FeaturePage", "FeatureRow", "Period", "Where"]


class Atlas(OpenAtlas):
    """The atlas of a home.  End it with `aclose`."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.cleared = 0
        """How many of the commits of `SqliteStore.erased` have done here what they should."""
        self._complete: FileMark | None = None
        self._tiles = Tiles(self)
        self._shapes = Shapes(home)
        self._counts: dict[Wanted, int | None] = {}
        self._counts_of = 0
        self._extents: dict[str, tuple[int, Extent | None]] = {}

    async def aclose(self) -> None:
        """Close the file, and end what compares places."""
        await self._shapes.aclose()
        await super().aclose()

    def let_go(self, store: SqliteStore) -> None:
        """Delete the file if it may still hold what was erased from a store, which is about to be closed."""
        if self.cleared < store.erased:
            self.remove()

    async def caught_up(self) -> None:
        """Wait for a little until all that is stored and blocked by now is drawn, where somebody keeps it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CAUGHT_UP_WAIT_MAX_S):
                if self.keeper is not None:
                    await self.keeper.caught_up()

    async def tile(self, zoom: int, x: int, y: int, filters: TileFilters = NO_FILTERS) -> Tile:
        """Return a tile of zoom 0 to `ZOOM_MAX`.  Raises `StoreError`, which may be `TooManyTiles`."""
        return await self._tiles.tile(zoom, x, y, filters)

    async def version(self) -> int:
        """Return a number that grows with every change of what there is; 0 while there is nothing yet."""
        db = await self._open()
        return 0 if db is None else await self._run(db, version_of_contents)

    async def is_complete(self) -> bool:
        """Whether all that the store held was drawn at some time since the file was made."""
        db = await self._open()
        return db is not None and await self._run(db, _is_complete)

    async def require_complete(self) -> None:
        """Raise `AtlasUnfinished` where not all that the store held is drawn yet; other `StoreError`s too.

        For whoever gives out a collection as all there is: of what is missing nobody would know.
        """
        mark = mark_of(self._path)
        if mark is not None and mark == self._complete:
            return
        if not await self.is_complete():
            raise AtlasUnfinished("not all that is held is drawn yet")
        self._complete = mark

    async def feature(self, collection: str, identifier: str) -> bytes | None:
        """Return a feature as GeoJSON by the 52 letters of its id; None where there is none."""
        found = await self.versioned_feature(collection, identifier)
        return None if found is None else found[1]

    async def versioned_feature(self, collection: str, identifier: str) -> tuple[int, bytes] | None:
        """Return the same with the version of the atlas that it is from."""
        db = await self._open()
        if db is None:
            return None
        return await self._run(db, partial(feature_of, collection=collection, identifier=identifier))

    async def features(
        self,
        collection: str,
        *,
        bbox: BoundingBox | None = None,
        exact: bool = False,
        when: Period | None = None,
        where: Where | None = None,
        limit: int = 100,
        after: int = 0,
        offset: int = 0,
        shapes: bool = False,
    ) -> FeaturePage:
        """Return a page of a collection for which all that is given holds, in an order that stays.

        `bbox`: the boxes meet; where `exact`, the place itself meets the box.  `when`: it was there at some
        time of it.  The page begins behind `after`, and passes over `offset` features more, which takes the
        longer the more.  `shapes`: `where` calls `relates`.  Raises `StoreError`, or `SearchTooLong` where it
        would keep others waiting too long.
        """
        wanted = Wanted(collection, bbox, when, where, exact)
        limit = max(1, min(limit, PAGE_LENGTH_MAX))
        if shapes:
            return await self._shapes.features(wanted, limit, after, offset)
        # By a box or in order, a page is found at once; a condition may hold of few.
        db = await (self._open() if where is None and when is None else self._open_long())
        if db is None:
            return FeaturePage([], None)
        return await self._run(db, partial(page_of, wanted=wanted, limit=limit, after=after, offset=offset))

    async def count(
        self,
        collection: str,
        *,
        bbox: BoundingBox | None = None,
        exact: bool = False,
        when: Period | None = None,
        where: Where | None = None,
    ) -> int | None:
        """Return how many features there are of which all that is given holds; None where counting them
        takes too long."""
        db = await self._open_long()
        if db is None:
            return 0
        version = await self.version()
        if version != self._counts_of or len(self._counts) >= COUNTS_REMEMBERED_MAX:
            self._counts, self._counts_of = {}, version
        wanted = Wanted(collection, bbox, when, where, exact)
        if wanted not in self._counts:
            try:
                self._counts[wanted] = await self._run(db, partial(count_of, wanted=wanted))
            except SearchTooLong:
                self._counts[wanted] = None
        return self._counts.get(wanted)

    async def extent(self, collection: str) -> Extent | None:
        """Return what a collection reaches over; None where it is empty.

        Raises `StoreError`, or `SearchTooLong`.
        """
        db = await self._open_long()
        if db is None:
            return None
        version = await self.version()
        if self._extents.get(collection, (0, None))[0] != version:
            found = await self._run(db, partial(_extent, collection=collection))
            self._extents[collection] = (version, found)
        return self._extents[collection][1]

    async def stream(
        self,
        collection: str,
        *,
        bbox: BoundingBox | None = None,
        when: Period | None = None,
        where: Where | None = None,
    ) -> AsyncIterator[list[FeatureRow]]:
        """Yield all features of which all that is given holds, some at a time, in their order.

        What changes meanwhile may be in it as it was or as it is; nothing is in it twice, and nothing that
        stays is left out.
        """
        wanted, after = Wanted(collection, bbox, when, where), 0
        while (db := await self._open_long()) is not None:
            rows, after = await self._run(db, partial(_step, wanted=wanted, after=after))
            if not after:
                return
            if rows:
                yield [FeatureRow(dict(zip(COLUMNS, row, strict=False)), row[-2], row[-1]) for row in rows]

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a question that can take long, none where there is no atlas for now.

        Raises `StoreError`, which may be `SearchTooLong`.
        """
        db = await self._open_long()
        return [] if db is None else await self._run(db, lambda db: db.execute(sql, values).fetchall())


def _within(sizes: Sequence[tuple[int, int]], total_max: int) -> list[int]:
    """Return the first of some numbers, at least one, whose sizes come to no more than a total."""
    taken: list[int] = []
    total = 0
    for number, size in sizes:
        total += size
        if taken and total > total_max:
            break
        taken.append(number)
    return taken


_ALL = ", ".join([*(f"f.{name}" for name in COLUMNS), "d.geometry", "d.geojson"])


def _is_complete(db: sqlite3.Connection) -> bool:
    return bool(db.execute("SELECT value FROM meta WHERE name = 'complete'").fetchall())


def _extent(db: sqlite3.Connection, collection: str) -> Extent | None:
    since, *sides = db.execute(
        "SELECT min(since), min(west), min(south), max(east), max(north) FROM feature"
        " WHERE collection = ? AND (west IS NULL OR west <= east)",
        (collection,),
    ).fetchone()
    box = None if None in sides else BoundingBox(*sides)
    return None if since is None else Extent(box, since)


def _step(db: sqlite3.Connection, wanted: Wanted, after: int) -> tuple[list[tuple[Any, ...]], int]:
    """Return the columns and drawings of the next features behind `after`, and the number of the last of
    them; 0 where there is none."""
    condition, bound = condition_of(db, wanted)
    sizes = db.execute(
        "SELECT f.seq, length(d.geojson) + ifnull(length(d.geometry), 0)"
        f" FROM (SELECT seq FROM feature f WHERE {condition} AND f.seq > ? ORDER BY f.seq LIMIT ?) f"
        " CROSS JOIN drawing d ON d.seq = f.seq ORDER BY f.seq",
        (*bound, after, STREAM_STEP_ROWS),
    ).fetchall()
    if not sizes:
        return [], 0
    step = _within(sizes, STREAM_STEP_SIZE_MAX_BYTES)
    rows = db.execute(
        f"SELECT {_ALL} FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
        f" WHERE f.seq IN ({', '.join('?' * len(step))}) ORDER BY f.seq",
        step,
    ).fetchall()
    return rows, step[-1]
