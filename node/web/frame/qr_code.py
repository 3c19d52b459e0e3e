"""A QR code (ISO/IEC 18004) as an inline drawing: dark on white in either scheme, with its quiet zone."""

from functools import lru_cache

import segno

from node.web.frame.markup import Element, e

# What is folded, rained on and photographed by a cheap phone: level M mends 15 % of the squares.
ERROR_CORRECTION = "m"

# To try all eight and keep the one that looks most even takes six times as long (20 ms), on every page of a
# record; ids are random letters, which any of them leaves even enough.  A reader takes each as it is named.
MASK = 2

# Codes of the pages that are being read.
REMEMBERED_MAX = 256

# Squares that have to stay white around the code (ISO/IEC 18004 §6.3.8).
QUIET_ZONE = 4

# 15-M: 77 squares a side, still to be scanned at 3 cm from paper.
TEXT_LENGTH_MAX_BYTES = 412


def qr_code(text: str, label: str) -> Element:
    """Return a code that holds `text`; `label` says it to those who cannot see it.

    Raises `ValueError` for more than `TEXT_LENGTH_MAX_BYTES`, and for a text that is not in ASCII, of which
    readers of codes guess the encoding, each its own way.
    """
    if len(text) > TEXT_LENGTH_MAX_BYTES or not text.isascii():
        raise ValueError("no text for a code on paper")
    side, path = _drawn(text)
    return e(
        "svg",
        e("title", label),
        e("rect", width=side, height=side, class_="ground"),
        e("path", d=path, class_="squares"),
        viewBox=f"0 0 {side} {side}",
        role="img",
        shape_rendering="crispEdges",
        class_="qr",
    )


@lru_cache(REMEMBERED_MAX)
def _drawn(text: str) -> tuple[int, str]:
    """Return how many squares a code is wide, and the path of the dark ones."""
    code = segno.make(text, error=ERROR_CORRECTION, micro=False, boost_error=False, mask=MASK)
    squares = [[bool(square & 1) for square in row] for row in code.matrix]
    return len(squares) + 2 * QUIET_ZONE, _path(squares)


def _path(squares: list[list[bool]]) -> str:
    """Return the dark squares, each run of them in a row as one stroke."""
    strokes: list[str] = []
    for y, row in enumerate(squares):
        x = 0
        while x < len(row):
            start = x
            while x < len(row) and row[x]:
                x += 1
            if x > start:
                strokes.append(f"M{start + QUIET_ZONE} {y + QUIET_ZONE}h{x - start}v1h-{x - start}z")
            x += 1
    return "".join(strokes)
