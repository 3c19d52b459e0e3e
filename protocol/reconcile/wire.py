"""The bytes of a reconciliation message: varints, bounds, ranges.

    Message := 0x61 Range*
    Range   := Bound Mode Payload
    Bound   := varint(0 | 1 + seconds − previous seconds) varint(length) prefix

Source: Negentropy protocol V1 (github.com/hoytech/negentropy, docs/negentropy-protocol-v1.md; NIP-77).
"""

from dataclasses import dataclass
from typing import NamedTuple

from protocol.errors import Malformed, Unsupported

VERSION_BYTE = 0x61
VERSION_BYTES = range(0x60, 0x70)  # what the first byte of any version's message can be

ID_SIZE_BYTES = 32
FINGERPRINT_SIZE_BYTES = 16

MODE_SKIP = 0
MODE_FINGERPRINT = 1
MODE_ID_LIST = 2

# 64 bits in base 128 take ten digits.
VARINT_SIZE_MAX_BYTES = 10
VARINT_MAX = 2**64 - 1


class Bound(NamedTuple):
    """A point between items: all items below `(seconds, prefix ‖ zeros)` are on its left."""

    seconds: int
    prefix: bytes  # 0 to 32 bytes of an id


ORIGIN = Bound(0, b"")

# The time 2^64 − 1 is reserved; on the wire it is the offset 0.
INFINITY = Bound(VARINT_MAX, b"")


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing to say of the items below `upper`."""

    upper: Bound


@dataclass(frozen=True, slots=True)
class FingerprintRange:
    """The sender's items below `upper` have this fingerprint."""

    upper: Bound
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class IdListRange:
    """The sender's items below `upper` are these and no others."""

    upper: Bound
    ids: list[bytes]


Range = Skip | FingerprintRange | IdListRange


def encode_varint(number: int) -> bytes:
    """Encode 0 ≤ number < 2^64 in base 128, most significant digit first, in as few digits as possible."""
    digits = bytearray([number & 0x7F])
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    digits.reverse()
    return bytes(digits)


class RangeWriter:
    """Encodes ranges one after another, remembering the time that the next bound is counted from."""

    def __init__(self) -> None:
        self._seconds = 0

    def skip(self, upper: Bound) -> bytes:
        return self._bound(upper) + b"\x00"

    def fingerprint(self, upper: Bound, fingerprint: bytes) -> bytes:
        return self._bound(upper) + b"\x01" + fingerprint

    def id_list(self, upper: Bound, ids: list[bytes]) -> bytes:
        return self._bound(upper) + b"\x02" + encode_varint(len(ids)) + b"".join(ids)

    def mark(self) -> int:
        """Return what `rewind` needs to forget the ranges written from here on."""
        return self._seconds

    def rewind(self, mark: int) -> None:
        self._seconds = mark

    def _bound(self, bound: Bound) -> bytes:
        offset = 0 if bound == INFINITY else 1 + bound.seconds - self._seconds
        self._seconds = bound.seconds
        return encode_varint(offset) + encode_varint(len(bound.prefix)) + bound.prefix


class _Reader:
    def __init__(self, message: bytes, position: int) -> None:
        self._message = message
        self._position = position
        self._seconds = 0

    @property
    def left(self) -> int:
        return len(self._message) - self._position

    def take(self, size: int) -> bytes:
        if size > self.left:
            raise Malformed("reconciliation: the message ends in the middle of a range")
        start = self._position
        self._position = start + size
        return self._message[start : self._position]

    def varint(self) -> int:
        number = 0
        for position in range(VARINT_SIZE_MAX_BYTES):
            digit = self.take(1)[0]
            if position == 0 and digit == 0x80:
                raise Malformed("reconciliation: a varint begins with a zero digit")
            number = number << 7 | digit & 0x7F
            if digit < 0x80:
                if number > VARINT_MAX:
                    break
                return number
        raise Malformed("reconciliation: a varint exceeds 64 bits")

    def bound(self) -> Bound:
        offset = self.varint()
        if offset == 0:
            seconds = INFINITY.seconds
        else:
            seconds = self._seconds + offset - 1
            if seconds >= INFINITY.seconds:
                raise Malformed("reconciliation: a bound's time exceeds 64 bits")
        self._seconds = seconds
        size = self.varint()
        if size > ID_SIZE_BYTES:
            raise Malformed("reconciliation: a bound's id prefix exceeds 32 bytes")
        if size and offset == 0:
            raise Malformed("reconciliation: infinity has an id prefix")
        return Bound(seconds, self.take(size))

    def ids(self) -> list[bytes]:
        count = self.varint()
        if count * ID_SIZE_BYTES > self.left:
            raise Malformed("reconciliation: an id list is longer than its message")
        return [self.take(ID_SIZE_BYTES) for _ in range(count)]


def _goes_on(previous: Bound, upper: Bound) -> bool:
    """Say whether ranges ascend.  Implementations end a full frame with a second, empty range at infinity."""
    if upper == INFINITY:
        return True
    return (previous.seconds, previous.prefix.rstrip(b"\0")) < (upper.seconds, upper.prefix.rstrip(b"\0"))


def decode_message(message: bytes) -> list[Range]:
    """Decode a whole message of this version; the work and the result are bounded by its size.

    Raises `Unsupported` for another version of the protocol, `Malformed` for anything the grammar does not
    give, ranges that do not ascend included.
    """
    if not message or message[0] not in VERSION_BYTES:
        raise Malformed("reconciliation: the message does not begin with a protocol version")
    if message[0] != VERSION_BYTE:
        raise Unsupported(f"reconciliation: the peer speaks version {message[0] - 0x60}, not 1")
    reader = _Reader(message, position=1)
    ranges: list[Range] = []
    previous = ORIGIN
    while reader.left:
        upper = reader.bound()
        if not _goes_on(previous, upper):
            raise Malformed("reconciliation: bounds do not ascend")
        previous = upper
        match reader.varint():
            case 0:
                ranges.append(Skip(upper))
            case 1:
                ranges.append(FingerprintRange(upper, reader.take(FINGERPRINT_SIZE_BYTES)))
            case 2:
                ranges.append(IdListRange(upper, reader.ids()))
            case mode:
                raise Malformed(f"reconciliation: unknown range mode {mode}")
    return ranges
