"""Data Integrity proofs of the cryptosuite `eddsa-jcs-2022` (W3C, EdDSA Cryptosuites v1.0, §3.3).

What is signed is SHA-256 of the proof's configuration (the proof without its value) and SHA-256 of the
document without its proofs, one after the other, each in canonical JSON.
"""

import re
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from protocol.errors import BadSignature, Malformed, Unsupported
from protocol.keys import PublicKey, SigningKey, did_key, parse_did_key, verify_signature
from protocol.kinds.proof import CREATED, Proof
from protocol.multibase import from_base58, to_base58
from protocol.proofs.jcs import canonical_json

CRYPTOSUITE = "eddsa-jcs-2022"
PROOF_TYPE = "DataIntegrityProof"
PURPOSE = "assertionMethod"

Document = dict[str, Any]
"""A JSON document as `json.loads` gives it."""

_CREATED = re.compile(CREATED)


def verification_method(key: PublicKey) -> str:
    """Return the did:key URL under which a verifier finds a key (did:key method, §3.1.3)."""
    did = did_key(key)
    return f"{did}#{did.removeprefix('did:key:')}"


def created_text(time_ms: int) -> str:
    """Return a moment, milliseconds since 1970 UTC, as proofs have it: `2026-03-01T15:04:05Z`."""
    return datetime.fromtimestamp(time_ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def configuration(document: Document, key: PublicKey, created: str | None) -> Document:
    """Return the configuration of a proof by `key` of `document` (§3.3.5); `created` may be left out."""
    chosen: Document = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "verificationMethod": verification_method(key),
        "proofPurpose": PURPOSE,
    }
    if created is not None:
        chosen["created"] = created
    if "@context" in document:
        chosen["@context"] = document["@context"]
    return chosen


def hash_data(document: Document, chosen: Document) -> bytes:
    """Return the 64 bytes that are signed (§3.3.4).  Raises `Malformed` or `OverLimit`."""
    return sha256(canonical_json(chosen)).digest() + sha256(canonical_json(document)).digest()


def prove(document: Document, key: SigningKey, time_ms: int) -> Proof:
    """Return a proof of `document`, which carries none itself, made by `key` at `time_ms` (ms since 1970)."""
    created = created_text(time_ms)
    chosen = configuration(document, key.public, created)
    return Proof(created, key.sign(hash_data(document, chosen)))


def proves(document: Document, key: PublicKey, proof: Proof) -> bool:
    """Whether `proof` is one by `key` of `document`."""
    try:
        verify_signature(key, hash_data(document, configuration(document, key, proof.created)), proof.value)
    except BadSignature:
        return False
    return True


def proof_json(document: Document, key: PublicKey, proof: Proof) -> Document:
    """Return a proof by `key` of `document` as it stands in a document's `proof`."""
    return configuration(document, key, proof.created) | {"proofValue": to_base58(proof.value)}


def proven_undated(document: Document, key: SigningKey) -> Document:
    """Return `document`, which carries no proof, with one by `key` that names no time.

    The same document and key give the same proof whenever it is made (RFC 8032: Ed25519 draws no dice).
    """
    chosen = configuration(document, key.public, None)
    value = to_base58(key.sign(hash_data(document, chosen)))
    return document | {"proof": chosen | {"proofValue": value}}


def verify_document(document: Document) -> list[PublicKey]:
    """Check every proof of a document and return the keys that gave them, in their order.

    Says nothing of whose the keys are.  Raises `Malformed`, `Unsupported` for another cryptosuite, key or
    purpose, `BadSignature` where one proof is not of this document, and no other fault for any JSON.
    """
    proofs = document.get("proof")
    proofs = proofs if isinstance(proofs, list) else [proofs]
    if not proofs or not all(isinstance(proof, dict) for proof in proofs):
        raise Malformed("the document carries no proof")
    bare = {name: value for name, value in document.items() if name != "proof"}
    return [_verify(bare, proof) for proof in proofs]


def _verify(document: Document, proof: Document) -> PublicKey:
    """Check one proof by the steps of §3.3.2."""
    named = (proof.get("type"), proof.get("cryptosuite"), proof.get("proofPurpose"))
    if named != (PROOF_TYPE, CRYPTOSUITE, PURPOSE):
        raise Unsupported(f"a proof is not an {CRYPTOSUITE} proof of an assertion")
    method, value, created = (proof.get(name) for name in ("verificationMethod", "proofValue", "created"))
    if not isinstance(method, str) or not isinstance(value, str):
        raise Malformed("a proof does not name its key and its value")
    if created is not None and not (isinstance(created, str) and _CREATED.search(created)):
        raise Malformed("a proof's time is written as in 2026-03-01T15:04:05Z")
    key = parse_did_key(method.partition("#")[0])
    if verification_method(key) != method:
        raise Malformed("a proof's key is written did:key:z6Mk…#z6Mk…")
    if "@context" in proof:
        _require_context(document, proof["@context"])
        document = document | {"@context": proof["@context"]}
    chosen = {name: part for name, part in proof.items() if name != "proofValue"}
    verify_signature(key, hash_data(document, chosen), from_base58(value))
    return key


def _require_context(document: Document, wanted: Any) -> None:
    """Check that a document's context starts with that of its proof."""
    has, wanted = (part if isinstance(part, list) else [part] for part in (document.get("@context"), wanted))
    if has[: len(wanted)] != wanted:
        raise BadSignature("the document's context is not the one that was signed")
