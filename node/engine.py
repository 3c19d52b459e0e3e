"""Drives the session machine: turns links, workers and clocks into events, and carries its effects out.

    link → Received → Swarm → Admit → unpack and verify (threads) → store → Admitted → Swarm → Send → link

One task hands events to the machine, one at a time.  What takes long (verification, the store,
reconciliation) runs beside it and comes back as an event.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from node.log import shown
from node.peers.link import CloseCode, LinkClosed, SecureLink
from node.reconciling import Reconciliation
from node.store.errors import StoreError, StoreFull
from node.store.interface import AddResult, Store
from node.verifying import Verifier
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError, Severity
from protocol.identifiers import RecordId
from protocol.limits import RECORDS_SIZE_TARGET_BYTES
from protocol.record.verification import VerifiedRecord
from protocol.session import events as ev
from protocol.session.batch import pack_answer
from protocol.session.swarm import Swarm

log = logging.getLogger(__name__)

# Messages of all peers that wait for the machine: enough to keep it busy, and then links are not read from.
EVENTS_WAITING_MAX = 256

# A peer is given more records only while less than this waits for it to read: two ordinary batches.
BACKLOG_BEFORE_LOADING_BYTES = 524_288

# A peer may bring this many seconds' worth of records at once before it is slowed down.
PACE_SLACK_S = 10.0


@dataclass(slots=True)
class Peer:
    """A connected peer, as `minga status` shows it."""

    link: ev.Link
    secure: SecureLink
    address: str
    since_ms: int
    software: str = ""
    records: int = 0
    received: int = 0
    synced_at_ms: int | None = None
    paced_until_s: float = 0.0  # when its next batch may be taken in, by the loop's clock


class Engine:
    """The session machine at work over real links and a real store."""

    def __init__(
        self,
        swarm: Swarm,
        store: Store,
        verifier: Verifier,
        reconciliation: Reconciliation,
        *,
        on_fault: Callable[[NodeId, str, Severity, str], None],
        on_addresses: Callable[[NodeId, tuple[str, ...]], None],
        addresses_for: Callable[[str], tuple[str, ...]],
        addresses_to_share: Callable[[str], tuple[str, ...]] = lambda _: (),
        is_banned: Callable[[NodeId], bool] = lambda _: False,
        has_room: Callable[[], bool] = lambda: True,
        records_per_minute_max: int = 1_000_000,
    ) -> None:
        self._swarm = swarm
        self._store = store
        self._verifier = verifier
        self._reconciliation = reconciliation
        self._on_fault = on_fault
        self._on_addresses = on_addresses
        self._addresses_for = addresses_for
        self._addresses_to_share = addresses_to_share
        self._is_banned = is_banned
        self._has_room = has_room
        self._records_per_minute_max = records_per_minute_max
        self._events: asyncio.Queue[ev.Event] = asyncio.Queue(EVENTS_WAITING_MAX)
        self._links: dict[ev.Link, Peer] = {}
        self._next_link = 1
        self._timers: dict[ev.Timer, asyncio.TimerHandle] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._synced: dict[ev.Link, list[asyncio.Future[Peer]]] = {}
        self._ended = asyncio.Event()

    @property
    def peers(self) -> list[Peer]:
        """The connected peers, oldest first."""
        return list(self._links.values())

    async def run(self) -> None:
        """Hand events to the machine until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                while True:
                    event = await self._events.get()
                    for effect in self._swarm.handle(event, _now_ms()):
                        self._carry_out(effect)
            finally:
                for timer in self._timers.values():
                    timer.cancel()

    async def serve(self, secure: SecureLink, address: str) -> None:
        """Run one established link to its end."""
        if self._is_banned(secure.node_id):
            await secure.close(CloseCode.BANNED, "this node refuses yours for now")
            return
        if not self._keep(secure):
            await secure.close(CloseCode.DUPLICATE, "these two nodes are connected already")
            return
        link = ev.Link(self._next_link)
        self._next_link += 1
        peer = Peer(link, secure, address, _now_ms())
        self._links[link] = peer
        counts = await self._store.counts()
        told = self._addresses_for(secure.remote)
        await self._events.put(
            ev.Connected(link, dialed=not secure.inbound, records=counts.records, addresses=told)
        )
        try:
            while True:
                await self._events.put(ev.Received(link, await secure.receive()))
        except LinkClosed as closed:
            log.info("node %s at %s: %s", secure.node_id.hex()[:12], address, shown(closed))
        except ProtocolError as fault:
            self._on_fault(secure.node_id, address, fault.severity, f"{fault.code}: {fault}")
        finally:
            del self._links[link]
            self._reconciliation.forget(link)
            for waiting in self._synced.pop(link, []):
                if not waiting.done():
                    waiting.set_exception(
                        LinkClosed(CloseCode.ABNORMAL, "the connection ended before the sync did")
                    )
            self._spawn(self._events.put(ev.Disconnected(link)))

    async def stored(self, result: AddResult) -> None:
        """Announce records that came another way than from a peer, and are on disk."""
        if result.new:
            await self._events.put(ev.Stored(result.new))

    async def seek(self, ids: Sequence[RecordId]) -> None:
        """Ask every peer for records that are held without their content."""
        if ids:
            await self._events.put(ev.MissingContent(ids))

    async def synced_with(self, node_id: NodeId) -> Peer:
        """Reconcile with a connected peer; return how it stands once that is done.

        Raises `LinkClosed` where the connection ends before.
        """
        for link, peer in self._links.items():
            if peer.secure.node_id == node_id:
                waiting: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()
                self._synced.setdefault(link, []).append(waiting)
                await self._events.put(ev.ReconcileNow(link))
                return await waiting
        raise LinkClosed(CloseCode.NORMAL, "the node is not connected")

    async def hang_up(self, node_id: NodeId, code: CloseCode, reason: str) -> None:
        """Close every link to a node."""
        for peer in list(self._links.values()):
            if peer.secure.node_id == node_id:
                await peer.secure.close(code, reason)

    async def leave(self) -> None:
        """Say goodbye to every peer and hang up."""
        await self._events.put(ev.Leaving(None))
        await asyncio.gather(*(p.secure.close(CloseCode.GOING_AWAY, "this node stops") for p in self.peers))

    def _keep(self, secure: SecureLink) -> bool:
        """Decide, as the other end does, which of two links between the same nodes stays."""
        for peer in self._links.values():
            if peer.secure.node_id != secure.node_id or peer.secure.closed:
                continue
            if peer.secure.inbound == secure.inbound:
                # The peer lost the old connection before we noticed.
                self._spawn(peer.secure.close(CloseCode.DUPLICATE, "a newer connection took its place"))
                return True
            ours_dialed = self._reconciliation.node_id < secure.node_id
            if ours_dialed == secure.inbound:
                return False
            self._spawn(peer.secure.close(CloseCode.DUPLICATE, "these two nodes are connected already"))
        return True

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        if self._tasks is None:
            work.close()
            return
        try:
            self._tasks.create_task(work)
        except RuntimeError:  # the group is shutting down, and the links with it
            work.close()

    def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Send(link, message):
                self._send(link, message)
            case ev.Close():
                self._spawn(self._close(effect))
            case ev.Reconcile():
                self._spawn(self._reconcile(effect))
            case ev.LookUp(link, ids):
                self._spawn(self._look_up(link, ids))
            case ev.Load(link, number, ids):
                self._spawn(self._load(link, number, ids))
            case ev.Admit():
                self._spawn(self._admit(effect))
            case ev.SetTimer(timer, at_ms):
                self._set_timer(timer, at_ms)
            case ev.LearnAddresses(link, addresses):
                if link in self._links:
                    self._on_addresses(self._links[link].secure.node_id, addresses)
            case ev.Score(link, severity, reason):
                if link in self._links:
                    peer = self._links[link]
                    self._on_fault(peer.secure.node_id, peer.address, severity, reason)
            case ev.Ready(link, software, records):
                if link in self._links:
                    self._links[link].software, self._links[link].records = shown(software), records
                shared = self._addresses_to_share(self._links[link].secure.remote)
                if shared:
                    self._spawn(self._events.put(ev.ShareAddresses(link, shared)))
            case ev.Synced(link, received):
                self._note_synced(link, received)

    def _send(self, link: ev.Link, message: bytes) -> None:
        peer = self._links.get(link)
        if peer is None:
            return
        try:
            fits = peer.secure.offer(message)
        except LinkClosed:
            return  # its reader finds out and tells the machine
        if not fits:
            self._spawn(peer.secure.close(CloseCode.STALLED, "the peer does not read what it asked for"))

    async def _close(self, effect: ev.Close) -> None:
        peer = self._links.get(effect.link)
        if peer is None:
            return
        self._on_fault(peer.secure.node_id, peer.address, effect.severity, f"{effect.code}: {effect.reason}")
        code = CloseCode.NORMAL if effect.severity is Severity.HARMLESS else CloseCode.PROTOCOL_ERROR
        await peer.secure.close(code, effect.code)

    async def _reconcile(self, effect: ev.Reconcile) -> None:
        await self._events.put(await self._reconciliation.step(effect))

    async def _look_up(self, link: ev.Link, ids: tuple[RecordId, ...]) -> None:
        await self._events.put(ev.Unknown(link, await self._store.unknown(ids)))

    async def _load(self, link: ev.Link, number: int, ids: tuple[RecordId, ...]) -> None:
        peer = self._links.get(link)
        if peer is not None:
            await peer.secure.drained(BACKLOG_BEFORE_LOADING_BYTES)
        held = await self._store.envelopes(ids, RECORDS_SIZE_TARGET_BYTES)
        rest = ids[ids.index(held[-1][0]) + 1 :] if held else ids
        # What follows the last envelope is either not held, or had no room.
        lacking = set(await self._store.unknown(rest)) if rest else set()
        found = dict(held)
        answered = [(i, found.get(i)) for i in ids[: len(ids) - len(rest)]]
        answered += [(i, None) for i in takewhile(lacking.__contains__, rest)]
        batch, not_held = await asyncio.to_thread(pack_answer, answered)
        await self._events.put(ev.Loaded(link, number, batch, not_held))

    async def _admit(self, effect: ev.Admit) -> None:
        try:
            verdicts = await self._verifier.verify_batch(effect.batch)
        except ProtocolError as unopened:
            await self._events.put(ev.Admitted(effect.ticket, faults=[(None, unopened)]))
            return
        await self._pace(effect.link, len(verdicts))
        records = [verdict for verdict in verdicts if isinstance(verdict, VerifiedRecord)]
        faults: list[tuple[RecordId | None, ProtocolError]] = [
            (None, verdict) for verdict in verdicts if isinstance(verdict, ProtocolError)
        ]
        for _, fault in faults:
            self._log_fault(effect.link, fault)
        try:
            if not self._has_room():
                raise StoreFull("the store has reached its quota (store.quota_bytes)")
            result = await self._store.add(records)
        except StoreError as error:
            log.error("records from a peer could not be stored: %s", error)
            refused = [record.id for record in records]
            await self._events.put(ev.Admitted(effect.ticket, refused=refused, faults=faults))
            return
        new = [*result.new, *result.filled]
        rest = set(new) | set(result.refused)
        known = [record.id for record in records if record.id not in rest]
        await self._events.put(ev.Admitted(effect.ticket, new, known, result.refused, faults))

    async def _pace(self, link: ev.Link, count: int) -> None:
        """Wait until this peer may bring `count` more records: it is slowed down, and nothing is lost."""
        peer = self._links.get(link)
        if peer is None:
            return
        now_s = asyncio.get_running_loop().time()
        # What was not used of the last ten seconds may be used at once.
        peer.paced_until_s = max(peer.paced_until_s, now_s - PACE_SLACK_S)
        peer.paced_until_s += count * 60 / self._records_per_minute_max
        await asyncio.sleep(max(0.0, peer.paced_until_s - now_s))

    def _log_fault(self, link: ev.Link, fault: ProtocolError) -> None:
        peer = self._links.get(link)
        who = peer.secure.node_id.hex()[:12] if peer is not None else "gone"
        log.warning("a record from node %s: %s: %s", who, fault.code, shown(fault))

    def _set_timer(self, timer: ev.Timer, at_ms: int) -> None:
        if timer in self._timers:
            self._timers[timer].cancel()
        loop = asyncio.get_running_loop()
        delay_s = max(0.0, (at_ms - _now_ms()) / 1_000)
        self._timers[timer] = loop.call_later(
            delay_s, lambda: self._spawn(self._events.put(ev.TimerFired(timer)))
        )

    def _note_synced(self, link: ev.Link, received: int) -> None:
        peer = self._links.get(link)
        if peer is None:
            return
        peer.received, peer.synced_at_ms = received, _now_ms()
        for waiting in self._synced.pop(link, []):
            if not waiting.done():
                waiting.set_result(peer)


def _now_ms() -> int:
    """Return milliseconds since 1970 UTC that do not go back while the process runs."""
    return _START_MS + (time.monotonic_ns() - _START_NS) // 1_000_000


_START_NS = time.monotonic_ns()
_START_MS = time.time_ns() // 1_000_000
