"""The header of a record: what is signed and what its id is made of (docs/protocol.md §4.2)."""

import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

from msgspec import Struct

from protocol.canonical import decode_shortest, encode_unchecked
from protocol.errors import Malformed, OverLimit, Unsupported
from protocol.geometry_units import BoundingBox, require_bounding_box
from protocol.identifiers import ID_SIZE_BYTES, ActorId, RecordId, SubjectId, tagged_hash
from protocol.keys import PublicKey, require_public_key
from protocol.limits import (
    HEADER_SIZE_MAX_BYTES,
    KIND_LENGTH_MAX_BYTES,
    PARENTS_MAX,
    PAYLOAD_SIZE_MAX_BYTES,
    TIME_MAX_MS,
    TIME_MIN_MS,
)

RECORD_VERSION = 1
_FIELDS = 11
# Lower-case words; a reverse-domain prefix keeps other people's kinds apart from ours.
_KIND = re.compile(r"[a-z][a-z0-9_]*(?:[.-][a-z0-9_]+)*")


class Header(Struct, frozen=True, array_like=True):
    """What a record says of itself, field by field in the order it is encoded.

    `actor` and `auth` are None only in an actor's first record, `subject` only in a thing's first
    record; `parents` are the versions this one replaces or merges, or the records an act is about.
    """

    kind: str
    actor: ActorId | None
    auth: RecordId | None
    signer: PublicKey
    subject: SubjectId | None
    parents: tuple[RecordId, ...]
    time_ms: int
    payload_hash: bytes
    payload_size: int
    bbox: BoundingBox | None


def encode_header(header: Header) -> bytes:
    """Return the canonical bytes of a header; they are what is signed, hashed, stored and sent.

    Checks nothing: `decode_header` does.
    """
    return encode_unchecked(
        [
            RECORD_VERSION,
            header.kind,
            header.actor,
            header.auth,
            header.signer,
            header.subject,
            list(header.parents),
            header.time_ms,
            header.payload_hash,
            header.payload_size,
            None if header.bbox is None else list(header.bbox),
        ]
    )


def decode_header(data: bytes) -> Header:
    """Return the header that `data` encodes.

    Raises `Malformed`, `OverLimit`, or `Unsupported` for a record or key version unknown here.
    """
    value = decode_shortest(data, HEADER_SIZE_MAX_BYTES)
    if type(value) is not list or not value:
        raise Malformed("a header is not an array")
    if value[0] != RECORD_VERSION or type(value[0]) is not int:
        raise Unsupported(f"record version {value[0]!r:.20}; this implementation knows {RECORD_VERSION}")
    if len(value) != _FIELDS:
        raise Malformed(f"a header has {_FIELDS} fields, not {len(value)}")
    _, kind, actor, auth, signer, subject, parents, time_ms, payload_hash, payload_size, bbox = value
    return Header(
        kind=_require_kind(kind),
        actor=None if actor is None else ActorId(_require_id(actor, "actor")),
        auth=None if auth is None else RecordId(_require_id(auth, "auth")),
        signer=require_public_key(signer),
        subject=None if subject is None else SubjectId(_require_id(subject, "subject")),
        parents=_require_parents(parents),
        time_ms=_require_time(time_ms),
        payload_hash=_require_id(payload_hash, "payload hash"),
        payload_size=_require_size(payload_size),
        bbox=None if bbox is None else require_bounding_box(bbox),
    )


def record_id(header_bytes: bytes) -> RecordId:
    """Return the id of the record whose header is `header_bytes`."""
    return RecordId(tagged_hash("id", header_bytes))


def payload_hash(payload: bytes) -> bytes:
    """Return the digest by which a header commits to its payload."""
    return tagged_hash("payload", payload)


def _require_id(value: Any, name: str) -> bytes:
    if type(value) is not bytes or len(value) != ID_SIZE_BYTES:
        raise Malformed(f"{name} is not {ID_SIZE_BYTES} bytes")
    return value


def _require_kind(value: Any) -> str:
    if type(value) is not str or not _is_kind(value):
        raise Malformed("kind is not a lower-case word")
    if len(value) > KIND_LENGTH_MAX_BYTES:
        raise OverLimit(f"kind is longer than {KIND_LENGTH_MAX_BYTES} bytes")
    return value


# There are few kinds and many records.
@lru_cache(maxsize=64)
def _is_kind(text: str) -> bool:
    return _KIND.fullmatch(text) is not None


def _require_parents(value: Any) -> tuple[RecordId, ...]:
    if type(value) is not list:
        raise Malformed("parents is not an array")
    if not value:
        return ()
    if len(value) > PARENTS_MAX:
        raise OverLimit(f"more than {PARENTS_MAX} parents")
    parents = tuple(RecordId(_require_id(parent, "a parent")) for parent in value)
    if any(not first < second for first, second in pairwise(parents)):
        raise Malformed("parents are not in ascending order")
    return parents


def _require_time(value: Any) -> int:
    if type(value) is not int:
        raise Malformed("time is not an integer")
    if not TIME_MIN_MS <= value <= TIME_MAX_MS:
        raise OverLimit("time is outside the years 2000 to 2100")
    return value


def _require_size(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise Malformed("payload size is not a natural number")
    if value > PAYLOAD_SIZE_MAX_BYTES:
        raise OverLimit(f"payload is larger than {PAYLOAD_SIZE_MAX_BYTES} bytes")
    return value
