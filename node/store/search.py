"""Words and boxes: what goes into the two search indexes, and how they are asked."""

import unicodedata
from collections.abc import Iterable

from protocol.geometry_units import LONGITUDE_MAX, BoundingBox

# People type a few words; each costs a walk through the index.
SEARCH_WORDS_MAX = 16
SEARCH_LENGTH_MAX_CHARS = 500


def match_expression(text: str) -> str | None:
    """Return the FTS5 query for things that hold a word beginning with each word of `text`.

    None where `text` holds no word.  Words past `SEARCH_WORDS_MAX` are left out.
    """
    folded = unicodedata.normalize("NFC", text[:SEARCH_LENGTH_MAX_CHARS])
    # As the tokenizer of the index cuts them (https://www.sqlite.org/fts5.html#unicode61_tokenizer):
    # letters and numbers.
    words = "".join(c if unicodedata.category(c)[0] in "LN" else " " for c in folded).split()
    return " ".join(f'"{word}"*' for word in words[:SEARCH_WORDS_MAX]) or None


def parts_of(box: BoundingBox) -> list[tuple[int, int, int, int]]:
    """Return west, east, south, north of a box, cut in two where it crosses the antimeridian."""
    if box.west <= box.east:
        return [(box.west, box.east, box.south, box.north)]
    return [
        (box.west, LONGITUDE_MAX, box.south, box.north),
        (-LONGITUDE_MAX, box.east, box.south, box.north),
    ]


def place_rows(places: Iterable[tuple[int, BoundingBox]]) -> list[tuple[int, int, int, int, int]]:
    """Return the rows of the spatial index for things and their boxes."""
    return [(2 * thing + index, *part) for thing, box in places for index, part in enumerate(parts_of(box))]
