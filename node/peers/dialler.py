"""Keeps the node connected: dials whom the book says to, and writes in it how that went."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

import aiohttp

from node.errors import ConfigError
from node.log import shown
from node.peers.addresses import BadAddress, PeerAddress, reach_of_host
from node.peers.bans import node_target, source_target
from node.peers.book import BookFull, PeerBook
from node.peers.known_peer import Origin
from node.peers.link import CloseCode, LinkClosed, SecureLink
from node.peers.websocket import ChannelKeys, DialFailed, ReachedSelf, dial
from node.store.errors import StoreError
from node.store.interface import Store
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError, Severity

if TYPE_CHECKING:
    from node.peers.lan import LanDiscovery

log = logging.getLogger(__name__)

# How long the dialler sleeps when nothing is due; news wakes it sooner.
REST_MAX_S = 30.0

# The book is written down this often, and when the node stops.
SAVE_EVERY_S = 300.0

Serve = Callable[[SecureLink, str], Awaitable[None]]


class Unreachable(ConfigError):
    """An address that the operator gave, where no node of this network answers."""


class Dialler:
    """Dials peers and keeps the book.  `attach` says who runs a link that came about."""

    def __init__(
        self, session: aiohttp.ClientSession, keys: ChannelKeys, store: Store, outbound_max: int
    ) -> None:
        self.keys = keys
        self._session = session
        self._store = store
        self._outbound_max = outbound_max
        self._book = PeerBook(random.random)
        self._serve: Serve | None = None
        self._connected: Callable[[], set[NodeId]] = set
        self._tell_seeking: Callable[[bool], Awaitable[None]] | None = None
        self._closing = False
        self._dials = 0  # of those that the book asks for, under way
        self._links: dict[str, SecureLink] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._asked_for = ""  # by the operator, last
        self._news = asyncio.Event()

    async def load(self) -> None:
        """Read the book that was kept.  Addresses given by hand come from `choose` alone."""
        self._book = PeerBook.from_rows(await self._store.load_peers(), random.random)
        for peer in self._book.known():
            if Origin.MANUAL in peer.origin:
                self._book.remove_manual(peer.address)

    def attach(
        self,
        serve: Serve,
        connected: Callable[[], set[NodeId]],
        seeking: Callable[[bool], Awaitable[None]] | None = None,
    ) -> None:
        """Say who runs an established link to its end, who knows all nodes that are connected, and who is
        told whether others are being sought."""
        self._serve = serve
        self._connected = connected
        self._tell_seeking = seeking

    # --- what the operator says -----------------------------------------------------------

    def choose(self, address: PeerAddress, present: bool) -> None:
        """Keep a link to this address from now on, or no longer.  Raises `ConfigError`."""
        if present:
            try:
                self._book.add_manual(address, _now_ms())
            except BookFull as error:
                raise ConfigError(str(error)) from None
        else:
            self._book.remove_manual(address)
            link = self._links.get(address.url)
            if link is not None:
                self._start(link.close(CloseCode.NORMAL, "the operator removed this peer"))
        self._news.set()

    def known(self) -> list[dict[str, Any]]:
        """Return what the book says of each address, for people to see."""
        now_ms = _now_ms()
        return [
            {
                "address": peer.address.url,
                "origin": [origin.name.lower() for origin in Origin if origin in peer.origin and origin.name],
                "node": None if peer.node_id is None else peer.node_id.hex(),
                "failures": peer.failures,
                "last_success_ms": peer.last_success_ms,
                "retry_in_s": max(0, (peer.retry_at_ms - now_ms) // 1_000),
                "score": round(peer.score_at(now_ms), 1),
            }
            for peer in self._book.known()
        ]

    async def reach(self, address: PeerAddress) -> NodeId:
        """Return the node at `address`, linked by now.  Raises `Unreachable`."""
        self._asked_for = address.url
        link = self._links.get(address.url)
        if link is not None and not link.closed:
            return link.node_id
        try:
            link = await self._dial(address)
        except (DialFailed, LinkClosed, ProtocolError) as error:
            raise Unreachable(f"{error}; is the address right, and does the node run?") from None
        self._start(self._run_link(address, link))
        # The task takes its first step, and the engine knows the link, before anybody asks it to sync.
        await asyncio.sleep(0)
        return link.node_id

    # --- what peers and the LAN say ---------------------------------------------------------

    async def follow_lan(self, lan: "LanDiscovery") -> None:
        """Keep the book in step with the LAN until discovery stops."""
        from node.peers.lan import LanFound, LanLost

        async for change in lan.changes():
            match change:
                case LanFound(peer):
                    addresses = [PeerAddress.parse(url) for url in peer.urls]
                    log.info("found a node on the local network: %s", ", ".join(peer.urls))
                    self._book.lan_found(peer.instance, addresses, _now_ms())
                    self._news.set()
                case LanLost(peer):
                    self._book.lan_lost(peer.instance)

    def learn(self, node_id: NodeId, addresses: tuple[str, ...]) -> None:
        """Take addresses that a connected peer told of; what is not an address is passed over."""
        link = next((link for link in self._links.values() if link.node_id == node_id), None)
        parsed = []
        for text in addresses:
            try:
                parsed.append(PeerAddress.parse(text))
            except BadAddress as error:
                log.debug("node %s told of no address: %s", node_id.hex()[:12], error)
        remote = link.remote if link is not None else ""
        if self._book.learn(node_id, reach_of_host(_host_of(remote)), parsed, _now_ms()):
            self._news.set()

    def to_tell(self, remote: str) -> tuple[str, ...]:
        """Return addresses that have worked and that a peer at `remote` may be told."""
        return tuple(a.url for a in self._book.to_tell(reach_of_host(_host_of(remote)), _now_ms()))

    def note_fault(self, node_id: NodeId, address: str, severity: Severity, reason: str) -> bool:
        """Hold a fault against a node, and the machine it comes from; return whether one is banned for it."""
        if severity is not Severity.HARMLESS:
            log.warning("node %s at %s: %s", node_id.hex()[:12], address, shown(reason))
        return self._book.fault(node_id, _ip_of(address), severity, _now_ms())

    def note_source_fault(self, ip: str, error: ProtocolError) -> None:
        """Hold a broken handshake against the machine that it came from."""
        self._book.fault(None, ip, error.severity, _now_ms())

    def is_banned(self, ip: str) -> bool:
        """Whether a machine is shut out for now."""
        target = source_target(ip)
        return target is not None and self._book.bans.is_banned(target, _now_ms())

    def is_node_banned(self, node_id: NodeId) -> bool:
        """Whether a node is shut out for now, wherever it comes from."""
        return self._book.bans.is_banned(node_target(node_id), _now_ms())

    def has_chosen(self, node_id: NodeId, address: str) -> bool:
        """Whether the operator gave the address of a node, by which it was dialled now or has been, or asked
        for it just now."""
        return address == self._asked_for or any(
            Origin.MANUAL in peer.origin and (peer.address.url == address or peer.node_id == node_id)
            for peer in self._book.known()
        )

    # --- dialling ------------------------------------------------------------------------------

    async def run(self, look_around_s: float = 0.0) -> None:
        """Dial whoever is due, until cancelled.  `look_around_s`: how long it may take to find who is
        near."""
        saved_s = time.monotonic()
        found_s = saved_s + look_around_s
        told = None
        while True:
            self._news.clear()
            for address in self._book.next_to_dial(_now_ms(), self._connected()):
                if self._may_dial(address):
                    self._book.dial_started(address)
                    self._dials += 1
                    self._start(self._dial_and_run(address))
            if time.monotonic() - saved_s > SAVE_EVERY_S:
                saved_s = time.monotonic()
                await self._save()
            looking_s = found_s - time.monotonic()
            seeking = self._dials > 0 or looking_s > 0
            if self._tell_seeking is not None and told is not seeking:
                told = seeking
                await self._tell_seeking(seeking)
            await self._rest(looking_s)

    async def close(self) -> None:
        """Stop dialling, end every link that was dialled, and keep the book."""
        self._closing = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._save()

    def _may_dial(self, address: PeerAddress) -> bool:
        """Whether there is room: what the operator or the LAN asks for always has."""
        known = self._book.get(address)
        if known is None or known.origin != Origin.LEARNT:
            return True
        links = sum(not link.closed for link in self._links.values())
        return links + self._dials < self._outbound_max

    async def _rest(self, looking_s: float) -> None:
        now_ms = _now_ms()
        due_ms = self._book.next_due_ms(now_ms)
        # At least a tenth of a second: what is due and yet not dialled waits for room.
        rest_s = REST_MAX_S if due_ms is None else min(max((due_ms - now_ms) / 1_000, 0.1), REST_MAX_S)
        if looking_s > 0:
            rest_s = min(rest_s, looking_s)
        try:
            async with asyncio.timeout(rest_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def _dial_and_run(self, address: PeerAddress) -> None:
        try:
            link = await self._dial(address)
        except (DialFailed, LinkClosed) as error:
            log.info("%s", error)
            return
        except ProtocolError as error:
            log.warning("%s: %s: %s", address, error.code, error)
            return
        finally:
            self._dials -= 1
            self._news.set()  # when to try again is known by now
        await self._run_link(address, link)

    async def _dial(self, address: PeerAddress) -> SecureLink:
        self._book.dial_started(address)
        try:
            link = await dial(self._session, address, self.keys)
        except ReachedSelf:
            self._book.mark_own(address)
            raise
        except BaseException:
            if not self._closing:  # that this node stops says nothing of the peer
                self._book.dial_failed(address, _now_ms())
            raise
        self._book.dial_succeeded(address, link.node_id, _now_ms())
        self._links[address.url] = link
        return link

    async def _run_link(self, address: PeerAddress, link: SecureLink) -> None:
        assert self._serve is not None, "attach comes first"
        try:
            async with link:
                await self._serve(link, address.url)
        except (LinkClosed, ProtocolError) as error:
            log.info("%s: %s", address, error)
        finally:
            if self._links.get(address.url) is link:
                del self._links[address.url]
            self._book.link_closed(address, _now_ms())
            self._news.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closing:  # nobody would wait for it
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # A fault of this node's own: nobody awaits the task, so it is said here.
            log.error("a link ended by a fault of this node", exc_info=error)

    async def _save(self) -> None:
        try:
            await self._store.save_peers(self._book.to_rows())
        except StoreError as error:
            log.warning("the book of peers could not be kept: %s", error)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _host_of(remote: str) -> str:
    """Return the host of a link's remote end: an IP address, or the URL that was dialled."""
    return PeerAddress.parse(remote).host if "://" in remote else remote


def _ip_of(address: str) -> str | None:
    """Return what a machine is banned by: the IP of an inbound link; a dialled node is known by its id."""
    return None if "://" in address else address
