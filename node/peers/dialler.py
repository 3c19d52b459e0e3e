"""Keeps the node connected: dials the peers worth dialling, and remembers how that went."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from node.errors import ConfigError
from node.peers.addresses import PeerAddress
from node.peers.link import LinkClosed, SecureLink
from node.peers.websocket import ChannelKeys, DialFailed, dial
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError, Severity

log = logging.getLogger(__name__)


class Unreachable(ConfigError):
    """An address that the operator gave, where no node of this network answers."""


class Dialler:
    def __init__(
        self, session: aiohttp.ClientSession, keys: ChannelKeys, store: Any, outbound_max: int
    ) -> None:
        self.keys = keys
        self._session = session
        self._serve: Callable[[SecureLink, str], Awaitable[None]] | None = None
        self._chosen: dict[str, PeerAddress] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._links: dict[str, SecureLink] = {}

    async def load(self) -> None: ...
    def attach(self, serve: Callable[[SecureLink, str], Awaitable[None]]) -> None:
        self._serve = serve

    def choose(self, address: PeerAddress, present: bool) -> None:
        if present:
            self._chosen[address.url] = address
        else:
            self._chosen.pop(address.url, None)

    def known(self) -> list[dict[str, Any]]:
        return []

    async def reach(self, address: PeerAddress) -> NodeId:
        link = self._links.get(address.url)
        if link and not link.closed:
            return link.node_id
        try:
            link = await dial(self._session, address, self.keys)
        except (DialFailed, LinkClosed, ProtocolError) as error:
            raise Unreachable(str(error)) from None
        self._links[address.url] = link
        started = asyncio.Event()
        task = asyncio.create_task(self._run_link(link, address.url))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await asyncio.sleep(0)
        return link.node_id

    async def _run_link(self, link: SecureLink, url: str) -> None:
        assert self._serve
        async with link:
            await self._serve(link, url)

    async def run(self) -> None:
        while True:
            for url, address in list(self._chosen.items()):
                l = self._links.get(url)
                if l is None or l.closed:
                    try:
                        await self.reach(address)
                    except Unreachable as e:
                        log.info("%s", e)
            await asyncio.sleep(1)

    async def follow_lan(self, lan: Any) -> None:
        async for change in lan.changes():
            log.info("%s", change)

    def note_fault(self, node_id: NodeId, address: str, severity: Severity, reason: str) -> None:
        log.warning("node %s: %s", node_id.hex()[:12], reason)

    def note_source_fault(self, ip: str, error: ProtocolError) -> None: ...
    def is_banned(self, ip: str) -> bool:
        return False

    def learn(self, node_id: NodeId, addresses: tuple[str, ...]) -> None: ...
    async def close(self) -> None:
        for t in list(self._tasks):
            t.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
