"""The sheet that a map is drawn on: what part of the earth it shows, and what of a line falls on it.

The projection is Mercator's on a sphere (EPSG:3857), as the map in the browser has it: both show the same.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import atan, cos, degrees, exp, hypot, log, log2, pi, radians, sin
from typing import Self

from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox

# Where Mercator's square ends.
LATITUDE_SHOWN_MAX = 85.051129

# Of the browser's map: at zoom 0 the earth is as wide as one tile.
TILE_PIXELS = 512

ZOOM_MIN, ZOOM_MAX = 0.0, 18.0

# A single point is shown with some land around it: about 10 km.
SPAN_MIN_DEGREES = 0.1

METRES_AROUND = 40_075_016.7

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of `width` × `height` pixels around a place; `zoom` as maps in browsers count it."""

    lon: float
    lat: float
    zoom: float
    width: int
    height: int

    @classmethod
    def around(cls, boxes: Iterable[BoundingBox], width: int, height: int, margin: int) -> Self | None:
        """Return the sheet that shows all of some boxes, with a margin in pixels; None without a box."""
        west = south = 181.0
        east = north = -181.0
        for box in boxes:
            crosses = 360.0 if box.east < box.west else 0.0
            west, south = min(west, box.west / UNITS_PER_DEGREE), min(south, box.south / UNITS_PER_DEGREE)
            east = max(east, box.east / UNITS_PER_DEGREE + crosses)
            north = max(north, box.north / UNITS_PER_DEGREE)
        if west > 180:
            return None
        top, bottom = _mercator_y(north), _mercator_y(south)
        wide = max((east - west) / 360, SPAN_MIN_DEGREES / 360)
        tall = max(bottom - top, SPAN_MIN_DEGREES / 360)
        pixels = min((width - 2 * margin) / wide, (height - 2 * margin) / tall)
        zoom = min(max(log2(pixels / TILE_PIXELS), ZOOM_MIN), ZOOM_MAX)
        lon = (west + east) / 2
        return cls(lon - 360 if lon > 180 else lon, _latitude((top + bottom) / 2), zoom, width, height)

    @property
    def earth_pixels(self) -> float:
        """How wide the whole earth is at this zoom."""
        return float(TILE_PIXELS * 2.0**self.zoom)

    @property
    def box(self) -> BoundingBox:
        """What the sheet shows."""
        wide = self.width / self.earth_pixels * 360
        west, east = self.lon - wide / 2, self.lon + wide / 2
        if wide >= 360:
            west, east = -180.0, 180.0
        middle, half = _mercator_y(self.lat), self.height / self.earth_pixels / 2
        south, north = _latitude(min(middle + half, 1.0)), _latitude(max(middle - half, 0.0))
        return BoundingBox(
            *(round(v * UNITS_PER_DEGREE) for v in (_turned(west), south, _turned(east), north))
        )

    def line(self, points: Sequence[float], scale: float = 1.0, turn: float = 0.0) -> Points:
        """Return where a line lies on the sheet: x and y in turn, in degrees times `scale`, `turn` degrees
        further east."""
        pixels = self.earth_pixels
        wide = pixels / 360
        left = self.width / 2 + (turn - self.lon) * wide
        top = self.height / 2 - _mercator_y(self.lat) * pixels
        return [
            (left + x / scale * wide, top + _mercator_y(y / scale) * pixels)
            for x, y in zip(points[0::2], points[1::2], strict=True)
        ]

    def turn(self, lon: float) -> float:
        """Return by how much what lies at a longitude is to be turned, so that it comes by the nearer way."""
        return -360.0 * round((lon - self.lon) / 360)

    def degrees(self, x: float, y: float) -> tuple[float, float]:
        """Return longitude and latitude of a point of the sheet."""
        pixels: float = self.earth_pixels
        down = _mercator_y(self.lat) + (y - self.height / 2) / pixels
        return _turned(self.lon + (x - self.width / 2) / pixels * 360), _latitude(min(max(down, 0.0), 1.0))

    def metres_per_pixel(self, lat: float | None = None) -> float:
        """Return how long a pixel is at a latitude, the middle's without one."""
        return METRES_AROUND * cos(radians(self.lat if lat is None else lat)) / self.earth_pixels


def cut_ring(ring: Points, width: float, height: float, margin: float) -> Points:
    """Return what of a ring lies on a sheet with a margin (Sutherland and Hodgman, 1974)."""
    for axis, edge, sign in (
        (0, -margin, 1),
        (0, width + margin, -1),
        (1, -margin, 1),
        (1, height + margin, -1),
    ):
        if not ring:
            return ring
        kept: Points = []
        last = ring[-1]
        was_in = (last[axis] - edge) * sign >= 0
        for point in ring:
            is_in = (point[axis] - edge) * sign >= 0
            if is_in != was_in:
                part = (edge - last[axis]) / (point[axis] - last[axis])
                kept.append((last[0] + part * (point[0] - last[0]), last[1] + part * (point[1] - last[1])))
            if is_in:
                kept.append(point)
            last, was_in = point, is_in
        ring = kept
    return ring


def cut_line(line: Points, width: float, height: float, margin: float) -> list[Points]:
    """Return the pieces of a line that have a point on a sheet with a margin, and the points beside those."""
    on = [-margin <= x <= width + margin and -margin <= y <= height + margin for x, y in line]
    pieces: list[Points] = []
    piece: Points = []
    for at, point in enumerate(line):
        if on[at] or (at and on[at - 1]) or (at + 1 < len(line) and on[at + 1]):
            piece.append(point)
        elif piece:
            pieces.append(piece)
            piece = []
    return [*pieces, piece] if piece else pieces


def thinned(line: Points, tolerance: float) -> Points:
    """Return a line without the points closer than `tolerance` to the last one kept; its ends stay."""
    if len(line) < 3:
        return line
    kept = [line[0]]
    for point in line[1:-1]:
        if hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= tolerance:
            kept.append(point)
    return [*kept, line[-1]]


def _mercator_y(lat: float) -> float:
    """Return 0 at the top of Mercator's square and 1 at its foot."""
    sine = sin(radians(min(max(lat, -LATITUDE_SHOWN_MAX), LATITUDE_SHOWN_MAX)))
    return 0.5 - log((1 + sine) / (1 - sine)) / (4 * pi)


def _latitude(y: float) -> float:
    return degrees(2 * atan(exp((0.5 - y) * 2 * pi)) - pi / 2)


def _turned(lon: float) -> float:
    return (lon + 180) % 360 - 180 if not -180 <= lon <= 180 else lon
