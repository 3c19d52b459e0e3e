"""The tables, as numbered steps from an empty file to the present; each runs once, in a transaction."""

import aiosqlite

from node.store import placed
from node.store.errors import StoreTooNew
from node.store.reconcile_buckets import BUCKET_TABLE

# Raised whenever what is derived from the same records comes out differently (a new fold, another search
# text): a store that says another number derives everything again when it is opened.
DERIVATION_VERSION = 8

# In `meta`, names given by callers begin so: they are kept apart from the store's own.
CALLERS = "node:"

# What can be thrown away and derived again.  Apart from the rest, because `rebuild` runs it too.
DERIVED_DROP = (
    "DROP TABLE IF EXISTS thing",
    "DROP TABLE IF EXISTS link",
    "DROP TABLE IF EXISTS mention",
    "DROP TABLE IF EXISTS words",
    "DROP TABLE IF EXISTS place",
    "DELETE FROM tally WHERE name LIKE 'thing:%'",
    *placed.DERIVED_DROP,
)
DERIVED_CREATE = (
    # A thing is numbered by the first record about it that came, its anchor: that never changes, and finds
    # the subject without another index.  `display` is the number of the record shown; `links` repeats the
    # rows of `link` as msgpack, so that they can be taken back; `rank` orders lists, as on every other node.
    # `spot` is where the thing lies (`node.store.placed`), `resources` what is held in common there;
    # `prospect` is [[from when, status], …] as JSON for a pact, whose status depends on the day.
    """CREATE TABLE thing (
        seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, display INTEGER, status TEXT NOT NULL,
        voice TEXT NOT NULL, heads INTEGER NOT NULL, title TEXT NOT NULL,
        west INTEGER, south INTEGER, east INTEGER, north INTEGER, links BLOB NOT NULL,
        rank INTEGER NOT NULL, prospect TEXT, spot INTEGER, resources TEXT)""",
    "CREATE INDEX thing_by_rank ON thing (rank)",
    "CREATE INDEX thing_by_kind ON thing (kind, rank)",
    "CREATE INDEX thing_by_spot ON thing (spot, rank) WHERE spot IS NOT NULL",
    """CREATE TABLE link (
        actor INTEGER, thing INTEGER, roles INTEGER NOT NULL, PRIMARY KEY (actor, thing)) WITHOUT ROWID""",
    # Who names something is found from what is named: 32 bytes, of a thing or an actor that may not be held.
    """CREATE TABLE mention (
        named BLOB, role INTEGER, thing INTEGER, record INTEGER,
        PRIMARY KEY (named, role, thing, record)) WITHOUT ROWID""",
    "CREATE INDEX mention_by_thing ON mention (thing)",
    # Contentless: the text is in the envelopes already.  Without positions: 100 bytes less for each record,
    # and a search is for words, not phrases.
    """CREATE VIRTUAL TABLE words USING fts5 (
        text, content='', tokenize='unicode61 remove_diacritics 2', detail='none', columnsize=0)""",
    # 10⁻⁷ degree fit 32 bits exactly.  Twice a thing's number, and one more for the part east of the
    # antimeridian.
    "CREATE VIRTUAL TABLE place USING rtree_i32 (id, west, east, south, north)",
    *placed.DERIVED_CREATE,
)

_FIRST = (
    "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID",
    # `subject` is NULL in the first record of a thing; `content` is a `Content`: whole, erased, missing.
    """CREATE TABLE record (
        seq INTEGER PRIMARY KEY, id BLOB NOT NULL, seconds INTEGER NOT NULL, author INTEGER NOT NULL,
        subject BLOB, content INTEGER NOT NULL, envelope BLOB NOT NULL)""",
    "CREATE UNIQUE INDEX record_by_id ON record (id)",
    "CREATE UNIQUE INDEX record_by_time ON record (seconds, id)",
    "CREATE INDEX record_by_subject ON record (subject) WHERE subject IS NOT NULL",
    "CREATE INDEX record_by_author ON record (author)",
    "CREATE INDEX record_without_content ON record (content) WHERE content = 2",
    # Everybody who wrote or is named, known or not; `digest` is that of the actor's state the things were
    # folded with.
    "CREATE TABLE actor (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, digest BLOB)",
    # Actors whose state has changed: the things they wrote about, numbered `after` to `upto`, wait to be
    # folded again.
    "CREATE TABLE dirty_actor (actor INTEGER PRIMARY KEY, after INTEGER NOT NULL, upto INTEGER NOT NULL)",
    "CREATE TABLE tally (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE peer (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    *DERIVED_CREATE,
)

# What reconciliation asks is answered from sums over neighbouring records, kept in step with them.
_SECOND = (BUCKET_TABLE,)

# Lists in one order everywhere; who names what; where pacts will stand; what territories come to.  All that
# is derived is derived anew.
_THIRD = _FOURTH = _FIFTH = _SIXTH = (*DERIVED_DROP, *DERIVED_CREATE)

# How much came of each author, for quotas: adding up what is there would read most of a large file.
_SEVENTH = (
    "CREATE TABLE written (author INTEGER PRIMARY KEY, records INTEGER NOT NULL, bytes INTEGER NOT NULL)",
    "INSERT INTO written SELECT author, count(*), sum(length(envelope)) FROM record GROUP BY author",
)

MIGRATIONS: tuple[tuple[str, ...], ...] = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH, _SEVENTH)
SCHEMA_VERSION = len(MIGRATIONS)


async def migrate(db: aiosqlite.Connection, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> int:
    """Bring a file's tables up to date and return the version it had.

    Raises `StoreTooNew` for a file of a later version of this software, and leaves it as it is.
    """
    [(version,)] = await db.execute_fetchall("PRAGMA user_version")
    if version > len(migrations):
        raise StoreTooNew(
            f"the store is of version {version} and this software knows versions up to {len(migrations)}:"
            " install the version that wrote it, or a later one"
        )
    for number in range(version, len(migrations)):
        await db.execute("BEGIN IMMEDIATE")
        try:
            for statement in migrations[number]:
                await db.execute(statement)
            await db.execute(f"PRAGMA user_version = {number + 1}")
            await db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                await db.execute("ROLLBACK")
            raise
    return int(version)
