"""Angles as people write them: 2°35'15.3"S, 78 12 30 O, S 2° 35.255', −2,5877; decimal degrees come out.

W is west, and so is O (oeste) in Spanish tables; a hemisphere makes the sign, and may stand at either end.
"""

import re
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from node.importing.cells import Cells, Unusable, clean, number

# Two or three parts, at most three digits, two and two, each with or without its mark; the last may be
# broken.
_PART = r"(\d{1,3}(?:[.,]\d{1,12})?)"
_DEGREES_MINUTES_SECONDS = re.compile(
    rf"(?P<sign>[+-]?)\s*{_PART}\s*(?:[°º*dg:]|\s)\s*{_PART}\s*(?:['m:]|\s)?\s*(?:{_PART}\s*(?:\"|''|s)?)?",
    re.IGNORECASE,
)
_HEMISPHERE = re.compile(r"[NSEWO]", re.IGNORECASE)
# What a hemisphere stands beside: not the rest of a word.
_FIGURES = re.compile(r"\s*[-+]?\d")
_MARKS = str.maketrans(
    {
        "′": "'",
        "’": "'",
        "´": "'",
        "`": "'",
        "″": '"',
        "”": '"',
        "“": '"',
        "−": "-",
        "–": "-",
        "˚": "°",
        "º": "°",
    }
)
# Nine million metres north, with blanks between the thousands.
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:\s\d{3})+(?:[.,]\d+)?")
_BLANK_BETWEEN = re.compile(r"\d\s+\d")
_NEGATIVE = frozenset("SWO")
_LENGTH_MAX_CHARS = 60


def angle(value: Any, cells: Cells) -> Decimal | None:
    """Return a cell as degrees, None where blank.  Raises `Unusable`."""
    text = clean(value).translate(_MARKS).strip()
    if not text or not isinstance(value, str):
        return number(value, cells)
    if len(text) > _LENGTH_MAX_CHARS:
        raise Unusable(f"{text!r:.60} is no angle")
    bare, hemisphere = _without_hemisphere(normalize("NFKC", text))
    thousands = _THOUSANDS.fullmatch(bare) is not None
    matched = None if thousands else _DEGREES_MINUTES_SECONDS.fullmatch(bare)
    if matched is not None:
        found = _sexagesimal(matched, text)
    elif not thousands and _BLANK_BETWEEN.search(bare):
        raise Unusable(f"{text!r:.60} is no angle")
    else:
        plain = number(bare.removesuffix("°").removesuffix("º").strip(), cells)
        if plain is None:
            raise Unusable(f"{text!r:.60} is no angle")
        found = plain
    if hemisphere and found < 0:
        raise Unusable(f"{text!r:.60} has a minus and a hemisphere: which of them is meant?")
    return -found if hemisphere in _NEGATIVE else found


def _without_hemisphere(text: str) -> tuple[str, str]:
    """Return an angle without the letter of its hemisphere, and that letter, in capitals."""
    for at, rest in ((text[0], text[1:]), (text[-1], text[:-1])):
        if _HEMISPHERE.fullmatch(at) and _FIGURES.match(rest):
            return rest.strip(), at.upper()
    return text, ""


def _sexagesimal(matched: re.Match[str], text: str) -> Decimal:
    degrees, minutes, seconds = (Decimal((part or "0").replace(",", ".")) for part in matched.groups()[1:])
    if minutes >= 60 or seconds >= 60 or degrees != int(degrees) or (matched[4] and minutes != int(minutes)):
        raise Unusable(f"{text!r:.60} is no angle: minutes and seconds go up to 60")
    found = degrees + minutes / 60 + seconds / 3600
    found = round(found, 9)
    return -found if matched["sign"] == "-" else found
