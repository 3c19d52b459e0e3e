"""All peers of a node behind one door: `handle(event, now_ms)` gives the effects to carry out, in order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from protocol.errors import ProtocolError, Severity
from protocol.identifiers import RecordId
from protocol.limits import ERROR_TEXT_LENGTH_MAX_CHARS
from protocol.session.catching_up import CatchingUp
from protocol.session.events import (
    Admitted,
    Close,
    Connected,
    Disconnected,
    Eased,
    Effect,
    Event,
    Leaving,
    Link,
    Loaded,
    MissingContent,
    NoteHeld,
    Received,
    Reconciled,
    ReconcileNow,
    Released,
    Score,
    Seeking,
    Send,
    SetTimer,
    ShareAddresses,
    Stored,
    Timer,
    TimerFired,
    Unknown,
)
from protocol.session.fetching import Fetching
from protocol.session.messages import Error, encode_message
from protocol.session.peer import PeerSession, SessionSettings

__all__ = ["LinkStatus", "SessionSettings", "Swarm"]

# Stalls and due reconciliations are looked for this often, while anybody is connected.
TICK_MS = 1_000

# New records are announced at once, and then gathered this long: 20 messages a second at most.
ANNOUNCE_PAUSE_MS = 50


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How things stand with one peer, for people to see."""

    software: str | None  # None before its hello
    needed: int  # ids known to be missing and not asked for yet
    received: int  # records it has given
    unrecognised: int  # messages of unknown types
    kept_back: int  # records it has and gives only once it has caught up with others


class Swarm:
    """The session machine of one node.  It does no I/O, reads no clock, and never raises for what a peer
    does."""

    def __init__(self, settings: SessionSettings, in_touch_ms: int | None = None) -> None:
        """`in_touch_ms`: when this node was last in touch with another, by the clock of `now_ms`; None where
        that is not known."""
        self._settings = settings
        self._fetching = Fetching()
        self._catching_up = CatchingUp(in_touch_ms)
        self._peers: dict[Link, PeerSession] = {}
        self._ticking = False
        self._announced_ms: int | None = None
        self._announcing = False  # the timer is set

    def handle(self, event: Event, now_ms: int) -> list[Effect]:
        """Take an event; return what follows.  `now_ms`: any clock in milliseconds that does not go back."""
        out: list[Effect] = []
        match event:
            case Received(link, message):
                self._heard(link, now_ms, out)
                self._with(link, lambda peer: peer.receive(message, now_ms, out), now_ms, out)
            case Admitted():
                self._admitted(event, now_ms, out)
            case Reconciled(link):
                self._with(link, lambda peer: peer.reconciled(event, now_ms, out), now_ms, out)
            case Unknown(link):
                self._with(link, lambda peer: peer.looked_up(event, out), now_ms, out)
            case Loaded(link):
                self._with(link, lambda peer: peer.loaded(event, out), now_ms, out)
            case Stored(ids):
                self._fetching.stored(ids)
                self._announce(ids, None, now_ms, out)
                self._advance(list(self._peers), now_ms, out)
            case Connected():
                self._connected(event, now_ms, out)
            case Disconnected(link):
                self._forget(link, now_ms)
            case MissingContent(ids):
                self._fetching.seek(ids)
                self._advance(list(self._peers), now_ms, out)
            case Eased():
                self._fetching.ease()
                self._advance(list(self._peers), now_ms, out)
            case Released():
                self._fetching.miss_all()
                self._advance(list(self._peers), now_ms, out)
            case ReconcileNow(link):
                self._with(link, lambda peer: peer.reconcile_soon(), now_ms, out)
            case ShareAddresses(link, addresses):
                self._with(link, lambda peer: peer.share(addresses, out), now_ms, out)
            case Leaving(link):
                for leaving in list(self._peers) if link is None else [link]:
                    self._with(leaving, lambda peer: peer.leave(out), now_ms, out)
            case Seeking(seeking):
                self._catching_up.seek(seeking, now_ms)
            case TimerFired(timer):
                self._fired(timer, now_ms, out)
            case _:
                assert_never(event)
        self._advance_moved(now_ms, out)
        return out

    @property
    def in_touch_ms(self) -> int | None:
        """When this node last was in touch with another and had heard what it missed; None where that is not
        known."""
        return self._catching_up.in_touch_ms

    def status(self, link: Link) -> LinkStatus | None:
        """Return how things stand with a peer, None where it is gone."""
        peer = self._peers.get(link)
        if peer is None:
            return None
        return LinkStatus(
            None if peer.hello is None else peer.hello.software,
            self._fetching.needed(link),
            self._fetching.received(link),
            peer.unrecognised,
            self._fetching.denied(link) if peer.catches_up else 0,
        )

    def _with(self, link: Link, act: Callable[[PeerSession], None], now_ms: int, out: list[Effect]) -> None:
        """Let a peer's session act; tell and drop the peer where that shows a fault of its."""
        peer = self._peers.get(link)
        if peer is None:
            return  # an answer, or a message on its way, for a link that has gone
        try:
            act(peer)
        except ProtocolError as error:
            self._drop(link, error, now_ms, out)
            return
        if peer.closed:
            self._forget(link, now_ms)
        else:
            peer.advance(now_ms, out)

    def _connected(self, event: Connected, now_ms: int, out: list[Effect]) -> None:
        assert event.link not in self._peers, "a link's number is given once"
        self._fetching.add_source(event.link, now_ms)
        if self._catching_up.met(event.link, now_ms):
            self._return(now_ms, out)
        self._peers[event.link] = PeerSession(
            event, self._settings, self._fetching, self._catching_up, now_ms, out
        )
        if not self._ticking:
            self._ticking = True
            out.append(SetTimer(Timer.TICK, now_ms + TICK_MS))

    def _heard(self, link: Link, now_ms: int, out: list[Effect]) -> None:
        peer = self._peers.get(link)
        if peer is not None and peer.is_ready and self._catching_up.heard(link, now_ms):
            self._return(now_ms, out)

    def _return(self, now_ms: int, out: list[Effect]) -> None:
        """Hear from everybody who is there what this node has missed."""
        out.append(NoteHeld())
        for link in list(self._peers):
            self._with(link, lambda peer: peer.reconcile_soon(), now_ms, out)

    def _admitted(self, event: Admitted, now_ms: int, out: list[Effect]) -> None:
        verdict = self._fetching.admitted(event, now_ms)
        if verdict is None:
            return
        self._part(verdict.link, now_ms)
        peer = self._peers.get(verdict.link)
        if peer is not None:
            peer.telling.knows.add(event.new)
            peer.telling.knows.add(event.known)
            if event.new and peer.catches_up and self._catching_up.is_active:
                out.append(NoteHeld())
        self._announce(event.new, verdict.link, now_ms, out)
        if verdict.fault is not None and peer is not None:
            if verdict.fault.severity is Severity.HOSTILE:
                self._drop(verdict.link, verdict.fault, now_ms, out)
            elif verdict.fault.severity is Severity.DOUBTFUL:
                out.append(Score(verdict.link, Severity.DOUBTFUL, str(verdict.fault)))
        self._advance(list(self._peers), now_ms, out)

    def _announce(self, ids: Sequence[RecordId], source: Link | None, now_ms: int, out: list[Effect]) -> None:
        """Announce to all but the peer the records came from: at once, or together with others soon."""
        if not ids:
            return
        for link, peer in self._peers.items():
            if link != source and peer.is_ready:
                peer.telling.add(ids)
        if self._announcing:
            return
        if self._announced_ms is None or now_ms - self._announced_ms >= ANNOUNCE_PAUSE_MS:
            self._flush(now_ms, out)
        else:
            self._announcing = True
            out.append(SetTimer(Timer.ANNOUNCE, self._announced_ms + ANNOUNCE_PAUSE_MS))

    def _flush(self, now_ms: int, out: list[Effect]) -> None:
        self._announced_ms = now_ms
        for peer in self._peers.values():
            peer.telling.flush(out)

    def _fired(self, timer: Timer, now_ms: int, out: list[Effect]) -> None:
        match timer:
            case Timer.ANNOUNCE:
                self._announcing = False
                self._flush(now_ms, out)
            case Timer.TICK:
                self._fetching.check_time(now_ms)
                self._catching_up.check_time(now_ms)
                for link in list(self._peers):
                    self._with(link, lambda peer: peer.check_time(now_ms, out), now_ms, out)
                self._ticking = bool(self._peers)
                if self._ticking:
                    out.append(SetTimer(Timer.TICK, now_ms + TICK_MS))
            case _:
                assert_never(timer)

    def _advance(self, links: Sequence[Link] | set[Link], now_ms: int, out: list[Effect]) -> None:
        for link in links:
            peer = self._peers.get(link)
            if peer is not None:
                peer.advance(now_ms, out)

    def _advance_moved(self, now_ms: int, out: list[Effect]) -> None:
        self._advance(self._fetching.take_moved(), now_ms, out)
        while self._catching_up.take_moved():
            self._advance(list(self._peers), now_ms, out)

    def _drop(self, link: Link, error: ProtocolError, now_ms: int, out: list[Effect]) -> None:
        text = str(error)[:ERROR_TEXT_LENGTH_MAX_CHARS]
        out.append(Send(link, encode_message(Error(error.code, text))))
        out.append(Close(link, error.code, text, error.severity))
        self._forget(link, now_ms)

    def _forget(self, link: Link, now_ms: int) -> None:
        if self._peers.pop(link, None) is not None:
            self._fetching.drop_source(link)
            self._part(link, now_ms)

    def _part(self, link: Link, now_ms: int) -> None:
        """Wait for a peer no more, once it has gone and what it gave was taken in."""
        if link not in self._peers and not self._fetching.works_on(link):
            self._catching_up.gone(link, now_ms)
