"""The ports of a node: how many may come, how long they may take, and who is never counted."""

import asyncio
import socket
from contextlib import AsyncExitStack, suppress

import aiohttp
import pytest
from aiohttp import web

from node.crowd import Crowd, CrowdLimits, Guarded
from node.errors import ConfigError
from node.listening import listen
from node.settings.listening import ListenAddress
from tests.patience import PATIENCE_S

REQUEST = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n"


async def page(_: web.Request) -> web.Response:
    return web.Response(text="a page")


async def opened(stack: AsyncExitStack, limits: CrowdLimits) -> int:
    """Serve a page at `/page`, and echo whatever comes to `/sync`, on a free port."""

    async def echo(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse()
        await websocket.prepare(request)
        async for message in websocket:
            await websocket.send_bytes(message.data)
        return websocket

    app = web.Application()
    app.router.add_get("/page", page)
    app.router.add_get("/sync", echo)
    [(host, port)] = await listen(app, [ListenAddress("127.0.0.1", 0)], stack, limits)
    assert host == "127.0.0.1"
    return port


async def test_a_head_that_does_not_end_is_given_up() -> None:
    async with AsyncExitStack() as stack:
        port = await opened(stack, CrowdLimits(head_max_s=0.2))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nX-Slow: ")
        reading = asyncio.create_task(reader.read())
        while not reading.done():  # a byte now and then does not help
            writer.write(b"G")
            await asyncio.wait([reading], timeout=0.01)
        with suppress(ConnectionError):
            assert await reading == b""
        writer.close()


async def answered_until_its_end(port: int) -> None:
    """Ask for a page, and read until the connection is closed: again where its time was over too soon."""
    async with asyncio.timeout(PATIENCE_S):
        said = b""
        while not said.startswith(b"HTTP/1.1 200 OK\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(REQUEST[:20])
            writer.write(REQUEST[20:])
            with suppress(ConnectionError):
                said = await reader.read()
            writer.close()


async def test_a_connection_that_is_no_peers_ends() -> None:
    async with AsyncExitStack() as stack:
        port = await opened(stack, CrowdLimits(head_max_s=10 * PATIENCE_S, life_max_s=0.2))
        await answered_until_its_end(port)


async def test_the_oldest_makes_room_and_peers_are_not_counted() -> None:
    async with AsyncExitStack() as stack:
        port = await opened(stack, CrowdLimits(total_max=3, head_max_s=10 * PATIENCE_S, life_max_s=0.05))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        peer = await session.ws_connect(f"ws://127.0.0.1:{port}/sync")
        strangers = [await asyncio.open_connection("127.0.0.1", port) for _ in range(6)]
        for reader, _ in strangers[:3]:
            assert await asyncio.wait_for(reader.read(), PATIENCE_S) == b""
        await answered_until_its_end(port)  # its time is over; the peer's is not
        await peer.send_bytes(b"still there?")
        assert await peer.receive_bytes() == b"still there?"
        await peer.close()
        for _, writer in strangers:
            writer.close()


def test_one_source_takes_only_its_part() -> None:
    crowd = Crowd("/sync", CrowdLimits(total_max=10, per_source_max=2))
    made = [Guarded(crowd, asyncio.Protocol()) for _ in range(8)]
    assert [crowd.enter(one, "192.0.2.1") for one in made[:3]] == [True, True, False]
    assert [crowd.enter(one, "2001:db8::1") for one in made[3:6]] == [True, True, False]
    assert not crowd.enter(made[5], "2001:db8::2")  # the same /64
    crowd.leave(made[0])
    crowd.leave(made[0])
    assert crowd.enter(made[6], "192.0.2.1")
    assert not crowd.enter(made[7], "192.0.2.1")
    assert len(crowd) == 4


def test_from_this_machine_where_a_proxy_may_be_all_may_come() -> None:
    crowd = Crowd("/sync", CrowdLimits(total_max=10, per_source_max=2))
    made = [Guarded(crowd, asyncio.Protocol()) for _ in range(12)]
    assert all(crowd.enter(one, "127.0.0.1") for one in made)
    assert len(crowd) == 10


async def test_a_port_in_use_is_the_operators_to_change() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with AsyncExitStack() as stack:
            with pytest.raises(ConfigError, match="another program listens"):
                await listen(web.Application(), [ListenAddress("127.0.0.1", port)], stack)
