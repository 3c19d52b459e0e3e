"""What places are to one another: filters that need a geometry library, which a process of its own has."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
import shapely
from aiohttp.test_utils import TestClient

from node.atlas import shapes
from protocol.kinds.geometry import from_geojson
from tests.node.claims.outlines import polygon
from tests.node.store.samples import NOW_MS
from tests.node.test_job_process import children
from tests.node.web.ogc.charted import ANA, all_items, charted_node, read, records

pytestmark = pytest.mark.asyncio(loop_scope="module")

ITEMS = "/ogc/collections/commons/items"
FUNCTIONS = {
    "S_CONTAINS": shapely.contains,
    "S_CROSSES": shapely.crosses,
    "S_DISJOINT": shapely.disjoint,
    "S_EQUALS": shapely.equals,
    "S_INTERSECTS": shapely.intersects,
    "S_OVERLAPS": shapely.overlaps,
    "S_TOUCHES": shapely.touches,
    "S_WITHIN": shapely.within,
}
PLACES = [
    "POINT(-69.9 -29.9)",
    "POINT(-70 -30)",
    "LINESTRING(-80 -5, -70 2)",
    "POLYGON((-78 -4, -72 -4, -72 1, -78 -4))",
    "MULTIPOLYGON(((-78 -4, -76 -4, -76 1, -78 -4)),((-74 -4, -72 -4, -72 1, -74 -4)))",
    "MULTIPOINT((-69.9 -29.9), (-75 0))",
    "MULTILINESTRING((-80 -5, -70 2), (-80 2, -70 -5))",
    "GEOMETRYCOLLECTION(POINT(-74 -1.5), POLYGON((-78 -4, -72 -4, -72 1, -78 -4)))",
    "BBOX(-78, -4, -72, 1)",
    "BBOX(170, -4, -72, 1)",
    "POLYGON((-70 -30, -69 -30, -70 -29, -70 -30))",
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestClient[Any, Any]]:
    made_up = ANA.commons(
        "Ocho",
        geometry=from_geojson(polygon([[-76, 5], [-75, 6], [-75, 5], [-76, 5.5], [-76, 5]])),
        time_ms=NOW_MS,
    )
    async with charted_node(tmp_path_factory.mktemp("charted"), [*records(), made_up]) as made:
        yield made


def shape(text: str) -> shapely.Geometry:
    if not text.startswith("BBOX"):
        return shapely.from_wkt(text)
    west, south, east, north = map(float, text[5:-1].split(","))
    if west <= east:
        return shapely.box(west, south, east, north)
    return shapely.geometrycollections(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )


@pytest.mark.parametrize("text", PLACES)
async def test_each_function_finds_what_the_library_says(client: TestClient[Any, Any], text: str) -> None:
    every = {
        one["id"]: shapely.make_valid(shapely.from_geojson(json.dumps(one["geometry"])))
        for one in await all_items(client, f"{ITEMS}?limit=1000")
        if one["geometry"] is not None
    }
    place = shape(text)
    for name, function in FUNCTIONS.items():
        expected = {one for one, other in every.items() if function(other, place)}
        for condition in (f"{name}(geometry, {text})", f"NOT NOT {name}(geometry, {text})"):
            found = await all_items(client, f"{ITEMS}?limit=100&filter={quote(condition)}")
            assert {one["id"] for one in found} == expected, condition
        turned = {one for one, other in every.items() if function(place, other)}
        found = await all_items(client, f"{ITEMS}?limit=100&filter={quote(f'{name}({text}, geometry)')}")
        assert {one["id"] for one in found} == turned, name
    assert any(FUNCTIONS["S_INTERSECTS"](other, place) for other in every.values())


async def test_places_are_joined_with_other_conditions(client: TestClient[Any, Any]) -> None:
    area = "POLYGON((-78 -4, -72 -4, -72 1, -78 -4))"
    condition = f"resource = 'water' AND (S_WITHIN(geometry, {area}) OR name = 'Laguna 3') AND NOT contested"
    found = await all_items(client, f"{ITEMS}?limit=7&filter={quote(condition)}")
    assert {one["properties"]["resource"] for one in found} == {"water"}
    within = await all_items(client, f"{ITEMS}?limit=100&filter={quote(f'S_WITHIN(geometry, {area})')}")
    inside = {one["id"] for one in within}
    assert all(one["id"] in inside or one["properties"]["name"] == "Laguna 3" for one in found)
    boxed = await all_items(
        client, f"{ITEMS}?bbox=-75,-4,-72,0&filter={quote(f'S_WITHIN(geometry, {area})')}"
    )
    assert 0 < len(boxed) < len(within)


async def test_a_process_that_is_killed_is_started_again(client: TestClient[Any, Any]) -> None:
    path = f"{ITEMS}?filter={quote('S_TOUCHES(geometry, POINT(-70 -30))')}"
    assert len(await all_items(client, path)) == 1
    [process] = [one for one in children() if b"shapes_process" in command_of(one)]
    os.kill(process, signal.SIGKILL)
    while True:
        answer = await client.get(path)
        if answer.status == 200:
            break
        assert (await answer.json(content_type=None))["code"] == "search-too-long"
    assert len(await all_items(client, path)) == 1


def command_of(process: int) -> bytes:
    with open(f"/proc/{process}/cmdline", "rb") as file:
        return file.read()


async def test_a_crowd_does_not_wait_for_ever(
    client: TestClient[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"{ITEMS}?filter={quote('S_TOUCHES(geometry, POINT(-70 -30))')}"
    answers = await asyncio.gather(*(client.get(path) for _ in range(shapes.WAITING_MAX * 3)))
    assert {answer.status for answer in answers} == {200, 503}
    monkeypatch.setattr(shapes, "ANSWER_MAX_S", 0.0)
    assert (await read(client, path, 503))["code"] == "search-too-long"


async def test_files_are_asked_for_by_boxes_and_points_alone(client: TestClient[Any, Any]) -> None:
    condition = quote("S_WITHIN(geometry, POLYGON((-78 -4, -72 -4, -72 1, -78 -4)))")
    told = await read(client, f"/download/commons.geojson?filter={condition}&format=json", 400)
    assert told["code"] == "filter-not-understood"
