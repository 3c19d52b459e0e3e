"""GPX 1.0 and 1.1 (topografix.com): waypoints, routes and tracks, as GPS receivers and telephones write them.

One row for each, with the columns `name`, `comment`, `description`, `type`, `symbol`, `altitude_m`, `time`
and `gpx` (waypoint, route, track).  A track with several segments is several lines.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from node.importing.plain_markup import without_markup
from node.importing.positions import position
from node.importing.rows import Row, Unreadable, remark
from node.importing.sources import Source
from node.importing.xml_events import Element, elements

_SORTS = {"wpt": "waypoint", "rte": "route", "trk": "track"}
# Of the positions of a line only where they are is kept, not when somebody was there.
_POSITIONS = frozenset({"trkpt", "rtept"})
_COLUMNS = {
    "name": "name",
    "comment": "cmt",
    "description": "desc",
    "type": "type",
    "symbol": "sym",
    "altitude_m": "ele",
    "time": "time",
}


class GpxReader:
    """Rows of a GPX file.  `notes` fills while reading."""

    def __init__(self, source: Source) -> None:
        self.notes: list[str] = []
        self._source = source

    def rows(self) -> Iterator[Row]:
        """Yield every waypoint, route and track, from the start.  Raises `Unreadable`."""
        number = 0
        with self._source.open() as file:
            for found in elements(file, self._source.name, "gpx", frozenset(_SORTS), _POSITIONS):
                number += 1
                yield _row(number, found.element)
        if number == 0:
            raise Unreadable(f"{self._source.name} holds no waypoint, no route and no track")


def _row(number: int, element: Element) -> Row:
    properties: dict[str, Any] = {
        column: without_markup(element.text_of(tag)) for column, tag in _COLUMNS.items()
    }
    properties["gpx"] = _SORTS[element.name]
    notes: list[str] = []
    try:
        geometry = _geometry(element, notes)
    except ValueError as error:
        return Row(number, element.line, properties, problem=str(error), notes=tuple(notes))
    return Row(number, element.line, properties, geometry, notes=tuple(notes))


def _geometry(element: Element, notes: list[str]) -> dict[str, Any]:
    """Return the geometry of one; raises `ValueError` where it has none."""
    if element.name == "wpt":
        return {"type": "Point", "coordinates": _position(element)}
    segments = [element] if element.name == "rte" else element.all("trkseg")
    tag = "rtept" if element.name == "rte" else "trkpt"
    lines = [[_position(point) for point in segment.all(tag)] for segment in segments]
    longer = [line for line in lines if len(line) > 1]
    if not longer:
        raise ValueError(remark("it has fewer than two positions: there is nothing to draw"))
    if sum(len(line) == 1 for line in lines):
        notes.append(remark("segments of a single position were left out"))
    if len(longer) == 1:
        return {"type": "LineString", "coordinates": longer[0]}
    return {"type": "MultiLineString", "coordinates": longer}


def _position(point: Element) -> list[Decimal]:
    return position(point.attributes.get("lon", ""), point.attributes.get("lat", ""))
