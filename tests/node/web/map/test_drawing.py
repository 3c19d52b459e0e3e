"""The drawn map: status by line and pattern, names as text, small however much lies on it."""

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.web.frame.markup import render
from node.web.map.drawing import draw
from node.web.map.ground import LAYERS, ground, towns
from node.web.map.map_files import paths
from node.web.map.mark import Mark, box_of, lines_of, mark_of_feature
from node.web.map.sheet import Sheet
from node.web.words.catalogue import catalogues
from node.web.words.speech import Speech
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import from_geojson
from tests.node.web.readers import classed, text_of

SAY = Speech("en", catalogues()["en"])
NAVARRE = Sheet(-1.5, 42.3, 8.0, 960, 720)
EARTH = Sheet(0.0, 20.0, 0.6, 960, 720)

# A page may have 100 KB; half of it is the list.
DRAWING_SIZE_MAX_BYTES = 50_000


def feature(geometry: dict[str, Any] | None, **told: Any) -> dict[str, Any]:
    """A feature as the atlas has it."""
    properties = {"resource": "pasture", "voice": "own", "contested": False, "sensitivity": "public", **told}
    return {"type": "Feature", "id": "x", "geometry": geometry, "properties": properties}


def square(west: float, south: float, size: float) -> dict[str, Any]:
    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    return {"type": "Polygon", "coordinates": [ring]}


def mark(geometry: dict[str, Any], name: str = "Laguna", **told: Any) -> Mark:
    found = mark_of_feature(feature(geometry, **told), name, "/thing/x")
    assert found is not None
    return found


def drawn(sheet: Sheet, *marks: Mark, closer: str | None = "/?") -> ET.Element:
    text = render(draw(sheet, marks, "Map", SAY, closer=closer))
    assert len(text) < DRAWING_SIZE_MAX_BYTES
    root = ET.fromstring(text.removeprefix("<!doctype html>\n"))
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))
    return root


@pytest.mark.parametrize(
    ("told", "classes"),
    [
        ({"voice": "own"}, "area own"),
        ({"voice": "other"}, "area other"),
        ({"voice": "own", "contested": True}, "area contested"),
        ({"voice": "own", "sensitivity": "generalised"}, "area own rough"),
        ({"voice": "other", "alerts_open": 2}, "area other alert"),
    ],
)
def test_who_speaks_is_told_by_the_line(told: dict[str, Any], classes: str) -> None:
    root = drawn(NAVARRE, mark(square(-1.6, 42.2, 0.2), **told))
    [outline] = classed(root, "area")
    assert outline.attrib["class"] == classes
    assert ("band" in [e.attrib.get("class") for e in root.iter("path")]) == ("rough" in classes)
    filled = outline.attrib.get("fill", "")
    assert filled == ("url(#hatched-pasture)" if "contested" in classes else "")
    assert (root.find(".//pattern[@id='hatched-pasture']") is not None) == ("contested" in classes)


def test_small_things_are_pins_and_those_that_lie_together_one_circle() -> None:
    one = mark({"type": "Point", "coordinates": [-1.5, 42.3]}, pacts_in_force=1)
    root = drawn(NAVARRE, one)
    assert len(classed(root, "pin")) == len(classed(root, "seal")) == 1
    assert [use.attrib["href"] for use in root.iter("use")] == ["#i-pasture"]
    root = drawn(NAVARRE, one, mark(square(-1.49, 42.31, 0.01)), mark(square(-1.51, 42.31, 0.01)))
    [several] = classed(root, "several")
    assert text_of(several.find("text")) == "3"
    assert several.attrib["href"].startswith("/?map=10.5/42.3")
    assert classed(drawn(NAVARRE, one, one, closer=None), "several")[0].tag == "g"


def test_how_sure_a_place_is_shows_as_a_circle_of_that_size() -> None:
    [soft] = classed(
        drawn(NAVARRE, mark({"type": "Point", "coordinates": [-1.5, 42.3]}, uncertainty_m=20_000)), "soft"
    )
    assert float(soft.attrib["r"]) == pytest.approx(20_000 / NAVARRE.metres_per_pixel(), rel=0.01)


def test_names_are_text() -> None:
    root = drawn(NAVARRE, mark(square(-1.6, 42.2, 0.2), "<script>x</script>\u202egnp"))
    assert "<script>x</script>\ufffdgnp" in [text_of(title) for title in root.iter("title")]
    assert not list(root.iter("script"))


def test_the_ground_is_drawn_and_towns_are_named() -> None:
    root = drawn(NAVARRE)
    assert {path.attrib.get("class") for path in root.iter("path")} >= {"land", "rivers", "borders"}
    assert "Pamplona" in text_of(classed(root, "names")[0])
    for path in root.iter("path"):
        assert "nan" not in path.attrib["d"]


def test_the_whole_earth_is_small_with_anything_on_it() -> None:
    many = [
        mark(square(lon, lat, 3), contested=lon % 20 == 0)
        for lon in range(-170, 170, 10)
        for lat in range(-60, 60, 12)
    ]
    assert len(classed(drawn(EARTH, *many), "several")) + len(classed(drawn(EARTH, *many), "pin")) > 20


def test_a_jagged_outline_is_thinned() -> None:
    ring = [[-1.6 + n * 0.00004, 42.2 + (n % 2) * 0.05] for n in range(10_000)]
    drawn(NAVARRE, mark({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}))


@settings(max_examples=20)  # each draws a map
@given(st.floats(-180, 180), st.floats(-85, 85), st.floats(0, 18))
def test_any_sheet_can_be_drawn(lon: float, lat: float, zoom: float) -> None:
    drawn(Sheet(lon, lat, zoom, 480, 360), mark({"type": "Point", "coordinates": [lon, lat]}))


def test_without_a_place_there_is_no_mark() -> None:
    assert mark_of_feature(feature(None), "x", "/x") is None


def test_a_records_own_geometry_is_marked_alike() -> None:
    geometry = from_geojson(square(-1.6, 42.2, 0.2))
    own = Mark("/x", "x", "pasture", "own", "area", lines_of(geometry), UNITS_PER_DEGREE)
    assert box_of(own) == box_of(mark(square(-1.6, 42.2, 0.2)))
    assert box_of(own) == BoundingBox(-16_000_000, 422_000_000, -14_000_000, 424_000_000)


@pytest.mark.parametrize("name", ["far", "near"])
def test_the_files_of_the_ground_are_whole(name: str) -> None:
    read = json.loads(paths()[f"ground-{name}.json"].read_bytes())
    layers = [*LAYERS, *(["provinces"] if name == "near" else [])]
    for layer in layers:
        assert len(read[layer]) > 100
        for shape in read[layer]:
            for steps in shape:
                xs, ys = [0, *steps[0::2]], [0, *steps[1::2]]
                assert len(xs) == len(ys) >= (5 if layer in ("land", "lakes") else 3)
                x = y = 0
                for step_x, step_y in zip(xs, ys, strict=True):
                    x, y = x + step_x, y + step_y
                    assert abs(x) <= 180 * read["scale"]
                    assert abs(y) <= 90 * read["scale"]


def test_the_ground_is_read_as_it_was_written() -> None:
    earth = ground()
    widest = max((line.east - line.west) / earth.scale for shape in earth.layers["land"] for line in shape)
    assert 190 < widest <= 360  # no outline runs back across the map but Antarctica's
    names = {town.name for town in towns()}
    assert {"Quito", "Zaragoza", "Palermo"} <= names
