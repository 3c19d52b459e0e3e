"""Lines that come back to where they began, as where somebody walked around a forest with a receiver:
areas.
"""

from dataclasses import replace
from typing import Any

from node.importing.looking import ends_meet
from node.importing.rows import Row, remark
from protocol.errors import ProtocolError
from protocol.kinds.geometry import from_geojson


def closed(row: Row) -> Row:
    """Return a row with an area in place of a line whose ends meet; any other row as it is."""
    geometry = row.geometry
    if geometry is None or row.turning is not None or geometry.get("type") != "LineString":
        return row
    try:
        line = from_geojson(geometry)["coordinates"]
    except ProtocolError:
        return row  # told of where it is drafted
    if not ends_meet(line):
        return row
    ring: list[Any] = list(geometry["coordinates"])
    area = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return replace(row, geometry=area, notes=(*row.notes, remark("a line whose ends meet was made an area")))
