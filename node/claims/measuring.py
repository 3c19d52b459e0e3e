"""How two claims meet on the ground: overlapping, one in the other, the same; how much of each.

Two registers rarely draw a shared border alike.  A little that is nowhere wide is such a border, and no
overlap (`sliver_width_m`).  Where neither has an extent there is nothing to overlap: two points
are one place where they are close together.
"""

from contextlib import suppress
from math import sqrt

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from node.claims.meeting import Meeting, Relation
from node.claims.projection import Plane
from node.claims.shapes import Shape, TooIntricate, on_plane, parts_of, require_simple

# Borders digitised from maps of 1:50,000 and 1:100,000 differ by some 50 m.
SLIVER_WIDTH_MAX_M = 50.0

# A garden in town is 20 m across: what is a sliver is measured by the smaller of the two as well.
SLIVER_SHARE_OF_SIDE = 0.1

# What is a tenth of the smaller one is no border, however thin: a strip along a canal, a path through a wood.
SLIVERS_MAX_SHARE = 0.1

# One is in the other, or both are the same, where no more than this is left over.
LEFT_OVER_MAX_SHARE = 0.05

# Two points closer than a field is wide mark one place.
SAME_POINT_MAX_M = 50.0

# Once around, and the copies on either side that a place beyond ±180° may meet.
_SHIFTS_DEGREES = (0.0, 360.0, -360.0)


def measure(one: Shape, other: Shape) -> Meeting | None:
    """Return how two places meet; None where they do not, or share no more than a border."""
    if other.bounds < one.bounds:
        # In one order, on one plane: what one sees of the other is what the other sees of it.
        met = measure(other, one)
        return None if met is None else met.turned()
    rough = bool(one.uncertainty_m or other.uncertainty_m)
    try:
        return _measure(one, other, rough)
    except TooIntricate:
        return Meeting(Relation.UNMEASURED, None, 0.0, 0.0, rough)
    except shapely.errors.GEOSException:
        # What the library gives up on is said to be so: no record of an overlap is not that there is none.
        return Meeting(Relation.UNMEASURED, None, 0.0, 0.0, rough)


def _measure(one: Shape, other: Shape, rough: bool) -> Meeting | None:
    if _identical(one, other):
        return _measure_identical(one, rough)
    shifts = [shift for shift in _SHIFTS_DEGREES if _boxes_meet(one.bounds, other.bounds, shift)]
    if not shifts and (one.dimension or other.dimension):
        return None
    plane = Plane(*one.middle)
    here = on_plane(one, plane)
    if one.dimension == other.dimension == 0:
        return _measure_points(here, other, plane, rough)
    common: list[BaseGeometry] = []
    for shift in shifts:
        there = on_plane(other, plane, shift)
        require_simple(one.positions + other.positions, here, there)
        common += parts_of(shapely.intersection(here, there))
    there = on_plane(other, plane)
    if one.dimension == other.dimension == 2:
        return _measure_areas(here, there, common, rough)
    share, other_share = _extent_share(one, here, common), _extent_share(other, there, common)
    return _meeting(None, share, other_share, rough)


def _identical(one: Shape, other: Shape) -> bool:
    return (one.dimension, one.positions, len(one.parts)) == (
        other.dimension,
        other.positions,
        len(other.parts),
    ) and all(
        len(part) == len(there) and all(map(np.array_equal, part, there))
        for part, there in zip(one.parts, other.parts, strict=True)
    )


def _measure_identical(shape: Shape, rough: bool) -> Meeting | None:
    """Return how two places with the same outline meet, also where it is too intricate to be measured."""
    if shape.dimension == 0 and rough:
        return None
    area = None
    if shape.dimension == 2:
        with suppress(TooIntricate):
            area = on_plane(shape, Plane(*shape.middle)).area
    return Meeting(Relation.SAME, area, 1.0, 1.0, rough)


def _measure_areas(
    here: BaseGeometry, there: BaseGeometry, common: list[BaseGeometry], rough: bool
) -> Meeting | None:
    smaller = min(here.area, there.area)
    if not smaller > 0:
        return None
    area = sum(part.area for part in common)
    if area <= SLIVERS_MAX_SHARE * smaller:
        width = sliver_width_m(smaller)
        area = sum(part.area for part in common if part.area and is_wider(part, width))
    return _meeting(area, area / here.area, area / there.area, rough) if area else None


def sliver_width_m(square_metres: float) -> float:
    """Return how wide an overlap has to be somewhere, where the smaller place has so many square metres."""
    return min(SLIVER_WIDTH_MAX_M, SLIVER_SHARE_OF_SIDE * sqrt(square_metres))


def is_wider(part: BaseGeometry, width_m: float) -> bool:
    """Whether a circle of that width fits into an area somewhere."""
    # The largest circle in an area has at least the radius area / perimeter.
    if 2 * part.area >= width_m * part.length:
        return True
    return not shapely.buffer(part, -width_m / 2, quad_segs=2).is_empty


def _extent_share(shape: Shape, drawn: BaseGeometry, common: list[BaseGeometry]) -> float:
    """Return how much of a shape is in what two have in common: of its length, or of its points."""
    match shape.dimension:
        case 2:
            return 0.0  # a line or a point has no part of an area
        case 1:
            return sum(part.length for part in common) / drawn.length if drawn.length else 0.0
        case _:
            return len(common) / len(parts_of(drawn))


def _measure_points(here: BaseGeometry, other: Shape, plane: Plane, rough: bool) -> Meeting | None:
    """Return whether points mark one place; of those on a grid nobody can tell."""
    if rough:
        return None
    for shift in _SHIFTS_DEGREES:
        there = on_plane(other, plane, shift)
        if shapely.hausdorff_distance(here, there) <= SAME_POINT_MAX_M:
            return Meeting(Relation.SAME, None, 1.0, 1.0, rough)
    return None


def _meeting(area: float | None, share: float, other_share: float, rough: bool) -> Meeting | None:
    if not share and not other_share:
        return None
    share, other_share = min(share, 1.0), min(other_share, 1.0)
    nearly_all = 1 - LEFT_OVER_MAX_SHARE
    relation = Relation.OVERLAPS
    if share >= nearly_all and other_share >= nearly_all:
        relation = Relation.SAME
    elif share >= nearly_all:
        relation = Relation.WITHIN
    elif other_share >= nearly_all:
        relation = Relation.CONTAINS
    return Meeting(relation, area, share, other_share, rough)


def _boxes_meet(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float], shift: float
) -> bool:
    west, south, east, north = one
    other_west, other_south, other_east, other_north = other
    return (
        west <= other_east + shift
        and other_west + shift <= east
        and south <= other_north
        and other_south <= north
    )
