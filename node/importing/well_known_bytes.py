"""Geometry in bytes: well-known binary (OGC 06-103r4 §8), as GeoPackages hold it, with or without heights.

Counts are believed only as far as there are bytes: a few bytes never make a long list.
"""

import struct
from decimal import Decimal
from math import isfinite
from typing import Any

from node.importing.rows import remark

_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_NAMES = {
    1: "Point",
    2: "LineString",
    3: "Polygon",
    4: "MultiPoint",
    5: "MultiLineString",
    6: "MultiPolygon",
    7: "GeometryCollection",
}
# Collections in collections: deeper than people nest.
NESTING_MAX = 8

# PostGIS marks heights, measures and systems in the upper bits; the standard adds thousands.
_HAS_HEIGHT, _HAS_MEASURE, _HAS_SYSTEM = 0x80000000, 0x40000000, 0x20000000


def geometry_of_bytes(data: bytes) -> dict[str, Any] | None:
    """Return the GeoJSON geometry of well-known binary, None where it is empty.  Raises `ValueError`."""
    reader = _Reader(data)
    geometry = reader.geometry(0)
    if reader.at != len(data):
        raise ValueError(remark("its geometry is damaged: something follows its end"))
    return geometry


class _Reader:
    """Goes through the bytes of one geometry."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0

    def geometry(self, depth: int) -> dict[str, Any] | None:
        if depth > NESTING_MAX:
            raise ValueError(remark(f"its geometries are nested deeper than {NESTING_MAX}"))
        order = self._take(1)[0]
        if order not in (0, 1):
            raise ValueError(remark("its geometry is damaged: its order of bytes is not known"))
        mark = "<" if order else ">"
        (code,) = struct.unpack(f"{mark}I", self._take(4))
        dimensions = 2 + bool(code & _HAS_HEIGHT) + bool(code & _HAS_MEASURE)
        if code & _HAS_SYSTEM:
            self._take(4)
        code &= 0x0FFFFFFF
        if code >= 1_000:
            dimensions = {1: 3, 2: 3, 3: 4}.get(code // 1_000, 2)
            code %= 1_000
        if code not in _NAMES:
            raise ValueError(remark("its geometry is of a sort that is not read here, such as a curve"))
        if code == _POINT:
            positions = self._positions(mark, dimensions, 1)
            return None if positions is None else {"type": "Point", "coordinates": positions[0]}
        if code == _LINE:
            line = self._line(mark, dimensions)
            return {"type": "LineString", "coordinates": line} if line else None
        if code == _POLYGON:
            # A ring takes its count, four bytes, at least.
            rings = [self._line(mark, dimensions) for _ in range(self._count(mark, 4))]
            return {"type": "Polygon", "coordinates": rings} if rings else None
        # A member takes its order and its code, five bytes, at least.
        members = [self.geometry(depth + 1) for _ in range(self._count(mark, 5))]
        present = [member for member in members if member is not None]
        if not present:
            return None
        if code == _COLLECTION:
            return {"type": "GeometryCollection", "geometries": present}
        if any(member["type"] != _NAMES[code - 3] for member in present):
            raise ValueError(remark("its geometry is damaged: its parts are of another sort"))
        return {"type": _NAMES[code], "coordinates": [member["coordinates"] for member in present]}

    def _line(self, mark: str, dimensions: int) -> list[list[Decimal]]:
        count = self._count(mark, 8 * dimensions)
        return self._positions(mark, dimensions, count) or []

    def _positions(self, mark: str, dimensions: int, count: int) -> list[list[Decimal]] | None:
        """Return positions without their heights; None for the one that is not a number, an empty point."""
        numbers = struct.unpack(f"{mark}{count * dimensions}d", self._take(8 * count * dimensions))
        xs, ys = numbers[0::dimensions], numbers[1::dimensions]
        if not all(map(isfinite, xs)) or not all(map(isfinite, ys)):
            if count == 1:
                return None
            raise ValueError(remark("a position of its geometry is not a finite number"))
        return [[exact(x), exact(y)] for x, y in zip(xs, ys, strict=True)]

    def _count(self, mark: str, size_bytes: int) -> int:
        count: int = struct.unpack(f"{mark}I", self._take(4))[0]
        if count * size_bytes > len(self._data) - self.at:
            raise ValueError(remark("its geometry is damaged: it ends in the middle"))
        return count

    def _take(self, size_bytes: int) -> bytes:
        data = self._data[self.at : self.at + size_bytes]
        if len(data) != size_bytes:
            raise ValueError(remark("its geometry is damaged: it ends in the middle"))
        self.at += size_bytes
        return data


def exact(number: float) -> Decimal:
    """Return a double as the shortest decimal that is read back as the same."""
    return Decimal(repr(number))
