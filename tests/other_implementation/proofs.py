"""Proofs for other verifiers: §16."""

import base64
import hashlib
import json
from typing import Any

from .authority import Held
from .records import Record
from .things import Thing
from .values import BASE58, id_text, key_text, signature_holds

CONTEXT = ["https://w3id.org/security/data-integrity/v2", "urn:minga:context:1"]


def urn(value: bytes) -> str:
    return "urn:minga:record:" + id_text(value)


def json_of(value: Any) -> Any:
    if isinstance(value, bytes):
        if len(value) == 32:
            return urn(value)
        if len(value) == 34 and value[:2] == b"\xed\x01":
            return key_text(value)
        return base64.urlsafe_b64encode(value).decode().rstrip("=")
    if isinstance(value, dict):
        return {name: json_of(part) for name, part in value.items()}
    return [json_of(part) for part in value] if isinstance(value, list) else value


def document(version: Record) -> dict[str, Any]:
    return {
        "@context": CONTEXT,
        "id": urn(version.id),
        "type": "Pact",
        "pact": urn(version.about),
        "follows": [urn(parent) for parent in version.parents],
        "author": urn(version.actor or b""),
        "content": json_of(version.payload),
    }


def jcs(value: Any) -> str:
    """RFC 8785, by way of the standard library: only the order of keys is not its own."""

    def ordered(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: ordered(part[k]) for k in sorted(part, key=lambda k: k.encode("utf-16-be"))}
        return [ordered(item) for item in part] if isinstance(part, list) else part

    return json.dumps(ordered(value), ensure_ascii=False, separators=(",", ":"))


def configuration(key: bytes, created: str) -> dict[str, Any]:
    did = key_text(key)
    return {
        "@context": CONTEXT,
        "created": created,
        "cryptosuite": "eddsa-jcs-2022",
        "proofPurpose": "assertionMethod",
        "type": "DataIntegrityProof",
        "verificationMethod": did + "#" + did[8:],
    }


def signed(key: bytes, created: str, of: dict[str, Any]) -> bytes:
    return b"".join(hashlib.sha256(jcs(v).encode()).digest() for v in (configuration(key, created), of))


def base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return "z" + "1" * (len(data) - len(data.lstrip(b"\0"))) + text


class ProofSet:
    """§16.3."""

    def __init__(self, held: Held, thing: Thing, version: bytes) -> None:
        self.thing, self.held, self.version = thing, held, version
        self.document = document(held.records[version])
        named = held.records[version].payload["parties"]
        self.parties = [self._party(party.get("actor")) for party in named]

    def exported(self) -> str:
        proofs = [
            configuration(key, created) | {"proofValue": base58(value)}
            for _, _, given in self.parties
            for key, (created, value) in sorted(given.items())
        ]
        return jcs(self.document | {"proof": proofs})

    def consents(self, actor: bytes) -> list[Record]:
        """Those of an actor's that are taken; none if it declines as well."""
        answers = [
            r
            for r in self.held.records.values()
            if (r.kind, r.actor, r.about) == ("consent", actor, self.thing.subject)
            and self.version in r.parents
            and self.held.effect(r) == "effective"
        ]
        replaced = {parent for r in answers for parent in r.parents}
        last = [
            r
            for r in answers
            if r.id not in replaced and r.payload is not None and r.id not in self.thing.erased
        ]
        return [] if any(r.payload["decision"] != "consent" for r in last) else last

    def _party(self, actor: bytes | None) -> tuple[bytes | None, str, dict[bytes, tuple[str, bytes]]]:
        if actor is None:
            return None, "no_keys", {}
        last = self.consents(actor)
        if not last:
            return actor, "no_consent", {}
        found: dict[bytes, tuple[str, bytes]] = {}
        wrong = enough = False
        for answer in last:
            proven: set[bytes] = set()
            for key, proof in self._given(answer):
                told = (proof["created"], proof["value"])
                if signature_holds(key[2:], told[1], signed(key, told[0], self.document)):
                    proven.add(key)
                    found[key] = min(found.get(key, told), told)
                else:
                    wrong = True
            needed = self.held.records[answer.auth or b""].payload["threshold"]
            enough = enough or len(proven) >= needed
        return actor, "verifiable" if enough else "wrong_proof" if wrong else "no_proof", found

    def _given(self, answer: Record) -> list[tuple[bytes, dict[str, Any]]]:
        signatures = self.held.signatures(answer)
        counted = {s.signer for s in signatures if self.held.actor(answer.actor or b"").counts(s)}
        return [
            (s.signer, s.payload["proof"])
            for s in signatures
            if s.signer in counted and s.payload and s.payload.get("proof")
        ]
