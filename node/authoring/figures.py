"""Numbers as records have them: integers with a decimal exponent (docs/decisions/0002-integers-only.md)."""

import re

_NUMBER = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(?:[.,](?P<rest>[0-9]+))?")


def scaled(number: str) -> tuple[int, int]:
    """Return a decimal number as an integer and its decimals: `12.5` is 125 and 1.  Raises `ValueError`."""
    match = _NUMBER.fullmatch(number.strip())
    if match is None:
        raise ValueError(number)
    rest = (match["rest"] or "").rstrip("0")
    return int(match["sign"] + match["whole"] + rest), len(rest)
