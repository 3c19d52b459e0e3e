"""Keys and signatures: typed Ed25519 keys, their did:key text, signing and the one verdict.

A public key is 34 bytes: the multicodec prefix `ed 01` and the 32 bytes of RFC 8032, so that
another algorithm is another prefix.  Its text is the did:key method's (W3C CCG): `did:key:z` and
base58btc of those bytes.  What libsodium says of a signature is normative (docs/protocol.md §3).
"""

from typing import NewType

from nacl import bindings
from nacl.exceptions import BadSignatureError, CryptoError

from protocol.errors import BadSignature, Malformed, Unsupported
from protocol.multibase import from_base58, to_base58

PublicKey = NewType("PublicKey", bytes)
"""A typed public key: 2 bytes of multicodec prefix, 32 bytes of Ed25519."""

ED25519_PREFIX = b"\xed\x01"
PUBLIC_KEY_SIZE_BYTES = 34
SEED_SIZE_BYTES = 32
SIGNATURE_SIZE_BYTES = 64

_DID_KEY = "did:key:"
# 34 bytes are at most 47 base58 symbols; anything longer is not a key, whatever its digits.
_DID_KEY_LENGTH_MAX = len("did:key:z") + 47


class SigningKey:
    """An Ed25519 signing key, expanded once from its 32-byte seed.  Its repr never shows the secret."""

    __slots__ = ("_secret", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_SIZE_BYTES:
            raise ValueError(f"a seed is {SEED_SIZE_BYTES} bytes, not {len(seed)}")
        raw_public, self._secret = bindings.crypto_sign_seed_keypair(seed)
        self.public = PublicKey(ED25519_PREFIX + raw_public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature of `message` (RFC 8032 §5.1.6)."""
        signed: bytes = bindings.crypto_sign(message, self._secret)
        return signed[:SIGNATURE_SIZE_BYTES]

    def reveal_seed(self) -> bytes:
        """Return the 32 secret bytes, for another process of the same holder."""
        return self._secret[:SEED_SIZE_BYTES]

    def __repr__(self) -> str:
        return f"SigningKey({did_key(self.public)})"


def public_key_of(seed: bytes) -> PublicKey:
    """Return the public key of a 32-byte seed."""
    return SigningKey(seed).public


def sign(seed: bytes, message: bytes) -> bytes:
    """Return the signature of `message` by the key of `seed`; for many messages keep a `SigningKey`."""
    return SigningKey(seed).sign(message)


def require_public_key(value: object) -> PublicKey:
    """Return `value` as a public key.  Raises `Malformed`, or `Unsupported` for another key type."""
    if type(value) is not bytes or len(value) < 3:
        raise Malformed("a key is not binary")
    if value[:2] != ED25519_PREFIX:
        raise Unsupported("a key of a type that is not known here")
    if len(value) != PUBLIC_KEY_SIZE_BYTES:
        raise Malformed(f"an Ed25519 key is {PUBLIC_KEY_SIZE_BYTES} bytes with its prefix, not {len(value)}")
    return PublicKey(value)


def verify_signature(key: PublicKey, message: bytes, signature: bytes) -> None:
    """Raise `BadSignature` unless libsodium accepts `signature` of `message` by `key`."""
    if len(signature) != SIGNATURE_SIZE_BYTES:
        raise BadSignature(f"a signature is {SIGNATURE_SIZE_BYTES} bytes, not {len(signature)}")
    try:
        bindings.crypto_sign_open(signature + message, key[2:])
    except (BadSignatureError, CryptoError, ValueError):
        raise BadSignature("the signature does not match the signer's key") from None


def did_key(key: PublicKey) -> str:
    """Return the did:key text of a public key, such as `did:key:z6Mk…`."""
    return _DID_KEY + to_base58(key)


def parse_did_key(text: str) -> PublicKey:
    """Return the public key that a did:key text names.  Raises `Malformed` or `Unsupported`."""
    if not text.startswith("did:key:z") or len(text) > _DID_KEY_LENGTH_MAX:
        raise Malformed("a key is written did:key:z6Mk…")
    data = from_base58(text.removeprefix(_DID_KEY))
    key = require_public_key(data)
    if did_key(key) != text:
        raise Malformed("a did:key is not in its one form")
    return key
