"""Where a handshake or a cipher must stop: sizes, turns, the end of the counter, after an error."""

import pytest

from protocol.channel.cipher import NONCE_RESERVED, CipherState
from protocol.channel.noise import Handshake, Role
from protocol.errors import BadSignature, HandshakeFailed, Malformed, Misbehaviour, OverLimit
from protocol.limits import NOISE_MESSAGE_SIZE_MAX_BYTES
from tests.protocol.channel.pairs import seed_of

XX = "Noise_XX_25519_ChaChaPoly_SHA256"
EPHEMERAL_KEY_BYTES = 32

# u = 0 (order 2), 1 (order 4) and −1 (order 4, on the twist); the Wycheproof file has the others.
LOW_ORDER = [
    bytes(32),
    b"\x01" + bytes(31),
    (2**255 - 20).to_bytes(32, "little"),
]


def _xx(role: Role, prologue: bytes = b"") -> Handshake:
    return Handshake(XX, role, prologue, seed_of(role, "static"), seed_of(role, "ephemeral"))


def _pair() -> tuple[Handshake, Handshake]:
    return _xx(Role.INITIATOR), _xx(Role.RESPONDER)


def test_the_longest_handshake_message_passes_and_one_byte_more_is_refused_both_ways() -> None:
    longest = NOISE_MESSAGE_SIZE_MAX_BYTES - EPHEMERAL_KEY_BYTES
    initiator, responder = _pair()
    message = initiator.write_message(bytes(longest))
    assert len(message) == NOISE_MESSAGE_SIZE_MAX_BYTES
    assert responder.read_message(message) == bytes(longest)
    with pytest.raises(OverLimit):
        _xx(Role.INITIATOR).write_message(bytes(longest + 1))
    with pytest.raises(OverLimit):
        _xx(Role.RESPONDER).read_message(message + b"\0")


def test_the_last_value_of_the_counter_is_never_used() -> None:
    key = seed_of(Role.INITIATOR, "cipher")
    sending, receiving = CipherState(key, NONCE_RESERVED - 1), CipherState(key, NONCE_RESERVED - 1)
    assert receiving.decrypt(sending.encrypt(b"the last")) == b"the last"
    with pytest.raises(OverLimit):
        sending.encrypt(b"one more")
    with pytest.raises(OverLimit):
        receiving.decrypt(bytes(16))
    with pytest.raises(Misbehaviour):
        sending.encrypt(b"and another")


def test_a_message_that_does_not_open_ends_the_cipher() -> None:
    key = seed_of(Role.INITIATOR, "cipher")
    sealed = CipherState(key).encrypt(b"water")
    receiving = CipherState(key)
    with pytest.raises(BadSignature):
        receiving.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(Misbehaviour):
        receiving.decrypt(sealed)


@pytest.mark.parametrize("size", range(16))
def test_what_is_shorter_than_a_tag_is_malformed(size: int) -> None:
    with pytest.raises(Malformed):
        CipherState(bytes(32)).decrypt(bytes(size))


@pytest.mark.parametrize("point", LOW_ORDER, ids=lambda point: point[:2].hex())
def test_an_ephemeral_key_of_low_order_is_refused_by_either_role(point: bytes) -> None:
    responder = _xx(Role.RESPONDER)
    responder.read_message(point)  # nothing is computed from it yet
    with pytest.raises(Malformed):
        responder.write_message(b"")
    initiator, honest = _pair()
    honest.read_message(initiator.write_message(b""))
    with pytest.raises(Malformed):
        initiator.read_message(point + honest.write_message(b"")[EPHEMERAL_KEY_BYTES:])


def test_an_error_while_reading_ends_the_handshake() -> None:
    initiator, responder = _pair()
    responder.read_message(initiator.write_message(b""))
    second = responder.write_message(b"who I am")
    with pytest.raises(HandshakeFailed):
        initiator.read_message(second[:-1] + bytes([second[-1] ^ 1]))
    with pytest.raises(Misbehaviour):
        initiator.read_message(second)
    with pytest.raises(RuntimeError):
        initiator.write_message(b"")
    with pytest.raises(RuntimeError):
        initiator.split()


def test_messages_out_of_turn() -> None:
    initiator, responder = _pair()
    with pytest.raises(RuntimeError):
        responder.write_message(b"")
    with pytest.raises(RuntimeError):
        _ = responder.handshake_hash
    with pytest.raises(Misbehaviour):
        initiator.read_message(bytes(32))
    initiator, responder = _pair()
    responder.read_message(initiator.write_message(b""))
    initiator.read_message(responder.write_message(b""))
    responder.read_message(initiator.write_message(b""))
    assert initiator.finished
    assert responder.finished
    with pytest.raises(Misbehaviour):
        responder.read_message(bytes(64))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Noise_XX_448_ChaChaPoly_SHA256",
        "Noise_XX_25519_AESGCM_SHA256",
        "Noise_NN_25519_ChaChaPoly_SHA256",
        XX + "_",
    ],
)
def test_other_noise_protocols_are_a_mistake_of_the_caller(name: str) -> None:
    with pytest.raises(ValueError, match="no such Noise protocol"):
        Handshake(name, Role.INITIATOR, b"", bytes(32), bytes(32))


def test_keys_that_the_pattern_lacks_or_does_not_take() -> None:
    key = bytes(32)
    for name, psk, remote_static in [
        (XX, key, None),
        (XX, None, key),
        ("Noise_XXpsk3_25519_ChaChaPoly_SHA256", None, None),
        ("Noise_XXpsk3_25519_ChaChaPoly_SHA256", key[1:], None),
        ("Noise_IK_25519_ChaChaPoly_SHA256", None, None),
        ("Noise_IK_25519_ChaChaPoly_SHA256", None, key[1:]),
    ]:
        with pytest.raises(ValueError, match="key"):
            Handshake(name, Role.INITIATOR, b"", key, key, psk, remote_static)
