"""Writing to the file of the atlas: rows of features, and what is still to be looked at."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from node.atlas.feature import Facet, Feature, packed, unpacked
from node.atlas.file import COLUMNS, meta, set_meta
from node.atlas.on_map import MAPPED, on_map
from node.atlas.overlapping import have_compared
from node.atlas.tile_cache import forget_tiles, note_changes
from node.atlas.world import CELL_BITS, SPOT_BITS, ZOOM_MAX
from node.store.search import place_rows
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, SubjectId, id_text

# What a feature says; its number comes before that, and where it is on the map after it.
_TOLD = COLUMNS[1 : COLUMNS.index("zoom")]
_WEST = _TOLD.index("west")
_INSERT = f"INSERT INTO feature VALUES ({', '.join('?' * len(COLUMNS))})"
_BEFORE = (
    f"SELECT {', '.join(f'f.{name}' for name in _TOLD)}, d.geometry, d.geojson"
    " FROM feature f JOIN drawing d ON d.seq = f.seq WHERE f.seq = ?"
)

SOON, LATE = 0, 1

_NO_FACET = Facet()


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a thing: its feature, if it has one, and what is kept beside that."""

    subject: SubjectId
    seq: int
    feature: Feature | None
    facet: Facet
    due_ms: int | None = None
    drawn_of: bool = True  # whether it is of a kind that anything is drawn of


def write_looks(db: sqlite3.Connection, looks: Sequence[Look]) -> None:
    """Write what came of looking at things, and have those looked at that depend on it.

    The caller holds the transaction.
    """
    facets = {look.subject: facet_before(db, look.subject) for look in looks}
    for look in looks:
        _find_again(db, look, facets[look.subject])
    changed, boxes = False, []
    for look in looks:
        _spread(db, look, facets[look.subject])
        _remember(db, look)
        before = _as_it_was(db, look)
        if before != _as_it_is(look.feature):
            changed = True
            boxes += [box for box in (_box_before(before), _box_on_map(look.feature)) if box is not None]
            if before is not None:
                _take_out(db, look.seq)
            if look.feature is not None:
                _write_feature(db, look.seq, look.feature)
    if changed:
        version = int(meta(db, "version") or 0) + 1
        set_meta(db, "version", version)
        note_changes(db, boxes, version)


def _remember(db: sqlite3.Connection, look: Look) -> None:
    if look.drawn_of:
        row = (look.subject, look.seq, look.due_ms, packed(look.facet))
        db.execute("INSERT OR REPLACE INTO thing VALUES (?, ?, ?, ?)", row)
    else:
        db.execute("DELETE FROM thing WHERE subject = ?", (look.subject,))


def facet_before(db: sqlite3.Connection, subject: SubjectId) -> Facet | None:
    """Return what others depended on of a thing when it was looked at last; None where it never was."""
    row = db.execute("SELECT facet FROM thing WHERE subject = ?", (subject,)).fetchone()
    return None if row is None else unpacked(row[0])


def _spread(db: sqlite3.Connection, look: Look, facet: Facet | None) -> None:
    """Have those looked at that depend on a thing, where that has changed which they depend on."""
    before, now = facet or _NO_FACET, look.facet
    if before.erased < now.erased:
        set_meta(db, "to_clear", 1)
    if (before.named, before.counts) != (now.named, now.counts):
        have_looked_at(db, {*before.named, *now.named})
    if before.drawn != now.drawn:
        rows = db.execute("SELECT subject FROM naming WHERE named = ?", (look.subject,)).fetchall()
        have_looked_at(db, [row[0] for row in rows])
    if before.compared != now.compared:
        have_compared(db, [look.seq], have_changed=True)
    if (before.territories, before.summed, before.named) != (now.territories, now.summed, now.named):
        concerned = {*before.territories, *now.territories}
        for named in {*before.named, *now.named}:
            facet = facet_before(db, SubjectId(named))
            concerned.update(() if facet is None else facet.territories)
        for territory in concerned:
            rows = db.execute("SELECT subject FROM documenting WHERE territory = ?", (territory,)).fetchall()
            have_looked_at(db, [row[0] for row in rows], LATE)


def _find_again(db: sqlite3.Connection, look: Look, facet: Facet | None) -> None:
    """Keep the way back to a thing from what it names, and from the territory that it documents."""
    before, now = facet or _NO_FACET, look.facet
    if before.named != now.named:
        db.execute("DELETE FROM naming WHERE subject = ?", (look.subject,))
        db.executemany("INSERT INTO naming VALUES (?, ?)", [(named, look.subject) for named in now.named])
    if before.kin != now.kin:
        db.execute("DELETE FROM kin WHERE subject = ?", (look.subject,))
        db.executemany("INSERT INTO kin VALUES (?, ?)", [(look.subject, other) for other in now.kin])
    if before.documents != now.documents:
        db.execute("DELETE FROM documenting WHERE subject = ?", (look.subject,))
        if now.documents is not None:
            db.execute("INSERT INTO documenting VALUES (?, ?)", (now.documents, look.subject))


def _as_it_was(db: sqlite3.Connection, look: Look) -> tuple[Any, ...] | None:
    """Return the feature of a thing as it was written before, None where it had none."""
    row: tuple[Any, ...] | None = db.execute(_BEFORE, (look.seq,)).fetchone()
    return row


def _as_it_is(feature: Feature | None) -> tuple[Any, ...] | None:
    if feature is None:
        return None
    return (*(feature.columns.get(name) for name in _TOLD), feature.geometry, feature.geojson)


def _box_before(before: tuple[Any, ...] | None) -> BoundingBox | None:
    """Return where the map showed a feature."""
    if before is None or before[_WEST] is None or before[0] not in MAPPED:
        return None
    return BoundingBox(*before[_WEST : _WEST + 4])


def _box_on_map(feature: Feature | None) -> BoundingBox | None:
    return None if feature is None or feature.columns["collection"] not in MAPPED else feature.box


def _take_out(db: sqlite3.Connection, seq: int) -> None:
    """Delete the rows of a feature."""
    for table in ("feature", "drawing", "generalised"):
        db.execute(f"DELETE FROM {table} WHERE seq = ?", (seq,))
    for table in ("feature_place", "outline_place"):
        db.execute(f"DELETE FROM {table} WHERE id IN (?, ?)", (2 * seq, 2 * seq + 1))


def _write_feature(db: sqlite3.Connection, seq: int, feature: Feature) -> None:
    """Write the rows of a feature, of which there are none."""
    placed = on_map(feature)
    told = [feature.columns.get(name) for name in _TOLD]
    where: list[int | None] = [None] * 6
    if placed is not None:
        spot = placed.spot
        where = [placed.zoom, spot.number, spot.column, spot.row, spot.number >> 2 * (SPOT_BITS - CELL_BITS)]
        where.append(int(placed.is_sound))
    db.execute(_INSERT, (seq, *told, *where))
    db.execute("INSERT INTO drawing VALUES (?, ?, ?)", (seq, feature.geometry, feature.geojson))
    if feature.box is None:
        return
    rows = place_rows([(seq, feature.box)])
    db.executemany("INSERT INTO feature_place VALUES (?, ?, ?, ?, ?)", rows)
    if placed is not None and placed.zoom <= ZOOM_MAX:
        outlined = [(*row, placed.zoom, placed.zoom) for row in rows]
        db.executemany("INSERT INTO outline_place VALUES (?, ?, ?, ?, ?, ?, ?)", outlined)
        generalised = [(seq, *one) for one in placed.generalised]
        db.executemany("INSERT INTO generalised VALUES (?, ?, ?)", generalised)


def have_looked_at(db: sqlite3.Connection, subjects: Iterable[bytes], late: int = SOON) -> None:
    """Have things looked at, again where they were before."""
    db.executemany("INSERT OR IGNORE INTO waiting VALUES (?, ?)", [(late, subject) for subject in subjects])


def take_out_all_of(db: sqlite3.Connection, actor: ActorId) -> None:
    """Take out all features whose version shown an actor has written; the caller holds the transaction."""
    rows = db.execute("SELECT seq FROM feature WHERE author = ?", (id_text(actor),)).fetchall()
    for (seq,) in rows:
        _take_out(db, seq)
    if rows:
        set_meta(db, "version", int(meta(db, "version") or 0) + 1)
        forget_tiles(db)


def look_again_at_all_of(db: sqlite3.Connection, actor: bytes) -> None:
    """Have everything looked at again that an actor wrote."""
    db.execute("INSERT OR REPLACE INTO waiting_author VALUES (?, 0)", (actor,))


def take_waiting(db: sqlite3.Connection, late: int, limit: int) -> list[SubjectId]:
    """Return things that wait to be looked at, and have them wait no longer."""
    rows = db.execute("SELECT subject FROM waiting WHERE late = ? LIMIT ?", (late, limit)).fetchall()
    db.executemany("DELETE FROM waiting WHERE late = ? AND subject = ?", [(late, row[0]) for row in rows])
    return [SubjectId(row[0]) for row in rows]
