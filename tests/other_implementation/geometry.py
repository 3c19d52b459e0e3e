"""Shapes on the ground and the box around them: §6.3."""

import itertools
from typing import Any

from .values import LATITUDE_MAX, LONGITUDE_MAX, need, within

POSITIONS_MAX = 40_000
# type -> (levels of lists around a line, least positions of a line)
SHAPES = {
    "Point": (0, 1), "MultiPoint": (0, 1), "LineString": (0, 2), "MultiLineString": (1, 2), "Polygon": (1, 4),
    "MultiPolygon": (2, 4),
}  # fmt: skip


def _lines(value: Any, levels: int) -> list[Any]:
    need(type(value) is list and value, "coordinates")
    return [value] if levels == 0 else [line for part in value for line in _lines(part, levels - 1)]


def _positions(line: list[Any], least: int) -> list[tuple[int, int]]:
    need(len(line) % 2 == 0 and len(line) >= 2 * least, "number of coordinates")
    for at, value in enumerate(line):
        most = LATITUDE_MAX if at % 2 else LONGITUDE_MAX
        within(value, -most, most, "coordinate")
    return list(zip(line[::2], line[1::2], strict=True))


def _check_ring(ring: list[tuple[int, int]], outer: bool) -> None:
    need(ring[0] == ring[-1], "ring not closed")
    area = sum(x * w - z * y for (x, y), (z, w) in itertools.pairwise(ring))
    need(area > 0 if outer else area < 0, "ring wound the wrong way")


def geometry_box(value: Any) -> list[int]:
    """Check a geometry; its box [west, south, east, north]."""
    need(type(value) is dict and set(value) == {"type", "coordinates"}, "geometry")
    shape, coordinates = value["type"], value["coordinates"]
    need(type(shape) is str and shape in SHAPES, "geometry of another type")
    levels, least = SHAPES[shape]
    raw = _lines(coordinates, levels)
    need(all(type(line) is list for line in raw), "coordinates")
    need(sum(map(len, raw)) <= 2 * POSITIONS_MAX, "positions", "over-limit")
    lines = [_positions(line, least) for line in raw]
    need(shape != "Point" or len(lines[0]) == 1, "more than a point")
    if shape in ("Polygon", "MultiPolygon"):
        at = 0
        for polygon in coordinates if shape == "MultiPolygon" else [coordinates]:
            for nth in range(len(polygon)):
                _check_ring(lines[at], outer=nth == 0)
                at += 1
    if shape not in ("Point", "MultiPoint"):
        for line in lines:
            jumps = (abs(b[0] - a[0]) for a, b in itertools.pairwise(line))
            need(max(jumps) <= LONGITUDE_MAX, "crosses the antimeridian uncut")
    return _box(lines, each=shape == "MultiPoint")


def _box(lines: list[list[tuple[int, int]]], each: bool) -> list[int]:
    latitudes = [y for line in lines for _, y in line]
    parts = [[point] for point in lines[0]] if each else lines
    spans = sorted((min(x for x, _ in part), max(x for x, _ in part)) for part in parts)
    west, east = spans[0][0], max(end for _, end in spans)
    if len(spans) > 1 and (west, east) == (-LONGITUDE_MAX, LONGITUDE_MAX):
        widest, reached = 0, spans[0][1]
        for start, end in spans[1:]:
            if start - reached > widest:
                widest, west, east = start - reached, start, reached
            reached = max(reached, end)
    return [west, min(latitudes), east, max(latitudes)]
