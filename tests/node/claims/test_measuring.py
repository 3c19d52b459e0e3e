"""Areas of the ground, slivers, seams and strangers' rings: how two places meet."""

import json
from math import cos, isclose, pi, radians, sin, sqrt
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.claims.measuring import SLIVER_WIDTH_MAX_M, measure, sliver_width_m
from node.claims.meeting import Meeting, Relation
from node.claims.projection import EQUATOR_M, FLATTENING, Plane
from node.claims.shapes import (
    COUNTED_FROM_POSITIONS,
    SEGMENT_PAIRS_MAX,
    TooIntricate,
    on_plane,
    require_simple,
)
from tests.node.claims.outlines import box, comb, point, polygon, ring, shape
from tests.shared_inputs import shared_path

# One hundredth, which figures in hectares are held to.
NEARLY = 0.01

# What the projection itself is held to: it keeps every area.
EXACTLY = 1e-9


def area(geojson: dict[str, object]) -> float:
    made = shape(geojson)
    return float(on_plane(made, Plane(*made.middle)).area)


def ground(west: float, south: float, east: float, north: float) -> float:
    """The square metres between meridians and parallels, summed over thin belts of the ellipsoid."""
    e2, belts, total = FLATTENING * (2 - FLATTENING), 2_000, 0.0
    step = radians(north - south) / belts
    for n in range(belts):
        at = radians(south) + (n + 0.5) * step
        denominator = 1 - e2 * sin(at) ** 2
        meridian, vertical = EQUATOR_M * (1 - e2) / denominator**1.5, EQUATOR_M / sqrt(denominator)
        total += meridian * vertical * cos(at) * step
    return total * radians(east - west)


@pytest.mark.parametrize("south", [-85, -60, -45, -1, 0, 12, 45, 60, 84])
def test_areas_are_those_of_the_ground(south: float) -> None:
    for size in (0.001, 0.1, 3):
        there = (10, south, 10 + size, south + size)
        assert isclose(area(box(*there)), ground(*there), rel_tol=1e-6)


def test_the_globe_has_its_area() -> None:
    """510 065 621.7 km², as the ellipsoid WGS 84 is published with."""
    octants = [(west, south, west + 90, south + 90) for west in (-180, -90, 0, 90) for south in (-90, 0)]
    assert isclose(sum(area(box(*octant)) for octant in octants), 510_065_621_724_000, rel_tol=EXACTLY)


def test_figures_agree_with_those_of_the_source() -> None:
    features = json.loads(shared_path("data", "es_comunales.geojson").read_text(encoding="utf-8"))["features"]
    areas = [
        (area(feature["geometry"]), feature["properties"]["area_ha_approx"] * 10_000)
        for feature in features
        if feature["geometry"]["type"].endswith("Polygon") and feature["properties"].get("area_ha_approx")
    ]
    assert len(areas) > 50
    assert [pair for pair in areas if not isclose(*pair, rel_tol=NEARLY)] == []


def test_an_overlap_in_hectares_and_as_shares_of_both() -> None:
    met = measure(shape(box(10, 45, 11, 46)), shape(box(10.5, 45, 12, 46)))
    assert met is not None
    assert met.relation is Relation.OVERLAPS
    assert met.square_metres is not None
    assert isclose(met.square_metres, ground(10.5, 45, 11, 46), rel_tol=1e-6)
    assert (round(met.share, 6), round(met.other_share, 6)) == (0.5, round(1 / 3, 6))
    assert not met.rough


@pytest.mark.parametrize(
    ("other", "relation"),
    [
        (box(10, 45, 11, 46), Relation.SAME),
        (box(10, 45, 11, 45.97), Relation.SAME),
        (box(9, 44, 12, 47), Relation.WITHIN),
        (box(10.2, 45.2, 10.4, 45.4), Relation.CONTAINS),
        (point(10.5, 45.5), Relation.CONTAINS),
        ({"type": "LineString", "coordinates": [[10.1, 45.1], [10.9, 45.9]]}, Relation.CONTAINS),
        ({"type": "LineString", "coordinates": [[9.5, 45.5], [10.5, 45.5]]}, Relation.OVERLAPS),
        ({"type": "MultiPoint", "coordinates": [[10.5, 45.5], [20, 45]]}, Relation.OVERLAPS),
        (point(11.5, 45.5), None),
        (box(11, 45, 12, 46), None),
        (box(11.2, 45, 12, 46), None),
        (polygon(ring(9, 44, 12, 47), ring(9.9, 44.9, 11.1, 46.1)[::-1]), None),
    ],
)
def test_each_way_of_meeting(other: dict[str, object], relation: Relation | None) -> None:
    met = measure(shape(box(10, 45, 11, 46)), shape(other))
    assert (met and met.relation) == relation


def test_a_border_that_two_sources_draw_differently_is_no_overlap() -> None:
    metre = 1 / 111_320
    one = shape(box(10, 0, 10.3, 0.3))
    for width, found in ((SLIVER_WIDTH_MAX_M * 0.98, False), (SLIVER_WIDTH_MAX_M * 1.02, True)):
        met = measure(one, shape(box(10.3 - width * metre, 0, 10.6, 0.3)))
        assert (met is not None) is found


def test_a_sliver_with_a_real_overlap_at_its_end_is_one() -> None:
    """By the widest place and not on average: a strip of 20 km beside 25 ha is thin, taken together."""
    metre = 1 / 111_320
    one = shape(box(10, 0, 10.3, 0.3))
    strip, field = 20 * metre, 500 * metre
    west = 10.3 - strip
    other = polygon(
        [
            [west, 0],
            [10.6, 0],
            [10.6, 0.3],
            [10.3 - field, 0.3],
            [10.3 - field, 0.3 - field],
            [west, 0.3 - field],
            [west, 0],
        ]
    )
    assert measure(one, shape(other)) is not None


def test_the_tolerance_of_a_garden_is_smaller_than_that_of_a_mountain() -> None:
    assert sliver_width_m(400) == pytest.approx(2)
    assert sliver_width_m(10_000_000) == SLIVER_WIDTH_MAX_M
    metre = 1 / 111_320
    garden = shape(box(0, 0, 20 * metre, 20 * metre))
    assert measure(garden, shape(box(17 * metre, 0, 40 * metre, 20 * metre))) is not None
    assert measure(garden, shape(box(18.5 * metre, 0, 40 * metre, 20 * metre))) is None


def test_a_strip_along_a_canal_lies_in_what_holds_it_however_thin() -> None:
    metre = 1 / 111_320
    strip = shape(box(10, 0, 10.2, 20 * metre))
    for height, found in ((20, True), (3, True), (1, False)):
        met = measure(strip, shape(box(9.9, -0.3, 10.3, height * metre)))
        assert (met is not None) is found


ACROSS = {
    "type": "MultiPolygon",
    "coordinates": [[ring(179, -17, 180, -16)], [ring(-180, -17, -179, -16)]],
}


@pytest.mark.parametrize("other", [box(-179.6, -16.8, -179.2, -16.2), box(179.2, -16.8, 179.6, -16.2)])
def test_across_the_antimeridian(other: dict[str, object]) -> None:
    met = measure(shape(other), shape(ACROSS))
    assert met is not None
    assert met.relation is Relation.WITHIN
    there = other["coordinates"][0]  # type: ignore[index]
    assert met.square_metres == pytest.approx(ground(*there[0], *there[2]), rel=1e-6)
    same = measure(shape(ACROSS), shape(ACROSS | {"coordinates": ACROSS["coordinates"][::-1]}))
    assert same is not None
    assert (same.relation, round(same.share, 9)) == (Relation.SAME, 1.0)


def test_a_band_around_the_globe_meets_what_crosses_the_antimeridian_on_both_sides() -> None:
    band = {"type": "MultiPolygon", "coordinates": [[ring(-180, -60, 0, -50)], [ring(0, -60, 180, -50)]]}
    across = {
        "type": "MultiPolygon",
        "coordinates": [[ring(179, -56, 180, -55)], [ring(-180, -56, -178, -55)]],
    }
    met = measure(shape(across), shape(band))
    assert met is not None
    assert met.relation is Relation.WITHIN
    assert met.square_metres == pytest.approx(ground(-1, -56, 2, -55), rel=1e-6)


def test_points_of_two_sources_mark_one_place_where_they_are_close() -> None:
    assert measure(shape(point(0, 0)), shape(point(0.0004, 0))) == Meeting(Relation.SAME, None, 1, 1, False)
    assert measure(shape(point(0, 0)), shape(point(0.0005, 0))) is None
    assert measure(shape(point(180, 0)), shape(point(-180, 0))) is not None


def test_of_points_on_a_grid_nobody_can_tell_whether_they_are_one_place() -> None:
    assert measure(shape(point(0.01, 0.01), 1_000), shape(point(0.01, 0.01))) is None
    met = measure(shape(point(0.01, 0.01), 1_000), shape(box(0, 0, 1, 1)))
    assert met is not None
    assert (met.relation, met.rough) == (Relation.WITHIN, True)


def test_rings_that_cross_themselves_enclose_what_they_enclose() -> None:
    bow = polygon([[0, 0], [2, 2], [2, 0], [0, 1.9], [0, 0]])
    met = measure(shape(bow), shape(box(0, 0, 2, 2)))
    assert met is not None
    assert met.relation is Relation.WITHIN
    twice = {"type": "MultiPolygon", "coordinates": [[ring(0, 0, 1, 1)], [ring(0.5, 0, 1.5, 1)]]}
    met = measure(shape(twice), shape(box(0, 0, 1.5, 1)))
    assert met is not None
    assert met.relation is Relation.SAME  # what lies in two parts of it counts, and counts once
    assert met.square_metres == pytest.approx(ground(0, 0, 1.5, 1), rel=1e-6)


def test_what_crosses_too_often_is_said_not_to_be_measured() -> None:
    teeth = 2_000
    one, other = shape(comb(teeth, upright=True)), shape(comb(teeth, upright=False))
    assert measure(one, other) == Meeting(Relation.UNMEASURED, None, 0, 0, False)
    # The very same outline is the same, however intricate.
    met = measure(one, shape(comb(teeth, upright=True)))
    assert met is not None
    assert met.relation is Relation.SAME


def crossed(across: int, down: int) -> None:
    """Look at lines from south to north and lines from west to east, each of one segment."""
    uprights = {"type": "MultiLineString", "coordinates": [[[n / 9, -1], [n / 9, 89]] for n in range(across)]}
    levels = {"type": "MultiLineString", "coordinates": [[[-1, n / 9], [179, n / 9]] for n in range(down)]}
    plane = Plane(0, 45)
    require_simple(COUNTED_FROM_POSITIONS, on_plane(shape(uprights), plane), on_plane(shape(levels), plane))


def test_the_most_crossings_that_are_worked_out_and_one_more() -> None:
    crossed(250, SEGMENT_PAIRS_MAX // 250)
    with pytest.raises(TooIntricate):
        crossed(251, SEGMENT_PAIRS_MAX // 250)


def anything(rng: Random) -> dict[str, object]:
    """A ring of any positions near the seam, the pole or neither: mostly one that crosses itself."""
    west, south = rng.choice([(-180.0, -17.0), (178.0, -17.0), (10.0, 45.0), (10.0, 88.0)])
    line = [[west + 2 * rng.random(), south + 2 * rng.random()] for _ in range(rng.randint(3, 9))]
    return polygon([*line, line[0]])


@settings(max_examples=80, deadline=None)
@given(st.builds(Random, st.integers(0, 2**32 - 1)))
def test_what_one_place_sees_of_another_the_other_sees_of_it(rng: Random) -> None:
    try:
        one, other = shape(anything(rng)), shape(anything(rng))
    except ValueError:  # a ring that encloses nothing is refused where it is written
        return
    met, turned = measure(one, other), measure(other, one)
    assert met == (turned and turned.turned())
    if met is not None and met.square_metres is not None:
        assert 0 <= met.share <= 1
        assert 0 <= met.other_share <= 1
        assert met.square_metres > 0


def test_a_metre_is_a_metre_along_the_parallel_of_the_plane() -> None:
    east = Plane(0, 60).project(np.array([[0.0, 60.0], [0.001, 60.0]]))
    e2 = FLATTENING * (2 - FLATTENING)
    vertical = EQUATOR_M / sqrt(1 - e2 * sin(radians(60)) ** 2)
    assert isclose(east[1, 0] - east[0, 0], vertical * cos(pi / 3) * radians(0.001), rel_tol=1e-9)
