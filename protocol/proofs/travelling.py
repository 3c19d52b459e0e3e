"""Records in JSON with the exact bytes that were signed, to be checked without a node in thirty years.

docs/checking-by-hand.md says how, with tools that every system has.
"""

from collections.abc import Iterable, Mapping, Sequence

from protocol.identifiers import ActorId
from protocol.keys import did_key
from protocol.proofs.data_integrity import Document
from protocol.proofs.pact_document import base64url, json_form, urn
from protocol.proofs.proof_set import PartyProofs
from protocol.record.envelope import split_envelope
from protocol.record.verification import SIGNATURE_TAG, VerifiedRecord

RECORD_FORMAT = "urn:minga:format:record:1"
HISTORY_FORMAT = "urn:minga:format:pact-history:1"

# Of the records about an actor, those that say whose a key is.
KINDS_ABOUT_KEYS = ("actor", "cosign")


def record_document(
    record: VerifiedRecord, cosigns: Iterable[VerifiedRecord], history: Iterable[VerifiedRecord]
) -> Document:
    """Return a record as JSON, with its further signatures and the history of its actor's keys."""
    return {
        "format": RECORD_FORMAT,
        "record": _opened(record),
        "cosigns": [_opened(one) for one in in_order(cosigns)],
        "actor_records": [_opened(one) for one in in_order(history)],
    }


def history_document(
    version: VerifiedRecord, parties: Sequence[PartyProofs], records: Iterable[VerifiedRecord]
) -> Document:
    """Return what travels beside a proven pact: whose each key is, and the records that say so."""
    return {
        "format": HISTORY_FORMAT,
        "document": urn(version.id),
        "pact": urn(version.subject),
        "parties": [_party(version.content.parties[party.index].name, party) for party in parties],
        "records": [_opened(one) for one in in_order(records)],
    }


def records_of_consents(
    version: VerifiedRecord, parties: Iterable[PartyProofs], about: Iterable[VerifiedRecord]
) -> list[VerifiedRecord]:
    """Return, of all that is held `about` a pact, a version, the consents that count, and their cosigns."""
    held = list(about)
    chosen = {version.id, *(consent for party in parties for consent in party.consents)}
    return [
        one
        for one in held
        if one.id in chosen or (one.header.kind == "cosign" and one.header.parents[0] in chosen)
    ]


def actors_behind(parties: Iterable[PartyProofs], records: Iterable[VerifiedRecord]) -> list[ActorId]:
    """Return whose keys a history has to show: the parties', and of those in whose names `records` are."""
    actors = {party.actor for party in parties if party.actor is not None}
    return sorted(actors | {one.header.actor for one in records if one.header.actor is not None})


def in_order(records: Iterable[VerifiedRecord]) -> list[VerifiedRecord]:
    """Return records once each: actors' first, then by their authors' clocks, whatever was held first."""
    found = {record.id: record for record in records}
    return sorted(found.values(), key=lambda r: (r.header.kind != "actor", r.header.time_ms, r.id))


def _opened(record: VerifiedRecord) -> Document:
    """Return one record: what it says in words, and the bytes behind each of them."""
    envelope, header = split_envelope(record.envelope), record.header
    return {
        "id": urn(record.id),
        "kind": header.kind,
        "subject": urn(record.subject),
        "actor": None if header.actor is None else urn(header.actor),
        "auth": None if header.auth is None else urn(header.auth),
        "signer": did_key(header.signer),
        "parents": [urn(parent) for parent in header.parents],
        "time_ms": header.time_ms,
        "content": None if envelope.payload is None else json_form(envelope.payload),
        "signer_key": base64url(header.signer[2:]),
        "signed_bytes": base64url(SIGNATURE_TAG + envelope.header),
        "signature": base64url(envelope.signature),
        "header": base64url(envelope.header),
        "payload": None if envelope.payload is None else base64url(envelope.payload),
        "envelope": base64url(record.envelope),
    }


def _party(name: Mapping[str, str], party: PartyProofs) -> Document:
    return {
        "name": dict(name),
        "actor": _urn_of(party.actor),
        "provable": party.provable.value,
        "consents": [urn(consent) for consent in party.consents],
        "keys_needed": party.needed,
        "signed_by": sorted(did_key(key) for key in party.signed_by),
        "proven_by": [did_key(key) for key, _ in party.proofs],
    }


def _urn_of(actor: ActorId | None) -> str | None:
    return None if actor is None else urn(actor)
