"""Syncs that somebody waits for: until neither node lacks what the other has, or nothing more comes of it."""

import asyncio

from node.errors import ConfigError
from node.sync.connected import Connected, Peer
from protocol.channel.identity import NodeId
from protocol.session import events as ev
from protocol.session.swarm import Swarm

# A sync that brings nothing for so long is given up; what a peer leaves unanswered ends its link after 120 s.
SYNC_STANDSTILL_MAX_S = 180.0

# A peer that lacked records and asks for none for so long has them, or does not want them: comparing again
# tells.
ASKING_PAUSE_S = 1.0

# Whoever was just started has found who is near by then; who catches up with many is not waited for.
KEPT_BACK_WAIT_S = 30.0

# Comparisons in a row that find no less lacking: the peer does not take what is left.
COMPARED_IN_VAIN_MAX = 3


class SyncFailed(ConfigError):
    """A sync that the operator asked for came to no end; the message says why."""


class AwaitedSyncs:
    """Asks the session machine for a sync, and follows what comes of it."""

    def __init__(
        self, swarm: Swarm, peers: Connected, events: "asyncio.Queue[ev.Event]", standstill_max_s: float
    ) -> None:
        self._swarm = swarm
        self._peers = peers
        self._events = events
        self._standstill_max_s = standstill_max_s

    async def with_node(self, node_id: NodeId) -> Peer:
        """Reconcile with a connected peer until neither lacks what the other has; return how it stands then.

        Ends sooner where the peer will not take what it lacks.  Raises `SyncFailed`.
        """
        least: int | None = None
        in_vain = 0
        while True:
            peer = await self._reconciled_with(node_id)
            if self._kept_back(peer) and await self._is_given_more(peer):
                continue
            if peer.lacked == 0:
                return peer
            if peer.lacked is not None and (least is None or peer.lacked < least):
                in_vain, least = 0, peer.lacked
            else:  # also where the peer's own reconciliation took the place of this node's
                in_vain += 1
            if in_vain >= COMPARED_IN_VAIN_MAX:
                return peer
            if peer.lacked is not None:
                await self._asks_no_more(peer)

    def _kept_back(self, peer: Peer) -> int:
        """Return how many records a peer that catches up with others keeps back until then."""
        status = self._swarm.status(peer.link)
        peer.kept_back = 0 if status is None else status.kept_back
        return peer.kept_back

    async def _is_given_more(self, peer: Peer) -> bool:
        """Wait a while for what a peer keeps back; whether it is worth looking again."""
        done = peer.synced()
        try:
            async with asyncio.timeout(KEPT_BACK_WAIT_S):
                await done
        except TimeoutError:
            return self._kept_back(peer) == 0
        return True

    async def _reconciled_with(self, node_id: NodeId) -> Peer:
        """Return the peer after one whole sync.  A link that another takes the place of is not the end."""
        while True:
            peer = self._peers.find(node_id)
            if peer is None:
                raise SyncFailed("the node hung up before the sync was done; try again later")
            await peer.known.wait()
            peer.lacked = None
            done = peer.synced()
            await self._events.put(ev.ReconcileNow(peer.link))
            if self._peers.get(peer.link) is None:
                peer.end_syncs(SyncFailed("the connection ended before the sync did; try again"))
            try:
                await self._unless_standing_still(peer, done)
            except SyncFailed:
                if peer.displaced and self._peers.find(node_id) is not None:
                    continue
                raise
            return peer

    async def _unless_standing_still(self, peer: Peer, done: "asyncio.Future[None]") -> None:
        before = None
        try:
            while not done.done():
                status = self._swarm.status(peer.link)
                now = (peer.lacking, peer.given, status and (status.received, status.needed))
                if now == before:
                    raise SyncFailed(
                        f"nothing came of the sync for {self._standstill_max_s:.0f} s; try again later"
                    )
                before = now
                await asyncio.wait([done], timeout=self._standstill_max_s)
            await done
        finally:
            done.cancel()

    async def _asks_no_more(self, peer: Peer) -> None:
        """Return once a peer has asked for nothing for a while, and has read what it was sent, or is gone."""
        while self._peers.get(peer.link) is not None:
            peer.asked.clear()
            try:
                async with asyncio.timeout(ASKING_PAUSE_S):
                    await peer.asked.wait()
            except TimeoutError:
                if not peer.secure.backlog_bytes:
                    return
