"""Geometry: what a receiver checks, what an author's tool repairs, the box around it (spec §6.3)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed, OverLimit, ProtocolError
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE, require_bounding_box
from protocol.kinds.geometry import check_geometry, from_geojson, to_geojson
from protocol.limits import POSITIONS_MAX

E, N = LONGITUDE_MAX, LATITUDE_MAX
SQUARE = [0, 0, 10, 0, 10, 10, 0, 10, 0, 0]
HOLE = [2, 2, 2, 4, 4, 4, 4, 2, 2, 2]


def geometry(kind: str, coordinates: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": coordinates}


@pytest.mark.parametrize(
    ("kind", "coordinates", "box"),
    [
        ("Point", [1, 2], (1, 2, 1, 2)),
        ("Point", [-E, -N], (-E, -N, -E, -N)),
        ("Point", [E, N], (E, N, E, N)),
        ("MultiPoint", [1, 2, 3, -4], (1, -4, 3, 2)),
        ("LineString", [0, 0, 5, 5], (0, 0, 5, 5)),
        ("MultiLineString", [[0, 0, 5, 5], [9, 9, 8, -8]], (0, -8, 9, 9)),
        ("Polygon", [SQUARE], (0, 0, 10, 10)),
        ("Polygon", [SQUARE, HOLE], (0, 0, 10, 10)),
        ("MultiPolygon", [[SQUARE], [[n + 20 for n in SQUARE], [n + 20 for n in HOLE]]], (0, 0, 30, 30)),
        ("LineString", [-E, 0, 0, 0, E, 0], (-E, 0, E, 0)),
    ],
)
def test_good(kind: str, coordinates: Any, box: tuple[int, ...]) -> None:
    assert check_geometry(geometry(kind, coordinates)) == box


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"type": "Point"},
        {"type": "Point", "coordinates": [0, 0], "bbox": [0, 0, 0, 0]},
        geometry("Circle", [0, 0]),
        geometry("GeometryCollection", []),
        geometry("point", [0, 0]),
        {"type": ["Point"], "coordinates": [0, 0]},
        geometry("Point", []),
        geometry("Point", [0]),
        geometry("Point", [0, 0, 0]),
        geometry("Point", [0, 0, 0, 0]),
        geometry("Point", [[0, 0]]),
        geometry("Point", [0.5, 0]),
        geometry("Point", [True, 0]),
        geometry("Point", "00"),
        geometry("Point", {"0": 0}),
        geometry("MultiPoint", []),
        geometry("MultiPoint", [1, 2, 3]),
        geometry("LineString", [0, 0]),
        geometry("LineString", [[0, 0], [1, 1]]),
        geometry("MultiLineString", []),
        geometry("MultiLineString", [[]]),
        geometry("MultiLineString", [[0, 0, 1, 1], [0, 0]]),
        geometry("Polygon", []),
        geometry("Polygon", [[]]),
        geometry("Polygon", SQUARE),
        geometry("Polygon", [SQUARE[:-2]]),  # not closed
        geometry("Polygon", [[0, 0, 1, 1, 0, 0]]),  # three positions
        geometry("Polygon", [[0, 0, 1, 1, 2, 2, 0, 0]]),  # no area
        geometry("Polygon", [[0, 0, 0, 10, 10, 10, 10, 0, 0, 0]]),  # wound clockwise
        geometry("Polygon", [SQUARE, [2, 2, 4, 2, 4, 4, 2, 4, 2, 2]]),  # hole wound counter-clockwise
        geometry("MultiPolygon", [SQUARE]),
        geometry("MultiPolygon", [[SQUARE], []]),
        geometry("MultiPolygon", []),
        geometry("LineString", [E, 0, -E, 0]),  # across the antimeridian
        geometry("Polygon", [[E - 9, 0, 9 - E, 0, 9 - E, 9, E - 9, 9, E - 9, 0]]),
    ],
)
def test_malformed(wrong: Any) -> None:
    with pytest.raises(Malformed):
        check_geometry(wrong)


@pytest.mark.parametrize("position", [[E + 1, 0], [-E - 1, 0], [0, N + 1], [0, -N - 1]])
def test_off_the_globe(position: list[int]) -> None:
    with pytest.raises(OverLimit):
        check_geometry(geometry("Point", position))
    with pytest.raises(OverLimit):
        check_geometry(geometry("MultiPoint", [0, 0, *position]))


def test_positions_at_their_limit_and_past_it() -> None:
    check_geometry(geometry("MultiPoint", [0, 0] * POSITIONS_MAX))
    with pytest.raises(OverLimit):
        check_geometry(geometry("MultiPoint", [0, 0] * (POSITIONS_MAX + 1)))
    half = [0, 0, 1, 1] * (POSITIONS_MAX // 4)
    check_geometry(geometry("MultiLineString", [half, half]))
    with pytest.raises(OverLimit):
        check_geometry(geometry("MultiLineString", [half, half, [0, 0, 1, 1]]))
    with pytest.raises(OverLimit):
        from_geojson({"type": "MultiPoint", "coordinates": [[0, 0]] * (POSITIONS_MAX + 1)})


def test_box_of_parts_that_meet_at_the_antimeridian_crosses_it() -> None:
    west = [170, 0, 180, 0, 180, 10, 170, 10, 170, 0]
    east = [-180, 0, -175, 0, -175, 10, -180, 10, -180, 0]
    scaled = [[[n * UNITS_PER_DEGREE for n in ring]] for ring in (west, east)]
    box = check_geometry(geometry("MultiPolygon", scaled))
    assert box == (170 * UNITS_PER_DEGREE, 0, -175 * UNITS_PER_DEGREE, 10 * UNITS_PER_DEGREE)
    assert require_bounding_box(list(box)) == box
    points = geometry("MultiPoint", [E, 0, -E, 1, 1_700_000_000, 0])
    assert check_geometry(points)[:3:2] == (1_700_000_000, -E)
    around = geometry("MultiLineString", [[-E, 0, 0, 0, E, 0], [-E, 5, -5, 5]])
    assert check_geometry(around)[:3:2] == (-E, E), "no stretch of longitude is empty"


units_lon, units_lat = st.integers(-E, E), st.integers(-N, N)


@st.composite
def rings(draw: st.DrawFn) -> list[int]:
    west = draw(st.integers(-E, E - 2))
    south = draw(st.integers(-N, N - 2))
    east = draw(st.integers(west + 1, min(E, west + E)))
    north = draw(st.integers(south + 1, N))
    return [west, south, east, south, east, north, west, north, west, south]


def flat(positions: list[tuple[int, int]]) -> list[int]:
    return [n for position in positions for n in position]


positions = st.lists(st.tuples(units_lon, units_lat), min_size=1, max_size=8).map(flat)
lines = st.lists(st.tuples(st.integers(0, E), units_lat), min_size=2, max_size=8, unique=True).map(flat)
geometries = st.one_of(
    st.tuples(units_lon, units_lat).map(lambda p: geometry("Point", list(p))),
    positions.map(lambda c: geometry("MultiPoint", c)),
    lines.map(lambda c: geometry("LineString", c)),
    st.lists(lines, min_size=1, max_size=3).map(lambda c: geometry("MultiLineString", c)),
    rings().map(lambda ring: geometry("Polygon", [ring])),
    st.lists(rings().map(lambda ring: [ring]), min_size=1, max_size=3).map(
        lambda c: geometry("MultiPolygon", c)
    ),
)


@given(geometries)
def test_geojson_goes_there_and_back_to_the_unit(shape: dict[str, Any]) -> None:
    box = check_geometry(shape)
    geojson = to_geojson(shape)
    assert from_geojson(geojson) == shape
    assert require_bounding_box(list(box)) == box
    lons = [n for line in lines_of(shape["coordinates"]) for n in line[0::2]]
    lats = [n for line in lines_of(shape["coordinates"]) for n in line[1::2]]
    assert (box.south, box.north) == (min(lats), max(lats))
    inside = (
        (lambda n: box.west <= n <= box.east)
        if box.west <= box.east
        else (lambda n: n >= box.west or n <= box.east)
    )
    assert all(inside(n) for n in lons)


def lines_of(coordinates: Any) -> list[list[int]]:
    if type(coordinates[0]) is int:
        return [coordinates]
    return [line for part in coordinates for line in lines_of(part)]


@given(rings())
def test_winding_is_repaired_before_signing_only(ring: list[int]) -> None:
    backwards = [n for i in range(len(ring) - 2, -1, -2) for n in ring[i : i + 2]]
    with pytest.raises(Malformed):
        check_geometry(geometry("Polygon", [backwards]))
    assert from_geojson(to_geojson(geometry("Polygon", [backwards])))["coordinates"] == [ring]


def test_what_is_repaired_from_geojson() -> None:
    repaired = from_geojson(
        {"type": "Polygon", "coordinates": [[[0, 0, 99.5], [0, 1], [0, 1], [1, 1], [1, 0], [0, 0]]]}
    )
    assert repaired["coordinates"] == [[0, 0, 10**7, 0, 10**7, 10**7, 0, 10**7, 0, 0]]
    point = {"type": "Point", "coordinates": [Decimal("-78.123456749"), -0.00000005]}
    assert from_geojson(point)["coordinates"] == [-781_234_567, 0], "halves go to the even unit"


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {"type": 7},
        {"type": "Feature"},
        {"type": "Point"},
        {"type": "Point", "coordinates": None},
        {"type": "Point", "coordinates": [0]},
        {"type": "Point", "coordinates": ["0", "0"]},
        {"type": "Point", "coordinates": [True, 0]},
        {"type": "Point", "coordinates": [float("nan"), 0]},
        {"type": "Point", "coordinates": [float("inf"), 0]},
        {"type": "Point", "coordinates": [Decimal("sNaN"), 0]},
        {"type": "Point", "coordinates": [181, 0]},
        {"type": "Point", "coordinates": [1e300, 0]},
        {"type": "Point", "coordinates": [10**400, 0]},
        {"type": "Point", "coordinates": [Decimal("1e999999"), 0]},
        {"type": "Point", "coordinates": [Decimal("-1e900000"), 0]},
        {"type": "LineString", "coordinates": [[0, 0], [0, 0]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1e-9, 0], [1e-9, 1e-9], [0, 0]]]},
        {"type": "Polygon", "coordinates": [[0, 0]]},
        {"type": "Polygon", "coordinates": {"a": 1}},
        {"type": "MultiPolygon", "coordinates": [[]]},
    ],
)
def test_what_cannot_be_repaired_without_guessing(wrong: Any) -> None:
    with pytest.raises((Malformed, OverLimit)):
        from_geojson(wrong)


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=12,
)


@given(st.sampled_from(["Point", "MultiPoint", "LineString", "Polygon", "MultiPolygon"]), json_like)
def test_any_coordinates_raise_nothing_but_protocol_errors(kind: str, coordinates: Any) -> None:
    for judge in (check_geometry, from_geojson):
        try:
            judge(geometry(kind, coordinates))
        except ProtocolError as error:
            assert type(error) in (Malformed, OverLimit)


@pytest.mark.parametrize(
    "wrong", [None, [], [0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, "0"], [0, 0, True, 0], [0, 1, 0, 0]]
)
def test_malformed_boxes(wrong: Any) -> None:
    with pytest.raises(Malformed):
        require_bounding_box(wrong)
