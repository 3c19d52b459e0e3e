"""A node of few words: dials, compares, fetches, verifies, and gives what it has: §11, over a WebSocket."""

import secrets
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from . import session
from .channel import Channel, Keys
from .reconcile import Negentropy
from .records import Record, verify
from .values import Fault, need

FRAME_LIMIT = 60_000


def fresh_keys() -> Keys:
    return Keys(secrets.token_bytes(32), secrets.token_bytes(32), secrets.token_bytes(32))


@dataclass
class Client:
    """The dialer's side of one link.  `held` grows with verified records."""

    network: str
    now_ms: int
    held: dict[bytes, Record] = field(default_factory=dict)
    psk: bytes | None = None
    peer: bytes | None = None
    hello: dict[str, Any] | None = None
    given: set[bytes] = field(default_factory=set)
    sessions: int = 0
    wants: int = 0
    fingers: int = 0  # messages of reconciliation sent

    async def dial(self, http: aiohttp.ClientSession, url: str) -> None:
        self.socket = await http.ws_connect(url)
        self.channel = Channel(True, self.network, fresh_keys(), self.psk)
        await self.socket.send_bytes(self.channel.start())
        while not self.channel.established:
            await self._frame()
        self.peer = self.channel.peer
        about = {"network": self.network, "software": "other/1", "versions": [1], "records": len(self.held)}
        await self.send("hello", about)
        while self.hello is None:
            await self.next("hello")

    async def _frame(self) -> None:
        frame = await self.socket.receive()
        need(frame.type == aiohttp.WSMsgType.BINARY, f"closed: {frame.data} {frame.extra}", "stalled")
        for answer in self.channel.receive(frame.data):
            await self.socket.send_bytes(answer)

    async def send(self, kind: str, *fields: Any) -> None:
        await self.send_bytes(session.write(kind, *fields))

    async def send_bytes(self, message: bytes) -> None:
        for frame in self.channel.send(message):
            await self.socket.send_bytes(frame)

    def items(self) -> list[tuple[int, bytes]]:
        return [(r.time_ms // 1000, r.id) for r in self.held.values()]

    async def next(self, *kinds: str) -> dict[str, Any]:
        """The next message of these kinds; what else the peer wants is served on the way."""
        while True:
            while not self.channel.messages:
                await self._frame()
            message = session.read(self.channel.messages.pop(0))
            if message["type"] == "error":
                raise Fault(message["code"], message["text"])
            await self._serve(message)
            if message["type"] in kinds:
                return message

    async def _serve(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hello":
                need(message["network"] == self.network, "another network", "wrong-network")
                self.hello = message
            case "want":
                wanted = [self.held.get(i) for i in message["ids"]]
                envelopes = [r.envelope for r in wanted if r]
                denied = [i for i in message["ids"] if i not in self.held]
                await self.send_bytes(session.write_records(message["number"], envelopes, denied))
                self.given |= {r.id for r in wanted if r}
            case "reconcile" if message["session"] % 2 == 0 and message["phase"] in ("open", "next"):
                answer = Negentropy(self.items(), FRAME_LIMIT).answer(message["payload"])
                await self.send("reconcile", message["session"], session.PHASES.index("answer"), answer)

    async def compare(self) -> tuple[list[bytes], list[bytes]]:
        """What this side has that the peer lacks, and what it needs."""
        number, self.sessions = 2 * self.sessions + 1, self.sessions + 1
        negentropy = Negentropy(self.items(), FRAME_LIMIT)
        phase, following = "open", negentropy.open()
        while following is not None:
            await self.send("reconcile", number, session.PHASES.index(phase), following)
            self.fingers += 1
            answer = await self.next("reconcile")
            while (answer["session"], answer["phase"]) != (number, "answer"):
                answer = await self.next("reconcile")
            phase, following = "next", negentropy.advance(answer["payload"])
        await self.send("reconcile", number, session.PHASES.index("end"), b"")
        return negentropy.have, list(dict.fromkeys(negentropy.need))

    async def fetch(self, ids: list[bytes]) -> None:
        """Ask for records, verify each, and hold them; what a peer that catches up denies, once it has."""
        denied: set[bytes] = set()
        while ids:
            asked, self.wants = ids[: session.WANTED_MAX], self.wants + 1
            await self.send("want", self.wants, b"".join(asked))
            batch = await self.next("records")
            need(batch["number"] == self.wants, "not asked for", "misbehaviour")
            front = asked[: batch["count"] + len(batch["not_held"])]
            expected = [i for i in front if i not in batch["not_held"]]
            for due, envelope in zip(expected, session.open_batch(batch), strict=True):
                record = verify(envelope, self.now_ms)
                need(record.id == due, "another record than the one asked for", "misbehaviour")
                self.held[record.id] = record
            denied |= set(batch["not_held"])
            ids = ids[len(front) :]
        if denied and self.hello and "catching-up" in self.hello["features"]:
            await self.next("invite")
            await self.fetch((await self.compare())[1])

    async def give(self, records: list[Record]) -> None:
        """Announce records, and wait until the peer has taken them."""
        self.held |= {r.id: r for r in records}
        await self.send("announce", b"".join(r.id for r in records))
        while not {r.id for r in records} <= self.given:
            await self.next("want")

    async def leave(self) -> None:
        await self.send("bye")
        await self.socket.close()
