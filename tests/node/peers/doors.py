"""Real nodes' doors on loopback, for tests: an `InboundDoor` behind aiohttp, and keys to dial it with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from node.peers.addresses import PeerAddress
from node.peers.inbound import InboundDoor, InboundLimits
from node.peers.link import LinkClosed, LinkTiming, SecureLink
from node.peers.websocket import DEFAULT_TIMING, ChannelKeys
from protocol.errors import ProtocolError


def keys(number: int, network: str = "test", network_key: bytes | None = None) -> ChannelKeys:
    """Return the keys of test node `number`."""
    return ChannelKeys(bytes([number]) * 32, bytes([number + 100]) * 32, network, network_key)


async def echo(link: SecureLink) -> None:
    """Send every message back."""
    while True:
        await link.send(await link.receive())


@dataclass
class Door:
    """A door that is open, what came through it and why each link ended."""

    address: PeerAddress
    door: InboundDoor
    ended: asyncio.Queue[BaseException | None]
    faults: asyncio.Queue[tuple[str, ProtocolError]]
    banned: set[str]


@asynccontextmanager
async def open_door(
    serve: Callable[[SecureLink], Awaitable[None]] = echo,
    *,
    own: ChannelKeys | None = None,
    limits: InboundLimits | None = None,
    timing: LinkTiming = DEFAULT_TIMING,
) -> AsyncIterator[Door]:
    """Serve `/sync` on a free port of loopback."""
    ended: asyncio.Queue[BaseException | None] = asyncio.Queue()

    async def noted(link: SecureLink) -> None:
        try:
            await serve(link)
        except (LinkClosed, ProtocolError) as error:
            ended.put_nowait(error)
            raise
        ended.put_nowait(None)

    faults: asyncio.Queue[tuple[str, ProtocolError]] = asyncio.Queue()
    banned: set[str] = set()
    door = InboundDoor(
        own or keys(1),
        noted,
        banned=banned.__contains__,
        on_fault=lambda ip, error: faults.put_nowait((ip, error)),
        limits=limits,
        timing=timing,
    )
    app = web.Application()
    app.router.add_get("/sync", door.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        yield Door(PeerAddress.of_ip("127.0.0.1", port), door, ended, faults, banned)
    finally:
        await door.close()
        await runner.cleanup()
