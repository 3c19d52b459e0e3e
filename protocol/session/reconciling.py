"""Whose reconciliation runs on one link, and how far it is; Negentropy's bytes are only carried.

One at a time: the dialer's goes before the other side's.  Numbers say whose a session is: the dialer's are
odd.
"""

from dataclasses import dataclass
from enum import Enum, auto

from protocol.errors import Misbehaviour, Stalled
from protocol.session import messages
from protocol.session.events import Effect, Link, Reconcile, Reconciled, Send
from protocol.session.messages import Phase, encode_message

# A frame of 60 KB takes half of this on a link of 2 KB/s; also how long a silent initiator holds its turn.
RECONCILE_TIMEOUT_MS = 60_000

# Invitations and overflowing announcements ask for sessions: not more often than this.
RECONCILE_PAUSE_MS = 1_000


class _State(Enum):
    WORKING = auto()  # the daemon works on it
    WAITING = auto()  # the peer is to answer
    HELD = auto()  # the next message is kept back until fewer records are needed


@dataclass(slots=True)
class _Own:
    session: int
    state: _State = _State.WORKING
    opened: bool = False
    held: bytes | None = None


class Reconciling:
    """The reconciliations of one link, in both roles."""

    def __init__(self, link: Link, dialed: bool) -> None:
        self._link = link
        self._dialed = dialed
        self._next_session = 1 if dialed else 2
        self._own: _Own | None = None
        self._own_working = False  # the daemon works as initiator, maybe on a session given up since
        self._theirs: int | None = None
        self._theirs_working = False
        self._theirs_reopened: messages.Reconcile | None = None
        self._theirs_last = 0
        self._started_ms: int | None = None
        self._heard_ms = 0
        self.wanted = False
        self._hurried = False  # somebody waits for the one that is wanted

    @property
    def is_quiet(self) -> bool:
        """Whether no reconciliation runs, on either side's account, and none is wanted."""
        return self._own is None and self._theirs is None and not self.wanted

    def hurry(self) -> None:
        """Want a session as soon as the one under way has ended: the pause is for what peers ask for."""
        self.wanted = self._hurried = True

    def start_if_wanted(self, now_ms: int, out: list[Effect]) -> bool:
        """Begin a wanted session where none is under way; say whether one began."""
        if not self.wanted or self._own is not None or self._own_working or self._theirs is not None:
            return False
        rests = self._started_ms is not None and 0 <= now_ms - self._started_ms < RECONCILE_PAUSE_MS
        if rests and not self._hurried:
            return False
        self.wanted = self._hurried = False
        self._started_ms = now_ms
        self._own = _Own(self._next_session)
        self._next_session += 2
        self._work(self._own.session, None, out)
        return True

    def received(self, message: messages.Reconcile, now_ms: int, out: list[Effect]) -> None:
        """Take the peer's message.  Raises `Misbehaviour` for one out of turn."""
        ours = message.session % 2 == (1 if self._dialed else 0)
        if ours and message.session >= self._next_session:
            raise Misbehaviour(f"reconciliation {message.session} was never opened")
        if ours != (message.phase is Phase.ANSWER) and message.phase is not Phase.END:
            raise Misbehaviour(
                "a reconciliation is opened and carried on by one side, and answered by the other"
            )
        match message.phase:
            case Phase.OPEN:
                self._opened(message, now_ms, out)
            case Phase.NEXT:
                self._carried_on(message, now_ms, out)
            case Phase.ANSWER:
                self._answered(message, now_ms, out)
            case Phase.END:
                if self._own is not None and message.session == self._own.session:
                    self._own = None
                    self.wanted = True  # the peer had its reasons: later
                elif message.session == self._theirs:
                    self._theirs = None

    def answer(self, event: Reconciled, now_ms: int, out: list[Effect]) -> None:
        """Send what the daemon worked out in the responder's role, unless the session is over."""
        self._theirs_working = False
        if self._theirs_reopened is not None:
            message, self._theirs_reopened = self._theirs_reopened, None
            self._respond(message, out)
        elif event.session == self._theirs and event.message is not None:
            self._heard_ms = now_ms
            self._send(event.session, Phase.ANSWER, event.message, out)

    def worked(self, session: int) -> bool:
        """Note that the daemon has done a step as initiator; say whether its session is still under way."""
        self._own_working = False
        return self._own is not None and self._own.session == session

    def carry_on(self, message: bytes | None, hold: bool, now_ms: int, out: list[Effect]) -> None:
        """Send the initiator's next message, keep it back where `hold`, or end the session where there is
        none."""
        own = self._own
        assert own is not None  # the caller has asked `worked`
        if message is None:
            self._own = None
            if own.opened:
                self._send(own.session, Phase.END, b"", out)
        elif hold:
            own.state, own.held = _State.HELD, message
        else:
            own.state, own.held = _State.WAITING, None
            self._heard_ms = now_ms
            self._send(own.session, Phase.NEXT if own.opened else Phase.OPEN, message, out)
            own.opened = True

    def release(self, now_ms: int, out: list[Effect]) -> None:
        """Send what was kept back."""
        if self._own is not None and self._own.held is not None:
            self.carry_on(self._own.held, False, now_ms, out)

    def check_time(self, now_ms: int) -> None:
        """Give up a silent initiator's session.  Raises `Stalled` where the peer does not answer ours."""
        if now_ms - self._heard_ms < RECONCILE_TIMEOUT_MS:
            return
        if self._own is not None and self._own.state is _State.WAITING:
            raise Stalled(f"reconciliation {self._own.session} was not answered")
        if self._theirs is not None and not self._theirs_working:
            self._theirs = None

    def _opened(self, message: messages.Reconcile, now_ms: int, out: list[Effect]) -> None:
        if message.session <= self._theirs_last:
            raise Misbehaviour(f"reconciliation {message.session} was opened after {self._theirs_last}")
        self._theirs_last = message.session
        if self._own is not None:
            if self._dialed:
                self._send(message.session, Phase.END, b"", out)
                return
            self._own = None  # the dialer's session finds the same differences
        self._theirs = message.session
        self._heard_ms = now_ms
        if self._theirs_working:
            self._theirs_reopened = message
        else:
            self._respond(message, out)

    def _carried_on(self, message: messages.Reconcile, now_ms: int, out: list[Effect]) -> None:
        if message.session > self._theirs_last:
            raise Misbehaviour(f"reconciliation {message.session} was never opened")
        if message.session != self._theirs:
            if message.session == self._theirs_last:
                self._send(message.session, Phase.END, b"", out)  # given up here for its silence
            return
        if self._theirs_working:
            raise Misbehaviour("a reconciliation was carried on before it was answered")
        self._heard_ms = now_ms
        self._respond(message, out)

    def _answered(self, message: messages.Reconcile, now_ms: int, out: list[Effect]) -> None:
        own = self._own
        if own is None or message.session != own.session:
            return  # an answer to a session given up since
        if own.state is not _State.WAITING:
            raise Misbehaviour(f"reconciliation {message.session} was answered twice")
        own.state = _State.WORKING
        self._heard_ms = now_ms
        self._work(own.session, message.payload, out)

    def _work(self, session: int, message: bytes | None, out: list[Effect]) -> None:
        self._own_working = True
        out.append(Reconcile(self._link, session, message, initiate=True))

    def _respond(self, message: messages.Reconcile, out: list[Effect]) -> None:
        self._theirs_working = True
        out.append(Reconcile(self._link, message.session, message.payload, initiate=False))

    def _send(self, session: int, phase: Phase, payload: bytes, out: list[Effect]) -> None:
        out.append(Send(self._link, encode_message(messages.Reconcile(session, phase, payload))))
