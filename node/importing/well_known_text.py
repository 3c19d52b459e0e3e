"""Geometry in words: well-known text (OGC 06-103r4 §7), as QGIS and PostGIS write it into tables."""

import re
from decimal import Decimal
from typing import Any

from node.importing.positions import coordinate
from node.importing.rows import remark

_KINDS = {
    "POINT": ("Point", 0),
    "LINESTRING": ("LineString", 1),
    "MULTIPOINT": ("MultiPoint", 1),
    "POLYGON": ("Polygon", 2),
    "MULTILINESTRING": ("MultiLineString", 2),
    "MULTIPOLYGON": ("MultiPolygon", 3),
}
_HEAD = re.compile(r"\s*(?:SRID=(\d{1,6})\s*;)?\s*([A-Z]+)\s*(?:Z|M|ZM)?\s*(?=\(|EMPTY)", re.IGNORECASE)
_TOKEN = re.compile(r"\s*([(),]|[-+]?[\d.]+(?:[eE][-+]?\d{1,3})?)")
WGS84_CODES = (None, "4326")

# 40,000 positions, the most a record holds, and full decimals.
TEXT_LENGTH_MAX_CHARS = 2_000_000


def geometry_of_text(text: str) -> dict[str, Any] | None:
    """Return the GeoJSON geometry of well-known text, None where it is empty.  Raises `ValueError`."""
    if len(text) > TEXT_LENGTH_MAX_CHARS:
        raise ValueError(remark(f"its geometry has more than {TEXT_LENGTH_MAX_CHARS} characters"))
    head = _HEAD.match(text)
    if head is None or head[2].upper() not in _KINDS:
        raise ValueError(
            remark(f"{text!r:.60} is no geometry in well-known text, such as POINT (-78.5 -2.9)")
        )
    if head[1] not in WGS84_CODES:
        raise ValueError(
            remark(f"its geometry is in EPSG:{head[1]}, not in degrees of WGS 84: convert it first")
        )
    kind, depth = _KINDS[head[2].upper()]
    if text[head.end() :].strip().upper() == "EMPTY":
        return None
    nested = _nested(text, head.end(), depth + 1)
    if kind == "Point":
        return {"type": kind, "coordinates": nested[0] if len(nested) == 1 else nested}
    if kind == "MultiPoint":
        # Both ways are in use: ((1 2), (3 4)) and (1 2, 3 4).
        nested = [one[0] if len(one) == 1 and isinstance(one[0], list) else one for one in nested]
    return {"type": kind, "coordinates": nested}


def _nested(text: str, at: int, depth_max: int) -> list[Any]:
    """Return the parts between brackets as lists in lists, positions as lists of numbers."""
    stack: list[list[Any]] = []
    numbers: list[Decimal] = []
    while True:
        token = _TOKEN.match(text, at)
        if token is None:
            raise ValueError(remark(f"its geometry in well-known text is broken after {text[:at][-30:]!r}"))
        at = token.end()
        match token[1]:
            case "(":
                stack.append([])
                if len(stack) > depth_max or numbers:
                    raise ValueError(
                        remark(f"its geometry in well-known text is broken after {text[:at][-30:]!r}")
                    )
            case "," | ")":
                if not stack:
                    raise ValueError(
                        remark(f"its geometry in well-known text is broken after {text[:at][-30:]!r}")
                    )
                if numbers:
                    stack[-1].append(numbers)
                    numbers = []
                if token[1] == ")":
                    done = stack.pop()
                    if not stack:
                        if text[at:].strip():
                            raise ValueError(
                                remark(f"its geometry in well-known text is broken after {text[:at][-30:]!r}")
                            )
                        return done
                    stack[-1].append(done)
            case number:
                numbers.append(coordinate(number))
