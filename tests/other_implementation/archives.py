"""The archive of a pact's version: §16.4."""

import base64
import hashlib
import json
from typing import Any

from nacl.signing import SigningKey

from .authority import Held
from .proofs import CONTEXT, ProofSet, base58, configuration, jcs, json_of, urn
from .records import Record
from .things import Thing
from .values import BASE58, key_from_text, key_text, need, signature_holds, tag


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def urn_or_null(value: bytes | None) -> str | None:
    return None if value is None else urn(value)


def undated(key: bytes) -> dict[str, Any]:
    """A configuration without `created`."""
    return {name: value for name, value in configuration(key, "").items() if name != "created"}


def opened(record: Record) -> dict[str, Any]:
    """A record as a history has it."""
    return {
        "id": urn(record.id),
        "kind": record.kind,
        "subject": urn(record.about),
        "actor": urn_or_null(record.actor),
        "auth": urn_or_null(record.auth),
        "signer": key_text(record.signer),
        "parents": [urn(parent) for parent in record.parents],
        "time_ms": record.time_ms,
        "content": None if record.payload_bytes is None else json_of(record.payload),
        "signer_key": unpadded(record.signer[2:]),
        "signed_bytes": unpadded(tag("sign") + record.header_bytes),
        "signature": unpadded(record.signature),
        "header": unpadded(record.header_bytes),
        "payload": None if record.payload_bytes is None else unpadded(record.payload_bytes),
        "envelope": unpadded(record.envelope),
    }


def history(held: Held, thing: Thing, proofs: ProofSet) -> dict[str, Any]:
    version = held.records[proofs.version]
    parties, shown = [], {version.id}
    for party, (actor, provable, given) in zip(version.payload["parties"], proofs.parties, strict=True):
        consents = [] if actor is None else proofs.consents(actor)
        shown |= {consent.id for consent in consents}
        signed = {
            signature.signer
            for consent in consents
            for signature in held.signatures(consent)
            if held.actor(consent.actor or b"").counts(signature)
        }
        needed = [held.records[consent.auth or b""].payload["threshold"] for consent in consents]
        parties.append(
            {
                "name": party["name"],
                "actor": urn_or_null(actor),
                "provable": provable,
                "consents": [urn(i) for i in sorted(consent.id for consent in consents)],
                "keys_needed": min(needed, default=0),
                "signed_by": sorted(key_text(key) for key in signed),
                "proven_by": [key_text(key) for key in sorted(given)],
            }
        )
    shown |= {cosign.id for i in list(shown) for cosign in held.cosigns.get(i, [])}
    actors = {actor for actor, _, _ in proofs.parties if actor} | {held.records[i].actor for i in shown}
    shown |= {
        r.id for actor in actors - {None} for r in held.about[actor].values() if r.kind in ("actor", "cosign")
    }
    ordered = sorted((held.records[i] for i in shown), key=lambda r: (r.kind != "actor", r.time_ms, r.id))
    return {
        "format": "urn:minga:format:pact-history:1",
        "document": urn(version.id),
        "pact": urn(thing.subject),
        "parties": parties,
        "records": [opened(record) for record in ordered],
    }


def archive(held: Held, thing: Thing, proofs: ProofSet, secret: SigningKey) -> str:
    key = b"\xed\x01" + bytes(secret.verify_key)
    document = {
        "@context": CONTEXT,
        "type": "PactArchive",
        "pact": json.loads(proofs.exported()),
        "history": history(held, thing, proofs),
        "exported_by": key_text(key),
    }
    value = secret.sign(hashes(undated(key), document)).signature
    return jcs(document | {"proof": undated(key) | {"proofValue": base58(value)}})


def hashes(chosen: dict[str, Any], document: dict[str, Any]) -> bytes:
    return b"".join(hashlib.sha256(jcs(part).encode()).digest() for part in (chosen, document))


def from_base58(text: str, size: int) -> bytes:
    number = 0
    for letter in text[1:]:
        need(letter in BASE58, "base58")
        number = number * 58 + BASE58.index(letter)
    need(number.bit_length() <= 8 * size, "base58")
    value = number.to_bytes(size, "big")
    need(base58(value) == text, "base58")
    return value


def exported_by(text: str) -> bytes:
    """The key of the node that closed an archive; a fault where it is not as that node wrote it."""
    read = json.loads(text)
    need(jcs(read) == text, "not in canonical form")
    proof = read.pop("proof")
    key = key_from_text(read["exported_by"])
    need({**proof, "proofValue": ""} == undated(key) | {"proofValue": ""}, "another proof")
    value = from_base58(proof["proofValue"], 64)
    need(signature_holds(key[2:], value, hashes(undated(key), read)), "the proof", "bad-signature")
    return key
