"""The secure channel: Noise XX or XXpsk3, identities, frames: §9.  Without input or output, clock or dice."""

import hmac
import unicodedata
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
    crypto_scalarmult,
    crypto_scalarmult_base,
)
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey

from .values import Fault, need, signature_holds

NOISE_MAX, HANDSHAKE_MAX, IDENTITY_MAX, MESSAGE_MAX = 65_535, 1_120, 1_024, 4_194_304
FRAGMENT = NOISE_MAX - 16 - 1
SIGNED_BEFORE_KEY = b"noise-libp2p-static-key:"


class Sealed(Exception):
    """Bytes that do not open."""


class Cipher:
    def __init__(self, key: bytes | None = None) -> None:
        self.key, self.counter = key, 0

    def _nonce(self) -> bytes:
        need(self.counter < 2**64 - 1, "counter spent", "over-limit")
        self.counter += 1
        return bytes(4) + (self.counter - 1).to_bytes(8, "little")

    def seal(self, plain: bytes, beside: bytes = b"") -> bytes:
        if self.key is None:
            return plain
        return crypto_aead_chacha20poly1305_ietf_encrypt(plain, beside, self._nonce(), self.key)

    def open(self, sealed: bytes, beside: bytes = b"") -> bytes:
        if self.key is None:
            return sealed
        try:
            return crypto_aead_chacha20poly1305_ietf_decrypt(sealed, beside, self._nonce(), self.key)
        except CryptoError:
            raise Sealed from None


def _hkdf(chaining: bytes, material: bytes, outputs: int) -> list[bytes]:
    temp, out = hmac.digest(chaining, material, "sha256"), [b""]
    for number in range(1, outputs + 1):
        out.append(hmac.digest(temp, out[-1] + bytes([number]), "sha256"))
    return out[1:]


def agree(private: bytes, public: bytes) -> bytes:
    try:
        return crypto_scalarmult(private, public)
    except CryptoError:
        raise Fault("malformed", "a key of low order") from None


class Symmetric:
    """Noise's SymmetricState."""

    def __init__(self, name: bytes, prologue: bytes) -> None:
        self.hash = self.chaining = name.ljust(32, b"\0") if len(name) <= 32 else sha256(name).digest()
        self.cipher = Cipher()
        self.mix_hash(prologue)

    def mix_hash(self, data: bytes) -> None:
        self.hash = sha256(self.hash + data).digest()

    def mix_key(self, material: bytes) -> None:
        self.chaining, key = _hkdf(self.chaining, material, 2)
        self.cipher = Cipher(key)

    def mix_key_and_hash(self, material: bytes) -> None:
        self.chaining, mixed, key = _hkdf(self.chaining, material, 3)
        self.mix_hash(mixed)
        self.cipher = Cipher(key)

    def seal(self, plain: bytes) -> bytes:
        sealed = self.cipher.seal(plain, self.hash)
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed: bytes) -> bytes:
        plain = self.cipher.open(sealed, self.hash)
        self.mix_hash(sealed)
        return plain


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for digit in range(10):
        need(at + digit < len(data), "cut off")
        byte = data[at + digit]
        number |= (byte & 0x7F) << (7 * digit)
        if byte < 0x80:
            need((byte or not digit) and number < 2**64, "number not in its shortest form")
            return number, at + digit + 1
    raise Fault("malformed", "number too long")


def write_identity(seed: bytes, static_public: bytes) -> bytes:
    key = SigningKey(seed)
    signature = key.sign(SIGNED_BEFORE_KEY + static_public).signature
    return b"\x0a\x24\x08\x01\x12\x20" + bytes(key.verify_key) + b"\x12\x40" + signature


def read_identity(payload: bytes, static_public: bytes) -> bytes:
    """The node id that vouches for a static key (§9.3)."""
    need(len(payload) <= IDENTITY_MAX, "identity", "over-limit")
    found: dict[int, bytes] = {}
    at = 0
    while at < len(payload):
        field, at = _varint(payload, at)
        number, wire = divmod(field, 8)
        need(1 <= number < 2**29 and wire in (0, 1, 2, 5), "field")
        need(number > 2 or (wire == 2 and number not in found), "field 1 or 2")
        if wire == 0:
            _, at = _varint(payload, at)
            continue
        size, at = _varint(payload, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
        need(size <= len(payload) - at, "field past the end")
        found[number], at = payload[at : at + size], at + size
    need(1 in found and 2 in found, "field missing")
    key, signature = found[1], found[2]
    other = key[:1] == b"\x08" and key[1:2] in (b"\x00", b"\x02", b"\x03")
    need(not other, "identity key type", "unsupported")
    need(len(key) == 36 and key[:4] == b"\x08\x01\x12\x20" and len(signature) == 64, "key or signature")
    signed = signature_holds(key[4:], signature, SIGNED_BEFORE_KEY + static_public)
    need(signed, "static key not vouched for", "bad-signature")
    return key[4:]


@dataclass(frozen=True, slots=True)
class Keys:
    identity_seed: bytes
    static_private: bytes
    ephemeral_private: bytes


class Channel:
    """One side.  `start` and `receive` give the frames to send; `messages` what has arrived."""

    def __init__(
        self,
        initiator: bool,
        network: str,
        keys: Keys,
        psk: bytes | None = None,
        expected: bytes | None = None,
    ) -> None:
        need(unicodedata.is_normalized("NFC", network) and 1 <= len(network.encode()) <= 64, "network name")
        self.initiator, self.keys, self.psk, self.expected = initiator, keys, psk, expected
        name = b"Noise_XX%b_25519_ChaChaPoly_SHA256" % (b"psk3" if psk else b"")
        self.noise = Symmetric(name, b"minga/1\0" + network.encode())
        self.static_public = crypto_scalarmult_base(keys.static_private)
        self.ephemeral_public = crypto_scalarmult_base(keys.ephemeral_private)
        self.remote_ephemeral = self.remote_static = b""
        self.peer: bytes | None = None
        self.turn = 1  # the number of the handshake frame that is due
        self.sending, self.receiving = Cipher(), Cipher()
        self.established = self.failed = False
        self.partial = bytearray()
        self.messages: list[bytes] = []

    @property
    def handshake_hash(self) -> bytes:
        return self.noise.hash

    def start(self) -> bytes:
        assert self.initiator
        assert self.turn == 1
        self.turn = 2
        return self._write_ephemeral() + self.noise.seal(b"")

    def receive(self, frame: bytes) -> list[bytes]:
        """Raises Fault, after which the channel has ended, both ways."""
        need(not self.failed, "frame after the end", "misbehaviour")
        try:
            if self.established:
                self._receive_fragment(frame)
                return []
            return self._receive_handshake(frame)
        except Fault:
            self.failed = True
            raise

    # --- handshake ---

    def _receive_handshake(self, frame: bytes) -> list[bytes]:
        due = {True: (2,), False: (1, 3)}[self.initiator]
        need(self.turn in due, "out of turn", "misbehaviour")
        need(len(frame) <= HANDSHAKE_MAX, "handshake frame", "over-limit")
        return {1: self._first, 2: self._second, 3: self._third}[self.turn](frame)

    def _write_ephemeral(self) -> bytes:
        self.noise.mix_hash(self.ephemeral_public)
        if self.psk:
            self.noise.mix_key(self.ephemeral_public)
        return self.ephemeral_public

    def _read_ephemeral(self, key: bytes) -> None:
        self.remote_ephemeral = key
        self.noise.mix_hash(key)
        if self.psk:
            self.noise.mix_key(key)

    def _write_identity(self) -> bytes:
        return self.noise.seal(write_identity(self.keys.identity_seed, self.static_public))

    def _read_identity(self, payload: bytes) -> None:
        self.peer = read_identity(payload, self.remote_static)
        need(self.expected in (None, self.peer), "another peer than expected", "handshake-failed")

    def _first(self, frame: bytes) -> list[bytes]:
        due = 48 if self.psk else 32
        need(len(frame) == due, "first frame", "wrong-network" if len(frame) in (32, 48) else "malformed")
        self._read_ephemeral(frame[:32])
        try:
            self.noise.open(frame[32:])
        except Sealed:
            raise Fault("wrong-network", "first frame") from None
        answer = self._write_ephemeral()
        self.noise.mix_key(agree(self.keys.ephemeral_private, self.remote_ephemeral))
        answer += self.noise.seal(self.static_public)
        self.noise.mix_key(agree(self.keys.static_private, self.remote_ephemeral))
        answer += self._write_identity()
        self.turn = 3
        return [answer]

    def _second(self, frame: bytes) -> list[bytes]:
        need(len(frame) >= 32 + 48 + 16, "second frame too short")
        self._read_ephemeral(frame[:32])
        try:
            self.noise.mix_key(agree(self.keys.ephemeral_private, self.remote_ephemeral))
            self.remote_static = self.noise.open(frame[32:80])
            self.noise.mix_key(agree(self.keys.ephemeral_private, self.remote_static))
            payload = self.noise.open(frame[80:])
        except Sealed:
            raise Fault("handshake-failed", "second frame") from None
        self._read_identity(payload)
        answer = self.noise.seal(self.static_public)
        self.noise.mix_key(agree(self.keys.static_private, self.remote_ephemeral))
        if self.psk:
            self.noise.mix_key_and_hash(self.psk)
        answer += self._write_identity()
        self._split()
        return [answer]

    def _third(self, frame: bytes) -> list[bytes]:
        need(len(frame) >= 48 + 16, "third frame too short")
        code = "handshake-failed"
        try:
            self.remote_static = self.noise.open(frame[:48])
            self.noise.mix_key(agree(self.keys.ephemeral_private, self.remote_static))
            if self.psk:
                self.noise.mix_key_and_hash(self.psk)
                code = "wrong-network"
            payload = self.noise.open(frame[48:])
        except Sealed:
            raise Fault(code, "third frame") from None
        self._read_identity(payload)
        self._split()
        return []

    def _split(self) -> None:
        keys = _hkdf(self.noise.chaining, b"", 2)
        first, second = Cipher(keys[0]), Cipher(keys[1])
        self.sending, self.receiving = (first, second) if self.initiator else (second, first)
        self.established = True

    # --- frames after the handshake: §9.4 ---

    def send(self, message: bytes) -> list[bytes]:
        need(1 <= len(message) <= MESSAGE_MAX, "message", "over-limit")
        parts = [message[at : at + FRAGMENT] for at in range(0, len(message), FRAGMENT)]
        return [self.sending.seal(b"\1" + part) for part in parts[:-1]] + [
            self.sending.seal(b"\0" + parts[-1])
        ]

    def _receive_fragment(self, frame: bytes) -> None:
        need(len(frame) <= NOISE_MAX, "frame", "over-limit")
        need(len(frame) >= 16, "frame shorter than its tag")
        try:
            plain = self.receiving.open(frame)
        except Sealed:
            raise Fault("bad-signature", "frame does not open") from None
        more, part = plain[:1], plain[1:]
        need(more in (b"\0", b"\1") and part and (more == b"\0" or len(part) == FRAGMENT), "fragment")
        need(len(self.partial) + len(part) <= MESSAGE_MAX, "message", "over-limit")
        self.partial += part
        if more == b"\0":
            self.messages.append(bytes(self.partial))
            self.partial.clear()


def keys_from(values: dict[str, Any]) -> Keys:
    """Keys as the vectors write them."""
    names = ("identity_seed", "static_private", "ephemeral_private")
    return Keys(*(bytes.fromhex(values[name]) for name in names))
