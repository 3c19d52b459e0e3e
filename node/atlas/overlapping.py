"""Claims of different authors to the same ground: whether there is one on that of a commons.

Of each commons one other is remembered, its witness, for that there is any is all that a map says.  So where
hundreds of claims lie over one another, each is compared with one of them, and not with all.  Which one is
the witness depends on what came first; that there is one follows from the records alone.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import shapely

from node.atlas.outline import geometry_of
from node.claims.measuring import SLIVERS_MAX_SHARE, measure
from node.claims.meeting import Relation
from node.claims.shapes import COUNTED_FROM_POSITIONS, shape_of
from node.store.search import parts_of
from protocol.geometry_units import BoundingBox
from protocol.identifiers import SubjectId, parse_id

# Outlines read at once to be compared with one.
COMPARED_AT_ONCE = 64

# One that lies in another is a claim to the same ground where both are of the same resource: a spring in a
# territory is part of it, and no level overrules another.
_NESTED = frozenset({Relation.WITHIN, Relation.CONTAINS})

_COLUMNS = (
    "f.seq, f.id, f.resources, f.west, f.south, f.east, f.north, f.uncertainty_m, d.geometry,"
    " w.seq IS NOT NULL"
)
_AREA = 2  # of dimensions

# Above this share of the smaller one, one may be within the other (`node.claims.measuring`).
_NEARLY_ALL = 0.9

_COMPARABLE = "f.collection = 'commons' AND f.sensitivity = 'public' AND f.zoom <= 14"
_ONE = (
    f"SELECT f.author, {_COLUMNS} FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
    f" LEFT JOIN witness w ON w.seq = f.seq WHERE f.seq = ? AND {_COMPARABLE}"
)
_OTHERS = (
    f"SELECT {_COLUMNS} FROM feature f CROSS JOIN drawing d ON d.seq = f.seq"
    " LEFT JOIN witness w ON w.seq = f.seq"
    " WHERE f.seq IN (SELECT id >> 1 FROM feature_place"
    " WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?)"
    f" AND f.seq != ? AND f.author != ? AND {_COMPARABLE} AND (w.seq IS NOT NULL) = ?"
)


class Claimed(NamedTuple):
    """A commons with its outline, as WKB; `has_witness`: another is known to claim its ground."""

    seq: int
    id: str
    resources: str
    west: int
    south: int
    east: int
    north: int
    uncertainty_m: int | None
    outline: bytes
    has_witness: bool

    @property
    def box(self) -> BoundingBox:
        """The box around it."""
        return BoundingBox(self.west, self.south, self.east, self.north)


def compare(db: sqlite3.Connection, seq: int, has_changed: bool) -> set[int]:
    """Compare a commons, or what was one, with those around it; return those of which something else is known
    now, by their numbers.

    Where it `has_changed`, those that it was the witness of are to be compared again.  The caller holds the
    transaction.
    """
    if has_changed:
        lost = db.execute("SELECT seq FROM witness WHERE other = ?", (seq,)).fetchall()
        have_compared(db, [row[0] for row in lost], have_changed=False)
    had = bool(db.execute("DELETE FROM witness WHERE seq = ?", (seq,)).rowcount)
    changed: set[int] = set()
    found: int | None = None
    row = db.execute(_ONE, (seq,)).fetchone()
    if row is not None:
        author, one = row[0], Claimed(*row[1:])
        for other in _claiming(db, one, _others(db, one, author, has_witness=False)):
            db.execute("INSERT INTO witness VALUES (?, ?)", (other.seq, seq))
            changed.add(other.seq)
            found = other.seq
        if found is None:
            met = next(_claiming(db, one, _others(db, one, author, has_witness=True)), None)
            found = None if met is None else met.seq
    if found is not None:
        db.execute("INSERT INTO witness VALUES (?, ?)", (seq, found))
    if had != (found is not None):
        changed.add(seq)
    return changed


def _others(db: sqlite3.Connection, one: Claimed, author: str, has_witness: bool) -> list[Claimed]:
    """Return the commons of others whose boxes meet that of one."""
    found: dict[int, Claimed] = {}
    for west, east, south, north in parts_of(one.box):
        rows = db.execute(_OTHERS, (east, west, north, south, one.seq, author, has_witness))
        found |= {row[0]: Claimed(*row) for row in rows}
    return list(found.values())


def _claiming(db: sqlite3.Connection, one: Claimed, others: list[Claimed]) -> Iterator[Claimed]:
    """Yield those of some commons that claim the ground of one."""
    if not others:
        return
    outline: Any = shapely.from_wkb(one.outline)
    if shapely.get_dimensions(outline) != _AREA:
        return
    shapely.prepare(outline)
    for start in range(0, len(others), COMPARED_AT_ONCE):
        some = others[start : start + COMPARED_AT_ONCE]
        outlines: Any = shapely.from_wkb(np.array([other.outline for other in some], dtype=object))
        for other, theirs in zip(some, outlines, strict=True):
            if _claims(one, outline, other, theirs) and not _akin(db, one.id, other.id):
                yield other


def _claims(one: Claimed, outline: Any, other: Claimed, theirs: Any) -> bool:
    """Whether two outlines have more in common than a border."""
    if shapely.get_dimensions(theirs) != _AREA:
        return False
    simple = (
        shapely.get_num_coordinates(outline) + shapely.get_num_coordinates(theirs) < COUNTED_FROM_POSITIONS
        and one.west <= one.east
        and other.west <= other.east
        and shapely.is_valid(outline)
        and shapely.is_valid(theirs)
    )
    if simple:
        # The usual case, in a tenth of the time: shares of areas so small are the same on every plane.
        if not shapely.intersects(outline, theirs):
            return False
        common = shapely.intersection(outline, theirs).area
        smaller = min(outline.area, theirs.area)
        if not common > 0:
            return False
        if SLIVERS_MAX_SHARE * smaller < common < _NEARLY_ALL * smaller:
            return True
    meeting = measure(
        shape_of(geometry_of(one.outline), one.box, one.uncertainty_m),
        shape_of(geometry_of(other.outline), other.box, other.uncertainty_m),
    )
    if meeting is None:
        return False
    return meeting.relation not in _NESTED or bool({*one.resources.split()} & {*other.resources.split()})


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
