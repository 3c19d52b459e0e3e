"""What a filter says, as a tree: names, values, and what is asked of them."""

from dataclasses import dataclass
from typing import Literal

Position = tuple[float, float]
"""Longitude and latitude in degrees; a height that was given is left out."""

ShapeKind = Literal[
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "GeometryCollection",
]


@dataclass(frozen=True, slots=True)
class Name:
    """A property."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """A text, a number, a truth."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A geometry, its parts nested as in GeoJSON (RFC 7946 §3.1); of a collection, the geometries in it."""

    kind: ShapeKind
    parts: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Several:
    """Values in a row, as `A_CONTAINS` takes them."""

    items: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals."""

    function: str
    arguments: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator: `AND`, `OR`, `NOT`, `=`, `LIKE`, `IN`, `BETWEEN`, `IS NULL`, `+` and so on."""

    operator: str
    terms: tuple["Term", ...]


Term = Name | Value | Shape | Several | Call | Operation
