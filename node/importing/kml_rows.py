"""KML 2.x (OGC 12-007r2), as Google Earth, My Maps, uMap and QGIS write it, also packed as KMZ.

One row for each placemark: `name`, `description` as a reader sees it, `folder`, `time`, whatever its extended
data say, and `kml`, the name of its sort of geometry.  Pictures laid over the ground and links to other
files are named in `notes`; nothing is fetched.
"""

import re
from collections.abc import Iterator
from typing import Any

from node.importing.plain_markup import without_markup
from node.importing.positions import position
from node.importing.rows import Row, Unreadable, remark
from node.importing.sources import Source
from node.importing.xml_events import Element, elements

_LEFT_OUT = {
    "NetworkLink": remark("links to other files were not followed: open them and import what they hold"),
    "GroundOverlay": remark("pictures laid over the ground were left out"),
    "ScreenOverlay": remark("pictures laid over the ground were left out"),
    "PhotoOverlay": remark("pictures laid over the ground were left out"),
}
_WANTED = frozenset({"Placemark", *_LEFT_OUT})
_GEOMETRIES = (
    "Point",
    "LineString",
    "LinearRing",
    "Polygon",
    "MultiGeometry",
    "Track",
    "MultiTrack",
    "Model",
)

# Collections in collections: more than people nest, and far from the parser's own limit.
_NESTING_MAX = 8

# Several blanks after a comma are common, although the standard has none.
_BLANK_AT_COMMA = re.compile(r"\s*,\s*")


class KmlReader:
    """Rows of a KML file.  `notes` fills while reading."""

    def __init__(self, source: Source) -> None:
        self.notes: list[str] = []
        self._source = source

    def rows(self) -> Iterator[Row]:
        """Yield every placemark, from the start.  Raises `Unreadable`."""
        number = 0
        with self._source.open() as file:
            for found in elements(file, self._source.name, "kml", _WANTED):
                if found.element.name != "Placemark":
                    self.notes.append(_LEFT_OUT[found.element.name])
                    continue
                number += 1
                yield _row(number, found.element, found.labels)
        if number == 0:
            raise Unreadable(f"{self._source.name} holds no placemark")


def _row(number: int, placemark: Element, folders: tuple[str, ...]) -> Row:
    properties: dict[str, Any] = dict(_extended(placemark))
    properties |= {
        "name": without_markup(placemark.text_of("name")),
        "description": without_markup(placemark.text_of("description")),
        "folder": " / ".join(folders),
        "time": placemark.text_of("TimeStamp", "when"),
    }
    drawn = [one for one in placemark.children if one.name in _GEOMETRIES]
    properties["kml"] = drawn[0].name if drawn else ""
    try:
        geometry = _geometry(drawn[0], 0) if drawn else None
    except ValueError as error:
        return Row(number, placemark.line, properties, problem=str(error))
    return Row(number, placemark.line, properties, geometry)


def _extended(placemark: Element) -> Iterator[tuple[str, str]]:
    """Yield what is said of a placemark beside its name, under the names that the file gives it."""
    for extended in placemark.all("ExtendedData"):
        for data in extended.all("Data"):
            if data.attributes.get("name"):
                yield data.attributes["name"].strip(), without_markup(data.text_of("value"))
        for schema in extended.all("SchemaData"):
            for simple in schema.all("SimpleData"):
                if simple.attributes.get("name"):
                    yield simple.attributes["name"].strip(), without_markup(simple.text)


def _geometry(element: Element, depth: int) -> dict[str, Any]:
    """Return the geometry of an element; raises `ValueError`, saying why it cannot be used."""
    if depth > _NESTING_MAX:
        raise ValueError(remark(f"its geometries are nested deeper than {_NESTING_MAX}"))
    match element.name:
        case "Point":
            positions = _positions(element)
            if len(positions) != 1:
                raise ValueError(remark("its point does not have one position"))
            return {"type": "Point", "coordinates": positions[0]}
        case "LineString":
            return {"type": "LineString", "coordinates": _positions(element)}
        case "LinearRing":
            return {"type": "Polygon", "coordinates": [_positions(element)]}
        case "Polygon":
            return {"type": "Polygon", "coordinates": _rings(element)}
        case "Track":
            return {"type": "LineString", "coordinates": _track(element)}
        case "MultiGeometry" | "MultiTrack":
            members = [_geometry(one, depth + 1) for one in element.children if one.name in _GEOMETRIES]
            return {"type": "GeometryCollection", "geometries": members}
        case _:
            raise ValueError(
                remark("its shape is a model of a building: only points, lines and areas are read")
            )


def _rings(polygon: Element) -> list[Any]:
    outer = polygon.child("outerBoundaryIs")
    rings = outer.all("LinearRing")[:1] if outer is not None else []
    for inner in polygon.all("innerBoundaryIs"):
        rings += inner.all("LinearRing")  # older programs put several holes into one
    if outer is None or not rings:
        raise ValueError(remark("its polygon has no outer ring"))
    return [_positions(ring) for ring in rings]


def _positions(element: Element) -> list[Any]:
    text = _BLANK_AT_COMMA.sub(",", element.text_of("coordinates"))
    return [_position(part.split(",")) for part in text.split()]


def _track(element: Element) -> list[Any]:
    return [_position(coord.text.split()) for coord in element.all("coord")]


def _position(parts: list[str]) -> Any:
    if len(parts) < 2:
        raise ValueError(remark("a position lacks its longitude or its latitude"))
    return position(parts[0], parts[1])
