"""Records packed for one answer: lengths and envelopes, compressed (docs/protocol.md §11).

Packing and unpacking cost more than all the rest of the session together, so the state machine carries
batches unopened: the daemon packs where it reads the store and unpacks where it verifies, on any thread.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocol.errors import Malformed, OverLimit
from protocol.identifiers import RecordId
from protocol.limits import (
    ENVELOPE_SIZE_MAX_BYTES,
    RECORDS_DEFLATED_MAX_BYTES,
    RECORDS_SIZE_MAX_BYTES,
    RECORDS_SIZE_TARGET_BYTES,
    WANT_IDS_MAX,
)

LENGTH_SIZE_BYTES = 4

# Half of a record is keys, hashes and a signature that no level compresses; level 1 finds the other half.
_LEVEL = 1

# Stored blocks (RFC 1951 §3.2.4): for a link that takes bytes faster than they can be compressed.
_LEVEL_STORED = 0


@dataclass(frozen=True, slots=True)
class RecordBatch:
    """`count` envelopes, each after its length (4 bytes, big-endian): `size_bytes` in all, compressed with
    zlib.

    A batch from a peer has been checked for its outer bounds only: `unpack_batch` checks the rest.
    """

    count: int
    size_bytes: int
    deflated: bytes


EMPTY_BATCH = RecordBatch(0, 0, b"")


def pack_batch(envelopes: Sequence[bytes], *, compress: bool = True) -> RecordBatch:
    """Return the batch of these envelopes, merely stored if not `compress`; the caller keeps to
    `WANT_IDS_MAX` and `RECORDS_SIZE_MAX_BYTES`."""
    if not envelopes:
        return EMPTY_BATCH
    parts: list[bytes] = []
    for envelope in envelopes:
        parts.append(len(envelope).to_bytes(LENGTH_SIZE_BYTES, "big"))
        parts.append(envelope)
    plain = b"".join(parts)
    return RecordBatch(
        len(envelopes), len(plain), zlib.compress(plain, _LEVEL if compress else _LEVEL_STORED)
    )


def pack_answer(
    found: Iterable[tuple[RecordId, bytes | None]],
    size_target_bytes: int = RECORDS_SIZE_TARGET_BYTES,
    *,
    compress: bool = True,
) -> tuple[RecordBatch, list[RecordId]]:
    """Answer a want from the front: return the batch and the ids not held (None in `found`).

    `found` goes through the wanted ids in order and is read no further than the first envelope that would
    pass `size_target_bytes`, unless it is the first; the peer asks again for what is left.
    """
    envelopes: list[bytes] = []
    not_held: list[RecordId] = []
    size = 0
    for identifier, envelope in found:
        if envelope is None:
            not_held.append(identifier)
            continue
        size += LENGTH_SIZE_BYTES + len(envelope)
        if envelopes and size > size_target_bytes:
            break
        envelopes.append(envelope)
    return pack_batch(envelopes, compress=compress), not_held


def check_batch(batch: RecordBatch) -> None:
    """Check what can be checked unopened.  Raises `Malformed` or `OverLimit`."""
    if batch.count > WANT_IDS_MAX:
        raise OverLimit(f"{batch.count} records in one answer; at most {WANT_IDS_MAX} are allowed")
    if batch.size_bytes > RECORDS_SIZE_MAX_BYTES:
        raise OverLimit(f"records of {batch.size_bytes} bytes; at most {RECORDS_SIZE_MAX_BYTES} are allowed")
    if len(batch.deflated) > RECORDS_DEFLATED_MAX_BYTES:
        raise OverLimit(f"compressed records exceed {RECORDS_DEFLATED_MAX_BYTES} bytes")
    if (batch.count == 0) != (batch.size_bytes == 0) or (batch.count == 0) != (batch.deflated == b""):
        raise Malformed("an answer without records has size 0 and no bytes, one with records has both")
    if batch.size_bytes < batch.count * (LENGTH_SIZE_BYTES + 1):
        raise Malformed("the records of an answer cannot be that many in so few bytes")


def unpack_batch(batch: RecordBatch) -> list[bytes]:
    """Return the envelopes of a batch, each at least 1 byte, nothing in them checked.

    Never inflates past the size the batch states.  Raises `Malformed` or `OverLimit`, nothing else.
    """
    check_batch(batch)
    if batch.count == 0:
        return []
    inflate = zlib.decompressobj()
    try:
        plain = inflate.decompress(batch.deflated, batch.size_bytes + 1)
    except zlib.error:
        raise Malformed("the records of an answer do not inflate") from None
    if len(plain) > batch.size_bytes:
        raise OverLimit(f"the records of an answer inflate past their stated {batch.size_bytes} bytes")
    if not inflate.eof or inflate.unused_data or len(plain) != batch.size_bytes:
        raise Malformed("the records of an answer end before or after their compressed stream does")
    return _cut(plain, batch.count)


def _cut(plain: bytes, count: int) -> list[bytes]:
    envelopes: list[bytes] = []
    at, end = 0, len(plain)
    while at < end:
        start = at + LENGTH_SIZE_BYTES
        length = int.from_bytes(plain[at:start], "big")
        if length > ENVELOPE_SIZE_MAX_BYTES:
            raise OverLimit(f"an envelope of {length} bytes; at most {ENVELOPE_SIZE_MAX_BYTES} are allowed")
        at = start + length
        if length == 0 or at > end:
            raise Malformed("an envelope in an answer is empty or cut off")
        envelopes.append(plain[start:at])
    if len(envelopes) != count:
        raise Malformed(f"an answer holds {len(envelopes)} records and states {count}")
    return envelopes
