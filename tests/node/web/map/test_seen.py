"""What the scripts of the map ask for, and the page that works without them."""

import json
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.atlas.file import atlas_path
from node.atlas.gathering import Gathered, gathered
from node.atlas.reading import Atlas
from node.store.sqlite import SqliteStore
from node.web.application import web_application
from node.web.exchange.answer import CONTENT_SECURITY_POLICY, MAP_POLICY
from node.web.frame.static_files import files
from node.web.map.figure import MARKS_DRAWN_MAX
from node.web.map.map_files import address, paths, version
from protocol.geometry_units import BoundingBox
from protocol.identifiers import id_text
from protocol.record.verification import VerifiedRecord
from tests.node.atlas.drawn import draw
from tests.node.store.samples import NOW_MS, Person, point
from tests.node.web.readers import READ_MS, View, check_page, classed, node_with, signed, text_of, thing_path

ANA = Person("Ana")
HOSTILE = "<img src=x onerror=alert(1)>\u202egnp"


@asynccontextmanager
async def mapped(home: Path, records: Iterable[VerifiedRecord]) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of a node with an atlas of what it holds."""
    async with await SqliteStore.open(home / "store.sqlite") as store:
        await store.add(records)
        await store.settled()
        await draw(home, READ_MS)
        view = View(store, home=home)
        assert view.atlas is not None
        app = web_application(view, clock=lambda: READ_MS)
        async with TestClient(TestServer(app)) as client:
            yield client
        await view.atlas.aclose()


def commons(name: str, lon: float, lat: float, **more: Any) -> VerifiedRecord:
    return ANA.commons(name, geometry=point(lon, lat), **more)


async def data(client: TestClient[Any, Any], path: str, status: int = 200) -> dict[str, Any]:
    answer = await client.get(path)
    assert answer.status == status, await answer.text()
    found: dict[str, Any] = await answer.json()
    return found


async def front(client: TestClient[Any, Any], query: str = "") -> ET.Element:
    answer = await client.get(f"/?lang=en{query}")
    assert answer.status == 200
    return check_page(await answer.text())


async def test_a_part_is_told_as_a_part_while_the_map_is_drawn(tmp_path: Path) -> None:
    async with mapped(tmp_path, [ANA.founding, commons("Laguna", -78.9, -0.9)]) as client:
        # As it is while a large store is drawn: a file with something in it, and more to come.
        with closing(sqlite3.connect(atlas_path(tmp_path))) as db, db:
            db.execute("DELETE FROM meta WHERE name = 'complete'")
        path = "/map/seen.json?bbox=-80,-2,-78,0"
        told = (await data(client, f"{path}&lang=en"))["told"]
        assert told == "1 commons in this part of the map. This node is still putting its map together."
        told = (await data(client, f"{path}&lang=es"))["told"]
        assert told.endswith("Este nodo todavía está armando su mapa.")
        assert "still putting its map together" in text_of(await front(client, "&resource=paramo"))
        with closing(sqlite3.connect(atlas_path(tmp_path))) as db, db:
            db.execute("INSERT INTO meta VALUES ('complete', 1)")
        assert (await data(client, f"{path}&lang=en"))["told"] == "1 commons in this part of the map"


async def test_the_list_has_what_lies_in_the_box(tmp_path: Path) -> None:
    here, there = commons("Laguna", -78.9, -0.9), commons("Lejos", 10, 50)
    async with mapped(tmp_path, [ANA.founding, here, there]) as client:
        seen = await data(client, "/map/seen.json?bbox=-80,-2,-78,0&lang=en")
        assert [row["name"] for row in seen["rows"]] == ["Laguna"]
        [row] = seen["rows"]
        assert (seen["total"], seen["after"]) == (1, None)
        assert seen["told"] == "1 commons in this part of the map"
        assert row["href"] == thing_path(here) + "?lang=en"
        assert (row["told"], row["icon"], row["lang"]) == ("own", "paramo", "es")
        assert row["says"] == "told by Comunidad Ana"
        assert row["box"] == [-78.9, -0.9, -78.9, -0.9]
        assert len((await data(client, "/map/seen.json"))["rows"]) == 2
        nothing = await data(client, "/map/seen.json?bbox=100,0,101,1&lang=en")
        assert (nothing["rows"], nothing["told"]) == ([], "Nothing is drawn in this part of the map")


async def test_the_list_has_what_was_chosen(tmp_path: Path) -> None:
    other = commons("Documentada", 1, 1, stewards=[{"name": {"es": "Otra"}}], source={"name": "Censo"})
    forest = commons("Bosque", 2, 2, resources=["forest", "water"], time_ms=NOW_MS + 20 * 86_400_000)
    async with mapped(tmp_path, [ANA.founding, commons("Laguna", 0, 0), other, forest]) as client:
        for query, names in (
            ("resource=water", ["Bosque"]),
            ("resource=water,paramo", ["Laguna", "Documentada", "Bosque"]),
            ("voice=other", ["Documentada"]),
            ("voice=own&resource=forest", ["Bosque"]),
            ("mark=pact", []),
            ("mark=contested", []),
            ("at=2025-10-09", ["Laguna", "Documentada"]),
            ("at=2025-10-01", []),
        ):
            found = await data(client, f"/map/seen.json?{query}")
            assert sorted(row["name"] for row in found["rows"]) == sorted(names), query
            page = await front(client, f"&{query}")
            assert sorted(map(text_of, classed(page, "name"))) == sorted(names), query
        told = await data(client, "/map/seen.json?voice=other&lang=en")
        assert told["rows"][0]["says"] == "documented by Comunidad Ana from Censo"
        for wrong in ("resource=gold", "bbox=1", "limit=101", "limit=0", "after=-1", f"after={2**53}"):
            assert (await data(client, f"/map/seen.json?{wrong}", 400))["code"] == "not-understood"


async def test_the_list_can_be_leafed_through(tmp_path: Path) -> None:
    async with mapped(tmp_path, [ANA.founding, *(commons(f"P{n}", n, 0) for n in range(7))]) as client:
        names: list[str] = []
        after: int | None = 0
        while after is not None:
            found = await data(client, f"/map/seen.json?limit=3&after={after}")
            assert found["total"] in (7, 4, 1)
            names += [row["name"] for row in found["rows"]]
            after = found["after"]
        assert sorted(names) == [f"P{n}" for n in range(7)]
        page = await front(client, "&voice=own&limit=3")
        [following] = [a for a in page.iter("a") if a.attrib.get("rel") == "next"]
        assert "voice=own" in following.attrib["href"]
        answer = await client.get(following.attrib["href"])
        assert len(classed(check_page(await answer.text()), "thing")) in (3, 4)


async def test_a_card_says_what_there_is_to_say(tmp_path: Path) -> None:
    content = {
        "name": {"es": "Laguna", "en": "Lagoon", "qu": "Kucha"},
        "resources": ["paramo"],
        "licence": "CC-BY-4.0",
        "stewards": [{"name": {"es": "Ana"}, "actor": ANA.id}],
        "geometry": point(-78.9, -0.9),
        "territory": [{"level": "parish", "name": {"es": "Zumbahua"}}],
        "area": {"square_metres": 420_000},
        "uncertainty_m": 500,
        "sensitivity": "generalised",
    }
    land = signed(ANA, "commons", content)
    async with mapped(tmp_path, [ANA.founding, land]) as client:
        card = await data(client, f"/map/card/{id_text(land.subject)}.json?lang=en")
        assert (card["name"], card["lang"]) == ("Lagoon", "en")
        assert {one["text"] for one in card["names"]} == {"Laguna", "Kucha"}
        rows = {row["name"]: row["text"] for row in card["rows"]}
        assert rows["Area"] == "42.0 hectares"
        assert rows["Where"] == "Zumbahua"
        assert rows["Who cares for it"] == "Ana"
        assert "Known to within 500 m." in rows["How well its place is known"]
        assert (await data(client, f"/map/card/{'a' * 52}.json", 404))["code"] == "not-held"
        assert (await data(client, "/map/card/x.json", 404))["code"] == "not-held"


async def test_search_answers_with_places(tmp_path: Path) -> None:
    records = [ANA.founding, *(commons(f"Laguna {n}", n, 0) for n in range(9))]
    async with mapped(tmp_path, records) as client:
        found = await data(client, "/map/found.json?q=lag&lang=en")
        assert len(found["rows"]) == 8
        assert found["told"] == "The first 8 found"
        assert all(row["mapped"] and row["icon"] == "paramo" for row in found["rows"])
        people = await data(client, "/map/found.json?q=comunidad")
        assert [(row["mapped"], row["box"]) for row in people["rows"]] == [(False, None)]
        assert (await data(client, "/map/found.json"))["rows"] == []
        assert (await data(client, "/map/found.json?q=" + "x" * 201, 400))["code"] == "query-too-long"


async def test_hostile_names_are_texts_everywhere(tmp_path: Path) -> None:
    land = commons(HOSTILE, 1, 1, territory=[{"level": "parish", "name": {"es": HOSTILE}}])
    async with mapped(tmp_path, [ANA.founding, land]) as client:
        shown = HOSTILE.replace("\u202e", "\ufffd")
        [row] = (await data(client, "/map/seen.json"))["rows"]
        card = await data(client, f"/map/card/{row['id']}.json")
        [found] = (await data(client, "/map/found.json?q=img"))["rows"]
        assert row["name"] == card["name"] == found["name"] == shown
        assert not any("\u202e" in json.dumps(one, ensure_ascii=False) for one in (row, card, found))
        page = await front(client, "&voice=own")
        assert shown in [text_of(title) for title in page.iter("title")]
        assert not list(page.iter("img"))


async def test_the_front_page_has_a_map_that_needs_no_script(tmp_path: Path) -> None:
    async with mapped(tmp_path, [ANA.founding, commons("Laguna", -78.9, -0.9)]) as client:
        answer = await client.get("/?lang=es")
        assert answer.headers["Content-Security-Policy"] == MAP_POLICY
        again = await client.get("/?lang=es", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status, again.headers["Content-Security-Policy"]) == (304, MAP_POLICY)
        text = await answer.text()
        page = check_page(text)
        assert classed(page, "pin")
        setup = json.loads(classed(page, "map")[0].attrib["data-setup"])
        assert setup["extent"] == [-78.9, -0.9, -78.9, -0.9]
        assert setup["words"]["close"] == "Cerrar"
        assert "no significa que nadie lo reivindique" in text_of(classed(page, "creed")[0])
        [script] = page.iter("script")
        assert (await client.get(script.attrib["src"])).status == 200
        ticked = await front(client, "&resource=paramo&voice=own&at=2025-12")
        names = [box.attrib["value"] for box in ticked.iter("input") if "checked" in box.attrib]
        assert names == ["paramo", "own"]
        assert len(classed(ticked, "pin")) == 1
        elsewhere = await front(client, "&map=5/50/10")
        assert not classed(elsewhere, "pin")
        assert "Nothing is drawn in this part of the map" in text_of(elsewhere)


async def test_of_more_than_can_be_drawn_it_is_told_how_many_lie_where(tmp_path: Path) -> None:
    number = MARKS_DRAWN_MAX + 1
    here = [commons(f"P{n}", -78 + n / 1_000, -0.5) for n in range(number - 7)]
    there = [commons(f"Q{n}", 179.9, 50, resources=["water"]) for n in range(7)]
    async with mapped(tmp_path, [ANA.founding, *here, *there]) as client:
        for query, numbers in (
            ("", [str(number - 7), "7"]),
            ("&map=3/50/-179", ["7"]),
            ("&map=3/0/-78", [str(number - 7)]),
            ("&resource=paramo", [str(number - 7)]),
        ):
            page = await front(client, query)
            told = [text_of(circle.find("text")) for circle in classed(page, "several")]
            pins = len(classed(page, "pin"))
            assert (told, pins) == (numbers, 0) or (told == [] and pins == int(numbers[0])), query
    found = await gathered_at(tmp_path, BoundingBox(1_790_000_000, 0, -1_790_000_000, 800_000_000))
    assert [(cell.number, cell.resource) for cell in found] == [(7, "water")]
    assert found[0].lon == pytest.approx(179.9, abs=1e-4)
    assert found[0].lat == pytest.approx(50, abs=1e-4)


async def gathered_at(home: Path, box: BoundingBox) -> list[Gathered]:
    atlas = Atlas(home)
    try:
        return await gathered(atlas, "commons", 3.0, box)
    finally:
        await atlas.aclose()


async def test_what_a_link_to_another_language_keeps(tmp_path: Path) -> None:
    async with mapped(tmp_path, [ANA.founding, commons("Laguna", 1, 1)]) as client:
        page = await front(client, "&resource=paramo&map=5/1/1")
        [link] = [a for a in page.iter("a") if a.attrib.get("hreflang") == "es"]
        assert "resource=paramo" in link.attrib["href"]
        assert "map=5%2F1%2F1" in link.attrib["href"]


async def test_without_an_atlas_the_page_is_a_list(tmp_path: Path) -> None:
    async with node_with(tmp_path, [ANA.founding, commons("Laguna", 1, 1)]) as client:
        answer = await client.get("/?resource=paramo")
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        page = check_page(await answer.text())
        assert not list(page.iter("script"))
        assert not classed(page, "map")
        assert len(classed(page, "thing")) == 2
        assert (await client.get("/map/seen.json")).status == 404
        assert (await client.get("/map/found.json?q=laguna")).status == 200


async def test_what_is_erased_is_on_no_map(tmp_path: Path) -> None:
    land = commons("Laguna", 1, 1)
    async with mapped(tmp_path, [ANA.founding, land, ANA.erase(land)]) as client:
        assert (await data(client, "/map/seen.json"))["rows"] == []
        assert "Laguna" not in await (await client.get("/?voice=own")).text()


async def test_files_are_kept_for_good_under_their_version(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client, TestClient(client.server, auto_decompress=False) as raw:
        for name, path in paths().items():
            answer = await client.get(address(name))
            assert answer.status == 200
            assert await answer.read() == path.read_bytes()
            assert answer.headers["Content-Security-Policy"] == MAP_POLICY
            assert "max-age=31536000" in answer.headers["Cache-Control"]
            packed = await raw.get(address(name), headers={"Accept-Encoding": "gzip"})
            assert packed.headers["Content-Encoding"] == "gzip"
            plain = await raw.get(address(name), headers={"Accept-Encoding": "identity"})
            assert await plain.read() == path.read_bytes()
            known = {"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"}
            assert (await raw.get(address(name), headers=known)).status == 304
        assert (await client.get(address("start.js"))).content_type == "text/javascript"
        other = await client.get(address("start.js").replace(version(), "0"))
        assert (other.status, other.headers["Cache-Control"]) == (200, "public, max-age=60")
        for wrong in ("../style.css", "..%2f..%2fapplication.py", "style.css", "x"):
            assert (await client.get(f"/static/map/{version()}/{wrong}")).status == 404


async def test_the_page_is_light(tmp_path: Path) -> None:
    """Without the map's library: what a thin link has to bring before the page is all there."""
    async with mapped(tmp_path, [ANA.founding, *(commons(f"P{n}", n, 0) for n in range(60))]) as client:
        async with TestClient(client.server, auto_decompress=False) as raw:
            total = 0
            page = check_page(await (await client.get("/")).text())
            asked = ["/", *(link.attrib["href"] for link in page.iter("link"))]
            asked += [
                address(name)
                for name in paths()
                if name.endswith((".js", ".css")) or name == "ground-far.json"
            ]
            for path in dict.fromkeys(asked):
                total += len(await (await raw.get(path, headers={"Accept-Encoding": "gzip"})).read())
            fonts = sum(
                len(data)
                for name, data in files().items()
                if name.endswith(("latin-400.woff2", "latin-700.woff2"))
            )
            assert total + fonts < 300_000


def test_sources_and_licences_lie_beside_what_is_not_ours() -> None:
    told = paths()["SOURCES.txt"].read_text(encoding="utf-8")
    for name in (
        "maplibre-gl.mjs",
        "maplibre-gl-worker.mjs",
        "ground-far.json",
        "ground-near.json",
        "towns.json",
    ):
        assert name in told
    assert "Redistribution and use" in paths()["maplibre-gl-LICENSE.txt"].read_text(encoding="utf-8")
    for name in ("maplibre-gl.mjs", "maplibre-gl-worker.mjs"):
        assert b"sourceMappingURL" not in paths()[name].read_bytes()


def test_nothing_that_scripts_do_can_make_markup_of_a_text() -> None:
    for name, path in paths().items():
        if name.endswith(".js"):
            text = path.read_text(encoding="utf-8")
            for word in (
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
            ):
                assert word not in text, name
