"""The file of a node's accounts: small, private, beside the store and never part of it.

Nothing here is a record: it is about the people who use this node, and goes to no other.  Commands and the
running node work on it at the same time.  What is deleted is overwritten in the file (`secure_delete`), and
there is no log beside it in which a draft could stay: a rollback journal lives only as long as one change.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from node.durable_files import PRIVATE_FILE_MODE
from node.store.errors import StoreError

T = TypeVar("T")

FILE_NAME = "accounts.sqlite"

# Another process of the same home is through with its change in a fraction of it.
BUSY_MAX_S = 10.0

# Each brings the file from the version before to its own.
_STEPS = (
    """
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,   -- the name as it is looked up
    role TEXT NOT NULL,
    every_actor INTEGER NOT NULL,  -- 1: it may sign for every actor whose keys are here
    passphrase TEXT,               -- argon2id, with its salt and cost; NULL until a link was used
    created_ms INTEGER NOT NULL,
    seen_ms INTEGER
);
CREATE TABLE account_actor (
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    actor BLOB NOT NULL,
    PRIMARY KEY (account, actor)
);
CREATE TABLE link (                -- signs in once, by its digest
    digest BLOB PRIMARY KEY,
    account INTEGER REFERENCES account ON DELETE CASCADE,  -- NULL: makes the first account
    expires_ms INTEGER NOT NULL
);
CREATE TABLE session (
    digest BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    started_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL
);
CREATE TABLE device (              -- a browser from which somebody has signed in before
    digest BLOB PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    seen_ms INTEGER NOT NULL
);
""",
    """
CREATE TABLE draft (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account ON DELETE CASCADE,
    form TEXT NOT NULL,
    about TEXT NOT NULL,           -- what it is about, ids by their role (JSON)
    title TEXT NOT NULL,           -- what its owner calls it, in lists
    filled BLOB,                   -- what was filled in (JSON); NULL once it is signed
    changed_ms INTEGER NOT NULL,
    signed BLOB,                   -- what was signed of it, until that is in the store (msgpack)
    record BLOB                    -- the id of what was signed
);
CREATE INDEX draft_of ON draft (account, changed_ms);
""",
    """
CREATE TABLE comment (             -- of a visitor, until an operator publishes or discards it
    id INTEGER PRIMARY KEY,
    about BLOB NOT NULL,           -- the thing
    text TEXT NOT NULL,
    language TEXT NOT NULL,
    name TEXT NOT NULL,            -- as the visitor wants to be called; empty for nobody
    received_ms INTEGER NOT NULL,
    draft TEXT                     -- in which somebody is publishing it
);
""",
)

VERSION = len(_STEPS)


class AccountsFault(StoreError):
    """The file of accounts cannot be read or written; the message says why."""


class AccountsFile:
    """The file of accounts of one home.  Made where it is missing, when it is first used."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME
        self._db: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, "accounts")

    def do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some work in one transaction, durable when this returns.

        Raises `AccountsFault`, and what `work` does: then nothing was changed.
        """
        try:
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as fault:
            raise AccountsFault(f"the file of accounts {self.path} cannot be used ({fault})") from None
        return result

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do some work in the thread of this file, in the order in which it was asked for."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.do, work)

    def close(self) -> None:
        """Finish what was begun and close the file."""
        self._thread.shutdown()
        if self._db is not None:
            self._db.close()
            self._db = None

    def _open(self) -> sqlite3.Connection:
        if self._db is not None:
            return self._db
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE_MODE))
        # One thread at a time: that of `run`, or that of a command.
        db = sqlite3.connect(self.path, BUSY_MAX_S, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode = DELETE")
            db.execute(
                "PRAGMA synchronous = EXTRA"
            )  # also the folder: what was acknowledged survives a power cut
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA trusted_schema = OFF")
            _migrate(db)
        except BaseException:
            db.close()
            raise
        self._db = db
        return db


def copy_accounts(home: Path, target: Path) -> bool:
    """Write a copy of a home's accounts into a new file; False where it has none.

    Sessions and links stay behind: who finds a backup is not signed in with it.  Raises `AccountsFault`.
    """
    source = home / FILE_NAME
    if not source.exists():
        return False
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE_MODE))
    try:
        with closing(sqlite3.connect(source, BUSY_MAX_S)) as db:
            db.execute("VACUUM INTO ?", (str(target),))
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            for table in ("session", "device", "link"):
                copy.execute(f"DELETE FROM {table}")
            copy.execute("VACUUM")
    except sqlite3.Error as fault:
        raise AccountsFault(f"the file of accounts {source} cannot be copied ({fault})") from None
    return True


def _migrate(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise sqlite3.DatabaseError("it was written by a later version of minga")
        for step in _STEPS[version:]:
            for statement in step.split(";\n"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
