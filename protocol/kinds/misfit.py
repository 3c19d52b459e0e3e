"""What does not fit a content's type, in words: msgspec's message says which rule, and where.

Its wording is its own affair and may change; what people read, in import lists and in errors, is ours.
"""

import re

from protocol.errors import Malformed, OverLimit
from protocol.kinds.commons import LABEL_CODE
from protocol.kinds.procedure import CURRENCY
from protocol.kinds.text import DATE, PARTIAL_DATE

# Of a word that a peer made up, as much as a log or a terminal should show.
WORD_SHOWN_MAX_CHARS = 40

_PATTERNS = {
    DATE: "a day such as 2026-05-31",
    PARTIAL_DATE: "a year, a month or a day, such as 1483 or 2026-05-31",
    LABEL_CODE: "a label such as TK A",
    CURRENCY: "a currency such as USD",
}

_TYPES = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number with decimals",
    "bool": "true or false",
    "array": "a list",
    "object": "a table of fields",
    "bytes": "an id, a key or other bytes",
    "null": "nothing",
    "str | object": "a text or a table of fields",
}

_AT = re.compile(r"(?s)(.*?)(?: - at `(?:key` in `)?\$(.*)`)?")
_BOUND = re.compile(r"Expected `(\w+)` (of length )?(<=|>=) (-?\d+)")
_MISSING = re.compile(r"Object missing required field `(\w+)`")
_TYPE = re.compile(r"Expected `(.+)`, got `(\w+)`")
_PATTERN = re.compile(r"(?s)Expected `str` matching regex '(.*)'")
_WORD = re.compile(r"(?s)Invalid enum value (.*)")


def misfit(text: str) -> Malformed | OverLimit:
    """Return the fault that a message of msgspec's is about."""
    matched = _AT.fullmatch(text)
    assert matched is not None
    said, path = matched.groups()
    where = _where(path or "")
    if bound := _BOUND.fullmatch(said):
        return _out_of_bounds(where, *bound.groups())
    if missing := _MISSING.fullmatch(said):
        lacking = _where(f"{path or ''}.{missing[1]}")
        return Malformed(f"{lacking} is missing")
    if kinds := _TYPE.fullmatch(said):
        expected = kinds[1].removesuffix(" | null")
        return Malformed(
            f"{where} is {_TYPES.get(kinds[2], kinds[2])}, and not {_TYPES.get(expected, expected)}"
        )
    if pattern := _PATTERN.fullmatch(said):
        wanted = _PATTERNS.get(pattern[1].replace("\\\\", "\\"))
        if wanted is None:
            return Malformed(f"{where} is not written as it has to be")
        return Malformed(f"{where} is not written like {wanted}")
    if word := _WORD.fullmatch(said):
        return Malformed(f"{where} has no such word as {word[1][:WORD_SHOWN_MAX_CHARS]}")
    # What a part says of itself (`protocol.kinds.text.Part`) is ours already.
    return Malformed(f"{where}: {said}" if path else said)


def _out_of_bounds(where: str, kind: str, length: str | None, side: str, limit: str) -> Malformed | OverLimit:
    if side == ">=":
        if length is None:
            return Malformed(f"{where} is too small: {limit} at least")
        if limit == "1":
            return Malformed(f"{where} is empty")
        if kind == "bytes":
            return Malformed(f"{where} has too few bytes: {limit} at least")
        return Malformed(f"{where} has too few entries: {limit} at least")
    if length is None:
        return OverLimit(f"{where} is too large: {limit} at most")
    if kind == "str":
        return OverLimit(f"a text in the field {where} is longer than {limit} characters")
    if kind == "bytes":
        return OverLimit(f"the field {where} has more than {limit} bytes")
    return OverLimit(f"the field {where} has more than {limit} entries")


def _where(path: str) -> str:
    """Return a place in a content as people would name it: `parties 2, name` for `.parties[1].name[...]`."""
    parts: list[str] = []
    for name, at in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if name or not parts:
            parts.append(name or str(int(at) + 1))
        else:
            parts[-1] += f" {int(at) + 1}"
    return ", ".join(parts) or "the content"
