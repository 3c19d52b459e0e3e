"""Comments of visitors: words that wait, unpublished, until somebody who looks after the node publishes or
discards them.  Of the visitor nothing is kept but what they wrote."""

import sqlite3
from dataclasses import dataclass

from node.errors import ConfigError
from protocol.identifiers import RecordId, SubjectId

# A page of text; whoever has more to say finds somebody with an account.
TEXT_LENGTH_MAX_CHARS = 2_000
NAME_LENGTH_MAX_CHARS = 80

# A quarter of an hour of reading for whoever goes through them, and some 2 MB.
WAITING_MAX = 500

# About one thing, so that one flood leaves room for what others say of another.
WAITING_ABOUT_ONE_MAX = 50


class QueueFull(ConfigError):
    """As many comments wait as the queue takes."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What a visitor wrote about a thing, and how they want to be called (empty: not at all)."""

    id: int
    about: SubjectId
    text: str
    language: str
    name: str
    received_ms: int


def add_comment(
    db: sqlite3.Connection, about: SubjectId, text: str, language: str, name: str, now_ms: int
) -> None:
    """Have a comment wait.  One that waits already, word for word, waits once.  Raises `QueueFull`."""
    waiting, of_one, same = db.execute(
        "SELECT count(*), coalesce(sum(about = ?), 0), coalesce(sum(about = ? AND text = ?), 0) FROM comment",
        (bytes(about), bytes(about), text),
    ).fetchone()
    if same:
        return
    if waiting >= WAITING_MAX or of_one >= WAITING_ABOUT_ONE_MAX:
        raise QueueFull("as many comments wait to be read as this node keeps")
    db.execute(
        "INSERT INTO comment (about, text, language, name, received_ms) VALUES (?, ?, ?, ?, ?)",
        (bytes(about), text, language, name, now_ms),
    )


def waiting_comments(db: sqlite3.Connection, limit: int) -> tuple[list[Comment], int]:
    """Return the comments that wait, the oldest first, and how many there are."""
    rows = db.execute(f"{_SELECT} ORDER BY received_ms, id LIMIT ?", (limit,)).fetchall()
    number: int = db.execute("SELECT count(*) FROM comment").fetchone()[0]
    return [_comment(row) for row in rows], number


def find_comment(db: sqlite3.Connection, comment: int) -> Comment | None:
    """Return a comment that waits, None where it does not."""
    row = db.execute(f"{_SELECT} WHERE id = ?", (comment,)).fetchone()
    return None if row is None else _comment(row)


def note_publishing(db: sqlite3.Connection, comment: int, draft: str) -> None:
    """Note in which draft somebody publishes a comment: it goes when that is signed (`keep_signed`)."""
    db.execute("UPDATE comment SET draft = ? WHERE id = ?", (draft, comment))


def discard_comment(db: sqlite3.Connection, comment: int) -> None:
    """Delete a comment."""
    db.execute("DELETE FROM comment WHERE id = ?", (comment,))


_SELECT = "SELECT id, about, text, language, name, received_ms FROM comment"


def _comment(row: tuple[int, bytes, str, str, str, int]) -> Comment:
    number, about, text, language, name, received_ms = row
    return Comment(number, SubjectId(RecordId(about)), text, language, name, received_ms)
