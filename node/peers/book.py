"""The book of known peers: where they answer, how that went, whom to dial next, whom to tell others about.

Pure: time comes in as `now_ms`, dice as a function that returns numbers in [0, 1).  The book has three
shelves, for addresses the operator gave, those found on the LAN and those learnt from peers, each with its
own limit: no shelf can push anything off another, and on the last no source can fill more than its part.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final, Self

from node.peers.addresses import PeerAddress, Reach, may_be_passed_on
from node.peers.bans import Bans, node_target, source_target
from node.peers.known_peer import KnownPeer, Origin, longest_wait_ms
from protocol.channel.identity import NodeId
from protocol.errors import Severity

# 512 × 300 bytes = 150 KB: bounds what hostile peers can make us remember; a federation of 300 nodes fits.
PEERS_LEARNT_MAX: Final = 512

# One liar fills a sixteenth; it takes sixteen ids that we dialled or let in to fill the rest.
PEERS_PER_SOURCE_MAX: Final = 32

# Every node of a country's federation, by hand.
PEERS_MANUAL_MAX: Final = 256

# What LAN discovery remembers: 64 nodes with 8 addresses.
PEERS_LAN_MAX: Final = 512

PEERS_KNOWN_MAX: Final = PEERS_LEARNT_MAX + PEERS_MANUAL_MAX + PEERS_LAN_MAX

# A link that lived for less counts as a failure, or a peer that hangs up at once would be dialled for ever.
LINK_STABLE_MS: Final = 60_000

# Half an hour or so of trying; then a learnt address that never worked is forgotten.
FAILURES_LEARNT_MAX: Final = 12

# Each dial holds a socket and costs a handshake.
DIALS_AT_ONCE_MAX: Final = 8

# With so many links, learnt addresses are left alone: gossip needs a few, not all.
LINKS_WANTED: Final = 8

# One message of addresses, 4 KB.
PEERS_TOLD_MAX: Final = 32

# This node's own addresses come back from others again and again.
OWN_ADDRESSES_MAX: Final = 32

_ROW: Final = "peer/1 "


class BookFull(ValueError):
    """The operator has added as many addresses as the book takes."""


class PeerBook:
    """See the module.  `dice` returns numbers in [0, 1)."""

    def __init__(self, dice: Callable[[], float], bans: Bans | None = None) -> None:
        self.bans = bans or Bans()
        self._dice = dice
        self._peers: dict[str, KnownPeer] = {}
        self._dialling: set[str] = set()
        self._linked: dict[str, int] = {}  # URL → since when
        self._own: dict[str, None] = {}

    # --- what comes in ------------------------------------------------------------------

    def add_manual(self, address: PeerAddress, now_ms: int) -> None:
        """Add what the operator gave; it is dialled at once, also after failures.  Raises `BookFull`."""
        known = self._peers.get(address.url)
        new = known is None or Origin.MANUAL not in known.origin
        if new and self._count(Origin.MANUAL) >= PEERS_MANUAL_MAX:
            raise BookFull(f"{PEERS_MANUAL_MAX} addresses are the most that can be added; remove some first")
        self._own.pop(address.url, None)
        peer = known or KnownPeer(address, Origin.MANUAL, "", now_ms)
        self._peers[address.url] = replace(
            peer, origin=peer.origin | Origin.MANUAL, failures=0, retry_at_ms=0
        )

    def remove_manual(self, address: PeerAddress) -> bool:
        """Take back what the operator gave; return whether there was such."""
        known = self._peers.get(address.url)
        if known is None or Origin.MANUAL not in known.origin:
            return False
        self._drop_origin(known, Origin.MANUAL)
        return True

    def lan_found(self, instance: str, addresses: Iterable[PeerAddress], now_ms: int) -> None:
        """Note where a node on the LAN answers, in place of what was noted; past the limit it is ignored."""
        urls = {address.url: address for address in addresses}
        for gone in [peer for peer in self._peers.values() if peer.group == instance]:
            if gone.address.url not in urls:
                self._drop_origin(gone, Origin.LAN)
        for url, address in urls.items():
            known = self._peers.get(url)
            if url in self._own or (known is not None and known.group == instance):
                continue
            if self._count(Origin.LAN) >= PEERS_LAN_MAX:
                return
            peer = known or KnownPeer(address, Origin.LAN, "", now_ms)
            # Somebody has just come up there: earlier failures say nothing.
            self._peers[url] = replace(
                peer, origin=peer.origin | Origin.LAN, group=instance, failures=0, retry_at_ms=0
            )

    def lan_lost(self, instance: str) -> None:
        """Forget a node that left the LAN."""
        for known in [peer for peer in self._peers.values() if peer.group == instance]:
            self._drop_origin(known, Origin.LAN)

    def learn(
        self, source: NodeId, source_reach: Reach, addresses: Iterable[PeerAddress], now_ms: int
    ) -> int:
        """Take addresses from node `source`, whose connection has `source_reach`; return how many."""
        told_by = source.hex()
        taken = 0
        for address in addresses:
            if address.url in self._peers or address.url in self._own:
                continue
            if not may_be_passed_on(address, source_reach):
                continue
            if self._told_by(told_by) >= PEERS_PER_SOURCE_MAX or not self._make_room(told_by, now_ms):
                break
            self._peers[address.url] = KnownPeer(address, Origin.LEARNT, told_by, now_ms)
            taken += 1
        return taken

    def mark_own(self, address: PeerAddress) -> None:
        """Note that an address leads back to this node: it is forgotten, and not learnt again."""
        self._forget(address.url)
        self._dialling.discard(address.url)
        self._own[address.url] = None
        while len(self._own) > OWN_ADDRESSES_MAX:
            del self._own[next(iter(self._own))]

    # --- how dialling went --------------------------------------------------------------

    def dial_started(self, address: PeerAddress) -> None:
        """Note a dial, which ends with `dial_failed`, `dial_succeeded` or `mark_own`."""
        self._dialling.add(address.url)

    def dial_failed(self, address: PeerAddress, now_ms: int) -> None:
        """Note that nobody answered, or nobody who could be talked to."""
        self._dialling.discard(address.url)
        known = self._peers.get(address.url)
        if known is not None:
            self._failed(known, now_ms)

    def dial_succeeded(self, address: PeerAddress, node_id: NodeId, now_ms: int) -> None:
        """Note a link to `node_id`, which ends with `link_closed`."""
        self._dialling.discard(address.url)
        self._linked[address.url] = now_ms
        known = self._peers.get(address.url)
        if known is None:
            return
        known = replace(known.scored(+1, now_ms), node_id=node_id, last_success_ms=now_ms)
        self._peers[address.url] = known
        for peer in list(self._peers.values()):
            if known.group and peer.group == known.group and peer.node_id != node_id:
                self._peers[peer.address.url] = replace(peer, node_id=node_id)

    def link_closed(self, address: PeerAddress, now_ms: int) -> None:
        """Note that a link that was dialled has ended; one that ended soon counts as a failure."""
        since_ms = self._linked.pop(address.url, None)
        known = self._peers.get(address.url)
        if known is None or since_ms is None:
            return
        if now_ms - since_ms < LINK_STABLE_MS:
            self._failed(known, now_ms)
        else:
            self._peers[address.url] = replace(
                known, failures=0, last_success_ms=now_ms, retry_at_ms=now_ms + self._backoff_ms(0)
            )

    def fault(self, node_id: NodeId | None, ip: str | None, severity: Severity, now_ms: int) -> bool:
        """Note a fault of a node, of a machine or of both; return whether one is banned for it."""
        targets = [node_target(node_id)] if node_id is not None else []
        source = source_target(ip) if ip is not None else None
        banned = [
            self.bans.note(target, severity, now_ms) for target in [*targets, source] if target is not None
        ]
        for known in list(self._peers.values()):
            if node_id is not None and known.node_id == node_id:
                self._peers[known.address.url] = known.scored(-2 * int(severity), now_ms)
        return any(banned)

    # --- what goes out ------------------------------------------------------------------

    def next_to_dial(self, now_ms: int, connected: Collection[NodeId]) -> list[PeerAddress]:
        """Return whom to dial now, the best first: nobody we have a link to, are dialling, or have banned.

        Addresses of the operator's and of the LAN are always worth a dial, learnt ones while links are few.
        """
        busy = self._dialling | self._linked.keys()
        groups = {peer.group for url in busy if (peer := self._peers.get(url)) is not None and peer.group}
        nodes = set(connected)
        free = DIALS_AT_ONCE_MAX - len(self._dialling)
        wanted = LINKS_WANTED - len(nodes) - len(self._dialling)
        chosen: list[PeerAddress] = []
        for peer in sorted(self._peers.values(), key=lambda each: self._preference(each, now_ms)):
            if len(chosen) >= free:
                break
            learnt_only = peer.origin == Origin.LEARNT
            if (
                peer.address.url in busy
                or not peer.due(now_ms)
                or peer.node_id in nodes
                or peer.group in groups
                or (learnt_only and wanted <= 0)
                or self._is_banned(peer, now_ms)
            ):
                continue
            chosen.append(peer.address)
            wanted -= learnt_only
            if peer.node_id is not None:
                nodes.add(peer.node_id)
            if peer.group:
                groups.add(peer.group)
        return chosen

    def next_due_ms(self, now_ms: int) -> int | None:
        """Return when the next back-off ends (`now_ms` if one has), or None where nobody is left to dial."""
        waiting = [
            now_ms if peer.due(now_ms) else peer.retry_at_ms
            for url, peer in self._peers.items()
            if url not in self._dialling and url not in self._linked
        ]
        return min(waiting, default=None)

    def to_tell(self, peer_reach: Reach, now_ms: int) -> list[PeerAddress]:
        """Return a random choice of addresses that have worked and that a peer of this reach may know."""
        proven = [
            peer.address
            for peer in self._peers.values()
            if peer.proven(now_ms)
            and may_be_passed_on(peer.address, peer_reach)
            and not self._is_banned(peer, now_ms)
        ]
        shuffled = sorted(proven, key=lambda _address: self._dice())
        return shuffled[:PEERS_TOLD_MAX]

    def known(self) -> list[KnownPeer]:
        """Return every entry, in the order in which they were added."""
        return list(self._peers.values())

    def get(self, address: PeerAddress) -> KnownPeer | None:
        """Return the entry of an address."""
        return self._peers.get(address.url)

    def to_rows(self) -> dict[str, bytes]:
        """Return what to keep, by name: bans, and all entries but those of the LAN alone."""
        kept = {_ROW + url: peer.to_row() for url, peer in self._peers.items() if peer.origin != Origin.LAN}
        return kept | self.bans.to_rows()

    @classmethod
    def from_rows(cls, rows: Mapping[str, bytes], dice: Callable[[], float]) -> Self:
        """Return the book that `to_rows` kept; rows of other kinds are passed over."""
        book = cls(dice, Bans.from_rows(rows))
        for name, row in rows.items():
            if name.startswith(_ROW):
                peer = KnownPeer.from_row(name.removeprefix(_ROW), row)
                book._peers[peer.address.url] = peer
        return book

    # --- inside -------------------------------------------------------------------------

    def _failed(self, known: KnownPeer, now_ms: int) -> None:
        failures = known.failures + 1
        if known.origin == Origin.LEARNT and failures >= FAILURES_LEARNT_MAX and not known.proven(now_ms):
            self._forget(known.address.url)
            return
        self._peers[known.address.url] = replace(
            known.scored(-1, now_ms),
            failures=failures,
            last_failure_ms=now_ms,
            retry_at_ms=now_ms + self._backoff_ms(failures),
        )

    def _backoff_ms(self, failures: int) -> int:
        return int(self._dice() * longest_wait_ms(failures))

    @staticmethod
    def _preference(peer: KnownPeer, now_ms: int) -> tuple[int, float, int]:
        return -int(peer.origin), -peer.score_at(now_ms), peer.retry_at_ms

    def _is_banned(self, peer: KnownPeer, now_ms: int) -> bool:
        if self.bans.is_banned(source_target(peer.address.host), now_ms):
            return True
        return peer.node_id is not None and self.bans.is_banned(node_target(peer.node_id), now_ms)

    def _count(self, origin: Origin) -> int:
        return sum(origin in peer.origin for peer in self._peers.values())

    def _told_by(self, source: str) -> int:
        return sum(peer.source == source and Origin.LEARNT in peer.origin for peer in self._peers.values())

    def _make_room(self, source: str, now_ms: int) -> bool:
        """Have room for one more address learnt from `source`; return False where it may not push any out.

        Out goes one that has not proven itself, of the source that told us the most, if that is more than
        `source` has: the one that failed most often, or is the oldest.
        """
        learnt = [peer for peer in self._peers.values() if Origin.LEARNT in peer.origin]
        if len(learnt) < PEERS_LEARNT_MAX:
            return True
        told = Counter(peer.source for peer in learnt)
        busy = self._dialling | self._linked.keys()
        unproven = [peer for peer in learnt if not peer.proven(now_ms) and peer.address.url not in busy]
        if not unproven:
            return False
        worst = max(unproven, key=lambda peer: (told[peer.source], peer.failures, -peer.added_ms))
        if told[worst.source] <= told[source]:
            return False
        self._drop_origin(worst, Origin.LEARNT)
        return True

    def _drop_origin(self, known: KnownPeer, origin: Origin) -> None:
        left = known.origin & ~origin
        if not left:
            self._forget(known.address.url)
            return
        group = "" if origin is Origin.LAN else known.group
        self._peers[known.address.url] = replace(known, origin=left, group=group)

    def _forget(self, url: str) -> None:
        self._peers.pop(url, None)
