"""Drives the session machine: turns links, workers and clocks into events, and carries its effects out.

    link → Received → Swarm → Admit → unpack and verify (workers) → store → Admitted → Swarm → Send → link

One task hands events to the machine, one at a time.  What takes long (verification, the store,
reconciliation) runs beside it and comes back as an event.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from node.log import shown
from node.peers.link import CloseCode, LinkClosed, SecureLink
from node.store.errors import StoreError
from node.store.interface import AddResult, Store
from node.sync.admitting import Admission
from node.sync.answering import answer_want
from node.sync.awaited_syncs import SYNC_STANDSTILL_MAX_S, AwaitedSyncs, SyncFailed
from node.sync.clock import now_ms
from node.sync.connected import Connected, Peer
from node.sync.in_touch import InTouch
from node.sync.passed_on import PassedOn
from node.sync.reconciling import Reconciliation
from node.sync.verifying import Verifier
from node.trust.gate import Gate
from protocol.channel.identity import NodeId
from protocol.errors import ProtocolError, Severity
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord
from protocol.session import events as ev
from protocol.session.swarm import Swarm

log = logging.getLogger(__name__)

# Messages of all peers that wait for the machine: enough to keep it busy, and then links are not read from.
EVENTS_WAITING_MAX = 256

# A store that has not said by then how much it holds is stuck.
STORE_ANSWER_MAX_S = 10.0

# How often a node looks whether what kept records out has gone: two file sizes and a clock.
LOOK_EVERY_S = 5.0

# A peer who says that it holds so many more than this node has much to bring.
MANY_RECORDS = 1_000


class Engine:
    """The session machine at work over real links and a real store."""

    def __init__(
        self,
        swarm: Swarm,
        store: Store,
        verifier: Verifier,
        reconciliation: Reconciliation,
        *,
        on_fault: Callable[[NodeId, str, Severity, str], bool],
        on_addresses: Callable[[NodeId, tuple[str, ...]], None],
        addresses_for: Callable[[str], tuple[str, ...]],
        addresses_to_share: Callable[[str], tuple[str, ...]] = lambda _: (),
        is_banned: Callable[[NodeId, str], bool] = lambda _node, _address: False,
        has_room: Callable[[], bool] = lambda: True,
        room_bytes: Callable[[], int] = lambda: 0,
        records_per_minute_max: int = 1_000_000,
        gate: Gate | None = None,
        standstill_max_s: float = SYNC_STANDSTILL_MAX_S,
    ) -> None:
        """`on_fault` says whether the node is banned for the fault, and loses its link."""
        self.admission = Admission(
            store, verifier, has_room, room_bytes, records_per_minute_max, gate, self._ask_for_released
        )
        self._swarm = swarm
        self._store = store
        self._verifier = verifier
        self._reconciliation = reconciliation
        self._on_fault = on_fault
        self._on_addresses = on_addresses
        self._addresses_for = addresses_for
        self._addresses_to_share = addresses_to_share
        self._is_banned = is_banned
        self._events: asyncio.Queue[ev.Event] = asyncio.Queue(EVENTS_WAITING_MAX)
        self._peers = Connected(reconciliation.node_id)
        self._syncs = AwaitedSyncs(swarm, self._peers, self._events, standstill_max_s)
        self._timers: dict[ev.Timer, asyncio.TimerHandle] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._leaving = False
        self._alone = asyncio.Event()
        self.passed_on = PassedOn()
        self._in_touch = InTouch(store)
        self._held_before: asyncio.Task[int] | None = None

    @property
    def peers(self) -> list[Peer]:
        """The connected peers, oldest first."""
        return list(self._peers)

    def connected(self) -> set[NodeId]:
        """Return which nodes are connected, whoever dialled."""
        return self._peers.nodes()

    async def run(self) -> None:
        """Hand events to the machine until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            tasks.create_task(self._look_around())
            try:
                while True:
                    event = await self._events.get()
                    for effect in self._swarm.handle(event, now_ms()):
                        self._carry_out(effect)
            finally:
                for timer in self._timers.values():
                    timer.cancel()

    async def serve(self, secure: SecureLink, address: str) -> None:
        """Run one established link to its end."""
        if self._leaving:
            await secure.close(CloseCode.GOING_AWAY, "this node stops")
            return
        if self._is_banned(secure.node_id, address):
            await secure.close(CloseCode.BANNED, "this node refuses yours for now")
            return
        peer, displaced = self._peers.add(secure, address, now_ms())
        for older in displaced:
            self._spawn(older.secure.close(CloseCode.DUPLICATE, "these two nodes are connected anew"))
        if peer is None:
            await secure.close(CloseCode.DUPLICATE, "these two nodes are connected already")
            return
        try:
            await self._greet(peer)
            while True:
                await self._events.put(ev.Received(peer.link, await secure.receive()))
        except LinkClosed as closed:
            log.info("node %s at %s: %s", secure.node_id.hex()[:12], address, shown(closed))
        except ProtocolError as fault:
            # Unless the peer sealed it, anybody on the way may have put it in.
            severity = fault.severity if secure.peer_at_fault else min(fault.severity, Severity.DOUBTFUL)
            self._on_fault(secure.node_id, address, severity, f"{fault.code}: {fault}")
        except (StoreError, TimeoutError) as error:
            log.error("node %s at %s is turned away: %s", secure.node_id.hex()[:12], address, _why(error))
            await secure.close(CloseCode.INTERNAL, "this node's store does not answer")
        finally:
            self._gone(peer)

    async def stored(self, result: AddResult, records: Sequence[VerifiedRecord] = ()) -> None:
        """Announce records that came another way than from a peer, and are on disk."""
        await self.admission.stored(records)
        if result.new or result.filled:
            await self._events.put(ev.Stored([*result.new, *result.filled]))
            if self.admission.has_eased(wrote=True):
                await self._events.put(ev.Eased())

    async def seek(self, ids: Sequence[RecordId]) -> None:
        """Ask every peer for records that are held without their content."""
        if ids:
            await self._events.put(ev.MissingContent(ids))

    async def synced_with(self, node_id: NodeId) -> Peer:
        """Reconcile with a connected peer until neither lacks what the other has (`AwaitedSyncs`).

        Raises `SyncFailed`.
        """
        return await self._syncs.with_node(node_id)

    async def turn_away(self, refused: Callable[[NodeId], bool]) -> None:
        """Hang up on those who may not stay any more."""
        for peer in self._peers:
            if refused(peer.secure.node_id):
                await peer.secure.close(CloseCode.BANNED, "this node refuses yours for now")

    async def leave(self) -> None:
        """Say goodbye to every peer and hang up; whoever comes now is sent away."""
        self._leaving = True
        if not len(self._peers):
            return
        self._alone.clear()
        await self._events.put(ev.Leaving(None))
        await self._alone.wait()

    async def keep_in_touch(self, *, at_once: bool = True) -> None:
        """Write down when this node was last in touch."""
        try:
            await self._in_touch.keep(self._swarm.in_touch_ms, now_ms(), at_once=at_once)
        except StoreError as error:
            log.warning("when this node was last in touch could not be kept: %s", error)

    async def seeking(self, seeking: bool) -> None:
        """Say whether other nodes are being dialled, or looked for."""
        await self._events.put(ev.Seeking(seeking))

    async def _look_around(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.admission.has_eased():
                await self._events.put(ev.Eased())
            await self.admission.look_again()
            await self.keep_in_touch(at_once=False)

    async def _ask_for_released(self) -> None:
        await self._events.put(ev.Released())

    async def _greet(self, peer: Peer) -> None:
        async with asyncio.timeout(STORE_ANSWER_MAX_S):
            counts = await self._store.counts()
        told = self._addresses_for(peer.secure.remote)
        dialed = not peer.secure.inbound
        peer.held = counts.records
        await self._events.put(ev.Connected(peer.link, dialed, records=counts.records, addresses=told))
        peer.known.set()

    def _gone(self, peer: Peer) -> None:
        self._peers.remove(peer)
        if not len(self._peers):
            self._alone.set()
        peer.known.set()
        peer.asked.set()
        self._reconciliation.forget(peer.link)
        peer.end_syncs(SyncFailed("the connection ended before the sync did; try again"))
        self._spawn(self._events.put(ev.Disconnected(peer.link)))

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        if self._tasks is None:
            work.close()
            return
        try:
            self._tasks.create_task(work)
        except RuntimeError:  # the group is shutting down, and the links with it
            work.close()

    async def _work(self, link: ev.Link, work: Callable[[], Awaitable[ev.Event]]) -> None:
        """Tell the machine what comes of work for a link; a store that fails costs the link, not the node."""
        peer = self._peers.get(link)
        try:
            event = await work()
        except StoreError as error:
            log.error("the store did not answer: %s", error)
            if peer is not None:
                await peer.secure.close(CloseCode.INTERNAL, "this node's store does not answer")
            return
        await self._events.put(event)

    def _carry_out(self, effect: ev.Effect) -> None:
        peer = None if isinstance(effect, ev.SetTimer | ev.NoteHeld) else self._peers.get(effect.link)
        match effect:
            case ev.Send(_, message):
                self._send(peer, message)
            case ev.Close():
                self._close(peer, effect)
            case ev.Reconcile(link):
                if peer is not None:
                    self._spawn(self._work(link, partial(self._reconcile, peer, effect)))
            case ev.LookUp(link, ids):
                self._spawn(self._work(link, partial(self._look_up, link, ids)))
            case ev.Load(link):
                self._spawn(self._work(link, partial(self._answer, peer, effect)))
            case ev.Admit(link):
                self._spawn(self._work(link, partial(self.admission.admit, effect, peer)))
            case ev.SetTimer(timer, at_ms):
                self._set_timer(timer, at_ms)
            case ev.LearnAddresses(_, addresses):
                if peer is not None:
                    self._on_addresses(peer.secure.node_id, addresses)
            case ev.Score(_, severity, reason):
                if peer is not None and self._on_fault(peer.secure.node_id, peer.address, severity, reason):
                    self._spawn(peer.secure.close(CloseCode.BANNED, "this node refuses yours for now"))
            case ev.Ready():
                if peer is not None:
                    self._welcome(peer, effect)
            case ev.NoteHeld():
                self._held_before = asyncio.create_task(self._store.last_arrival())
            case ev.Synced(_, received):
                if peer is not None:
                    peer.received, peer.synced_at_ms = received, now_ms()
                    peer.end_syncs()

    def _welcome(self, peer: Peer, effect: ev.Ready) -> None:
        peer.software, peer.records = shown(effect.software), effect.records
        if effect.records - peer.held >= MANY_RECORDS:
            self._spawn(self._verifier.get_ready())
        if shared := self._addresses_to_share(peer.secure.remote):
            self._spawn(self._events.put(ev.ShareAddresses(effect.link, shared)))

    def _send(self, peer: Peer | None, message: bytes) -> None:
        if peer is None:
            return
        try:
            fits = peer.secure.offer(message)
        except LinkClosed:
            return  # its reader finds out and tells the machine
        if not fits:
            self._spawn(peer.secure.close(CloseCode.STALLED, "the peer does not read what it asked for"))

    def _close(self, peer: Peer | None, effect: ev.Close) -> None:
        if peer is None:
            return
        self._on_fault(peer.secure.node_id, peer.address, effect.severity, f"{effect.code}: {effect.reason}")
        code = CloseCode.NORMAL if effect.severity is Severity.HARMLESS else CloseCode.PROTOCOL_ERROR
        if self._leaving:
            code = CloseCode.GOING_AWAY
        self._spawn(peer.secure.close(code, effect.code))

    async def _reconcile(self, peer: Peer, effect: ev.Reconcile) -> ev.Event:
        worked = await self._reconciliation.step(effect)
        done = await self.admission.without_aside(worked)
        if effect.initiate:
            if self._peers.get(peer.link) is not None:
                held, lacked = len(worked.need) - len(done.need), len(worked.have) - len(done.have)
                self._reconciliation.weigh(peer.link, held, lacked)
            peer.lacking = len(done.have) + (0 if effect.message is None else peer.lacking)
            if done.message is None and done.fault is None:
                peer.lacked = peer.lacking
        return done

    async def _answer(self, peer: Peer | None, want: ev.Load) -> ev.Event:
        loaded = await answer_want(self._store, peer, want, self._held_before)
        if peer is not None:
            answered = want.ids[: loaded.batch.count + len(loaded.not_held)]
            self.passed_on.note(peer.secure.node_id, set(answered).difference(loaded.not_held))
        return loaded

    async def _look_up(self, link: ev.Link, ids: tuple[RecordId, ...]) -> ev.Event:
        return ev.Unknown(link, await self.admission.not_aside(await self._store.unknown(ids)))

    def _set_timer(self, timer: ev.Timer, at_ms: int) -> None:
        if timer in self._timers:
            self._timers[timer].cancel()
        loop = asyncio.get_running_loop()
        delay_s = max(0.0, (at_ms - now_ms()) / 1_000)
        self._timers[timer] = loop.call_later(
            delay_s, lambda: self._spawn(self._events.put(ev.TimerFired(timer)))
        )


def _why(error: Exception) -> str:
    return str(error) or f"the store said nothing for {STORE_ANSWER_MAX_S:.0f} s"
