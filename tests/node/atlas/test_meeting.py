"""Whether places meet boxes: as GEOS has it, for any outline and any box, and to the last unit."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from node.atlas.meeting import meets, meets_wkb
from node.atlas.outline import geometry_of, wkb_of
from protocol.geometry_units import BoundingBox
from protocol.kinds.geometry import Geometry

# Few places on a small grid: what touches, overlaps and coincides is found often.
NUMBERS = st.integers(-6, 6)
POSITIONS = st.tuples(NUMBERS, NUMBERS)
LINES = st.lists(POSITIONS, min_size=2, max_size=6)
# Rings that do not cross themselves: corners by their angle around the middle of a star.
RINGS = st.lists(st.integers(1, 6), min_size=3, max_size=8).map(
    lambda radii: [
        (radius * dx, radius * dy)
        for radius, (dx, dy) in zip(
            radii, [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)], strict=False
        )
    ]
)


def flat(positions: list[tuple[int, int]]) -> list[int]:
    return [number for position in positions for number in position]


def ring(positions: list[tuple[int, int]]) -> list[int]:
    return flat([*positions, positions[0]])


GEOMETRIES = st.one_of(
    POSITIONS.map(lambda p: {"type": "Point", "coordinates": list(p)}),
    LINES.map(lambda line: {"type": "LineString", "coordinates": flat(line)}),
    LINES.map(lambda line: {"type": "MultiPoint", "coordinates": flat(line)}),
    st.lists(LINES, min_size=1, max_size=3).map(
        lambda lines: {"type": "MultiLineString", "coordinates": [flat(line) for line in lines]}
    ),
    RINGS.map(lambda one: {"type": "Polygon", "coordinates": [ring(one)]}),
    # A hole of half the size in the middle.
    RINGS.map(
        lambda one: {
            "type": "Polygon",
            "coordinates": [ring([(4 * x, 4 * y) for x, y in one]), ring([(x, y) for x, y in one])],
        }
    ),
    st.tuples(RINGS, RINGS).map(
        lambda two: {
            "type": "MultiPolygon",
            "coordinates": [[ring(two[0])], [ring([(x + 20, y) for x, y in two[1]])]],
        }
    ),
)
BOXES = st.tuples(st.integers(-26, 26), NUMBERS, st.integers(0, 12), st.integers(0, 12)).map(
    lambda b: BoundingBox(b[0], b[1], b[0] + b[2], b[1] + b[3])
)


def shape_of(geometry: Geometry) -> shapely.Geometry:
    """In units, so that GEOS has whole numbers to reckon with."""
    scaled = shapely.from_wkb(wkb_of(geometry))
    return shapely.transform(scaled, lambda degrees: (degrees * 1e7).round())


@settings(max_examples=500)
@given(GEOMETRIES, BOXES)
def test_a_place_meets_a_box_as_geometry_libraries_have_it(geometry: Geometry, box: BoundingBox) -> None:
    shape = shape_of(geometry)
    if not shape.is_valid:
        return
    corners = shapely.MultiPoint([box[:2], box[2:]])
    # As GEOS needs it: a box without an area is no polygon.
    expected = bool(shapely.intersects(shape, shapely.envelope(corners)))
    assert meets(geometry, box) is expected
    assert meets_wkb(wkb_of(geometry), box) is expected


@given(st.lists(POSITIONS, min_size=3, max_size=9), BOXES)
def test_a_ring_that_crosses_itself_meets_what_it_runs_through(
    positions: list[tuple[int, int]], box: BoundingBox
) -> None:
    outline = {"type": "Polygon", "coordinates": [ring(positions)]}
    line = shape_of({"type": "LineString", "coordinates": ring(positions)})
    if shapely.intersects(line, shapely.envelope(shapely.MultiPoint([box[:2], box[2:]]))):
        assert meets(outline, box)
    assert meets_wkb(wkb_of(outline), box) is meets(outline, box)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (BoundingBox(1_790_000_000, 0, -1_790_000_000, 10), True),
        (BoundingBox(1_799_999_999, 0, -1_799_999_999, 10), True),
        (BoundingBox(1_800_000_000, 0, -1_799_999_999, 10), False),
        (BoundingBox(10, 0, -1_800_000_000, 10), True),
        (BoundingBox(-1_800_000_000, 0, 1_799_999_998, 10), False),
    ],
)
def test_a_box_across_the_antimeridian_is_two(box: BoundingBox, expected: bool) -> None:
    assert meets({"type": "Point", "coordinates": [1_799_999_999, 5]}, box) is expected


def test_a_collection_meets_what_any_of_its_parts_does() -> None:
    parts = [{"type": "Point", "coordinates": [0, 0]}, {"type": "LineString", "coordinates": [5, 5, 9, 9]}]
    both: Geometry = {"type": "GeometryCollection", "geometries": parts}
    assert meets(both, BoundingBox(7, 7, 7, 7))
    assert not meets(both, BoundingBox(7, 6, 8, 6))
    assert geometry_of(wkb_of(both)) == both
