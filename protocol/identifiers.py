"""The 32-byte identifiers of records, and the text people copy (docs/protocol.md §3).

The text of an id is base32 (RFC 4648, lower case, no padding): 52 characters that survive a
double click, a phone call and a file system that ignores case.
"""

from base64 import b32decode, b32encode
from functools import cache
from hashlib import blake2b
from typing import NewType

from protocol.errors import Malformed

RecordId = NewType("RecordId", bytes)
"""BLAKE2b-256 of a record's header."""

ActorId = NewType("ActorId", bytes)
"""The id of an actor's first `actor` record."""

SubjectId = NewType("SubjectId", bytes)
"""The id of a thing: that of its first record."""

ID_SIZE_BYTES = 32
ID_TEXT_LENGTH = 52


def tagged_hash(purpose: str, data: bytes) -> bytes:
    """Return BLAKE2b-256 (RFC 7693) of `data`, bound to this protocol, its version and a purpose."""
    return blake2b(tag(purpose) + data, digest_size=ID_SIZE_BYTES).digest()


@cache
def tag(purpose: str) -> bytes:
    """Return the domain-separation tag of a purpose: `minga/1/<purpose>` and a zero byte."""
    return b"minga/1/" + purpose.encode("ascii") + b"\0"


def id_text(identifier: bytes) -> str:
    """Return the 52-character text of a 32-byte id."""
    return b32encode(identifier).decode("ascii").rstrip("=").lower()


def parse_id(text: str) -> RecordId:
    """Return the id a text names.  Raises `Malformed`; case and surrounding blanks do not matter."""
    bare = text.strip().upper()
    # Outside ASCII there are letters whose capital is one of ours (ı, ſ): another form of the same id.
    if len(bare) != ID_TEXT_LENGTH or not text.isascii():
        raise Malformed(f"an id is {ID_TEXT_LENGTH} letters and digits, not {len(bare)}")
    try:
        data = b32decode(bare + "====")
    except ValueError:
        raise Malformed("an id is written with the letters a–z and the digits 2–7") from None
    if id_text(data) != bare.lower():
        raise Malformed("an id's last character is not in its one form")
    return RecordId(data)
