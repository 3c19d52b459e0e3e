"""Who is connected: one link a node, how it stands with each, and who waits for a sync with it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from node.peers.link import SecureLink
from protocol.channel.identity import NodeId
from protocol.session.events import Link

# Smaller answers are always compressed: what it costs is not worth asking.
BULK_SIZE_MIN_BYTES = 65_536

# A link that keeps less than this waiting when the next answer is made takes them as fast as they are made.
# The kernel holds another 128 KB (`tune`): three answers of 256 KB, compressed by half, do not hide there.
BULK_BACKLOG_MAX_BYTES = 65_536
BULK_ANSWERS_MIN = 3

# Answers further apart than this say nothing of how fast the link is.
BULK_PAUSE_MAX_S = 0.5


@dataclass(slots=True)
class Peer:
    """A connected peer, as `minga status` shows it."""

    link: Link
    secure: SecureLink
    address: str
    since_ms: int
    software: str = ""
    records: int = 0  # how many it said it holds when it came
    held: int = 0  # how many this node held then
    received: int = 0
    given: int = 0  # records it asked for and was sent
    synced_at_ms: int | None = None
    paced_until_s: float = 0.0  # when its next batch may be taken in, by the loop's clock
    lacked: int | None = None  # what it lacked by the last whole reconciliation; None before one
    lacking: int = 0  # the same, as far as the present one has come
    kept_back: int = 0  # records it has and gives only once it has caught up with others
    known: asyncio.Event = field(default_factory=asyncio.Event)  # the machine has heard of the link
    asked: asyncio.Event = field(default_factory=asyncio.Event)  # it has asked for records
    displaced: bool = False  # another link to the same node took its place
    syncs: list["asyncio.Future[None]"] = field(default_factory=list)
    unhindered: int = 0  # large answers in a row that found the link free
    answered_s: float = 0.0  # when the last of them was made, by the loop's clock

    @property
    def is_open(self) -> bool:
        """Whether anything can still come of this link."""
        return not self.displaced and not self.secure.closed

    def takes_stored(self, size_bytes: int) -> bool:
        """Whether an answer of `size_bytes`, about to be made, need not be compressed: on a link this fast,
        compressing takes longer than sending.
        """
        if size_bytes < BULK_SIZE_MIN_BYTES:
            return False
        now_s = asyncio.get_running_loop().time()
        free = (
            self.secure.backlog_bytes <= BULK_BACKLOG_MAX_BYTES
            and now_s - self.answered_s <= BULK_PAUSE_MAX_S
        )
        self.unhindered = self.unhindered + 1 if free else 0
        self.answered_s = now_s
        return self.unhindered >= BULK_ANSWERS_MIN

    def synced(self) -> "asyncio.Future[None]":
        """Return a future that is done at the next sync, and fails where the link ends before."""
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.syncs.append(waiting)
        return waiting

    def end_syncs(self, fault: Exception | None = None) -> None:
        """Tell who waits for a sync that it is done, or that it will not come."""
        waiting, self.syncs = self.syncs, []
        for future in waiting:
            if future.done():
                continue
            if fault is None:
                future.set_result(None)
            else:
                future.set_exception(fault)


class Connected:
    """The connected peers.  Link numbers are given once."""

    def __init__(self, own: NodeId) -> None:
        self._own = own
        self._peers: dict[Link, Peer] = {}
        self._next_link = 1

    def __iter__(self) -> Iterator[Peer]:
        return iter(list(self._peers.values()))

    def __len__(self) -> int:
        return len(self._peers)

    def get(self, link: Link) -> Peer | None:
        """Return the peer on a link, None where it has gone."""
        return self._peers.get(link)

    def find(self, node_id: NodeId) -> Peer | None:
        """Return the peer that is a node, None where it is not connected."""
        found = [peer for peer in self._peers.values() if peer.secure.node_id == node_id and peer.is_open]
        return found[-1] if found else None

    def nodes(self) -> set[NodeId]:
        """Return which nodes are connected."""
        return {peer.secure.node_id for peer in self._peers.values() if peer.is_open}

    def add(self, secure: SecureLink, address: str, now_ms: int) -> tuple[Peer | None, list[Peer]]:
        """Take a new link; return the peer on it (None where an older link stays), and whom it displaces.

        Of two links between the same nodes that each dialled, the one stays that was dialled by the node with
        the smaller id: both ends decide alike.  Of two that one of them dialled the newer stays: whoever
        dials again has lost the older.
        """
        displaced: list[Peer] = []
        for peer in self:
            if peer.secure.node_id != secure.node_id or not peer.is_open:
                continue
            ours_stays = self._own < secure.node_id
            if peer.secure.inbound != secure.inbound and ours_stays == secure.inbound:
                return None, []
            displaced.append(peer)
        for peer in displaced:
            peer.displaced = True
        peer = Peer(Link(self._next_link), secure, address, now_ms)
        self._next_link += 1
        self._peers[peer.link] = peer
        return peer, displaced

    def remove(self, peer: Peer) -> None:
        """Forget a link that has ended."""
        self._peers.pop(peer.link, None)
