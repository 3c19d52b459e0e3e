"""Whether two outlines claim the same ground, as a map says it: more in common than a border.

The same rules as where claims are measured for a page (`node.claims.measuring`), for tens of thousands of
pairs: most are told apart by a glance, and what is cut out of large outlines is only what lies in both boxes.
"""

from enum import Enum, auto
from typing import Any

import shapely

from node.claims.measuring import LEFT_OVER_MAX_SHARE, SLIVERS_MAX_SHARE, is_wider, sliver_width_m
from node.claims.projection import Plane
from node.claims.shapes import areas_of

# An outline that crosses itself is put right before it is compared; of more positions than this it is not
# compared, for they may cross as often as they are, squared.
MENDED_MAX_POSITIONS = 200


class Common(Enum):
    """What two outlines have in common."""

    NOTHING = auto()  # or a border
    SOME = auto()
    ALL_OF_ONE = auto()  # one lies in the other, and is smaller
    ALL = auto()


def mended(outline: Any, is_sound: bool) -> Any | None:
    """Return the areas that an outline encloses, valid; None where there are none, or it is too intricate.

    `is_sound`: it is known to be valid.
    """
    if is_sound:
        return outline
    if not shapely.is_valid(outline):
        if shapely.get_num_coordinates(outline) > MENDED_MAX_POSITIONS:
            return None
        try:
            outline = shapely.make_valid(outline, method="structure", keep_collapsed=False)
        except shapely.errors.GEOSException:
            return None
    areas = areas_of(outline)
    return shapely.multipolygons(areas) if areas else None


def common_ground(one: Any, other: Any) -> Common:
    """Return what two outlines (`mended`, in degrees) have in common."""
    try:
        if not shapely.intersects(one, other):
            return Common.NOTHING
        if other.area < (1 - LEFT_OVER_MAX_SHARE) * one.area and shapely.contains_properly(one, other):
            return Common.ALL_OF_ONE
        return _compared(one, other)
    except shapely.errors.GEOSException:
        return Common.NOTHING  # rounding in the library: a page measures it on another plane, and says so


def _compared(one: Any, other: Any) -> Common:
    west, south, east, north = (
        edge(pair)
        for edge, pair in zip(
            (max, max, min, min), zip(shapely.bounds(one), shapely.bounds(other), strict=True), strict=True
        )
    )
    if west >= east or south >= north:
        return Common.NOTHING
    near = [shapely.clip_by_rect(outline, west, south, east, north) for outline in (one, other)]
    common = areas_of(shapely.intersection(*near))
    area = sum(part.area for part in common)
    smaller, larger = sorted((one, other), key=lambda outline: float(outline.area))
    if not area or not smaller.area:
        return Common.NOTHING
    # Shares of areas beside one another are nearly the same in degrees as on the ground.
    if area >= (1 - LEFT_OVER_MAX_SHARE) * smaller.area:
        return Common.ALL if area >= (1 - LEFT_OVER_MAX_SHARE) * larger.area else Common.ALL_OF_ONE
    if area > SLIVERS_MAX_SHARE * smaller.area or _is_wide(common, smaller):
        return Common.SOME
    return Common.NOTHING


def _is_wide(common: list[Any], smaller: Any) -> bool:
    """Whether what two have in common is wider somewhere than a border drawn twice."""
    plane = Plane(*shapely.get_coordinates(common[0])[0].tolist())
    width_m = sliver_width_m(shapely.transform(smaller, plane.project).area)
    return any(is_wider(shapely.transform(part, plane.project), width_m) for part in common if part.area)
