"""Peers that send what they please: strangers before the handshake, members who break rules after it."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.channel.cipher import TAG_SIZE_BYTES
from protocol.channel.fragments import FRAGMENT_SIZE_MAX_BYTES, LAST, MORE_FOLLOWS, Assembly
from protocol.channel.identity import encode_identity
from protocol.channel.noise import Role, public_key
from protocol.channel.transport import HANDSHAKE_FRAME_SIZE_MAX_BYTES, SecureChannel
from protocol.errors import (
    BadSignature,
    HandshakeFailed,
    Malformed,
    Misbehaviour,
    OverLimit,
    ProtocolError,
    WrongNetwork,
)
from protocol.limits import IDENTITY_PAYLOAD_SIZE_MAX_BYTES, MESSAGE_SIZE_MAX_BYTES
from tests.protocol.channel.pairs import (
    NETWORK_KEY,
    LawlessInitiator,
    connected,
    frames_in,
    handshake_frames,
    seed_of,
    side,
)

BOTH_KINDS = pytest.mark.parametrize("psk", [None, NETWORK_KEY], ids=["public", "private"])
Change = Callable[[bytes], bytes]


def _handshake_with(psk: bytes | None, number: int, change: Change) -> tuple[SecureChannel, SecureChannel]:
    """Run a handshake, frame `number` (0 to 2) changed on its way.  Raises what either side raises."""
    initiator, responder = side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk)

    def carried(frame: bytes, at: int) -> bytes:
        return change(frame) if at == number else frame

    try:
        (second,) = frames_in(responder.receive(carried(initiator.start()[0], 0)))
        (third,) = frames_in(initiator.receive(carried(second, 1)))
        responder.receive(carried(third, 2))
    except ProtocolError:
        assert not responder.established
        assert number == 2 or not initiator.established
        raise
    return initiator, responder


def _flip(position: int, bit: int) -> Change:
    def change(frame: bytes) -> bytes:
        changed = bytearray(frame)
        changed[position] ^= 1 << bit
        return bytes(changed)

    return change


# --- the handshake, disturbed ----------------------------------------------------------------


@BOTH_KINDS
@pytest.mark.parametrize("number", [0, 1, 2])
def test_no_bit_of_a_handshake_frame_can_change(psk: bytes | None, number: int) -> None:
    """Every byte, one bit of each (and so every bit's place); the top bit of a public key, which X25519
    ignores, is covered by the transcript."""
    frames = handshake_frames(side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk))
    for position in range(len(frames[number])):
        with pytest.raises((HandshakeFailed, WrongNetwork)):
            _handshake_with(psk, number, _flip(position, position % 8))
    with pytest.raises((HandshakeFailed, WrongNetwork)):
        _handshake_with(psk, number, _flip(31, 7))


@BOTH_KINDS
@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_handshake_frame_cut_short_or_lengthened_is_refused(psk: bytes | None, number: int) -> None:
    frames = handshake_frames(side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk))
    for size in range(len(frames[number])):
        with pytest.raises(ProtocolError):
            _handshake_with(psk, number, lambda frame, size=size: frame[:size])
    with pytest.raises(ProtocolError):
        _handshake_with(psk, number, lambda frame: frame + b"\0")


@BOTH_KINDS
@given(
    frame=st.binary(min_size=32, max_size=32) | st.binary(min_size=48, max_size=48) | st.binary(max_size=400)
)
def test_any_first_frame_gets_a_defined_answer(psk: bytes | None, frame: bytes) -> None:
    responder = side(Role.RESPONDER, psk=psk)
    try:
        answer = frames_in(responder.receive(frame))
    except ProtocolError:
        answer = []
    if answer:  # 32 bytes are a key; a stranger learns no more from the answer than from ours to anybody
        assert psk is None
        assert len(frame) == 32
    assert not responder.established


@BOTH_KINDS
@given(frame=st.binary(max_size=400))
def test_any_second_frame_is_refused_in_a_defined_way(psk: bytes | None, frame: bytes) -> None:
    initiator = side(Role.INITIATOR, psk=psk)
    initiator.start()
    with pytest.raises(ProtocolError):
        initiator.receive(frame)


@BOTH_KINDS
@given(frame=st.binary(max_size=400))
def test_any_third_frame_is_refused_in_a_defined_way(psk: bytes | None, frame: bytes) -> None:
    initiator, responder = side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk)
    responder.receive(initiator.start()[0])
    with pytest.raises(ProtocolError):
        responder.receive(frame)


@BOTH_KINDS
def test_the_frames_of_an_earlier_handshake_are_of_no_use(psk: bytes | None) -> None:
    first, _, third = handshake_frames(side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk))
    fresh = SecureChannel(
        Role.RESPONDER,
        seed_of(Role.RESPONDER, "identity"),
        seed_of(Role.RESPONDER, "static"),
        bytes(32),
        "minga",
        psk,
    )
    fresh.receive(first)
    with pytest.raises(HandshakeFailed):
        fresh.receive(third)


def test_handshake_frames_out_of_order_are_refused() -> None:
    first, second, third = handshake_frames(side(Role.INITIATOR), side(Role.RESPONDER))
    for frame in (second, third):
        with pytest.raises(Malformed):
            side(Role.RESPONDER).receive(frame)
    started = side(Role.INITIATOR)
    started.start()
    for frame in (first, third):
        with pytest.raises(ProtocolError):
            started.receive(frame)
    with pytest.raises(Misbehaviour):
        side(Role.INITIATOR).receive(second)  # nothing was said yet


@pytest.mark.parametrize("wrong", [b"", bytes(33), bytes(HANDSHAKE_FRAME_SIZE_MAX_BYTES + 1)], ids=len)
def test_there_is_no_second_try(wrong: bytes) -> None:
    responder = side(Role.RESPONDER)
    with pytest.raises(ProtocolError):
        responder.receive(wrong)
    with pytest.raises(Misbehaviour):
        responder.receive(side(Role.INITIATOR).start()[0])


def test_a_frame_back_to_its_sender_is_refused() -> None:
    initiator = side(Role.INITIATOR)
    (first,) = initiator.start()
    with pytest.raises(Malformed):
        initiator.receive(first)


def test_the_limit_of_a_handshake_frame() -> None:
    """An identity at its limit passes in the third frame; a longer frame is refused unread."""
    lawless, responder = LawlessInitiator(), side(Role.RESPONDER)
    identity = encode_identity(
        seed_of(Role.INITIATOR, "identity"), public_key(seed_of(Role.INITIATOR, "static"))
    )
    room = IDENTITY_PAYLOAD_SIZE_MAX_BYTES - len(identity) - 3
    lawless.join(responder, identity + b"\x22" + bytes([room & 0x7F | 0x80, room >> 7]) + bytes(room))
    assert responder.established
    with pytest.raises(OverLimit):
        LawlessInitiator().join(side(Role.RESPONDER), bytes(IDENTITY_PAYLOAD_SIZE_MAX_BYTES + 1))
    initiator = side(Role.INITIATOR)
    initiator.start()
    with pytest.raises(OverLimit):
        initiator.receive(bytes(HANDSHAKE_FRAME_SIZE_MAX_BYTES + 1))
    initiator = side(Role.INITIATOR)
    initiator.start()
    with pytest.raises(HandshakeFailed):  # read, and found wrong
        initiator.receive(seed_of(Role.RESPONDER, "noise") + bytes(HANDSHAKE_FRAME_SIZE_MAX_BYTES - 32))


@BOTH_KINDS
def test_a_first_frame_with_a_payload_is_refused(psk: bytes | None) -> None:
    with pytest.raises(Malformed):
        side(Role.RESPONDER, psk=psk).receive(LawlessInitiator(psk).first(b"early data"))


def test_somebody_elses_identity_is_refused() -> None:
    """The signature is real, but over the static key of the node it belongs to."""
    borrowed = encode_identity(
        seed_of(Role.RESPONDER, "identity"), public_key(seed_of(Role.RESPONDER, "static"))
    )
    responder = side(Role.RESPONDER)
    with pytest.raises(BadSignature):
        LawlessInitiator().join(responder, borrowed)
    assert not responder.established
    assert responder.peer_id is None


@pytest.mark.parametrize("payload", [b"", b"\x0a\x00\x12\x00", bytes(104)], ids=["none", "empty", "zeros"])
def test_a_peer_without_an_identity_is_refused(payload: bytes) -> None:
    with pytest.raises(Malformed):
        LawlessInitiator().join(side(Role.RESPONDER), payload)


# --- after the handshake -----------------------------------------------------------------------


def _member() -> tuple[LawlessInitiator, SecureChannel]:
    lawless, responder = LawlessInitiator(NETWORK_KEY), side(Role.RESPONDER, psk=NETWORK_KEY)
    lawless.join(responder)
    return lawless, responder


@pytest.mark.parametrize(
    ("plaintext", "what"),
    [
        (b"", "no first byte"),
        (LAST, "an empty message"),
        (MORE_FOLLOWS, "an empty fragment before more"),
        (b"\x02water", "a first byte that means nothing"),
        (b"\xffwater", "a first byte that means nothing"),
        (MORE_FOLLOWS + b"water", "a fragment that is not full before more"),
        (MORE_FOLLOWS + bytes(FRAGMENT_SIZE_MAX_BYTES - 1), "a fragment one byte short before more"),
    ],
)
def test_a_plaintext_that_is_no_fragment_is_malformed(plaintext: bytes, what: str) -> None:
    lawless, responder = _member()
    with pytest.raises(Malformed):
        pytest.fail(f"accepted {what}: {responder.open(lawless.seal(plaintext))!r}")
    assert responder.peer_at_fault
    with pytest.raises(Misbehaviour):
        responder.open(lawless.seal(LAST + b"sorry"))


def test_an_empty_last_fragment_is_malformed() -> None:
    lawless, responder = _member()
    assert responder.open(lawless.seal(MORE_FOLLOWS + bytes(FRAGMENT_SIZE_MAX_BYTES))) is None
    with pytest.raises(Malformed):
        responder.open(lawless.seal(LAST))


def test_a_message_that_never_ends_is_refused_as_soon_as_it_cannot_fit() -> None:
    lawless, responder = _member()
    full = MORE_FOLLOWS + bytes(FRAGMENT_SIZE_MAX_BYTES)
    for _ in range(MESSAGE_SIZE_MAX_BYTES // FRAGMENT_SIZE_MAX_BYTES):
        assert responder.open(lawless.seal(full)) is None
    with pytest.raises(OverLimit):
        responder.open(lawless.seal(full))


def test_the_last_fragment_counts_towards_the_limit() -> None:
    rest = MESSAGE_SIZE_MAX_BYTES % FRAGMENT_SIZE_MAX_BYTES
    for size, fits in ((rest, True), (rest + 1, False)):
        lawless, responder = _member()
        for _ in range(MESSAGE_SIZE_MAX_BYTES // FRAGMENT_SIZE_MAX_BYTES):
            responder.open(lawless.seal(MORE_FOLLOWS + bytes(FRAGMENT_SIZE_MAX_BYTES)))
        last = lawless.seal(LAST + bytes(size))
        if fits:
            assert responder.open(last) == bytes(MESSAGE_SIZE_MAX_BYTES)
        else:
            with pytest.raises(OverLimit):
                responder.open(last)


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_any_plaintexts_are_messages_or_refused_in_a_defined_way(plaintexts: list[bytes]) -> None:
    assembly = Assembly()
    for plaintext in plaintexts:
        try:
            assert assembly.add(plaintext) == plaintext[1:]
            assert plaintext[:1] == LAST
        except ProtocolError:
            assert plaintext[:1] != LAST or len(plaintext) == 1
            return


@given(frame=st.binary(max_size=300))
@settings(max_examples=50)
def test_any_frame_after_the_handshake_is_refused_in_a_defined_way(frame: bytes) -> None:
    initiator, responder = connected()
    for channel in (initiator, responder):
        with pytest.raises(ProtocolError):
            channel.receive(frame)
        assert not channel.peer_at_fault  # anybody on the way could have put it in


def test_no_bit_of_a_sealed_frame_can_change() -> None:
    size = len(connected()[0].seal(b"water for all")[0])
    assert size == 1 + len(b"water for all") + TAG_SIZE_BYTES
    for position in range(size):
        initiator, responder = connected()
        with pytest.raises(BadSignature):
            responder.open(_flip(position, position % 8)(initiator.seal(b"water for all")[0]))


def test_a_sealed_frame_cut_short_is_refused() -> None:
    size = len(connected()[0].seal(b"water")[0])
    for cut_at in range(size):
        initiator, responder = connected()
        with pytest.raises((BadSignature, Malformed)):
            responder.open(initiator.seal(b"water")[0][:cut_at])
