"""Sessions: who signed in, in which browser, until when; and browsers that somebody has signed in with
before."""

import sqlite3
from dataclasses import dataclass

from node.accounts.people import Account, account_of
from node.accounts.tokens import digest_of, new_token

# A morning's work with breaks; a screen that many use should not stay somebody's for longer.
IDLE_MAX_MS = 2 * 60 * 60 * 1_000

# After a working day everybody signs in anew, whatever a thief keeps alive.
LIFE_MAX_MS = 12 * 60 * 60 * 1_000

# A person has a phone, a laptop and the office's machine; the oldest goes.
SESSIONS_PER_ACCOUNT_MAX = 10

# Written down once a minute and not with every page: each is a write to a card.
SEEN_EVERY_MS = 60_000

# A browser in which somebody signed in within half a year.
DEVICE_LIFE_MS = 180 * 24 * 60 * 60 * 1_000
DEVICES_PER_ACCOUNT_MAX = 10


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody's session: `token` is what their browser keeps."""

    token: str
    account: Account
    started_ms: int

    @property
    def digest(self) -> bytes:
        """What is kept of its token."""
        return digest_of("session", self.token)


def begin_session(db: sqlite3.Connection, account: int, now_ms: int, before: str | None = None) -> str:
    """Return the token of a new session; the one that the browser had `before` ends.

    A token is never taken from a browser, always made here: nobody can know one in advance (fixation).
    """
    if before:
        end_session(db, before)
    db.execute(
        "DELETE FROM session WHERE started_ms <= ? OR seen_ms <= ?",
        (now_ms - LIFE_MAX_MS, now_ms - IDLE_MAX_MS),
    )
    db.execute(
        "DELETE FROM session WHERE account = ? AND digest NOT IN (SELECT digest FROM session WHERE account "
        "= ? "
        "ORDER BY seen_ms DESC LIMIT ?)",
        (account, account, SESSIONS_PER_ACCOUNT_MAX - 1),
    )
    token = new_token()
    db.execute(
        "INSERT INTO session VALUES (?, ?, ?, ?)", (digest_of("session", token), account, now_ms, now_ms)
    )
    db.execute("UPDATE account SET seen_ms = ? WHERE id = ?", (now_ms, account))
    return token


def find_session(db: sqlite3.Connection, token: str, now_ms: int) -> Session | None:
    """Return the session of a token, and note that it is in use; None where it is over, or none was."""
    digest = digest_of("session", token)
    row = db.execute(
        "SELECT account, started_ms, seen_ms FROM session WHERE digest = ?", (digest,)
    ).fetchone()
    if row is None:
        return None
    number, started_ms, seen_ms = row
    # A clock that was put back ends nothing, and one that was far ahead keeps nothing alive.
    if (
        now_ms - started_ms >= LIFE_MAX_MS
        or now_ms - seen_ms >= IDLE_MAX_MS
        or started_ms > now_ms + LIFE_MAX_MS
    ):
        db.execute("DELETE FROM session WHERE digest = ?", (digest,))
        return None
    if abs(now_ms - seen_ms) >= SEEN_EVERY_MS:
        db.execute("UPDATE session SET seen_ms = ? WHERE digest = ?", (now_ms, digest))
    account = account_of(db, number)
    return None if account is None else Session(token, account, started_ms)


def end_session(db: sqlite3.Connection, token: str) -> None:
    """End the session of a token."""
    db.execute("DELETE FROM session WHERE digest = ?", (digest_of("session", token),))


def end_sessions(db: sqlite3.Connection, account: int, but: str | None = None) -> None:
    """End every session of an account, in whatever browser; all but that of one token."""
    kept = b"" if but is None else digest_of("session", but)
    db.execute("DELETE FROM session WHERE account = ? AND digest != ?", (account, kept))


def sessions_of(db: sqlite3.Connection, account: int) -> int:
    """Return how many sessions an account has."""
    number: int = db.execute("SELECT count(*) FROM session WHERE account = ?", (account,)).fetchone()[0]
    return number


def remember_device(db: sqlite3.Connection, account: int, token: str | None, now_ms: int) -> str:
    """Return the token by which a browser is known as one that `account` signs in with: its own, or a new
    one."""
    if token is None or not knows_device(db, account, token, now_ms):
        token = new_token()
    db.execute(
        "INSERT INTO device VALUES (?, ?, ?) ON CONFLICT (digest) DO UPDATE SET seen_ms = excluded.seen_ms",
        (digest_of("device", token), account, now_ms),
    )
    db.execute(
        "DELETE FROM device WHERE account = ? AND digest NOT IN (SELECT digest FROM device WHERE account = ? "
        "ORDER BY seen_ms DESC LIMIT ?)",
        (account, account, DEVICES_PER_ACCOUNT_MAX),
    )
    return token


def knows_device(db: sqlite3.Connection, account: int, token: str, now_ms: int) -> bool:
    """Whether `account` has signed in with the browser of a token, and not too long ago."""
    row = db.execute(
        "SELECT 1 FROM device WHERE digest = ? AND account = ? AND seen_ms > ?",
        (digest_of("device", token), account, now_ms - DEVICE_LIFE_MS),
    ).fetchone()
    return row is not None
