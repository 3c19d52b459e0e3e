"""What a map shows of a feature: where it lies, and by which line, pattern and icon it is told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import Geometry

# Of one feature; an outline of 40,000 positions is allowed, and no sheet shows more than these.
POSITIONS_READ_MAX = 40_000


@dataclass(frozen=True, slots=True)
class Mark:
    """A feature on a map.

    `told`: `own`, `other` or `contested`; `shape`: `area`, `line` or `point`; `lines`: x and y in turn, in
    degrees times `scale`; `rough`: known only roughly on purpose, so that no point of it is drawn.
    """

    href: str
    name: str
    resource: str
    told: str
    shape: str
    lines: Sequence[Sequence[float]]
    scale: float
    rough: bool = False
    uncertainty_m: int | None = None
    pact: bool = False
    alert: bool = False

    def leading_to(self, href: str) -> "Mark":
        """Return the same with another address."""
        return replace(self, href=href)


def mark_of_feature(feature: Mapping[str, Any], name: str, href: str) -> Mark | None:
    """Return the mark of a GeoJSON Feature of the atlas; None where it has no place."""
    geometry, told = feature["geometry"], feature["properties"]
    if geometry is None:
        return None
    return Mark(
        href,
        name,
        told.get("resource") or "other",
        "contested" if told.get("contested") else "own" if told.get("voice") == "own" else "other",
        shape_of(geometry["type"]),
        list(_lines(geometry["coordinates"])),
        1.0,
        told.get("sensitivity") not in (None, "public"),
        told.get("uncertainty_m"),
        bool(told.get("pacts_in_force")),
        bool(told.get("alerts_open")),
    )


def lines_of(geometry: Geometry) -> list[Sequence[float]]:
    """Return the lines of a record's own geometry, in units of 10⁻⁷ degree."""
    return list(_flat(geometry["coordinates"]))


def shape_of(kind: str) -> str:
    """Return what a type of geometry is drawn as."""
    match kind:
        case "Polygon" | "MultiPolygon":
            return "area"
        case "LineString" | "MultiLineString":
            return "line"
    return "point"


def box_of(mark: Mark) -> BoundingBox:
    """Return the box around a mark, in 10⁻⁷ degree."""
    xs = [x for line in mark.lines for x in line[0::2]]
    ys = [y for line in mark.lines for y in line[1::2]]
    each = UNITS_PER_DEGREE / mark.scale
    return BoundingBox(*(round(v * each) for v in (min(xs), min(ys), max(xs), max(ys))))


def _lines(coordinates: Any) -> Iterator[list[float]]:
    """Yield the lines of GeoJSON's nested positions."""
    if not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        yield [coordinates[0], coordinates[1]]
    elif isinstance(coordinates[0][0], int | float):
        yield [value for position in coordinates[:POSITIONS_READ_MAX] for value in position[:2]]
    else:
        for part in coordinates:
            yield from _lines(part)


def _flat(coordinates: Any) -> Iterator[Sequence[float]]:
    if isinstance(coordinates[0], int):
        yield coordinates
    else:
        for part in coordinates:
            yield from _flat(part)
