"""The process that draws the atlas: jobs on standard input, answers on standard output (`node.atlas.jobs`).

Apart from the node's own process, which would else hold a geometry library for good, and which has peers and
readers to answer.  It reads the store beside its owner, writes no file but the atlas, and ends when its input
does.
"""

import asyncio
import gc
import gzip
import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from node.atlas.file import (
    ATLAS_VERSION,
    FileMark,
    atlas_path,
    is_damage,
    make_tables,
    mark_of,
    meta,
    open_to_write,
    remove_file,
    set_meta,
    transaction,
    version_of,
    write_anew,
)
from node.atlas.following import Follower
from node.atlas.jobs import Answer, Clear, DrawnTile, DrawTile, Follow, Job, NotNow, decode_job, encode
from node.atlas.tile_cache import forget_tiles, keep_tile
from node.atlas.tile_drawing import TileAt, draw_tile
from node.atlas.tile_filters import tile_name
from node.errors import ConfigError
from node.home import Home
from node.job_pipe import bound_memory, serve
from node.store.errors import StoreError
from node.store.schema import DERIVATION_VERSION, SCHEMA_VERSION
from node.store.view import StoreView

# Half a millisecond for each 10 KB; better saves a twentieth and takes twice as long.
GZIP_LEVEL = 5

# What may be taken beside the libraries: a tile of the most intricate outlines takes some 200 MB.
MEMORY_MAX_BYTES = 768 * 1_024 * 1_024

# Of the work of peers and readers, this is done after.
NICENESS = 5


class Drawer:
    """Keeps the file and the store open from one job to the next."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._mark: FileMark | None = None
        self._db: sqlite3.Connection | None = None
        self._store: StoreView | None = None

    async def answer(self, body: bytes) -> bytes:
        """Return the answer to a job."""
        job = decode_job(body)
        try:
            return encode(await self._do(job))
        except (StoreError, ConfigError, sqlite3.Error, OSError) as fault:
            await self.close()
            if is_damage(fault):
                remove_file(atlas_path(Path(job.home)))
            return encode(NotNow(f"{type(fault).__name__}: {fault}"))

    async def close(self) -> None:
        """Close what is open."""
        if self._db is not None:
            self._db.close()
        if self._store is not None:
            await self._store.close()
        self._db = self._store = None

    async def _do(self, job: Job) -> Answer:
        home = Home.at(job.home)
        if self._store is None:
            self._store = await StoreView.open_view(home.store_path)
        if self._store is None:
            return NotNow("the store is not in order yet")
        db = await self._open(atlas_path(home.path), job, self._store)
        if isinstance(job, Clear):
            with transaction(db):
                forget_tiles(db)
            if not write_anew(db):
                return NotNow("somebody reads from the log of the atlas")
            db.execute("DELETE FROM meta WHERE name = 'to_clear'")
        if isinstance(job, DrawTile):
            return _drawn(db, job)
        follower = Follower(db, self._store, home.path)
        if isinstance(job, Follow):
            followed = await follower.step(job.now_ms, job.length, job.passing_over)
        else:
            followed = await follower.step(job.now_ms)
        return NotNow("the store is not in order yet") if followed is None else followed

    async def _open(self, path: Path, job: Job, store: StoreView) -> sqlite3.Connection:
        """Return the file, made anew where it is not that of this store and this software."""
        if self._db is not None and (self._path, self._mark) == (path, mark_of(path)):
            return self._db
        if self._db is not None:
            self._db.close()
            self._db = None
        token = f"{job.token}/{SCHEMA_VERSION}/{DERIVATION_VERSION}"
        if not await _is_of(path, token, store):
            remove_file(path)
        self._db = db = open_to_write(path)
        if version_of(db) == 0:
            with transaction(db):
                make_tables(db)
                set_meta(db, "token", token)
                # Above whatever an earlier file had come to: it counts changes, of which there is not one a
                # millisecond.
                set_meta(db, "version", job.now_ms)
                set_meta(db, "tiles_from", job.now_ms)
        self._path, self._mark = path, mark_of(path)
        return db


def _drawn(db: sqlite3.Connection, job: DrawTile) -> Answer:
    """Draw a tile; nobody else writes, so it shows one version."""
    version = int(meta(db, "version"))
    data = draw_tile(db, TileAt(job.zoom, job.x, job.y), job.filters)
    if data:
        data = gzip.compress(data, GZIP_LEVEL, mtime=0)
    if meta(db, "complete") is not None:
        with transaction(db):
            keep_tile(db, tile_name(job.zoom, job.x, job.y, job.filters), version, data, job.now_ms)
    return DrawnTile(version, data)


async def _is_of(path: Path, token: str, store: StoreView) -> bool:
    """Whether there is a file at `path` that was drawn from a store, by this software."""
    if mark_of(path) is None:
        return False
    try:
        db = open_to_write(path)
        try:
            if version_of(db) != ATLAS_VERSION or meta(db, "token") != token:
                return False
            cursor, cursor_id = int(meta(db, "cursor") or 0), meta(db, "cursor_id")
        finally:
            db.close()
    except sqlite3.Error:
        return False  # damaged, or no database
    if not cursor:
        return True
    # A store that was put back to an earlier state has other records since.
    found = await store.changed_since(cursor - 1, 1)
    return bool(found) and (found[0].seq, found[0].id) == (cursor, cursor_id)


def main() -> None:
    """Answer jobs until there are no more."""
    with suppress(OSError):  # only Linux tells how much there is
        bound_memory(MEMORY_MAX_BYTES)
    with suppress(OSError):
        os.nice(NICENESS)
    gc.set_threshold(100_000, 20, 100)  # what is made lives for one step; little of it is in cycles
    with asyncio.Runner() as runner:
        drawer = Drawer()
        try:
            serve(lambda body: runner.run(drawer.answer(body)))
        finally:
            runner.run(drawer.close())


if __name__ == "__main__":
    main()
