"""The file of the atlas: its tables, and opening it to write or to read.

Everything in it is derived from the store and the block list.  It may be deleted at any time, also while a
node runs, and is made again.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

FILE_NAME = "atlas.sqlite"
_SUFFIXES = ("", "-wal", "-shm", "-journal")

# Raised whenever the same store comes out differently in the file (a property, a table, tiles): a file
# of another number is made anew.
ATLAS_VERSION = 10

# A feature takes 1.5 KB: of pages of 4 KB a quarter would be empty.
PAGE_SIZE_BYTES = 8_192

# The log is cut where it has grown beyond some hundred steps.
WAL_SIZE_MAX_BYTES = 16 * 1_024 * 1_024
BUSY_TIMEOUT_MS = 10_000
WRITER_CACHE_SIZE_BYTES = 16 * 1_024 * 1_024

_TABLES = (
    # `version` (grows with every change and is never used twice), `token` (of which store this is drawn),
    # `cursor` and `cursor_id` (the last record followed), `complete`.
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
    # What can be asked for, apart from what is sent: a scan reads little.  `seq` is the number that the store
    # gives the thing, the same when all is drawn anew.
    """CREATE TABLE feature (
        seq INTEGER PRIMARY KEY, collection TEXT NOT NULL, id TEXT NOT NULL UNIQUE, name TEXT,
        resource TEXT, resources TEXT, status TEXT NOT NULL, voice TEXT NOT NULL,
        contested INTEGER NOT NULL, since INTEGER NOT NULL, changed INTEGER NOT NULL, until INTEGER,
        area_m2 INTEGER, uncertainty_m INTEGER,
        west INTEGER, south INTEGER, east INTEGER, north INTEGER,
        sensitivity TEXT, pacts_in_force INTEGER, alerts_open INTEGER,
        about TEXT, first_day TEXT, last_day TEXT, in_force INTEGER,
        intensity TEXT, type TEXT, level TEXT, code TEXT, commons INTEGER, licence TEXT,
        author TEXT, zoom INTEGER, spot INTEGER, spot_column INTEGER, spot_row INTEGER, cell INTEGER,
        sound INTEGER)""",
    "CREATE INDEX feature_by_collection ON feature (collection, seq)",
    # All that clusters are made of, in the order in which it lies on the map.
    """CREATE INDEX feature_by_spot ON feature (
        collection, spot, zoom, resource, spot_column, spot_row, contested, pacts_in_force, alerts_open)
        WHERE spot IS NOT NULL""",
    # The same in large cells by resource, so that what a continent comes to is added up without sorting; with
    # all that filters ask for.
    """CREATE INDEX feature_by_cell ON feature (
        collection, cell, resource, zoom, spot_column, spot_row, contested, pacts_in_force, alerts_open,
        since, until, voice, status, resources) WHERE cell IS NOT NULL""",
    "CREATE TABLE drawing (seq INTEGER PRIMARY KEY, geometry BLOB, geojson BLOB NOT NULL)",
    # Twice the number of a feature, and one more for the part east of the antimeridian.
    "CREATE VIRTUAL TABLE feature_place USING rtree_i32 (id, west, east, south, north)",
    # Of what tiles show outlines of, likewise, and from which zoom; and these as they are drawn up to a zoom,
    # where that is far less than all of it.
    """CREATE VIRTUAL TABLE outline_place USING rtree_i32 (
        id, west, east, south, north, from_zoom, from_zoom_again)""",
    """CREATE TABLE generalised (
        seq INTEGER, zoom INTEGER, geometry BLOB NOT NULL, PRIMARY KEY (seq, zoom)) WITHOUT ROWID""",
    # Of the commons whose ground somebody else claims too, one who does; those still to be compared, and
    # whether they have changed; and which things are said to be the same or part of one another.
    "CREATE TABLE witness (seq INTEGER PRIMARY KEY, other INTEGER NOT NULL)",
    "CREATE INDEX witness_by_other ON witness (other)",
    "CREATE TABLE comparing (seq INTEGER PRIMARY KEY, changed INTEGER NOT NULL)",
    "CREATE TABLE kin (subject BLOB, other BLOB, PRIMARY KEY (subject, other)) WITHOUT ROWID",
    # Tiles, gzipped, with the version that they show; and where what they show has changed since.
    """CREATE TABLE tile (
        name TEXT PRIMARY KEY, made INTEGER NOT NULL, version INTEGER NOT NULL, data BLOB NOT NULL)""",
    "CREATE INDEX tile_by_age ON tile (made)",
    """CREATE TABLE change (
        number INTEGER PRIMARY KEY, version INTEGER NOT NULL,
        west INTEGER NOT NULL, east INTEGER NOT NULL, south INTEGER NOT NULL, north INTEGER NOT NULL)""",
    # Of everything looked at, shown or not: when the clock alone may change what is drawn of it, and what of
    # it others depend on.
    """CREATE TABLE thing (
        subject BLOB PRIMARY KEY, seq INTEGER NOT NULL, due INTEGER, facet BLOB NOT NULL) WITHOUT ROWID""",
    "CREATE INDEX thing_by_due ON thing (due) WHERE due IS NOT NULL",
    # Which pacts and alerts are about a thing; which places document a territory.
    """CREATE TABLE naming (
        named BLOB, subject BLOB, PRIMARY KEY (named, subject)) WITHOUT ROWID""",
    "CREATE INDEX naming_by_subject ON naming (subject)",
    """CREATE TABLE documenting (
        territory INTEGER, subject BLOB, PRIMARY KEY (territory, subject)) WITHOUT ROWID""",
    "CREATE INDEX documenting_by_subject ON documenting (subject)",
    # Subjects still to be looked at; those of the greatest `late` last.
    "CREATE TABLE waiting (late INTEGER, subject BLOB, PRIMARY KEY (late, subject)) WITHOUT ROWID",
    # Authors of whom everything that they wrote is to be looked at again, after the record numbered `after`.
    "CREATE TABLE waiting_author (actor BLOB PRIMARY KEY, after INTEGER NOT NULL) WITHOUT ROWID",
    # The store's records that lack their content, and the block list, as they were followed last.
    "CREATE TABLE lacking (seq INTEGER PRIMARY KEY, subject BLOB NOT NULL)",
    "CREATE TABLE blocked (target TEXT, identifier BLOB, PRIMARY KEY (target, identifier)) WITHOUT ROWID",
)

# Columns of `feature`, in their order.
COLUMNS = (
    *("seq", "collection", "id", "name", "resource", "resources", "status", "voice", "contested"),
    *("since", "changed", "until", "area_m2", "uncertainty_m", "west", "south", "east", "north"),
    *("sensitivity", "pacts_in_force", "alerts_open", "about", "first_day", "last_day", "in_force"),
    *("intensity", "type", "level", "code", "commons", "licence", "author"),
    *("zoom", "spot", "spot_column", "spot_row", "cell", "sound"),
)


class FileMark(NamedTuple):
    """Tells one file from another of the same name."""

    device: int
    number: int


def atlas_path(home: Path) -> Path:
    """Return where the atlas of a home is."""
    return home / FILE_NAME


def mark_of(path: Path) -> FileMark | None:
    """Return what tells the file at `path` from others; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileMark(found.st_dev, found.st_ino)


def size_bytes(path: Path) -> int:
    """Return how much disk the atlas takes, its log included."""
    size = 0
    for suffix in _SUFFIXES[:2]:
        with contextlib.suppress(FileNotFoundError):
            size += Path(f"{path}{suffix}").stat().st_size
    return size


def remove_file(path: Path) -> None:
    """Delete the atlas, with its log."""
    for suffix in _SUFFIXES:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{suffix}").unlink()


def is_damage(fault: BaseException | None) -> bool:
    """Whether a fault says that a file is damaged, or no database."""
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF  # primary (https://www.sqlite.org/rescode.html)
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open the file, made where there is none; its tables may not be there yet.  Raises `sqlite3.Error`."""
    db = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in (
            f"page_size = {PAGE_SIZE_BYTES}",
            "journal_mode = WAL",
            # What is lost in a power cut is drawn again.
            "synchronous = NORMAL",
            # What was erased must not be left in a free page.
            "secure_delete = ON",
            f"cache_size = -{WRITER_CACHE_SIZE_BYTES // 1_024}",
            f"wal_autocheckpoint = {WAL_SIZE_MAX_BYTES // PAGE_SIZE_BYTES}",
            f"journal_size_limit = {WAL_SIZE_MAX_BYTES}",
            f"busy_timeout = {BUSY_TIMEOUT_MS}",
            "temp_store = MEMORY",
        ):
            db.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        db.close()
        raise
    return db


def write_anew(db: sqlite3.Connection) -> bool:
    """Write the whole file anew and empty its log; False where somebody reads from that, to be tried again.

    What is deleted is overwritten; but where SQLite moved a row from one page to another, the room it had in
    the first may still hold a copy.  Raises `sqlite3.Error`.
    """
    db.execute("PRAGMA temp_store = FILE")
    try:
        db.execute("VACUUM")
    finally:
        db.execute("PRAGMA temp_store = MEMORY")
    db.execute("PRAGMA busy_timeout = 0")
    try:
        [busy, _, _] = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    return not busy


def make_tables(db: sqlite3.Connection) -> None:
    """Make the tables in an empty file; the caller holds the transaction."""
    for statement in _TABLES:
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {ATLAS_VERSION}")


def version_of(db: sqlite3.Connection) -> int:
    """Return the number of the form the file is in, 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Hold a transaction for as long as the block takes; none of it is kept where that fails."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def meta(db: sqlite3.Connection, name: str) -> Any:
    """Return a value kept under a name."""
    row = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def set_meta(db: sqlite3.Connection, name: str, value: int | str | bytes) -> None:
    """Keep a value under a name."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
