"""What of a place looks wrong: an outline that crosses itself, or nothing within it, or far from all the
others.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import asin, cos, hypot, radians, sin, sqrt
from statistics import median
from typing import Any

from node.importing.rows import remark
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.kinds.geometry import Geometry, to_geojson

SQUARE_METRES_PER_HECTARE = 10_000

# Between what a table says and what an outline has: registers round, and measure along slopes.
AREA_RATIO_MAX = 2.0

# A corner of a garden; what is less is a slip of the mouse.
AREA_MIN_SQUARE_METRES = 1.0

# Far from the others: this many times as far as nine of ten are, and at least across two cantons.
FAR_TIMES_MAX = 5.0
FAR_FROM_KM = 50.0

# Of fewer nobody can say where they lie together.
TOGETHER_MIN = 8

# Beyond so many places a file is a national register, and lies anywhere.
TOGETHER_MAX = 100_000

# The ends of a line that somebody walked around something: a receiver's error, or a little of its length.
ENDS_MEET_M = 30.0
ENDS_MEET_SHARE = 0.02

# Two decimals of a degree: about a kilometre.
_HUNDREDTH = UNITS_PER_DEGREE // 100

_EARTH_RADIUS_KM = 6_371.0088
_METRES_PER_DEGREE = 111_195.0


def place_doubts(payload: Mapping[str, Any]) -> Iterator[str]:
    """Yield what looks wrong with the place of a record by itself."""
    geometry = payload.get("geometry")
    if geometry is None:
        if payload.get("sensitivity", "public") == "public":
            yield remark("it has no place: it will be in lists, and not on the map")
        return
    match geometry["type"]:
        case "Polygon" | "MultiPolygon":
            yield from _outline_doubts(geometry, payload)
        case "LineString" if ends_meet(geometry["coordinates"]):
            yield remark(
                "its ends meet, as of a walk around something: areas can be made of such lines (--areas)"
            )
        case "Point" if "uncertainty_m" not in payload and _is_rough(geometry["coordinates"]):
            yield remark("its position is given to a hundredth of a degree only, about a kilometre")


def _is_rough(position: Sequence[int]) -> bool:
    return any(position) and not any(part % _HUNDREDTH for part in position)


def _outline_doubts(geometry: Geometry, payload: Mapping[str, Any]) -> Iterator[str]:
    why = _crossing(geometry)
    if why is not None:
        yield remark(f"its outline crosses itself near {why}: draw it anew, or it may be measured wrong")
    found = square_metres(geometry)
    if found < AREA_MIN_SQUARE_METRES:
        yield remark("its outline encloses less than a square metre")
        return
    area = payload.get("area")
    told = area.get("square_metres") if isinstance(area, dict) else None
    if isinstance(told, int) and told > 0 and not 1 / AREA_RATIO_MAX <= found / told <= AREA_RATIO_MAX:
        yield remark(
            f"it is said to have {told / SQUARE_METRES_PER_HECTARE:.4g} ha, and its outline has "
            f"{found / SQUARE_METRES_PER_HECTARE:.4g} ha: is the unit or the coordinate system another?"
        )


def _crossing(geometry: Geometry) -> str | None:
    """Return where an outline crosses itself, None where it does not or nobody here can tell."""
    try:
        import shapely
        from shapely.geometry import shape
    except ImportError:
        return None
    reason = str(shapely.is_valid_reason(shape(to_geojson(geometry))))
    if not reason.startswith(("Self-intersection", "Ring Self-intersection")):
        return None
    numbers = reason.partition("[")[2].rstrip("]").split()
    return ", ".join(f"{float(number):.5f}" for number in numbers[:2])


def square_metres(geometry: Geometry) -> float:
    """Return the area of a polygon or multipolygon in square metres, to a percent or so up to a canton's
    size.
    """
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return sum(abs(sum(map(_ring_square_metres, polygon))) for polygon in polygons)


def _ring_square_metres(ring: Sequence[int]) -> float:
    """Return the signed area of a flat ring of 10⁻⁷ degree."""
    west, south = ring[0], ring[1]
    xs = [(x - west) / UNITS_PER_DEGREE for x in ring[0::2]]
    ys = [(y - south) / UNITS_PER_DEGREE for y in ring[1::2]]
    doubled = sum(x * y2 - x2 * y for x, y, x2, y2 in zip(xs, ys, xs[1:], ys[1:], strict=False))
    middle = south / UNITS_PER_DEGREE + sum(ys) / len(ys)
    return doubled / 2 * _METRES_PER_DEGREE**2 * cos(radians(middle))


def ends_meet(line: Sequence[int]) -> bool:
    """Say whether a flat line of 10⁻⁷ degree comes back to where it began."""
    xs, ys = line[0::2], line[1::2]
    if len(xs) < 4:
        return False
    metre = _METRES_PER_DEGREE / UNITS_PER_DEGREE
    shrunk = cos(radians(ys[0] / UNITS_PER_DEGREE))
    steps = [
        hypot((x2 - x) * shrunk, y2 - y) * metre for x, x2, y, y2 in zip(xs, xs[1:], ys, ys[1:], strict=False)
    ]
    gap = hypot((xs[-1] - xs[0]) * shrunk, ys[-1] - ys[0]) * metre
    length = sum(steps)
    return length > 0 and gap <= min(max(ENDS_MEET_M, ENDS_MEET_SHARE * length), length / 4)


def far_from_the_rest(middles: Mapping[int, tuple[float, float]]) -> dict[int, int]:
    """Return the rows whose longitude and latitude lie far from all the others, with how far in
    kilometres.
    """
    if not TOGETHER_MIN <= len(middles) <= TOGETHER_MAX:
        return {}
    lon = median(pair[0] for pair in middles.values())
    lat = median(pair[1] for pair in middles.values())
    far = {row: _kilometres(lon, lat, *pair) for row, pair in middles.items()}
    most = sorted(far.values())[int(len(far) * 0.9) - 1]
    limit = max(FAR_TIMES_MAX * most, FAR_FROM_KM)
    return {row: round(km) for row, km in far.items() if km > limit}


def _kilometres(lon: float, lat: float, lon2: float, lat2: float) -> float:
    """Return the distance along a great circle (haversine formula)."""
    half_lat, half_lon = radians(lat2 - lat) / 2, radians(lon2 - lon) / 2
    part = sin(half_lat) ** 2 + cos(radians(lat)) * cos(radians(lat2)) * sin(half_lon) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(min(1.0, part)))
