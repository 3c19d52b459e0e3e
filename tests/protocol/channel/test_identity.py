"""The identity payload: the bytes of the libp2p-noise specification, strictly."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_sign, crypto_sign_seed_keypair

from protocol.channel.identity import decode_identity, encode_identity, node_id_of
from protocol.channel.noise import Role, public_key
from protocol.errors import BadSignature, Malformed, OverLimit, ProtocolError, Unsupported
from protocol.limits import IDENTITY_PAYLOAD_SIZE_MAX_BYTES
from tests.protocol.channel.pairs import seed_of

SEED = seed_of(Role.INITIATOR, "identity")
STATIC = public_key(seed_of(Role.INITIATOR, "static"))
NODE = node_id_of(SEED)
PAYLOAD = encode_identity(SEED, STATIC)
KEY_FIELD, SIGNATURE_FIELD = PAYLOAD[:38], PAYLOAD[38:]


def test_the_bytes_are_those_of_the_specification() -> None:
    secret = crypto_sign_seed_keypair(SEED)[1]
    signature = crypto_sign(b"noise-libp2p-static-key:" + STATIC, secret)[:64]
    assert bytes.fromhex("0a24" + "08011220") + NODE + bytes.fromhex("1240") + signature == PAYLOAD
    assert len(PAYLOAD) == 104
    assert decode_identity(PAYLOAD, STATIC) == NODE


@pytest.mark.parametrize(
    ("extra", "what"),
    [
        ("22020a00", "field 4 of libp2p, its extensions"),
        ("1a03010203", "field 3, bytes"),
        ("2805", "field 5, a number"),
        ("2dffffffff", "field 5, 32 bits"),
        ("29ffffffffffffffff", "field 5, 64 bits"),
        ("f8ffffff0f01", "the highest field number, 2^29 - 1"),
        ("28ffffffffffffffffff01", "the highest number, 2^64 - 1"),
    ],
)
def test_other_fields_are_skipped_wherever_they_stand(extra: str, what: str) -> None:
    field = bytes.fromhex(extra)
    for payload in (field + PAYLOAD, KEY_FIELD + field + SIGNATURE_FIELD, PAYLOAD + field + field):
        assert decode_identity(payload, STATIC) == NODE, what


def test_the_fields_may_come_in_either_order() -> None:
    assert decode_identity(SIGNATURE_FIELD + KEY_FIELD, STATIC) == NODE


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (b"", "nothing"),
        (KEY_FIELD, "no signature"),
        (SIGNATURE_FIELD, "no key"),
        (PAYLOAD + KEY_FIELD, "the key twice"),
        (PAYLOAD + SIGNATURE_FIELD, "the signature twice"),
        (b"\x08\x01" + PAYLOAD, "the key's field as a number"),
        (PAYLOAD + b"\x00\x01", "field number 0"),
        (PAYLOAD + b"\x80\x80\x80\x80\x10\x01", "field number 2^29"),
        (PAYLOAD + b"\x1b\x1c", "a group"),
        (PAYLOAD + b"\x1e", "wire type 6"),
        (PAYLOAD + b"\x1f", "wire type 7"),
        (PAYLOAD + b"\x1a\x02\x00", "a field longer than the payload"),
        (PAYLOAD + b"\x1a", "a field without a length"),
        (PAYLOAD + b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a length of 2^64 - 1"),
        (PAYLOAD + b"\x28\x80\x00", "a number not in its shortest form"),
        (PAYLOAD + b"\x28\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "a number above 64 bits"),
        (PAYLOAD + b"\x28" + b"\xff" * 10 + b"\x01", "a number of eleven bytes"),
        (PAYLOAD + b"\x29\x01", "64 bits cut short"),
        (PAYLOAD + b"\x2d\x01", "32 bits cut short"),
        (b"\x0a\x23" + KEY_FIELD[2:-1] + SIGNATURE_FIELD, "a key of 31 bytes"),
        (b"\x0a\x25" + KEY_FIELD[2:] + b"\0" + SIGNATURE_FIELD, "a key with a byte behind it"),
        (
            b"\x0a\x24\x12\x20" + KEY_FIELD[6:] + b"\x08\x01" + SIGNATURE_FIELD,
            "key fields in the other order",
        ),
        (b"\x0a\x24\x08\x04" + KEY_FIELD[4:] + SIGNATURE_FIELD, "a key type that does not exist"),
        (KEY_FIELD + b"\x12\x3f" + SIGNATURE_FIELD[2:-1], "a signature of 63 bytes"),
        (KEY_FIELD + b"\x12\x41" + SIGNATURE_FIELD[2:] + b"\0", "a signature of 65 bytes"),
        (KEY_FIELD + b"\x12\x00", "an empty signature"),
    ],
)
def test_what_is_not_such_a_payload_is_malformed(payload: bytes, what: str) -> None:
    with pytest.raises(Malformed):
        pytest.fail(f"accepted: {what}: {decode_identity(payload, STATIC).hex()}")


@pytest.mark.parametrize("key_type", [0, 2, 3], ids=["RSA", "Secp256k1", "ECDSA"])
def test_key_types_of_libp2p_that_are_not_ours_are_unsupported(key_type: int) -> None:
    with pytest.raises(Unsupported):
        decode_identity(b"\x0a\x24\x08" + bytes([key_type]) + KEY_FIELD[4:] + SIGNATURE_FIELD, STATIC)


def test_a_payload_for_another_static_key_or_by_another_identity_is_refused() -> None:
    other_static = public_key(seed_of(Role.RESPONDER, "static"))
    with pytest.raises(BadSignature):
        decode_identity(PAYLOAD, other_static)
    other = encode_identity(seed_of(Role.RESPONDER, "identity"), STATIC)
    with pytest.raises(BadSignature):
        decode_identity(KEY_FIELD + other[38:], STATIC)


def test_an_identity_key_of_low_order_that_every_signature_would_fit_is_refused() -> None:
    """The neutral point as key, R neutral and S = 0: the equation holds for any message."""
    neutral = b"\x01" + bytes(31)
    payload = KEY_FIELD[:6] + neutral + b"\x12\x40" + neutral + bytes(32)
    with pytest.raises(BadSignature):
        decode_identity(payload, STATIC)


def test_the_size_limit() -> None:
    room = IDENTITY_PAYLOAD_SIZE_MAX_BYTES - len(PAYLOAD) - 3
    filled = PAYLOAD + b"\x22" + bytes([room & 0x7F | 0x80, room >> 7]) + bytes(room)
    assert len(filled) == IDENTITY_PAYLOAD_SIZE_MAX_BYTES
    assert decode_identity(filled, STATIC) == NODE
    with pytest.raises(OverLimit):
        decode_identity(filled + b"\0", STATIC)


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_the_payload_can_change(bit: int) -> None:
    for position in range(len(PAYLOAD)):
        changed = bytearray(PAYLOAD)
        changed[position] ^= 1 << bit
        with pytest.raises(ProtocolError):
            decode_identity(bytes(changed), STATIC)


@given(st.binary(max_size=200))
def test_any_bytes_fail_in_a_defined_way(payload: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_identity(payload, STATIC)


@given(st.integers(0, 104), st.binary(max_size=12), st.integers(0, 104))
def test_a_payload_with_pieces_changed_fails_in_a_defined_way_or_names_the_signer(
    start: int, put: bytes, end: int
) -> None:
    with contextlib.suppress(ProtocolError):
        assert decode_identity(PAYLOAD[:start] + put + PAYLOAD[end:], STATIC) == NODE


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_seed_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        node_id_of(bytes(size))
