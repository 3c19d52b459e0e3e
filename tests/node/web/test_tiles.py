"""Tiles over HTTP, from a node whose process draws them: addresses, what is kept, what is refused."""

import asyncio
import gzip
import os
import signal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from node.atlas import keeping
from node.atlas.file import atlas_path
from node.atlas.world import ZOOM_MAX
from node.daemon import Node
from protocol.kinds.geometry import from_geojson
from tests.node.atlas.mvt import read_tile
from tests.node.claims.outlines import box
from tests.node.live import live, make_home, until
from tests.node.store.samples import Person

ANA = Person("Ana")
PLACES = [
    ANA.founding,
    ANA.commons("Páramo", geometry=from_geojson(box(-78, 0, -70, 5)), resources=["paramo", "water"]),
    ANA.commons("Bosque", geometry=from_geojson(box(10, 40, 11, 41)), resources=["forest"]),
]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "QUIET_S", 0.0)


async def asked(node: Node, path: str, **headers: str) -> aiohttp.ClientResponse:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        answer = await session.get(f"http://{node.listening[0]}{path}", headers=headers)
        await answer.read()
        return answer


def names(data: bytes) -> list[str]:
    layers = read_tile(data)
    return [one.attributes["name"] for one in layers["commons"].features] if "commons" in layers else []


async def test_tiles_are_drawn_kept_and_drawn_again(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home", PLACES)) as node:
        await node.atlas.caught_up()
        first = await asked(node, "/tiles/2/1/1.mvt", **{"Accept-Encoding": "gzip"})
        assert first.status == 200
        assert first.content_type == "application/vnd.mapbox-vector-tile"
        assert first.headers["Content-Encoding"] == "gzip"
        plain = gzip.decompress(await first.read())
        assert names(plain) == ["Páramo"]
        bare = await asked(node, "/tiles/2/1/1.mvt", **{"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in bare.headers
        assert await bare.read() == plain
        tag = first.headers["ETag"]
        again = await asked(node, "/tiles/2/1/1.mvt", **{"If-None-Match": tag})
        assert (again.status, await again.read()) == (304, b"")
        # What changes elsewhere is no reason to send it again.
        await node.submit([ANA.commons("Taiga", geometry=from_geojson(box(90, 50, 99, 55))).envelope])
        await node.atlas.caught_up()
        assert (await asked(node, "/tiles/2/1/1.mvt", **{"If-None-Match": tag})).status == 304
        await node.submit([ANA.commons("Puna", geometry=from_geojson(box(-72, 1, -60, 6))).envelope])
        await node.atlas.caught_up()
        new = await asked(node, "/tiles/2/1/1.mvt", **{"If-None-Match": tag, "Accept-Encoding": "identity"})
        assert new.status == 200
        assert sorted(names(await new.read())) == ["Puna", "Páramo"]
        empty = await asked(node, "/tiles/2/0/3.mvt", **{"Accept-Encoding": "gzip"})
        assert (empty.status, await empty.read(), empty.headers.get("Content-Encoding")) == (200, b"", None)


async def test_filters_are_heard_and_others_refused(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home", PLACES)) as node:
        await node.atlas.caught_up()

        async def shown(query: str) -> Any:
            answer = await asked(node, f"/tiles/0/0/0.mvt?{query}", **{"Accept-Encoding": "identity"})
            return sorted(names(await answer.read())) if answer.status == 200 else answer.status

        assert await shown("") == ["Páramo"]  # the other is a point at this zoom
        assert await shown("resource=water") == ["Páramo"]
        assert await shown("resource=seeds&lang=es") == []
        assert await shown("at=2001-01-01") == []
        assert await shown("contested=1") == []
        assert await shown("resource=%27") == 400
        assert await shown("at=tomorrow") == 400


@pytest.mark.parametrize(
    "path",
    [
        *(f"/tiles/{ZOOM_MAX + 1}/0/0.mvt", "/tiles/0/1/0.mvt", "/tiles/3/0/8.mvt", "/tiles/-1/0/0.mvt"),
        *(
            "/tiles/1/0/0",
            "/tiles/1/0/x.mvt",
            "/tiles/1/0/0.png",
            "/tiles/1/0/²\u200b.mvt",
            "/tiles/1/0/00000001.mvt",
        ),
    ],
)
async def test_what_is_no_tile_is_not_found(tmp_path: Path, path: str) -> None:
    async with live(await make_home(tmp_path / "home")) as node:
        assert (await asked(node, path)).status == 404


async def test_the_tiles_say_what_they_are(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home")) as node:
        answer = await asked(node, "/tiles.json", **{"Accept-Encoding": "identity"})
        told = await answer.json()
        assert told["tiles"] == [f"http://{node.listening[0]}/tiles/{{z}}/{{x}}/{{y}}.mvt"]
        assert [layer["id"] for layer in told["vector_layers"]] == ["commons", "commons_points", "alerts"]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_many_ask_for_one_tile_and_it_is_drawn_once(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home", PLACES)) as node:
        await node.atlas.caught_up()
        found = await asyncio.gather(*(node.atlas.tile(1, 0, 0) for _ in range(50)))
        assert len(set(found)) == 1
        keeper = node.atlas.keeper
        assert keeper is not None
        process = keeper.process_id
        assert process is not None
        os.kill(process, signal.SIGKILL)

        async def answered() -> bool:
            return (await asked(node, "/tiles/3/2/3.mvt")).status == 200

        await until(answered, "a tile is drawn by another process")
        assert keeper.process_id != process


async def test_a_tile_asked_for_at_once_is_answered(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home", PLACES)) as node:

        async def shown() -> bool:
            answer = await asked(node, "/tiles/2/1/1.mvt", **{"Accept-Encoding": "identity"})
            return answer.status == 200 and names(await answer.read()) == ["Páramo"]

        await until(shown, "the first tile has what is held")
        assert atlas_path(node.home.path).exists()
