"""A secure link to one peer: whole messages in and out of a Noise channel over a WebSocket.

One frame of the channel is one binary WebSocket message.  A single task per link writes everything (messages,
pings, pongs), so that frames leave in the order in which they were sealed and a peer that stops reading costs
a bounded amount of memory and time.

    async with link:
        await link.send(message)           # waits for room in the backlog
        message = await link.receive()     # LinkClosed, or ProtocolError when the peer broke the protocol
"""

import asyncio
import contextlib
import logging
import socket
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from enum import IntEnum
from types import TracebackType
from typing import Final, Self

from aiohttp import ClientWebSocketResponse, WebSocketError, WSCloseCode, WSMessage, WSMsgType
from aiohttp.web import WebSocketResponse

from node.log import shown
from protocol.channel.identity import NodeId
from protocol.channel.transport import SecureChannel
from protocol.errors import Malformed, Misbehaviour, OverLimit, ProtocolError, WrongNetwork
from protocol.limits import MESSAGE_SIZE_MAX_BYTES

log = logging.getLogger(__name__)

# Two ordinary batches of records: enough to keep a link busy while the next is prepared, and with 100 links
# stalled at once still only 100 MB.  One longer message is taken when nothing else waits.
SEND_BACKLOG_MAX_BYTES: Final = 1_048_576

# What a queued message costs beside its bytes, so that a million empty ones do not count as nothing.
MESSAGE_OVERHEAD_BYTES: Final = 128

# RFC 6455 §5.5: a control frame has 125 bytes, two of which are the close code.
CLOSE_REASON_MAX_BYTES: Final = 123

WebSocket = ClientWebSocketResponse | WebSocketResponse


@dataclass(frozen=True, slots=True)
class LinkTiming:
    """How long a link waits for what, in seconds."""

    # Three small frames; a satellite link takes two seconds, a stranger who says nothing gets no more.
    handshake_s: float = 10
    # Shorter than the minute after which home routers forget a silent connection.
    heartbeat_s: float = 30
    # One lost ping is bad luck; a peer that is silent for twice the heartbeat is gone.
    silence_max_s: float = 60
    # Half a minute past that: 64 KB leave a line of 8 kbit/s in 65 s.
    stall_max_s: float = 90
    # A last word ("you broke the protocol") may take this long to leave.
    close_s: float = 5


class CloseCode(IntEnum):
    """Why a link was closed, as the peer is told (RFC 6455 §7.4; 4000 and up are ours)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NOT_BINARY = 1003
    ABNORMAL = 1006  # never on the wire: the connection broke
    TOO_BIG = 1009
    INTERNAL = 1011
    BUSY = 1013
    STALLED = 4000
    WRONG_NETWORK = 4001
    DUPLICATE = 4002
    REACHED_SELF = 4003
    BANNED = 4004


class LinkClosed(Exception):
    """The link has ended; `code` is a `CloseCode` or a number of the peer's, `reason` is fit for a log."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"link closed ({code}): {reason}" if reason else f"link closed ({code})")
        self.code = code
        self.reason = reason


def close_code_of(error: ProtocolError) -> CloseCode:
    """Return the close code that tells a peer of its fault."""
    match error:
        case OverLimit():
            return CloseCode.TOO_BIG
        case WrongNetwork():
            return CloseCode.WRONG_NETWORK
        case _:
            return CloseCode.PROTOCOL_ERROR


def require_binary(message: WSMessage) -> bytes:
    """Return the frame in a WebSocket message that should be binary.

    Raises `LinkClosed`; `Misbehaviour` for text; `OverLimit` or `Malformed` for what the WebSocket layer
    refused.
    """
    match message.type:
        case WSMsgType.BINARY:
            frame: bytes = message.data
            return frame
        case WSMsgType.TEXT:
            raise Misbehaviour("a text frame, where all frames are binary")
        case WSMsgType.CLOSE:
            raise LinkClosed(message.data or CloseCode.NORMAL, shown(message.extra or ""))
        case WSMsgType.ERROR if isinstance(message.data, WebSocketError):
            if message.data.code == WSCloseCode.MESSAGE_TOO_BIG:
                raise OverLimit("a WebSocket frame longer than any frame of the channel")
            raise Malformed(f"not the WebSocket protocol: {shown(message.data)}")
        case _:
            raise LinkClosed(CloseCode.ABNORMAL, "the connection broke")


def shut_down(websocket: WebSocket) -> None:
    """Break the connection now, whatever still waits to be written; pending reads and writes fail."""
    raw: socket.socket | None = websocket.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):  # it was broken already
            raw.shutdown(socket.SHUT_RDWR)


class SecureLink:
    """An established channel to `node_id`.  Use it as an async context manager: leaving it closes it.

    `send` and `receive` may run in different tasks (they must, for two peers that both send much would
    otherwise wait for one another); `receive` in one task only.
    """

    def __init__(
        self,
        websocket: WebSocket,
        channel: SecureChannel,
        remote: str,
        *,
        inbound: bool,
        timing: LinkTiming,
    ) -> None:
        """`channel` is established; `remote` is the peer's IP address, or the URL that was dialled."""
        if channel.peer_id is None:
            raise ValueError("the channel is not established")
        self.node_id: NodeId = channel.peer_id
        self.remote = remote
        self.inbound = inbound
        self._websocket = websocket
        self._channel = channel
        self._timing = timing
        self._queue: deque[bytes] = deque()
        self._backlog_bytes = 0
        self._pong: bytes | None = None
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._turn = asyncio.Lock()
        self._idle = asyncio.Event()
        self._closing: LinkClosed | None = None
        self._hanging_up = False
        self._closed = asyncio.Event()
        self._listening = False
        self._loop = asyncio.get_running_loop()
        self._heard_s = self._loop.time()
        self._writer = asyncio.create_task(self._write(), name=f"link-writer-{self.node_id.hex()[:8]}")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        match error:
            case None | LinkClosed() | asyncio.CancelledError():
                await self.close()
            case ProtocolError():
                await self.close(close_code_of(error), error.code)
            case _:
                await self.close(CloseCode.INTERNAL, "an error of this node's own")

    @property
    def backlog_bytes(self) -> int:
        """How much waits to be written, overheads included."""
        return self._backlog_bytes

    @property
    def sent_bytes(self) -> int:
        """What was sent, in frames of the channel; WebSocket, TLS and TCP add a few per cent."""
        return self._channel.sent_bytes

    @property
    def received_bytes(self) -> int:
        """What was received, counted as `sent_bytes`."""
        return self._channel.received_bytes

    @property
    def closed(self) -> bool:
        """Nothing more can be sent."""
        return self._closing is not None

    @property
    def peer_at_fault(self) -> bool:
        """Whether what was wrong was sealed by the peer: else anybody on the way may have put it in."""
        return self._channel.peer_at_fault

    async def send(self, message: bytes) -> None:
        """Queue `message` (1 byte to `MESSAGE_SIZE_MAX_BYTES`), waiting while the backlog is full.

        Raises `LinkClosed`, `OverLimit` or `ValueError` (a message too long, or empty).
        """
        async with self._turn:  # first come, first served: a long message is not overtaken for ever
            while not self.offer(message):
                self._room.clear()
                await self._room.wait()

    def offer(self, message: bytes) -> bool:
        """Queue `message` and return True, or return False where there is no room.  Raises as `send` does."""
        if self._closing is not None:
            raise self._closing
        if not message:
            raise ValueError("an empty message cannot be sent")
        if len(message) > MESSAGE_SIZE_MAX_BYTES:
            raise OverLimit(f"a message of {len(message)} bytes exceeds {MESSAGE_SIZE_MAX_BYTES}")
        cost = len(message) + MESSAGE_OVERHEAD_BYTES
        if self._backlog_bytes and self._backlog_bytes + cost > SEND_BACKLOG_MAX_BYTES:
            return False
        self._backlog_bytes += cost
        self._queue.append(message)
        self._give_work()
        return True

    async def drained(self, below_bytes: int) -> None:
        """Return once less than `below_bytes` wait to be written, or the link has ended."""
        while self._backlog_bytes >= below_bytes and self._closing is None:
            self._room.clear()
            await self._room.wait()

    async def receive(self) -> bytes:
        """Return the peer's next message.

        Raises `LinkClosed`, or the `ProtocolError` with which the peer broke the protocol (the link is then
        closed, and the peer told why).  Call it again within `silence_max_s`: until then pings go unanswered.
        """
        while True:
            if self._closing is not None:
                raise self._closing
            message = await self._next_frame()
            if message.type is WSMsgType.PING:
                self._pong = message.data  # only the latest need be answered (RFC 6455 §5.5.3)
                self._give_work()
                continue
            if message.type is WSMsgType.PONG:
                continue
            try:
                whole = self._channel.open(require_binary(message))
            except LinkClosed as closed:
                raise self._end(closed) from None
            except ProtocolError as error:
                text = message.type is WSMsgType.TEXT
                await self.close(CloseCode.NOT_BINARY if text else close_code_of(error), error.code)
                raise
            if whole is not None:
                return whole

    async def _next_frame(self) -> WSMessage:
        # A peer is silent only while somebody listens.
        self._heard_s = self._loop.time()
        self._listening = True
        try:
            return await self._websocket.receive()
        finally:
            self._listening = False

    async def close(self, code: CloseCode = CloseCode.NORMAL, reason: str = "") -> None:
        """Send what is queued and a last word, for `close_s` at most, then hang up.  Safe to repeat."""
        if self._hanging_up:
            await self._closed.wait()
            return
        self._hanging_up = True
        try:
            if self._closing is None:
                self._closing = LinkClosed(code, reason)
                self._room.set()
                await self._say_goodbye(code, reason)
        finally:
            shut_down(self._websocket)
            self._writer.cancel()
            await asyncio.wait([self._writer])
            self._closed.set()
        if not self._writer.cancelled() and (error := self._writer.exception()) is not None:
            raise error  # a fault of this node's own

    async def _say_goodbye(self, code: CloseCode, reason: str) -> None:
        text = reason.encode()[:CLOSE_REASON_MAX_BYTES].decode(errors="ignore").encode()
        try:
            async with asyncio.timeout(self._timing.close_s):
                await self._idle.wait()
                self._writer.cancel()  # it waits for work: no write of its own is cancelled with it
                await self._websocket.close(code=code, message=text)
        except (TimeoutError, ConnectionError):
            pass

    def _end(self, closed: LinkClosed) -> LinkClosed:
        """Refuse further sends, wake whoever waits, and return the reason that stands: the first."""
        if self._closing is None:
            self._closing = closed
        self._room.set()
        return self._closing

    def _give_work(self) -> None:
        self._idle.clear()
        self._work.set()

    async def _write(self) -> None:
        try:
            while True:
                if not self._work.is_set():
                    self._idle.set()
                    await self._wait_for_work()
                self._work.clear()
                if self._pong is not None:
                    pong, self._pong = self._pong, None
                    await self._unless_stalled(self._websocket.pong(pong))
                while self._queue:
                    await self._write_message(self._queue.popleft())
        except ConnectionError as error:
            self._end(LinkClosed(CloseCode.ABNORMAL, f"the connection broke: {shown(error)}"))
        except ProtocolError:
            pass  # the peer's fault ended the channel: whoever receives was told, and nothing can be sealed
        finally:
            self._end(LinkClosed(CloseCode.INTERNAL, "an error of this node's own"))
            if not self._hanging_up:
                shut_down(self._websocket)
            self._queue.clear()
            self._backlog_bytes = 0
            self._idle.set()

    async def _write_message(self, message: bytes) -> None:
        for frame in self._channel.seal(message):
            await self._unless_stalled(self._websocket.send_bytes(frame))
        self._backlog_bytes -= len(message) + MESSAGE_OVERHEAD_BYTES
        self._room.set()

    async def _unless_stalled(self, write: Coroutine[object, None, None]) -> None:
        """Await a write; break the connection where it takes too long.

        By a timer and not by cancelling the write, which would also wake others that wait for the same buffer
        to drain.
        """
        stall = self._loop.call_later(self._timing.stall_max_s, self._give_up_stalled)
        try:
            await write
        finally:
            stall.cancel()

    async def _wait_for_work(self) -> None:
        """Return when there is work; ping a silent peer, and break the link to one that stays silent."""
        timing = self._timing
        while not self._work.is_set():
            silent_s = self._loop.time() - self._heard_s if self._listening else 0.0
            if silent_s >= timing.silence_max_s:
                self._end(LinkClosed(CloseCode.ABNORMAL, f"nothing heard for {silent_s:.0f} s"))
                raise ConnectionError("silent")
            wait_s = timing.heartbeat_s - silent_s
            if silent_s >= timing.heartbeat_s:
                self._idle.clear()
                await self._unless_stalled(self._websocket.ping())
                self._idle.set()
                wait_s = timing.silence_max_s - silent_s
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._work.wait()

    def _give_up_stalled(self) -> None:
        log.info("node %s at %s: not reading, closed", self.node_id.hex()[:12], self.remote)
        self._end(LinkClosed(CloseCode.STALLED, "the peer does not read what it is sent"))
        shut_down(self._websocket)
