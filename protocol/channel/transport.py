"""The secure channel between two nodes, as a state machine without I/O (docs/protocol.md §9).

One frame is one Noise message is one binary WebSocket message.  Three frames make the handshake; then each
side seals messages into frames and opens frames into messages:

    channel = SecureChannel(Role.INITIATOR, identity_seed, static_seed, ephemeral_seed, "minga")
    frames = channel.start()
    events = channel.receive(frame)      # Outgoing(frame) · Established(node_id) · MessageReceived(message)
    frames = channel.seal(message)

Any error that a frame raises ends the channel; the caller closes the connection.
"""

import unicodedata
from dataclasses import dataclass

from protocol.channel.cipher import KEY_SIZE_BYTES, TAG_SIZE_BYTES, CipherState
from protocol.channel.fragments import Assembly, cut
from protocol.channel.identity import NodeId, decode_identity, encode_identity, node_id_of
from protocol.channel.noise import Handshake, Role, public_key
from protocol.errors import HandshakeFailed, Malformed, Misbehaviour, OverLimit, ProtocolError, WrongNetwork
from protocol.limits import (
    IDENTITY_PAYLOAD_SIZE_MAX_BYTES,
    NETWORK_NAME_SIZE_MAX_BYTES,
    NOISE_MESSAGE_SIZE_MAX_BYTES,
)

__all__ = ["Established", "Event", "MessageReceived", "Outgoing", "Role", "SecureChannel", "prologue_of"]

NOISE_PUBLIC = "Noise_XX_25519_ChaChaPoly_SHA256"
NOISE_PRIVATE = "Noise_XXpsk3_25519_ChaChaPoly_SHA256"
_PROLOGUE_HEAD = b"minga/1\0"

# The first frame is an ephemeral key; in a private network the (empty) payload is sealed, which adds a tag.
_FIRST_SIZE_PUBLIC_BYTES = KEY_SIZE_BYTES
_FIRST_SIZE_PRIVATE_BYTES = KEY_SIZE_BYTES + TAG_SIZE_BYTES

# The longest handshake frame is the second: ephemeral key, sealed static key, sealed identity.
HANDSHAKE_FRAME_SIZE_MAX_BYTES = (
    KEY_SIZE_BYTES + KEY_SIZE_BYTES + TAG_SIZE_BYTES + IDENTITY_PAYLOAD_SIZE_MAX_BYTES + TAG_SIZE_BYTES
)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A frame to send to the peer."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Established:
    """The handshake is complete on this side; the peer has proven that it is `node_id`."""

    node_id: NodeId
    is_self: bool
    """The node has reached itself: the caller should hang up and forget the address."""
    handshake_hash: bytes
    """32 bytes, the same on both sides and unlike any other channel's."""


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A whole application message from the peer."""

    message: bytes


Event = Outgoing | Established | MessageReceived


def prologue_of(network: str) -> bytes:
    """Return the bytes both sides must agree on: protocol version and network name (NFC, UTF-8).

    Raises `ValueError` for a name that is empty or exceeds `NETWORK_NAME_SIZE_MAX_BYTES`.
    """
    name = unicodedata.normalize("NFC", network).encode("utf-8")
    if not 1 <= len(name) <= NETWORK_NAME_SIZE_MAX_BYTES:
        raise ValueError(f"a network name has 1 to {NETWORK_NAME_SIZE_MAX_BYTES} bytes, not {len(name)}")
    return _PROLOGUE_HEAD + name


class SecureChannel:
    """One side of one channel, from the first frame to the last.

    `node_id` is our own identity, `peer_id` the peer's once established, `confirmed` whether a frame of the
    peer has opened since.  An initiator is established when it sends its last handshake frame: only a frame
    that opens shows it that the peer accepted that frame and, in a private network, holds the network key.

    `peer_at_fault` says, once the channel has raised an error, whether `peer_id` sealed what was wrong.
    Where it is False somebody on the way may have put in the bytes: it says nothing about that node.
    """

    def __init__(
        self,
        role: Role,
        identity_seed: bytes,
        static_seed: bytes,
        ephemeral_seed: bytes,
        network: str,
        psk: bytes | None = None,
        expected_peer: bytes | None = None,
    ) -> None:
        """All seeds, `psk` (the network key) and `expected_peer` (a node id) are 32 bytes.

        `ephemeral_seed` is fresh from the system's random source for every channel: one that serves twice
        gives the traffic away.  Raises `ValueError` for a wrong size or network name.
        """
        if expected_peer is not None and len(expected_peer) != KEY_SIZE_BYTES:
            raise ValueError(f"a node id has {KEY_SIZE_BYTES} bytes, not {len(expected_peer)}")
        self.node_id = node_id_of(identity_seed)
        self.peer_id: NodeId | None = None
        self.confirmed = False
        self.peer_at_fault = False
        # In frames, the handshake's included.
        self.sent_bytes = 0
        self.received_bytes = 0
        self._role = role
        self._expected_peer = expected_peer
        self._private = psk is not None
        self._identity = encode_identity(identity_seed, public_key(static_seed))
        self._handshake = Handshake(
            NOISE_PUBLIC if psk is None else NOISE_PRIVATE,
            role,
            prologue_of(network),
            static_seed,
            ephemeral_seed,
            psk,
        )
        self._sending: CipherState | None = None
        self._receiving: CipherState | None = None
        self._assembly = Assembly()
        self._started = role is Role.RESPONDER
        self._dead = False

    @property
    def established(self) -> bool:
        """The handshake is complete on this side and nothing has gone wrong since."""
        return self._sending is not None and not self._dead

    def start(self) -> list[bytes]:
        """Return the frames that open the conversation: one from the initiator, none from the responder."""
        if self._role is Role.RESPONDER:
            return []
        if self._started:
            raise RuntimeError("the channel was started before")
        self._started = True
        return [self._written(b"")]

    def receive(self, frame: bytes) -> list[Event]:
        """Take a frame from the peer, handshake or not; return what follows from it, in order.

        Raises `ProtocolError`: after the handshake as `open` does; in it `WrongNetwork`, `HandshakeFailed`,
        `Malformed`, `OverLimit`, `Misbehaviour`, and `Unsupported` or `BadSignature` for the peer's identity.
        """
        if self._receiving is not None:
            message = self.open(frame)
            return [] if message is None else [MessageReceived(message)]
        self._require_alive()
        self._dead = True  # until the frame has passed
        self.received_bytes += len(frame)
        events = self._continue_handshake(frame)
        self._dead = False
        return events

    def seal(self, message: bytes) -> list[bytes]:
        """Return the frames that carry `message` (1 byte to `MESSAGE_SIZE_MAX_BYTES`), to be sent in order.

        Raises `OverLimit` for a longer message (the channel stays usable), `ValueError` for an empty one,
        `Misbehaviour` once the channel has ended.
        """
        if self._sending is None:
            raise RuntimeError("the channel is not established")
        self._require_alive()
        encrypt = self._sending.encrypt
        frames = [encrypt(plaintext) for plaintext in cut(message)]
        self.sent_bytes += sum(map(len, frames))
        return frames

    def open(self, frame: bytes) -> bytes | None:
        """Return the message that this frame completes, or None where more fragments follow.

        Raises `OverLimit` (frame or message too long), `BadSignature` (changed, repeated, reordered),
        `Malformed` (not a fragment), `Misbehaviour` (the channel had already ended).
        """
        if self._receiving is None:
            raise RuntimeError("the channel is not established")
        self._require_alive()
        self._dead = True  # until the frame has passed
        self.received_bytes += len(frame)
        if len(frame) > NOISE_MESSAGE_SIZE_MAX_BYTES:
            raise OverLimit(f"a frame of {len(frame)} bytes exceeds {NOISE_MESSAGE_SIZE_MAX_BYTES}")
        plaintext = self._receiving.decrypt(frame)
        self.peer_at_fault = True  # from here on the bytes are the peer's, and nobody else's
        message = self._assembly.add(plaintext)
        self.peer_at_fault = False
        self._dead = False
        self.confirmed = True
        return message

    def _continue_handshake(self, frame: bytes) -> list[Event]:
        if not self._started:
            raise Misbehaviour("the peer spoke before the handshake began")
        if len(frame) > HANDSHAKE_FRAME_SIZE_MAX_BYTES:
            raise OverLimit(f"a handshake of {len(frame)} bytes exceeds {HANDSHAKE_FRAME_SIZE_MAX_BYTES}")
        first = self._role is Role.RESPONDER and self._handshake.next_message == 0
        if first:
            self._check_first_size(len(frame))
        try:
            payload = self._handshake.read_message(frame)
        except HandshakeFailed as error:
            raise self._explain(error, first) from None
        if first:
            return [Outgoing(self._written(self._identity))]
        peer = self._check_peer(payload)
        events: list[Event] = []
        if self._role is Role.INITIATOR:
            events.append(Outgoing(self._written(self._identity)))
        self._sending, self._receiving = self._handshake.split()
        self.peer_id = peer
        self.confirmed = self._role is Role.RESPONDER
        events.append(Established(peer, peer == self.node_id, self._handshake.handshake_hash))
        return events

    def _written(self, payload: bytes) -> bytes:
        """Return the next handshake frame, counted."""
        frame = self._handshake.write_message(payload)
        self.sent_bytes += len(frame)
        return frame

    def _check_first_size(self, size: int) -> None:
        """The first frame's size says whether its sender uses a network key: say so while it can be known."""
        if self._private and size == _FIRST_SIZE_PUBLIC_BYTES:
            raise WrongNetwork("this node's network has a key and the peer uses none")
        if not self._private and size == _FIRST_SIZE_PRIVATE_BYTES:
            raise WrongNetwork("the peer uses a network key and this node has none")
        if size != (_FIRST_SIZE_PRIVATE_BYTES if self._private else _FIRST_SIZE_PUBLIC_BYTES):
            raise Malformed(f"no handshake begins with a frame of {size} bytes")

    def _explain(self, error: HandshakeFailed, first: bool) -> ProtocolError:
        """Say that it is the network where nothing else (but a changed frame) can be the cause."""
        if first:
            # Sealed under a key that everybody can compute, over the network's name.
            return WrongNetwork("the peer's network name or protocol version is not this node's")
        if self._private and self._role is Role.RESPONDER and self._handshake.remote_static is not None:
            # The part before the network key was mixed in did open.
            return WrongNetwork("the peer's network key is not this node's")
        return error

    def _check_peer(self, payload: bytes) -> NodeId:
        """Return the peer's identity, proven by `payload`."""
        static = self._handshake.remote_static
        assert static is not None  # both patterns have passed it by now
        peer = decode_identity(payload, static)
        if self._expected_peer is not None and peer != self._expected_peer:
            raise HandshakeFailed(f"expected node {self._expected_peer.hex()} here, found {peer.hex()}")
        return peer

    def _require_alive(self) -> None:
        if self._dead:
            raise Misbehaviour("this channel has ended with an error")
