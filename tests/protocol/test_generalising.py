"""Coarse places: the true one is within what is said of them, and nothing else of it is in them (§6.3)."""

from fractions import Fraction
from itertools import pairwise
from math import atan2, cos, dist, radians, sin, sqrt
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocol.errors import OverLimit
from protocol.generalising import GRIDS_UNITS, generalise
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE
from protocol.grid_cells import cells_of_lines, cells_of_polygons, outline
from protocol.kinds.geometry import check_geometry
from protocol.kinds.privacy import check_sensitivity
from protocol.limits import GENERALISED_GRID_UNITS, GRID_CROSSINGS_MAX

GRID = GENERALISED_GRID_UNITS
grids = st.sampled_from(GRIDS_UNITS)
longitudes = st.integers(-LONGITUDE_MAX, LONGITUDE_MAX)
latitudes = st.integers(-LATITUDE_MAX, LATITUDE_MAX) | st.sampled_from([-LATITUDE_MAX, LATITUDE_MAX, 0])
positions = st.tuples(longitudes, latitudes)
# Half cells: many positions on borders and corners, where mistakes are.
near = st.tuples(*[st.integers(-8, 8).map(lambda n: n * GRID // 2) | st.integers(-4 * GRID, 4 * GRID)] * 2)


def metres(one: tuple[int, int], other: tuple[int, int]) -> float:
    """The distance between two positions through the ellipsoid of WGS 84."""
    return dist(_in_space(*one), _in_space(*other))


def _in_space(lon: float, lat: float) -> tuple[float, float, float]:
    a, e2 = 6_378_137.0, 0.006_694_379_990_14
    lam, phi = radians(lon / UNITS_PER_DEGREE), radians(lat / UNITS_PER_DEGREE)
    n = a / sqrt(1 - e2 * sin(phi) ** 2)
    return n * cos(phi) * cos(lam), n * cos(phi) * sin(lam), n * (1 - e2) * sin(phi)


def pairs(line: list[int]) -> list[tuple[int, int]]:
    return list(zip(line[0::2], line[1::2], strict=True))


def flat(line: list[tuple[int, int]]) -> list[int]:
    return [unit for position in line for unit in position]


def parts_of(geometry: dict[str, Any]) -> list[list[list[int]]]:
    return [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]


def cells_in(geometry: dict[str, Any], grid: int = GRID) -> set[tuple[int, int]]:
    """The cells whose middle is inside polygons, by counting the borders west of it."""
    west, south, east, north = (unit // grid for unit in check_geometry(geometry))
    edges = [edge for part in parts_of(geometry) for ring in part for edge in pairwise(pairs(ring))]
    found = set()
    for row in range(south, north):
        upright = sorted(x for (x, y), (_, v) in edges if min(y, v) <= row * grid < max(y, v))
        for column in range(west, east):
            if sum(x <= column * grid for x in upright) % 2:
                found.add((column, row))
    return found


@given(positions, grids)
def test_a_point_is_within_the_uncertainty_of_its_coarse_one(point: tuple[int, int], grid: int) -> None:
    coarse, uncertainty_m = generalise({"type": "Point", "coordinates": list(point)}, grid)
    lon, lat = coarse["coordinates"]
    check_geometry(coarse)
    assert lon % grid == lat % grid == 0
    assert metres(point, (lon, lat)) <= uncertainty_m
    # All who round to it are within it, and it says no more than twice what the farthest of them needs.
    half = grid // 2
    nearest_equator = max(abs(lat) - half, 0)
    farthest = metres((lon, lat), (lon + half, nearest_equator if lat >= 0 else -nearest_equator))
    assert (
        uncertainty_m <= 2 * max(farthest, metres((0, lat), (0, lat - half if lat > 0 else lat + half))) + 2
    )


@given(st.lists(positions, min_size=1, max_size=12), grids)
def test_points_keep_no_order_and_no_repeats(points: list[tuple[int, int]], grid: int) -> None:
    one = generalise({"type": "MultiPoint", "coordinates": flat(points)}, grid)
    assert one == generalise({"type": "MultiPoint", "coordinates": flat(points[::-1] + points)}, grid)
    check_geometry(one.geometry)
    for point in points:
        nearest = min(metres(point, there) for there in pairs(one.geometry["coordinates"]))
        assert nearest <= one.uncertainty_m


@given(positions, st.integers(-3, 3), st.integers(-3, 3), grids)
def test_what_lies_in_one_cell_comes_out_the_same(
    point: tuple[int, int], dx: int, dy: int, grid: int
) -> None:
    """Nothing of the true place is in the coarse one but the cell: neither in it nor in its uncertainty."""
    centre = [unit // grid * grid for unit in point]
    moved = [unit + d * grid // 8 for unit, d in zip(centre, (dx, dy), strict=True)]
    assume(abs(moved[0]) <= LONGITUDE_MAX and abs(moved[1]) <= LATITUDE_MAX)
    assert generalise({"type": "Point", "coordinates": moved}, grid) == generalise(
        {"type": "Point", "coordinates": centre}, grid
    )


def star(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A simple ring around the middle of points, counter-clockwise; empty where they make none."""
    by_angle = {}
    for x, y in points:
        by_angle[round(atan2(y - 1, x - 1), 6)] = (x, y)
    ring = [by_angle[angle] for angle in sorted(by_angle)]
    angles = sorted(by_angle)
    if len(ring) < 3 or any(b - a > 3 for a, b in pairwise([*angles, angles[0] + 6.283_185])):
        return []
    return [*ring, ring[0]]


def clipped_area(ring: list[tuple[int, int]], column: int, row: int, grid: int) -> Fraction:
    """Twice the area that a ring has in a cell, by cutting it at the cell's four sides."""
    points = [(Fraction(x), Fraction(y)) for x, y in ring[:-1]]
    sides = (
        (0, 1, column * grid), (0, -1, (column + 1) * grid), (1, 1, row * grid), (1, -1, (row + 1) * grid),
    )  # fmt: skip
    for axis, sign, at in sides:
        kept = []
        for here, there in zip(points, points[1:] + points[:1], strict=True):
            a, b = sign * (here[axis] - at), sign * (there[axis] - at)
            if a >= 0:
                kept.append(here)
            if a * b < 0:
                t = a / (a - b)
                kept.append((here[0] + t * (there[0] - here[0]), here[1] + t * (there[1] - here[1])))
        points = kept
    pairs_of = zip(points, points[1:] + points[:1], strict=True)
    return sum((x * v - u * y for (x, y), (u, v) in pairs_of), Fraction(0))


@given(st.lists(near, min_size=3, max_size=9))
def test_an_area_becomes_the_cells_it_has_a_part_in(points: list[tuple[int, int]]) -> None:
    ring = star(points)
    assume(ring)
    coarse, _ = generalise({"type": "Polygon", "coordinates": [flat(ring)]}, GRID)
    check_geometry(coarse)
    wanted = {(c, r) for c in range(-4, 4) for r in range(-4, 4) if clipped_area(ring, c, r, GRID) > 0}
    assert cells_in(coarse) == wanted


@given(st.lists(near, min_size=3, max_size=7), st.integers(-3, 2), st.integers(-3, 2))
def test_a_hole_leaves_out_the_cells_it_has_whole(points: list[tuple[int, int]], x: int, y: int) -> None:
    around = [n * GRID for n in (-6, -6, 6, -6, 6, 6, -6, 6, -6, -6)]
    ring = star(points)
    assume(ring)
    coarse, _ = generalise({"type": "Polygon", "coordinates": [around, flat(ring[::-1])]}, GRID)
    check_geometry(coarse)
    whole = 2 * GRID * GRID
    assert ((x, y) in cells_in(coarse)) == (clipped_area(ring, x, y, GRID) < whole)


@given(st.lists(near, min_size=2, max_size=7))
def test_a_line_becomes_cells_that_hold_every_point_of_it(points: list[tuple[int, int]]) -> None:
    coarse, _ = generalise({"type": "LineString", "coordinates": flat(points)}, GRID)
    check_geometry(coarse)
    cells = cells_in(coarse)
    for (x, y), (u, v) in pairwise(points):
        for n in range(65):
            at = Fraction(n, 64)
            assert ((x + at * (u - x)) // GRID, (y + at * (v - y)) // GRID) in cells
    assert all(any(touches(step, cell) for step in pairwise(points)) for cell in cells)


def touches(step: tuple[tuple[int, int], tuple[int, int]], cell: tuple[int, int]) -> bool:
    """Whether a step has a point in a cell or on its border: what is left of it between its sides."""
    start, end = Fraction(0), Fraction(1)
    for axis in (0, 1):
        at, way = step[0][axis], step[1][axis] - step[0][axis]
        low, high = cell[axis] * GRID, (cell[axis] + 1) * GRID
        if way == 0:
            if not low <= at <= high:
                return False
            continue
        first, last = sorted((Fraction(low - at, way), Fraction(high - at, way)))
        start, end = max(start, first), min(end, last)
    return start <= end


shapes = st.one_of(
    st.lists(near, min_size=2, max_size=6).map(lambda p: {"type": "LineString", "coordinates": flat(p)}),
    st.lists(st.lists(near, min_size=2, max_size=4), min_size=1, max_size=3).map(
        lambda lines: {"type": "MultiLineString", "coordinates": [flat(line) for line in lines]}
    ),
    st.lists(near, min_size=1, max_size=6).map(lambda p: {"type": "MultiPoint", "coordinates": flat(p)}),
    st.lists(near, min_size=3, max_size=8)
    .map(star)
    .filter(bool)
    .map(lambda ring: {"type": "Polygon", "coordinates": [flat(ring)]}),
    st.lists(st.lists(near, min_size=3, max_size=6).map(star).filter(bool), min_size=1, max_size=3).map(
        lambda rings: {"type": "MultiPolygon", "coordinates": [[flat(ring)] for ring in rings]}
    ),
)


@given(shapes, grids)
def test_again_it_comes_out_the_same_and_receivers_accept_it(shape: dict[str, Any], grid: int) -> None:
    once = generalise(shape, grid)
    box = check_geometry(once.geometry)
    assert all(unit % grid == 0 for unit in box)
    assert generalise(once.geometry, grid) == once
    content = type("Content", (), {"sensitivity": "generalised", "sealed": None, **once._asdict()})
    check_sensitivity(content)
    # Coarser after that is what coarser at once is, or wider: never finer.
    if grid == GRIDS_UNITS[0] and once.geometry["type"].endswith("Polygon"):
        coarse = cells_in(generalise(once.geometry, GRIDS_UNITS[1]).geometry, GRIDS_UNITS[1])
        assert cells_in(generalise(shape, GRIDS_UNITS[1]).geometry, GRIDS_UNITS[1]) <= coarse


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1))
def test_any_cells_have_an_outline_that_encloses_just_them(cells: set[tuple[int, int]]) -> None:
    rows: dict[int, list[tuple[int, int]]] = {}
    for row, column in sorted((row, column) for column, row in cells):
        spans = rows.setdefault(row, [])
        if spans and spans[-1][1] == column:
            spans[-1] = (spans[-1][0], column + 1)
        else:
            spans.append((column, column + 1))
    polygons = outline(rows, GRID)
    geometry = {"type": "MultiPolygon", "coordinates": polygons}
    check_geometry(geometry)
    assert cells_in(geometry) == cells
    for polygon in polygons:
        for ring in polygon:
            corners = pairs(ring)[:-1]
            assert len(set(corners)) == len(corners), "a ring meets itself"
        within = cells_in({"type": "Polygon", "coordinates": polygon})
        assert connected(within) == within


def connected(cells: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of some cells that can be reached from one of them without passing a corner."""
    waiting, reached = [min(cells)], set()
    while waiting:
        x, y = waiting.pop()
        if (x, y) in cells and (x, y) not in reached:
            reached.add((x, y))
            waiting += [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    return reached


@given(st.integers(-89, 89), grids)
def test_every_part_of_a_cell_is_within_the_uncertainty(degree: int, grid: int) -> None:
    south = degree * UNITS_PER_DEGREE
    square = flat([(0, south), (grid, south), (grid, south + grid), (0, south + grid), (0, south)])
    coarse, uncertainty_m = generalise({"type": "Polygon", "coordinates": [square]}, grid)
    assert coarse["coordinates"] == [square]
    across = max(metres((0, south), (grid, south + grid)), metres((0, south + grid), (grid, south)))
    assert across <= uncertainty_m <= 1.02 * across + 2


def test_at_the_ends_of_the_globe() -> None:
    for line in (
        [-LONGITUDE_MAX, 0, -LONGITUDE_MAX, 5],
        [LONGITUDE_MAX, 0, LONGITUDE_MAX, 5],
        [0, LATITUDE_MAX, 5, LATITUDE_MAX],
        [0, -LATITUDE_MAX, 5, -LATITUDE_MAX],
    ):
        for grid in GRIDS_UNITS:
            check_geometry(generalise({"type": "LineString", "coordinates": line}, grid).geometry)


def test_as_many_crossings_as_there_may_be_and_not_one_more() -> None:
    # There and back over one column: few cells, and many rows crossed.
    once = GRID_CROSSINGS_MAX // 4
    line = [0, -(once - 1) * GRID // 2, 0, (once - 1) * GRID // 2] * 2
    line = [*line, 0, -(once - 1) * GRID // 2]
    assert len(cells_of_lines([line], GRID)) == once
    with pytest.raises(OverLimit, match="coarser"):
        cells_of_lines([[*line, 0, -(once - 1) * GRID // 2]], GRID)


def test_a_place_with_too_many_corners_wants_a_coarser_grid() -> None:
    comb = [(n % 2 * 2 * GRID * 10, n * GRID) for n in range(11_000)]
    ring = [*comb, (-GRID, 11_000 * GRID), (-GRID, -GRID)]
    polygon = {"type": "Polygon", "coordinates": [flat([*ring, ring[0]])]}
    with pytest.raises(OverLimit, match="coarser"):
        outline({row: [(n, n + 1) for n in range(0, 20, 2)] for row in range(0, 1_602, 2)}, GRID)
    assert (
        len(outline({row: [(n, n + 1) for n in range(0, 20, 2)] for row in range(0, 1_600, 2)}, GRID))
        == 8_000
    )
    assert generalise(polygon, GRIDS_UNITS[2]).geometry["type"] == "Polygon"


def test_only_the_grids_that_are_named() -> None:
    for grid in (1, 5_000, 20_000, 0):
        with pytest.raises(ValueError, match="none of the grids"):
            generalise({"type": "Point", "coordinates": [0, 0]}, grid)


def test_parts_that_meet_at_a_corner_and_around_a_hole() -> None:
    diagonal = {0: [(0, 1)], 1: [(1, 2)]}
    assert len(outline(diagonal, 1)) == 2
    # A ring of cells whose hole reaches its corner: one outer ring, one hole, neither meets itself.
    ring = {0: [(0, 3)], 1: [(0, 1), (2, 3)], 2: [(0, 2)]}
    (polygon,) = outline(ring, 1)
    assert [len(pairs(part)) for part in polygon] == [7, 5]
    assert cells_of_polygons([[[unit * GRID for unit in part] for part in polygon]], GRID) == ring
