"""How pages are answered: headers, tags, limits, faults, and readers who never take what they asked for."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from node.store import connection, queries
from node.store.sqlite import SqliteStore
from node.web.application import web_application
from node.web.exchange.answer import CONTENT_SECURITY_POLICY, data_answer, deliver
from node.web.exchange.asked import PAGE_LENGTH_MAX, QUERY_LENGTH_MAX_CHARS
from node.web.exchange.gate import REQUESTS_MAX, REQUESTS_PER_SOURCE_MAX, Gate
from node.web.exchange.problem import Problem
from node.web.frame.static_files import files
from tests.node.store.samples import ENDLESS, Person
from tests.node.web.readers import View, classed, node_with, read_page, text_of

UNKNOWN_ID = "a" * 52


async def test_every_answer_keeps_the_browser_to_this_node(tmp_path: Path) -> None:
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        for path in (
            "/",
            "/index.json",
            "/healthz",
            "/static/style.css",
            "/nowhere",
            URL("/no%0Awhere", encoded=True),
            f"/thing/{UNKNOWN_ID}",
            "/?kind=%00",
        ):
            answer = await client.get(path)
            assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "Set-Cookie" not in answer.headers
        assert CONTENT_SECURITY_POLICY == (
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )


async def test_a_search_that_takes_too_long_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "SEARCH_MAX_S", 0.05)
    monkeypatch.setattr(queries, "THING_COLUMNS", f"({ENDLESS}), {queries.THING_COLUMNS}")
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        answer = await client.get("/?q=comunidad&format=json")
        assert answer.status == 503
        assert (await answer.json())["code"] == "search-too-long"
        page = await (await client.get("/?q=comunidad&lang=es")).text()
        assert "más palabras" in page


async def test_what_a_page_needs_is_served_here_and_fetched_once(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        page = await read_page(client, "/")
        wanted = [link.attrib["href"] for link in page.iter("link") if link.attrib["rel"] != "alternate"]
        style = await (await client.get("/static/style.css")).text()
        assert "http" not in style
        wanted += [part.split('"')[1] for part in style.split("url(")[1:] if not part.startswith('"#')]
        assert len(wanted) >= 6
        for path in wanted:
            answer = await client.get(path)
            assert answer.status == 200, path
            again = await client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status, await again.read()) == (304, b"")
            assert "max-age" in again.headers["Cache-Control"]
        assert {name.rpartition("/")[2].partition("?")[0] for name in wanted} <= files().keys()


async def test_a_page_that_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    ana = Person("Ana")
    async with node_with(tmp_path, [ana.founding]) as client:
        first = await client.get("/")
        tag = first.headers["ETag"]
        for known in (tag, f'"x", {tag}', "*"):
            assert (await client.get("/", headers={"If-None-Match": known})).status == 304
        assert (await client.get("/?lang=es", headers={"If-None-Match": tag})).status == 200
        assert (await client.get("/", headers={"If-None-Match": '"x"'})).status == 200
        assert first.headers["Vary"] == "Accept, Accept-Language, Accept-Encoding"


async def test_pages_are_compressed_for_thin_links(tmp_path: Path) -> None:
    ana = Person("Ana")
    async with node_with(
        tmp_path, [ana.founding, *(ana.commons(f"Potrero {n}") for n in range(50))]
    ) as client:
        async with TestClient(client.server, auto_decompress=False) as raw:
            answer = await raw.get("/?kind=commons", headers={"Accept-Encoding": "gzip"})
            assert answer.headers["Content-Encoding"] == "gzip"
            assert len(await answer.read()) < 6_000
            head = await raw.head("/")
            assert (head.status, await head.read()) == (200, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nowhere", 404, "not-here"),
        ("/static/../application.py", 404, "not-here"),
        ("/static/..%2f__init__.py", 404, "not-here"),
        (f"/thing/{UNKNOWN_ID}", 404, "not-held"),
        ("/thing/x", 404, "not-held"),
        (f"/record/{UNKNOWN_ID}", 404, "not-held"),
        ("/record/%ff%00", 404, "not-held"),
        ("/?q=" + "x" * (QUERY_LENGTH_MAX_CHARS + 1), 400, "query-too-long"),
        (f"/?limit={PAGE_LENGTH_MAX + 1}", 400, "not-understood"),
        ("/?limit=0", 400, "not-understood"),
        ("/?limit=%D9%A1", 400, "not-understood"),
        ("/?after=-1", 400, "not-understood"),
        ("/?after=9007199254740992", 400, "not-understood"),
        ("/?kind=Commons", 400, "not-understood"),
        ("/?kind=" + "k" * 49, 400, "query-too-long"),
        ("/?author=nobody", 400, "not-understood"),
    ],
)
async def test_problems_have_one_shape(tmp_path: Path, path: str, status: int, code: str) -> None:
    async with node_with(tmp_path, [Person("Ana").founding]) as client:
        answer = await client.get(path, headers={"Accept": "application/json"})
        assert (answer.status, answer.content_type) == (status, "application/problem+json")
        problem = await answer.json()
        assert problem.keys() == {"type", "title", "status", "detail", "instance", "code"}
        assert (problem["status"], problem["code"]) == (status, code)
        page = await read_page(client, path, status, **{"Accept": "text/html", "Accept-Language": "es"})
        assert page.attrib["lang"] == "es"
        assert text_of(page.find(".//h1"))


async def test_limits_hold_at_their_value(tmp_path: Path) -> None:
    ana = Person("Ana")
    async with node_with(
        tmp_path, [ana.founding, *(ana.commons(f"P {n}") for n in range(PAGE_LENGTH_MAX + 1))]
    ) as client:
        page = await read_page(client, f"/?limit={PAGE_LENGTH_MAX}&q=" + "p " * (QUERY_LENGTH_MAX_CHARS // 2))
        assert len(classed(page, "thing")) == PAGE_LENGTH_MAX
        assert (await client.get(f"/?after={2**63 - 1}.{2**63 - 1}&kind=" + "k" * 48)).status == 200


async def test_nothing_can_be_written_here(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = await client.request(method, "/", data=b"x" * 100)
            assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


async def test_a_node_without_its_store_says_so(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store.sqlite")
    async with TestClient(TestServer(web_application(View(store)))) as client:
        await store.close()
        answer = await client.get("/healthz")
        assert (answer.status, answer.content_type) == (503, "application/problem+json")
        assert (await answer.json())["code"] == "store-silent"
        page = await read_page(client, "/?lang=en", 503)
        assert "Nothing was lost." in text_of(page)


async def test_a_mistake_of_ours_is_explained_and_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(View):
        async def status(self) -> dict[str, Any]:
            return {}["nothing"]  # type: ignore[no-any-return]

    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        async with TestClient(TestServer(web_application(Broken(store)))) as client:
            page = await read_page(client, "/?lang=en", 500)
            assert "KeyError" not in text_of(page)
    assert "KeyError" in caplog.text


async def test_other_addresses_of_the_application_are_left_alone(tmp_path: Path) -> None:
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        app = web_application(View(store))

        async def sync(_: web.Request) -> web.Response:
            return web.Response(text="theirs")

        app.router.add_get("/sync", sync)
        async with TestClient(TestServer(app)) as client:
            answer = await client.get("/sync")
            assert (await answer.text(), "Content-Security-Policy" in answer.headers) == ("theirs", False)


def test_the_gate_lets_in_so_many_and_no_more() -> None:
    gate = Gate()
    for _ in range(REQUESTS_PER_SOURCE_MAX):
        gate.enter("192.0.2.1")
    with pytest.raises(Problem):
        gate.enter("192.0.2.1")
    for _ in range(REQUESTS_MAX - REQUESTS_PER_SOURCE_MAX):
        gate.enter("127.0.0.1")
    with pytest.raises(Problem):
        gate.enter("192.0.2.2")
    gate.leave("192.0.2.1")
    gate.enter("192.0.2.2")


async def test_a_reader_who_takes_nothing_is_cut_off() -> None:
    ended = asyncio.Event()

    async def huge(request: web.Request) -> web.Response:
        try:
            return await deliver(request, data_answer({"data": "x" * 50_000_000}), within_s=0.3)
        finally:
            ended.set()

    app = web.Application()
    app.router.add_get("/", huge)
    async with TestServer(app) as server:
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=1_024)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await ended.wait()
        taken = 0
        with contextlib.suppress(ConnectionError):
            while part := await reader.read(65_536):
                taken += len(part)
        assert taken < 50_000_000
        writer.close()


async def test_silent_readers_keep_nobody_from_reading(tmp_path: Path) -> None:
    ana = Person("Ana")
    async with node_with(
        tmp_path, [ana.founding, *(ana.commons(f"Potrero {n}") for n in range(50))]
    ) as client:
        silent = []
        for _ in range(REQUESTS_MAX + 8):
            reader, writer = await asyncio.open_connection(client.host, client.port, limit=16)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            silent.append((reader, writer))
        for reader, _ in silent:
            assert await reader.read(1)  # each has been answered, and takes no more
        # The last of them may still be leaving; one that never left would keep everybody out.
        answers = [(await client.get("/")).status for _ in range(50)]
        assert answers[-1] == 200
        assert set(answers) <= {200, 503}
        for _, writer in silent:
            writer.close()
