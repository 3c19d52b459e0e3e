"""Making a place coarse before it is signed, and saying by how much (docs/protocol.md §6.3).

A point goes to the nearest corner of the grid; of a line or an area remain the cells it lies in.  What comes
out depends on which cells alone, so that it tells no more, and again comes out the same: no dice, which would
average out over versions.
"""

from math import isqrt
from typing import Any, NamedTuple

from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.grid_cells import cells_of_lines, cells_of_polygons, outline
from protocol.kinds.geometry import Geometry, check_geometry
from protocol.limits import GENERALISED_GRID_UNITS

# 0.001°, 0.01° and 0.1°: some 100 m, 1 km and 10 km.  Each lies on the one before, so that what is on a
# coarse one is on the finest, as receivers require.
GRIDS_UNITS = (GENERALISED_GRID_UNITS, 10 * GENERALISED_GRID_UNITS, 100 * GENERALISED_GRID_UNITS)

# The longest degree there is: of WGS 84 at the poles, where the radius of curvature is 6,399,593.6 m.
DEGREE_MAX_M = 111_694

_SCALE = 10**12
_PI = 3_141_592_653_589  # in 1/_SCALE, a little less than it is


class Generalised(NamedTuple):
    """A coarse place, and how far from it, in metres, the true one may lie."""

    geometry: Geometry
    uncertainty_m: int


def generalise(geometry: Geometry, grid_units: int) -> Generalised:
    """Return a checked geometry as coarse as a grid of `GRIDS_UNITS` makes it.

    Raises `OverLimit` where it would have too many corners on that grid.
    """
    if grid_units not in GRIDS_UNITS:
        raise ValueError(f"{grid_units} units are none of the grids {GRIDS_UNITS}")
    coordinates: Any = geometry["coordinates"]
    match geometry["type"]:
        case "Point" | "MultiPoint":
            return _points(coordinates, grid_units)
        case "LineString":
            cells = cells_of_lines([coordinates], grid_units)
        case "MultiLineString":
            cells = cells_of_lines(coordinates, grid_units)
        case "Polygon":
            cells = cells_of_polygons([coordinates], grid_units)
        case "MultiPolygon":
            cells = cells_of_polygons(coordinates, grid_units)
        case other:
            raise ValueError(f"no geometry is of type {other!r:.40}")
    polygons = outline(cells, grid_units)
    if len(polygons) == 1:
        coarse: Geometry = {"type": "Polygon", "coordinates": polygons[0]}
    else:
        coarse = {"type": "MultiPolygon", "coordinates": polygons}
    _, south, _, north = check_geometry(coarse)
    nearest_equator = 0 if south <= 0 <= north else min(abs(south), abs(north))
    return Generalised(coarse, _diagonal_m(grid_units, nearest_equator))


def _points(coordinates: list[int], grid_units: int) -> Generalised:
    units = [(unit + grid_units // 2) // grid_units * grid_units for unit in coordinates]
    points = sorted(set(zip(units[0::2], units[1::2], strict=True)))
    flat = [unit for point in points for unit in point]
    nearest_equator = max(0, min(abs(latitude) for _, latitude in points) - grid_units // 2)
    kind = "Point" if len(points) == 1 else "MultiPoint"
    # Half a cell to each side: half the diagonal.
    return Generalised({"type": kind, "coordinates": flat}, -(-_diagonal_m(grid_units, nearest_equator) // 2))


def _diagonal_m(grid_units: int, latitude: int) -> int:
    """Return at least the length in metres of a cell's diagonal, anywhere from a latitude to its pole.

    On the ellipsoid a way from corner to corner that is straight in degrees is no longer than this: neither
    radius of curvature is greater than that at the poles.
    """
    side = grid_units * DEGREE_MAX_M
    squared = side * side * (_SCALE * _SCALE + _cosine(abs(latitude)) ** 2)
    return isqrt(squared // (UNITS_PER_DEGREE * _SCALE) ** 2) + 1


def _cosine(latitude: int) -> int:
    """Return at least the cosine of a latitude, in 1/10¹²: four terms of its series, which alternates."""
    angle = latitude * _PI // (180 * UNITS_PER_DEGREE)
    term, total = _SCALE, _SCALE
    for n in (2, 4, 6, 8):
        term = -term * angle * angle // (_SCALE * _SCALE * n * (n - 1))
        total += term
    return total + 8  # more than rounding took away
