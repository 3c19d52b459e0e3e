"""Opening a secure link over a WebSocket: dialling a peer, and the handshake that both ends share."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Final

import aiohttp
from yarl import URL

from node.log import shown
from node.peers.addresses import PeerAddress
from node.peers.link import (
    CloseCode,
    LinkClosed,
    LinkTiming,
    SecureLink,
    WebSocket,
    close_code_of,
    require_binary,
    shut_down,
)
from protocol.channel.identity import NodeId
from protocol.channel.transport import Established, MessageReceived, Outgoing, Role, SecureChannel
from protocol.errors import Misbehaviour, ProtocolError
from protocol.limits import NOISE_MESSAGE_SIZE_MAX_BYTES

# aiohttp refuses a message of this size or more.
WEBSOCKET_MESSAGE_SIZE_BYTES: Final = NOISE_MESSAGE_SIZE_MAX_BYTES + 1

# Name look-up, TCP, perhaps TLS, and the HTTP answer, over a satellite: 3 s.
CONNECT_MAX_S: Final = 10

DEFAULT_TIMING: Final = LinkTiming()


class DialFailed(Exception):
    """No link came about for want of a working connection; the message says what to look at."""


class ReachedSelf(DialFailed):
    """The address leads back to this node."""


@dataclass(frozen=True, slots=True)
class ChannelKeys:
    """What a node brings to every handshake; seeds and network key of 32 bytes.  Its repr shows no secret."""

    identity_seed: bytes = field(repr=False)
    static_seed: bytes = field(repr=False)
    network: str
    network_key: bytes | None = field(default=None, repr=False)

    def channel(self, role: Role, expected_peer: NodeId | None = None) -> SecureChannel:
        """Return a fresh channel, with a fresh ephemeral key from the system's random source."""
        return SecureChannel(
            role,
            self.identity_seed,
            self.static_seed,
            secrets.token_bytes(32),
            self.network,
            self.network_key,
            expected_peer,
        )


@asynccontextmanager
async def dialling_session() -> AsyncIterator[aiohttp.ClientSession]:
    """The one HTTP session from which a node dials: no proxies from the environment, cookies or redirects."""
    tracing = aiohttp.TraceConfig()
    # An address may be learnt from anyone: it must not send this node on to places of its choosing.
    tracing.on_request_redirect.append(_refuse_redirect)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        cookie_jar=aiohttp.DummyCookieJar(),
        trace_configs=[tracing],
        headers={"User-Agent": "minga"},
    ) as session:
        yield session


async def dial(
    session: aiohttp.ClientSession,
    address: PeerAddress,
    keys: ChannelKeys,
    *,
    expected_peer: NodeId | None = None,
    timing: LinkTiming = DEFAULT_TIMING,
) -> SecureLink:
    """Return a link to the node at `address`.

    In a private network the peer may yet refuse our last handshake frame: the link then ends with
    `LinkClosed` (`CloseCode.WRONG_NETWORK`) before its first message.

    Raises `DialFailed` (nobody there, or not a node), `ReachedSelf`, `LinkClosed` (the peer hung up, as it
    does on another network), `ProtocolError` (the peer broke the handshake, or is not `expected_peer`).
    """
    websocket = await _connect(session, address, timing)
    channel = keys.channel(Role.INITIATOR, expected_peer)
    try:
        established = await shake_hands(websocket, channel, timing)
    except TimeoutError:
        shut_down(websocket)
        raise DialFailed(
            f"{address}: no handshake within {timing.handshake_s:.0f} s; is it a node?"
        ) from None
    if established.is_self:
        await websocket.close(code=CloseCode.REACHED_SELF)
        raise ReachedSelf(f"{address}: this address is this node's own")
    return SecureLink(websocket, channel, address.url, inbound=False, timing=timing)


async def shake_hands(websocket: WebSocket, channel: SecureChannel, timing: LinkTiming) -> Established:
    """Run the handshake to its end on either side.

    Raises `TimeoutError`, `LinkClosed`, or `ProtocolError` after having told the peer.
    """
    tune(websocket)
    try:
        async with asyncio.timeout(timing.handshake_s):
            for frame in channel.start():
                await websocket.send_bytes(frame)
            while True:
                message = await websocket.receive()
                if message.type in (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG):
                    raise Misbehaviour("a ping before the handshake")
                established = await _step(websocket, channel, require_binary(message))
                if established is not None:
                    return established
    except ConnectionError as error:
        raise LinkClosed(CloseCode.ABNORMAL, f"the connection broke: {error}") from None
    except ProtocolError as error:
        await _tell(websocket, close_code_of(error), error.code, timing)
        raise


async def _step(websocket: WebSocket, channel: SecureChannel, frame: bytes) -> Established | None:
    """Give the channel one handshake frame and send what it answers."""
    established: Established | None = None
    for event in channel.receive(frame):
        match event:
            case Outgoing(answer):
                await websocket.send_bytes(answer)
            case Established():
                established = event
            case MessageReceived():
                raise AssertionError("a channel opens messages only once it is established")
    return established


async def _tell(websocket: WebSocket, code: CloseCode, reason: str, timing: LinkTiming) -> None:
    try:
        async with asyncio.timeout(timing.close_s):
            await websocket.close(code=code, message=reason.encode())
    except (TimeoutError, ConnectionError):
        pass
    shut_down(websocket)


def tune(websocket: WebSocket) -> None:
    """Send small messages at once (TCP_NODELAY), and let the kernel hold little that is not yet under way."""
    raw: socket.socket | None = websocket.get_extra_info("socket")
    if raw is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
        return
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        # Without it a thin line has megabytes queued in the kernel, and a ping behind them is minutes late.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 128 * 1024)


async def _connect(
    session: aiohttp.ClientSession, address: PeerAddress, timing: LinkTiming
) -> aiohttp.ClientWebSocketResponse:
    # The zone goes to the resolver and not on the wire (RFC 6874 §4), where it would mean nothing.
    host = f"{address.host}%{address.zone}" if address.zone else address.host
    url = URL.build(scheme="wss" if address.secure else "ws", host=host, port=address.port, path=address.path)
    in_header = f"[{address.host}]" if ":" in address.host else address.host
    try:
        async with asyncio.timeout(CONNECT_MAX_S):
            return await session.ws_connect(
                url,
                headers={"Host": f"{in_header}:{address.port}"},
                timeout=aiohttp.ClientWSTimeout(ws_close=timing.close_s),
                autoping=False,
                compress=0,
                max_msg_size=WEBSOCKET_MESSAGE_SIZE_BYTES,
            )
    except TimeoutError:
        raise DialFailed(f"{address}: no answer within {CONNECT_MAX_S} s") from None
    except aiohttp.WSServerHandshakeError as error:
        raise DialFailed(f"{address}: {_explain_status(error.status)}") from None
    except aiohttp.ClientConnectorCertificateError:
        raise DialFailed(f"{address}: its TLS certificate is not valid; ask its operator") from None
    except aiohttp.ClientConnectorDNSError:
        raise DialFailed(f"{address}: {address.host} is not the name of a machine") from None
    except aiohttp.ClientConnectorError as error:
        raise DialFailed(f"{address}: nobody answers there ({_system_word(error)})") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise DialFailed(f"{address}: {shown(error, 200)}") from None


def _system_word(error: aiohttp.ClientConnectorError) -> str:
    """Return why the system found no way, in its own words and not those of Python's event loop."""
    return os.strerror(error.errno) if error.errno else shown(error.os_error, 200)


def _explain_status(status: int) -> str:
    match status:
        case 403:
            return "the node refuses this one for now (HTTP 403)"
        case 503:
            return "the node has all the links that it can take; try later (HTTP 503)"
        case _:
            return f"a web server answered, and not a node (HTTP {status})"


async def _refuse_redirect(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _params: aiohttp.TraceRequestRedirectParams
) -> None:
    raise aiohttp.ClientError(
        "the server redirects elsewhere; give the address at which the node itself answers"
    )
