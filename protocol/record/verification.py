"""Verification of a record from its bytes alone, in numbered steps (docs/protocol.md §5).

Cheap checks come first, the signature last.  What a verified record may *do* depends on other
records and is decided in `protocol.state`; here is only what one record can show by itself.
"""

from dataclasses import dataclass
from typing import Any

from protocol.canonical import decode
from protocol.errors import BadSignature, FromTheFuture, Malformed
from protocol.identifiers import RecordId, SubjectId, tag
from protocol.keys import PublicKey, verify_signature
from protocol.kinds import check_kind
from protocol.limits import CLOCK_SKEW_MAX_MS, PAYLOAD_SIZE_MAX_BYTES
from protocol.record.envelope import split_envelope
from protocol.record.header import Header, decode_header, payload_hash, record_id

SIGNATURE_TAG = tag("sign")


@dataclass(frozen=True, slots=True)
class VerifiedRecord:
    """A record whose bytes, kind and signature were checked here.

    Only `verify_record` and `sign_record` make one.
    `envelope` are the bytes as received.  `content` is the typed payload of a known kind, the plain
    decoded map of an unknown one, and None where the payload was erased.
    """

    id: RecordId
    header: Header
    envelope: bytes
    content: Any

    @property
    def subject(self) -> SubjectId:
        """The thing this record is about: its own id where it is the first record of a thing."""
        return SubjectId(self.id) if self.header.subject is None else self.header.subject

    @property
    def time_s(self) -> int:
        """The author's time in whole seconds: the timestamp of reconciliation."""
        return self.header.time_ms // 1_000


@dataclass(frozen=True, slots=True)
class UnprovenRecord:
    """A record that has passed every step but the last: `signature` of `message` by `signer` is unchecked."""

    header: Header
    envelope: bytes
    content: Any
    message: bytes
    signature: bytes

    @property
    def signer(self) -> PublicKey:
        """The key whose signature it should be."""
        return self.header.signer

    def proven(self) -> VerifiedRecord:
        """Return the verified record.  Only for whoever has had libsodium accept the signature."""
        header_bytes = self.message[len(SIGNATURE_TAG) :]
        return VerifiedRecord(record_id(header_bytes), self.header, self.envelope, self.content)


def verify_record(data: bytes, now_ms: int) -> VerifiedRecord:
    """Check one envelope and return the verified record.

    `now_ms` is the receiver's clock, milliseconds since 1970 UTC; it bounds only the future.
    Raises a `ProtocolError` that names the first step that failed, nothing else, for any bytes.
    """
    record = check_record(data, now_ms)
    # 7. The signature is the signer's, by libsodium's verdict (§3.2).
    verify_signature(record.signer, record.message, record.signature)
    return record.proven()


def check_record(data: bytes, now_ms: int) -> UnprovenRecord:
    """Take every step of `verify_record` but the last, for whoever has many signatures checked elsewhere."""
    # 1. The envelope is canonical, within limits, and its proof of a known type (§4.1).
    envelope = split_envelope(data)
    # 2. The header is canonical, of a known version, every field of its type and range (§4.2).
    header = decode_header(envelope.header)
    # 3. It is not dated past the allowed clock skew; it is never too old (§5).
    if header.time_ms > now_ms + CLOCK_SKEW_MAX_MS:
        raise FromTheFuture("the record is dated more than a day ahead of this node's clock")
    # 4. The payload, where present, is the one the header commits to (§4.3).
    content = None
    if envelope.payload is not None:
        if len(envelope.payload) != header.payload_size:
            raise BadSignature("the payload's size differs from the header's")
        if payload_hash(envelope.payload) != header.payload_hash:
            raise BadSignature("the payload's digest differs from the header's")
        # 5. The payload is canonical (§2).
        content = decode(envelope.payload, PAYLOAD_SIZE_MAX_BYTES)
        if content is None:
            raise Malformed("a payload is a map")  # nil is no way to have one taken out
    # 6. Header and payload follow the rules of their kind, where it is known (§6).
    typed = check_kind(header, content)
    return UnprovenRecord(header, data, typed, SIGNATURE_TAG + envelope.header, envelope.signature)
