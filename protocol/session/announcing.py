"""Telling one peer what is new here, and hearing from it what is new there."""

from collections.abc import Iterable, Sequence
from itertools import islice

from protocol.identifiers import RecordId
from protocol.limits import ANNOUNCE_IDS_MAX, LOOKUP_PENDING_MAX_IDS
from protocol.session.events import Effect, Link, LookUp, Send
from protocol.session.messages import Announce, Invite, encode_message
from protocol.session.recent import RecentIds

# What waits for the next announcement: past it the peer is invited to reconcile, which costs less.
OUTBOX_MAX_IDS = 8_192

_KNOWS_MAX_IDS = 8_192


class Telling:
    """New records on their way to one peer, less those it is known to have."""

    __slots__ = ("_link", "_outbox", "_surplus", "knows")

    def __init__(self, link: Link) -> None:
        self._link = link
        self._outbox: dict[RecordId, None] = {}
        self._surplus = False
        self.knows = RecentIds(_KNOWS_MAX_IDS)

    def add(self, ids: Iterable[RecordId]) -> None:
        """Put ids in the next announcement."""
        fresh = [identifier for identifier in ids if identifier not in self.knows]
        room = OUTBOX_MAX_IDS - len(self._outbox)
        if len(fresh) > room:
            self._surplus = True
            del fresh[room:]
        self._outbox.update(dict.fromkeys(fresh))

    def flush(self, out: list[Effect]) -> None:
        """Announce what has gathered, in messages of at most `ANNOUNCE_IDS_MAX` ids."""
        if self._outbox:
            ids = tuple(identifier for identifier in self._outbox if identifier not in self.knows)
            self._outbox.clear()
            for start in range(0, len(ids), ANNOUNCE_IDS_MAX):
                part = ids[start : start + ANNOUNCE_IDS_MAX]
                out.append(Send(self._link, encode_message(Announce(part))))
            self.knows.add(ids)
        if self._surplus:
            self._surplus = False
            out.append(Send(self._link, encode_message(Invite())))


class Hearing:
    """Announced ids on their way to being looked up in the store, one question at a time."""

    __slots__ = ("_asking", "_link", "_pending")

    def __init__(self, link: Link) -> None:
        self._link = link
        self._pending: dict[RecordId, None] = {}
        self._asking = False

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be looked up."""
        return not self._asking and not self._pending

    def add(self, ids: Sequence[RecordId], out: list[Effect]) -> bool:
        """Look these up, in their turn.  False where some had no room: only a reconciliation will find
        them."""
        room = LOOKUP_PENDING_MAX_IDS - len(self._pending)
        self._pending.update(dict.fromkeys(ids[: max(0, room)]))
        self._look_up(out)
        return len(ids) <= room

    def looked_up(self, out: list[Effect]) -> bool:
        """The question is answered; ask the next.  False where none was asked."""
        asked, self._asking = self._asking, False
        self._look_up(out)
        return asked

    def _look_up(self, out: list[Effect]) -> None:
        if self._pending and not self._asking:
            ids = tuple(islice(self._pending, ANNOUNCE_IDS_MAX))
            for identifier in ids:
                del self._pending[identifier]
            self._asking = True
            out.append(LookUp(self._link, ids))
