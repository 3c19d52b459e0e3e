"""Sheets: what they show, and where things lie on them, also at the edges of the earth."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.map.sheet import LATITUDE_SHOWN_MAX, Sheet, cut_line, cut_ring, thinned
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox

UNITS = st.integers(-180 * UNITS_PER_DEGREE, 180 * UNITS_PER_DEGREE)
SOUTH_NORTH = st.tuples(
    st.integers(-85 * UNITS_PER_DEGREE, 85 * UNITS_PER_DEGREE),
    st.integers(-85 * UNITS_PER_DEGREE, 85 * UNITS_PER_DEGREE),
)
PLACES = st.tuples(st.floats(-500, 500), st.floats(-500, 500))


@given(st.tuples(UNITS, UNITS), SOUTH_NORTH)
def test_a_sheet_around_a_box_shows_all_of_it(sides: tuple[int, int], heights: tuple[int, int]) -> None:
    box = BoundingBox(sides[0], min(heights), sides[1], max(heights))
    sheet = Sheet.around([box], 960, 720, 40)
    assert sheet is not None
    if sheet.zoom == 0:
        return  # the whole earth, as small as a map gets
    west, east = box.west / UNITS_PER_DEGREE, box.east / UNITS_PER_DEGREE
    if box.west > box.east:
        east += 360  # across the antimeridian it is one piece
    turn = sheet.turn((west + east) / 2)
    for lon in (west, east):
        for lat in (box.south / UNITS_PER_DEGREE, box.north / UNITS_PER_DEGREE):
            [(x, y)] = sheet.line((lon, lat), 1.0, turn)
            assert 40 - 1 <= x <= 920 + 1
            assert 40 - 1 <= y <= 680 + 1


def test_nothing_to_show_is_no_sheet() -> None:
    assert Sheet.around([], 960, 720, 40) is None


@given(st.floats(-180, 180), st.floats(-80, 80), st.floats(0, 18), st.floats(0, 960), st.floats(0, 720))
def test_a_point_of_the_sheet_is_where_it_says(
    lon: float, lat: float, zoom: float, x: float, y: float
) -> None:
    sheet = Sheet(lon, lat, zoom, 960, 720)
    east, north = sheet.degrees(x, y)
    assert -180 <= east <= 180
    if abs(north) < LATITUDE_SHOWN_MAX - 0.001 and sheet.earth_pixels > 960:
        [(again_x, again_y)] = sheet.line((east, north), 1.0, sheet.turn(east))
        assert again_x == pytest.approx(x, abs=0.01)
        assert again_y == pytest.approx(y, abs=0.01)


def test_the_box_of_a_sheet_goes_over_the_antimeridian() -> None:
    box = Sheet(179.5, 0, 6, 960, 720).box
    assert box.west > 0 > box.east
    whole = Sheet(0, 0, 0, 960, 720).box
    assert (whole.west, whole.east) == (-180 * UNITS_PER_DEGREE, 180 * UNITS_PER_DEGREE)


def test_metres_and_pixels() -> None:
    assert Sheet(0, 0, 0, 10, 10).metres_per_pixel() == pytest.approx(40_075_016.7 / 512)
    assert Sheet(0, 60, 0, 10, 10).metres_per_pixel() == pytest.approx(40_075_016.7 / 1_024)


@given(st.lists(PLACES, min_size=3, max_size=30))
def test_what_is_cut_lies_on_the_sheet(ring: list[tuple[float, float]]) -> None:
    for x, y in cut_ring(ring, 100, 80, 10):
        assert -10.001 <= x <= 110.001
        assert -10.001 <= y <= 90.001


def test_a_ring_around_the_sheet_covers_it() -> None:
    around = [(-500.0, -500.0), (500.0, -500.0), (500.0, 500.0), (-500.0, 500.0)]
    assert sorted(cut_ring(around, 100, 80, 10)) == [(-10, -10), (-10, 90), (110, -10), (110, 90)]
    assert cut_ring([(200.0, 0.0), (300.0, 0.0), (300.0, 50.0)], 100, 80, 10) == []


@given(st.lists(PLACES, min_size=2, max_size=30))
def test_pieces_of_a_line_are_of_that_line(line: list[tuple[float, float]]) -> None:
    pieces = cut_line(line, 100, 80, 10)
    kept = [point for piece in pieces for point in piece]
    assert all(point in line for point in kept)
    assert all(point in kept for point in line if 0 <= point[0] <= 100 and 0 <= point[1] <= 80)


@given(st.lists(PLACES, min_size=1, max_size=30), st.floats(0.1, 50))
def test_thinning_keeps_the_ends(line: list[tuple[float, float]], tolerance: float) -> None:
    kept = thinned(line, tolerance)
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert all(math.dist(one, other) >= tolerance for one, other in pairwise(kept[:-1]))
