"""Degrees as integers, and the bounding box of a place (docs/protocol.md §2.3).

Coordinates are integers of 10⁻⁷ degree (about a centimetre): the subset has no floats, and an
integer means the same on every machine.
"""

from typing import Any, NamedTuple

from protocol.errors import Malformed, OverLimit

UNITS_PER_DEGREE = 10_000_000
LONGITUDE_MAX = 180 * UNITS_PER_DEGREE
LATITUDE_MAX = 90 * UNITS_PER_DEGREE


class BoundingBox(NamedTuple):
    """West, south, east, north in 10⁻⁷ degree; west > east crosses the antimeridian (RFC 7946 §5.2)."""

    west: int
    south: int
    east: int
    north: int


def require_bounding_box(value: Any) -> BoundingBox:
    """Return `value` as a box.  Raises `Malformed`, or `OverLimit` for coordinates off the globe."""
    if type(value) is not list or len(value) != 4 or set(map(type, value)) != _INTEGERS:
        raise Malformed("a bounding box is four integers: west, south, east, north")
    west, south, east, north = value
    if not (
        -LONGITUDE_MAX <= west <= LONGITUDE_MAX
        and -LONGITUDE_MAX <= east <= LONGITUDE_MAX
        and -LATITUDE_MAX <= south <= LATITUDE_MAX
        and -LATITUDE_MAX <= north <= LATITUDE_MAX
    ):
        raise OverLimit("a bounding box reaches off the globe")
    if south > north:
        raise Malformed("a bounding box has its south above its north")
    return BoundingBox(west, south, east, north)


_INTEGERS = {int}
