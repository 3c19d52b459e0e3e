"""Claims of different authors to the same ground: whether there is one on that of a commons.

Of each commons one other is remembered, its witness, for that there is any is all that a map says.  So where
hundreds of claims lie over one another, each is compared with one of them, and not with all.  Which one is
the witness depends on what came first; that there is one follows from the records alone.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import shapely

from node.atlas.ground import MENDED_MAX_POSITIONS, Common, common_ground, mended
from node.atlas.outline import POSITION_SIZE_BYTES
from node.atlas.world import ZOOM_MAX
from node.store.search import parts_of
from protocol.geometry_units import BoundingBox
from protocol.identifiers import SubjectId, parse_id

# Outlines read at once to be compared with one.
COMPARED_AT_ONCE = 256

_COLUMNS = "f.seq, f.id, f.resources, f.west, f.south, f.east, f.north, f.sound, d.geometry"
_COMPARABLE = (
    f"f.collection = 'commons' AND f.sensitivity = 'public' AND f.zoom <= {ZOOM_MAX}"
    f" AND (f.sound OR length(d.geometry) <= {MENDED_MAX_POSITIONS * POSITION_SIZE_BYTES})"
)
_ONE = (
    f"SELECT f.author, {_COLUMNS} FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
    f" WHERE f.seq = ? AND {_COMPARABLE}"
)
_OTHERS = (
    f"SELECT {_COLUMNS} FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
    " WHERE f.seq IN (SELECT id >> 1 FROM feature_place"
    " WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?)"
    f" AND f.seq != ? AND f.author != ? AND {_COMPARABLE}"
    " AND EXISTS (SELECT 1 FROM witness w WHERE w.seq = f.seq) = ?"
)


# Such an outline is met by all that lie in it, one after the other; a few of them are a few MB.
LARGE_SIZE_BYTES = 16_384
LARGE_REMEMBERED_MAX = 8


@lru_cache(LARGE_REMEMBERED_MAX)
def _read_large(outline: bytes) -> Any:
    read = shapely.from_wkb(outline)
    shapely.prepare(read)
    return read


class Claimed(NamedTuple):
    """A commons with the box around it, and its outline as WKB; `is_sound`: that does not cross itself."""

    seq: int
    id: str
    resources: str
    west: int
    south: int
    east: int
    north: int
    is_sound: int
    outline: bytes

    @property
    def areas(self) -> Any | None:
        """What it encloses, None where that is nothing to compare."""
        read = _read_large if len(self.outline) > LARGE_SIZE_BYTES else shapely.from_wkb
        return mended(read(self.outline), bool(self.is_sound))


class Compared(NamedTuple):
    """Commons of which something else is known now, and how many were looked at for that."""

    changed: set[int]
    looked_at: int


def compare(db: sqlite3.Connection, seq: int, has_changed: bool) -> Compared:
    """Compare a commons, or what was one, with those around it.

    Where it `has_changed`, those that it was the witness of are to be compared again.  The caller holds the
    transaction.
    """
    if has_changed:
        lost = db.execute("SELECT seq FROM witness WHERE other = ?", (seq,)).fetchall()
        have_compared(db, [row[0] for row in lost], have_changed=False)
    had = bool(db.execute("DELETE FROM witness WHERE seq = ?", (seq,)).rowcount)
    hits: list[int] = []
    looked_at = 1
    row = db.execute(_ONE, (seq,)).fetchone()
    if row is not None:
        one = _Claim(db, Claimed(*row[1:]), author=row[0])
        # All of those that have no witness, for this may be theirs; of the others one is enough.
        hits = [other.seq for other in one.claiming(have_witness=False)]
        found = hits[:1] or [other.seq for other in one.first(have_witness=True)]
        db.executemany("INSERT INTO witness VALUES (?, ?)", [(other, seq) for other in hits])
        db.executemany("INSERT INTO witness VALUES (?, ?)", [(seq, other) for other in found])
        looked_at += one.looked_at
        has = bool(found)
    else:
        has = False
    return Compared({*hits, *([seq] if had != has else [])}, looked_at)


class _Claim:
    """A commons that is compared with others."""

    def __init__(self, db: sqlite3.Connection, one: Claimed, author: str) -> None:
        self._db, self._one, self._author = db, one, author
        self._outline: Any = one.areas
        if self._outline is not None:
            shapely.prepare(self._outline)
        self.looked_at = 0

    def first(self, have_witness: bool) -> Iterator[Claimed]:
        """Yield one that claims its ground, if there is one."""
        for other in self.claiming(have_witness):
            yield other
            return

    def claiming(self, have_witness: bool) -> Iterator[Claimed]:
        """Yield those around it that claim its ground, with a witness already, or without."""
        if self._outline is None:
            return
        seen: set[int] = set()
        box = BoundingBox(self._one.west, self._one.south, self._one.east, self._one.north)
        for west, east, south, north in parts_of(box):
            asked = (east, west, north, south, self._one.seq, self._author, have_witness)
            rows = self._db.execute(_OTHERS, asked)
            while some := rows.fetchmany(COMPARED_AT_ONCE):
                for other in (Claimed(*row) for row in some if row[0] not in seen):
                    seen.add(other.seq)
                    self.looked_at += 1
                    if self._claims(other):
                        yield other

    def _claims(self, other: Claimed) -> bool:
        theirs = other.areas
        common = Common.NOTHING if theirs is None else common_ground(self._outline, theirs)
        if common is Common.NOTHING:
            return False
        if common is Common.ALL_OF_ONE and not _of_the_same(self._one, other):
            return False
        return not _akin(self._db, self._one.id, other.id)


def _of_the_same(one: Claimed, other: Claimed) -> bool:
    """Whether two are of one resource: a spring in a territory is part of it, a wood in a wood is not."""
    return bool({*one.resources.split()} & {*other.resources.split()})


def _akin(db: sqlite3.Connection, one: str, other: str) -> bool:
    """Whether either says that both are the same, or it part of the other."""
    ends = parse_id(one), parse_id(other)
    sql = "SELECT 1 FROM kin WHERE (subject = ? AND other = ?) OR (other = ? AND subject = ?)"
    return db.execute(sql, (*ends, *ends)).fetchone() is not None


def is_claimed_by_others(db: sqlite3.Connection, subject: SubjectId) -> bool:
    """Whether somebody else claims the ground of a commons."""
    sql = "SELECT 1 FROM thing t CROSS JOIN witness w ON w.seq = t.seq WHERE t.subject = ?"
    return db.execute(sql, (subject,)).fetchone() is not None


def have_compared(db: sqlite3.Connection, numbers: Iterable[int], *, have_changed: bool) -> None:
    """Have commons compared with those around them."""
    db.executemany(
        "INSERT INTO comparing VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET changed = max(changed, excluded.changed)",
        [(number, have_changed) for number in numbers],
    )
