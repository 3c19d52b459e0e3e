"""Links that let somebody in once: whoever has one chooses a passphrase with it, and it is spent.

Only a digest is kept: who reads the file has no link.
"""

import sqlite3
from dataclasses import dataclass

from node.accounts.people import Account, account_of
from node.accounts.tokens import digest_of, new_token

# Long enough to walk to the machine with the browser, too short to be found in a log next week.
FIRST_LINK_LIFE_S = 60 * 60

# Somebody who comes by once a week.
INVITATION_LIFE_S = 7 * 24 * 60 * 60

PURPOSE = "link"


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for: an account, or to make the first one (None)."""

    account: Account | None


def make_link(db: sqlite3.Connection, account: int | None, now_ms: int, life_s: int) -> str:
    """Return a new link for an account, or for the first one; an earlier one for it does not work any
    more."""
    db.execute("DELETE FROM link WHERE account IS ? OR expires_ms <= ?", (account, now_ms))
    token = new_token()
    db.execute(
        "INSERT INTO link VALUES (?, ?, ?)", (digest_of(PURPOSE, token), account, now_ms + life_s * 1_000)
    )
    return token


def look_at_link(db: sqlite3.Connection, token: str, now_ms: int) -> Link | None:
    """Return what a link is for, None where it is none, or no longer."""
    row = db.execute(
        "SELECT account FROM link WHERE digest = ? AND expires_ms > ?", (digest_of(PURPOSE, token), now_ms)
    ).fetchone()
    if row is None:
        return None
    if row[0] is not None:
        return Link(account_of(db, row[0]))
    # Somebody has made the first account meanwhile: then the link to make it is worth nothing.
    return None if db.execute("SELECT 1 FROM account LIMIT 1").fetchone() else Link(None)


def spend_link(db: sqlite3.Connection, token: str, now_ms: int) -> Link | None:
    """Return what a link is for, and end it; None where it is none, or was spent."""
    link = look_at_link(db, token, now_ms)
    db.execute("DELETE FROM link WHERE digest = ?", (digest_of(PURPOSE, token),))
    return link


def first_link(db: sqlite3.Connection, now_ms: int) -> str | None:
    """Return a new link to make the first account with, None where there are accounts."""
    if db.execute("SELECT 1 FROM account LIMIT 1").fetchone():
        return None
    return make_link(db, None, now_ms, FIRST_LINK_LIFE_S)
