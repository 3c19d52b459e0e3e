"""GeoJSON (RFC 7946) read feature by feature, strictly, in memory bounded by the largest feature.

A FeatureCollection, a Feature, a geometry, a list of either, or any of these one to a line (also with the
record separators of RFC 8142).  The JSON must be exactly RFC 8259: no NaN, no repeated keys, no comments.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Never

from node.importing.json_text import JsonText
from node.importing.reference_systems import System, Turning, system_named, turning_from
from node.importing.rows import NotGeoJson, Row, Unreadable, remark
from node.importing.sources import Source

GEOMETRY_TYPES = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)

# 1e308 is what a double holds; a larger number is a mistake, and costs gigabytes to write out in full.
EXPONENT_MAX = 308

_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")


class GeoJsonReader:
    """Rows of a GeoJSON file.  `notes` fills while reading."""

    def __init__(self, source: Source, system: System | None = None) -> None:
        self.notes: list[str] = []
        self._source, self._system = source, system
        self._turning: Turning | None = None
        self._number = 0

    def rows(self) -> Iterator[Row]:
        """Yield every feature, from the start.  Raises `Unreadable`."""
        self._number = 0
        if self._system is not None:
            self._turning = turning_from(self._system, self._source.name, self.notes)
        with self._source.open() as file:
            text = JsonText(file, self._source.name)
            if text.at_end():
                raise Unreadable(f"{self._source.name} is empty")
            while True:
                yield from self._value(text)
                if text.at_end():
                    break
                if not text.after_line_break():
                    text.fail("something follows the end of the JSON value")
            if text.had_mark:
                self.notes.append("the file starts with a byte-order mark, which was left out")

    def _value(self, text: JsonText) -> Iterator[Row]:
        match text.peek():
            case "{":
                yield from self._object(text)
            case "[":
                for line in text.elements():
                    value = self._parse(text.value(), line)
                    yield self._row(value, line)
            case _:
                line = text.line
                self._parse(text.value(), line)
                raise NotGeoJson(f"{self._source.name}, line {line}: JSON, but not a GeoJSON object")

    def _object(self, text: JsonText) -> Iterator[Row]:
        """Read one top-level object: its features as they come, its other members kept aside."""
        start = text.line
        members: dict[str, Any] = {}
        for line in text.members():
            key = self._parse(text.value(), line)
            if not isinstance(key, str):
                text.fail("a member's name is not a string")
            if key in members:
                text.fail(f"the key {key!r:.60} is repeated")
            text.colon()
            if key == "features" and text.peek() == "[":
                members[key] = None
                for element_line in text.elements():
                    yield self._row(self._parse(text.value(), element_line), element_line)
            else:
                members[key] = self._parse(text.value(), text.line_of_value)
                if key == "crs":
                    self._take_system(members[key], line)
        if "features" not in members:
            yield self._row(members, start)
        elif members.get("type") != "FeatureCollection" or members["features"] is not None:
            raise NotGeoJson(
                f"{self._source.name}, line {start}: it has features, but is no FeatureCollection"
            )

    def _row(self, value: Any, line: int) -> Row:
        """Return the row of one parsed Feature or geometry.  Raises `NotGeoJson`."""
        self._number += 1
        kind = value.get("type") if isinstance(value, dict) else None
        if kind in GEOMETRY_TYPES:
            return Row(self._number, line, {}, value, turning=self._turning)
        if kind != "Feature":
            self._refuse(line, "neither a Feature nor a geometry")
        identifier = value.get("id")
        if not (identifier is None or isinstance(identifier, str | int | Decimal)) or isinstance(
            identifier, bool
        ):
            self._refuse(line, "its id is neither a string nor a number")
        properties, geometry = value.get("properties"), value.get("geometry")
        if not (properties is None or isinstance(properties, dict)):
            self._refuse(line, "its properties are not an object")
        if not (geometry is None or isinstance(geometry, dict)):
            self._refuse(line, "its geometry is not an object")
        named = None if identifier is None else str(identifier)
        return Row(self._number, line, _flat(properties or {}), geometry, named, turning=self._turning)

    def _refuse(self, line: int, why: str) -> Never:
        raise NotGeoJson(f"{self._source.name}, feature {self._number} (line {line}): not GeoJSON: {why}")

    def _take_system(self, crs: Any, line: int) -> None:
        """Take note of the reference system that an older file names (GeoJSON 2008 §3).  Raises
        `Unreadable`.
        """
        if crs is None or self._system is not None:
            return
        properties = crs.get("properties") if isinstance(crs, dict) else None
        name = properties.get("name") if isinstance(properties, dict) else None
        system = system_named(name) if isinstance(name, str) else System(f"{crs!r:.60}")
        if self._number and not system.is_wgs84:
            raise Unreadable(
                f"{self._source.name}, line {line}: it says only at its end that its coordinates are in "
                f"{system.name!r:.60}: say so (--crs), or convert it first"
            )
        self._turning = turning_from(system, f"{self._source.name}, line {line}", self.notes)

    def _parse(self, source: str, line: int) -> Any:
        """Parse one bounded value strictly; numbers with a fraction become `Decimal`."""
        try:
            value = json.loads(
                source, parse_float=_number, parse_constant=_constant, object_pairs_hook=_without_repeats
            )
        except json.JSONDecodeError as error:
            where = f"{self._source.name}, line {line + error.lineno - 1}"
            why = error.msg[:1].lower() + error.msg[1:]
            raise Unreadable(f"{where}: not JSON: {why}") from None
        except (ValueError, RecursionError) as error:
            raise Unreadable(f"{self._source.name}, line {line}: not JSON: {error}") from None
        if "\\u" in source and _LONE_SURROGATE.search(json.dumps(value, ensure_ascii=False, default=str)):
            raise Unreadable(f"{self._source.name}, line {line}: not Unicode: half of a surrogate pair")
        return value


def _flat(properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties with the members of objects among them beside these, as `tags/name`: CoMapeo has
    such.
    """
    nested = {
        f"{name}/{inner}": value
        for name, members in properties.items()
        if isinstance(members, dict)
        for inner, value in members.items()
    }
    return nested | properties if nested else properties


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = None
    if number is None or number.adjusted() > EXPONENT_MAX:
        raise ValueError(remark(f"the number {text:.40} is beyond what a computer's number holds"))
    return number


def _constant(text: str) -> Never:
    raise ValueError(remark(f"{text} is not a JSON number"))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in members if names.count(name) > 1)
        raise ValueError(remark(f"the key {repeated!r:.60} is repeated"))
    return members
