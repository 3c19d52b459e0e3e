"""A peer that may say anything: the real channel over a real WebSocket, and none of a node's manners."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from protocol.channel.transport import Established, Outgoing, Role, SecureChannel
from protocol.session.messages import Hello, Message, decode_message, encode_message
from tests.patience import PATIENCE_S

NETWORK = "commons"

# A node hangs up on whom it has not heard for 60 s: that is no answer to what was sent to it.
ANSWER_MAX_S = 50


class HungUp(Exception):
    """The node closed the door; `code` and `reason` are what it said."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Attacker:
    """One connection.  Its identity is fresh, so that no ban of another attack is in the way."""

    def __init__(
        self,
        websocket: aiohttp.ClientWebSocketResponse,
        network: str = NETWORK,
        psk: bytes | None = None,
        expected: bytes | None = None,
    ) -> None:
        self.websocket = websocket
        self.channel = SecureChannel(
            Role.INITIATOR, os.urandom(32), os.urandom(32), os.urandom(32), network, psk, expected
        )

    async def receive_frame(self) -> bytes:
        """Return the node's next frame.  Raises `HungUp`."""
        while True:
            message = await self.websocket.receive()
            match message.type:
                case aiohttp.WSMsgType.BINARY:
                    data: bytes = message.data
                    return data
                case aiohttp.WSMsgType.PING | aiohttp.WSMsgType.PONG:
                    continue
                case aiohttp.WSMsgType.CLOSE:
                    raise HungUp(message.data, message.extra or "")
                case _:
                    raise HungUp(self.websocket.close_code or 1006, "")

    async def shake_hands(self) -> None:
        """Do the handshake as it should be done."""
        for frame in self.channel.start():
            await self.websocket.send_bytes(frame)
        while not self.channel.established:
            for event in self.channel.receive(await self.receive_frame()):
                if isinstance(event, Outgoing):
                    await self.websocket.send_bytes(event.frame)
                assert not isinstance(event, Established) or not event.is_self

    async def send(self, message: Message | bytes) -> None:
        """Seal and send a message, or bytes in the place of one."""
        data = message if isinstance(message, bytes) else encode_message(message)
        for frame in self.channel.seal(data):
            await self.websocket.send_bytes(frame)

    async def receive(self) -> Message:
        """Return the node's next message.  Raises `HungUp`."""
        while True:
            whole = self.channel.open(await self.receive_frame())
            if whole is not None:
                return decode_message(whole)

    async def greet(self, records: int = 0) -> Message:
        """Exchange hellos."""
        await self.send(Hello(NETWORK, "attacker/1", records))
        return await self.receive()

    async def end(self) -> HungUp:
        """Read until the node hangs up, and return what it said.  Raises `TimeoutError` where it does not."""
        async with asyncio.timeout(ANSWER_MAX_S):
            try:
                while True:
                    await self.receive_frame()
            except HungUp as end:
                return end


@asynccontextmanager
async def attackers(
    address: str, source: str = "127.0.0.1", buffer_bytes: int | None = None
) -> AsyncIterator["Attackers"]:
    """Give connections to a node's port, from a source address and with a kernel's buffer of one's choice."""

    def made(place: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, _ = place
        opened = socket.socket(family, kind, proto)
        if buffer_bytes is not None:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        return opened

    connector = aiohttp.TCPConnector(limit=0, force_close=True, local_addr=(source, 0), socket_factory=made)
    async with aiohttp.ClientSession(
        connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE_S)
    ) as session:
        yield Attackers(session, address)


class Attackers:
    """Makes connections to one node."""

    def __init__(self, session: aiohttp.ClientSession, address: str) -> None:
        self.session = session
        self.address = address

    async def raw(self, network: str = NETWORK, psk: bytes | None = None) -> Attacker:
        """Return a connection on which nothing has been said."""
        websocket = await self.session.ws_connect(
            f"ws://{self.address}/sync", autoping=False, compress=0, max_msg_size=0
        )
        return Attacker(websocket, network, psk)

    async def sealed(self) -> Attacker:
        """Return a connection after its handshake."""
        attacker = await self.raw()
        await attacker.shake_hands()
        return attacker

    async def greeted(self, records: int = 0) -> Attacker:
        """Return a connection after the hellos."""
        attacker = await self.sealed()
        await attacker.greet(records)
        return attacker
