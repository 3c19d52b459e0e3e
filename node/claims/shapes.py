"""Geometries of records as shapes to calculate with: in degrees, whole across the antimeridian, made valid.

Strangers' rings cross themselves, holes lie outside: what they enclose is what counts.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from node.claims.projection import Numbers, Plane
from protocol.geometry_units import LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import Geometry

# Pairs of segments whose boxes meet, in one shape or between two: 40,000 positions along one border are
# 120,000.  As many crossings take 3 s and 250 MB; two combs of 20,000 teeth would have 400 million.
SEGMENT_PAIRS_MAX = 200_000

# Below this many positions in two shapes even every pair of their segments is no work worth counting.
COUNTED_FROM_POSITIONS = 1_000

# Segments looked up at once while pairs are counted: each can meet all 40,000 of the other shape.
_COUNTED_AT_ONCE = 16


class TooIntricate(Exception):
    """Two shapes cross one another, or one itself, more often than is worth working out."""


@dataclass(frozen=True)
class Shape:
    """A place as lines of degrees; `dimension` 2 for areas, 1 for lines, 0 for points.

    `uncertainty_m`: how far off it may be; None where it is as precise as it says.
    """

    parts: tuple[tuple[Numbers, ...], ...]
    dimension: int
    uncertainty_m: int | None

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees; east passes 180 where the place crosses the antimeridian."""
        every = np.concatenate([line for part in self.parts for line in part])
        (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
        return float(west), float(south), float(east), float(north)

    @cached_property
    def positions(self) -> int:
        """How many positions it has."""
        return sum(len(line) for part in self.parts for line in part)

    @property
    def middle(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of its box."""
        west, south, east, north = self.bounds
        return (west + east) / 2, (south + north) / 2


def shape_of(geometry: Geometry, box: BoundingBox, uncertainty_m: int | None) -> Shape:
    """Return the shape of a record's geometry whose box is `box`."""
    kind, coordinates = geometry["type"], geometry["coordinates"]
    match kind:
        case "Point" | "MultiPoint" | "LineString":
            lines = [[coordinates]]
        case "MultiLineString":
            lines = [[line] for line in coordinates]
        case "Polygon":
            lines = [coordinates]
        case _:
            lines = coordinates
    dimension = 0 if kind.endswith("Point") else 1 if kind.endswith("LineString") else 2
    parts = tuple(tuple(_positions(line, box) for line in part) for part in lines)
    return Shape(parts, dimension, uncertainty_m)


def on_plane(shape: Shape, plane: Plane, shift_degrees: float = 0.0) -> BaseGeometry:
    """Return a shape in the metres of a plane, valid; `shift_degrees` moves it around the globe.

    Raises `TooIntricate`.
    """
    parts = [[plane.project(line + np.array((shift_degrees, 0.0))) for line in part] for part in shape.parts]
    if shape.dimension == 0:
        return shapely.multipoints(np.concatenate([line for part in parts for line in part]))
    if shape.dimension == 1:
        return shapely.multilinestrings([shapely.linestrings(line) for part in parts for line in part])
    rings = [[shapely.linearrings(line) for line in part] for part in parts]
    made = shapely.multipolygons([shapely.polygons(outer, holes or None) for outer, *holes in rings])
    if shapely.is_valid(made):
        return made
    require_simple(shape.positions, made, made)
    # By what is enclosed, not by how often: parts that overlap count once.
    mended = shapely.make_valid(made, method="structure", keep_collapsed=False)
    return shapely.multipolygons(areas_of(mended))


def parts_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the points, lines and polygons of whatever an operation gave."""
    return list(shapely.get_parts(shapely.get_parts(geometry)))


def areas_of(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the polygons of whatever an operation gave."""
    return [part for part in parts_of(geometry) if part.geom_type == "Polygon"]


def require_simple(positions: int, one: BaseGeometry, other: BaseGeometry) -> None:
    """Raise `TooIntricate` where segments of two geometries with so many `positions` meet too often."""
    if positions < COUNTED_FROM_POSITIONS:
        return
    tree, asked = shapely.STRtree(_segments(one)), _segments(other)
    pairs = 0
    for start in range(0, len(asked), _COUNTED_AT_ONCE):
        pairs += tree.query(asked[start : start + _COUNTED_AT_ONCE]).shape[1]
        if pairs > SEGMENT_PAIRS_MAX:
            raise TooIntricate


def _segments(geometry: BaseGeometry) -> Any:
    """Return every segment of the lines and rings of a geometry, as an array of lines of two positions."""
    parts = shapely.get_parts(geometry)
    lines = shapely.get_rings(parts) if geometry.geom_type == "MultiPolygon" else parts
    positions, line = shapely.get_coordinates(lines, return_index=True)
    together = line[1:] == line[:-1]
    return shapely.linestrings(np.stack((positions[:-1][together], positions[1:][together]), axis=1))


def _positions(line: list[int], box: BoundingBox) -> Numbers:
    """Return the positions of a flat line in degrees, those past the antimeridian beside the others."""
    units = np.array(line, dtype=np.float64).reshape(-1, 2)
    if box.west > box.east:
        units[units[:, 0] < box.west, 0] += 2 * LONGITUDE_MAX
    return units / UNITS_PER_DEGREE
