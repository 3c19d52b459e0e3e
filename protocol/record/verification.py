"""Verification of a record from its bytes alone, in numbered steps (docs/protocol.md §5).

Cheap checks come first, the signature last.  What a verified record may *do* depends on other
records and is decided in `protocol.state`; here is only what one record can show by itself.
"""

from typing import Any

from protocol.errors import BadSignature, FromTheFuture
from protocol.identifiers import RecordId, SubjectId, id_text, tag
from protocol.keys import verify_signature
from protocol.kinds import check_erasable, check_header, check_place, open_payload, read_content
from protocol.kinds.gist import Gist, gist_of
from protocol.limits import CLOCK_SKEW_MAX_MS
from protocol.record.envelope import split_envelope
from protocol.record.header import Header, decode_header, payload_hash, record_id

SIGNATURE_TAG = tag("sign")


class VerifiedRecord:
    """A record whose bytes, kind and signature were checked here.

    Only `verify_record`, `sign_record` and `read_verified` make one.
    `envelope` are the bytes as received.  `content` is the typed payload of a known kind, the plain
    decoded map of an unknown one, and None where the payload was erased; where only the gist of it was
    needed so far, it is read when it is asked for.
    """

    __slots__ = ("_content", "_gist", "envelope", "header", "id")

    def __init__(self, record_id: RecordId, header: Header, envelope: bytes, content: Any) -> None:
        self.id = record_id
        self.header = header
        self.envelope = envelope
        self._content = content
        self._gist: Gist | None = None

    @property
    def subject(self) -> SubjectId:
        """The thing this record is about: its own id where it is the first record of a thing."""
        return SubjectId(self.id) if self.header.subject is None else self.header.subject

    @property
    def time_s(self) -> int:
        """The author's time in whole seconds: the timestamp of reconciliation."""
        return self.header.time_ms // 1_000

    @property
    def is_erased(self) -> bool:
        """Whether the envelope came without its payload."""
        return self._content is None

    @property
    def content(self) -> Any:
        """The content, read now if it has not been before."""
        if self._content is _UNREAD:
            payload = split_envelope(self.envelope).payload
            assert payload is not None
            self._content = read_content(self.header.kind, payload)
        return self._content

    @property
    def gist(self) -> Gist:
        """What lists and searches keep of the content."""
        if self._gist is None:
            self._gist = gist_of(self.content)
        return self._gist

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, VerifiedRecord):
            return NotImplemented
        return self.envelope == other.envelope

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"VerifiedRecord({self.header.kind} {id_text(self.id)})"


# Stands for a content that is in the envelope and was not read yet.
_UNREAD = object()


def verify_record(data: bytes, now_ms: int) -> VerifiedRecord:
    """Check one envelope and return the verified record.

    `now_ms` is the receiver's clock, milliseconds since 1970 UTC; it bounds only the future.
    Raises a `ProtocolError` that names the first step that failed, nothing else, for any bytes.
    """
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
        # 5, 6. The payload is canonical (§2), and follows the rules of its kind where that is known (§6).
        content, box = open_payload(header.kind, envelope.payload)
        check_place(header, box)
    else:
        check_erasable(header.kind)
    # 6. So does the header.
    check_header(header, content)
    # 7. The signature is the signer's, by libsodium's verdict (§3.2).
    verify_signature(header.signer, SIGNATURE_TAG + envelope.header, envelope.signature)
    return VerifiedRecord(record_id(envelope.header), header, data, content)


def read_verified(record_id: RecordId, header: Header, envelope: bytes, gist: Gist | None) -> VerifiedRecord:
    """Return a record that `verify_record` has returned in another process of this node, or before it was
    stored, from what is known of it: `gist` is None where the payload was erased.

    Never for bytes that came from anywhere else.
    """
    record = VerifiedRecord(record_id, header, envelope, None if gist is None else _UNREAD)
    record._gist = gist
    return record
