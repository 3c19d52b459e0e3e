"""One peer: its hello, its messages, and what is due to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from protocol.errors import Misbehaviour, Severity, Stalled, Unsupported, WrongNetwork
from protocol.identifiers import RecordId
from protocol.session import messages
from protocol.session.announcing import Hearing, Telling
from protocol.session.catching_up import CATCH_UP_MAX_MS, CATCHING_UP, CatchingUp
from protocol.session.events import (
    Admit,
    Close,
    Connected,
    Effect,
    LearnAddresses,
    Link,
    Loaded,
    Ready,
    Reconciled,
    Score,
    Send,
    Synced,
    Unknown,
)
from protocol.session.fetching import Fetching
from protocol.session.messages import (
    SESSION_VERSION,
    Announce,
    Bye,
    Error,
    Hello,
    Invite,
    Message,
    Peers,
    Records,
    Unrecognised,
    Want,
    decode_message,
    encode_message,
)
from protocol.session.rate import MessageRate
from protocol.session.reconciling import Reconciling
from protocol.session.serving import Serving

# Two messages after the handshake; the slowest link and the busiest board need seconds.
HELLO_TIMEOUT_MS = 15_000

# A reconciliation's next round waits while this many ids are still to be asked for: they keep the link busy,
# and one more round (8,000 ids at most) still fits NEEDED_MAX_IDS.
NEEDED_HOLD_IDS = 8_192
NEEDED_RELEASE_IDS = 4_096

# Where the dialer holds this many more records than the other side, it invites that side to initiate: who
# lacks records learns their ids from the answers, at its own pace.
INVITE_BEYOND_RECORDS = 8_192


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What a node says of itself, and how often it reconciles.

    `seed` (any bytes, best unlike other nodes') spreads the reconciliations of many links over time.
    """

    network: str
    software: str
    seed: bytes = b""
    features: tuple[str, ...] = ()
    reconcile_interval_ms: int = 300_000


class PeerSession:
    """One link's state.  A method raises a `ProtocolError` where the peer is to be told so and dropped."""

    def __init__(
        self,
        event: Connected,
        settings: SessionSettings,
        fetching: Fetching,
        catching_up: CatchingUp,
        now_ms: int,
        out: list[Effect],
    ) -> None:
        self.link: Link = event.link
        self.hello: Hello | None = None
        self.unrecognised = 0
        self.closed = False
        self.telling = Telling(event.link)
        self._dialed = event.dialed
        self._records = event.records
        self._settings = settings
        self._fetching = fetching
        self._hearing = Hearing(event.link)
        self._catching_up = catching_up
        self._serving = Serving(event.link, lambda: catching_up.may_give(event.link))
        self._reconciling = Reconciling(event.link, event.dialed)
        self._rate = MessageRate(now_ms)
        self._connected_ms = now_ms
        self._due_ms = now_ms
        self._sync_open = False
        hello = Hello(
            network=settings.network,
            software=settings.software,
            records=event.records,
            features=settings.features + ((CATCHING_UP,) if catching_up.is_active else ()),
            addresses=event.addresses,
        )
        self._send(hello, out)

    @property
    def is_ready(self) -> bool:
        """Whether the peer's hello was accepted."""
        return self.hello is not None

    @property
    def catches_up(self) -> bool:
        """Whether the peer said, when it came, that it had been out of touch."""
        return self.hello is not None and CATCHING_UP in self.hello.features

    def receive(self, data: bytes, now_ms: int, out: list[Effect]) -> None:
        """Take one message."""
        self._rate.spend(now_ms)
        message = decode_message(data)
        if self.hello is None and not isinstance(message, Hello | Error | Bye | Unrecognised):
            raise Misbehaviour("the peer spoke before its hello")
        self._dispatch(message, now_ms, out)

    def _dispatch(self, message: Message, now_ms: int, out: list[Effect]) -> None:
        match message:
            case Hello():
                self._greeted(message, now_ms, out)
            case messages.Reconcile():
                self._sync_open = True
                self._reconciling.received(message, now_ms, out)
            case Invite():
                self._reconciling.wanted = True
            case Want():
                self._serving.asked(message, out)
            case Records():
                self._given(message, now_ms, out)
            case Announce(ids):
                self._heard(ids, out)
            case Peers(addresses):
                if addresses:
                    out.append(LearnAddresses(self.link, addresses))
            case Error(code, text):
                self._close(code, f"the peer hung up: {text}", out)
            case Bye():
                self._close("bye", "the peer said bye", out)
            case Unrecognised():
                self.unrecognised += 1

    def _greeted(self, hello: Hello, now_ms: int, out: list[Effect]) -> None:
        if self.hello is not None:
            raise Misbehaviour("the peer said hello twice")
        if SESSION_VERSION not in hello.versions:
            spoken = ", ".join(map(str, hello.versions))
            raise Unsupported(
                f"this node speaks version {SESSION_VERSION} of the protocol and the peer {spoken}: "
                "bring the older of the two up to date"
            )
        if hello.network != self._settings.network:
            raise WrongNetwork(
                f"this node belongs to the network {self._settings.network!r}, the peer to {hello.network!r}"
            )
        if hello.scope is not None:
            raise Unsupported("the peer follows only a part of the records, which version 1 cannot express")
        self.hello = hello
        out.append(Ready(self.link, hello.software, hello.records))
        if hello.addresses:
            out.append(LearnAddresses(self.link, hello.addresses))
        self._set_due(now_ms)
        if self._dialed:
            if self._records > hello.records + INVITE_BEYOND_RECORDS:
                self._send(Invite(), out)
            else:
                self._reconciling.wanted = True

    def _heard(self, ids: Sequence[RecordId], out: list[Effect]) -> None:
        self.telling.knows.add(ids)
        interesting = [i for i in ids if self._fetching.is_interesting(self.link, i)]
        if not interesting:
            return
        if self._fetching.is_passed_over(self.link) or not self._hearing.add(interesting, out):
            self._fetching.miss(self.link)

    def _given(self, answer: Records, now_ms: int, out: list[Effect]) -> None:
        ticket, denied = self._fetching.answered(self.link, answer, now_ms)
        if denied and not self._may_deny(now_ms):
            out.append(Score(self.link, Severity.DOUBTFUL, "the peer denied records that it had offered"))
        if ticket:
            out.append(Admit(self.link, ticket, answer.batch))

    def _may_deny(self, now_ms: int) -> bool:
        """Whether the peer catches up, and does not take for ever over it."""
        return self.catches_up and now_ms - self._connected_ms < 2 * CATCH_UP_MAX_MS

    def reconciled(self, event: Reconciled, now_ms: int, out: list[Effect]) -> None:
        """Take what the daemon's Negentropy engine worked out."""
        if event.fault is not None:
            raise event.fault
        own_parity = 1 if self._dialed else 0
        if event.session % 2 != own_parity:
            self._reconciling.answer(event, now_ms, out)
            return
        if not self._reconciling.worked(event.session):
            return
        self._fetching.offer(self.link, [RecordId(i) for i in event.need])
        if event.have:
            have = [RecordId(i) for i in event.have]
            self.telling.knows.discard(have)  # told before, and evidently not taken up
            self.telling.add(have)
            self.telling.flush(out)
        hold = self._fetching.needed(self.link) > NEEDED_HOLD_IDS
        self._reconciling.carry_on(event.message, hold, now_ms, out)

    def looked_up(self, event: Unknown, out: list[Effect]) -> None:
        """Take the store's answer on announced ids."""
        if self._hearing.looked_up(out):
            self._fetching.offer(self.link, event.ids)

    def loaded(self, event: Loaded, out: list[Effect]) -> None:
        """Take what the store gave for a want."""
        self.telling.knows.add(self._serving.loaded(event, out))

    def reconcile_soon(self) -> None:
        """Reconcile as soon as the rules allow, and ask also for what was left for a while."""
        self._fetching.press(self.link)
        self._reconciling.hurry()

    def share(self, addresses: tuple[str, ...], out: list[Effect]) -> None:
        """Tell the peer of addresses."""
        if self.is_ready and addresses:
            self._send(Peers(addresses), out)

    def check_time(self, now_ms: int, out: list[Effect]) -> None:
        """Look at what takes too long.  Raises `Stalled`."""
        if self.hello is None:
            if now_ms - self._connected_ms >= HELLO_TIMEOUT_MS:
                raise Stalled(f"no hello came within {HELLO_TIMEOUT_MS // 1_000} s")
            return
        self._reconciling.check_time(now_ms)
        if self._fetching.is_hopeless(self.link, now_ms):
            raise Stalled("wants were left unanswered")
        freed = self._fetching.stalled(self.link, now_ms)
        if freed:
            out.append(
                Score(self.link, Severity.DOUBTFUL, f"{freed} records were asked for and did not come")
            )
        if now_ms >= self._due_ms and self._dialed:
            self._set_due(now_ms)
            self._reconciling.wanted = True

    def advance(self, now_ms: int, out: list[Effect]) -> None:
        """Do whatever has become possible: ask for records, go on reconciling, say that all is done."""
        if self.hello is None or self.closed:
            return
        if self._serving.held_back and self._catching_up.may_give(self.link):
            self._serving.held_back = False
            self._send(Invite(), out)
        self._ask(now_ms, out)
        if self._fetching.needed(self.link) <= NEEDED_RELEASE_IDS:
            self._reconciling.release(now_ms, out)
        self._start_reconciling(now_ms, out)
        if not (self._reconciling.is_quiet and self._hearing.is_idle and self._fetching.is_idle(self.link)):
            return
        if self._fetching.retry_refused(self.link):
            self._ask(now_ms, out)
            return
        if self._fetching.make_good(self.link):
            self._reconciling.wanted = True
            self._start_reconciling(now_ms, out)
            return
        self._fetching.has_come_to_rest(self.link, now_ms)
        if self._sync_open:
            self._sync_open = False
            self._catching_up.synced(self.link, now_ms)
            out.append(Synced(self.link, self._fetching.received(self.link)))

    def _start_reconciling(self, now_ms: int, out: list[Effect]) -> None:
        if self._reconciling.start_if_wanted(now_ms, out):
            self._sync_open = True
            self._fetching.give_another_chance(self.link)

    def leave(self, out: list[Effect]) -> None:
        """Say bye and hang up."""
        self._send(Bye(), out)
        self._close("bye", "this node is leaving", out)

    def _ask(self, now_ms: int, out: list[Effect]) -> None:
        while (want := self._fetching.next_want(self.link, now_ms)) is not None:
            number, ids = want
            self._send(Want(number, ids), out)

    def _set_due(self, now_ms: int) -> None:
        """Put the next reconciliation an interval ahead, up to a fifth earlier, as seed, link and time
        fall."""
        digest = blake2b(b"%d.%d" % (self.link, now_ms), key=self._settings.seed[:64], digest_size=8).digest()
        early = self._settings.reconcile_interval_ms // 5 * int.from_bytes(digest, "big") >> 64
        self._due_ms = now_ms + self._settings.reconcile_interval_ms - early

    def _send(self, message: Message, out: list[Effect]) -> None:
        out.append(Send(self.link, encode_message(message)))

    def _close(self, code: str, reason: str, out: list[Effect]) -> None:
        self.closed = True
        out.append(Close(self.link, code, reason, Severity.HARMLESS))
