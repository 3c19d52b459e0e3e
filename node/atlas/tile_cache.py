"""Tiles that were drawn, kept until what they show has changed: in the file of the atlas, up to a size.

Where things changed is noted box by box, so that a tile of another continent stays what it was.
"""

import sqlite3
from collections.abc import Iterable

from node.atlas.file import meta, set_meta
from node.store.search import parts_of
from protocol.geometry_units import BoundingBox

# Gzipped: a thousand dense tiles, or ten thousand ordinary ones.
TILES_SIZE_MAX_BYTES = 64 * 1_024 * 1_024

# Boxes of changes that are remembered; tiles from before them are drawn again.  Going through all of them for
# a tile takes a millisecond.
CHANGES_MAX = 10_000

# The oldest go first, so many at once that it is seldom done.
_GONE_AT_ONCE = 0.1

STILL_GOOD = (
    "SELECT t.version, t.data FROM tile t WHERE t.name = ?"
    " AND t.version >= (SELECT value FROM meta WHERE name = 'tiles_from')"
    " AND NOT EXISTS (SELECT 1 FROM change c WHERE c.version > t.version"
    " AND c.west <= ? AND c.east >= ? AND c.south <= ? AND c.north >= ?)"
)
"""A tile by its name, for a box (east, west, north, south), if it shows what there is now."""


def note_changes(db: sqlite3.Connection, boxes: Iterable[BoundingBox], version: int) -> None:
    """Take note of where what tiles show changes with a version; the caller holds the transaction.

    While everything is drawn for the first time it changes everywhere.
    """
    if meta(db, "complete") is None:
        set_meta(db, "tiles_from", version)
        return
    rows = [(None, version, *part) for box in boxes for part in parts_of(box)]
    db.executemany("INSERT INTO change VALUES (?, ?, ?, ?, ?, ?)", rows)
    [last] = db.execute("SELECT coalesce(max(number), 0) FROM change").fetchone()
    [gone] = db.execute("SELECT max(version) FROM change WHERE number <= ?", (last - CHANGES_MAX,)).fetchone()
    if gone is not None:
        set_meta(db, "tiles_from", gone)
        db.execute("DELETE FROM change WHERE version <= ?", (gone,))


def forget_tiles(db: sqlite3.Connection) -> None:
    """Forget all tiles and where things changed; the caller holds the transaction."""
    db.execute("DELETE FROM tile")
    db.execute("DELETE FROM change")
    set_meta(db, "tiles_from", int(meta(db, "version") or 0))
    set_meta(db, "tiles_size", 0)


def keep_tile(db: sqlite3.Connection, name: str, version: int, data: bytes, now_ms: int) -> None:
    """Keep a tile that shows a version; the oldest make room for it; the caller holds the transaction."""
    size = int(meta(db, "tiles_size") or 0) + len(data)
    rows = db.execute("SELECT length(data) FROM tile WHERE name = ?", (name,)).fetchall()
    size -= sum(row[0] for row in rows)
    db.execute("INSERT OR REPLACE INTO tile VALUES (?, ?, ?, ?)", (name, now_ms, version, data))
    if size > TILES_SIZE_MAX_BYTES:
        size = _make_room(db, size)
    set_meta(db, "tiles_size", size)


def _make_room(db: sqlite3.Connection, size: int) -> int:
    """Take out the oldest tiles; return the size of the others."""
    wanted = int(TILES_SIZE_MAX_BYTES * (1 - _GONE_AT_ONCE))
    gone: list[tuple[str]] = []
    for name, length in db.execute("SELECT name, length(data) FROM tile ORDER BY made, name"):
        if size <= wanted:
            break
        size -= length
        gone.append((name,))
    db.executemany("DELETE FROM tile WHERE name = ?", gone)
    return size
