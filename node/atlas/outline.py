"""Geometries of features: from a record's to GeoJSON and WKB, and back.

WKB is that of OGC Simple Features (06-103r4 §8.2), little-endian, in degrees.  Nothing is repaired, moved or
made more precise: the positions are those that were signed.
"""

import struct
from array import array
from collections.abc import Sequence
from sys import byteorder
from typing import Any

from node.store.search import parts_of
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import Geometry, joint_box, to_geojson
from protocol.limits import POSITIONS_MAX

COLLECTION = "GeometryCollection"

POSITION_SIZE_BYTES = 16

_CODES = {
    "Point": 1,
    "LineString": 2,
    "Polygon": 3,
    "MultiPoint": 4,
    "MultiLineString": 5,
    "MultiPolygon": 6,
    COLLECTION: 7,
}
_NAMES = {code: name for name, code in _CODES.items()}
_PARTS = {"MultiPoint": "Point", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}


def geojson_of(geometry: Geometry) -> dict[str, Any]:
    """Return the GeoJSON geometry of a record's, or of a collection of such."""
    if geometry["type"] == COLLECTION:
        return {"type": COLLECTION, "geometries": [to_geojson(part) for part in geometry["geometries"]]}
    return to_geojson(geometry)


def wkb_of(geometry: Geometry) -> bytes:
    """Return the WKB of a record's geometry, or of a collection of such."""
    return b"".join(_encoded(geometry))


def geometry_of(wkb: bytes) -> Geometry:
    """Return the geometry whose `wkb_of` these bytes are."""
    return _decode(wkb, 0)[0]


def _encoded(geometry: Geometry) -> list[bytes]:
    kind = geometry["type"]
    head = struct.pack("<BI", 1, _CODES[kind])
    if kind == COLLECTION:
        parts = geometry["geometries"]
        return [head, _count(parts), *(piece for part in parts for piece in _encoded(part))]
    coordinates = geometry["coordinates"]
    match kind:
        case "Point":
            return [head, _doubles(coordinates)]
        case "LineString":
            return [head, *_line(coordinates)]
        case "Polygon":
            return [head, _count(coordinates), *(piece for ring in coordinates for piece in _line(ring))]
        case "MultiPoint":
            points = [coordinates[at : at + 2] for at in range(0, len(coordinates), 2)]
        case _:
            points = coordinates
    inner = _PARTS[kind]
    return [
        head,
        _count(points),
        *(piece for part in points for piece in _encoded({"type": inner, "coordinates": part})),
    ]


def _line(line: Sequence[int]) -> tuple[bytes, bytes]:
    return struct.pack("<I", len(line) // 2), _doubles(line)


def _count(parts: Sequence[Any]) -> bytes:
    return struct.pack("<I", len(parts))


def _doubles(numbers: Sequence[int]) -> bytes:
    degrees = array("d", [number / UNITS_PER_DEGREE for number in numbers])
    if byteorder != "little":
        degrees.byteswap()
    return degrees.tobytes()


def _decode(wkb: bytes, at: int) -> tuple[Geometry, int]:
    kind = _NAMES[struct.unpack_from("<I", wkb, at + 1)[0]]
    at += 5
    if kind == "Point":
        return {"type": kind, "coordinates": _units(wkb, at, 1)}, at + 16
    count = struct.unpack_from("<I", wkb, at)[0]
    at += 4
    if kind == "LineString":
        return {"type": kind, "coordinates": _units(wkb, at, count)}, at + 16 * count
    parts: list[Any] = []
    for _ in range(count):
        if kind == "Polygon":
            length = struct.unpack_from("<I", wkb, at)[0]
            parts.append(_units(wkb, at + 4, length))
            at += 4 + 16 * length
        else:
            part, at = _decode(wkb, at)
            parts.append(part if kind == COLLECTION else part["coordinates"])
    if kind == COLLECTION:
        return {"type": kind, "geometries": parts}, at
    if kind == "MultiPoint":
        parts = [number for point in parts for number in point]
    return {"type": kind, "coordinates": parts}, at


def _units(wkb: bytes, at: int, positions: int) -> list[int]:
    degrees = array("d")
    degrees.frombytes(wkb[at : at + 16 * positions])
    if byteorder != "little":
        degrees.byteswap()
    return [round(number * UNITS_PER_DEGREE) for number in degrees]


def joint_geometry(
    parts: Sequence[tuple[Geometry, BoundingBox]],
) -> tuple[Geometry | None, BoundingBox | None]:
    """Return the geometry of several together, with its box; of the first ones, where all are too many
    positions for one."""
    geometries: list[Geometry] = []
    boxes: list[BoundingBox] = []
    positions = 0
    for geometry, box in parts:
        positions += positions_of(geometry)
        if geometries and positions > POSITIONS_MAX:
            break
        geometries.append(geometry)
        boxes += (BoundingBox(west, south, east, north) for west, east, south, north in parts_of(box))
    if not geometries:
        return None, None
    if len(geometries) == 1:
        return geometries[0], parts[0][1]
    return _together(geometries), joint_box(boxes)


def positions_of(geometry: Geometry) -> int:
    """Return how many positions a geometry has."""
    if geometry["type"] == COLLECTION:
        return sum(positions_of(part) for part in geometry["geometries"])
    return _numbers(geometry["coordinates"]) // 2


def _numbers(coordinates: list[Any]) -> int:
    return sum(map(_numbers, coordinates)) if type(coordinates[0]) is list else len(coordinates)


def _together(geometries: Sequence[Geometry]) -> Geometry:
    for kind, parts in _PARTS.items():
        if all(geometry["type"] in (kind, parts) for geometry in geometries):
            coordinates: list[Any] = []
            for geometry in geometries:
                single = geometry["type"] == parts and kind != "MultiPoint"
                coordinates += [geometry["coordinates"]] if single else geometry["coordinates"]
            return {"type": kind, "coordinates": coordinates}
    return {"type": COLLECTION, "geometries": list(geometries)}
