"""What is asked of the file, as SQL, and the answers: several questions in one go, each answered by one row.

Python's sqlite3 takes the interpreter lock again for every row, and for every call out of SQL.  Beside a busy
event loop a page of a hundred features would wait for it hundreds of times; as one row it waits once.
"""

import json
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from node.atlas.answers import FeaturePage, Period, Where
from node.atlas.meeting import meets_wkb
from node.store.search import parts_of
from protocol.geometry_units import BoundingBox

# A page of features: each may be an outline of 40,000 positions, 1.7 MB, so pages are bounded by size too.
PAGE_LENGTH_MAX = 1_000
PAGE_SIZE_MAX_BYTES = 2 * 1_024 * 1_024

# Up to so many features in a box are put in order; where there are more, they are read in order and tried.
SORTED_MAX = 4_000

# Of outlines across the edge of a box, those larger than this are fetched one by one.
OUTLINE_SIZE_MAX_BYTES = 2_048

# No value that a question comes to is longer: a page, the separators in it, and one feature more.
VALUE_SIZE_MAX_BYTES = PAGE_SIZE_MAX_BYTES + 4 * 1_024 * 1_024

# A page of outlines of 40,000 positions, none of which lies in the box, would take a minute.
OUTLINES_MAX_S = 2.0

# Stands between features: JSON has it nowhere (RFC 8259 §7).
_BETWEEN = "\x1e"


class OutlinesTooLong(sqlite3.OperationalError):
    """Outlines were looked at for too long."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.sqlite_errorcode = sqlite3.SQLITE_INTERRUPT


@dataclass(frozen=True, slots=True)
class Wanted:
    """Features of a collection of which all that is given holds.

    `bbox`: boxes meet, or where it is `exact`, the place itself meets the box.  `when`: it was there at some
    time of it.
    """

    collection: str
    bbox: BoundingBox | None = None
    when: Period | None = None
    where: Where | None = None
    exact: bool = False


def page_of(db: sqlite3.Connection, wanted: Wanted, limit: int, after: int, offset: int) -> FeaturePage:
    """Return a page: at most `limit` features behind `after`, `offset` more passed over.

    Raises `sqlite3.Error`.
    """
    db.execute("BEGIN")  # one state of the file for all questions
    try:
        numbers = _numbers(db, wanted, limit + 1, after, offset)
        features, last = _features(db, numbers[:limit])
        more = len(numbers) > limit or len(features) < len(numbers)
        return FeaturePage(features, last if more else None, version_of_contents(db))
    finally:
        db.execute("ROLLBACK")


def feature_of(db: sqlite3.Connection, collection: str, identifier: str) -> tuple[int, bytes] | None:
    """Return a feature as GeoJSON and the version it is from; None where there is none."""
    found = db.execute(
        "SELECT (SELECT value FROM meta WHERE name = 'version'), d.geojson"
        " FROM feature f CROSS JOIN drawing d ON d.seq = f.seq WHERE f.id = ? AND f.collection = ?",
        (identifier, collection),
    ).fetchone()
    return None if found is None else (int(found[0] or 0), bytes(found[1]))


def count_of(db: sqlite3.Connection, wanted: Wanted) -> int:
    """Return how many features are wanted.  Raises `sqlite3.Error`."""
    condition, bound = condition_of(db, wanted)
    if wanted.exact and wanted.bbox is not None:
        condition += f" AND meets({_PLACE}, ?, ?, ?, ?)"
        bound += wanted.bbox
    return int(db.execute(f"SELECT count(*) FROM feature f WHERE {condition}", bound).fetchone()[0])


def version_of_contents(db: sqlite3.Connection) -> int:
    """Return the number that grows with every change."""
    found = db.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
    return 0 if found is None else int(found[0])


def condition_of(db: sqlite3.Connection, wanted: Wanted) -> tuple[str, list[Any]]:
    """Return SQL on `feature f` for what is wanted but that it is `exact`, and its values."""
    parts, bound = ["f.collection = ?"], [wanted.collection]  # type: tuple[list[str], list[Any]]
    if wanted.bbox is not None:
        halves = parts_of(wanted.bbox)
        found = " UNION ".join([_IN_BOX] * len(halves))
        values = [v for west, east, south, north in halves for v in (east, west, north, south)]
        sql = f"SELECT count(*) FROM (SELECT 1 FROM ({found}) LIMIT {SORTED_MAX + 1})"
        if db.execute(sql, values).fetchone()[0] <= SORTED_MAX:
            parts[0] = "+f.collection = ?"
            parts.append(f"f.seq IN ({found})")
        else:
            inside = " OR ".join([_MEETS] * len(halves))
            across = " OR ".join([_MEETS_ACROSS] * len(halves))
            parts.append(f"((f.west <= f.east AND ({inside})) OR (f.west > f.east AND ({across})))")
            values = values * 2
        bound += values
    if wanted.when is not None:
        since, until = wanted.when
        if until is not None:
            parts.append("f.since <= ?")
            bound.append(until)
        if since is not None:
            parts.append("(f.until IS NULL OR f.until >= ?)")
            bound.append(since)
    if wanted.where is not None:
        parts.append(f"({wanted.where.sql})")
        bound += wanted.where.values
    return " AND ".join(parts), bound


def _numbers(db: sqlite3.Connection, wanted: Wanted, many: int, after: int, offset: int) -> list[int]:
    """Return the numbers of as many features as are wanted, in order."""
    condition, bound = condition_of(db, wanted)
    box = wanted.bbox if wanted.exact else None
    if box is None:
        sql = f"SELECT f.seq AS seq FROM feature f WHERE {condition} AND f.seq > ? ORDER BY f.seq"
        sql += " LIMIT ? OFFSET ?"
        found = db.execute(
            f"SELECT group_concat(seq) FROM ({sql})", (*bound, after, many, offset)
        ).fetchone()[0]
        return [] if found is None else json.loads(f"[{found}]")
    inside = " OR ".join([_INSIDE] * len(parts_of(box)))
    edges = [edge for part in parts_of(box) for edge in part]
    sql = (
        f"SELECT f.seq AS seq, CASE WHEN {inside} THEN '' ELSE ':' || {_OUTLINE} END AS rest"
        f" FROM feature f WHERE {condition} AND f.seq > ? ORDER BY f.seq LIMIT ?"
    )
    numbers: list[int] = []
    skipped, end_s = 0, time.monotonic() + OUTLINES_MAX_S
    while len(numbers) < many:
        # Of those that meet the box with theirs, most do so themselves.
        step = min(PAGE_LENGTH_MAX, many - len(numbers) + offset - skipped) + 32
        found = db.execute(
            f"SELECT group_concat(seq || rest) FROM ({sql})", (*edges, *bound, after, step)
        ).fetchone()[0]
        tried = [] if found is None else found.split(",")
        for text in tried:
            number, _, outline = text.partition(":")
            after = int(number)
            if outline and time.monotonic() > end_s:
                raise OutlinesTooLong("too many large outlines lie across the edge of the box")
            if outline and not meets_wkb(_outline(db, after, outline), box):
                continue
            if skipped < offset:
                skipped += 1
            else:
                numbers.append(after)
        if len(tried) < step:
            break
    return numbers[:many]


def _outline(db: sqlite3.Connection, number: int, text: str) -> bytes:
    if text != "large":
        return bytes.fromhex(text)
    found = db.execute("SELECT geometry FROM drawing WHERE seq = ?", (number,)).fetchone()
    return bytes(found[0])


def _features(db: sqlite3.Connection, numbers: list[int]) -> tuple[list[bytes], int]:
    """Return features by their numbers, as many as a page holds, and the number of the last."""
    if not numbers:
        return [], 0
    wanted = json.dumps(numbers)
    try:
        text, last = db.execute(f"SELECT {_JOINED} FROM ({_DRAWN})", (_BETWEEN, wanted)).fetchone()
    except sqlite3.DataError:  # past the connection's `setlimit`: then sizes are added up, which takes longer
        text, last = db.execute(
            f"SELECT {_JOINED} FROM (SELECT * FROM (SELECT *, sum(length(geojson)) OVER (ORDER BY seq) AS"
            f" size FROM ({_DRAWN})) WHERE size <= ? OR seq = ? ORDER BY seq)",
            (_BETWEEN, wanted, PAGE_SIZE_MAX_BYTES, numbers[0]),
        ).fetchone()
    return [] if text is None else text.split(_BETWEEN.encode()), int(last or 0)


# In the order of the rows below, which are in order.
_JOINED = "CAST(group_concat(geojson, ?) AS BLOB), max(seq)"
_DRAWN = "SELECT seq, geojson FROM drawing WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq"
_IN_BOX = "SELECT id >> 1 FROM feature_place WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?"
_MEETS = "(f.west <= ? AND f.east >= ? AND f.south <= ? AND f.north >= ?)"
# A box across the antimeridian meets another unless the other lies in the gap between its two edges.
_MEETS_ACROSS = "((f.west <= ? OR f.east >= ?) AND f.south <= ? AND f.north >= ?)"
_INSIDE = "(f.west >= ? AND f.east <= ? AND f.south >= ? AND f.north <= ? AND f.west <= f.east)"
_PLACE = "(SELECT d.geometry FROM drawing d WHERE d.seq = f.seq)"
_OUTLINE = (
    f"(SELECT CASE WHEN length(d.geometry) <= {OUTLINE_SIZE_MAX_BYTES} THEN hex(d.geometry) ELSE 'large' END"
    " FROM drawing d WHERE d.seq = f.seq)"
)
