"""Places as text and as a point on them, against a library that knows geometry."""

import json
import random
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from node.atlas.outline import geojson_of, geometry_of, wkb_of
from node.opendata.inner_point import inner_point
from node.opendata.wkt import wkt_of
from tests.node.opendata.feature_rows import any_place, shrunk, star


def as_written(geometry: dict[str, Any]) -> bytes:
    return json.dumps(geojson_of(geometry), separators=(",", ":")).encode()


@given(any_place)
def test_the_text_of_a_place_is_the_place(geometry: dict[str, Any]) -> None:
    read = shapely.from_wkt(wkt_of(as_written(geometry)))
    assert shapely.to_wkb(read, byte_order=1) == wkb_of(geometry)


@given(any_place)
def test_the_point_of_a_place_is_on_it(geometry: dict[str, Any]) -> None:
    place = shapely.from_wkb(wkb_of(geometry))
    point = inner_point(geometry_of(wkb_of(geometry)))
    assert point is not None
    at = shapely.Point(point[0] / 1e7, point[1] / 1e7)
    # A narrow place may lie between two numbers of the grid of positions.
    assert shapely.distance(place, at) <= 1e-7


@given(st.floats(0.1, 0.9))
def test_the_point_of_an_area_is_in_no_hole_of_it(times: float) -> None:
    ring = [0, 0, 1_000_000, 0, 1_000_000, 1_000_000, 0, 1_000_000, 0, 0]
    geometry = {"type": "Polygon", "coordinates": [ring, shrunk(ring, times)]}
    point = inner_point(geometry)
    assert point is not None
    assert shapely.contains_properly(
        shapely.from_wkb(wkb_of(geometry)), shapely.Point(point[0] / 1e7, point[1] / 1e7)
    )


@pytest.mark.parametrize(
    ("geometry", "point"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, (1, 2)),
        ({"type": "MultiPoint", "coordinates": [1, 2, 3, 4]}, (1, 2)),
        ({"type": "LineString", "coordinates": [0, 0, 5, 5, 9, 9]}, (5, 5)),
        ({"type": "MultiLineString", "coordinates": [[0, 0, 1, 1], [10, 10, 20, 20, 90, 90]]}, (20, 20)),
        # Bent like a horseshoe, where the middle of the box is outside.
        (
            {"type": "Polygon", "coordinates": [[0, 0, 9, 0, 9, 9, 6, 9, 6, 3, 3, 3, 3, 9, 0, 9, 0, 0]]},
            (2, 6),
        ),
        ({"type": "GeometryCollection", "geometries": []}, None),
    ],
)
def test_points_of_some_places(geometry: dict[str, Any], point: tuple[int, int] | None) -> None:
    assert inner_point(geometry) == point


def test_a_place_of_forty_thousand_corners_is_written_in_full() -> None:
    ring = star(random.Random(3), 40_000, 50_000_000)
    text = wkt_of(as_written({"type": "Polygon", "coordinates": [ring]}))
    assert shapely.get_num_coordinates(shapely.from_wkt(text)) == 40_001
