"""Reading the atlas in the node's own process: features by page, by id, all of them; how many there are.

What is asked is answered from the last step that was drawn.  While a file is made anew, what there is of it
so far is what there is.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from node.atlas.answers import Extent, FeaturePage, FeatureRow, Period, Where
from node.atlas.file import COLUMNS
from node.atlas.opening import OpenAtlas
from node.atlas.tile_filters import NO_FILTERS, TileFilters
from node.atlas.tiles import Tile, Tiles
from node.store.connection import ReadingConnection
from node.store.errors import SearchTooLong
from node.store.search import parts_of
from node.store.sqlite import SqliteStore
from protocol.geometry_units import BoundingBox

# A page of features: each may be an outline of 40,000 positions, 1.7 MB, so pages are bounded by size too.
PAGE_LENGTH_MAX = 1_000
PAGE_SIZE_MAX_BYTES = 8 * 1_024 * 1_024

# Up to so many features in a box are put in order; where there are more, they are read in order and tried.
SORTED_MAX = 4_000

# Whoever has changed what is to be shown waits for so long at most.
CAUGHT_UP_WAIT_MAX_S = 10.0

# Of one version: 100 bytes each.
COUNTS_REMEMBERED_MAX = 1_024

# Given at once to whoever streams all, bounded by size too: at least one.
STREAM_STEP_ROWS = 200
STREAM_STEP_SIZE_MAX_BYTES = 4 * 1_024 * 1_024


__all__ = ["Atlas", "Extent", "FeaturePage", "FeatureRow", "Period", "Where"]


class Atlas(OpenAtlas):
    """The atlas of a home.  End it with `aclose`."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.cleared = 0
        """How many of the commits of `SqliteStore.erased` have done here what they should."""
        self._tiles = Tiles(self)
        self._counts: dict[Any, int | None] = {}
        self._counts_of = 0
        self._extents: dict[str, tuple[int, Extent | None]] = {}

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
        if db is None:
            return 0
        rows = await self._rows(db, "SELECT value FROM meta WHERE name = 'version'")
        return int(rows[0][0]) if rows else 0

    async def is_complete(self) -> bool:
        """Whether all that the store held was drawn at some time since the file was made."""
        db = await self._open()
        return db is not None and bool(await self._rows(db, "SELECT value FROM meta WHERE name = 'complete'"))

    async def feature(self, collection: str, identifier: str) -> bytes | None:
        """Return a feature as GeoJSON by the 52 letters of its id; None where there is none."""
        db = await self._open()
        if db is None:
            return None
        rows = await self._rows(
            db,
            "SELECT d.geojson FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
            " WHERE f.id = ? AND f.collection = ?",
            (identifier, collection),
        )
        return rows[0][0] if rows else None

    async def features(
        self,
        collection: str,
        *,
        bbox: BoundingBox | None = None,
        when: Period | None = None,
        where: Where | None = None,
        limit: int = 100,
        after: int = 0,
    ) -> FeaturePage:
        """Return a page of a collection for which all that is given holds, in an order that stays.

        `bbox`: the boxes meet.  `when`: it was there at some time of it.  Raises `StoreError`, or
        `SearchTooLong` where it would keep others waiting for too long.
        """
        db = await self._open_long()
        if db is None:
            return FeaturePage([], None)
        limit = max(1, min(limit, PAGE_LENGTH_MAX))
        condition, bound = await self._condition(db, collection, bbox, when, where)
        rows = await self._rows(
            db,
            f"SELECT f.seq FROM feature f WHERE {condition} AND f.seq > ? ORDER BY f.seq LIMIT ?",
            (*bound, after, limit + 1),
        )
        numbers = [row[0] for row in rows[:limit]]
        found: list[tuple[Any, ...]] = []
        if numbers:
            # The sum of sizes so far keeps a page of the largest outlines within bounds.
            marks = ", ".join("?" * len(numbers))
            found = await self._rows(
                db,
                "SELECT seq, geojson FROM (SELECT seq, geojson, sum(length(geojson)) OVER (ORDER BY seq) s"
                f" FROM drawing WHERE seq IN ({marks}) ORDER BY seq)"
                f" WHERE s <= {PAGE_SIZE_MAX_BYTES} OR seq = ?",
                (*numbers, numbers[0]),
            )
        more = len(found) < len(numbers) or len(rows) > limit
        return FeaturePage([row[1] for row in found], found[-1][0] if more and found else None)

    async def count(
        self,
        collection: str,
        *,
        bbox: BoundingBox | None = None,
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
        key = (collection, bbox, when, where)
        if key not in self._counts:
            try:
                condition, bound = await self._condition(db, collection, bbox, when, where)
                [(number,)] = await self._rows(db, f"SELECT count(*) FROM feature f WHERE {condition}", bound)
                self._counts[key] = int(number)
            except SearchTooLong:
                self._counts[key] = None
        return self._counts.get(key)

    async def extent(self, collection: str) -> Extent | None:
        """Return what a collection reaches over; None where it is empty.

        Raises `StoreError`, or `SearchTooLong`.
        """
        db = await self._open_long()
        if db is None:
            return None
        version = await self.version()
        if self._extents.get(collection, (0, None))[0] != version:
            [(since, *sides)] = await self._rows(
                db,
                "SELECT min(since), min(west), min(south), max(east), max(north) FROM feature"
                " WHERE collection = ? AND (west IS NULL OR west <= east)",
                (collection,),
            )
            box = None if None in sides else BoundingBox(*sides)
            self._extents[collection] = (version, None if since is None else Extent(box, since))
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
        after = 0
        while (db := await self._open_long()) is not None:
            condition, bound = await self._condition(db, collection, bbox, when, where)
            sizes = await self._rows(
                db,
                "SELECT f.seq, length(d.geojson) + ifnull(length(d.geometry), 0)"
                f" FROM (SELECT seq FROM feature f WHERE {condition} AND f.seq > ? ORDER BY f.seq LIMIT ?) f"
                " CROSS JOIN drawing d ON d.seq = f.seq ORDER BY f.seq",
                (*bound, after, STREAM_STEP_ROWS),
            )
            if not sizes:
                return
            step = _within(sizes, STREAM_STEP_SIZE_MAX_BYTES)
            rows = await self._rows(
                db,
                f"SELECT {_ALL} FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
                f" WHERE f.seq IN ({', '.join('?' * len(step))}) ORDER BY f.seq",
                step,
            )
            if rows:
                yield [FeatureRow(dict(zip(COLUMNS, row, strict=False)), row[-2], row[-1]) for row in rows]
            after = step[-1]

    async def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a question that can take long, none where there is no atlas for now.

        Raises `StoreError`, which may be `SearchTooLong`.
        """
        db = await self._open_long()
        return [] if db is None else await self._rows(db, sql, values)

    async def _condition(
        self,
        db: ReadingConnection,
        collection: str,
        bbox: BoundingBox | None,
        when: Period | None,
        where: Where | None,
    ) -> tuple[str, list[Any]]:
        """Return SQL on `feature f` for what is asked, and its values."""
        parts, bound = ["f.collection = ?"], [collection]  # type: tuple[list[str], list[Any]]
        if bbox is not None:
            found = " UNION ".join([_IN_BOX] * len(parts_of(bbox)))
            values = [v for west, east, south, north in parts_of(bbox) for v in (east, west, north, south)]
            [(number,)] = await self._rows(
                db, f"SELECT count(*) FROM (SELECT 1 FROM ({found}) LIMIT {SORTED_MAX + 1})", values
            )
            if number <= SORTED_MAX:
                parts[0] = "+f.collection = ?"
                parts.append(f"f.seq IN ({found})")
            else:
                inside = " OR ".join([_MEETS] * len(parts_of(bbox)))
                across = " OR ".join([_MEETS_ACROSS] * len(parts_of(bbox)))
                parts.append(f"((f.west <= f.east AND ({inside})) OR (f.west > f.east AND ({across})))")
                values = values * 2
            bound += values
        if when is not None:
            since, until = when
            if until is not None:
                parts.append("f.since <= ?")
                bound.append(until)
            if since is not None:
                parts.append("(f.until IS NULL OR f.until >= ?)")
                bound.append(since)
        if where is not None:
            parts.append(f"({where.sql})")
            bound += where.values
        return " AND ".join(parts), bound


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
_IN_BOX = "SELECT id >> 1 FROM feature_place WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?"
_MEETS = "(f.west <= ? AND f.east >= ? AND f.south <= ? AND f.north >= ?)"
# A box across the antimeridian meets another unless the other lies in the gap between its two edges.
_MEETS_ACROSS = "((f.west <= ? OR f.east >= ?) AND f.south <= ? AND f.north >= ?)"
