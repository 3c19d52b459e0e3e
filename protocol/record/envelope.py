"""The envelope: header bytes, proof and payload bytes as they are stored and sent (docs/protocol.md §4.1)."""

from dataclasses import dataclass
from typing import Any

from protocol.canonical import decode_shortest, encode_unchecked
from protocol.errors import Malformed, OverLimit, Unsupported
from protocol.keys import SIGNATURE_SIZE_BYTES
from protocol.limits import ENVELOPE_SIZE_MAX_BYTES, HEADER_SIZE_MAX_BYTES, PAYLOAD_SIZE_MAX_BYTES

PROOF_ED25519 = 0


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope taken apart, nothing in it checked but its shape.  `payload` is None once erased."""

    header: bytes
    signature: bytes
    payload: bytes | None


def join_envelope(header: bytes, signature: bytes, payload: bytes | None) -> bytes:
    """Return the canonical envelope of a header, its signature (proof type 0) and its payload."""
    return encode_unchecked([header, [PROOF_ED25519, signature], payload])


def split_envelope(data: bytes) -> Envelope:
    """Take an envelope apart.  Raises `Malformed`, `OverLimit`, or `Unsupported` for another proof type."""
    value = decode_shortest(data, ENVELOPE_SIZE_MAX_BYTES)
    if type(value) is not list or len(value) != 3:
        raise Malformed("an envelope is not an array of header, proof and payload")
    header, proof, payload = value
    if type(header) is not bytes or not (payload is None or type(payload) is bytes):
        raise Malformed("header and payload are not binary")
    if len(header) > HEADER_SIZE_MAX_BYTES:
        raise OverLimit(f"header is larger than {HEADER_SIZE_MAX_BYTES} bytes")
    if payload is not None and len(payload) > PAYLOAD_SIZE_MAX_BYTES:
        raise OverLimit(f"payload is larger than {PAYLOAD_SIZE_MAX_BYTES} bytes")
    return Envelope(header, _signature_of(proof), payload)


def erased_envelope(data: bytes) -> bytes:
    """Return the envelope without its payload: header, id and signature still verify."""
    envelope = split_envelope(data)
    return join_envelope(envelope.header, envelope.signature, None)


def _signature_of(proof: Any) -> bytes:
    if type(proof) is not list or not proof or type(proof[0]) is not int:
        raise Malformed("a proof is not an array that starts with its type")
    if proof[0] != PROOF_ED25519:
        raise Unsupported(f"proof type {proof[0]}; this implementation knows {PROOF_ED25519}")
    if len(proof) != 2 or type(proof[1]) is not bytes or len(proof[1]) != SIGNATURE_SIZE_BYTES:
        raise Malformed(f"proof type 0 is one signature of {SIGNATURE_SIZE_BYTES} bytes")
    return proof[1]
