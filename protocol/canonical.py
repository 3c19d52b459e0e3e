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

from protocol.errors import Malformed, OverLimit
from protocol.limits import DEPTH_MAX, INTEGER_MAX

# A list's slots are allocated before its items are read: this bounds what one length prefix can cost.
_ARRAY_LENGTH_MAX = 131_072


def encode(value: Any) -> bytes:
    """Return the one canonical encoding of `value`.

    Maps may be given in any order; strings must already be NFC (see `normalise`).
    Raises `Malformed` for a value the subset cannot express, `OverLimit` past a named limit.
    """
    ordered = _ordered(value, 0)
    packed: bytes = msgpack.packb(ordered, use_bin_type=True)
    return packed


def decode(data: bytes, size_max_bytes: int) -> Any:
    """Return the value whose canonical encoding is exactly `data`.

    Raises `Malformed` or `OverLimit`, nothing else, for any bytes.
    """
    if len(data) > size_max_bytes:
        raise OverLimit(f"{len(data)} bytes where at most {size_max_bytes} are allowed")
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            max_array_len=min(len(data), _ARRAY_LENGTH_MAX),
            max_map_len=min(len(data), _ARRAY_LENGTH_MAX),
        )
    except (ValueError, TypeError, RecursionError, OverflowError, msgpack.UnpackException) as error:
        raise Malformed(f"not msgpack: {type(error).__name__}") from None
    _require_canonical(value, 0)
    # The only freedoms left are long forms, repeated keys and str8 lengths; encoding again finds them.
    if msgpack.packb(value, use_bin_type=True) != data:
        raise Malformed("msgpack is not in its shortest form, or a key is repeated")
    return value


def _require_canonical(value: Any, depth: int) -> None:
    kind = type(value)
    if kind is str:
        if not (value.isascii() or is_normalized("NFC", value)):
            raise Malformed("a string is not in Unicode NFC")
    elif kind is int:
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise OverLimit("an integer is beyond ±(2^53 − 1)")
    elif kind is dict:
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        previous = None
        for key, item in value.items():
            if type(key) is not str:
                raise Malformed("a map key is not a string")
            if previous is not None and not previous < key:
                raise Malformed("map keys are not in order")
            if not (key.isascii() or is_normalized("NFC", key)):
                raise Malformed("a map key is not in Unicode NFC")
            previous = key
            _require_canonical(item, depth + 1)
    elif kind is list:
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        # Coordinates are long lists of integers: look at them all at once.
        if len(value) > 8 and set(map(type, value)) == {int}:
            if min(value) < -INTEGER_MAX or max(value) > INTEGER_MAX:
                raise OverLimit("an integer is beyond ±(2^53 − 1)")
            return
        for item in value:
            _require_canonical(item, depth + 1)
    elif not (value is None or kind is bool or kind is bytes):
        raise Malformed(f"{kind.__name__} is not in the subset")


def _ordered(value: Any, depth: int) -> Any:
    """Return `value` with maps in key order, tuples as lists; refuse what the subset refuses."""
    if isinstance(value, dict):
        if not all(type(key) is str for key in value):
            raise Malformed("a map key is not a string")
        ordered = {key: _ordered(value[key], depth + 1) for key in sorted(value)}
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        for key in ordered:
            if not (key.isascii() or is_normalized("NFC", key)):
                raise Malformed("a map key is not in Unicode NFC")
        return ordered
    if isinstance(value, list | tuple):
        if depth >= DEPTH_MAX:
            raise OverLimit(f"nested deeper than {DEPTH_MAX}")
        if len(value) > 8 and set(map(type, value)) == {int}:
            _require_canonical(list(value), depth)
            return value
        return [_ordered(item, depth + 1) for item in value]
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Malformed("a string holds a lone surrogate") from None
    _require_canonical(value, depth)
    return value
