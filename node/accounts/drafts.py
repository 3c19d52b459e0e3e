"""Drafts: what somebody has filled in and not signed yet, kept with every change so that no power cut takes
it.

A draft is its owner's alone.  Once it is signed its words are deleted; what stays is which record came of it,
so that signing it again, from another tab or after a crash, leads there and signs nothing twice.  What was
signed is kept until the store has it: between the two a crash loses nothing, for the same records are handed
in again.
"""

import json
import re
import secrets
import sqlite3
from base64 import b32encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.errors import ConfigError
from protocol.canonical import decode, encode
from protocol.identifiers import RecordId

# Work of a busy month; what is older than its owner's memory is deleted by them, not by us.
DRAFTS_PER_ACCOUNT_MAX = 50

# The largest payload, as text, and what is typed around it.
DRAFT_SIZE_MAX_BYTES = 1_024 * 1_024

# Two of the largest, and many ordinary ones: two hundred accounts fill no card.
DRAFTS_SIZE_PER_ACCOUNT_MAX_BYTES = 4 * 1_024 * 1_024

# What was signed is remembered for whoever comes back to an old tab; 200 bytes each.
SIGNED_PER_ACCOUNT_MAX = 200

TITLE_LENGTH_MAX_CHARS = 120

# Records of one signing, each within its own limit: a version, its seal, further signatures.
_SIGNED_SIZE_MAX_BYTES = 16 * 1_024 * 1_024

_ID = re.compile(r"[a-z2-7]{26}")

Fields = Mapping[str, Sequence[str]]
"""What was filled in: all that was given for each field."""


class DraftsFull(ConfigError):
    """There is no room for more of somebody's drafts; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft; `about` names by their role the ids of what it is about.  Of one that was signed `record` is
    what came of it."""

    id: str
    form: str
    about: Mapping[str, str]
    title: str
    fields: Fields
    changed_ms: int
    record: RecordId | None = None


def new_draft_id() -> str:
    """Return an id that nobody guesses: 128 random bits."""
    return b32encode(secrets.token_bytes(16)).decode("ascii").rstrip("=").lower()


def is_draft_id(text: str) -> bool:
    """Whether a text can be the id of a draft."""
    return _ID.fullmatch(text) is not None


def save_draft(db: sqlite3.Connection, account: int, draft: Draft) -> None:
    """Keep what was filled in, in place of what was kept of the same draft before.

    Raises `DraftsFull`.  Nothing is kept of a draft that was signed meanwhile, or of somebody else's.
    """
    data = json.dumps({name: list(values) for name, values in draft.fields.items()}).encode("utf-8")
    if len(data) > DRAFT_SIZE_MAX_BYTES:
        raise DraftsFull(f"a draft holds {DRAFT_SIZE_MAX_BYTES // 1_024} KB at most: shorten it")
    number, size_bytes = db.execute(
        "SELECT count(*), coalesce(sum(length(filled)), 0) FROM draft WHERE account = ? AND id != ? "
        "AND filled IS NOT NULL",
        (account, draft.id),
    ).fetchone()
    if number >= DRAFTS_PER_ACCOUNT_MAX or size_bytes + len(data) > DRAFTS_SIZE_PER_ACCOUNT_MAX_BYTES:
        raise DraftsFull(
            "there is no room for more of your drafts: sign or delete some of those that you have, on your "
            "page"
        )
    db.execute(
        "INSERT INTO draft (id, account, form, about, title, filled, changed_ms) VALUES (?, ?, ?, ?, ?, ?, "
        "?) "
        "ON CONFLICT (id) DO UPDATE SET about = excluded.about, title = excluded.title, "
        "filled = excluded.filled, changed_ms = excluded.changed_ms "
        "WHERE account = excluded.account AND form = excluded.form AND filled IS NOT NULL",
        (
            draft.id,
            account,
            draft.form,
            json.dumps(dict(draft.about)),
            draft.title[:TITLE_LENGTH_MAX_CHARS],
            data,
            draft.changed_ms,
        ),
    )


def find_draft(db: sqlite3.Connection, account: int, draft_id: str) -> Draft | None:
    """Return a draft of an account, None where it has none of that id."""
    row = db.execute(f"{_SELECT} WHERE account = ? AND id = ?", (account, draft_id)).fetchone()
    return None if row is None else _draft(row)


def drafts_of(db: sqlite3.Connection, account: int) -> list[Draft]:
    """Return what an account has filled in and not signed, the latest first, without what is in it."""
    rows = db.execute(
        "SELECT id, form, about, title, NULL, changed_ms, record FROM draft WHERE account = ? "
        "AND (filled IS NOT NULL OR signed IS NOT NULL) ORDER BY changed_ms DESC, id",
        (account,),
    )
    return [_draft(row) for row in rows]


def delete_draft(db: sqlite3.Connection, account: int, draft_id: str) -> None:
    """Delete a draft that was not signed."""
    db.execute("DELETE FROM draft WHERE account = ? AND id = ? AND filled IS NOT NULL", (account, draft_id))


def keep_signed(
    db: sqlite3.Connection, account: int, draft_id: str, envelopes: Sequence[bytes], record: RecordId
) -> None:
    """Keep what was signed of a draft until the store has it, in place of what was filled in."""
    db.execute(
        "UPDATE draft SET filled = NULL, title = '', signed = ?, record = ? WHERE account = ? AND id = ?",
        (encode(list(envelopes)), bytes(record), account, draft_id),
    )
    # A visitor's comment that was published by it waits no more.
    db.execute("DELETE FROM comment WHERE draft = ?", (draft_id,))


def signed_envelopes(db: sqlite3.Connection, account: int, draft_id: str) -> list[bytes]:
    """Return what was signed of a draft and may not be in the store yet; empty once it is."""
    row = db.execute("SELECT signed FROM draft WHERE account = ? AND id = ?", (account, draft_id)).fetchone()
    if row is None or row[0] is None:
        return []
    envelopes = decode(row[0], _SIGNED_SIZE_MAX_BYTES)
    assert isinstance(envelopes, list)
    return [envelope for envelope in envelopes if isinstance(envelope, bytes)]


def handed_in(db: sqlite3.Connection, account: int, draft_id: str) -> None:
    """Note that the store has what was signed of a draft; the oldest of many such notes go."""
    db.execute("UPDATE draft SET signed = NULL WHERE account = ? AND id = ?", (account, draft_id))
    db.execute(
        "DELETE FROM draft WHERE account = ? AND filled IS NULL AND signed IS NULL AND id NOT IN (SELECT id "
        "FROM "
        "draft WHERE account = ? AND filled IS NULL ORDER BY changed_ms DESC LIMIT ?)",
        (account, account, SIGNED_PER_ACCOUNT_MAX),
    )


_SELECT = "SELECT id, form, about, title, filled, changed_ms, record FROM draft"


def _draft(row: tuple[str, str, str, str, bytes | None, int, bytes | None]) -> Draft:
    draft_id, form, about, title, filled, changed_ms, record = row
    fields = {} if filled is None else {name: tuple(values) for name, values in json.loads(filled).items()}
    return Draft(
        draft_id,
        form,
        json.loads(about),
        title,
        fields,
        changed_ms,
        None if record is None else RecordId(record),
    )
