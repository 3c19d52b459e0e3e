"""The published JSON form of a version of a pact: what the proofs are over (docs/protocol.md §16.1).

A pure function of one record.  The context is named by URLs and URNs, never written into the document:
verifiers compare the entries of a proof's context with the document's one by one, and find two maps that say
the same unequal.  The suite needs no expansion, so none of them is ever fetched.
"""

from base64 import urlsafe_b64encode
from typing import Any

from protocol.canonical import decode
from protocol.errors import Malformed
from protocol.identifiers import ID_SIZE_BYTES, id_text
from protocol.keys import ED25519_PREFIX, PUBLIC_KEY_SIZE_BYTES, PublicKey, did_key
from protocol.limits import PAYLOAD_SIZE_MAX_BYTES
from protocol.proofs.data_integrity import Document
from protocol.record.envelope import split_envelope
from protocol.record.verification import VerifiedRecord

DATA_INTEGRITY_CONTEXT = "https://w3id.org/security/data-integrity/v2"
PACT_CONTEXT = "urn:minga:context:1"

_BY_LANGUAGE = {"@container": "@language"}
_LINK = {"@type": "@id"}

# What PACT_CONTEXT names, for readers who want the document as linked data.  Never changed: another meaning
# is another name.  Terms that are not spelt out here are words of the vocabulary as they stand.
CONTEXT_1: Document = {
    "@context": {
        "@vocab": "urn:minga:vocabulary:",
        "Pact": "urn:minga:vocabulary:Pact",
        "author": _LINK,
        "follows": {"@type": "@id", "@container": "@set"},
        "pact": _LINK,
        "content": {
            "@id": "urn:minga:vocabulary:content",
            "@context": {
                "actor": _LINK,
                "subject": _LINK,
                "name": _BY_LANGUAGE,
                "note": _BY_LANGUAGE,
                "reasons": _BY_LANGUAGE,
                "cause": _BY_LANGUAGE,
                "title": _BY_LANGUAGE,
                **dict.fromkeys(
                    (
                        *("objectives", "duration", "manner", "enjoyment", "damage", "guarantees"),
                        *("support", "publicity", "supervision", "conclusion", "amendment"),
                    ),
                    _BY_LANGUAGE,
                ),
            },
        },
    }
}


def urn(identifier: bytes) -> str:
    """Return the URN of a record, a thing or an actor: each is named by a record's id."""
    return f"urn:minga:record:{id_text(identifier)}"


def base64url(data: bytes) -> str:
    """Return bytes in base64url (RFC 4648 §5) without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def pact_document(version: VerifiedRecord) -> Document:
    """Return the JSON form of a version of a pact, without proofs.

    The salt stays in: without it, whoever holds the proofs of an erased pact could try texts against them.
    Raises `Malformed` for a record that is no version of a pact, or whose content was erased.
    """
    header, payload = version.header, split_envelope(version.envelope).payload
    if header.kind != "pact" or header.actor is None:
        raise Malformed("only a version of a pact has this form")
    if payload is None:
        raise Malformed("the content of this version was erased")
    return {
        "@context": [DATA_INTEGRITY_CONTEXT, PACT_CONTEXT],
        "id": urn(version.id),
        "type": "Pact",
        "pact": urn(version.subject),
        "follows": [urn(parent) for parent in header.parents],
        "author": urn(header.actor),
        "content": json_form(payload),
    }


def json_form(payload: bytes) -> Any:
    """Return a payload as JSON: 32 bytes as the URN of an id (digests too), an Ed25519 key as did:key, other
    bytes in base64url.  Raises as `decode`.
    """
    return _json_form(decode(payload, PAYLOAD_SIZE_MAX_BYTES))


def _json_form(value: Any) -> Any:
    match value:
        case dict():
            return {name: _json_form(part) for name, part in value.items()}
        case list():
            return [_json_form(part) for part in value]
        case bytes():
            if len(value) == ID_SIZE_BYTES:
                return urn(value)
            is_key = len(value) == PUBLIC_KEY_SIZE_BYTES and value.startswith(ED25519_PREFIX)
            return did_key(PublicKey(value)) if is_key else base64url(value)
        case _:
            return value
