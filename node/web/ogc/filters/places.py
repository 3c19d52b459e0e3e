"""Places in filters: what meets a box or a point, lies within an area, crosses a line (OGC 21-065r2).

Whether a place meets a box is worked out here, exactly; all else asks for a geometry library, which a process
of its own has (`node.atlas.shapes_process`).
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from node.atlas.outline import wkb_of
from node.atlas.reading import Where
from node.web.ogc.filters.parsing import not_understood
from node.web.ogc.filters.tree import Call, Name, Operation, Position, Shape, Term, Value
from node.web.words.speech import N_
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox

# What each becomes when its two sides change places.
PLACE_FUNCTIONS = {
    "S_CONTAINS": "S_WITHIN",
    "S_CROSSES": "S_CROSSES",
    "S_DISJOINT": "S_DISJOINT",
    "S_EQUALS": "S_EQUALS",
    "S_INTERSECTS": "S_INTERSECTS",
    "S_OVERLAPS": "S_OVERLAPS",
    "S_TOUCHES": "S_TOUCHES",
    "S_WITHIN": "S_CONTAINS",
}

# A ring comes back to where it began (RFC 7946 §3.1.6).
_RING_MIN_POSITIONS = 4

_PLACE = "(SELECT d.geometry FROM drawing d WHERE d.seq = f.seq)"

# Of a box that crosses the antimeridian, columns tell too little.
_NEAR = "f.south <= ? AND f.north >= ? AND (f.west > f.east OR (f.west <= ? AND f.east >= ?))"
_INSIDE = "f.south >= ? AND f.north <= ? AND f.west <= f.east AND f.west >= ? AND f.east <= ?"


def place_sql(function: str, left: Term, right: Term) -> Where:
    """Return the condition that a function of `PLACE_FUNCTIONS` states.  Raises `Problem`."""
    if isinstance(right, Name):
        left, right, function = right, left, PLACE_FUNCTIONS[function]
    if left != Name("geometry"):
        raise not_understood(
            N_("{function} takes the property “geometry”, and a place such as BBOX(-79, -3, -78, -2)."),
            function=function,
        )
    box = _box_of(right)
    if function == "S_DISJOINT":
        meeting = place_sql("S_INTERSECTS", left, right)
        return Where(f"f.west IS NOT NULL AND NOT ({meeting.sql})", meeting.values)
    if function == "S_INTERSECTS" and _is_box(right):
        return meets_sql(box)
    near = _near(box)
    return Where(
        f"{near.sql} AND relates('{function}', {_PLACE}, ?)", (*near.values, wkb_of(_geometry(right)).hex())
    )


def meets_sql(box: BoundingBox) -> Where:
    """Return the condition that the place of a feature meets a box.

    What lies inside it by its own box does; of what lies across its edge, the outline is looked at.
    """
    parts = halves(box)
    inside = " OR ".join([f"({_INSIDE})"] * len(parts))
    near = _near(box)
    return Where(
        f"{near.sql} AND ({inside} OR meets({_PLACE}, ?, ?, ?, ?))",
        (*near.values, *(v for w, s, e, n in parts for v in (s, n, w, e)), *box),
    )


def needs_shapes(term: Term) -> bool:
    """Whether a filter asks for more of places than whether they meet a box or a point."""
    match term:
        case Call(function, arguments) if function in PLACE_FUNCTIONS:
            return function not in ("S_INTERSECTS", "S_DISJOINT") or not any(map(_is_box, arguments))
        case Operation(_, terms):
            return any(map(needs_shapes, terms))
    return False


def box_around(term: Term) -> BoundingBox | None:
    """Return a box that everything meets for which a filter holds, None where it does not say so.

    Raises `Problem`.
    """
    match term:
        case Operation("AND", terms):
            return next((box for box in map(box_around, terms) if box is not None), None)
        case Call(function, (left, right)) if function in PLACE_FUNCTIONS and function != "S_DISJOINT":
            return _box_of(left if isinstance(right, Name) else right)
    return None


def halves(box: BoundingBox) -> list[BoundingBox]:
    """Return a box as one or, where it crosses the antimeridian, two that do not."""
    if box.west <= box.east:
        return [box]
    return [box._replace(east=LONGITUDE_MAX), box._replace(west=-LONGITUDE_MAX)]


def _near(box: BoundingBox) -> Where:
    """Return the condition that boxes meet, or may."""
    parts = halves(box)
    return Where(
        "(" + " OR ".join([f"({_NEAR})"] * len(parts)) + ")",
        tuple(v for west, south, east, north in parts for v in (north, south, east, west)),
    )


def _is_box(term: Term) -> bool:
    return (isinstance(term, Call) and term.function == "BBOX") or (
        isinstance(term, Shape) and term.kind == "Point"
    )


def _box_of(term: Term) -> BoundingBox:
    """Return the box of a place in a filter.  Raises `Problem`."""
    match term:
        case Call("BBOX", arguments) if len(arguments) in (4, 6):
            numbers = [_number(one) for one in arguments]
            if len(numbers) == 6:
                del numbers[5], numbers[2]  # heights: nothing here has one
            west, south, east, north = (_units(number) for number in numbers)
            if south > north:
                raise not_understood(N_("The south of a BBOX lies north of its north."))
            return _on_globe(BoundingBox(west, south, east, north))
        case Shape():
            positions = list(_positions(term))
            xs, ys = [_units(x) for x, _ in positions], [_units(y) for _, y in positions]
            return _on_globe(BoundingBox(min(xs), min(ys), max(xs), max(ys)))
    raise not_understood(
        N_(
            "A place in a filter is written BBOX(-79, -3, -78, -2), or as well-known text: POINT(-79 -3), "
            "POLYGON((…))."
        )
    )


def _number(term: Term) -> float:
    if isinstance(term, Value) and not isinstance(term.value, str | bool):
        return term.value
    raise not_understood(N_("BBOX takes four numbers: west, south, east, north."))


def _units(degrees: float) -> int:
    """Return units of 10⁻⁷ degree, which positions of records are given in."""
    # A number that is off the globe anyway may be too large to be one of units.
    return round(max(-1_000.0, min(1_000.0, degrees)) * UNITS_PER_DEGREE)


def _on_globe(box: BoundingBox) -> BoundingBox:
    if not (
        all(abs(x) <= LONGITUDE_MAX for x in (box.west, box.east))
        and all(abs(y) <= LATITUDE_MAX for y in (box.south, box.north))
    ):
        raise not_understood(
            N_(
                "A place in the filter lies off the globe: the longitude stands first, then the "
                "latitude, in degrees."
            )
        )
    return box


def _positions(shape: Shape) -> Iterator[Position]:
    """Yield every position of a shape.  Raises `Problem` for rings that are none."""
    if shape.kind == "GeometryCollection":
        for part in shape.parts:
            yield from _positions(part)  # type: ignore[arg-type]
        return
    if shape.kind.endswith("Polygon"):
        for ring in _rings(shape):
            if len(ring) < _RING_MIN_POSITIONS or ring[0] != ring[-1]:
                raise not_understood(
                    N_("A ring of a POLYGON ends where it begins, and has four positions or more.")
                )
    yield from _flat(shape.parts)


def _rings(shape: Shape) -> Iterable[Sequence[Position]]:
    parts: Any = shape.parts
    return parts if shape.kind == "Polygon" else (ring for rings in parts for ring in rings)


def _flat(parts: Any) -> Iterator[Position]:
    if parts and isinstance(parts[0], float):
        yield parts
    else:
        for part in parts:
            yield from _flat(part)


def _geometry(term: Term) -> dict[str, Any]:
    """Return a place as records have it (`protocol.kinds.geometry`), or a collection of such."""
    if isinstance(term, Shape):
        if term.kind == "GeometryCollection":
            parts: Any = term.parts
            return {"type": term.kind, "geometries": [_geometry(part) for part in parts]}
        return {"type": term.kind, "coordinates": _coordinates(term.kind, term.parts)}
    boxes = halves(_box_of(term))
    return (
        _boxed(boxes[0])
        if len(boxes) == 1
        else {"type": "GeometryCollection", "geometries": [*map(_boxed, boxes)]}
    )


def _boxed(box: BoundingBox) -> dict[str, Any]:
    west, south, east, north = box
    if (west, south) == (east, north):
        return {"type": "Point", "coordinates": [west, south]}
    if west == east or south == north:
        return {"type": "LineString", "coordinates": [west, south, east, north]}
    return {
        "type": "Polygon",
        "coordinates": [[west, south, east, south, east, north, west, north, west, south]],
    }


def _coordinates(kind: str, parts: Any) -> list[Any]:
    if kind in ("Point", "LineString", "MultiPoint"):
        return [_units(number) for position in _flat(parts) for number in position]
    inner = {"Polygon": "LineString", "MultiLineString": "LineString", "MultiPolygon": "Polygon"}[kind]
    return [_coordinates(inner, part) for part in parts]
