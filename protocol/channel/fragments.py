"""Cutting an application message into Noise plaintexts, and putting it together again.

There is one way to cut a message: every fragment but the last is full.  So a message has a bounded number of
fragments, and fragments that carry nothing and never end cannot be written.
"""

from protocol.channel.cipher import TAG_SIZE_BYTES
from protocol.errors import Malformed, OverLimit
from protocol.limits import MESSAGE_SIZE_MAX_BYTES, NOISE_MESSAGE_SIZE_MAX_BYTES

LAST = b"\x00"
MORE_FOLLOWS = b"\x01"

# A Noise message less its tag and the byte that says whether more follows.
FRAGMENT_SIZE_MAX_BYTES = NOISE_MESSAGE_SIZE_MAX_BYTES - TAG_SIZE_BYTES - 1


def cut(message: bytes) -> list[bytes]:
    """Return the plaintexts that carry `message`, in order.

    Raises `OverLimit` above `MESSAGE_SIZE_MAX_BYTES`, `ValueError` for an empty message.
    """
    size = len(message)
    if size > MESSAGE_SIZE_MAX_BYTES:
        raise OverLimit(f"a message of {size} bytes exceeds {MESSAGE_SIZE_MAX_BYTES}")
    if size == 0:
        raise ValueError("an empty message cannot be sent")
    if size <= FRAGMENT_SIZE_MAX_BYTES:
        return [LAST + message]
    start_of_last = (size - 1) // FRAGMENT_SIZE_MAX_BYTES * FRAGMENT_SIZE_MAX_BYTES
    fragments = [
        MORE_FOLLOWS + message[start : start + FRAGMENT_SIZE_MAX_BYTES]
        for start in range(0, start_of_last, FRAGMENT_SIZE_MAX_BYTES)
    ]
    fragments.append(LAST + message[start_of_last:])
    return fragments


class Assembly:
    """The message of which some fragments have come; holds at most `MESSAGE_SIZE_MAX_BYTES`."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, plaintext: bytes) -> bytes | None:
        """Take the next plaintext; return the whole message where this was its last fragment.

        Raises `Malformed` (no or unknown first byte, an empty fragment, one that is not full though more
        follows), `OverLimit` (the message is longer than allowed).  The object is of no use after an
        error.
        """
        flag, size = plaintext[:1], len(plaintext) - 1
        if flag == LAST:
            if size == 0:
                raise Malformed("a fragment carries nothing")
        elif flag != MORE_FOLLOWS:
            raise Malformed("a fragment begins with 0 (last) or 1 (more follows)")
        elif size != FRAGMENT_SIZE_MAX_BYTES:
            raise Malformed(f"a fragment before the last carries {FRAGMENT_SIZE_MAX_BYTES} bytes, not {size}")
        self._size += size
        if self._size > MESSAGE_SIZE_MAX_BYTES:
            raise OverLimit(f"a message exceeds {MESSAGE_SIZE_MAX_BYTES} bytes")
        if flag == MORE_FOLLOWS:
            self._parts.append(plaintext[1:])
            return None
        if not self._parts:
            self._size = 0
            return plaintext[1:]
        self._parts.append(plaintext[1:])
        message = b"".join(self._parts)
        self._parts = []
        self._size = 0
        return message
