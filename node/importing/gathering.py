"""Collections of geometries, as drawing programs make them: one geometry where their members are of one
sort.
"""

from typing import Any

from node.importing.cells import Cells, Unusable

# Collections in collections: deeper than people nest.
NESTING_MAX = 8

_SORTS = {
    "Point": "Point",
    "MultiPoint": "Point",
    "LineString": "LineString",
    "MultiLineString": "LineString",
    "Polygon": "Polygon",
    "MultiPolygon": "Polygon",
}


def gathered(collection: dict[str, Any], cells: Cells) -> dict[str, Any]:
    """Return one geometry of a GeoJSON collection whose members are of one sort.

    Points beside areas are the labels that drawing programs put there: they are left out, as a doubt.
    Raises `Unusable` for any other mixture.
    """
    members = _flat(collection, 0)
    by_sort: dict[str, list[dict[str, Any]]] = {}
    for member in members:
        by_sort.setdefault(_SORTS[member["type"]], []).append(member)
    if by_sort.keys() == {"Point", "Polygon"}:
        cells.doubt("points beside its areas were left out, as labels of them")
        del by_sort["Point"]
    if not by_sort:
        raise Unusable("its geometry is a collection with nothing in it")
    if len(by_sort) > 1:
        raise Unusable("its geometry mixes points, lines and areas: make one thing of each")
    sort, alike = by_sort.popitem()
    if len(alike) == 1:
        return alike[0]
    parts: list[Any] = []
    for member in alike:
        parts += [member.get("coordinates")] if member["type"] == sort else _parts(member)
    return {"type": f"Multi{sort}", "coordinates": parts}


def _parts(member: dict[str, Any]) -> list[Any]:
    coordinates = member.get("coordinates")
    if not isinstance(coordinates, list):
        raise Unusable("its geometry has no coordinates")
    return coordinates


def _flat(collection: dict[str, Any], depth: int) -> list[dict[str, Any]]:
    """Return the members of a collection and of those in it.  Raises `Unusable`."""
    if depth > NESTING_MAX:
        raise Unusable(f"its geometries are nested deeper than {NESTING_MAX}")
    found: list[dict[str, Any]] = []
    members = collection.get("geometries")
    if not isinstance(members, list):
        raise Unusable("its geometry is a collection with nothing in it")
    for member in members:
        kind = member.get("type") if isinstance(member, dict) else None
        if kind == "GeometryCollection":
            found += _flat(member, depth + 1)
        elif isinstance(kind, str) and kind in _SORTS:
            found.append(member)
        else:
            raise Unusable("its geometry holds something that is no geometry")
    return found
