"""A point that lies on a geometry, for tables and markers: never one beside it, as a centroid can be.

Of areas, the middle of the widest stretch of a line across the largest of them, halfway between two of its
corners (as JTS finds interior points); of lines, a corner in the middle of the longest; of points, the first.
All in units of 10⁻⁷ degree.
"""

from collections.abc import Iterable, Sequence
from math import hypot
from typing import Any

from protocol.kinds.geometry import Geometry

Point = tuple[int, int]

_AREAS = ("Polygon", "MultiPolygon")
_LINES = ("LineString", "MultiLineString")


def inner_point(geometry: Geometry) -> Point | None:
    """Return a point on a geometry, longitude and latitude; None where it is empty."""
    simple = list(_simple(geometry))
    areas = [rings for kind, parts in simple if kind in _AREAS for rings in parts]
    if areas:
        return _on_area(max(areas, key=lambda rings: abs(_doubled_area(rings[0]))))
    lines = [line for kind, parts in simple if kind in _LINES for line in parts]
    if lines:
        return _on_line(max(lines, key=_length))
    points = [line for kind, parts in simple for line in parts]
    return (points[0][0], points[0][1]) if points else None


def _simple(geometry: Geometry) -> Iterable[tuple[str, Sequence[Any]]]:
    """Yield the kind of each geometry that is no collection, with its polygons, lines, or runs of points."""
    kind = geometry["type"]
    match kind:
        case "GeometryCollection":
            for part in geometry["geometries"]:
                yield from _simple(part)
        case "MultiPolygon" | "MultiLineString":
            yield kind, geometry["coordinates"]
        case _:
            yield kind, [geometry["coordinates"]] if geometry["coordinates"] else []


def _on_area(rings: Sequence[Sequence[int]]) -> Point:
    outer = rings[0]
    heights = sorted(set(outer[1::2]))
    if len(heights) < 2:
        return outer[0], outer[1]  # a stroke without breadth
    # Halfway between the corners next to the middle, so that the line goes through none of the outer ring.
    middle = (heights[0] + heights[-1]) / 2
    above = next(at for at, height in enumerate(heights) if height > middle)
    height = (heights[above - 1] + heights[above]) / 2
    crossed = sorted(x for ring in rings for x in _crossings(ring, height))
    stretches = list(zip(crossed[0::2], crossed[1::2], strict=False))
    if not stretches:
        return outer[0], outer[1]
    west, east = max(stretches, key=lambda stretch: stretch[1] - stretch[0])
    return round((west + east) / 2), round(height)


def _crossings(ring: Sequence[int], height: float) -> Iterable[float]:
    """Yield where a ring crosses a parallel; a corner on it counts with the edge below."""
    xs, ys = ring[0::2], ring[1::2]
    for at in range(len(xs) - 1):
        low, high = ys[at], ys[at + 1]
        if (low > height) != (high > height):
            yield xs[at] + (height - low) * (xs[at + 1] - xs[at]) / (high - low)


def _on_line(line: Sequence[int]) -> Point:
    at = len(line) // 4 * 2
    return line[at], line[at + 1]


def _length(line: Sequence[int]) -> float:
    xs, ys = line[0::2], line[1::2]
    return sum(hypot(xs[at + 1] - xs[at], ys[at + 1] - ys[at]) for at in range(len(xs) - 1))


def _doubled_area(ring: Sequence[int]) -> int:
    xs, ys = ring[0::2], ring[1::2]
    return sum(xs[at] * ys[at + 1] - xs[at + 1] * ys[at] for at in range(len(xs) - 1))
