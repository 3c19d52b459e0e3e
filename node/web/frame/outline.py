"""The outline of a place as an inline drawing: no map behind it, but its shape, its size, and how sure it is.

How sure, and who says so, is told by line and pattern: solid where those who care for it speak, dashed where
others document it, hatched where it is contested, a soft circle where the place is known only roughly.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, hypot, radians
from typing import Any

from node.web.frame.markup import Element, Node, e
from node.web.words.speech import N_, Speech
from protocol.geometry_units import LATITUDE_MAX, UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import Geometry, check_geometry

WIDTH, HEIGHT, MARGIN = 640.0, 400.0, 36.0

# 1,200 points of some 10 characters are 12 KB, and more than a screen can tell apart at this size.
POINTS_DRAWN_MAX = 1_200
PARTS_DRAWN_MAX = 300

# Half a pixel on a phone, where the drawing is half as wide.
TOLERANCE_START = 0.8

# Two places of which the larger is less than a fortieth of the whole: 15 px of the drawing.
APART_MAX = 40

# WGS 84: the mean length of a degree of latitude, in metres.
METRES_PER_DEGREE = 111_195.0

# A single point has no extent: half as wide as this, in degrees, about 1 km.
_POINT_SPAN = 0.01

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the drawing lies: its middle in degrees, and drawing units per degree of latitude."""

    lon: float
    lat: float
    scale: float
    crosses: bool

    @property
    def metres_per_unit(self) -> float:
        """How many metres one unit of the drawing is, at its middle."""
        return METRES_PER_DEGREE / self.scale

    def place(self, lon: int, lat: int) -> tuple[float, float]:
        """Return the point of the drawing for a position in 10⁻⁷ degree; distances are true at the middle."""
        east = lon / UNITS_PER_DEGREE
        if self.crosses and east < 0:
            east += 360.0
        x = WIDTH / 2 + (east - self.lon) * self.scale * _shrink(self.lat)
        return x, HEIGHT / 2 - (lat / UNITS_PER_DEGREE - self.lat) * self.scale


def outline(
    geometry: Geometry, pattern: str, uncertainty_m: int | None, rough: bool, name: str, say: Speech
) -> Element:
    """Return the drawing of a record's geometry.

    `pattern`: `own`, `other` or `contested`; `rough`: generalised on purpose, so that no point is drawn.
    """
    box = check_geometry(geometry)
    frame = _frame(box, uncertainty_m or 0)
    drawn = _drawn(geometry, frame, pattern, uncertainty_m, rough)
    extent = box.west != box.east or box.south != box.north or uncertainty_m is not None
    title = say("Outline of {name}", name=name)
    return _drawing(title, drawn, _scale_bar(frame, say) if extent else None)


def outline_of_two(before: Geometry, after: Geometry, title: str, say: Speech) -> Element | None:
    """Return one drawing of two geometries, the earlier one dashed under the later one; None where they lie
    across the line of the date, or so far apart that one drawing shows neither."""
    boxes = check_geometry(before), check_geometry(after)
    if any(box.west > box.east for box in boxes):
        return None
    both = BoundingBox(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )
    if _span(both) > APART_MAX * max(map(_span, boxes)) > 0:
        return None
    frame = _frame(both, 0)
    drawn = [
        e("g", _drawn(before, frame, "other", None, False), class_="before"),
        e("g", _drawn(after, frame, "own", None, False), class_="after"),
    ]
    return _drawing(title, drawn, _scale_bar(frame, say) if _span(both) else None)


def _span(box: BoundingBox) -> int:
    return max(box.east - box.west, box.north - box.south)


def _drawn(geometry: Geometry, frame: Frame, pattern: str, uncertainty_m: int | None, rough: bool) -> Node:
    lines = list(_lines(geometry["coordinates"]))
    match geometry["type"]:
        case "Polygon" | "MultiPolygon":
            path = _path([_placed(line, frame) for line in lines], close=True)
            return _area(path, pattern, rough)
        case "LineString" | "MultiLineString":
            path = _path([_placed(line, frame) for line in lines], close=False)
            return e("path", d=path, class_=f"line {pattern}")
    return _points(_placed(lines[0], frame), frame, pattern, uncertainty_m, rough)


def _drawing(title: str, drawn: Node, scale: Node) -> Element:
    return e(
        "svg",
        e("title", title),
        e(
            "defs",
            e(
                "pattern",
                e("path", d="M0 0V8", class_="hatch"),
                id="hatch",
                width=8,
                height=8,
                patternUnits="userSpaceOnUse",
                patternTransform="rotate(45)",
            ),
            e(
                "radialGradient",
                e("stop", offset="0.7", class_="inner"),
                e("stop", offset="1", class_="outer"),
                id="soft",
            ),
        ),
        drawn,
        scale,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        class_="outline",
    )


def _area(path: str, pattern: str, rough: bool) -> Node:
    """Return an area; where it is known only roughly its edge is a soft band, with a thin line that tells who
    says so."""
    area = e("path", d=path, class_=f"area {pattern}{' rough' if rough else ''}", fill_rule="evenodd")
    return e("g", e("path", d=path, class_="band"), area) if rough else area


def is_worth_drawing(geometry: Geometry, uncertainty_m: int | None) -> bool:
    """Whether a drawing tells anything: one point without a map behind it, and without a circle, does not."""
    return geometry["type"] != "Point" or bool(uncertainty_m)


def middle_of(box: BoundingBox) -> tuple[float, float]:
    """Return longitude and latitude, in degrees, of the middle of a box."""
    east = box.east if box.east >= box.west else box.east + 360 * UNITS_PER_DEGREE
    lon = (box.west + east) / 2 / UNITS_PER_DEGREE
    return (lon - 360 if lon > 180 else lon), (box.south + box.north) / 2 / UNITS_PER_DEGREE


def where_is(box: BoundingBox, uncertainty_m: int, say: Speech) -> str:
    """Return the middle of a box as people write a position, no finer than it is known."""
    lon, lat = middle_of(box)
    places = 3 if uncertainty_m < 500 else 2 if uncertainty_m < 5_000 else 1
    return say(
        N_("{lat}° {north_or_south}, {lon}° {east_or_west}"),
        lat=say.decimal(abs(lat), places),
        north_or_south=say(N_("north")) if lat >= 0 else say(N_("south")),
        lon=say.decimal(abs(lon), places),
        east_or_west=say(N_("east")) if lon >= 0 else say(N_("west")),
    )


def _frame(box: BoundingBox, uncertainty_m: int) -> Frame:
    crosses = box.west > box.east
    lon, lat = middle_of(box)
    if crosses and lon < 0:
        lon += 360.0
    east = box.east + (360 * UNITS_PER_DEGREE if crosses else 0)
    soft = 2 * uncertainty_m / METRES_PER_DEGREE
    tall = (box.north - box.south) / UNITS_PER_DEGREE + soft
    wide = (east - box.west) / UNITS_PER_DEGREE * _shrink(lat) + soft
    span = max(tall / (HEIGHT - 2 * MARGIN), wide / (WIDTH - 2 * MARGIN)) or _POINT_SPAN / (
        HEIGHT - 2 * MARGIN
    )
    return Frame(lon, lat, 1 / span, crosses)


def _shrink(lat: float) -> float:
    """Return how long a degree of longitude is beside one of latitude; never quite 0, at the poles."""
    return max(cos(radians(min(abs(lat), LATITUDE_MAX / UNITS_PER_DEGREE))), 0.01)


def _lines(coordinates: Any) -> Sequence[list[int]]:
    if isinstance(coordinates[0], int):
        return [coordinates]
    return [line for part in coordinates for line in _lines(part)]


def _placed(line: list[int], frame: Frame) -> Points:
    return [frame.place(lon, lat) for lon, lat in zip(line[0::2], line[1::2], strict=True)]


def _path(lines: list[Points], close: bool) -> str:
    """Return the data of a path through lines, with no more points than a reader could tell apart."""
    lines = (
        sorted(lines, key=_extent, reverse=True)[:PARTS_DRAWN_MAX] if len(lines) > PARTS_DRAWN_MAX else lines
    )
    tolerance = TOLERANCE_START
    kept = [_thinned(line, tolerance) for line in lines]
    while sum(map(len, kept)) > POINTS_DRAWN_MAX and tolerance < WIDTH:
        tolerance *= 1.6
        kept = [_thinned(line, tolerance) for line in lines]
    return "".join(
        "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line) + ("Z" if close else "") for line in kept
    )


def _thinned(line: Points, tolerance: float) -> Points:
    """Return a line without the points closer than `tolerance` to the last one kept; its ends stay."""
    kept = [line[0]]
    for point in line[1:-1]:
        if hypot(point[0] - kept[-1][0], point[1] - kept[-1][1]) >= tolerance:
            kept.append(point)
    return [*kept, line[-1]]


def _extent(line: Points) -> float:
    xs, ys = [x for x, _ in line], [y for _, y in line]
    return max(xs) - min(xs) + max(ys) - min(ys)


def _points(points: Points, frame: Frame, pattern: str, uncertainty_m: int | None, rough: bool) -> Node:
    shown = points[:PARTS_DRAWN_MAX]
    soft = None if uncertainty_m is None else f"{uncertainty_m / frame.metres_per_unit:.1f}"
    return [
        [e("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=soft, class_="soft") for x, y in shown]
        if soft
        else None,
        None
        if rough and soft
        else [e("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=9, class_=f"point {pattern}") for x, y in shown],
    ]


def _scale_bar(frame: Frame, say: Speech) -> Node:
    """Return a bar of a round length, at most a quarter of the drawing."""
    longest = WIDTH / 4 * frame.metres_per_unit
    if longest < 1:
        return None
    step = 10 ** (len(str(int(longest))) - 1)
    metres = next(factor * step for factor in (5, 2, 1) if factor * step <= longest)
    x, y, width = 16.0, HEIGHT - 14, metres / frame.metres_per_unit
    return e(
        "g",
        e("path", d=f"M{x:.1f} {y - 5:.1f}V{y:.1f}H{x + width:.1f}V{y - 5:.1f}"),
        e("text", say.distance(metres), x=f"{x + width + 8:.1f}", y=f"{y:.1f}"),
        class_="scale",
    )
