"""Answering one peer's wants: one after the other, one reading of the store at a time."""

from collections import deque
from collections.abc import Callable

from protocol.errors import Misbehaviour
from protocol.identifiers import RecordId
from protocol.limits import WANTS_SERVED_MAX
from protocol.session.events import Effect, Link, Load, Loaded, Send
from protocol.session.messages import Records, Want, encode_message


class Serving:
    """What one peer has asked for and not been given yet.

    One `Load` at a time keeps every peer to its share of the store, and other messages go out between
    answers.
    """

    __slots__ = ("_last_number", "_link", "_loading", "_may_give", "_queue", "held_back")

    def __init__(self, link: Link, may_give: Callable[[], bool]) -> None:
        """`may_give`: whether this peer may be given everything now (`CatchingUp`)."""
        self.held_back = False  # something, that it may ask for again later
        self._link = link
        self._may_give = may_give
        self._queue: deque[Want] = deque()
        self._loading: tuple[int, tuple[RecordId, ...]] | None = None
        self._last_number = 0

    def asked(self, want: Want, out: list[Effect]) -> None:
        """Take a want.  Raises `Misbehaviour` for a number that does not ascend, or too many unanswered."""
        if want.number <= self._last_number:
            raise Misbehaviour(f"want {want.number} came after want {self._last_number}")
        if len(self._queue) + (self._loading is not None) >= WANTS_SERVED_MAX:
            raise Misbehaviour(f"more than {WANTS_SERVED_MAX} wants are unanswered")
        self._last_number = want.number
        self._queue.append(want)
        self._load_next(out)

    def loaded(self, event: Loaded, out: list[Effect]) -> tuple[RecordId, ...]:
        """Send what was read; return the ids that the answer covers."""
        if self._loading is None or self._loading[0] != event.number:
            return ()
        number, ids = self._loading
        covered = event.batch.count + len(event.not_held)
        assert 1 <= covered <= len(ids), "Loaded answers the front of the ids, at least one"
        self._loading = None
        self.held_back |= event.held_back > 0
        out.append(Send(self._link, encode_message(Records(number, event.batch, tuple(event.not_held)))))
        self._load_next(out)
        return ids[:covered]

    def _load_next(self, out: list[Effect]) -> None:
        if self._loading is None and self._queue:
            want = self._queue.popleft()
            self._loading = (want.number, want.ids)
            out.append(Load(self._link, want.number, want.ids, holding_back=not self._may_give()))
