"""How the API is served: to any origin, tagged, compressed, by any method that reads, within limits."""

import asyncio
import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from node.atlas import asking, paging
from node.atlas.file import atlas_path
from node.atlas.paging import PAGE_LENGTH_MAX
from node.store.sqlite import SqliteStore
from node.web.exchange.answer import CONTENT_SECURITY_POLICY
from node.web.exchange.gate import REQUESTS_MAX
from node.web.ogc.addresses import LARGE_MAX
from node.web.ogc.parameters import LIMIT_MAX
from protocol.identifiers import id_text
from tests.node.atlas.drawn import draw
from tests.node.web.ogc.charted import ANA, TRIANGLE, charted_node, read, records
from tests.node.web.readers import node_with

ITEMS = "/ogc/collections/commons/items"
PATHS = (
    *("/ogc", "/ogc/", "/ogc/api", "/ogc/conformance", "/ogc/collections", "/ogc/collections/commons"),
    *("/ogc/collections/commons/queryables", "/ogc/collections/commons/schema", ITEMS),
    f"{ITEMS}/{id_text(TRIANGLE.subject)}",
)


async def test_programs_of_any_site_may_read(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(12)) as client:
        for path in (*PATHS, "/ogc/collections/none", f"{ITEMS}?x=1"):
            answer = await client.get(path, headers={"Origin": "https://maps.example"})
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
            assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "Set-Cookie" not in answer.headers
            asked = {"Origin": "https://maps.example", "Access-Control-Request-Method": "GET"}
            allowed = await client.options(path, headers=asked)
            assert allowed.status == 204
            assert "If-None-Match" in allowed.headers["Access-Control-Allow-Headers"]
        for path in (ITEMS, f"{ITEMS}/{id_text(TRIANGLE.subject)}"):
            crs = (await client.get(path)).headers["Content-Crs"]
            assert crs == "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"


async def test_a_private_federation_lets_no_other_site_read(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(3), shared=False) as client:
        for path in PATHS:
            answer = await client.get(path)
            assert answer.status == 200
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


async def test_what_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(12)) as client:
        tags = {}
        for path in PATHS:
            for form in ("json", "html"):
                address = f"{path}?f={form}"
                first = await client.get(address)
                tags[address] = first.headers["ETag"]
                for known in (tags[address], f'"x", {tags[address]}', "*", tags[address].removeprefix("W/")):
                    again = await client.get(address, headers={"If-None-Match": known})
                    assert (again.status, await again.read()) == (304, b""), (address, known)
                    assert again.headers["ETag"] == tags[address]
                    assert "Accept-Encoding" in again.headers["Vary"]
                other = await client.get(address, headers={"If-None-Match": 'W/"x"'})
                assert other.status == 200
        home = tmp_path / "home"
        async with await SqliteStore.open(home / "store.sqlite") as store:
            await store.add([ANA.commons("Otra")])
        await draw(home)
        assert (await read(client, ITEMS))["numberMatched"] == 16
        for address, tag in tags.items():
            assert (await client.get(address, headers={"If-None-Match": tag})).status == 200


async def test_only_the_head_is_sent_where_only_that_is_asked_for(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(12)) as client:
        for path in PATHS:
            whole = await client.get(path, headers={"Accept-Encoding": "identity"})
            head = await client.head(path, headers={"Accept-Encoding": "identity"})
            assert (head.status, await head.read()) == (200, b"")
            assert head.headers["Content-Length"] == str(len(await whole.read()))
            assert head.headers["Content-Type"] == whole.headers["Content-Type"]


async def test_nothing_is_written(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(3)) as client:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            assert (await client.request(method, ITEMS)).status == 405


async def test_pages_are_compressed_for_those_who_can_read_that(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(60)) as client:
        client.session._auto_decompress = False
        plain = await client.get(ITEMS, headers={"Accept-Encoding": "identity"})
        packed = await client.get(ITEMS, headers={"Accept-Encoding": "br, gzip"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        data = await packed.read()
        assert len(data) * 4 < len(await plain.read())
        assert json.loads(gzip.decompress(data))["numberReturned"] == 63
        refused = await client.get(ITEMS, headers={"Accept-Encoding": "gzip;q=0"})
        assert "Content-Encoding" not in refused.headers


async def test_addresses_are_those_by_which_the_reader_came(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(3)) as client:
        page = await read(client, ITEMS, Host="mapa.example:8443")
        assert all(link["href"].startswith("http://mapa.example:8443/ogc/") for link in page["links"])
        for host in ("evil.example/x", "a b", 'x"', "evil.example?"):
            answer = await client.get(ITEMS, headers={"Host": host})
            if answer.status == 200:
                links = (await answer.json(content_type=None))["links"]
                starts = {link["href"].partition("ogc/")[0] for link in links}
                assert starts <= {"/", str(client.make_url("/"))}, host  # the client may mend it


async def test_what_takes_too_long_is_broken_off_and_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "QUESTION_MAX_S", 0.0)
    monkeypatch.setattr(asking, "STEPS_BETWEEN_LOOKS", 100)
    async with charted_node(tmp_path, records(60)) as client:
        told = await read(client, f"{ITEMS}?filter=name LIKE '%25x%25'", 503)
        assert told["code"] == "search-too-long"
        assert (await client.get(f"{ITEMS}/{id_text(TRIANGLE.subject)}")).status == 200


async def test_a_crowd_is_asked_to_wait(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(60)) as client:

        async def ask() -> int:
            return (await client.get(f"{ITEMS}?filter=name LIKE '%25x%25'")).status

        statuses = await asyncio.gather(*(ask() for _ in range(REQUESTS_MAX * 3)))
        assert set(statuses) <= {200, 503}
        assert 200 in statuses


async def test_few_large_answers_are_made_at_once(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(60)) as client:

        async def ask(limit: int) -> int:
            answer = await client.get(f"{ITEMS}?limit={limit}")
            await answer.read()
            return answer.status

        large = await asyncio.gather(*(ask(PAGE_LENGTH_MAX + 1) for _ in range(LARGE_MAX * 3)))
        assert large.count(200) >= LARGE_MAX
        assert set(large) == {200, 503}
        assert await ask(LIMIT_MAX) == 200  # each place is given back
        assert set(await asyncio.gather(*(ask(PAGE_LENGTH_MAX) for _ in range(LARGE_MAX * 3)))) == {200}


async def test_outlines_are_not_looked_at_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with charted_node(tmp_path, records(60)) as client:
        path = f"{ITEMS}?bbox=-69.9,-29.9,-69.8,-29.8"
        assert (await read(client, path))["numberReturned"] == 1
        monkeypatch.setattr(paging, "OUTLINES_MAX_S", -1.0)
        assert (await read(client, path, 503))["code"] == "search-too-long"
        assert (await read(client, f"{ITEMS}?bbox=-100,-40,-60,40"))["numberReturned"] == 61


async def test_words_in_another_language_are_another_answer(tmp_path: Path) -> None:
    async with charted_node(tmp_path, records(3)) as client:
        for path in PATHS[:8]:
            spanish = await client.get(path, headers={"Accept-Language": "es"})
            english = {"Accept-Language": "en", "If-None-Match": spanish.headers["ETag"]}
            answer = await client.get(path, headers=english)
            assert answer.status == 200, path
            assert await answer.read() != await spanish.read()


async def test_where_nothing_is_drawn_there_is_no_api(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        for path in PATHS[4:]:
            await read(client, path, 404)


async def test_a_part_is_not_given_out_as_all_there_is(tmp_path: Path) -> None:
    async with node_with(tmp_path, records(), home=tmp_path) as client:
        for path in (ITEMS, f"{ITEMS}/{'a' * 52}"):
            answer = await client.get(path)
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "20"
            assert (await answer.json(content_type=None))["code"] == "being-drawn"
        for path in PATHS[:-2]:
            assert (await client.get(path)).status == 200
        # As it is while a large store is drawn: a file with something in it, and more to come.
        await draw(tmp_path)
        with closing(sqlite3.connect(atlas_path(tmp_path))) as db, db:
            db.execute("DELETE FROM meta WHERE name = 'complete'")
        assert (await client.get(ITEMS)).status == 503
        assert (await client.get("/download/commons.geojson")).status == 503
        with closing(sqlite3.connect(atlas_path(tmp_path))) as db, db:
            db.execute("INSERT INTO meta VALUES ('complete', 1)")
        assert (await read(client, ITEMS))["numberReturned"] > 0
