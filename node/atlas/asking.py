"""Connections to the file of the atlas: questions one after the other, broken off where they take too long.

Many are asked at once.  If each waited for the answer to the one before it, so would the thread that answers
for the next, and most of the time would be spent waking up.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from node.atlas.paging import VALUE_SIZE_MAX_BYTES
from node.atlas.where_functions import FUNCTIONS
from node.store.connection import ReadingConnection, open_reading

T = TypeVar("T")

# A condition is tried on 100,000 features in 50 ms here, on the slowest board in a second.
QUESTION_MAX_S = 5.0

# Of SQLite's machine, about ten milliseconds.  Looking at the clock costs a hand-over between threads.
STEPS_BETWEEN_LOOKS = 1_000_000


class AskingConnection(ReadingConnection):
    """A connection whose questions end in `SearchTooLong` after `QUESTION_MAX_S`, or when nobody waits."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what several questions in one go come to.  Raises `StoreError`."""
        question = Question(work)
        try:
            return await super().run(question)
        except asyncio.CancelledError:
            question.end_s = 0.0
            raise


async def open_asking(path: Path) -> AskingConnection:
    """Open a connection to the file at `path`.  Raises `StoreError`."""
    db = await open_reading(path, AskingConnection)
    await db.run(prepare)
    return db


def prepare(db: sqlite3.Connection) -> None:
    """Let questions call functions, and bound what they come to."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_SIZE_MAX_BYTES)
    for (name, values), function in FUNCTIONS.items():
        db.create_function(name, values, function, deterministic=True)


class Question(Generic[T]):
    """Work on a connection that is broken off after `QUESTION_MAX_S`."""

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self._work = work
        self.end_s = float("inf")

    def __call__(self, db: sqlite3.Connection) -> T:
        """Ask, on the thread of the connection; its time begins now."""
        self.end_s = min(self.end_s, time.monotonic() + QUESTION_MAX_S)
        db.set_progress_handler(self._is_over, STEPS_BETWEEN_LOOKS)
        try:
            return self._work(db)
        finally:
            db.set_progress_handler(None, 0)

    def _is_over(self) -> bool:
        return time.monotonic() > self.end_s
