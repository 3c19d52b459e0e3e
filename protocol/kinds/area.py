"""The area of a geometry on the ellipsoid WGS 84 (docs/protocol.md §8.12).

A line between two positions is straight in longitude and latitude (RFC 7946 §3.1.1), so the area within a
ring is the integral along it of what lies between the equator and the line: Snyder, *Map Projections – A
Working Manual*, USGS 1987, equation 3-12, whose q is taken here as a series.
"""

from math import cos, pi, sin

from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.kinds.geometry import Geometry

EQUATOR_M = 6_378_137.0
FLATTENING = 1 / 298.257223563
_E2 = FLATTENING * (2 - FLATTENING)

# Russia, the largest nation, has 1.71e13 m².  What is said to be larger is the area of no commons; and half a
# million that say so still add up within 63 bits.
AREA_COUNTED_MAX_M2 = 20_000_000_000_000

# q = (1 − e²) Σ e^2n (2n+2)/(2n+1) sin^(2n+1): what is left out after five terms is below 1e-10 of it.
_Q1, _Q3, _Q5, _Q7, _Q9 = ((1 - _E2) * _E2**n * (2 * n + 2) / (2 * n + 1) for n in range(5))

_RADIANS_PER_UNIT = pi / 180 / UNITS_PER_DEGREE

# Up to here, some 20 km from south to north, q is as good as a parabola: off by 2e-6 of the area.  Nearly all
# that is held in common is lower, and found in a third of the time.
_LOW_UNITS = UNITS_PER_DEGREE // 5

# In what is taller: up to here, some 200 m, the mean of q on a line is that of its ends: a shape as large is
# off by 5e-6 of it.  Simpson's rule, with the middle, does far better up to 100 km; longer lines are cut.
_SHORT_UNITS = UNITS_PER_DEGREE // 500
_LONG_UNITS = UNITS_PER_DEGREE


def area_of(geometry: Geometry) -> int | None:
    """Return the area of a record's geometry in square metres, None where it has none: points and lines.

    Parts of a MultiPolygon are added up, holes taken off.  Another machine's last digit may differ.
    """
    match geometry["type"]:
        case "Polygon":
            rings = geometry["coordinates"]
        case "MultiPolygon":
            rings = [ring for polygon in geometry["coordinates"] for ring in polygon]
        case _:
            return None
    square_metres = round(-(EQUATOR_M**2) / 2 * _RADIANS_PER_UNIT * sum(map(_within, rings)))
    # A hole larger than what it is in leaves nothing.
    return square_metres if square_metres > 0 else None


def _within(ring: list[int]) -> float:
    """Return the sum over a ring's lines of how far each goes east, in units, times the mean of q on it."""
    latitudes = ring[1::2]
    lowest, highest = min(latitudes), max(latitudes)
    if highest - lowest <= _LOW_UNITS:
        return _within_low(ring, (lowest + highest) // 2)
    longitudes = ring[0::2]
    total, west, south, low = 0.0, longitudes[0], latitudes[0], _q(latitudes[0])
    for east, north in zip(longitudes[1:], latitudes[1:], strict=True):
        high = _q(north)
        rise = north - south
        if -_SHORT_UNITS < rise < _SHORT_UNITS:
            mean = (low + high) / 2
        elif -_LONG_UNITS < rise < _LONG_UNITS:
            mean = (low + 4 * _q(south + rise / 2) + high) / 6
        else:
            mean = _mean(south, rise)
        total += (east - west) * mean
        west, south, low = east, north, high
    return total


def _within_low(ring: list[int], middle: int) -> float:
    """Return what `_within` does for a ring, all of it near the latitude `middle`.

    What q is at `middle` comes to nothing around a ring.  What its first derivative adds goes with the area
    in degrees, the second with the moment of that area: both are whole numbers, and added up exactly.
    """
    numbers = iter(ring)
    west, south = next(numbers), next(numbers)
    once = twice = 0
    for east, north in zip(numbers, numbers, strict=True):
        across = east * south - west * north
        once += across
        twice += across * (south + north)
        west, south = east, north
    twice -= 3 * middle * once
    angle = middle * _RADIANS_PER_UNIT
    sine, cosine = sin(angle), cos(angle)
    w = 1 - _E2 * sine * sine
    # q′ = 2 (1 − e²) cos φ / w²: what lies between two parallels (Snyder 4-19, 4-20).
    slope = 2 * (1 - _E2) / (w * w)
    bend = slope * sine * (4 * _E2 * cosine * cosine / w - 1)
    return (slope * cosine / 2 * once + bend / 6 * twice * _RADIANS_PER_UNIT) * _RADIANS_PER_UNIT


def _mean(south: int, rise: int) -> float:
    """Return the mean of q on a line that begins at a latitude and goes so far north, in pieces."""
    pieces = 1 + abs(rise) // _LONG_UNITS
    step = rise / pieces
    total = 0.0
    for piece in range(pieces):
        start = south + piece * step
        total += _q(start) + 4 * _q(start + step / 2) + _q(start + step)
    return total / (6 * pieces)


def _q(latitude: float) -> float:
    """Return Snyder's q at a latitude in 10⁻⁷ degree."""
    sine = sin(latitude * _RADIANS_PER_UNIT)
    square = sine * sine
    return sine * (_Q1 + square * (_Q3 + square * (_Q5 + square * (_Q7 + square * _Q9))))
