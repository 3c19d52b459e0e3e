"""The proof for verifiers elsewhere that goes into a consent and its cosigns (docs/protocol.md §16)."""

from collections.abc import Iterable
from typing import Any

from node.store.interface import Store
from protocol.identifiers import RecordId
from protocol.keys import SigningKey
from protocol.kinds.pact import Consent
from protocol.proofs.data_integrity import Document, prove
from protocol.proofs.pact_document import pact_document
from protocol.record.verification import VerifiedRecord


async def document_consented(
    store: Store, kind: str, decision: str | None, parents: Iterable[RecordId]
) -> Document | None:
    """Return the JSON form of the version that a consent with these parents is to, None for anything else.

    None as well where the version is not held here, or its content was erased: the consent counts without.
    """
    if kind != "consent" or decision != "consent":
        return None
    held = [await store.record(parent) for parent in parents]
    versions = [one for one in held if one is not None and one.header.kind == "pact" and not one.is_erased]
    return pact_document(versions[0]) if len(versions) == 1 else None


async def document_of(store: Store, record: VerifiedRecord) -> Document | None:
    """Return the JSON form of the version that `record` consents to, None where it is no consent."""
    content = record.content
    if not isinstance(content, Consent):
        return None
    return await document_consented(store, "consent", content.decision, record.header.parents)


def with_proof(
    payload: dict[str, Any], document: Document | None, key: SigningKey, time_ms: int
) -> dict[str, Any]:
    """Return a payload with a proof by `key` of `document`, where there is one to prove."""
    if document is None:
        return payload
    proof = prove(document, key, time_ms)
    return payload | {"proof": {"created": proof.created, "value": proof.value}}
