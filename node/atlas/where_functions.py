"""What a condition on the atlas may call beside SQLite's own: for texts, and for places and boxes.

    casei(text)   accenti(text)   meets(wkb, west, south, east, north)

Where a geometry library is (`node.atlas.shapes_process`), also `relates(function, wkb, wkb in hex)`.

Nothing comes of nothing: where a feature has no text or no place, so has the answer none.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from node.atlas.meeting import meets_wkb
from protocol.geometry_units import BoundingBox


def casei(text: str) -> str:
    """Return a text whose capitals make no difference (Unicode §3.13, full case folding)."""
    return unicodedata.normalize("NFC", text.casefold())


def accenti(text: str) -> str:
    """Return a text without its accents."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if unicodedata.category(c) != "Mn"))


FOLDS: Mapping[str, Callable[[str], str]] = {"CASEI": casei, "ACCENTI": accenti}


def _of_something(fold: Callable[[str], str]) -> Callable[[str | None], str | None]:
    return lambda text: None if text is None else fold(text)


def _meets(wkb: bytes | None, west: int, south: int, east: int, north: int) -> bool | None:
    return None if wkb is None else meets_wkb(wkb, BoundingBox(west, south, east, north))


# Each by its name and the number of values that it takes.
FUNCTIONS: Mapping[tuple[str, int], Callable[..., Any]] = {
    **{(name, 1): _of_something(fold) for name, fold in FOLDS.items()},
    ("meets", 5): _meets,
}
