"""The W3C's vectors of eddsa-jcs-2022, step by step, and the examples of RFC 8785."""

import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import BadSignature, Malformed, OverLimit, ProtocolError, Unsupported
from protocol.keys import SigningKey, parse_did_key
from protocol.multibase import DIGITS_MAX, from_base58, to_base58
from protocol.proofs.data_integrity import (
    configuration,
    hash_data,
    proof_json,
    prove,
    verify_document,
)
from protocol.proofs.jcs import DEPTH_MAX, INTEGER_MAX, canonical_json
from tests.shared_inputs import shared_path

CREATED_MS = 1_677_281_798_000  # 2023-02-24T23:36:38Z


def text(name: str) -> str:
    return shared_path("vectors", "vc", name).read_text(encoding="utf-8").strip()


def parsed(name: str) -> Any:
    return json.loads(text(name))


def signed() -> tuple[dict[str, Any], dict[str, Any]]:
    """The signed document without its proof, and the proof."""
    document = parsed("signedJCS.json")
    return {k: v for k, v in document.items() if k != "proof"}, document["proof"]


def test_the_document_has_the_published_canonical_form() -> None:
    document, _ = signed()
    assert canonical_json(document).decode() == text("canonDocJCS.txt")


def test_the_configuration_has_the_published_canonical_form() -> None:
    document, _ = signed()
    key = parse_did_key("did:key:" + parsed("keyPair.json")["publicKeyMultibase"])
    made = configuration(document, key, "2023-02-24T23:36:38Z")
    assert made == parsed("proofConfigJCS.json")
    assert canonical_json(made).decode() == text("proofCanonJCS.txt")


def test_the_hashes_are_the_published_ones() -> None:
    document, _ = signed()
    assert hash_data(document, parsed("proofConfigJCS.json")).hex() == text("combinedHashJCS.txt")


def test_the_proof_made_is_the_published_one() -> None:
    document, proof = signed()
    # A Multikey's secret: the prefix 80 26, then the seed.
    secret = from_base58(parsed("keyPair.json")["privateKeyMultibase"])
    assert secret[:2] == b"\x80\x26"
    key = SigningKey(secret[2:])
    made = prove(document, key, CREATED_MS)
    assert to_base58(made.value) == text("sigBTC58JCS.txt")
    assert proof_json(document, key.public, made) == proof


def test_the_published_document_verifies() -> None:
    document, proof = signed()
    key = parse_did_key("did:key:" + parsed("keyPair.json")["publicKeyMultibase"])
    assert verify_document(document | {"proof": proof}) == [key]
    assert verify_document(document | {"proof": [proof, proof]}) == [key, key]


CHANGES: list[tuple[str, Any]] = [
    ("created", "2023-02-24T23:36:39Z"),
    ("created", "yesterday"),
    ("created", 5),
    ("type", "Ed25519Signature2020"),
    ("cryptosuite", "eddsa-rdfc-2022"),
    ("proofPurpose", "authentication"),
    ("verificationMethod", "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"),
    ("verificationMethod", "did:web:example.org#key-1"),
    ("verificationMethod", None),
    ("@context", ["https://www.w3.org/ns/credentials/v2"]),
    ("@context", "https://www.w3.org/ns/credentials/v2"),
    ("@context", 7),
    ("proofValue", None),
    ("proofValue", ""),
    ("proofValue", "z"),
    ("proofValue", "z" + "1" * 64),
    ("proofValue", "z0OIl"),
    ("proofValue", "z" + "2" * (DIGITS_MAX + 1)),
    ("challenge", "added"),
]


@pytest.mark.parametrize(("name", "value"), CHANGES)
def test_a_changed_proof_is_refused(name: str, value: Any) -> None:
    document, proof = signed()
    with pytest.raises(ProtocolError):
        verify_document(document | {"proof": proof | {name: value}})


def test_one_bad_proof_of_a_set_refuses_the_set() -> None:
    document, proof = signed()
    with pytest.raises(BadSignature):
        verify_document(document | {"proof": [proof, proof | {"created": "2024-02-24T23:36:38Z"}]})


@pytest.mark.parametrize("proof", [None, [], "text", [None], [[]], 4])
def test_a_document_without_proofs_is_malformed(proof: Any) -> None:
    with pytest.raises(Malformed):
        verify_document({"id": "urn:x", "proof": proof})


def test_other_suites_are_unsupported_not_wrong() -> None:
    document, proof = signed()
    with pytest.raises(Unsupported):
        verify_document(document | {"proof": proof | {"cryptosuite": "ecdsa-jcs-2019"}})


def test_a_document_may_add_to_the_context_that_was_signed_and_not_change_it() -> None:
    document, proof = signed()
    longer = [*document["@context"], "https://example.org/more"]
    assert verify_document(document | {"@context": longer, "proof": proof})
    with pytest.raises(BadSignature):
        verify_document(document | {"@context": longer[1:], "proof": proof})


def test_keys_are_sorted_by_their_utf_16_units() -> None:
    # The example of RFC 8785 §3.2.3.
    unsorted = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    made = canonical_json(unsorted).decode()
    assert list(json.loads(made)) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_texts_are_escaped_as_the_rfc_says() -> None:
    # The string of RFC 8785 §3.2.2, which it says becomes this.
    given = '\u20ac$\u000f\nA\'B"\\\\"/'
    assert canonical_json(given).decode() == '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'
    assert canonical_json("\b\t\n\f\r\x00\x1f\x7f\u2028").decode() == (
        '"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\u2028"'
    )
    assert canonical_json([None, True, False, 0, -1, [], {}, ""]) == b'[null,true,false,0,-1,[],{},""]'


def test_what_has_no_form_here_is_refused() -> None:
    for value in (1.0, b"bytes", {1: 2}, "\ud800", {"\ud800": 1}, object()):
        with pytest.raises(Malformed):
            canonical_json(value)
    for integer in (INTEGER_MAX, -INTEGER_MAX):
        assert canonical_json(integer) == str(integer).encode()
    for integer in (INTEGER_MAX + 1, -INTEGER_MAX - 1):
        with pytest.raises(OverLimit):
            canonical_json(integer)
    nested: Any = []
    for _ in range(DEPTH_MAX):
        nested = [nested]
    assert canonical_json(nested)
    with pytest.raises(OverLimit):
        canonical_json([nested])


def test_base58_keeps_leading_zeros() -> None:
    for data in (b"", b"\0", b"\0\0\1", b"\xff" * 64, sha256(b"x").digest()):
        assert from_base58(to_base58(data)) == data
    with pytest.raises(Malformed):
        from_base58("u" + "A")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=4), part, max_size=4),
    max_leaves=12,
)
FIELDS = ("type", "cryptosuite", "created", "proofPurpose", "verificationMethod", "proofValue", "@context")


@settings(max_examples=200, deadline=None)
@given(
    document=st.dictionaries(st.text(max_size=4), JSON, max_size=3), name=st.sampled_from(FIELDS), value=JSON
)
def test_whatever_a_document_holds_it_is_refused_in_one_way(
    document: dict[str, Any], name: str, value: Any
) -> None:
    key = SigningKey(bytes(32))
    proof = configuration({}, key.public, "2026-01-01T00:00:00Z") | {"proofValue": "z" + "1" * 64}
    for given_proof in (value, proof | {name: value}):
        with pytest.raises(ProtocolError):
            verify_document(document | {"proof": given_proof})
