"""Features as programs get them: all of them, page by page, by box, by time, by what they say."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import shapely
from aiohttp.test_utils import TestClient

from node.web.ogc.parameters import LIMIT_DEFAULT, LIMIT_MAX, OFFSET_MAX
from protocol.identifiers import id_text
from tests.node.store.samples import NOW_MS
from tests.node.web.ogc.charted import ACROSS, MANY, TRIANGLE, all_items, charted_node, read

ITEMS = "/ogc/collections/commons/items"
ALL = MANY + 3


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestClient[Any, Any]]:
    async with charted_node(tmp_path_factory.mktemp("charted")) as made:
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


def names(features: list[dict[str, Any]]) -> set[str]:
    return {feature["properties"]["name"] for feature in features}


async def test_all_are_read_page_by_page(client: TestClient[Any, Any]) -> None:
    for limit in ("", "?limit=1", "?limit=7", "?limit=232", "?limit=233", "?limit=10000"):
        if limit != "?limit=1":
            assert len(await all_items(client, ITEMS + limit)) == ALL
        first = await read(client, ITEMS + limit)
        assert first["numberMatched"] == ALL
        expected = int(limit.partition("=")[2] or LIMIT_DEFAULT)
        assert first["numberReturned"] == min(expected, ALL)
        assert any(link["rel"] == "next" for link in first["links"]) is (expected < ALL)


async def test_pages_are_told_from_one_another_by_links_alone(client: TestClient[Any, Any]) -> None:
    page = await read(client, f"{ITEMS}?limit=5&resource=water&datetime=2025-01-01/..")
    links = {link["rel"]: link["href"] for link in page["links"]}
    assert links["self"].endswith("?limit=5&resource=water&datetime=2025-01-01/..")
    assert "&after=" in links["next"]
    following = await read(client, links["next"][links["next"].find("/ogc") :])
    assert not names(page["features"]) & names(following["features"])
    assert names(following["features"]) | names(page["features"]) <= names(
        await all_items(client, f"{ITEMS}?resource=water")
    )


async def test_some_may_be_passed_over(client: TestClient[Any, Any]) -> None:
    every = [feature["id"] for feature in await all_items(client, ITEMS)]
    for query in ("", "&bbox=-180,-90,180,90"):
        expected = every if not query else every[:-1]
        for offset in (0, 1, 50, 231, 232, 233, 500):
            page = await read(client, f"{ITEMS}?limit=40&offset={offset}{query}")
            assert [feature["id"] for feature in page["features"]] == expected[offset : offset + 40]
        rest = await all_items(client, f"{ITEMS}?limit=40&offset=100{query}")
        assert [feature["id"] for feature in rest] == expected[100:]


async def test_a_limit_past_the_greatest_is_the_greatest(client: TestClient[Any, Any]) -> None:
    assert LIMIT_MAX == 10_000
    for limit in (LIMIT_MAX, LIMIT_MAX + 1, 10**17):
        assert (await read(client, f"{ITEMS}?limit={limit}"))["numberReturned"] == ALL


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=-1", "limit=x", "limit=", "limit=1.5", f"limit={2**63}", "offset=-1", "after=x"),
        *(f"offset={OFFSET_MAX + 1}", "unknown=1", "Limit=1", "limit=1&limit=2", "f=xml", "stewards=x"),
        *("bbox=1,2,3", "bbox=1,2,3,4,5", "bbox=1,2,3,x", "bbox=", "bbox=1,2,3,nan", "bbox=0,541,1,542"),
        *("bbox=0,2,1,1", "bbox=-541,0,1,1", "bbox=1,2,3,4,5,6,7", "bbox=inf,0,1,1", "bbox=1e400,0,1,1"),
        *(
            "datetime=",
            "datetime=yesterday",
            "datetime=2025",
            "datetime=2025-02-30",
            "datetime=/",
            "datetime=x/..",
        ),
        *("datetime=2025-01-02/2025-01-01", "datetime=2025-01-01T00:00:00", "datetime=a/b/c", "datetime=../"),
        *("crs=http://www.opengis.net/def/crs/EPSG/0/4326", "bbox-crs=EPSG:4326", "filter-crs=x"),
        *(
            "filter=",
            "filter=x",
            "filter=name=1",
            "filter-lang=cql2-json&filter={}",
            "area_m2=x",
            "contested=2",
        ),
        *("since=yesterday", "resources=a%20b", "bbox=1_0,2,3,4", "bbox=%D9%A1,2,3,4"),
    ],
)
async def test_what_is_not_understood_is_refused_with_a_reason(
    client: TestClient[Any, Any], query: str
) -> None:
    for language, title in (("es", "No se entendió"), ("en", "not understood")):
        answer = await client.get(f"{ITEMS}?{query}", headers={"Accept-Language": language})
        if query in ("datetime=/", "datetime=../"):
            assert answer.status == 200  # open at both ends: any time
            continue
        assert (answer.status, answer.content_type) == (400, "application/problem+json")
        told = await answer.json(content_type=None)
        assert title in told["title"]
        assert told["detail"]
        assert "{" not in told["detail"].replace("{}", "")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_box_finds_what_meets_it_and_not_what_its_own_box_meets(client: TestClient[Any, Any]) -> None:
    triangle, across = "Triángulo de Ñuñoa", "Islas"
    for box, expected in (
        ("-69.9,-29.9,-69.8,-29.8", {triangle}),
        # In its box, outside of it.
        ("-69.2,-29.2,-69.1,-29.1", set()),
        # Its slanted edge is touched by a corner.
        ("-69.5,-29.5,-69.4,-29.4", {triangle}),
        ("-69.4999999,-29.4999999,-69.4,-29.4", set()),
        ("179.5,1.5,179.6,1.6", {across}),
        ("-179.6,1.5,-179.55,1.6", {across}),
        ("179.9,0,-179.9,3", {across}),
        ("-179.4,0,179,0.9", None),
        ("-179.4,-90,178.9,90", None),
        ("-69.9,-29.9,-100,-69.8,-29.8,4000", {triangle}),
    ):
        found = names(await all_items(client, f"{ITEMS}?bbox={box}&limit=100"))
        if expected is None:
            assert across not in found
        else:
            assert found == expected, box
    filtered = await all_items(client, f"{ITEMS}?filter=S_INTERSECTS(geometry,BBOX(-69.2,-29.2,-69.1,-29.1))")
    assert filtered == []


async def test_boxes_find_what_a_geometry_library_finds(client: TestClient[Any, Any]) -> None:
    every = {
        feature["id"]: shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in await all_items(client, ITEMS)
        if feature["geometry"] is not None
    }

    boxes = [
        (-78.0, -3.0, -76.0, 0.0),
        (-75.05, -1.0, -75.0, 1.0),
        (-180.0, -90.0, 180.0, 90.0),
        (-72.0, -5.0, -70.0, 2.1),
    ]
    for west, south, east, north in boxes:
        box = shapely.box(west, south, east, north)
        expected = {name for name, shape in every.items() if shapely.intersects(shape, box)}
        for limit in (3, 50, 1_000):
            query = f"bbox={west},{south},{east},{north}&limit={limit}"
            assert {one["id"] for one in await all_items(client, f"{ITEMS}?{query}")} == expected
        text = f"S_INTERSECTS(geometry,BBOX({west},{south},{east},{north}))"
        assert {one["id"] for one in await all_items(client, f"{ITEMS}?filter={text}")} == expected
        outside = await all_items(client, f"{ITEMS}?limit=1000&filter=NOT {text}")
        assert {one["id"] for one in outside} == every.keys() - expected


async def test_features_are_found_by_time(client: TestClient[Any, Any]) -> None:
    assert NOW_MS == 1_760_000_000_000  # 2025-10-09T08:53:20Z; one was told of every hour from then on
    for text, number in (
        ("2025-10-09T08:53:20Z", 4),
        ("2025-10-09T08:53:19.999Z", 0),
        ("2025-10-09T10:53:20Z", 6),
        ("2025-10-09T05:53:20-05:00", 6),
        ("2025-10-08", 0),
        ("2025-10-09", 19),
        ("../2025-10-08", 0),
        ("2025-10-09/..", ALL),
        ("../..", ALL),
        ("/2025-10-09T09:00:00Z", 4),
        ("2025-10-01/2025-10-09T09:53:20Z", 5),
    ):
        found = await all_items(client, f"{ITEMS}?datetime={text.replace('+', '%2B')}")
        assert len(found) == number, text


async def test_features_are_found_by_what_they_say(client: TestClient[Any, Any]) -> None:
    for query, number in (
        ("resource=paramo", 77),
        ("resources=water", 78),
        ("resource=water&voice=own", 77),
        ("name=Laguna 3", 1),
        ("uncertainty_m=8", 1),
        ("area_m2=1e3", 0),
        ("since=2025-10-09", 19),
        ("since=2025-10-09T09:53:20Z", 1),
        (f"id={id_text(ACROSS.subject)}", 1),
        ("filter=CASEI(name) LIKE CASEI('LAGUNA %25')", 77),
        ("filter=ACCENTI(CASEI(name)) LIKE 'triangulo de nunoa'", 1),
        ("filter=A_CONTAINS(resources,('forest','water'))", 1),
        ("filter=geometry IS NULL", 1),
        ("filter=uncertainty_m IS NOT NULL AND uncertainty_m < 9 AND resource <> 'seeds'", 3),
        ("filter=resource IN ('water','fishery')&datetime=2025-10-09", 7),
        ("filter=T_DURING(since,INTERVAL('2025-10-09','2025-10-10'))", 43),
        ("filter=name='x'' OR 1=1 --'&filter-lang=cql2-text", 0),
        ("bbox=-180,-90,180,90&filter=S_INTERSECTS(geometry,POINT(-69.9 -29.9))", 1),
    ):
        found = await all_items(client, f"{ITEMS}?{query}&limit=50")
        assert len(found) == number, query


async def test_all_are_either_contested_or_not(client: TestClient[Any, Any]) -> None:
    found = {
        wanted: await all_items(client, f"{ITEMS}?contested={wanted}&limit=1000")
        for wanted in ("true", "false")
    }
    assert sum(map(len, found.values())) == ALL
    for wanted, features in found.items():
        assert {str(one["properties"]["contested"]).lower() for one in features} == {wanted}


async def test_one_is_read_by_its_id(client: TestClient[Any, Any]) -> None:
    identifier = id_text(TRIANGLE.subject)
    feature = await read(client, f"{ITEMS}/{identifier}")
    assert feature["id"] == identifier
    assert feature["geometry"]["coordinates"][0][1] == [-69, -30]
    links = {link["rel"]: link["href"] for link in feature["links"]}
    assert links["self"].endswith(f"{ITEMS}/{identifier}")
    assert links["collection"].endswith("/ogc/collections/commons")
    assert links["canonical"].endswith(f"/thing/{identifier}")
    [listed] = (await read(client, f"{ITEMS}?id={identifier}"))["features"]
    assert listed == {key: value for key, value in feature.items() if key != "links"}
    for path in (f"{ITEMS}/{'a' * 52}", f"{ITEMS}/x", f"{ITEMS}/%00", "/ogc/collections/none/items"):
        await read(client, path, 404)
    await read(client, f"{ITEMS}/{identifier}?limit=1", 400)
    await read(client, f"{ITEMS}/{identifier}?crs=http://www.opengis.net/def/crs/OGC/1.3/CRS84")
