"""Signing records: §4, for one key."""

from typing import Any

from nacl.signing import SigningKey

from .records import Record, verify
from .values import digest, encode, tag


def sign(
    key: SigningKey,
    kind: str,
    payload: dict[str, Any],
    time_ms: int,
    actor: bytes | None = None,
    auth: bytes | None = None,
    subject: bytes | None = None,
    parents: tuple[bytes, ...] = (),
    bbox: list[int] | None = None,
) -> Record:
    """A record that verifies."""
    content = encode(payload)
    header = encode([
        1, kind, actor, auth, b"\xed\x01" + bytes(key.verify_key), subject, sorted(parents), time_ms,
        digest("payload", content), len(content), bbox,
    ])  # fmt: skip
    return verify(encode([header, [0, key.sign(tag("sign") + header).signature], content]), time_ms)
