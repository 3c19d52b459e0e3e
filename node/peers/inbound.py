"""The door for inbound links: who may come in, how many at once, and the handshake with each."""

import asyncio
import ipaddress
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from node.peers.link import CloseCode, LinkClosed, LinkTiming, SecureLink, shut_down
from node.peers.websocket import DEFAULT_TIMING, WEBSOCKET_MESSAGE_SIZE_BYTES, ChannelKeys, shake_hands
from protocol.channel.transport import Role
from protocol.errors import ProtocolError

log = logging.getLogger(__name__)

# Each costs a backlog of up to 1 MiB, a session and a file descriptor: 100 fit a small board.
INBOUND_MAX: Final = 100

# A village behind one router, or a demonstration on one machine.
INBOUND_PER_SOURCE_MAX: Final = 16

# Strangers who have proven nothing yet; each is gone in 10 s.  Apart from the others, so that they cannot
# keep known peers out for long.
HALF_OPEN_MAX: Final = 32

RETRY_AFTER_S: Final = 30

# A handshake under way when the node stops may still end, so that the peer hears why; strangers who say
# nothing are not waited for.
LAST_HANDSHAKE_MAX_S: Final = 1.0

_STOPPING: Final = "this node stops"


@dataclass(frozen=True, slots=True)
class InboundLimits:
    """How many inbound links a node takes: in all, from one source, and still in their handshake."""

    total_max: int = INBOUND_MAX
    per_source_max: int = INBOUND_PER_SOURCE_MAX
    half_open_max: int = HALF_OPEN_MAX


def source_of(ip: str) -> str:
    """Return what is counted as one source: an IPv4 address, or the /64 that one IPv6 host can fill."""
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)


class InboundDoor:
    """Answers requests for `/sync`.  `serve` runs each link to its end; `banned` says whom to turn away;
    `on_fault` hears which source broke the handshake, and how."""

    def __init__(
        self,
        keys: ChannelKeys,
        serve: Callable[[SecureLink], Awaitable[None]],
        *,
        banned: Callable[[str], bool] = lambda _ip: False,
        on_fault: Callable[[str, ProtocolError], None] = lambda _ip, _error: None,
        limits: InboundLimits | None = None,
        timing: LinkTiming = DEFAULT_TIMING,
    ) -> None:
        self._keys = keys
        self._serve = serve
        self._banned = banned
        self._on_fault = on_fault
        self._limits = limits or InboundLimits()
        self._timing = timing
        self._sources: Counter[str] = Counter()
        self._half_open = 0
        self._links: set[SecureLink] = set()
        self._meeting: set[web.WebSocketResponse] = set()
        self._closed = False

    @property
    def open_count(self) -> int:
        """How many inbound connections there are, half-open ones included."""
        return self._sources.total()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The aiohttp handler.  Over a limit, or while closing: 503; banned: 403; not a WebSocket: 426."""
        ip = request.remote or "unknown"
        if self._banned(ip):
            return web.Response(status=403, text="This node does not talk to this address for now.\n")
        source = source_of(ip)
        limits = self._limits
        if (
            self._closed
            or self.open_count >= limits.total_max
            or self._sources[source] >= limits.per_source_max
            or self._half_open >= limits.half_open_max
        ):
            return web.Response(
                status=503,
                headers={"Retry-After": str(RETRY_AFTER_S), "Connection": "close"},
                text="This node has all the links that it can take for now.\n",
            )
        websocket = web.WebSocketResponse(
            timeout=self._timing.close_s,
            autoping=False,
            compress=False,
            max_msg_size=WEBSOCKET_MESSAGE_SIZE_BYTES,
        )
        if not websocket.can_prepare(request):
            return web.Response(
                status=426, headers={"Upgrade": "websocket"}, text="Nodes meet here, over a WebSocket.\n"
            )
        self._sources[source] += 1
        try:
            await self._admit(request, websocket, ip)
        finally:
            self._sources[source] -= 1
            if not self._sources[source]:
                del self._sources[source]
        return websocket

    async def close(self) -> None:
        """Take no more links and close those there are, telling the peers that this node goes away."""
        self._closed = True
        asyncio.get_running_loop().call_later(LAST_HANDSHAKE_MAX_S, self._break_off)
        for link in list(self._links):
            await link.close(CloseCode.GOING_AWAY, _STOPPING)

    def _break_off(self) -> None:
        for websocket in self._meeting:
            shut_down(websocket)

    async def _admit(self, request: web.Request, websocket: web.WebSocketResponse, ip: str) -> None:
        link = await self._meet(request, websocket, ip)
        if link is None:
            return
        if self._closed:  # while they shook hands
            await link.close(CloseCode.GOING_AWAY, _STOPPING)
            return
        self._links.add(link)
        try:
            async with link:
                await self._serve(link)
        except LinkClosed as closed:
            log.debug("node %s from %s: %s", link.node_id.hex()[:12], ip, closed)
        except ProtocolError as error:
            log.info("node %s from %s: %s: %s", link.node_id.hex()[:12], ip, error.code, error)
        finally:
            self._links.discard(link)

    async def _meet(
        self, request: web.Request, websocket: web.WebSocketResponse, ip: str
    ) -> SecureLink | None:
        """Return the link once the peer has proven who it is, or None."""
        channel = self._keys.channel(Role.RESPONDER)
        self._half_open += 1
        try:
            await websocket.prepare(request)
            self._meeting.add(websocket)
            established = await shake_hands(websocket, channel, self._timing)
        except (TimeoutError, LinkClosed, ConnectionError) as error:
            log.debug("%s: no handshake: %s", ip, str(error) or "it took too long")
            shut_down(websocket)
            return None
        except ProtocolError as error:
            log.info("%s: %s: %s", ip, error.code, error)
            self._on_fault(ip, error)
            return None
        finally:
            self._half_open -= 1
            self._meeting.discard(websocket)
        if established.is_self:
            shut_down(websocket)
            return None
        return SecureLink(websocket, channel, ip, inbound=True, timing=self._timing)
