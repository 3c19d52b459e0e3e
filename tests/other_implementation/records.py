"""Records: envelope, header, and the steps of verification: §4 and §5."""

import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from .kinds import check_kind
from .values import (
    LATITUDE_MAX,
    LONGITUDE_MAX,
    Fault,
    binary,
    decode,
    digest,
    need,
    public_key,
    signature_holds,
    tag,
    within,
)

ENVELOPE_MAX, HEADER_MAX, PAYLOAD_MAX = 527_360, 2_048, 524_288
PARENTS_MAX = 32
TIME_MIN, TIME_MAX, AHEAD_MAX_MS = 946_684_800_000, 4_102_444_800_000, 86_400_000
KIND = re.compile(r"[a-z][a-z0-9_]*([.-][a-z0-9_]+)*")


@dataclass(slots=True)
class Record:
    envelope: bytes
    header_bytes: bytes = b""
    payload_bytes: bytes | None = None
    signature: bytes = b""
    id: bytes = b""
    header: list[Any] = field(default_factory=list)
    kind: str = ""
    actor: bytes | None = None
    auth: bytes | None = None
    signer: bytes = b""
    subject: bytes | None = None  # as the header has it
    parents: tuple[bytes, ...] = ()
    time_ms: int = 0
    payload_hash: bytes = b""
    payload_size: int = 0
    bbox: list[int] | None = None
    payload: Any = None

    @property
    def about(self) -> bytes:
        """The subject of the record (§4.2)."""
        return self.subject or self.id


def _open_envelope(record: Record) -> None:
    need(len(record.envelope) <= ENVELOPE_MAX, "envelope", "over-limit")
    value = decode(record.envelope)
    need(type(value) is list and len(value) == 3, "envelope")
    header, proof, payload = value
    need(type(header) is bytes, "header")
    need(payload is None or type(payload) is bytes, "payload")
    need(type(proof) is list and proof and type(proof[0]) is int, "proof")
    need(len(header) <= HEADER_MAX, "header", "over-limit")
    need(payload is None or len(payload) <= PAYLOAD_MAX, "payload", "over-limit")
    need(proof[0] == 0, "proof type", "unsupported")
    need(len(proof) == 2, "proof")
    record.signature = binary(proof[1], 64, "signature")
    record.header_bytes, record.payload_bytes = header, payload
    record.id = digest("id", header)


def _box(value: Any) -> None:
    need(type(value) is list and len(value) == 4, "bbox")
    west, south, east, north = value
    for longitude, latitude in ((west, south), (east, north)):
        within(longitude, -LONGITUDE_MAX, LONGITUDE_MAX, "longitude")
        within(latitude, -LATITUDE_MAX, LATITUDE_MAX, "latitude")
    need(south <= north, "south above north")


def _open_header(record: Record) -> None:
    header = record.header = decode(record.header_bytes)
    need(type(header) is list and header, "header")
    need(header[0] == 1 and type(header[0]) is int, "record version", "unsupported")
    need(len(header) == 11, "header fields")
    (_, kind, actor, auth, signer, subject, parents, time_ms, payload_hash, size, bbox) = header
    need(type(kind) is str, "kind")
    need(len(kind.encode()) <= 48, "kind", "over-limit")
    need(KIND.fullmatch(kind), "kind")
    for value in (actor, auth, subject):
        need(value is None or binary(value, 32, "id"), "id")
    public_key(signer, "signer")
    need(type(parents) is list, "parents")
    need(len(parents) <= PARENTS_MAX, "parents", "over-limit")
    for parent in parents:
        binary(parent, 32, "parent")
    need(all(a < b for a, b in itertools.pairwise(parents)), "parents not in order")
    within(time_ms, TIME_MIN, TIME_MAX, "time")
    binary(payload_hash, 32, "payload hash")
    within(size, 0, PAYLOAD_MAX, "payload size")
    if bbox is not None:
        _box(bbox)
    record.kind, record.actor, record.auth, record.signer, record.subject = kind, actor, auth, signer, subject
    record.parents, record.time_ms, record.bbox = tuple(parents), time_ms, bbox
    record.payload_hash, record.payload_size = payload_hash, size


def _match_payload(record: Record) -> None:
    if record.payload_bytes is not None:
        need(len(record.payload_bytes) == record.payload_size, "payload size", "bad-signature")
        need(digest("payload", record.payload_bytes) == record.payload_hash, "payload", "bad-signature")


def _open_payload(record: Record) -> None:
    if record.payload_bytes is not None:
        record.payload = decode(record.payload_bytes)
        need(record.payload is not None, "payload is nil")


def _check_signature(record: Record) -> None:
    signed = tag("sign") + record.header_bytes
    need(signature_holds(record.signer[2:], record.signature, signed), "signature", "bad-signature")


def verify(envelope: bytes, now_ms: int) -> Record:
    """The record of these bytes.  Raises Fault, with the step of §5 that found it."""
    record = Record(envelope)

    def check_time(record: Record) -> None:
        need(record.time_ms <= now_ms + AHEAD_MAX_MS, "time", "from-the-future")

    steps = (
        _open_envelope, _open_header, check_time, _match_payload, _open_payload, check_kind, _check_signature,
    )  # fmt: skip
    for number, step in enumerate(steps, 1):
        try:
            step(record)
        except Fault as fault:
            fault.step = number
            raise
    return record
