"""The feed: what readers of feeds need, its pages followed to the end, nothing in it that is markup."""

import io
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from protocol.identifiers import id_text
from tests.node.store.samples import NOW_MS, Person
from tests.node.web.opendata.drawn_node import HOST, laguna
from tests.node.web.readers import node_with, read_page

feedparser = pytest.importorskip("feedparser")


async def feed(client: TestClient[Any, Any], path: str = "/feed.atom", **headers: str) -> Any:
    answer = await client.get(path, headers={"Host": HOST, **headers})
    data = await answer.read()
    assert answer.status == 200, data
    assert answer.content_type == "application/atom+xml"
    read = feedparser.parse(io.BytesIO(data), sanitize_html=False)
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    return read


async def test_it_tells_what_was_said_last_first(tmp_path: Path) -> None:
    records = laguna()
    async with node_with(tmp_path, records) as client:
        read = await feed(client)
        commons = await feed(client, "/feed.atom?collection=commons")
    assert read.feed.id == "urn:minga:feed:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    assert read.feed.title == "What is new on Nodo de la laguna"
    assert len(read.entries) == 4
    assert {entry.title for entry in commons.entries} == {
        *("Laguna de la Mica", "=Páramo <b>de</b> مرعى", "Semillas")
    }
    entry = next(one for one in commons.entries if one.title == "Laguna de la Mica")
    subject = id_text(records[1].subject)
    assert entry.id == f"urn:minga:thing:{subject}"
    assert entry.link == f"http://{HOST}/thing/{subject}"
    assert entry.updated == "2025-10-09T08:53:20Z"
    assert entry.author == "Comunidad Ana"
    assert {(tag.scheme, tag.term) for tag in entry.tags} == {
        *(("urn:minga:kind", "commons"), ("urn:minga:status", "own"), ("urn:minga:resource", "paramo"))
    }
    assert entry.content[0].value == "Agua para todos."
    assert entry.rights == "CC-BY-4.0"
    assert "https://creativecommons.org/licenses/by/4.0/" in [one.href for one in entry.links]


async def test_its_pages_lead_from_one_to_the_next(tmp_path: Path) -> None:
    ana = Person("Ana")
    things = [ana.commons(f"Potrero {n}", time_ms=NOW_MS + 60_000 * n) for n in range(25)]
    async with node_with(tmp_path, [ana.founding, *things]) as client:
        path, found = "/feed.atom?collection=commons&limit=10", []
        for _ in range(5):
            read = await feed(client, path)
            found += [entry.id for entry in read.entries]
            links = {one.rel: one.href for one in read.feed.links}
            assert links["first"] == f"http://{HOST}/feed.atom?collection=commons&limit=10"
            if "next" not in links:
                break
            path = links["next"].removeprefix(f"http://{HOST}")
        assert found == [f"urn:minga:thing:{id_text(one.subject)}" for one in reversed(things)]


async def test_markup_controls_and_directions_are_text(tmp_path: Path) -> None:
    ana = Person("Ana")
    names = ["<script>alert(1)</script>", "a\x08b & ]]>", "\u202eqowt", "<![CDATA[x]]>"]
    async with node_with(tmp_path, [ana.founding, *(ana.commons(name, name) for name in names)]) as client:
        read = await feed(client, "/feed.atom?collection=commons")
        assert {entry.title for entry in read.entries} == {
            *("<script>alert(1)</script>", "a\ufffdb & ]]>", "\ufffdqowt", "<![CDATA[x]]>")
        }
        assert all(entry.title_detail.type == "text/plain" for entry in read.entries)
        assert all(entry.content[0].type == "text/plain" for entry in read.entries)


async def test_it_is_not_sent_again_while_nothing_is_new(tmp_path: Path) -> None:
    async with node_with(tmp_path, laguna()) as client:
        tag = (await client.get("/feed.atom")).headers["ETag"]
        assert (await client.get("/feed.atom", headers={"If-None-Match": tag})).status == 304
        assert (await client.get("/feed.atom?lang=es", headers={"If-None-Match": tag})).status == 200
        assert (await feed(client, "/feed.atom?lang=es")).feed.title == "Lo nuevo en Nodo de la laguna"


async def test_searches_have_feeds_and_wrong_ones_are_explained(tmp_path: Path) -> None:
    async with node_with(tmp_path, laguna()) as client:
        read = await feed(client, "/feed.atom?q=mica")
        assert [entry.title for entry in read.entries] == ["Laguna de la Mica"]
        assert read.feed.id.endswith(":q=mica")
        empty = await feed(client, "/feed.atom?q=nothing")
        assert (empty.entries, empty.feed.updated) == ([], "1970-01-01T00:00:00Z")
        for query in ("collection=records", "kind=A", "after=x", "author=nobody", f"q={'x' * 201}"):
            assert (await client.get(f"/feed.atom?{query}")).status == 400, query


async def test_every_page_leads_to_it(tmp_path: Path) -> None:
    async with node_with(tmp_path, laguna()) as client:
        page = await read_page(client, "/territories?lang=es")
        [link] = [one for one in page.iter("link") if one.attrib["rel"] == "alternate"]
        assert link.attrib["href"] == "/feed.atom?lang=es"
        assert link.attrib["type"] == "application/atom+xml"
