"""What is known of one address of a peer: how it came into the book, and how dialling it went."""

import json
from dataclasses import dataclass, replace
from enum import IntFlag
from typing import Final, Self

from node.peers.addresses import PeerAddress
from protocol.channel.identity import NodeId

_DAY_MS: Final = 24 * 60 * 60 * 1_000

# Exponential back-off with full jitter ("Exponential Backoff And Jitter", M. Brooker, AWS, 2015): after a
# power cut a valley's nodes do not all knock at the same moment; a peer that was away for a week is found
# within 10 minutes.
BACKOFF_BASE_MS: Final = 1_000
BACKOFF_MAX_MS: Final = 10 * 60 * 1_000

# After a month without a link an address is no better than an untried one.
PROVEN_FOR_MS: Final = 30 * _DAY_MS

SCORE_HALF_LIFE_MS: Final = _DAY_MS
SCORE_MAX: Final = 20.0


class Origin(IntFlag):
    """How an address came into the book; the higher, the sooner it is dialled."""

    LEARNT = 1
    LAN = 2
    MANUAL = 4


@dataclass(frozen=True, slots=True)
class KnownPeer:
    """An address and its history; times in milliseconds since 1970."""

    address: PeerAddress
    origin: Origin
    source: str  # hexadecimal id of the node that told us; "" for none
    added_ms: int
    group: str = ""  # LAN instance: its addresses are all of one node
    node_id: NodeId | None = None
    last_success_ms: int | None = None
    last_failure_ms: int | None = None
    failures: int = 0  # since the last link that lasted
    retry_at_ms: int = 0
    score: float = 0.0
    scored_ms: int = 0

    def score_at(self, now_ms: int) -> float:
        """The score, faded by half for every day since it changed."""
        return float(self.score * 0.5 ** (max(now_ms - self.scored_ms, 0) / SCORE_HALF_LIFE_MS))

    def scored(self, points: float, now_ms: int) -> Self:
        """Return the entry with its score, faded as it is by now, changed by `points`."""
        score = min(max(self.score_at(now_ms) + points, -SCORE_MAX), SCORE_MAX)
        return replace(self, score=score, scored_ms=now_ms)

    def proven(self, now_ms: int) -> bool:
        """Whether a link to it has worked within the last month."""
        return self.last_success_ms is not None and now_ms - self.last_success_ms < PROVEN_FOR_MS

    def due(self, now_ms: int) -> bool:
        """Whether its back-off is over.  A clock that was set back makes nobody wait longer for it."""
        return not now_ms < self.retry_at_ms <= now_ms + BACKOFF_MAX_MS

    def to_row(self) -> bytes:
        """Return what to keep beside the address; what the LAN says is not kept."""
        node = self.node_id.hex() if self.node_id is not None else None
        return json.dumps(
            [
                int(self.origin & ~Origin.LAN),
                self.source,
                self.added_ms,
                node,
                self.last_success_ms,
                self.last_failure_ms,
                self.failures,
                self.retry_at_ms,
                self.score,
                self.scored_ms,
            ]
        ).encode()

    @classmethod
    def from_row(cls, url: str, row: bytes) -> Self:
        """Return the entry that `to_row` kept."""
        origin, source, added, node, success, failure, failures, retry_at, score, scored = json.loads(row)
        return cls(
            PeerAddress.parse(url),
            Origin(origin),
            source,
            added,
            node_id=NodeId(bytes.fromhex(node)) if node is not None else None,
            last_success_ms=success,
            last_failure_ms=failure,
            failures=failures,
            retry_at_ms=retry_at,
            score=score,
            scored_ms=scored,
        )


def longest_wait_ms(failures: int) -> int:
    """Return the longest wait after so many failures: 1 s, 2 s, 4 s … 10 min.  The wait itself is random."""
    return min(BACKOFF_BASE_MS << min(failures, 20), BACKOFF_MAX_MS)
