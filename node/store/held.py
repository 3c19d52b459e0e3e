"""Records as they stand in the file, and reading them back."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

import aiosqlite

from node.store.bulk import select_in
from node.store.errors import StoreError
from protocol.errors import ProtocolError
from protocol.identifiers import RecordId, SubjectId, id_text
from protocol.kinds import KINDS, read_content
from protocol.kinds.gist import gist_of
from protocol.record.envelope import split_envelope
from protocol.record.header import Header, decode_header, payload_hash
from protocol.record.verification import VerifiedRecord, read_verified

# All that is known of a pact is read again with every record about it: a hundred records took 1 ms each time.
# These are a dozen lively pacts, and 3 MB with what their contents come to in memory.
RECORDS_REMEMBERED_MAX = 1_024
REMEMBERED_SIZE_MAX_BYTES = 1_024


class Content(IntEnum):
    """Whether a stored record has its content."""

    WHOLE = 0
    ERASED = 1  # taken out, because an erasure is effective
    MISSING = 2  # was taken out, and the erasure has lost its effect since: peers are asked for it


@dataclass(slots=True)
class Held:
    """A record with its number here; `content` says what is stored, `record` what it was read as."""

    seq: int
    content: Content
    record: VerifiedRecord


def restore(record_id: RecordId, envelope: bytes) -> VerifiedRecord:
    """Return a stored record as it was verified before it was stored; its signature is not checked again.

    Raises `StoreError` for bytes that are no record: the file is damaged.
    """
    if len(envelope) > REMEMBERED_SIZE_MAX_BYTES:
        return _read_back(record_id, envelope)
    return _remembered(record_id, envelope)


def _read_back(record_id: RecordId, envelope: bytes) -> VerifiedRecord:
    try:
        parts = split_envelope(envelope)
        header = decode_header(parts.header)
        if parts.payload is not None and header.kind not in KINDS:
            # Not read: nothing is made of it here, and there may be half a million empty maps in each of as
            # many records about one thing as a peer likes.
            return read_verified(record_id, header, envelope, gist_of({}))
        content = None if parts.payload is None else _read(header, parts.payload)
    except (ProtocolError, ValueError) as error:
        raise StoreError(
            f"record {id_text(record_id)} is damaged ({error}): run `minga doctor`, and restore a backup"
        ) from error
    return VerifiedRecord(record_id, header, envelope, content)


# Found by all of its bytes, so it cannot be out of date.
_remembered = lru_cache(RECORDS_REMEMBERED_MAX)(_read_back)


def forget_remembered() -> None:
    """Keep nothing in memory of what was read before: what was erased is not to outlive its erasure there."""
    _remembered.cache_clear()


def _read(header: Header, payload: bytes) -> Any:
    """Return the content of a payload; plain, and so without effect, where it breaks the rules of a kind that
    was not known yet when it was stored.  Raises `ValueError` for what is not what was stored.
    """
    try:
        return read_content(header.kind, payload)
    except ValueError:
        if payload_hash(payload) != header.payload_hash:
            raise
        return read_content("", payload)


Groups = dict[SubjectId, list[Held]]
"""The records about each of some subjects."""


_ACTS = "SELECT seq, id, content, envelope, subject FROM record WHERE subject IN (?*)"
_FIRSTS = "SELECT seq, id, content, envelope, id FROM record WHERE id IN (?*) AND subject IS NULL"


async def load_groups(
    db: aiosqlite.Connection, subjects: Iterable[SubjectId], unfounded: frozenset[bytes] = frozenset()
) -> Groups:
    """Return every stored record about each of `subjects`.

    `unfounded` are subjects whose first record is known not to be stored: it is not looked for.
    """
    wanted = list(subjects)
    founded = [subject for subject in wanted if subject not in unfounded]
    rows = await select_in(db, f"{_ACTS} UNION ALL {_FIRSTS}", founded)
    rows += await select_in(db, _ACTS, [subject for subject in wanted if subject in unfounded])
    groups: Groups = {subject: [] for subject in wanted}
    for seq, record_id, content, envelope, subject in rows:
        groups[subject].append(Held(seq, Content(content), restore(record_id, envelope)))
    return groups
