"""Whether boxes meet, or lie near one another, on a globe that has a seam."""

from math import cos, radians

from node.store.search import parts_of
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox

# Two places with one name that are no farther apart are taken for one: points that stand for valleys are off
# by as much.
NEAR_MAX_M = 10_000

# A degree of latitude, and of longitude at the equator.
METRES_PER_DEGREE = 111_320

_TURN = 2 * LONGITUDE_MAX


def boxes_meet(one: BoundingBox, other: BoundingBox) -> bool:
    """Whether two boxes have a point in common."""
    return any(
        west <= their_east and their_west <= east and south <= their_north and their_south <= north
        for west, east, south, north in parts_of(one)
        for their_west, their_east, their_south, their_north in parts_of(other)
    )


def widened(box: BoundingBox, metres: int = NEAR_MAX_M) -> BoundingBox:
    """Return a box that reaches so many metres farther to every side, or around the globe near a pole."""
    north_south = metres * UNITS_PER_DEGREE // METRES_PER_DEGREE
    south, north = max(box.south - north_south, -LATITUDE_MAX), min(box.north + north_south, LATITUDE_MAX)
    narrowing = cos(radians(max(-south, north) / UNITS_PER_DEGREE))
    width = box.east - box.west + (_TURN if box.west > box.east else 0)
    # At a pole every longitude is near.
    if narrowing * (_TURN - width) <= 2 * north_south:
        return BoundingBox(-LONGITUDE_MAX, south, LONGITUDE_MAX, north)
    east_west = round(north_south / narrowing)
    return BoundingBox(_wrapped(box.west - east_west), south, _wrapped(box.east + east_west), north)


def _wrapped(longitude: int) -> int:
    if longitude < -LONGITUDE_MAX:
        return longitude + _TURN
    return longitude - _TURN if longitude > LONGITUDE_MAX else longitude
