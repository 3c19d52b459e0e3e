"""What a link may hold at once, and what makes good for what it had to drop."""

import pytest

from protocol import limits
from protocol.errors import Misbehaviour
from protocol.identifiers import RecordId
from protocol.session import messages
from protocol.session.announcing import OUTBOX_MAX_IDS
from protocol.session.batch import RecordBatch
from protocol.session.events import (
    Admit,
    Admitted,
    Connected,
    Effect,
    Event,
    Link,
    LookUp,
    Received,
    Reconcile,
    Reconciled,
    Send,
    Stored,
    Timer,
    TimerFired,
    Unknown,
)
from protocol.session.messages import (
    Announce,
    Hello,
    Invite,
    Message,
    Records,
    Want,
    decode_message,
    encode_message,
)
from protocol.session.pace import BATCHES_IN_WORK_MAX, WANTS_OUTSTANDING_MAX, Pace
from protocol.session.peer import NEEDED_HOLD_IDS, NEEDED_RELEASE_IDS
from protocol.session.rate import MessageRate
from protocol.session.recent import RecentIds
from protocol.session.swarm import SessionSettings, Swarm

NOW_MS = 1_782_864_000_000
LINK = Link(1)


def ids(first: int, number: int) -> tuple[RecordId, ...]:
    return tuple(RecordId(n.to_bytes(32, "big")) for n in range(first, first + number))


class Machine:
    """One machine with one peer that has said hello; its time stands still unless told."""

    def __init__(self, dialed: bool) -> None:
        self.swarm = Swarm(SessionSettings("minga", "ana/1"))
        self.now_ms = NOW_MS
        self.do(Connected(LINK, dialed))
        self.said(Hello("minga", "bea/1"))

    def do(self, event: Event) -> list[Effect]:
        return self.swarm.handle(event, self.now_ms)

    def said(self, message: Message) -> list[Effect]:
        return self.do(Received(LINK, encode_message(message)))

    def needed(self) -> int:
        status = self.swarm.status(LINK)
        assert status is not None
        return status.needed


def sent(effects: list[Effect]) -> list[Message]:
    return [decode_message(effect.message) for effect in effects if isinstance(effect, Send)]


def reconciles(effects: list[Effect]) -> bool:
    """Whether a message of a reconciliation goes out."""
    return any(isinstance(message, messages.Reconcile) for message in sent(effects))


def test_announcements_past_the_limit_are_made_good_by_a_reconciliation() -> None:
    machine = Machine(dialed=False)
    fitting = limits.LOOKUP_PENDING_MAX_IDS + limits.ANNOUNCE_IDS_MAX  # waiting, and being looked up
    for first in range(0, fitting, limits.ANNOUNCE_IDS_MAX):
        effects = machine.said(Announce(ids(first, limits.ANNOUNCE_IDS_MAX)))
        assert [type(e) for e in effects] == ([LookUp] if first == 0 else [])
    machine.said(Announce(ids(fitting, 1)))
    for _ in range(fitting // limits.ANNOUNCE_IDS_MAX):
        effects = machine.do(Unknown(LINK, ()))
        if not any(isinstance(e, LookUp) for e in effects):
            break
    assert [e.initiate for e in effects if isinstance(e, Reconcile)] == [True]


def test_announcements_up_to_the_limit_need_none() -> None:
    machine = Machine(dialed=False)
    fitting = limits.LOOKUP_PENDING_MAX_IDS + limits.ANNOUNCE_IDS_MAX
    for first in range(0, fitting, limits.ANNOUNCE_IDS_MAX):
        machine.said(Announce(ids(first, limits.ANNOUNCE_IDS_MAX)))
    rounds = fitting // limits.ANNOUNCE_IDS_MAX
    for left in range(rounds - 1, -1, -1):
        effects = machine.do(Unknown(LINK, ()))
        assert [type(effect) for effect in effects] == ([LookUp] if left else [])


@pytest.mark.parametrize(("need", "held"), [(NEEDED_HOLD_IDS, False), (NEEDED_HOLD_IDS + 1, True)])
def test_the_next_round_waits_while_too_much_is_needed(need: int, held: bool) -> None:
    machine = Machine(dialed=True)
    effects = machine.do(Reconciled(LINK, 1, b"a", (), ids(0, need)))
    assert reconciles(effects) is not held
    wants = [m for m in sent(effects) if isinstance(m, Want)]
    resumed = not held
    while machine.needed() > NEEDED_RELEASE_IDS:
        assert resumed is not held
        want = wants.pop(0)
        size = len(want.ids) * 100
        effects = machine.said(Records(want.number, RecordBatch(len(want.ids), size, b"x")))
        (ticket,) = [e.ticket for e in effects if isinstance(e, Admit)]
        effects += machine.do(Admitted(ticket, want.ids))
        wants += [m for m in sent(effects) if isinstance(m, Want)]
        resumed = resumed or reconciles(effects)
    assert resumed


def test_ids_needed_of_one_peer_are_bounded() -> None:
    machine = Machine(dialed=True)
    machine.do(Reconciled(LINK, 1, b"a", (), ids(0, 3 * limits.NEEDED_MAX_IDS)))
    assert machine.needed() <= limits.NEEDED_MAX_IDS


@pytest.mark.parametrize(("number", "invited"), [(OUTBOX_MAX_IDS, False), (OUTBOX_MAX_IDS + 1, True)])
def test_very_many_new_records_are_left_to_reconciliation(number: int, invited: bool) -> None:
    machine = Machine(dialed=False)
    out = sent(machine.do(Stored(ids(0, number))))
    announced = [len(m.ids) for m in out if isinstance(m, Announce)]
    assert announced == [limits.ANNOUNCE_IDS_MAX] * (OUTBOX_MAX_IDS // limits.ANNOUNCE_IDS_MAX)
    assert any(isinstance(m, Invite) for m in out) is invited


def test_what_a_reconciliation_finds_is_announced_though_it_was_told_before() -> None:
    machine = Machine(dialed=True)
    machine.do(Stored(ids(0, 3)))
    effects = machine.do(Reconciled(LINK, 1, None, ids(0, 3), ()))
    assert Announce(ids(0, 3)) in sent(effects)


def test_wants_and_batches_at_work_are_bounded() -> None:
    machine = Machine(dialed=True)
    effects = machine.do(Reconciled(LINK, 1, b"a", (), ids(0, 8_000)))
    wants = [m for m in sent(effects) if isinstance(m, Want)]
    at_work = 0
    while wants:
        assert len(wants) <= WANTS_OUTSTANDING_MAX
        want = wants.pop(0)
        effects = machine.said(Records(want.number, RecordBatch(len(want.ids), len(want.ids) * 100, b"x")))
        at_work += sum(isinstance(e, Admit) for e in effects)
        wants += [m for m in sent(effects) if isinstance(m, Want)]
        assert len(wants) + at_work <= BATCHES_IN_WORK_MAX
    assert at_work == BATCHES_IN_WORK_MAX


def test_the_window_follows_the_link() -> None:
    pace = Pace()
    first = pace.want_size(0, 0, 0)
    for _ in range(20):
        pace.answered(200, 200 * 1_000, took_ms=100)
    wide = pace.want_size(0, 0, 0)
    assert first <= 16 < wide <= limits.WANT_IDS_MAX
    assert wide * 1_000 <= limits.RECORDS_SIZE_TARGET_BYTES
    for _ in range(20):
        pace.answered(2, 2_000, took_ms=9_000)
    assert pace.want_size(0, 0, 0) <= 4
    for _ in range(60):
        pace.answered(1, 500_000, took_ms=100)
    assert pace.want_size(0, 0, 0) == 1


def test_the_rate_of_messages_at_and_past_its_limit() -> None:
    rate = MessageRate(0, burst=10, rate_per_s=5)
    for _ in range(10):
        rate.spend(0)
    with pytest.raises(Misbehaviour):
        rate.spend(0)
    rate = MessageRate(0, burst=10, rate_per_s=5)
    for _ in range(10):
        rate.spend(0)
    for second in range(1, 100):
        for _ in range(5):
            rate.spend(second * 1_000)
    with pytest.raises(Misbehaviour):
        rate.spend(50)  # a clock set back gives nothing
    rate = MessageRate(0)
    for _ in range(limits.MESSAGES_BURST_MAX):
        rate.spend(0)
    with pytest.raises(Misbehaviour):
        rate.spend(0)


def test_recent_ids_forget_the_oldest() -> None:
    recent = RecentIds(4)
    recent.add(ids(0, 4))
    assert all(i in recent for i in ids(0, 4))
    recent.add(ids(4, 1))
    assert len(recent) == 4
    assert ids(0, 1)[0] not in recent
    recent.discard(ids(4, 1))
    assert len(recent) == 3
    recent.add(ids(10, 100))
    assert len(recent) == 4


def test_new_records_go_out_at_once_and_then_together() -> None:
    machine = Machine(dialed=False)
    assert sent(machine.do(Stored(ids(0, 1)))) == [Announce(ids(0, 1))]
    machine.now_ms += 10
    (timer,) = machine.do(Stored(ids(1, 1)))
    machine.now_ms += 10
    assert machine.do(Stored(ids(2, 1))) == []
    machine.now_ms = timer.at_ms  # type: ignore[union-attr]
    assert sent(machine.do(TimerFired(Timer.ANNOUNCE))) == [Announce(ids(1, 2))]
