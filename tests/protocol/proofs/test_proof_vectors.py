"""The project's own vectors of proofs: the file is what the project makes, and holds for what reads it."""

import json
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import BadSignature, Malformed, ProtocolError
from protocol.keys import SigningKey
from protocol.proofs.data_integrity import prove, proves, verify_document
from protocol.proofs.jcs import canonical_json
from protocol.proofs.pact_document import CONTEXT_1, pact_document
from protocol.record.envelope import erased_envelope
from protocol.record.verification import verify_record
from tests.protocol.people import T0, Person, key, pact
from tests.vectors import make_proofs

VECTORS: dict[str, Any] = json.loads(make_proofs.FILE.read_text(encoding="utf-8"))
TOP = Path(__file__).resolve().parents[3]


def test_the_file_is_what_is_made() -> None:
    assert make_proofs.FILE.read_text(encoding="utf-8") == make_proofs.made()


@pytest.mark.parametrize("case", VECTORS["sets"], ids=lambda case: case["name"])
def test_exported_documents_carry_exactly_the_proofs_that_are_named(case: dict[str, Any]) -> None:
    document = json.loads(case["exported"])
    assert canonical_json(document).decode() == case["exported"]
    named = [by for party in case["parties"] for by in party["proven_by"]]
    if named:
        assert len(verify_document(document)) == len(named)
        for changed in (document | {"pact": document["pact"][:-1]}, document | {"more": 1}):
            with pytest.raises(BadSignature):
                verify_document(changed)
    else:
        with pytest.raises(Malformed):
            verify_document(document)


@pytest.mark.parametrize("case", VECTORS["archives"], ids=lambda case: case["name"])
def test_archives_are_closed_by_the_key_of_a_node(case: dict[str, Any]) -> None:
    document = json.loads(case["archive"])
    assert canonical_json(document).decode() == case["archive"]
    assert verify_document(document) == [SigningKey(bytes.fromhex(case["seed"])).public]
    (proven,) = (one for one in VECTORS["sets"] if one["name"] == case["name"])
    assert canonical_json(document["pact"]).decode() == proven["exported"]
    with pytest.raises(BadSignature):
        verify_document(document | {"history": {}})


@pytest.mark.parametrize("case", VECTORS["refused"], ids=lambda case: case["name"])
def test_refused(case: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as caught:
        verify_record(bytes.fromhex(case["envelope"]), VECTORS["now_ms"])
    assert caught.value.code == case["error"]


def test_the_context_is_published_as_it_is() -> None:
    published = (TOP / "docs" / "minga-context-1.jsonld").read_text(encoding="utf-8")
    assert json.loads(published) == CONTEXT_1


def test_only_versions_of_pacts_with_content_have_the_form() -> None:
    us = Person("Comuna", [key("a form")])
    version = us.sign("pact", pact(us, "Otra"))[0]
    bare = verify_record(erased_envelope(version.envelope), T0)
    for record in (bare, us.records[0]):
        with pytest.raises(Malformed):
            pact_document(record)


def test_a_proof_holds_for_one_document_key_and_time() -> None:
    us, them = Person("Comuna", [key("ours")]), Person("Otra", [key("theirs")])
    first, other = (us.sign("pact", pact(us, them, salt=bytes([n] * 16)))[0] for n in (1, 2))
    document = pact_document(first)
    proof = prove(document, us.keys[0], T0)
    assert proves(document, us.keys[0].public, proof)
    assert not proves(document, them.keys[0].public, proof)
    assert not proves(pact_document(other), us.keys[0].public, proof)
    later = type(proof)(created="2025-06-15T15:06:41Z", value=proof.value)
    assert not proves(document, us.keys[0].public, later)


def test_the_deepest_payload_has_a_form() -> None:
    us = Person("Comuna", [key("deep")])
    deep: Any = 0
    for _ in range(15):
        deep = [deep]
    version = us.sign("pact", pact(us, "Otra") | {"deep": deep})[0]
    assert verify_record(version.envelope, T0) == version
    document = pact_document(version)
    assert proves(document, us.keys[0].public, prove(document, us.keys[0], T0))
    with pytest.raises(ProtocolError):
        us.sign("pact", pact(us, "Otra") | {"deep": [deep]})
