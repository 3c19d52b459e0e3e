"""The square of web maps: where a place is on it, and from which zoom its outline is drawn.

Spherical Mercator (EPSG:3857) cut off at 85.05113° north and south, one unit wide and high, its corner in the
north-west.  At zoom z it has 2^z × 2^z tiles of 512 pixels.
"""

from math import atan, ceil, degrees, log, log2, pi, radians, sin, sinh
from typing import NamedTuple

from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox

ZOOM_MAX = 14
TILE_SIZE_PX = 512

# Drawn beyond the edges of a tile, so that borders at them are not seen to end there.
BUFFER_PX = 8

# An outline that is smaller than this is drawn as a point, or counted in a cluster.
OUTLINE_MIN_PX = 8

# Spots are on a grid of 2^26 × 2^26: 60 cm at the equator.
SPOT_BITS = 26
SPOT_GRID = 1 << SPOT_BITS

# Large cells, 256 × 256 of them on the square, in which things are added up for the lowest zooms.
CELL_BITS = 8

LATITUDE_MAX_DEGREES = 85.0511287798066


class Spot(NamedTuple):
    """Column and row on the grid of spots, and both as one number: those in a tile follow one another."""

    column: int
    row: int
    number: int


def world_x(lon: float) -> float:
    """Return where a longitude (degrees) lies on the square, from 0 to 1."""
    return lon / 360 + 0.5


def world_y(lat: float) -> float:
    """Return where a latitude (degrees) lies on the square, from 0 in the north to 1."""
    lat = max(-LATITUDE_MAX_DEGREES, min(LATITUDE_MAX_DEGREES, lat))
    sine = sin(radians(lat))
    return 0.5 - log((1 + sine) / (1 - sine)) / (4 * pi)


def latitude_at(y: float) -> int:
    """Return the latitude, in 10⁻⁷ degree, at a place on the square: 0 in the north, 1 in the south."""
    return round(degrees(atan(sinh(pi * (1 - 2 * y)))) * UNITS_PER_DEGREE)


def outline_zoom(box: BoundingBox) -> int:
    """Return from which zoom an outline in a box is drawn: 0 to `ZOOM_MAX`."""
    west, south, east, north = box
    across = east - west if east >= west else east - west + 2 * LONGITUDE_MAX
    width = across / (2 * LONGITUDE_MAX)
    height = world_y(south / UNITS_PER_DEGREE) - world_y(north / UNITS_PER_DEGREE)
    size_px = max(width, height) * TILE_SIZE_PX
    if size_px * 2**ZOOM_MAX <= OUTLINE_MIN_PX:
        return ZOOM_MAX
    return max(0, ceil(log2(OUTLINE_MIN_PX / size_px)))


def spot_of(lon: float, lat: float) -> Spot:
    """Return the spot at a longitude and a latitude in degrees."""
    column = min(SPOT_GRID - 1, max(0, int(world_x(lon) * SPOT_GRID)))
    row = min(SPOT_GRID - 1, max(0, int(world_y(lat) * SPOT_GRID)))
    return Spot(column, row, interleaved(column, row))


def tile_box(zoom: int, x: int, y: int) -> tuple[int, int, int, int]:
    """Return the box of a tile and of what is drawn around it, in 10⁻⁷ degree: east, west, north, south."""
    tiles = 1 << zoom
    edge = BUFFER_PX / TILE_SIZE_PX
    west, east = (x - edge) / tiles - 0.5, (x + 1 + edge) / tiles - 0.5
    return (
        min(LONGITUDE_MAX, round(east * 2 * LONGITUDE_MAX)),
        max(-LONGITUDE_MAX, round(west * 2 * LONGITUDE_MAX)),
        # What lies beyond the square is drawn at its edge.
        LATITUDE_MAX if y == 0 else latitude_at((y - edge) / tiles),
        -LATITUDE_MAX if y == tiles - 1 else latitude_at((y + 1 + edge) / tiles),
    )


def interleaved(column: int, row: int) -> int:
    """Return two numbers of up to 26 bits as one of 52, bit by bit (Morton 1966)."""
    return _spread(column) | _spread(row) << 1


def spots_in(zoom: int, x: int, y: int) -> tuple[int, int]:
    """Return the least and the greatest number of the spots in a tile."""
    shift = 2 * (SPOT_BITS - zoom)
    least = interleaved(x, y) << shift
    return least, least + (1 << shift) - 1


def _spread(number: int) -> int:
    """Return a number with a zero bit between each two of its bits."""
    number = (number | number << 16) & 0x0000FFFF0000FFFF
    number = (number | number << 8) & 0x00FF00FF00FF00FF
    number = (number | number << 4) & 0x0F0F0F0F0F0F0F0F
    number = (number | number << 2) & 0x3333333333333333
    return (number | number << 1) & 0x5555555555555555
