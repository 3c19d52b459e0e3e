"""What scripts of other sites may read of a node, and how a node names itself in what is carried away."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request

from node.store.sqlite import SqliteStore
from node.web.application import web_application
from node.web.exchange.own_address import HOST_LENGTH_MAX_CHARS, is_host, own_address
from protocol.identifiers import id_text
from tests.node.store.samples import Person
from tests.node.web.readers import View, node_with

ELSEWHERE = {"Origin": "https://elsewhere.example"}


def shared_with(answer: Any) -> tuple[str | None, str]:
    return (
        answer.headers.get("Access-Control-Allow-Origin"),
        answer.headers["Cross-Origin-Resource-Policy"],
    )


async def test_other_sites_read_data_and_no_page(tmp_path: Path) -> None:
    ana = Person("Ana")
    commons = ana.commons("Potrero")
    async with node_with(tmp_path, [ana.founding, commons]) as client:
        thing = f"/thing/{id_text(commons.subject)}"
        for path in (
            "/index.json",
            "/?format=json",
            f"{thing}?format=json",
            f"/record/{id_text(commons.id)}?format=json",
            "/transparency.json",
            "/schemas/commons.json",
            "/contexts/1.json",
            "/nowhere?format=json",
        ):
            answer = await client.get(path, headers=ELSEWHERE)
            assert shared_with(answer) == ("*", "cross-origin"), path
            assert "Access-Control-Allow-Credentials" not in answer.headers
            tag = answer.headers.get("ETag")
            if tag is not None:
                again = await client.get(path, headers={**ELSEWHERE, "If-None-Match": tag})
                assert (again.status, shared_with(again)) == (304, ("*", "cross-origin")), path
        for path in ("/", thing, "/territories", "/static/style.css", "/nowhere", "/healthz", "/readyz"):
            answer = await client.get(path, headers={**ELSEWHERE, "Accept": "text/html"})
            assert shared_with(answer) == (None, "same-origin"), path


async def test_a_private_federation_is_read_by_no_other_site(tmp_path: Path) -> None:
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        async with TestClient(TestServer(web_application(View(store), shared=False))) as client:
            for path in ("/index.json", "/contexts/1.json", "/nowhere?format=json"):
                answer = await client.get(path, headers=ELSEWHERE)
                assert shared_with(answer) == (None, "same-origin"), path
                assert not [name for name in answer.headers if name.startswith("Access-Control")]
            asked = {**ELSEWHERE, "Access-Control-Request-Method": "GET"}
            assert (await client.options("/index.json", headers=asked)).status == 405


async def test_a_browser_that_asks_before_it_reads_is_told_what_it_may(tmp_path: Path) -> None:
    async with node_with(tmp_path, []) as client:
        asked = {**ELSEWHERE, "Access-Control-Request-Method": "GET"}
        answer = await client.options("/index.json", headers=asked)
        assert (answer.status, await answer.read()) == (204, b"")
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]
        assert (await client.options("/index.json")).status == 405


@pytest.mark.parametrize(
    "host",
    [
        *("node.example.org", "node.example.org:8443", "localhost:7447", "10.0.0.7:80", "[fe80::1]:7447"),
        *("nodo-1", "n." * 128 + "ec"),
    ],
)
def test_a_node_is_named_as_it_was_asked_for(host: str) -> None:
    assert is_host(host)
    request = make_mocked_request("GET", "/", headers={"Host": host})
    assert own_address(request) == f"http://{host}"
    secure = request.clone(scheme="https")
    assert own_address(secure) == f"https://{host}"


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "evil.example/path",
        "evil.example#",
        "evil.example?x",
        "user@evil.example",
        "node.example.org:",
        "node.example.org:0",
        "node.example.org:65536",
        "node.example.org:80:90",
        '"><script>',
        "ñandú.example",
        "-x.example",
        "x..example",
        "[::1",
        "n" * (HOST_LENGTH_MAX_CHARS + 1),
    ],
)
def test_what_is_no_host_is_not_repeated(host: str) -> None:
    assert not is_host(host)
    place = SimpleNamespace(get_extra_info=lambda name, default=None: ("::1", 7447, 0, 0))
    request = make_mocked_request("GET", "/", headers={"Host": host}, transport=cast(Any, place))
    assert own_address(request) == "http://[::1]:7447"


def test_no_other_scheme_is_repeated() -> None:
    request = make_mocked_request("GET", "/", headers={"Host": "node.example.org"}).clone(scheme="javascript")
    assert own_address(cast(web.Request, request)) == "http://node.example.org"
