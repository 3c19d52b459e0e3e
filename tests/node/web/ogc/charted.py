"""A node whose atlas is drawn, for programs that read it; and features enough to lose one."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from node.atlas.reading import Atlas
from node.home import Home
from node.store.sqlite import SqliteStore
from node.web.application import web_application
from protocol.kinds.geometry import from_geojson
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.atlas.drawn import draw
from tests.node.claims.outlines import box, polygon
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.readers import READ_MS, View

ANA, BEA = Person("Ana"), Person("Bea")
MANY = 230

# A triangle fills half of its box: what meets the other half meets the box alone.
TRIANGLE = ANA.commons(
    "Triángulo de Ñuñoa",
    geometry=from_geojson(polygon([[-70, -30], [-69, -30], [-70, -29], [-70, -30]])),
    resources=["forest", "water"],
)
ACROSS = BEA.commons(
    "Islas",
    geometry=from_geojson(
        {
            "type": "MultiPolygon",
            "coordinates": [box(179, 1, 180, 2)["coordinates"], box(-180, 1, -179.5, 2)["coordinates"]],
        }
    ),
    resources=["fishery"],
)
PLACELESS = ANA.commons("Semillas", resources=["seeds"])


def records(many: int = MANY) -> list[VerifiedRecord]:
    """Return squares and points around the equator, and the three above."""
    dice = random.Random(5)
    made: list[VerifiedRecord] = []
    for number in range(many):
        west, south = round(dice.uniform(-80, -70), 4), round(dice.uniform(-5, 2), 4)
        outline = (
            box(west, south, west + 0.1, south + 0.1)
            if number % 4
            else {"type": "Point", "coordinates": [west, south]}
        )
        made.append(
            (ANA if number % 3 else BEA).commons(
                f"{('Laguna', 'Páramo', 'Acequia')[number % 3]} {number}",
                geometry=from_geojson(outline),
                resources=[("water", "paramo", "irrigation")[number % 3]],
                time_ms=NOW_MS + number * 3_600_000,
                **({} if number % 4 else {"uncertainty_m": number}),
            )
        )
    return [ANA.founding, BEA.founding, *made, TRIANGLE, ACROSS, PLACELESS]


def one_of_each() -> list[VerifiedRecord]:
    """Return a pact in force about the triangle, an alert about it, and the territory around it."""
    pact = ANA.pact(BEA, "Pacto del triángulo", about=[TRIANGLE])
    alert = {
        "title": {"es": "Cercan el triángulo"},
        "type": "enclosure",
        "licence": "CC0-1.0",
        "commons": [{"subject": TRIANGLE.subject}],
    }
    place = {
        "name": {"es": "Ñuñoa"},
        "level": "parish",
        "licence": "CC-BY-4.0",
        "source": {"name": {"es": "Registro"}},
        "geometry": from_geojson(box(-71, -31, -68, -28)),
    }
    return [
        pact,
        ANA.consent(pact),
        BEA.consent(pact),
        sign_record(BEA.author(), "alert", alert, NOW_MS),
        sign_record(ANA.author(), "place", place, NOW_MS),
    ]


@asynccontextmanager
async def charted_atlas(path: Path, held: Iterable[VerifiedRecord]) -> AsyncIterator[tuple[Home, Atlas]]:
    """A home that holds `held`, and its atlas, drawn."""
    home = Home.at(path / "home")
    home.create()
    async with await SqliteStore.open(home.store_path) as store:
        await store.add(held)
        await store.settled()
    await draw(home.path)
    atlas = Atlas(home.path)
    try:
        yield home, atlas
    finally:
        await atlas.aclose()


@asynccontextmanager
async def charted_node(
    path: Path, held: Iterable[VerifiedRecord] | None = None, *, shared: bool = True, language: str = "auto"
) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a node that holds `held`, drawn."""
    async with charted_atlas(path, records() if held is None else held) as (home, atlas):
        async with await SqliteStore.open(home.store_path) as store:
            view = View(store, home=home.path, atlas=atlas)
            app = web_application(view, shared=shared, language=language, clock=lambda: READ_MS)
            async with TestClient(TestServer(app)) as client:
                yield client


async def read(client: TestClient[Any, Any], path: str, status: int = 200, **headers: str) -> dict[str, Any]:
    """Read a document of the API."""
    answer = await client.get(path, headers=headers)
    text = await answer.text()
    assert answer.status == status, text[:2_000]
    assert "json" in answer.content_type, text[:200]
    return await answer.json(content_type=None)


async def all_items(client: TestClient[Any, Any], path: str) -> list[dict[str, Any]]:
    """Read all features from an address on, page by page, as the links lead."""
    found: list[dict[str, Any]] = []
    while path:
        page = await read(client, path)
        assert page["numberReturned"] == len(page["features"])
        found += page["features"]
        path = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
        path = path[path.find("/ogc") :] if path else ""
    assert len({feature["id"] for feature in found}) == len(found)
    return found
