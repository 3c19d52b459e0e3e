"""Geometry of a row: what a record can hold, and a note on everything that was turned, closed or left out."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from node.importing.angles import angle
from node.importing.cells import Cells, Unusable
from node.importing.gathering import gathered
from protocol.errors import ProtocolError
from protocol.kinds.geometry import Geometry, from_geojson

# Nothing on a globe has so many degrees; metres of a projected system have more.
METRES_FROM = 1_000


def geometry_of_feature(geojson: dict[str, Any] | None, cells: Cells) -> Geometry | None:
    """Return the record's geometry of a GeoJSON one, None where the feature has none.

    Turned rings, closed rings and parts that enclose nothing are put right and noted.  Raises `Unusable`.
    """
    if geojson is None:
        return None
    if geojson.get("type") == "GeometryCollection":
        geojson = gathered(geojson, cells)
    if cells.row.turning is not None:
        geojson = cells.row.turning.geometry(geojson, cells)
    rings = _rings(geojson)
    if any(_close(ring) for ring in rings):
        cells.note("a ring was not closed; its first position was added at its end")
    corner = _first_position(geojson.get("coordinates"))
    if corner is not None:
        require_on_globe(*corner)
    try:
        geometry = from_geojson(geojson)
    except ProtocolError as error:
        geometry = _without_empty_parts(geojson, error, cells)
    _note_repairs(geojson, rings, cells)
    return _not_nowhere(geometry, cells)


def geometry_of_point(lon: Any, lat: Any, cells: Cells) -> Geometry | None:
    """Return a point from two cells, None where both are blank.  Raises `Unusable`."""
    x, y = angle(lon, cells), angle(lat, cells)
    if x is None and y is None:
        return None
    if x is None or y is None:
        raise Unusable("it has a longitude or a latitude, not both")
    if cells.row.turning is not None:
        x, y = cells.row.turning.position(x, y, cells)
    require_on_globe(x, y)
    return _not_nowhere(from_geojson({"type": "Point", "coordinates": [x, y]}), cells)


def _not_nowhere(geometry: Geometry, cells: Cells) -> Geometry:
    if geometry["type"] == "Point" and geometry["coordinates"] == [0, 0]:
        cells.doubt("its position is 0, 0, in the Gulf of Guinea: usually that means blank")
    return geometry


def require_on_globe(x: Decimal, y: Decimal) -> None:
    """Check a longitude and a latitude; the error says what they look like.  Raises `Unusable`."""
    if abs(x) <= 180 and abs(y) <= 90:
        return
    if abs(x) > METRES_FROM and abs(y) > METRES_FROM:
        raise Unusable(
            f"{_short(x)}, {_short(y)} are metres, not degrees: say their coordinate system, "
            "for example EPSG:32717 for UTM 17 south (--crs)"
        )
    exchanged = abs(y) <= 180 and abs(x) <= 90
    hint = "are longitude and latitude exchanged?" if exchanged else "are they degrees of WGS 84?"
    raise Unusable(f"longitude {_short(x)}, latitude {_short(y)} lie off the globe: {hint}")


def _short(value: Decimal) -> str:
    return f"{value:.7g}"


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


def _first_position(coordinates: Any) -> tuple[Decimal, Decimal] | None:
    """Return the first position of whatever coordinates; None where they are of another shape."""
    while isinstance(coordinates, list) and coordinates and isinstance(coordinates[0], list):
        coordinates = coordinates[0]
    if not (isinstance(coordinates, list) and _is_position(coordinates)):
        return None
    x, y = Decimal(coordinates[0]), Decimal(coordinates[1])
    return (x, y) if x.is_finite() and y.is_finite() else None


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
