"""Outlines for the tests: boxes, combs and scribbles in degrees, as shapes to measure."""

from itertools import groupby
from typing import Any

from node.claims.shapes import Shape, shape_of
from protocol.kinds.geometry import check_geometry, from_geojson

Positions = list[list[float]]


def ring(west: float, south: float, east: float, north: float) -> Positions:
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def polygon(*rings: Positions) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    return polygon(ring(west, south, east, north))


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def comb(teeth: int, *, upright: bool) -> dict[str, Any]:
    """A square degree of teeth: two of them, one upright, cross as often as they have teeth, squared."""
    line: Positions = []
    for n in range(teeth):
        left, right = n / teeth, (n + 0.5) / teeth
        line += [[left, 0], [left, 1], [right, 1], [right, 0]]
    line += [[1, 0], [1, -0.1], [0, -0.1], [0, 0]]
    turned = line if upright else [[y, x] for x, y in line]
    return polygon([position for position, _ in groupby(turned)])


def shape(geojson: dict[str, Any], uncertainty_m: int | None = None) -> Shape:
    geometry = from_geojson(geojson)
    return shape_of(geometry, check_geometry(geometry), uncertainty_m)
