"""The port where pages are served: who asks for nonsense, or never finishes asking, is in nobody's way."""

import asyncio

from tests.node.hostile.conftest import Target
from tests.patience import PATIENCE_S


async def said(target: Target, request: bytes) -> bytes:
    """Send bytes and return what the node answers until it hangs up, or has said one head."""
    host, _, port = target.address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        return await asyncio.wait_for(reader.read(4_096), PATIENCE_S)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def page_answers(target: Target) -> bool:
    return b" 200 " in await said(target, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")


async def test_nonsense_is_refused(target: Target) -> None:
    head = b" HTTP/1.1\r\nHost: a\r\n"
    nonsense = {
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200): b" 400 ",  # TLS
        b"GET /" + b"a" * 20_000 + head + b"\r\n": b" 400 ",
        b"GET /" + head + b"X: " + b"a" * 100_000 + b"\r\n\r\n": b" 400 ",
        b"GET /" + head + b"X: a\r\n" * 5_000 + b"\r\n": b" 400 ",
        b"BREW /" + head + b"\r\n": b" 40",
        b"DELETE /" + head + b"\r\n": b" 405 ",
        b"POST /sync" + head + b"Content-Length: 5\r\n\r\nabcde": b" 405 ",
        b"GET /sync" + head + b"\r\n": b" 426 ",
        b"GET /../../etc/passwd" + head + b"\r\n": b" 404 ",
        b"GET /static/..%2f..%2f..%2fetc%2fpasswd" + head + b"\r\n": b" 404 ",
        b"GET /?after=-1&kind=%00&q=%ff%fe" + head + b"\r\n": b" ",
        b"POST /" + head + b"Content-Length: 99999999999\r\n\r\n": b" 4",
        b"GET /" + head + b"Content-Length: -1\r\n\r\n": b" 400 ",
        b"GET / HTTP/9.9\r\n\r\n": b" ",
    }
    for request, answer in nonsense.items():
        first = (await said(target, request)).split(b"\r\n", 1)[0]
        assert answer in first, (request[:60], first)
        assert b" 500 " not in first, (request[:60], first)
        assert await page_answers(target)
    await target.is_unharmed()


async def test_who_never_finishes_asking_keeps_nobody_out(target: Target) -> None:
    before = target.rss_bytes()
    host, _, port = target.address.partition(":")
    slow = []
    for _ in range(700):  # more than the port takes
        reader, writer = await asyncio.open_connection(host, int(port), local_addr=("127.0.0.4", 0))
        writer.write(b"GET / HTTP/1.1\r\nX-A: ")
        slow.append((reader, writer))
    # The oldest had to go.
    await asyncio.wait_for(slow[0][0].read(), PATIENCE_S)
    assert await page_answers(target)
    await target.is_unharmed()
    assert target.rss_bytes() - before < 60_000_000
    for _, writer in slow:
        writer.close()


async def test_who_asks_a_thousand_times_and_reads_nothing_costs_little(target: Target) -> None:
    before = target.rss_bytes()
    host, _, port = target.address.partition(":")
    deaf = []
    for _ in range(10):
        _, writer = await asyncio.open_connection(host, int(port), local_addr=("127.0.0.5", 0), limit=1_024)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1_000)
        deaf.append(writer)
    assert await page_answers(target)
    await target.is_unharmed()
    assert target.rss_bytes() - before < 60_000_000
    for writer in deaf:
        writer.close()
