"""Who asks, where a proxy stands before a node: believed of a proxy that is ours, of nobody else."""

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from node.proxies import FORWARDED_LENGTH_MAX, ProxyNetwork, application, client_of

HERE = (ipaddress.ip_network("127.0.0.1"), ipaddress.ip_network("::1"))
CHAIN = (*HERE, ipaddress.ip_network("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ([], None),
        (["203.0.113.9"], "203.0.113.9"),
        # What stands first the client wrote itself.
        (["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        (["127.0.0.1, 203.0.113.9"], "203.0.113.9"),
        (["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        # A proxy of ours heard a proxy of ours.
        (["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
        (["10.1.2.3, 10.1.2.4"], None),
        (["203.0.113.9, unknown"], None),
        (["203.0.113.9,"], None),
        (["2001:db8::1"], "2001:db8::1"),
        (["::ffff:10.1.2.3"], None),
        ([", ".join(["203.0.113.9"] + ["10.1.2.3"] * FORWARDED_LENGTH_MAX)], None),
        ([", ".join(["203.0.113.9"] + ["10.1.2.3"] * (FORWARDED_LENGTH_MAX - 1))], "203.0.113.9"),
    ],
)
def test_the_last_address_that_is_no_proxy_of_ours_is_the_client(
    forwarded: list[str], client: str | None
) -> None:
    assert client_of(forwarded, CHAIN) == client


@given(st.lists(st.text(max_size=60), max_size=4))
def test_whatever_a_header_says_is_an_address_or_nothing(forwarded: list[str]) -> None:
    client = client_of(forwarded, HERE)
    assert client is None or ipaddress.ip_address(client)


@asynccontextmanager
async def asked(proxies: tuple[ProxyNetwork, ...]) -> AsyncIterator[TestClient[Any, Any]]:
    """A server that says who asks it, and over what."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"remote": request.remote, "secure": request.secure})

    app = application(proxies)
    app.router.add_get("/", answer)
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


SAID = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}


async def test_a_proxy_of_ours_is_believed() -> None:
    async with asked(HERE) as client:
        said = await (await client.get("/", headers=SAID)).json()
        assert said == {"remote": "203.0.113.9", "secure": True}
        plain = await (await client.get("/")).json()
        assert plain == {"remote": "127.0.0.1", "secure": False}
        odd = await (await client.get("/", headers={"X-Forwarded-Proto": "gopher"})).json()
        assert odd == {"remote": "127.0.0.1", "secure": False}


@pytest.mark.parametrize("proxies", [(), (ipaddress.ip_network("10.0.0.0/8"),)])
async def test_nobody_else_is_believed(proxies: tuple[ProxyNetwork, ...]) -> None:
    async with asked(proxies) as client:
        said = await (await client.get("/", headers=SAID)).json()
        assert said == {"remote": "127.0.0.1", "secure": False}
