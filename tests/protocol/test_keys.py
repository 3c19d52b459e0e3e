"""Keys, their text, and libsodium's verdict on signatures (docs/protocol.md §3)."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import BadSignature, Malformed, ProtocolError, Unsupported
from protocol.keys import (
    ED25519_PREFIX,
    PublicKey,
    SigningKey,
    did_key,
    parse_did_key,
    public_key_of,
    require_public_key,
    sign,
    verify_signature,
)
from tests.shared_inputs import shared_path

seeds = st.binary(min_size=32, max_size=32)

# Examples of the did:key method, "Ed25519" (W3C CCG): text and the 32 bytes of the key.
PUBLISHED = {
    "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp": (
        "3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29"
    ),
    "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw": (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    ),
}


@pytest.mark.parametrize(("text", "raw"), PUBLISHED.items())
def test_published_did_keys(text: str, raw: str) -> None:
    key = PublicKey(ED25519_PREFIX + bytes.fromhex(raw))
    assert did_key(key) == text
    assert parse_did_key(text) == key


def test_seed_of_rfc_8032() -> None:
    """RFC 8032 §7.1, test 1."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    assert public_key_of(seed)[2:].hex() == list(PUBLISHED.values())[1]
    assert (
        sign(seed, b"").hex().startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155")
    )


@given(st.binary(min_size=32, max_size=32))
def test_text_of_any_key_is_its_own(raw: bytes) -> None:
    key = PublicKey(ED25519_PREFIX + raw)
    assert parse_did_key(did_key(key)) == key
    assert did_key(key).startswith("did:key:z6Mk")


@given(st.text(max_size=60) | st.text(alphabet="123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
def test_any_text_is_a_key_in_its_one_form_or_refused(text: str) -> None:
    for candidate in (text, "did:key:z" + text):
        try:
            assert did_key(parse_did_key(candidate)) == candidate
        except ProtocolError as error:
            assert type(error) in (Malformed, Unsupported)


GOOD = next(iter(PUBLISHED))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "did:key:",
        "did:key:z",
        GOOD.removeprefix("did:key:"),
        GOOD.upper(),
        " " + GOOD,
        GOOD + "#" + GOOD[8:],
        GOOD[:-1],
        GOOD + "1",
        GOOD.replace("z6Mk", "z16Mk"),
        GOOD.replace("M", "0"),
        GOOD.replace("M", "l"),
        GOOD[:-1] + "ρ",
        "did:key:z" + "z" * 10_000,
    ],
)
def test_refused_texts(text: str) -> None:
    with pytest.raises((Malformed, Unsupported)):
        parse_did_key(text)


def test_other_key_types_are_unsupported_not_malformed() -> None:
    for prefix in (b"\xec\x01", b"\xe7\x01", b"\x80\x24"):  # X25519, secp256k1, P-256
        with pytest.raises(Unsupported):
            require_public_key(prefix + bytes(32))
    for wrong in (None, "text", b"", b"\xed\x01", ED25519_PREFIX + bytes(31), ED25519_PREFIX + bytes(33)):
        with pytest.raises(Malformed):
            require_public_key(wrong)


@given(seeds, st.binary(max_size=200), st.data())
def test_a_signature_is_of_one_message_by_one_key(seed: bytes, message: bytes, data: st.DataObject) -> None:
    key = SigningKey(seed)
    signature = key.sign(message)
    verify_signature(key.public, message, signature)
    at = data.draw(st.integers(0, 511))
    flipped = bytearray(signature)
    flipped[at // 8] ^= 1 << at % 8
    with pytest.raises(BadSignature):
        verify_signature(key.public, message, bytes(flipped))
    with pytest.raises(BadSignature):
        verify_signature(key.public, message + b"\0", signature)


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65, 128])
def test_signatures_of_another_size(size: int) -> None:
    key = SigningKey(bytes(32))
    with pytest.raises(BadSignature):
        verify_signature(key.public, b"", (key.sign(b"") * 2)[:size])


def test_secrets_do_not_show() -> None:
    seed = bytes(range(32))
    assert seed.hex() not in repr(SigningKey(seed)).lower()
    assert did_key(public_key_of(seed)) in repr(SigningKey(seed))


def test_published_signatures_good_and_bad() -> None:
    """Wycheproof's Ed25519 suite.  libsodium's verdict is normative: here they agree throughout."""
    suite = json.loads(shared_path("vectors", "ed25519_test.json").read_text())
    deviations = []
    for group in suite["testGroups"]:
        key = PublicKey(ED25519_PREFIX + bytes.fromhex(group["publicKey"]["pk"]))
        for case in group["tests"]:
            try:
                verify_signature(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
                verdict = "valid"
            except BadSignature:
                verdict = "invalid"
            if verdict != case["result"]:
                deviations.append((case["tcId"], case["comment"], case["result"], verdict))
    assert deviations == []


@pytest.mark.parametrize(
    "point",
    [
        "0100000000000000000000000000000000000000000000000000000000000000",  # order 1
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # order 2
        "0000000000000000000000000000000000000000000000000000000000000000",  # order 4
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",  # order 8
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # not canonical
    ],
)
def test_keys_of_small_order_sign_nothing(point: str) -> None:
    """A signature that such a key would make valid for any message: R the neutral element, S zero."""
    neutral = bytes([1]) + bytes(31)
    with pytest.raises(BadSignature):
        verify_signature(PublicKey(ED25519_PREFIX + bytes.fromhex(point)), b"any", neutral + bytes(32))


# Where implementations differ: made from the equations of RFC 8032 with points of order 8 mixed in.
MIXED_KEY = "99555efe5dbf5b50b6fb4d8c38ee05c4ea8a97011c08e11366e8c8c00e8ce5d5"
PLAIN_KEY = "88aa55e6afeed8960a3191de78600347db8acd0a3795412f275f049b86260488"


@pytest.mark.parametrize(
    ("key", "message", "r", "s", "accepted"),
    [
        # Only the equation with cofactor holds: refused.
        (
            PLAIN_KEY,
            b"m0",
            "a578ab6c65a8c74b4f1b3ab3ee5e16dafd8756b3f4bc79201a09e09ff90995fe",
            "bb4e08c0632841d79459a8ab30a01606fa2fbe8e7644036c309e0e0586963d0c",
            False,
        ),
        (
            MIXED_KEY,
            b"m0",
            "72e6529f8c273f1fc66688cf15ab63195702c173034b6346c210131b79979127",
            "a9943f95d06bdd6a4af24bf6809403f8bfbfcbbcb58a5813bb73b68a81512204",
            False,
        ),
        # The equation without cofactor holds, for a key that is not of prime order: accepted.
        (
            MIXED_KEY,
            b"m1",
            "5c0c9c44a868c1fd977193e6668801245d542b1f38f4cad5473392afa0f7832c",
            "0234844ee37b7a26d31f50356fe517f98730ff61b91e567d68b00aed860bd10b",
            True,
        ),
        # It holds, but R is of small order: refused.
        (
            PLAIN_KEY,
            b"m0",
            "01" + "00" * 31,
            "b5c7686caff1cd7e763e406ece91713eecd77fd279da98b9593355e9aae70800",
            False,
        ),
    ],
)
def test_the_verdict_where_implementations_differ(
    key: str, message: bytes, r: str, s: str, accepted: bool
) -> None:
    """A release of libsodium that judged otherwise would split the network: it must not pass unnoticed."""
    public = PublicKey(ED25519_PREFIX + bytes.fromhex(key))
    if accepted:
        verify_signature(public, message, bytes.fromhex(r + s))
    else:
        with pytest.raises(BadSignature):
            verify_signature(public, message, bytes.fromhex(r + s))
