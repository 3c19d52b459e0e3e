"""Canonical msgpack: one encoding per value (docs/protocol.md §2).

A strict subset of the msgpack specification: nil, booleans, integers within ±(2^53 − 1),
strings (UTF-8, NFC), binary, arrays, and maps with unique string keys in ascending order of
their UTF-8 bytes; every length and integer in its shortest form; no floats, no extension types;
depth and size bounded.  The decoder refuses everything else, so that equal values have equal
bytes on every implementation.
"""

from typing import Any
from unicodedata import is_normalized

import msgpack
import msgspec

from protocol.errors import Malformed, OverLimit
from protocol.limits import DEPTH_MAX, INTEGER_MAX

# Maps are written in key order, lengths and integers in their shortest form.
_encoder = msgspec.msgpack.Encoder(order="deterministic")
_decoder = msgspec.msgpack.Decoder()

# A list's slots are allocated before its items are read, as many as bytes are left, in each of the 1,000
# levels that the decoder goes down: 1,000 × 1,024 slots are 8 MB.  Longer messages are measured first.
_UNMEASURED_SIZE_MAX_BYTES = 1_024


def encode(value: Any) -> bytes:
    """Return the one canonical encoding of `value`.

    Maps may be given in any order, arrays as lists or tuples; strings must already be NFC.
    Raises `Malformed` for a value the subset cannot express, `OverLimit` past a named limit.
    """
    _check(value, 0)
    return encode_unchecked(value)


def encode_unchecked(value: Any) -> bytes:
    """Return the encoding of `value`, for callers that read it again, or made it of what they have read."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Malformed("a string holds a lone surrogate") from None
    except (TypeError, ValueError, OverflowError, RecursionError):
        raise Malformed("an item is of a type that is not in the subset") from None


def decode(data: bytes, size_max_bytes: int) -> Any:
    """Return the value whose canonical encoding is exactly `data`.

    Raises `Malformed` or `OverLimit`, nothing else, for any bytes.
    """
    value = decode_shortest(data, size_max_bytes)
    _check(value, 0)
    return value


def decode_shortest(data: bytes, size_max_bytes: int) -> Any:
    """Return the value that `data` encodes in order and shortest form, its items unchecked.

    For callers that check the type and range of every item by themselves, as for a header; all others want
    `decode`.  Raises `Malformed` or `OverLimit`.
    """
    if len(data) > size_max_bytes:
        raise OverLimit(f"{len(data)} bytes where at most {size_max_bytes} are allowed")
    # There is one way to write a value.  Written anew, other orders, long forms and repeated keys show.
    try:
        require_measured(data)
        value = _decoder.decode(data)
        if _encoder.encode(value) == data:
            return value
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        raise Malformed(f"not msgpack of this subset: {type(error).__name__}") from None
    raise Malformed("not canonical: keys out of order or repeated, or a form longer than needed")


def require_measured(data: bytes) -> None:
    """Raise `ValueError` unless all items that arrays and maps announce are there, without building any."""
    if len(data) <= _UNMEASURED_SIZE_MAX_BYTES:
        return
    unpacker = msgpack.Unpacker(max_buffer_size=len(data))
    unpacker.feed(data)
    try:
        unpacker.skip()
    except (TypeError, msgpack.UnpackException) as error:
        raise ValueError(type(error).__name__) from None


def _is_nfc(text: str) -> bool:
    """Whether a text is in Unicode NFC, as everything is that Latin-1 can write (UAX #15, quick check)."""
    if text.isascii():
        return True
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return is_normalized("NFC", text)
    return True


def _check(value: Any, depth: int) -> None:  # noqa: C901 -- one branch a type, in one loop
    """Refuse what the subset cannot express.

    The hottest loop of a node: strings and binaries are looked at in their container's own loop.
    """
    kind = type(value)
    if kind is dict:
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        for key, item in value.items():
            if type(key) is not str:
                raise Malformed("a map key is not a string")
            if not (key.isascii() or _is_nfc(key)):
                raise Malformed("a map key is not in Unicode NFC")
            kind = type(item)
            if kind is str:
                if not (item.isascii() or _is_nfc(item)):
                    raise Malformed("a string is not in Unicode NFC")
            elif kind is not bytes:
                _check(item, depth + 1)
    elif kind is list or kind is tuple:
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        # Coordinates are long lists of integers: look at them all at once.
        if value and type(value[0]) is int and set(map(type, value)) == _INTEGERS:
            if min(value) < -INTEGER_MAX or max(value) > INTEGER_MAX:
                raise OverLimit("an integer is beyond ±(2^53 − 1)")
            return
        for item in value:
            if item is not None and type(item) is not bytes:
                _check(item, depth + 1)
    elif kind is str:
        if not _is_nfc(value):
            raise Malformed("a string is not in Unicode NFC")
    elif kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise OverLimit("an integer is beyond ±(2^53 − 1)")
    elif not (value is None or kind is bool or kind is bytes):
        raise Malformed(f"{kind.__name__} is not in the subset")


_INTEGERS = {int}
