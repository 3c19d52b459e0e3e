"""Areas on the ellipsoid: against areas that are known, and against a plain integral."""

from math import atanh, cos, pi, radians, sin, sqrt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.kinds.area import EQUATOR_M, FLATTENING, area_of
from protocol.kinds.geometry import from_geojson

E2 = FLATTENING * (2 - FLATTENING)


def units(degrees: float) -> int:
    return round(degrees * UNITS_PER_DEGREE)


def box(west: float, south: float, east: float, north: float) -> list[int]:
    """A ring along meridians and parallels, counter-clockwise."""
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return [units(number) for corner in corners for number in corner]


def polygon(*rings: list[int]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def belt(south: float, north: float, width: float) -> float:
    """The area between two parallels, as the books have it: in closed form (Snyder 3-12)."""
    e = sqrt(E2)

    def q(latitude: float) -> float:
        s = sin(radians(latitude))
        return (1 - E2) * (s / (1 - E2 * s * s) + atanh(e * s) / e)

    return EQUATOR_M**2 / 2 * radians(width) * (q(north) - q(south))


def test_the_earth_has_its_area() -> None:
    e = sqrt(E2)
    whole = 2 * pi * EQUATOR_M**2 * (1 + (1 - E2) / e * atanh(e))
    assert round(whole / 1e9) == 510_066  # thousands of km²
    assert area_of(polygon(box(-180, -90, 180, 90))) == pytest.approx(whole, rel=1e-10)


@pytest.mark.parametrize("south", [-90, -60, -1, -0.5, 0, 42, 71.3, 89])
@pytest.mark.parametrize("size", [0.0005, 0.009, 0.011, 0.2, 0.2000001, 0.5, 1])
def test_boxes_are_as_large_as_their_belts(south: float, size: float) -> None:
    found = area_of(polygon(box(10, south, 10 + size, south + size)))
    assert (found or 0) == pytest.approx(belt(south, south + size, size), rel=1e-6, abs=1)


@pytest.mark.parametrize("height", [0.0005, 0.0099, 0.0101, 0.2, 0.2000001, 0.9, 1.1, 30])
def test_slanting_lines_are_straight_in_degrees(height: float) -> None:
    """A right triangle against its integral: strips of constant latitude, each as wide as the line says."""
    south, steps = 40.0, 20_000
    width = height
    ring = [units(number) for number in (0, south, width, south, width, south + height, 0, south)]
    strip = radians(height) / steps
    total = 0.0
    for step in range(steps):
        share = (step + 0.5) / steps
        latitude = radians(south) + share * radians(height)
        # Radii of curvature along the meridian and the parallel.
        w = 1 - E2 * sin(latitude) ** 2
        meridian, parallel = EQUATOR_M * (1 - E2) / w**1.5, EQUATOR_M * cos(latitude) / sqrt(w)
        total += meridian * strip * parallel * radians(width) * (1 - share)
    assert area_of(polygon(ring)) == pytest.approx(total, rel=1e-5, abs=1)


def test_holes_are_taken_off_and_parts_added_up() -> None:
    hole = box(0.2, 0.2, 0.4, 0.4)
    hole = [number for at in range(len(hole) - 2, -1, -2) for number in hole[at : at + 2]]
    whole, inner = area_of(polygon(box(0, 0, 1, 1))), area_of(polygon(box(0.2, 0.2, 0.4, 0.4)))
    assert whole is not None
    assert inner is not None
    assert area_of(polygon(box(0, 0, 1, 1), hole)) == pytest.approx(whole - inner, abs=1)
    several = {"type": "MultiPolygon", "coordinates": [[box(0, 0, 1, 1), hole], [box(0.2, 0.2, 0.4, 0.4)]]}
    assert area_of(several) == pytest.approx(whole, abs=1)
    larger = box(-1, -1, 2, 2)
    larger = [number for at in range(len(larger) - 2, -1, -2) for number in larger[at : at + 2]]
    assert area_of(polygon(box(0, 0, 1, 1), larger)) is None


def test_what_meets_at_the_antimeridian_is_one_area() -> None:
    parts = {
        "type": "MultiPolygon",
        "coordinates": [[box(179, -1, 180, 1)], [box(-180, -1, -179, 1)]],
    }
    assert area_of(parts) == pytest.approx(belt(-1, 1, 2), rel=1e-6)


def test_points_and_lines_have_no_area() -> None:
    for kind, coordinates in (
        ("Point", [0, 0]),
        ("MultiPoint", [0, 0, 9, 9]),
        ("LineString", [0, 0, 9, 9]),
        ("MultiLineString", [[0, 0, 9, 9]]),
    ):
        assert area_of({"type": kind, "coordinates": coordinates}) is None


@given(
    st.lists(st.floats(0.05, 1), min_size=3, max_size=12),
    st.floats(-170, 170),
    st.floats(-80, 80),
    st.floats(1e-4, 5),
)
def test_cutting_a_shape_in_two_keeps_its_area(
    radii: list[float], lon: float, lat: float, size: float
) -> None:
    """A star around its middle, whole and as triangles: none is counted twice, none is lost."""
    corners = [
        (
            lon + size * radius * cos(2 * pi * at / len(radii)),
            lat + size * radius * sin(2 * pi * at / len(radii)),
        )
        for at, radius in enumerate(radii)
    ]
    middle = (lon, lat)
    triangles = [
        (middle, one, other, middle) for one, other in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    whole = area_of(from_geojson({"type": "Polygon", "coordinates": [[*corners, corners[0]]]}))
    parts = [area_of(from_geojson({"type": "Polygon", "coordinates": [list(one)]})) for one in triangles]
    # Coordinates are rounded to a centimetre: as much along each line.
    blur = 0.02 * size * 111_195 * 4 * len(radii) + 1
    assert sum(part or 0 for part in parts) == pytest.approx(whole or 0, rel=1e-5, abs=blur)
