"""ChaCha20-Poly1305 with a counter: one direction of a Noise channel (revision 34, §5.1 and §12.3)."""

from nacl.bindings import (
    crypto_aead_chacha20poly1305_ietf_decrypt,
    crypto_aead_chacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from protocol.errors import BadSignature, Malformed, Misbehaviour, OverLimit

KEY_SIZE_BYTES = 32
TAG_SIZE_BYTES = 16

# §5.1: the last value of the 64-bit counter is reserved (for rekey, which this protocol does not use).
NONCE_RESERVED = 2**64 - 1


def require_key(key: bytes, what: str) -> None:
    """Raise `ValueError` where a key of ours has not 32 bytes: libsodium reads 32, whatever it is given."""
    if len(key) != KEY_SIZE_BYTES:
        raise ValueError(f"{what} has {KEY_SIZE_BYTES} bytes, not {len(key)}")


class CipherState:
    """A key and a counter (§5.1).  A message that does not open ends it: every later call is refused."""

    __slots__ = ("_dead", "_key", "_nonce")

    def __init__(self, key: bytes, nonce: int = 0) -> None:
        """`nonce` other than 0 is for tests of its end."""
        require_key(key, "a cipher key")
        self._key = key
        self._nonce = nonce
        self._dead = False

    def encrypt(self, plaintext: bytes, associated: bytes = b"") -> bytes:
        """Return ciphertext and tag (16 bytes more than `plaintext`).  Raises `OverLimit` when spent."""
        return crypto_aead_chacha20poly1305_ietf_encrypt(plaintext, associated, self._take_nonce(), self._key)

    def decrypt(self, ciphertext: bytes, associated: bytes = b"") -> bytes:
        """Return the plaintext.

        Raises `BadSignature` where the tag does not match (changed, repeated, out of order, another key),
        `Malformed` where there is no room for a tag, `OverLimit` when the counter is spent,
        `Misbehaviour` after any of these.
        """
        nonce = self._take_nonce()
        self._dead = True  # until it has opened
        if len(ciphertext) < TAG_SIZE_BYTES:
            raise Malformed(
                f"{len(ciphertext)} bytes are no encrypted message: the tag alone has {TAG_SIZE_BYTES}"
            )
        try:
            plaintext = crypto_aead_chacha20poly1305_ietf_decrypt(ciphertext, associated, nonce, self._key)
        except CryptoError:
            raise BadSignature("an encrypted message was changed, repeated or out of order") from None
        self._dead = False
        return plaintext

    def _take_nonce(self) -> bytes:
        if self._dead:
            raise Misbehaviour("this channel ended with a message that did not open")
        nonce = self._nonce
        if nonce >= NONCE_RESERVED:
            self._dead = True
            raise OverLimit("this channel has carried all the messages one key may carry: connect again")
        self._nonce = nonce + 1
        return (nonce << 32).to_bytes(12, "little")  # §12.3: four zero bytes, then the counter
