"""A secret that does not show itself: not in a repr, a log line, a traceback or a pickle."""

import hmac
from hashlib import blake2b
from typing import NoReturn

from protocol.keys import SEED_SIZE_BYTES, PublicKey, SigningKey, did_key


class SecretSeed:
    """The 32-byte seed of an Ed25519 key.  Who needs the bytes says so with `reveal`.

    Python keeps copies of bytes that nobody can wipe: this guards against slips, not against whoever reads
    this process's memory.
    """

    __slots__ = ("_bytes", "_key")

    def __init__(self, seed: bytes) -> None:
        """Hold `seed`.  Raises `ValueError` unless it is 32 bytes."""
        if len(seed) != SEED_SIZE_BYTES:
            raise ValueError(f"a seed is {SEED_SIZE_BYTES} bytes, not {len(seed)}")
        self._bytes = bytes(seed)
        self._key = SigningKey(self._bytes)

    @property
    def public(self) -> PublicKey:
        """The public key."""
        return self._key.public

    @property
    def did(self) -> str:
        """The public key's did:key text."""
        return did_key(self._key.public)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature of `message`."""
        return self._key.sign(message)

    def reveal(self) -> bytes:
        """Return the secret bytes."""
        return self._bytes

    def derive(self, purpose: str) -> bytes:
        """Return 32 secret bytes for another purpose: BLAKE2b-256 keyed with the seed (RFC 7693 §2.9)."""
        return blake2b(b"minga/derive/" + purpose.encode("utf-8"), key=self._bytes, digest_size=32).digest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretSeed) and hmac.compare_digest(self._bytes, other._bytes)

    __hash__ = None  # type: ignore[assignment]  # a secret is no key of a table

    def __repr__(self) -> str:
        return f"SecretSeed(of {self.did})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret seed is not pickled")
