"""What two nodes get from a channel: who the other is, messages whole and in order, nothing else."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.channel.fragments import FRAGMENT_SIZE_MAX_BYTES
from protocol.channel.noise import Role
from protocol.channel.transport import MessageReceived, SecureChannel, prologue_of
from protocol.errors import BadSignature, HandshakeFailed, Misbehaviour, OverLimit, WrongNetwork
from protocol.limits import MESSAGE_SIZE_MAX_BYTES, NETWORK_NAME_SIZE_MAX_BYTES, NOISE_MESSAGE_SIZE_MAX_BYTES
from tests.protocol.channel.pairs import (
    NETWORK_KEY,
    OTHER_NETWORK_KEY,
    connected,
    established_in,
    frames_in,
    handshake_frames,
    messages_in,
    seed_of,
    side,
)

BOTH_KINDS = pytest.mark.parametrize("psk", [None, NETWORK_KEY], ids=["public", "private"])


def _bytes_of(size: int) -> bytes:
    return hashlib.shake_128(b"minga").digest(size)


def _carry(sender: SecureChannel, receiver: SecureChannel, message: bytes) -> int:
    """Send a message, see that it arrives whole with its last frame; return the number of frames."""
    frames = sender.seal(message)
    arrived = [receiver.open(frame) for frame in frames]
    assert arrived == [None] * (len(frames) - 1) + [message]
    return len(frames)


# --- the handshake -----------------------------------------------------------------------


@BOTH_KINDS
def test_two_nodes_learn_who_the_other_is(psk: bytes | None) -> None:
    initiator, responder = side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk)
    assert responder.start() == []
    (first,) = initiator.start()
    (second,) = frames_in(responder.receive(first))
    assert not initiator.established
    to_initiator = initiator.receive(second)
    (third,) = frames_in(to_initiator)
    assert not responder.established
    to_responder = responder.receive(third)
    seen, met = established_in(to_initiator), established_in(to_responder)
    assert seen.node_id == responder.node_id == initiator.peer_id
    assert met.node_id == initiator.node_id == responder.peer_id
    assert seen.handshake_hash == met.handshake_hash
    assert len(seen.handshake_hash) == 32
    assert not seen.is_self
    assert not met.is_self
    assert initiator.established
    assert responder.established


def test_identities_are_hidden_from_who_only_listens() -> None:
    initiator, responder = side(Role.INITIATOR), side(Role.RESPONDER)
    wire = b"".join(handshake_frames(initiator, responder))
    assert initiator.node_id not in wire
    assert responder.node_id not in wire


@BOTH_KINDS
def test_an_initiator_is_sure_of_the_peer_once_a_frame_opens(psk: bytes | None) -> None:
    initiator, responder = connected(psk)
    assert responder.confirmed
    assert not initiator.confirmed
    (frame,) = responder.seal(b"hello")
    initiator.receive(frame)
    assert initiator.confirmed


def test_every_channel_has_its_own_hash() -> None:
    hashes = set()
    for number in range(3):
        initiator = SecureChannel(
            Role.INITIATOR, seed_of(Role.INITIATOR, "identity"), bytes(32), bytes([number]) * 32, "minga"
        )
        responder = side(Role.RESPONDER)
        (second,) = frames_in(responder.receive(initiator.start()[0]))
        hashes.add(established_in(initiator.receive(second)).handshake_hash)
    assert len(hashes) == 3


def test_a_node_that_reaches_itself_is_told_so() -> None:
    initiator, responder = side(Role.INITIATOR), side(Role.RESPONDER, identity_of=Role.INITIATOR)
    (second,) = frames_in(responder.receive(initiator.start()[0]))
    events = initiator.receive(second)
    assert established_in(events).is_self
    assert established_in(responder.receive(frames_in(events)[0])).is_self


def test_the_expected_peer_is_accepted_by_either_side() -> None:
    handshake_frames(
        side(Role.INITIATOR, expected_peer=side(Role.RESPONDER).node_id),
        side(Role.RESPONDER, expected_peer=side(Role.INITIATOR).node_id),
    )


def test_an_initiator_that_finds_another_node_says_so_and_does_not_name_itself() -> None:
    initiator, responder = side(Role.INITIATOR, expected_peer=bytes(32)), side(Role.RESPONDER)
    (second,) = frames_in(responder.receive(initiator.start()[0]))
    with pytest.raises(HandshakeFailed, match=f"expected node 0000.*found {responder.node_id.hex()}"):
        initiator.receive(second)
    assert not initiator.established
    with pytest.raises(Misbehaviour):
        initiator.receive(second)


def test_a_responder_that_expects_another_node_refuses() -> None:
    initiator, responder = side(Role.INITIATOR), side(Role.RESPONDER, expected_peer=bytes(32))
    with pytest.raises(HandshakeFailed, match="expected node"):
        handshake_frames(initiator, responder)
    assert not responder.established


# --- networks ----------------------------------------------------------------------------


def test_another_network_name_fails_at_the_initiator() -> None:
    initiator, responder = side(Role.INITIATOR, network="minga"), side(Role.RESPONDER, network="mingas")
    (second,) = frames_in(responder.receive(initiator.start()[0]))
    with pytest.raises(HandshakeFailed, match="network name, network key or protocol version"):
        initiator.receive(second)


def test_another_network_name_in_a_private_network_is_known_from_the_first_frame() -> None:
    initiator = side(Role.INITIATOR, network="minga", psk=NETWORK_KEY)
    responder = side(Role.RESPONDER, network="mingas", psk=NETWORK_KEY)
    with pytest.raises(WrongNetwork, match="network name"):
        responder.receive(initiator.start()[0])


def test_a_node_without_the_network_key_is_told_by_the_first_frame() -> None:
    with pytest.raises(WrongNetwork, match="has a key and the peer uses none"):
        side(Role.RESPONDER, psk=NETWORK_KEY).receive(side(Role.INITIATOR).start()[0])
    with pytest.raises(WrongNetwork, match="peer uses a network key and this node has none"):
        side(Role.RESPONDER).receive(side(Role.INITIATOR, psk=NETWORK_KEY).start()[0])


def test_another_network_key_is_found_out_before_any_identity_or_message_is_accepted() -> None:
    initiator = side(Role.INITIATOR, psk=OTHER_NETWORK_KEY)
    responder = side(Role.RESPONDER, psk=NETWORK_KEY)
    (second,) = frames_in(responder.receive(initiator.start()[0]))
    (third,) = frames_in(initiator.receive(second))
    with pytest.raises(WrongNetwork, match="network key"):
        responder.receive(third)
    assert responder.peer_id is None
    assert not responder.established
    assert not initiator.confirmed


def test_the_prologue_names_protocol_version_and_network() -> None:
    assert prologue_of("minga") == b"minga/1\0minga"
    assert prologue_of("pa\u0301ramo") == prologue_of("p\u00e1ramo") == b"minga/1\0p\xc3\xa1ramo"


def test_the_limit_of_a_network_name() -> None:
    longest = "é" * (NETWORK_NAME_SIZE_MAX_BYTES // 2)
    assert len(prologue_of(longest)) == len(b"minga/1\0") + NETWORK_NAME_SIZE_MAX_BYTES
    for name in (longest + "x", ""):
        with pytest.raises(ValueError, match="network name"):
            prologue_of(name)


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)], ids=len)
def test_a_caller_that_passes_keys_of_another_size_is_told(wrong: bytes) -> None:
    key = bytes(32)
    for arguments in [
        (wrong, key, key, "minga"),
        (key, wrong, key, "minga"),
        (key, key, wrong, "minga"),
        (key, key, key, "minga", wrong),
        (key, key, key, "minga", None, wrong),
    ]:
        with pytest.raises(ValueError, match="32 bytes"):
            SecureChannel(Role.INITIATOR, *arguments)


def test_a_caller_that_does_things_out_of_order_is_told() -> None:
    channel = side(Role.INITIATOR)
    for call in (lambda: channel.seal(b"x"), lambda: channel.open(b"x")):
        with pytest.raises(RuntimeError, match="not established"):
            call()
    channel.start()
    with pytest.raises(RuntimeError, match="started before"):
        channel.start()


# --- messages ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "frames"),
    [
        (1, 1),
        (FRAGMENT_SIZE_MAX_BYTES - 1, 1),
        (FRAGMENT_SIZE_MAX_BYTES, 1),
        (FRAGMENT_SIZE_MAX_BYTES + 1, 2),
        (2 * FRAGMENT_SIZE_MAX_BYTES, 2),
        (2 * FRAGMENT_SIZE_MAX_BYTES + 1, 3),
        (MESSAGE_SIZE_MAX_BYTES, 65),
    ],
)
def test_messages_arrive_whole_in_as_few_frames_as_can_be(size: int, frames: int) -> None:
    initiator, responder = connected()
    assert _carry(initiator, responder, _bytes_of(size)) == frames
    assert _carry(responder, initiator, _bytes_of(size)) == frames
    assert _carry(initiator, responder, b"next") == 1


def test_a_full_frame_is_the_longest_noise_message() -> None:
    first, second = connected()[0].seal(bytes(FRAGMENT_SIZE_MAX_BYTES + 1))
    assert len(first) == NOISE_MESSAGE_SIZE_MAX_BYTES
    assert len(second) == 1 + 1 + 16


def test_a_message_past_the_limit_is_not_sent_and_the_channel_lives_on() -> None:
    initiator, responder = connected()
    with pytest.raises(OverLimit):
        initiator.seal(bytes(MESSAGE_SIZE_MAX_BYTES + 1))
    with pytest.raises(ValueError, match="empty"):
        initiator.seal(b"")
    assert _carry(initiator, responder, b"next") == 1


@given(
    st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=40), st.integers(0, 5_000)), max_size=12)
)
@settings(max_examples=40)
def test_any_talk_arrives_as_it_was_said(talk: list[tuple[bool, bytes, int]]) -> None:
    initiator, responder = connected(NETWORK_KEY)
    for from_initiator, text, times in talk:
        sender, receiver = (initiator, responder) if from_initiator else (responder, initiator)
        message = text * (times + 1)
        events = [event for frame in sender.seal(message) for event in receiver.receive(frame)]
        assert events == [MessageReceived(message)]


def test_the_two_directions_do_not_wait_for_each_other() -> None:
    initiator, responder = connected()
    there = initiator.seal(_bytes_of(200_000))
    back = responder.seal(_bytes_of(150_000))
    events_there = [event for frame in there for event in responder.receive(frame)]
    events_back = [event for frame in back for event in initiator.receive(frame)]
    assert messages_in(events_there) == [_bytes_of(200_000)]
    assert messages_in(events_back) == [_bytes_of(150_000)]


# --- frames that are not the next one ------------------------------------------------------


def test_a_frame_is_taken_once() -> None:
    initiator, responder = connected()
    (frame,) = initiator.seal(b"water")
    responder.open(frame)
    with pytest.raises(BadSignature):
        responder.open(frame)


def test_frames_are_taken_in_order_only() -> None:
    initiator, responder = connected()
    initiator.seal(b"lost")
    (later,) = initiator.seal(b"later")
    with pytest.raises(BadSignature):
        responder.open(later)


def test_a_frame_is_not_taken_back_by_its_sender() -> None:
    initiator, _ = connected()
    with pytest.raises(BadSignature):
        initiator.open(initiator.seal(b"echo")[0])


def test_a_frame_of_another_channel_is_refused() -> None:
    stranger = SecureChannel(
        Role.INITIATOR,
        seed_of(Role.INITIATOR, "identity"),
        seed_of(Role.INITIATOR, "static"),
        bytes(32),
        "minga",
    )
    handshake_frames(stranger, side(Role.RESPONDER))
    _, responder = connected()
    with pytest.raises(BadSignature):
        responder.open(stranger.seal(b"water")[0])


def test_after_an_error_the_channel_is_closed_both_ways() -> None:
    initiator, responder = connected()
    frames = initiator.seal(b"one") + initiator.seal(b"two")
    with pytest.raises(BadSignature):
        responder.open(frames[1])
    assert not responder.established
    with pytest.raises(Misbehaviour):
        responder.open(frames[0])
    with pytest.raises(Misbehaviour):
        responder.receive(frames[0])
    with pytest.raises(Misbehaviour):
        responder.seal(b"reply")


def test_the_frame_size_limit() -> None:
    """65,535 bytes pass (a full fragment, above); one more is refused before it is decrypted."""
    _, responder = connected()
    with pytest.raises(OverLimit):
        responder.open(bytes(NOISE_MESSAGE_SIZE_MAX_BYTES + 1))
