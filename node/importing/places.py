"""Geometry of a row: what a record can hold, and a note on everything that was turned, closed or left out."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from node.importing.cells import Cells, Unusable, number
from protocol.errors import ProtocolError
from protocol.kinds.geometry import Geometry, from_geojson


def geometry_of_feature(geojson: dict[str, Any] | None, cells: Cells) -> Geometry | None:
    """Return the record's geometry of a GeoJSON one, None where the feature has none.

    Turned rings, closed rings and parts that enclose nothing are put right and noted.  Raises `Unusable`.
    """
    if geojson is None:
        return None
    if geojson.get("type") == "GeometryCollection":
        geojson = _only_member(geojson)
    rings = _rings(geojson)
    if any(_close(ring) for ring in rings):
        cells.note("a ring was not closed; its first position was added at its end")
    try:
        geometry = from_geojson(geojson)
    except ProtocolError as error:
        geometry = _without_empty_parts(geojson, error, cells)
    _note_repairs(geojson, rings, cells)
    return geometry


def geometry_of_point(lon: Any, lat: Any, cells: Cells) -> Geometry | None:
    """Return a point from two cells, None where both are blank.  Raises `Unusable`."""
    x, y = number(lon, cells), number(lat, cells)
    if x is None and y is None:
        return None
    if x is None or y is None:
        raise Unusable("it has a longitude or a latitude, not both")
    if abs(x) > 180 or abs(y) > 90:
        exchanged = abs(y) <= 180 and abs(x) <= 90
        hint = "are longitude and latitude exchanged?" if exchanged else "are they degrees of WGS 84?"
        raise Unusable(f"longitude {x}, latitude {y} lie off the globe: {hint}")
    if x == 0 and y == 0:
        cells.note("its position is 0, 0, in the Gulf of Guinea: usually that means blank")
    return from_geojson({"type": "Point", "coordinates": [x, y]})


def _only_member(collection: dict[str, Any]) -> dict[str, Any]:
    members = collection.get("geometries")
    if isinstance(members, list) and len(members) == 1 and isinstance(members[0], dict):
        return members[0]
    raise Unusable("its geometry is a collection of several geometries: make one multipolygon of them")


def _rings(geojson: dict[str, Any]) -> list[list[Any]]:
    """Return the rings that have the shape of rings; the others are refused later, with their reason."""
    coordinates = geojson.get("coordinates")
    match geojson.get("type"), coordinates:
        case "Polygon", list():
            polygons = [coordinates]
        case "MultiPolygon", list():
            polygons = [polygon for polygon in coordinates if isinstance(polygon, list)]
        case _:
            return []
    rings = [ring for polygon in polygons for ring in polygon if isinstance(ring, list) and ring]
    return [ring for ring in rings if all(_is_position(position) for position in ring)]


def _is_position(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) >= 2
        and all(type(part) in (int, Decimal) for part in value[:2])
    )


def _close(ring: list[Any]) -> bool:
    if len(ring) < 3 or ring[0][:2] == ring[-1][:2]:
        return False
    ring.append(ring[0])
    return True


def _without_empty_parts(geojson: dict[str, Any], error: ProtocolError, cells: Cells) -> Geometry:
    """Return the geometry without the polygons and holes that enclose nothing; `error` where none is left."""
    kind, coordinates = geojson.get("type"), geojson.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon") or not isinstance(coordinates, list):
        raise Unusable(f"its geometry cannot be used: {error}")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    kept = [
        [polygon[0], *(hole for hole in polygon[1:] if _encloses(hole))]
        for polygon in polygons
        if isinstance(polygon, list) and polygon and _encloses(polygon[0])
    ]
    try:
        if not kept:
            raise error
        geometry = from_geojson({"type": kind, "coordinates": kept[0] if kind == "Polygon" else kept})
    except ProtocolError as still:
        raise Unusable(f"its geometry cannot be used: {still}") from None
    cells.note("parts of its geometry that enclose nothing were left out")
    return geometry


def _encloses(ring: Any) -> bool:
    try:
        from_geojson({"type": "Polygon", "coordinates": [ring]})
    except ProtocolError:
        return False
    return True


def _note_repairs(geojson: dict[str, Any], rings: list[list[Any]], cells: Cells) -> None:
    rings = [ring for ring in rings if _area(ring) != 0]  # the others were left out, and noted
    if not rings:
        return
    exteriors = _exteriors(geojson)
    turned = sum((_area(ring) > 0) != any(ring is exterior for exterior in exteriors) for ring in rings)
    if turned:
        cells.note("rings were wound the other way; they were turned (RFC 7946 §3.1.6)")
    if any(here[:2] == there[:2] for ring in rings for here, there in pairwise(ring)):
        cells.note("positions repeated one after another were left out")
    if any(len(position) > 2 for ring in rings for position in ring):
        cells.note("altitudes were left out")


def _exteriors(geojson: dict[str, Any]) -> list[Any]:
    coordinates = geojson["coordinates"]
    polygons = [coordinates] if geojson["type"] == "Polygon" else coordinates
    return [polygon[0] for polygon in polygons if isinstance(polygon, list) and polygon]


def _area(ring: list[Any]) -> Decimal:
    """Return twice the signed area (shoelace formula); positive is counter-clockwise."""
    doubled = Decimal(0)
    for (x, y, *_), (x2, y2, *_) in pairwise(ring):
        doubled += x * y2 - x2 * y
    return doubled
