"""Tiles in the node's own process: those that are kept, and others drawn by the process that draws.

kept and still right → it;  else → asked of the process, once however many ask for it
"""

import asyncio
from typing import NamedTuple

from node.atlas.jobs import DrawnTile
from node.atlas.opening import OpenAtlas
from node.atlas.tile_cache import STILL_GOOD
from node.atlas.tile_filters import TileFilters, tile_name
from node.atlas.world import tile_box
from node.store.errors import StoreError

# Tiles that are being drawn: some of them wait a second or two; who asks for more is told to come again.
DRAWING_MAX = 64


class Tile(NamedTuple):
    """A tile, gzipped (RFC 1952) unless it is empty, and the version of the atlas that it was drawn from.

    Of the same tile the same version is the same to the byte.
    """

    version: int
    data: bytes


class TooManyTiles(StoreError):
    """More are asked for than can be drawn."""


class Tiles:
    """The tiles of an atlas."""

    def __init__(self, atlas: OpenAtlas) -> None:
        self._atlas = atlas
        self._drawing: dict[str, asyncio.Task[Tile]] = {}

    async def tile(self, zoom: int, x: int, y: int, filters: TileFilters) -> Tile:
        """Return a tile of zoom 0 to `ZOOM_MAX`.  Raises `StoreError`, which may be `TooManyTiles`."""
        name = tile_name(zoom, x, y, filters)
        rows = await self._atlas.quick_rows(STILL_GOOD, (name, *tile_box(zoom, x, y)))
        if rows:
            return Tile(*rows[0])
        task = self._drawing.get(name)
        if task is None:
            if len(self._drawing) >= DRAWING_MAX:
                raise TooManyTiles("too many tiles are being drawn")
            task = asyncio.create_task(self._drawn(zoom, x, y, filters))
            self._drawing[name] = task
            task.add_done_callback(lambda done: self._ended(name, done))
        # Whoever goes away does not take it from the others.
        return await asyncio.shield(task)

    async def _drawn(self, zoom: int, x: int, y: int, filters: TileFilters) -> Tile:
        keeper = self._atlas.keeper
        if keeper is None:
            raise StoreError("no atlas is kept here")
        drawn: DrawnTile = await keeper.draw(zoom, x, y, filters)
        return Tile(drawn.version, drawn.data)

    def _ended(self, name: str, task: asyncio.Task[Tile]) -> None:
        self._drawing.pop(name, None)
        if not task.cancelled():
            task.exception()  # whoever waits has it; nobody may be waiting any more
