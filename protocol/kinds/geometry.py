"""Geometry of a commons: GeoJSON's types with integer coordinates (docs/protocol.md §6.3).

`{"type": T, "coordinates": C}` as in RFC 7946, except that a line of positions is one flat array
`[lon, lat, lon, lat, …]` of 10⁻⁷ degree.  A receiver checks rings closed, wound by the right-hand
rule, within the globe and not across the antimeridian; it repairs nothing.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from operator import mul
from typing import Any

from protocol.errors import Malformed, OverLimit
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox
from protocol.limits import POSITIONS_MAX

Geometry = dict[str, Any]
_NESTING = {
    "Point": 0,
    "MultiPoint": 0,
    "LineString": 0,
    "MultiLineString": 1,
    "Polygon": 1,
    "MultiPolygon": 2,
}


def check_geometry(geometry: Any) -> BoundingBox:
    """Check a record's geometry and return its bounding box.  Raises `Malformed` or `OverLimit`."""
    if type(geometry) is not dict or geometry.keys() != {"type", "coordinates"}:
        raise Malformed("a geometry has a type and coordinates, and nothing else")
    kind = geometry["type"]
    if type(kind) is not str or kind not in _NESTING:
        raise Malformed(f"a geometry's type is one of {', '.join(_NESTING)}")
    coordinates = geometry["coordinates"]
    lines = _lines(coordinates, _NESTING[kind])
    if sum(map(len, lines)) > 2 * POSITIONS_MAX:
        raise OverLimit(f"a geometry has more than {POSITIONS_MAX} positions")
    boxes = [_check_line(line, kind) for line in lines]
    if kind == "Polygon":
        _check_rings(coordinates)
    elif kind == "MultiPolygon":
        for polygon in coordinates:
            _check_rings(polygon)
    elif kind == "MultiPoint":
        boxes = [
            BoundingBox(lon, lat, lon, lat) for lon, lat in zip(lines[0][0::2], lines[0][1::2], strict=True)
        ]
    return boxes[0] if len(boxes) == 1 else joint_box(boxes)


def joint_box(boxes: Sequence[BoundingBox]) -> BoundingBox:
    """Return the smallest box around parts, none of which crosses the antimeridian; it does where they meet
    there."""
    wests, souths, easts, norths = zip(*boxes, strict=True)
    west, east = min(wests), max(easts)
    if west == -LONGITUDE_MAX and east == LONGITUDE_MAX:
        west, east = _across_antimeridian(sorted(zip(wests, easts, strict=True)))
    return BoundingBox(west, min(souths), east, max(norths))


def from_geojson(geojson: Any) -> Geometry:
    """Return the record's geometry for a GeoJSON one, before it is signed.

    Rounds to 10⁻⁷ degree, drops altitudes and repeated positions, and winds rings by the right-hand rule
    (RFC 7946 §3.1.6).  Raises `Malformed` or `OverLimit` for what cannot be repaired without guessing.
    """
    if not isinstance(geojson, dict) or not isinstance(geojson.get("type"), str):
        raise Malformed("a GeoJSON geometry is an object with a type")
    kind = geojson["type"]
    if kind not in _NESTING:
        raise Malformed(f"{kind!r:.40} is not one of {', '.join(_NESTING)}")
    coordinates = geojson.get("coordinates")
    if kind == "Point":
        flat: Any = _flat([coordinates], keep_repeats=True)
    else:
        flat = _flatten(coordinates, _NESTING[kind], keep_repeats=kind == "MultiPoint")
    if kind == "Polygon":
        flat = _wound(flat)
    elif kind == "MultiPolygon":
        flat = [_wound(polygon) for polygon in flat]
    geometry = {"type": kind, "coordinates": flat}
    check_geometry(geometry)
    return geometry


def to_geojson(geometry: Geometry) -> dict[str, Any]:
    """Return the GeoJSON geometry (decimal degrees) of a record's."""
    kind = geometry["type"]
    coordinates = _nested(geometry["coordinates"], _NESTING[kind])
    return {"type": kind, "coordinates": coordinates[0] if kind == "Point" else coordinates}


def _lines(coordinates: Any, nesting: int) -> list[list[int]]:
    """Return the lines of positions, flat arrays of integers; there is at least one, and none is empty."""
    if type(coordinates) is not list:
        raise Malformed("coordinates are not nested as the geometry's type says")
    if nesting == 0:
        if set(map(type, coordinates)) != _INTEGERS:
            raise Malformed("coordinates are not integers of 10⁻⁷ degree")
        return [coordinates]
    if not coordinates:
        raise Malformed("a geometry has an empty part")
    lines: list[list[int]] = []
    for part in coordinates:
        lines += _lines(part, nesting - 1)
    return lines


_INTEGERS = {int}


def _check_line(line: list[int], kind: str) -> BoundingBox:
    """Check a line's positions and return the box around them."""
    if len(line) % 2:
        raise Malformed("a position lacks its latitude")
    longitudes, latitudes = line[0::2], line[1::2]
    west, south, east, north = min(longitudes), min(latitudes), max(longitudes), max(latitudes)
    if east > LONGITUDE_MAX or west < -LONGITUDE_MAX:
        raise OverLimit("a longitude is beyond ±180°")
    if north > LATITUDE_MAX or south < -LATITUDE_MAX:
        raise OverLimit("a latitude is beyond ±90°")
    if kind == "Point" and len(line) != 2:
        raise Malformed("a point is one position")
    if kind in ("LineString", "MultiLineString") and len(line) < 4:
        raise Malformed("a line has at least two positions")
    # Only a line that spans more than half the globe can have a step that does.
    if east - west > LONGITUDE_MAX and kind not in ("Point", "MultiPoint"):
        for here, there in pairwise(longitudes):
            if abs(there - here) > LONGITUDE_MAX:
                raise Malformed("a line crosses the antimeridian: cut it there (RFC 7946 §3.1.9)")
    return BoundingBox(west, south, east, north)


def _check_rings(polygon: list[list[int]]) -> None:
    """Check the rings of a polygon: its outer one first, then its holes."""
    hole = False
    for ring in polygon:
        if len(ring) < 8:
            raise Malformed("a ring has at least four positions")
        if ring[0] != ring[-2] or ring[1] != ring[-1]:
            raise Malformed("a ring is not closed: its last position is not its first")
        area = _doubled_area(ring)
        if area == 0:
            raise Malformed("a ring encloses nothing")
        if (area > 0) == hole:
            raise Malformed("a ring is wound the wrong way (RFC 7946 §3.1.6)")
        hole = True


def _doubled_area(ring: list[int]) -> int:
    """Return twice the signed area (shoelace formula); positive is counter-clockwise."""
    xs, ys = ring[0::2], ring[1::2]
    area: int = sum(map(mul, xs, ys[1:])) - sum(map(mul, xs[1:], ys))
    return area


def _across_antimeridian(spans: list[tuple[int, int]]) -> tuple[int, int]:
    """Return west and east so that the widest empty stretch of longitude lies outside the box."""
    west, east, widest = -LONGITUDE_MAX, LONGITUDE_MAX, 0
    reached = spans[0][1]
    for start, end in spans[1:]:
        if start - reached > widest:
            west, east, widest = start, reached, start - reached
        reached = max(reached, end)
    return west, east


def _wound(polygon: list[list[int]]) -> list[list[int]]:
    rings = []
    for index, ring in enumerate(polygon):
        counter_clockwise = _doubled_area(ring) > 0
        rings.append(ring if counter_clockwise == (index == 0) else _reversed(ring))
    return rings


def _reversed(line: list[int]) -> list[int]:
    turned = list(line)
    turned[0::2], turned[1::2] = line[0::2][::-1], line[1::2][::-1]
    return turned


def _flatten(coordinates: Any, nesting: int, keep_repeats: bool) -> list[Any]:
    if not isinstance(coordinates, list):
        raise Malformed("coordinates are not nested as the geometry's type says")
    if nesting == 0:
        return _flat(coordinates, keep_repeats)
    return [_flatten(part, nesting - 1, keep_repeats) for part in coordinates]


def _flat(positions: list[Any], keep_repeats: bool) -> list[int]:
    if len(positions) > POSITIONS_MAX:
        raise OverLimit(f"a geometry has more than {POSITIONS_MAX} positions")
    flat: list[int] = []
    for position in positions:
        if not isinstance(position, list | tuple) or len(position) < 2:
            raise Malformed("a position is a longitude and a latitude")
        lon, lat = _units(position[0]), _units(position[1])
        if keep_repeats or flat[-2:] != [lon, lat]:
            flat += (lon, lat)
    return flat


def _units(degrees: Any) -> int:
    if isinstance(degrees, bool) or not isinstance(degrees, int | float | Decimal):
        raise Malformed("a coordinate is not a number")
    exact = Decimal(repr(degrees) if isinstance(degrees, float) else degrees)
    if not exact.is_finite():
        raise Malformed("a coordinate is not a finite number")
    # 1e999999 is a number that JSON can say: look at its exponent before calculating with it.
    if exact.adjusted() > 3:
        raise OverLimit("a coordinate is off the globe")
    return int((exact * UNITS_PER_DEGREE).to_integral_value(ROUND_HALF_EVEN))


def _nested(coordinates: list[Any], nesting: int) -> list[Any]:
    if nesting == 0:
        pairs = zip(coordinates[0::2], coordinates[1::2], strict=True)
        return [[lon / UNITS_PER_DEGREE, lat / UNITS_PER_DEGREE] for lon, lat in pairs]
    return [_nested(part, nesting - 1) for part in coordinates]
