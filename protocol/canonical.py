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

# A list's slots are allocated before its items are read, in each of the 1,024 levels that the unpacker goes
# down: 1,024 × 1,024 slots are 8 MB.  Longer messages are measured first.
_UNMEASURED_LENGTH_MAX = 1_024


def encode(value: Any) -> bytes:
    """Return the one canonical encoding of `value`.

    Maps may be given in any order, arrays as lists or tuples; strings must already be NFC.
    Raises `Malformed` for a value the subset cannot express, `OverLimit` past a named limit.
    """
    _check(value, 0)
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        raise Malformed("a string holds a lone surrogate") from None


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
    value = _read(data)
    # There is one way to write a value.  Written anew, by another library than the one that read it, other
    # orders, long forms and repeated keys show.
    try:
        if _encoder.encode(value) == data:
            return value
    except (TypeError, ValueError, RecursionError, OverflowError):
        raise Malformed("an item is of a type that is not in the subset") from None
    raise Malformed("not canonical: keys out of order or repeated, or a form longer than needed")


def _read(data: bytes) -> Any:
    longest = _UNMEASURED_LENGTH_MAX
    if len(data) > longest:
        _require_measured(data)
        longest = len(data)
    try:
        return msgpack.unpackb(
            data, raw=False, strict_map_key=True, max_array_len=longest, max_map_len=longest
        )
    except (ValueError, TypeError, RecursionError, OverflowError, msgpack.UnpackException) as error:
        raise Malformed(f"not msgpack: {type(error).__name__}") from None


def _require_measured(data: bytes) -> None:
    """Raise `Malformed` unless all items that arrays and maps announce are there, without building any."""
    unpacker = msgpack.Unpacker(max_buffer_size=len(data))
    unpacker.feed(data)
    try:
        unpacker.skip()
    except (ValueError, TypeError, RecursionError, OverflowError, msgpack.UnpackException) as error:
        raise Malformed(f"not msgpack: {type(error).__name__}") from None


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
            if not (key.isascii() or is_normalized("NFC", key)):
                raise Malformed("a map key is not in Unicode NFC")
            if type(item) is str:
                if not (item.isascii() or is_normalized("NFC", item)):
                    raise Malformed("a string is not in Unicode NFC")
            elif type(item) is not bytes:
                _check(item, depth + 1)
    elif kind is list or kind is tuple:
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        # Coordinates are long lists of integers: look at them all at once.
        if set(map(type, value)) == {int}:
            if min(value) < -INTEGER_MAX or max(value) > INTEGER_MAX:
                raise OverLimit("an integer is beyond ±(2^53 − 1)")
            return
        for item in value:
            if item is not None and type(item) is not bytes:
                _check(item, depth + 1)
    elif kind is str:
        if not (value.isascii() or is_normalized("NFC", value)):
            raise Malformed("a string is not in Unicode NFC")
    elif kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise OverLimit("an integer is beyond ±(2^53 − 1)")
    elif not (value is None or kind is bool or kind is bytes):
        raise Malformed(f"{kind.__name__} is not in the subset")
