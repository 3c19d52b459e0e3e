"""Two sides of a channel joined in memory, with fixed keys; and a side that can misbehave."""

import hashlib
from collections.abc import Iterable

from protocol.channel.cipher import CipherState
from protocol.channel.identity import encode_identity
from protocol.channel.noise import Handshake, Role, public_key
from protocol.channel.transport import (
    NOISE_PRIVATE,
    NOISE_PUBLIC,
    Established,
    Event,
    MessageReceived,
    Outgoing,
    SecureChannel,
    prologue_of,
)

NETWORK = "minga"


def seed_of(role: Role, purpose: str) -> bytes:
    """32 bytes anybody can compute: SHA-256 of a sentence."""
    return hashlib.sha256(f"minga channel test: {role.value} {purpose}".encode()).digest()


NETWORK_KEY = hashlib.sha256(b"minga channel test: network key").digest()
OTHER_NETWORK_KEY = hashlib.sha256(b"minga channel test: another network key").digest()


def side(
    role: Role,
    network: str = NETWORK,
    psk: bytes | None = None,
    expected_peer: bytes | None = None,
    identity_of: Role | None = None,
) -> SecureChannel:
    """One side; `identity_of` lends it the identity of the other role."""
    return SecureChannel(
        role,
        seed_of(identity_of or role, "identity"),
        seed_of(role, "static"),
        seed_of(role, "ephemeral"),
        network,
        psk,
        expected_peer,
    )


def frames_in(events: Iterable[Event]) -> list[bytes]:
    return [event.frame for event in events if isinstance(event, Outgoing)]


def messages_in(events: Iterable[Event]) -> list[bytes]:
    return [event.message for event in events if isinstance(event, MessageReceived)]


def established_in(events: Iterable[Event]) -> Established:
    (found,) = (event for event in events if isinstance(event, Established))
    return found


def handshake_frames(initiator: SecureChannel, responder: SecureChannel) -> list[bytes]:
    """Join two fresh sides; return the three frames.  Raises what either side raises."""
    (first,) = initiator.start()
    (second,) = frames_in(responder.receive(first))
    (third,) = frames_in(initiator.receive(second))
    assert frames_in(responder.receive(third)) == []
    return [first, second, third]


def connected(psk: bytes | None = None) -> tuple[SecureChannel, SecureChannel]:
    """Two established sides, the initiator first."""
    initiator, responder = side(Role.INITIATOR, psk=psk), side(Role.RESPONDER, psk=psk)
    handshake_frames(initiator, responder)
    return initiator, responder


class LawlessInitiator:
    """Completes the handshake like anybody, with any identity payload, then seals any plaintext at all."""

    def __init__(self, psk: bytes | None = None, network: str = NETWORK) -> None:
        self._static = seed_of(Role.INITIATOR, "static")
        self.handshake = Handshake(
            NOISE_PUBLIC if psk is None else NOISE_PRIVATE,
            Role.INITIATOR,
            prologue_of(network),
            self._static,
            seed_of(Role.INITIATOR, "ephemeral"),
            psk,
        )
        self.cipher: CipherState | None = None

    def first(self, payload: bytes = b"") -> bytes:
        return self.handshake.write_message(payload)

    def third(self, second: bytes, payload: bytes | None = None) -> bytes:
        self.handshake.read_message(second)
        identity = encode_identity(seed_of(Role.INITIATOR, "identity"), public_key(self._static))
        frame = self.handshake.write_message(identity if payload is None else payload)
        self.cipher, _ = self.handshake.split()
        return frame

    def seal(self, plaintext: bytes) -> bytes:
        assert self.cipher is not None
        return self.cipher.encrypt(plaintext)

    def join(self, responder: SecureChannel, payload: bytes | None = None) -> None:
        """Run the handshake.  Raises what the responder raises."""
        (second,) = frames_in(responder.receive(self.first()))
        responder.receive(self.third(second, payload))
