"""Making records: what an author signs (docs/protocol.md §4).  The inverse of `verification`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from protocol.canonical import encode_unchecked
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.kinds import check_header, open_payload
from protocol.record.envelope import join_envelope
from protocol.record.header import Header, decode_header, encode_header, payload_hash, record_id
from protocol.record.verification import SIGNATURE_TAG, VerifiedRecord


@dataclass(frozen=True, slots=True)
class Author:
    """Who signs: an actor, the version of it whose keys are used, and one of those keys.

    `actor` and `auth` are None only while signing an actor's first record.
    """

    key: SigningKey
    actor: ActorId | None
    auth: RecordId | None


def sign_record(
    author: Author,
    kind: str,
    payload: dict[str, Any],
    time_ms: int,
    *,
    subject: SubjectId | None = None,
    parents: Iterable[RecordId] = (),
) -> VerifiedRecord:
    """Sign a record of `kind` with `payload`, dated `time_ms` (milliseconds since 1970 UTC).

    Leave `subject` out for the first record of a thing.  What is signed is checked by the rules that
    every receiver applies: raises the `ProtocolError` that they would.
    """
    payload_bytes = encode_unchecked(payload)
    content, bbox = open_payload(kind, payload_bytes)
    header = Header(
        kind=kind,
        actor=author.actor,
        auth=author.auth,
        signer=author.key.public,
        subject=subject,
        parents=tuple(sorted(set(parents))),
        time_ms=time_ms,
        payload_hash=payload_hash(payload_bytes),
        payload_size=len(payload_bytes),
        bbox=bbox,
    )
    header_bytes = encode_header(header)
    check_header(decode_header(header_bytes), content)
    signature = author.key.sign(SIGNATURE_TAG + header_bytes)
    envelope = join_envelope(header_bytes, signature, payload_bytes)
    return VerifiedRecord(record_id(header_bytes), header, envelope, content)
