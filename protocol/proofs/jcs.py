"""JSON in its one canonical form (RFC 8785, JCS), for values without fractions.

Everything a record can hold is a text, an integer of at most 2^53 − 1, true, false, null, a list or a map
(docs/protocol.md §2.1), so that the hard part of the RFC, how fractions are written, does not arise; the
package rfc8785 does that part as well, and is one more thing to trust.
"""

import json
from typing import Any

from protocol.errors import Malformed, OverLimit

INTEGER_MAX = 2**53 - 1  # RFC 7493 §2.2: past it a reader's floats round
# A payload's 16 (docs/protocol.md §2.1), and the document around it.
DEPTH_MAX = 20

# Escapes as RFC 8785 §3.2.2.2 has them: the two-character forms where there are any, else \u and lower case.
_text = json.JSONEncoder(ensure_ascii=False).encode


def canonical_json(value: Any) -> bytes:
    """Return the one JSON text of `value` in UTF-8: no blanks, keys in the order of their UTF-16 units.

    Raises `Malformed` for what has no such form here (fractions, lone surrogates, keys that are no texts),
    `OverLimit` for integers past 2^53 − 1 and nesting deeper than 20.
    """
    pieces: list[str] = []
    _write(value, pieces, 0)
    try:
        return "".join(pieces).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a text holds a lone surrogate") from None


def _write(value: Any, pieces: list[str], depth: int) -> None:
    if depth > DEPTH_MAX:
        raise OverLimit(f"nested deeper than {DEPTH_MAX}")
    match value:
        case None | bool():
            pieces.append("null" if value is None else "true" if value else "false")
        case int():
            if abs(value) > INTEGER_MAX:
                raise OverLimit("an integer is further from 0 than 2^53 - 1")
            pieces.append(str(value))
        case str():
            pieces.append(_text(value))
        case list() | tuple():
            for index, item in enumerate(value):
                pieces.append("," if index else "[")
                _write(item, pieces, depth + 1)
            pieces.append("]" if value else "[]")
        case dict():
            _write_map(value, pieces, depth)
        case _:
            raise Malformed(f"a {type(value).__name__} has no canonical JSON here")


def _write_map(value: dict[Any, Any], pieces: list[str], depth: int) -> None:
    if not all(type(key) is str for key in value):
        raise Malformed("a key is not a text")
    for index, key in enumerate(sorted(value, key=_utf_16_units)):
        pieces.append("," if index else "{")
        pieces.append(_text(key) + ":")
        _write(value[key], pieces, depth + 1)
    pieces.append("}" if value else "{}")


def _utf_16_units(key: str) -> bytes:
    # RFC 8785 §3.2.3.  Code points past U+FFFF come before U+E000…U+FFFF in this order.
    return key.encode("utf-16-be", "surrogatepass")
