"""Outlines: on the sheet, small, the right way up, and as sure as the place is known."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.frame.markup import render
from node.web.frame.outline import HEIGHT, MARGIN, POINTS_DRAWN_MAX, WIDTH, outline, where_is
from node.web.words.catalogue import catalogues
from node.web.words.speech import Speech
from protocol.geometry_units import BoundingBox
from protocol.kinds.geometry import from_geojson
from protocol.limits import POSITIONS_MAX
from tests.node.store.samples import NOW_MS, Person, point
from tests.node.web.readers import node_with, read_page, signed, text_of, thing_path

SAY = Speech("en", catalogues()["en"])


def drawn(geometry: dict[str, Any], uncertainty_m: int | None = None, rough: bool = False) -> ET.Element:
    text = render(outline(geometry, "own", uncertainty_m, rough, "Laguna", SAY))
    assert len(text) < 20_000
    return ET.fromstring(text.removeprefix("<!doctype html>\n"))


def numbers(element: ET.Element | None) -> list[tuple[float, float]]:
    assert element is not None
    found = [float(n) for n in re.findall(r"-?[0-9]+\.[0-9]", element.attrib["d"])]
    return list(zip(found[0::2], found[1::2], strict=True))


def polygon(*positions: tuple[float, float]) -> dict[str, Any]:
    return from_geojson({"type": "Polygon", "coordinates": [[list(p) for p in (*positions, positions[0])]]})


@given(st.floats(-179, 179), st.floats(-89, 89), st.floats(0.0001, 0.9), st.floats(0.0001, 0.9))
def test_any_polygon_fills_the_sheet_and_stays_on_it(
    lon: float, lat: float, wide: float, tall: float
) -> None:
    shape = polygon((lon, lat), (lon + wide, lat), (lon + wide, lat + tall), (lon, lat + tall))
    points = numbers(drawn(shape).find(".//path[@class='area own']"))
    xs, ys = [x for x, _ in points], [y for _, y in points]
    assert MARGIN - 1 <= min(xs) <= max(xs) <= WIDTH - MARGIN + 1
    assert MARGIN - 1 <= min(ys) <= max(ys) <= HEIGHT - MARGIN + 1
    assert max(ys) - min(ys) > HEIGHT - 2 * MARGIN - 2 or max(xs) - min(xs) > WIDTH - 2 * MARGIN - 2


def test_north_is_up_and_east_is_right() -> None:
    points = numbers(drawn(polygon((0, 0), (1, 0), (0, 1))).find(".//path[@class='area own']"))
    origin, east, north = points[0], points[1], points[2]
    assert east[0] > origin[0]
    assert north[1] < origin[1]


def test_a_place_across_the_antimeridian_is_drawn_as_one() -> None:
    parts = [
        [[[179, -17], [180, -17], [180, -16], [179, -16], [179, -17]]],
        [[[-180, -17], [-179, -17], [-179, -16], [-180, -16], [-180, -17]]],
    ]
    points = numbers(
        drawn(from_geojson({"type": "MultiPolygon", "coordinates": parts})).find(".//path[@class='area own']")
    )
    xs = sorted(x for x, _ in points)
    assert xs[-1] - xs[0] < WIDTH
    assert len({round(x) for x in xs}) == 3  # both parts meet in the middle


def test_the_largest_boundary_is_thinned() -> None:
    ring: list[int] = []
    for n in range(POSITIONS_MAX - 1):
        side, along = divmod(n * 4, POSITIONS_MAX - 1)
        place = 10_000_000 * along // (POSITIONS_MAX - 1)
        jag = 40_000 * (n % 2)
        x, y = [
            (place, jag),
            (10_000_000 - jag, place),
            (10_000_000 - place, 10_000_000 - jag),
            (jag, 10_000_000 - place),
        ][side]
        ring += [x, y]
    geometry = {"type": "Polygon", "coordinates": [[*ring, *ring[:2]]]}
    points = numbers(drawn(geometry).find(".//path[@class='area own']"))
    assert 100 < len(points) <= POINTS_DRAWN_MAX


def test_ten_thousand_tiny_parts_stay_small() -> None:
    parts = [[[n * 1_000, 0, n * 1_000 + 500, 0, n * 1_000 + 500, 500, n * 1_000, 0]] for n in range(10_000)]
    assert numbers(drawn({"type": "MultiPolygon", "coordinates": parts}).find(".//path[@class='area own']"))


@pytest.mark.parametrize(
    "geometry",
    [
        point(0, 90),
        point(-180, -90),
        point(180, 0),
        {"type": "MultiPoint", "coordinates": [0, 0, 10_000_000, 0]},
        {"type": "LineString", "coordinates": [0, 0, 10_000_000, 0]},
        {"type": "MultiLineString", "coordinates": [[0, 900_000_000, 1, 900_000_000]]},
    ],
)
def test_other_shapes_are_drawn(geometry: dict[str, Any]) -> None:
    found = [element for element in drawn(geometry).iter() if "own" in element.attrib.get("class", "")]
    assert found


def test_a_generalised_place_has_no_point() -> None:
    rough = drawn(point(-78.95, -0.9), 5_000, rough=True)
    assert [circle.attrib["class"] for circle in rough.iter("circle")] == ["soft"]
    cell = {"type": "Polygon", "coordinates": [[0, 0, 100_000, 0, 100_000, 100_000, 0, 100_000, 0, 0]]}
    classes = [path.attrib.get("class") for path in drawn(cell, 1_600, rough=True).iter("path")]
    assert {"band", "area own rough"} <= set(classes)
    assert "band" not in [path.attrib.get("class") for path in drawn(cell).iter("path")]
    known = drawn(point(-78.95, -0.9), 50)
    assert [circle.attrib["class"] for circle in known.iter("circle")] == ["soft", "point own"]
    assert (
        where_is(BoundingBox(-789_512_345, -9_012_345, -789_512_345, -9_012_345), 5_000, SAY)
        == "0.9° south, 79.0° west"
    )


def test_the_scale_bar_is_true() -> None:
    sheet = drawn(polygon((0, 0), (1, 0), (1, 1), (0, 1)))
    bar = sheet.find(".//g[@class='scale']/path")
    assert bar is not None
    match = re.fullmatch(r"M([0-9.]+) [0-9.]+V[0-9.]+H([0-9.]+)V[0-9.]+", bar.attrib["d"])
    assert match is not None
    length = float(match[2]) - float(match[1])
    degree = HEIGHT - 2 * MARGIN  # one degree of latitude fills the sheet from top to bottom
    assert "".join(sheet.find(".//g[@class='scale']/text").itertext()) == "50 km"  # type: ignore[union-attr]
    assert length == pytest.approx(degree * 50_000 / 111_195, abs=0.2)


async def test_a_lone_point_is_told_and_not_drawn(tmp_path: Path) -> None:
    ana = Person("Ana")
    bare = ana.commons("Pozo", geometry=point(-78.5, -1.25))
    known = ana.commons("Fuente", geometry=point(-78.5, -1.25), uncertainty_m=500, time_ms=NOW_MS + 1)
    alert = {"title": {"es": "Cerca"}, "type": "enclosure", "licence": "CC0-1.0", "geometry": point(-78, 0)}
    raised = signed(ana, "alert", alert)
    async with node_with(tmp_path, [ana.founding, bare, known, raised]) as client:
        for record, drawn, told in (
            (bare, False, "A point: its extent is not known. Middle: 1.250° south, 78.500° west."),
            (known, True, "Known to within 500 m. Middle:"),
            (raised, False, "Middle: 0.000° north, 78.000° west."),
        ):
            page = await read_page(client, thing_path(record) + "?lang=en")
            assert (page.find(".//figure") is not None) == drawn
            assert told in text_of(page)
