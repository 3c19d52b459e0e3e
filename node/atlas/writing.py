"""Writing to the file of the atlas: rows of features, and what is still to be looked at."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.atlas.feature import Facet, Feature, packed, unpacked
from node.atlas.file import COLUMNS, meta, set_meta
from node.store.search import place_rows
from protocol.identifiers import SubjectId

_FEATURE_COLUMNS = COLUMNS[1:]
_INSERT = f"INSERT OR REPLACE INTO feature VALUES ({', '.join('?' * len(COLUMNS))})"
_SAME = (
    f"SELECT {', '.join(f'f.{name}' for name in _FEATURE_COLUMNS)}, d.geometry, d.geojson"
    " FROM feature f JOIN drawing d ON d.seq = f.seq WHERE f.seq = ?"
)

SOON, LATE = 0, 1


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
    for look in looks:
        _find_again(db, look)
    changed = False
    for look in looks:
        _spread(db, look)
        _remember(db, look)
        changed |= _write_feature(db, look)
    if changed:
        set_meta(db, "version", int(meta(db, "version") or 0) + 1)


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


def _spread(db: sqlite3.Connection, look: Look) -> None:
    """Have those looked at that depend on a thing, where that has changed which they depend on."""
    before, now = facet_before(db, look.subject) or Facet(), look.facet
    if before.erased < now.erased:
        set_meta(db, "to_clear", 1)
    if (before.named, before.counts) != (now.named, now.counts):
        have_looked_at(db, {*before.named, *now.named})
    if before.drawn != now.drawn:
        rows = db.execute("SELECT subject FROM naming WHERE named = ?", (look.subject,)).fetchall()
        have_looked_at(db, [row[0] for row in rows])
    if (before.territories, before.summed, before.named) != (now.territories, now.summed, now.named):
        concerned = {*before.territories, *now.territories}
        for named in {*before.named, *now.named}:
            facet = facet_before(db, SubjectId(named))
            concerned.update(() if facet is None else facet.territories)
        for territory in concerned:
            rows = db.execute("SELECT subject FROM documenting WHERE territory = ?", (territory,)).fetchall()
            have_looked_at(db, [row[0] for row in rows], LATE)


def _find_again(db: sqlite3.Connection, look: Look) -> None:
    """Keep the way back to a thing from what it names, and from the territory that it documents."""
    before, now = facet_before(db, look.subject) or Facet(), look.facet
    if before.named != now.named:
        db.execute("DELETE FROM naming WHERE subject = ?", (look.subject,))
        db.executemany("INSERT INTO naming VALUES (?, ?)", [(named, look.subject) for named in now.named])
    if before.documents != now.documents:
        db.execute("DELETE FROM documenting WHERE subject = ?", (look.subject,))
        if now.documents is not None:
            db.execute("INSERT INTO documenting VALUES (?, ?)", (now.documents, look.subject))


def _write_feature(db: sqlite3.Connection, look: Look) -> bool:
    """Write the rows of a feature; return whether that changes anything."""
    before = db.execute(_SAME, (look.seq,)).fetchone()
    feature = look.feature
    if feature is None:
        if before is None:
            return False
        db.execute("DELETE FROM feature WHERE seq = ?", (look.seq,))
        db.execute("DELETE FROM drawing WHERE seq = ?", (look.seq,))
        _take_place(db, look.seq)
        return True
    row = tuple(feature.columns.get(name) for name in _FEATURE_COLUMNS)
    if before == (*row, feature.geometry, feature.geojson):
        return False
    db.execute(_INSERT, (look.seq, *row))
    db.execute(
        "INSERT OR REPLACE INTO drawing VALUES (?, ?, ?)", (look.seq, feature.geometry, feature.geojson)
    )
    if before is not None:
        _take_place(db, look.seq)
    if feature.box is not None:
        db.executemany(
            "INSERT INTO feature_place VALUES (?, ?, ?, ?, ?)", place_rows([(look.seq, feature.box)])
        )
    return True


def _take_place(db: sqlite3.Connection, seq: int) -> None:
    db.execute("DELETE FROM feature_place WHERE id IN (?, ?)", (2 * seq, 2 * seq + 1))


def have_looked_at(db: sqlite3.Connection, subjects: Iterable[bytes], late: int = SOON) -> None:
    """Have things looked at, again where they were before."""
    db.executemany("INSERT OR IGNORE INTO waiting VALUES (?, ?)", [(late, subject) for subject in subjects])


def look_again_at_all_of(db: sqlite3.Connection, actor: bytes) -> None:
    """Have everything looked at again that an actor wrote."""
    db.execute("INSERT OR REPLACE INTO waiting_author VALUES (?, 0)", (actor,))


def take_waiting(db: sqlite3.Connection, late: int, limit: int) -> list[SubjectId]:
    """Return things that wait to be looked at, and have them wait no longer."""
    rows = db.execute("SELECT subject FROM waiting WHERE late = ? LIMIT ?", (late, limit)).fetchall()
    db.executemany("DELETE FROM waiting WHERE late = ? AND subject = ?", [(late, row[0]) for row in rows])
    return [SubjectId(row[0]) for row in rows]
