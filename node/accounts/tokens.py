"""Secrets that a browser keeps: 256 random bits each; here only their digests lie."""

import hmac
import secrets
from hashlib import blake2b

# Nobody guesses it, and no digest of it needs a salt or a slow function.
TOKEN_SIZE_BYTES = 32

# What a browser sends back is no longer than this; what is, is no token.
TOKEN_LENGTH_MAX_CHARS = 64

_MASK_SIZE_BYTES = 32


def new_token() -> str:
    """Return a new token, as it may stand in an address and in a cookie."""
    return secrets.token_urlsafe(TOKEN_SIZE_BYTES)


def digest_of(purpose: str, token: str) -> bytes:
    """Return what is kept of a token for one purpose: of no use for any other."""
    data = token[: TOKEN_LENGTH_MAX_CHARS + 1].encode("utf-8", "surrogatepass")
    return blake2b(data, digest_size=32, person=f"minga {purpose}".encode("ascii")).digest()


def form_proof(token: str) -> str:
    """Return what a form carries to show that a page of ours made it for who holds `token` (against CSRF).

    It is another text each time, so that nothing can be learnt from how well a page compresses (BREACH).
    """
    mask = secrets.token_bytes(_MASK_SIZE_BYTES)
    return (mask + _xor(mask, digest_of("form", token))).hex()


def proves_form(proof: str, token: str) -> bool:
    """Whether a form's proof was made for who holds `token`."""
    try:
        data = bytes.fromhex(proof) if len(proof) == 4 * _MASK_SIZE_BYTES else b""
    except ValueError:
        return False
    mask, masked = data[:_MASK_SIZE_BYTES], data[_MASK_SIZE_BYTES:]
    if len(masked) != _MASK_SIZE_BYTES:  # fromhex passes over blanks
        return False
    return hmac.compare_digest(_xor(mask, masked), digest_of("form", token))


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
