"""Reading the atlas: what is asked for is what is found, page by page."""

import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from node.atlas.collections import COLLECTIONS
from node.atlas.file import atlas_path
from node.atlas.reading import Atlas, Where
from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.geometry_units import BoundingBox
from protocol.identifiers import id_text
from protocol.kinds.geometry import from_geojson
from tests.node.atlas.drawn import draw
from tests.node.claims.outlines import box
from tests.node.store.samples import NOW_MS, Person, point

ANA, BEA = Person("Ana"), Person("Bea")
DICE = random.Random(3)
PLACES = [(DICE.uniform(-80, -70), DICE.uniform(-5, 2)) for _ in range(40)]
MANY = [
    (ANA if n % 3 else BEA).commons(
        f"Páramo {n}",
        geometry=point(*where),
        resources=["water", "paramo"] if n % 2 else ["forest"],
        time_ms=NOW_MS + n,
    )
    for n, where in enumerate(PLACES)
]
WHOLE = ANA.commons(
    "Bosque <b>grande</b>",
    geometry=from_geojson(box(-78, 0, -77.9, 0.1)),
    uncertainty_m=30,
    area={"square_metres": 1_000},
    territory=[
        {"level": "parish", "name": {"es": "Olmedo"}},
        {"level": "nation", "name": {"es": "Ecuador"}, "code": "EC"},
    ],
    legal={"text": {"es": "Ley 1"}},
    labels=[{"code": "TK A"}],
    source={"name": "Registro", "url": "https://example.org/1"},
)
ACROSS = ANA.commons(
    "Islas",
    geometry=from_geojson(
        {
            "type": "MultiPolygon",
            "coordinates": [
                box(179, 1, 180, 2)["coordinates"],
                box(-180, 1, -179.5, 2)["coordinates"],
            ],
        }
    ),
)
PLACELESS = ANA.commons("Semillas", resources=["seeds"])


@pytest.fixture
async def atlas(tmp_path: Path) -> AsyncIterator[Atlas]:
    home = Home.at(tmp_path / "home")
    home.create()
    async with await SqliteStore.open(home.store_path) as store:
        await store.add([ANA.founding, BEA.founding, *MANY, WHOLE, ACROSS, PLACELESS])
    await draw(home.path)
    made = Atlas(home.path)
    yield made
    await made.aclose()


def names(features: list[bytes]) -> list[str]:
    return [json.loads(one)["properties"]["name"] for one in features]


async def all_of(atlas: Atlas, **asked: Any) -> list[str]:
    found: list[str] = []
    after: int | None = 0
    while after is not None:
        page = await atlas.features("commons", **asked, limit=7, after=after)
        found += names(page.features)
        after = page.after
    assert len(found) == len(set(found))
    assert await atlas.count("commons", **asked) == len(found)
    assert [row.columns["name"] async for rows in atlas.stream("commons", **asked) for row in rows] == found
    return found


async def test_a_feature_says_what_its_record_says(atlas: Atlas) -> None:
    found = await atlas.feature("commons", id_text(WHOLE.subject))
    assert found is not None
    feature = json.loads(found)
    assert feature["geometry"] == box(-78, 0, -77.9, 0.1)
    assert feature["id"] == id_text(WHOLE.subject)
    told = feature["properties"]
    assert list(told) == [one.name for one in COLLECTIONS["commons"].properties]
    assert told | {"changed": "", "since": ""} == {
        "name": "Bosque <b>grande</b>",
        "names": {"es": "Bosque <b>grande</b>"},
        "resource": "paramo",
        "resources": ["paramo"],
        "status": "own",
        "voice": "own",
        "contested": False,
        "stewards": ["Ana"],
        "author": id_text(ANA.id),
        "author_name": "Comunidad Ana",
        "territory": "Olmedo, Ecuador",
        "country": "EC",
        "area_m2": 1_000,
        "uncertainty_m": 30,
        "sensitivity": "public",
        "legal": "Ley 1",
        "pacts_in_force": 0,
        "alerts_open": 0,
        "labels": ["TK A"],
        "licence": "CC-BY-4.0",
        "source": "Registro (https://example.org/1)",
        "since": "",
        "changed": "",
        "url": f"/thing/{id_text(WHOLE.subject)}",
    }
    assert told["since"] == told["changed"] == "2025-10-09T08:53:20Z"


async def test_all_are_given_page_by_page(atlas: Atlas) -> None:
    expected = [f"Páramo {n}" for n in range(40)] + ["Bosque <b>grande</b>", "Islas", "Semillas"]
    assert await all_of(atlas) == expected
    assert (await atlas.features("commons", limit=43)).after is None
    assert (await atlas.features("commons", limit=42)).after is not None


async def test_what_meets_a_box_is_found(atlas: Atlas, monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [
        BoundingBox(-760_000_000, -20_000_000, -740_000_000, 20_000_000),
        BoundingBox(-779_500_000, 500_000, -779_400_000, 600_000),
        BoundingBox(1_795_000_000, 0, -1_798_000_000, 100_000_000),
        BoundingBox(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000),
        BoundingBox(-1_797_000_000, 15_000_000, -1_796_000_000, 16_000_000),
        BoundingBox(-700_000_000, -900_000_000, -800_000_000, 900_000_000),
        BoundingBox(0, 0, 0, 0),
    ]
    found = [await all_of(atlas, bbox=one) for one in boxes]
    inside = [f"Páramo {n}" for n, (lon, lat) in enumerate(PLACES) if -76 <= lon <= -74 and -2 <= lat <= 2]
    assert found[0] == inside
    assert found[1:6] == [["Bosque <b>grande</b>"], ["Islas"], found[3], ["Islas"], ["Islas"]]
    assert len(found[3]) == 42
    assert found[6] == []
    monkeypatch.setattr("node.atlas.paging.SORTED_MAX", -1)
    assert [await all_of(atlas, bbox=one) for one in boxes] == found


async def test_conditions_and_times_narrow_it_down(atlas: Atlas) -> None:
    water = Where("resources LIKE ?", ("% water %",))
    assert await all_of(atlas, where=water) == [f"Páramo {n}" for n in range(1, 40, 2)]
    early = await all_of(atlas, when=(None, NOW_MS + 5), where=Where("name LIKE ?", ("Páramo%",)))
    assert early == [f"Páramo {n}" for n in range(6)]
    assert len(await all_of(atlas, when=(NOW_MS + 5, None))) == 43
    assert await all_of(atlas, when=(None, NOW_MS - 1)) == []


async def test_there_is_nothing_where_there_is_no_file(tmp_path: Path) -> None:
    atlas = Atlas(tmp_path)
    assert await atlas.version() == 0
    assert await atlas.feature("commons", "x") is None
    assert (await atlas.features("commons")).features == []
    assert await atlas.count("commons") == 0
    assert [rows async for rows in atlas.stream("commons")] == []
    assert not atlas_path(tmp_path).exists()


async def test_a_file_that_is_made_again_is_read_again(atlas: Atlas) -> None:
    version = await atlas.version()
    atlas.remove()
    assert await atlas.version() == 0
    await draw(atlas.home, NOW_MS + 1_000_000)
    assert len(await all_of(atlas)) == 43
    assert await atlas.version() > version
