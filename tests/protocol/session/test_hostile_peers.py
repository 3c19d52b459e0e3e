"""Peers that lie, stall, flood and garble: each gets a defined error or a closed door; others are served."""

import tracemalloc
import zlib
from collections.abc import Iterable
from functools import cache

import pytest

from protocol.errors import Severity
from protocol.identifiers import RecordId, tagged_hash
from protocol.record.envelope import join_envelope, split_envelope
from protocol.record.verification import VerifiedRecord
from protocol.session import messages
from protocol.session.batch import RecordBatch, pack_batch
from protocol.session.fetching import STALL_CLOSE_MS, STALL_MS
from protocol.session.messages import (
    Announce,
    Bye,
    Error,
    Hello,
    Invite,
    Message,
    Peers,
    Phase,
    Records,
    Want,
)
from protocol.session.peer import HELLO_TIMEOUT_MS
from protocol.session.reconciling import RECONCILE_TIMEOUT_MS
from tests.protocol.session.network import EPOCH_MS, Network, Node, Puppet, make_records, worst

HELLO = Hello("minga", "puppet/1")
RECORD, OTHER, THIRD = make_records("victim", 3)


def false_ids(number: int, name: str = "false") -> tuple[RecordId, ...]:
    return tuple(RecordId(tagged_hash("false", b"%s.%d" % (name.encode(), n))) for n in range(number))


class Giver:
    """Announces after hello, and answers each want with what `give` makes of it."""

    def __init__(self, offers: Iterable[RecordId], give: object) -> None:
        self.offers, self.give = tuple(offers), give

    def __call__(self, message: Message) -> Iterable[Message | bytes]:
        match message:
            case Hello():
                return [HELLO, Announce(self.offers)]
            case messages.Reconcile(session, Phase.OPEN):
                return [messages.Reconcile(session, Phase.END)]
            case Want() if callable(self.give):
                return self.give(message)
            case _:
                return []


def meet(answer: object = None, seed: int = 0) -> tuple[Network, Node, Puppet]:
    """Let a puppet dial Ana; without an answer of its own it says hello and no more."""
    net = Network(seed=seed)
    ana, puppet = net.node("ana"), net.puppet()
    puppet.answer = answer or (lambda m: [HELLO] if isinstance(m, Hello) else [])  # type: ignore[assignment]
    net.connect(puppet, ana)
    net.run()
    return net, ana, puppet


def told(puppet: Puppet) -> str | None:
    """The code with which the puppet was shown the door."""
    codes = [m.error_code for m in puppet.heard if isinstance(m, Error)]
    assert len(codes) <= 1
    return codes[0] if codes else None


def is_served(net: Network, ana: Node) -> bool:
    """Whether an honest peer still gets what Ana holds, and Ana what it holds."""
    bea = net.node("bea")
    net.write(bea, make_records("honest", 5))
    net.connect(bea, ana)
    net.run()
    return bea.ids == ana.ids and len(bea.ids) >= 5


# --- hello -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hello", "code", "words"),
    [
        (Hello("another", "x/1"), "wrong-network", "'minga'"),
        (Hello("minga", "x/1", versions=(2, 7)), "unsupported", "2, 7"),
        (Hello("minga", "x/1", versions=(0,)), "unsupported", "up to date"),
        (Hello("minga", "x/1", scope={"kinds": ["commons"]}), "unsupported", "part"),
    ],
)
def test_a_hello_that_does_not_fit_gets_a_clear_answer(hello: Hello, code: str, words: str) -> None:
    net, ana, puppet = meet(lambda m: [hello] if isinstance(m, Hello) else [])
    assert told(puppet) == code
    assert words in next(m.text for m in puppet.heard if isinstance(m, Error))
    assert [c.severity for c in ana.closed] == [Severity.HARMLESS]
    assert puppet.hung_up
    assert is_served(net, ana)


def test_two_nodes_of_different_networks_part_in_peace() -> None:
    net = Network(seed=1)
    ana, bea = net.node("ana"), net.node("bea", network="other")
    net.write(ana, [RECORD])
    net.connect(ana, bea)
    net.run()
    assert bea.ids == set()
    assert worst(ana) == worst(bea) == Severity.HARMLESS
    assert ana.closed
    assert bea.closed


def test_a_newer_node_that_still_speaks_version_1_is_welcome() -> None:
    hello = Hello("minga", "future/9", versions=(1, 2, 3), features=("scopes", "photos"))
    _, ana, puppet = meet(lambda m: [hello] if isinstance(m, Hello) else [])
    assert [r.software for r in ana.ready] == ["future/9"]
    assert not puppet.hung_up


@pytest.mark.parametrize("first", [Invite(), Want(1, (RECORD.id,)), Announce((RECORD.id,)), Peers(())])
def test_whoever_speaks_before_hello_is_shown_out(first: Message) -> None:
    _net, ana, puppet = meet(lambda m: [first])
    assert told(puppet) == "misbehaviour"
    assert worst(ana) == Severity.HOSTILE


def test_hello_is_said_once() -> None:
    _, _, puppet = meet(lambda m: [HELLO, HELLO] if isinstance(m, Hello) else [])
    assert told(puppet) == "misbehaviour"


def test_whoever_never_says_hello_is_shown_out_in_time() -> None:
    net, ana, puppet = meet(lambda m: [])
    net.elapse(HELLO_TIMEOUT_MS - 2_000)
    assert not puppet.hung_up
    net.elapse(4_000)
    assert told(puppet) == "stalled"
    assert worst(ana) == Severity.DOUBTFUL


def test_an_error_or_bye_of_the_peer_closes_without_blame() -> None:
    for message in (Error("malformed", "you said something odd"), Bye()):
        net, ana, puppet = meet()
        net.say(puppet, message)
        net.run()
        assert puppet.hung_up
        assert told(puppet) is None
        assert worst(ana) == Severity.HARMLESS


def test_types_to_come_are_skipped_and_counted() -> None:
    net, ana, puppet = meet()
    for number in (9, 200, 65_536):
        net.say(puppet, messages.encode([number, "?", {"x": 1}]))
    net.say(puppet, Invite())
    net.run()
    (link,) = ana.links
    status = ana.swarm.status(link)
    assert status is not None
    assert status.unrecognised == 3
    assert any(isinstance(m, messages.Reconcile) for m in puppet.heard)


# --- records -----------------------------------------------------------------------------------


def whole(*records: VerifiedRecord) -> RecordBatch:
    return pack_batch([record.envelope for record in records])


@pytest.mark.parametrize(
    ("give", "code"),
    [
        pytest.param(lambda w: [Records(w.number + 1, whole(RECORD))], "misbehaviour", id="wrong number"),
        pytest.param(lambda w: [Records(w.number, whole(RECORD))] * 2, "misbehaviour", id="twice"),
        pytest.param(lambda w: [Records(w.number, whole(RECORD, OTHER))], "misbehaviour", id="too many"),
        pytest.param(
            lambda w: [Records(w.number, whole(), false_ids(1))], "misbehaviour", id="denies something else"
        ),
        pytest.param(lambda w: [Records(w.number, whole(OTHER))], "misbehaviour", id="another record"),
        pytest.param(
            lambda w: [Records(w.number, pack_batch([b"\x93\x01\x02\x03"]))], "malformed", id="no envelope"
        ),
        pytest.param(
            lambda w: [Records(w.number, RecordBatch(1, 900, b"not zlib"))], "malformed", id="no zlib"
        ),
        pytest.param(lambda w: [Records(w.number, bomb())], "over-limit", id="bomb"),
    ],
)
def test_an_answer_that_does_not_fit_its_want_ends_the_session(give: object, code: str) -> None:
    net, ana, puppet = meet(Giver([RECORD.id], give))
    assert told(puppet) == code
    assert worst(ana) == Severity.HOSTILE
    assert is_served(net, ana)


def test_one_record_twice_in_place_of_two_is_noticed() -> None:
    _, ana, puppet = meet(Giver([RECORD.id, OTHER.id], lambda w: [Records(w.number, whole(RECORD, RECORD))]))
    assert told(puppet) == "misbehaviour"
    assert ana.ids <= {RECORD.id}


@cache
def bomb() -> RecordBatch:
    """200 MB of zeros in 200 KB, said to be 5,000 bytes."""
    press = zlib.compressobj()
    chunk = bytes(1_000_000)
    return RecordBatch(1, 5_000, b"".join(press.compress(chunk) for _ in range(200)) + press.flush())


def test_a_bomb_costs_no_memory() -> None:
    data = messages.encode_message(Records(1, bomb()))
    _, _, puppet = meet(Giver([RECORD.id], lambda w: [data] if w.number == 1 else []))
    assert told(puppet) == "over-limit"
    net, _ana, puppet = meet(Giver([RECORD.id], None))
    tracemalloc.start()
    net.say(puppet, data)
    net.run()
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert puppet.hung_up
    assert peak_bytes < 8_000_000


def unsolicited() -> list[Message]:
    return [Records(1, whole(RECORD)), Records(7, whole(), false_ids(1))]


@pytest.mark.parametrize("message", unsolicited())
def test_records_nobody_asked_for_are_not_looked_at(message: Message) -> None:
    net, ana, puppet = meet()
    net.say(puppet, message)
    net.run()
    assert told(puppet) == "misbehaviour"
    assert ana.ids == set()


def forged(record: VerifiedRecord) -> bytes:
    parts = split_envelope(record.envelope)
    signature = bytes([parts.signature[0] ^ 1]) + parts.signature[1:]
    return join_envelope(parts.header, signature, parts.payload)


def test_a_bad_signature_closes_and_the_good_copy_comes_from_elsewhere() -> None:
    def give(want: Want) -> list[Message]:
        return [Records(want.number, pack_batch([forged(RECORD)] * len(want.ids)))]

    net = Network(seed=4)
    ana, bea, puppet = net.node("ana"), net.node("bea"), net.puppet()
    puppet.answer = Giver([RECORD.id], give)
    net.connect(puppet, ana)
    for _ in range(3):  # let the puppet be asked first
        net._step()
    net.write(bea, [RECORD])
    net.connect(bea, ana)
    net.run()
    assert told(puppet) == "bad-signature"
    assert ana.ids == {RECORD.id}


def test_a_record_version_to_come_is_left_aside_without_blame() -> None:
    envelope = join_envelope(messages.encode([2, "new", "header"]), bytes(64), None)
    identifier = RecordId(tagged_hash("id", split_envelope(envelope).header))
    net, ana, puppet = meet(Giver([identifier], lambda w: [Records(w.number, pack_batch([envelope]))]))
    assert not puppet.hung_up
    assert worst(ana) == Severity.HARMLESS
    net.say(puppet, Announce((identifier,)))
    net.run()
    assert sum(isinstance(m, Want) for m in puppet.heard) == 1
    assert is_served(net, ana)


def test_a_record_from_the_future_is_left_aside_without_blame() -> None:
    net = Network(seed=5)
    future = make_records("future", 200_000 // 2_000)[-1]
    net.now_ms = EPOCH_MS - 3 * 86_400_000
    ana, puppet = net.node("ana"), net.puppet()
    puppet.answer = Giver([future.id], lambda w: [Records(w.number, whole(future))])
    net.connect(puppet, ana)
    net.run()
    # The clock that is wrong may be our own.
    assert ana.scores == []
    assert not puppet.hung_up
    assert ana.ids == set()


# --- lies and stalls -----------------------------------------------------------------------------


def test_a_peer_that_denies_what_it_announced_is_counted_and_asked_no_more() -> None:
    ids = false_ids(40)
    net, ana, puppet = meet(Giver(ids, lambda w: [Records(w.number, whole(), w.ids)]))
    assert worst(ana) == Severity.DOUBTFUL
    wanted = [i for m in puppet.heard if isinstance(m, Want) for i in m.ids]
    assert sorted(wanted) == sorted(ids)
    net.say(puppet, Announce(ids))
    net.run()
    assert sum(len(m.ids) for m in puppet.heard if isinstance(m, Want)) == 40
    assert not puppet.hung_up
    assert is_served(net, ana)


def test_what_one_peer_denies_another_is_asked_for() -> None:
    net = Network(seed=6)
    ana, bea, liar = net.node("ana"), net.node("bea"), net.node("liar")
    records = make_records("bea", 50)
    for node in (liar, bea):
        net.write(node, records)
    liar.denies = {record.id for record in records}
    net.connect(ana, liar)
    net.connect(ana, bea)
    net.run()
    assert ana.ids == bea.ids
    assert {s.reason for s in ana.scores} <= {"the peer denied records that it had offered"}


def test_a_staller_loses_its_turn_and_then_its_place() -> None:
    records = make_records("held-back", 10)
    net, ana, puppet = meet(Giver([r.id for r in records], lambda w: []))
    net.elapse(1_000)
    bea = net.node("bea")
    net.write(bea, records)
    net.connect(bea, ana)
    net.run()
    assert ana.ids == set()  # one at a time: the staller is still trusted
    net.elapse(STALL_MS)
    net.run()
    assert ana.ids == bea.ids
    assert worst(ana) == Severity.DOUBTFUL
    assert not puppet.hung_up
    net.elapse(STALL_CLOSE_MS)
    assert told(puppet) == "stalled"
    assert worst(ana) == Severity.DOUBTFUL


def test_a_late_answer_is_welcome() -> None:
    records = make_records("late", 5)
    net, ana, puppet = meet(Giver([r.id for r in records], lambda w: []))
    net.elapse(STALL_MS + 2_000)
    assert worst(ana) == Severity.DOUBTFUL
    (want,) = [m for m in puppet.heard if isinstance(m, Want)]
    by_id = {r.id: r for r in records}
    net.say(puppet, Records(want.number, whole(*(by_id[i] for i in want.ids))))
    net.run()
    assert ana.ids == set(by_id)
    assert not puppet.hung_up
    assert ana.admitted_envelopes == 5


def test_reconciling_with_a_mute_ends() -> None:
    net, _ana, puppet = meet()
    net.say(puppet, Invite())
    net.run()
    net.elapse(RECONCILE_TIMEOUT_MS + 2_000)
    assert told(puppet) == "stalled"


# --- out of turn -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        [messages.Reconcile(1, Phase.NEXT, b"a")],
        [messages.Reconcile(1, Phase.ANSWER, b"a")],
        [messages.Reconcile(2, Phase.ANSWER, b"a")],
        [messages.Reconcile(2, Phase.OPEN, b"a")],
        [messages.Reconcile(3, Phase.OPEN, b"\x61"), messages.Reconcile(1, Phase.OPEN, b"\x61")],
        [messages.Reconcile(1, Phase.OPEN, b"\x61"), messages.Reconcile(1, Phase.NEXT, b"\x61")],
        [Want(2, (RECORD.id,)), Want(1, (RECORD.id,))],
        [Want(1, (RECORD.id,)), Want(1, (OTHER.id,))],
        [Want(n + 1, (RECORD.id,)) for n in range(12)],
    ],
)
def test_messages_out_of_turn_end_the_session(said: list[Message]) -> None:
    net = Network(seed=3, latency_ms=(0, 0), work_ms=(5, 5))
    ana, puppet = net.node("ana"), net.puppet()
    puppet.answer = lambda m: [HELLO, *said] if isinstance(m, Hello) else []
    net.connect(puppet, ana)
    net.run()
    assert told(puppet) == "misbehaviour"
    assert is_served(net, ana)


def test_eight_wants_at_once_are_served() -> None:
    net, ana, puppet = meet()
    net.write(ana, [RECORD])
    for number in range(1, 9):
        net.say(puppet, Want(number, (RECORD.id, OTHER.id)))
    net.run()
    answers = [m for m in puppet.heard if isinstance(m, Records)]
    assert [(m.number, m.batch.count, m.not_held) for m in answers] == [
        (n, 1, (OTHER.id,)) for n in range(1, 9)
    ]


def test_negentropy_that_does_not_decode_ends_the_session() -> None:
    net, _ana, puppet = meet()
    net.say(puppet, messages.Reconcile(1, Phase.OPEN, b"\x61\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
    net.run()
    assert told(puppet) in ("malformed", "over-limit")


# --- floods ----------------------------------------------------------------------------------------


def test_a_flood_of_tiny_messages_is_shut_off_and_costs_others_nothing() -> None:
    net, ana, puppet = meet()
    for _ in range(10_000):
        net.say(puppet, messages.encode([77]))
    net.run()
    assert told(puppet) == "misbehaviour"
    assert [c.severity for c in ana.closed] == [Severity.HOSTILE]
    assert is_served(net, ana)


def test_as_many_messages_as_allowed_pass() -> None:
    net, _ana, puppet = meet()
    for _ in range(3_900):
        net.say(puppet, messages.encode([77]))
    net.run()
    for _ in range(60):
        net.elapse(1_000)
        for _ in range(150):
            net.say(puppet, messages.encode([77]))
    net.run()
    assert not puppet.hung_up


def test_a_flood_of_announcements_is_held_in_bounded_memory() -> None:
    net, ana, puppet = meet(Giver(false_ids(1), lambda w: []))
    tracemalloc.start()
    for flood in range(40):
        net.say(puppet, Announce(false_ids(2_048, f"f{flood}")))
        if flood % 8 == 0:
            net.elapse(100)
    net.elapse(1_000)
    held_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (link,) = ana.links
    status = ana.swarm.status(link)
    assert status is not None
    assert status.needed <= 16_384
    assert held_bytes < 30_000_000  # the puppet's own and what is on its way included
    assert is_served(net, ana)
