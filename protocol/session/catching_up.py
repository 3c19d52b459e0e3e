"""Back after a while: hearing what was erased meanwhile before passing on what was held before.

A node that was out of touch may hold contents that were erased since, and others may lack them.  So it first
takes in what its peers have; until then it gives a peer no content that it held before it came back, or had
since from others that came back, unless that peer is the only one it has still to hear from: who asks for a
content does not know that it was erased.  What cannot be erased (keys, signatures, erasures) is given at
once, so that nodes that come back together learn from each other, and none waits for one that waits for it.
"""

from collections.abc import Iterable, Iterator

from protocol.errors import ProtocolError
from protocol.identifiers import RecordId
from protocol.kinds import KINDS
from protocol.record.envelope import split_envelope
from protocol.record.header import decode_header
from protocol.session.events import Link

# What a hello says of a node that catches up: what it denies until then is not held against it.
CATCHING_UP = "catching-up"

# Peers that are in touch reconcile every five minutes, and are told of what is new at once: a break of an
# hour is no lost connection, it is a night or a journey.
OUT_OF_TOUCH_MS = 3_600_000

# Time to dial whoever is known (ten seconds each, all at once) and to find who is near.
SEEK_MAX_MS = 20_000

# A peer that says nothing for so long is not waited for: a frame of reconciliation takes half of this on a
# link of 2 KB/s.
QUIET_MAX_MS = 60_000

# Nobody waits longer than this for what the node held: at 10 KB/s it has taken in 9,000 records by then.
CATCH_UP_MAX_MS = 900_000

# A clock that was set back by less than this is no sign of anything.
CLOCK_BACK_MAX_MS = 60_000


class CatchingUp:
    """Whether the node catches up, and with whom it still has to.  Time is given, none is read."""

    def __init__(self, in_touch_ms: int | None) -> None:
        """`in_touch_ms`: when it was last in touch, by the clock of `now_ms`; None where nobody knows."""
        self.in_touch_ms = in_touch_ms
        self.is_active = False
        self._since_ms: int | None = None
        self._behind: dict[Link, int] = {}  # when each was last heard
        self._links: set[Link] = set()
        self._heard_out = False  # at least one peer
        self._seeking = False
        self._moved = False

    def met(self, link: Link, now_ms: int) -> bool:
        """A peer is there; say whether catching up begins with it."""
        self._links.add(link)
        began = self._look(now_ms)
        if self.is_active:
            self._behind[link] = now_ms
            if self._since_ms is None:
                self._since_ms = now_ms
        return began

    def heard(self, link: Link, now_ms: int) -> bool:
        """A peer that is ready has said something; say whether catching up begins with it."""
        began = self._look(now_ms)
        if not self.is_active:
            self.in_touch_ms = now_ms
        elif link in self._behind:
            self._behind[link] = now_ms
        return began

    def synced(self, link: Link, now_ms: int) -> None:
        """All that a peer has shown was taken in, or is held back by it."""
        if self.is_active and link in self._behind:
            del self._behind[link]
            self._heard_out = self._moved = True
            self._end_if_over(now_ms)

    def gone(self, link: Link, now_ms: int) -> None:
        """A peer has gone."""
        self._links.discard(link)
        if self._behind.pop(link, None) is not None:
            self._moved = True
        if self._links or self._heard_out:
            self._end_if_over(now_ms)
        else:
            self._since_ms = None  # nothing was heard yet: with the next peer it begins anew

    def seek(self, seeking: bool, now_ms: int) -> None:
        """Whether others are being dialled, or looked for."""
        if self._seeking != seeking:
            self._seeking, self._moved = seeking, True
            self._end_if_over(now_ms)

    def check_time(self, now_ms: int) -> None:
        """Look whether it has taken too long."""
        if not self.is_active or self._since_ms is None:
            return
        if self._seeking and now_ms - self._since_ms >= SEEK_MAX_MS:
            self.seek(False, now_ms)
        if now_ms - self._since_ms >= CATCH_UP_MAX_MS:
            self._end(now_ms)
            return
        quiet = [link for link, heard_ms in self._behind.items() if now_ms - heard_ms >= QUIET_MAX_MS]
        for link in quiet:
            del self._behind[link]
            self._moved = True
        self._end_if_over(now_ms)

    def may_give(self, link: Link) -> bool:
        """Whether a peer may be given contents that were held before."""
        return not self.is_active or (not self._seeking and self._behind.keys() <= {link})

    def take_moved(self) -> bool:
        """Whether more may be given to somebody than when this was last asked, as far as can be told."""
        moved, self._moved = self._moved, False
        return moved

    def _look(self, now_ms: int) -> bool:
        if self.is_active:
            return False
        last_ms = self.in_touch_ms
        if last_ms is not None and -CLOCK_BACK_MAX_MS <= now_ms - last_ms < OUT_OF_TOUCH_MS:
            return False
        self.is_active, self._since_ms, self._heard_out = True, now_ms, False
        self._behind = dict.fromkeys(self._links, now_ms)
        return True

    def _end_if_over(self, now_ms: int) -> None:
        if self.is_active and self._heard_out and not self._behind and not self._seeking:
            self._end(now_ms)

    def _end(self, now_ms: int) -> None:
        self.is_active, self._moved = False, True
        self._behind.clear()
        self.in_touch_ms = now_ms


def can_be_erased(envelope: bytes) -> bool:
    """Whether a stored envelope holds a content that an erasure could take out."""
    try:
        parts = split_envelope(envelope)
        kind = KINDS.get(decode_header(parts.header).kind)
    except ProtocolError:
        return True
    return parts.payload is not None and (kind is None or kind.erasable)


def hold_back(
    found: Iterable[tuple[RecordId, bytes | None]], held_before: Iterable[RecordId], kept: list[RecordId]
) -> Iterator[tuple[RecordId, bytes | None]]:
    """Yield the records found for a want, as `pack_answer` takes them, without the contents that are not to
    be given for now: those that were held before and can be erased.  Their ids are added to `kept`."""
    before = set(held_before)
    for identifier, envelope in found:
        if envelope is not None and identifier in before and can_be_erased(envelope):
            kept.append(identifier)
            yield identifier, None
        else:
            yield identifier, envelope
