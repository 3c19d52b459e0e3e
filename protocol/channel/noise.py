"""The Noise Protocol Framework, revision 34, over X25519 and ChaCha20-Poly1305.

Only what the product and the published vectors need: four handshake patterns, four hashes.  Two nodes
of this protocol use `Noise_XX_25519_ChaChaPoly_SHA256`, or `Noise_XXpsk3_…` in a private network.
Section numbers below are those of <https://noiseprotocol.org/noise.html>.

Nothing here draws randomness: private keys, the ephemeral one included, are arguments, and an
ephemeral key must never serve two handshakes.
"""

import hashlib
import hmac
from enum import Enum
from typing import NamedTuple

from nacl.bindings import crypto_scalarmult, crypto_scalarmult_base
from nacl.exceptions import CryptoError

from protocol.channel.cipher import KEY_SIZE_BYTES, TAG_SIZE_BYTES, CipherState, require_key
from protocol.errors import BadSignature, HandshakeFailed, Malformed, Misbehaviour, OverLimit
from protocol.limits import NOISE_MESSAGE_SIZE_MAX_BYTES


class Role(Enum):
    """Which side speaks first."""

    INITIATOR = "initiator"
    RESPONDER = "responder"


class Pattern(NamedTuple):
    """A handshake pattern (§7): tokens of each message, initiator first, and what is known beforehand."""

    messages: tuple[tuple[str, ...], ...]
    responder_static_known: bool


PATTERNS = {
    "XX": Pattern((("e",), ("e", "ee", "s", "es"), ("s", "se")), False),
    "XXpsk3": Pattern((("e",), ("e", "ee", "s", "es"), ("s", "se", "psk")), False),
    "IK": Pattern((("e", "es", "s", "ss"), ("e", "ee", "se")), True),
    "IKpsk2": Pattern((("e", "es", "s", "ss"), ("e", "ee", "se", "psk")), True),
}

# Noise's name of a hash, and Python's.
HASHES = {"SHA256": "sha256", "SHA512": "sha512", "BLAKE2s": "blake2s", "BLAKE2b": "blake2b"}


def public_key(private: bytes) -> bytes:
    """Return the X25519 public key (32 bytes) of a private key (any 32 bytes; clamped as RFC 7748 says)."""
    require_key(private, "a private key")
    return crypto_scalarmult_base(private)


def diffie_hellman(private: bytes, public: bytes) -> bytes:
    """Return the X25519 shared secret (32 bytes).

    Raises `Malformed` where the public key is of low order, that is, where the shared secret would be
    all zeros whatever the private key (§12.1 leaves the check to us; RFC 7748 §6.1).
    """
    require_key(private, "a private key")
    if len(public) != KEY_SIZE_BYTES:  # libsodium reads 32 bytes whatever it is given
        raise Malformed(f"an X25519 public key has 32 bytes, not {len(public)}")
    try:
        return crypto_scalarmult(private, public)
    except CryptoError:
        raise Malformed("the X25519 public key is of low order") from None


class SymmetricState:
    """The chaining key, the transcript hash and the handshake's cipher (§5.2)."""

    __slots__ = ("_chaining_key", "_cipher", "_hash_name", "transcript_hash")

    def __init__(self, protocol_name: str, hash_name: str) -> None:
        self._hash_name = HASHES[hash_name]
        name = protocol_name.encode("ascii")
        size = hashlib.new(self._hash_name).digest_size
        self.transcript_hash = name.ljust(size, b"\0") if len(name) <= size else self._digest(name)
        self._chaining_key = self.transcript_hash
        self._cipher: CipherState | None = None

    def mix_hash(self, data: bytes) -> None:
        self.transcript_hash = self._digest(self.transcript_hash + data)

    def mix_key(self, material: bytes) -> None:
        self._chaining_key, key = self._derive(material, 2)
        self._cipher = CipherState(key[:KEY_SIZE_BYTES])

    def mix_key_and_hash(self, material: bytes) -> None:
        self._chaining_key, to_hash, key = self._derive(material, 3)
        self.mix_hash(to_hash)
        self._cipher = CipherState(key[:KEY_SIZE_BYTES])

    def encrypt_and_hash(self, plaintext: bytes) -> bytes:
        sent = plaintext if self._cipher is None else self._cipher.encrypt(plaintext, self.transcript_hash)
        self.mix_hash(sent)
        return sent

    def decrypt_and_hash(self, received: bytes) -> bytes:
        plain = received if self._cipher is None else self._cipher.decrypt(received, self.transcript_hash)
        self.mix_hash(received)
        return plain

    def tag_size_bytes(self) -> int:
        """Return how much longer than its plaintext the next encrypted part is."""
        return 0 if self._cipher is None else TAG_SIZE_BYTES

    def split(self) -> tuple[CipherState, CipherState]:
        """Return the ciphers of the two directions, the initiator's sending one first."""
        first, second = self._derive(b"", 2)
        return CipherState(first[:KEY_SIZE_BYTES]), CipherState(second[:KEY_SIZE_BYTES])

    def _digest(self, data: bytes) -> bytes:
        return hashlib.new(self._hash_name, data).digest()

    def _derive(self, material: bytes, outputs: int) -> list[bytes]:
        """HKDF of §4.3."""
        secret = hmac.digest(self._chaining_key, material, self._hash_name)
        derived: list[bytes] = []
        last = b""
        for number in range(1, outputs + 1):
            last = hmac.digest(secret, last + bytes([number]), self._hash_name)
            derived.append(last)
        return derived


class Handshake:
    """One side of one handshake (§5.3).

    Write and read in the order of the pattern until `finished`; then `split()` gives the two ciphers,
    `remote_static` the peer's static public key, `handshake_hash` the value to bind to the channel.
    `next_message` counts the messages that have passed.
    Any error while reading ends the handshake: every later call is refused.
    """

    def __init__(
        self,
        protocol_name: str,
        role: Role,
        prologue: bytes,
        static_private: bytes,
        ephemeral_private: bytes,
        psk: bytes | None = None,
        remote_static: bytes | None = None,
    ) -> None:
        """Keys and `psk` are 32 bytes.  Raises `ValueError` for what the caller got wrong."""
        pattern_name, hash_name = _parse_protocol_name(protocol_name)
        pattern = PATTERNS[pattern_name]
        self._uses_psk = "psk" in pattern_name
        if self._uses_psk != (psk is not None):
            raise ValueError(f"{protocol_name} takes {'a' if self._uses_psk else 'no'} pre-shared key")
        if psk is not None:
            require_key(psk, "a pre-shared key")
        self._role = role
        self._messages = pattern.messages
        self.next_message = 0
        self._dead = False
        self._psk = psk or b""
        self._static_private = static_private
        self._static_public = public_key(static_private)
        self._ephemeral_private = ephemeral_private
        self._ephemeral_public = public_key(ephemeral_private)
        self._remote_ephemeral = b""
        self.remote_static: bytes | None = None
        self._symmetric = SymmetricState(protocol_name, hash_name)
        self._symmetric.mix_hash(prologue)
        if pattern.responder_static_known:
            if role is Role.RESPONDER:
                self._symmetric.mix_hash(self._static_public)
            elif remote_static is None:
                raise ValueError(f"{protocol_name} needs the responder's static key beforehand")
            else:
                require_key(remote_static, "a static public key")
                self.remote_static = remote_static
                self._symmetric.mix_hash(remote_static)
        elif remote_static is not None:
            raise ValueError(f"{protocol_name} learns the responder's static key by itself")

    @property
    def finished(self) -> bool:
        """All messages of the pattern have passed."""
        return self.next_message == len(self._messages) and not self._dead

    @property
    def my_turn(self) -> bool:
        """The next message is ours to write."""
        initiator_next = self.next_message % 2 == 0
        return self.next_message < len(self._messages) and initiator_next == (self._role is Role.INITIATOR)

    @property
    def handshake_hash(self) -> bytes:
        """The transcript's hash, the same on both sides and unlike any other channel's (§11.2)."""
        self._require_finished()
        return self._symmetric.transcript_hash

    def write_message(self, payload: bytes) -> bytes:
        """Return the next handshake message.

        Raises `OverLimit` above 65,535 bytes, `Malformed` where a key of the peer's is of low order.
        """
        if self._dead or not self.my_turn:
            raise RuntimeError("it is not this side's turn to write a handshake message")
        self._dead = True  # until it is complete
        parts: list[bytes] = []
        for step in self._messages[self.next_message]:
            match step:
                case "e":
                    parts.append(self._ephemeral_public)
                    self._mix_ephemeral(self._ephemeral_public)
                case "s":
                    parts.append(self._symmetric.encrypt_and_hash(self._static_public))
                case _:
                    self._mix_secret(step)
        parts.append(self._symmetric.encrypt_and_hash(payload))
        message = b"".join(parts)
        _require_fits(message)
        self.next_message += 1
        self._dead = False
        return message

    def read_message(self, message: bytes) -> bytes:
        """Return the payload of the peer's next handshake message.

        Raises `OverLimit` above 65,535 bytes, `Malformed` for a truncated message or a key of low order,
        `HandshakeFailed` where an encrypted part does not open, `Misbehaviour` out of turn or after an error.
        """
        if self._dead:
            raise Misbehaviour("this handshake has already failed")
        self._dead = True  # until it is complete
        if self.my_turn or self.next_message == len(self._messages):
            raise Misbehaviour("a handshake message came out of turn")
        _require_fits(message)
        rest = message
        for step in self._messages[self.next_message]:
            match step:
                case "e":
                    self._remote_ephemeral, rest = _take(rest, KEY_SIZE_BYTES)
                    self._mix_ephemeral(self._remote_ephemeral)
                case "s":
                    part, rest = _take(rest, KEY_SIZE_BYTES + self._symmetric.tag_size_bytes())
                    self.remote_static = self._open(part)
                case _:
                    self._mix_secret(step)
        payload = self._open(rest)
        self.next_message += 1
        self._dead = False
        return payload

    def split(self) -> tuple[CipherState, CipherState]:
        """Return the ciphers for sending and for receiving, in this order."""
        self._require_finished()
        initiator, responder = self._symmetric.split()
        return (initiator, responder) if self._role is Role.INITIATOR else (responder, initiator)

    def _open(self, part: bytes) -> bytes:
        try:
            return self._symmetric.decrypt_and_hash(part)
        except BadSignature:
            raise HandshakeFailed(
                f"handshake message {self.next_message + 1} does not open: it was changed on its way, "
                "or the two nodes differ in network name, network key or protocol version"
            ) from None

    def _mix_ephemeral(self, public: bytes) -> None:
        self._symmetric.mix_hash(public)
        if self._uses_psk:  # §9.2
            self._symmetric.mix_key(public)

    def _mix_secret(self, step: str) -> None:
        """Carry out a step that puts nothing on the wire: `psk`, `ee`, `es`, `se`, `ss`."""
        if step == "psk":
            self._symmetric.mix_key_and_hash(self._psk)
            return
        mine, theirs = (step[0], step[1]) if self._role is Role.INITIATOR else (step[1], step[0])
        private = self._ephemeral_private if mine == "e" else self._static_private
        public = self._remote_ephemeral if theirs == "e" else self.remote_static
        self._symmetric.mix_key(diffie_hellman(private, public or b""))

    def _require_finished(self) -> None:
        if not self.finished:
            raise RuntimeError("the handshake has not finished")


def _parse_protocol_name(protocol_name: str) -> tuple[str, str]:
    """Return pattern and hash of `Noise_<pattern>_25519_ChaChaPoly_<hash>`; `ValueError` for any other."""
    match protocol_name.split("_"):
        case ["Noise", pattern, "25519", "ChaChaPoly", name] if pattern in PATTERNS and name in HASHES:
            return pattern, name
        case _:
            raise ValueError(f"no such Noise protocol here: {protocol_name}")


def _require_fits(message: bytes) -> None:
    if len(message) > NOISE_MESSAGE_SIZE_MAX_BYTES:
        raise OverLimit(f"a Noise message of {len(message)} bytes exceeds {NOISE_MESSAGE_SIZE_MAX_BYTES}")


def _take(data: bytes, size: int) -> tuple[bytes, bytes]:
    if len(data) < size:
        raise Malformed("a handshake message ends too early")
    return data[:size], data[size:]
