"""Answers that are made as they are sent: whole, bounded, cut off where a reader or the store fails."""

import asyncio
import contextlib
import gzip
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import ClientPayloadError, web
from aiohttp.test_utils import TestClient, TestServer

from node.store.errors import StoreError
from node.web.exchange import streamed
from node.web.exchange.streamed import PIECE_SIZE_BYTES, Pieces, Streamed
from tests.patience import PATIENCE_S


@asynccontextmanager
async def sending(pieces: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A server that answers everything with what `pieces()` yields."""

    async def handle(request: web.Request) -> web.StreamResponse:
        response = Streamed(pieces(), "application/geo+json", "v1", {"Link": "</>; rel=license"})
        if request.method != "HEAD":
            await response.begin()
        await response.send(request)
        return response

    app = web.Application()
    app.router.add_get("/", handle)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


async def test_everything_is_sent_in_order() -> None:
    async def pieces() -> Pieces:
        for number in range(50):
            yield b"%d," % number * 10_000

    async with sending(pieces) as client:
        whole = b"".join([b"%d," % number * 10_000 for number in range(50)])
        plain = await client.get("/", headers={"Accept-Encoding": "identity"})
        assert await plain.read() == whole
        assert plain.headers["Content-Type"] == "application/geo+json; charset=utf-8"
        assert plain.headers["ETag"] == 'W/"v1"'
        packed = await client.get("/", headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(await packed.read()) == whole


async def test_nothing_is_made_for_a_reader_of_headers() -> None:
    async def pieces() -> Pieces:
        yield pytest.fail("made")

    async with sending(pieces) as client:
        head = await client.head("/")
        assert (head.status, await head.read()) == (200, b"")
        assert head.headers["Link"] == "</>; rel=license"


async def test_a_fault_after_the_beginning_leaves_the_answer_open() -> None:
    ended: list[str] = []

    async def pieces() -> Pieces:
        try:
            yield b"x" * PIECE_SIZE_BYTES * 4
            raise StoreError("the disk is gone")
        finally:
            ended.append("ended")

    async with sending(pieces) as client:
        answer = await client.get("/")
        with pytest.raises((ClientPayloadError, ConnectionError)):
            await answer.read()
        assert ended == ["ended"]


@pytest.mark.parametrize("limit", ["PIECE_MAX_S", "STREAM_MAX_S"])
async def test_a_reader_who_takes_nothing_is_cut_off_and_waits_in_no_memory(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streamed, limit, 0.2)
    made = 0
    ended = asyncio.Event()

    async def pieces() -> AsyncGenerator[bytes, None]:
        nonlocal made
        try:
            while True:
                made += 1
                yield b"x" * PIECE_SIZE_BYTES
        finally:
            ended.set()

    async with sending(pieces) as client:
        url = client.make_url("/")
        reader, writer = await asyncio.open_connection(url.host, url.port, limit=1)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.wait_for(ended.wait(), PATIENCE_S)
        # What a socket takes on both sides without anybody reading it, and no more.
        assert made < 500
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(reader.read(1 << 20), PATIENCE_S):
                pass
        writer.close()
