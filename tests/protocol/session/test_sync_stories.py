"""Honest nodes: what comes together, how, and at what cost."""

from random import Random

import pytest

from protocol.errors import Severity
from protocol.identifiers import ActorId, RecordId
from protocol.keys import SigningKey
from protocol.record.signing import Author, sign_record
from protocol.session.events import MissingContent, ReconcileNow, ShareAddresses
from protocol.session.messages import Announce, Invite, Message, Phase, Reconcile, Records, Want
from protocol.session.reconciling import RECONCILE_PAUSE_MS
from tests.protocol.session.network import EPOCH_MS, Network, make_erasure, make_records, worst


@pytest.fixture(scope="module")
def many():
    return make_records("many", 2_500)


def test_two_nodes_exchange_what_either_lacks() -> None:
    net = Network(seed=1)
    ana, bea = net.node("ana"), net.node("bea")
    shared, of_ana, of_bea = make_records("shared", 60), make_records("ana", 40), make_records("bea", 30)
    net.write(ana, shared + of_ana)
    net.write(bea, shared + of_bea)
    net.connect(ana, bea)
    net.run()
    assert ana.ids == bea.ids == {r.id for r in shared + of_ana + of_bea}
    assert worst(ana) == worst(bea) == Severity.HARMLESS
    assert ana.closed == bea.closed == []
    assert len(ana.synced) == len(bea.synced) == 1
    assert (ana.synced[0].received, bea.synced[0].received) == (30, 40)


def test_what_is_sent_is_what_was_signed() -> None:
    net = Network(seed=2)
    ana, bea = net.node("ana"), net.node("bea")
    records = make_records("ana", 20)
    net.write(ana, records)
    net.connect(bea, ana)
    net.run()
    assert {i: r.envelope for i, r in bea.store.records.items()} == {r.id: r.envelope for r in records}


@pytest.mark.parametrize("dialer_has_them", [True, False])
def test_a_full_sync_streams_and_never_asks_twice(many, dialer_has_them: bool) -> None:
    net = Network(seed=3)
    rich, poor = net.node("rich"), net.node("poor")
    net.write(rich, many)
    net.connect(*((rich, poor) if dialer_has_them else (poor, rich)))
    net.run()
    assert poor.ids == rich.ids
    assert poor.admitted_envelopes == len(many)
    assert worst(poor) == worst(rich) == Severity.HARMLESS
    assert len(poor.synced) == 1


def test_a_full_sync_is_not_limited_by_round_trips(many) -> None:
    """Ten times slower a link must not mean ten times slower a sync: wants overlap."""
    net = Network(seed=4, latency_ms=(100, 100), work_ms=(0, 0))
    rich, poor = net.node("rich"), net.node("poor")
    net.write(rich, many)
    began_ms = net.now_ms
    net.connect(poor, rich)
    net.run()
    assert poor.ids == rich.ids
    # hello, two rounds of reconciliation, five doublings of the window, and some to spare: 200 ms each
    assert net.now_ms - began_ms < 3_000


def test_a_dialer_with_far_more_records_lets_the_other_side_ask() -> None:
    net = Network(seed=5)
    rich, poor = net.node("rich"), net.node("poor")
    net.write(rich, make_records("rich", 30))
    said: list[Message] = []
    net.watch = lambda _source, _target, message: said.append(message)
    rich.claims_records = 50_000  # the count is a hint: what a node says of itself decides
    net.connect(rich, poor)
    net.run()
    assert poor.ids == rich.ids
    assert any(isinstance(message, Invite) for message in said)
    assert {m.session % 2 for m in said if isinstance(m, Reconcile)} == {0}


def test_three_in_a_line_relay_live() -> None:
    net = Network(seed=6)
    ana, bea, caro = net.node("ana"), net.node("bea"), net.node("caro")
    net.connect(ana, bea)
    net.connect(bea, caro)
    net.run()
    before = net.messages_sent.get("Reconcile", 0)
    records = make_records("ana", 3)
    for record in records:
        net.write(ana, [record])
        net.run()
        assert record.id in caro.ids
    assert net.messages_sent["Reconcile"] == before
    assert net.messages_sent["Announce"] <= 2 * len(records)


def test_nobody_announces_to_the_peer_a_record_came_from() -> None:
    net = Network(seed=7)
    ana, bea = net.node("ana"), net.node("bea")
    net.connect(ana, bea)
    net.run()
    announced: list[tuple[str, str]] = []
    net.watch = lambda s, t, message: announced.append((s, t)) if isinstance(message, Announce) else None
    net.write(ana, make_records("ana", 50))
    net.run()
    assert announced == [("ana", "bea")]


def test_records_written_one_by_one_are_announced_together() -> None:
    net = Network(seed=8, latency_ms=(1, 1))
    ana, bea = net.node("ana"), net.node("bea")
    net.connect(ana, bea)
    net.run()
    net.elapse(1_000)
    for record in make_records("ana", 200):
        net.write(ana, [record])
        net.elapse(1)
    net.run()
    assert bea.ids == ana.ids
    assert net.messages_sent["Announce"] <= 200 // 50 + 2


def test_a_late_joiner_gets_everything_and_a_leaver_misses_nothing() -> None:
    net = Network(seed=9)
    ana, bea, caro = net.node("ana"), net.node("bea"), net.node("caro")
    link = net.connect(ana, bea)
    net.write(ana, make_records("ana", 20))
    net.run()
    net.disconnect(link)
    net.write(ana, make_records("later", 20))
    net.write(bea, make_records("bea", 20))
    net.connect(caro, bea)
    net.run()
    assert caro.ids == bea.ids != ana.ids
    net.connect(bea, ana)
    net.run()
    assert caro.ids == bea.ids == ana.ids
    assert len(ana.ids) == 60


def test_reconnecting_with_ten_new_among_many_moves_few_bytes(many) -> None:
    net = Network(seed=10)
    ana, bea = net.node("ana"), net.node("bea")
    for node in (ana, bea):
        net.write(node, many)
    new = make_records("new", 10, size_bytes=600)
    net.write(ana, new)
    net.connect(bea, ana)
    net.run()
    assert bea.ids == ana.ids
    assert net.bytes_sent < 14_000
    assert bea.admitted_envelopes == 10


def test_one_record_is_fetched_from_one_peer(many) -> None:
    net = Network(seed=11)
    poor = net.node("poor")
    for name in ("a", "b", "c", "d"):
        rich = net.node(name)
        net.write(rich, many)
        net.connect(poor, rich)
    served: dict[str, int] = {}

    def count(source: str, target: str, message: Message) -> None:
        if isinstance(message, Records) and target == "poor":
            served[source] = served.get(source, 0) + message.batch.count

    net.watch = count
    net.run()
    assert len(poor.ids) == len(many)
    assert sum(served.values()) == poor.admitted_envelopes == len(many)
    assert len(served) == 4
    assert worst(poor) == Severity.HARMLESS


def test_when_the_giver_goes_in_the_middle_another_gives_the_rest(many) -> None:
    net = Network(seed=12)
    poor, first, second = net.node("poor"), net.node("first"), net.node("second")
    for rich in (first, second):
        net.write(rich, many)
    link = net.connect(poor, first)
    net.connect(poor, second)
    while len(poor.ids) < 200:
        net._step()
    net.disconnect(link)
    net.run()
    assert poor.ids == second.ids
    assert len(poor.synced) == 1


def test_reconciliation_goes_on_while_records_stream(many) -> None:
    net = Network(seed=13)
    rich, poor = net.node("rich"), net.node("poor")
    rich.frame_size_bytes = poor.frame_size_bytes = 4_096
    net.write(rich, many)
    said: list[Message] = []
    net.watch = lambda _s, _t, message: said.append(message)
    net.connect(poor, rich)
    net.run()
    kinds = [type(m) for m in said]
    assert poor.ids == rich.ids
    assert kinds.index(Want) < len(kinds) - 1 - kinds[::-1].index(Reconcile)


def test_nodes_reconcile_again_at_intervals() -> None:
    net = Network(seed=14)
    ana, bea = net.node("ana", reconcile_interval_ms=60_000), net.node("bea")
    net.connect(ana, bea)
    net.run()
    lost = make_records("lost", 5)
    for record in lost:
        bea.store.put(record)  # never announced
    net.elapse(61_000)
    net.run()
    assert ana.ids == bea.ids == {r.id for r in lost}


def test_either_side_reconciles_when_asked() -> None:
    net = Network(seed=15)
    ana, bea = net.node("ana"), net.node("bea")
    link = net.connect(ana, bea)
    net.settle()
    for number, (node, end) in enumerate(((ana, link), (bea, net.far(link)))):
        ana.store.put(make_records(f"a{number}", 1)[0])
        bea.store.put(make_records(f"b{number}", 1)[0])
        net.handle(node, ReconcileNow(end))
        net.settle()
        assert ana.ids == bea.ids
        assert len(ana.ids) == 2 + 2 * number


@pytest.mark.parametrize("asks", ["dialer", "acceptor"])
def test_who_asks_while_nodes_greet_each_other_does_not_wait_for_a_pause(asks: str) -> None:
    """Whether the question comes before the hello, during the first reconciliation, or just after it."""
    for steps in range(40):
        net = Network(seed=50)
        ana, bea = net.node("ana"), net.node("bea")
        net.write(ana, make_records("ana", 3))
        net.write(bea, make_records("bea", 3))
        link = net.connect(ana, bea)
        for _ in range(steps):
            net._step()
        asker, end = (ana, link) if asks == "dialer" else (bea, net.far(link))
        asked_ms, before = net.now_ms, len(asker.synced)
        net.handle(asker, ReconcileNow(end))
        while len(asker.synced) == before:
            net._step()
        assert net.now_ms - asked_ms < RECONCILE_PAUSE_MS
        assert asker.ids == ana.ids


def test_who_asks_again_and_again_has_one_reconciliation_at_a_time() -> None:
    net = Network(seed=51)
    ana, bea = net.node("ana"), net.node("bea")
    link = net.connect(ana, bea)
    said: list[Message] = []
    net.watch = lambda _s, _t, message: said.append(message)
    for _ in range(100):
        net.handle(ana, ReconcileNow(link))
    net.settle()
    assert sum(isinstance(m, Reconcile) and m.phase is Phase.OPEN for m in said) == 1
    for _ in range(100):
        net.handle(ana, ReconcileNow(link))
    net.settle()
    assert sum(isinstance(m, Reconcile) and m.phase is Phase.OPEN for m in said) == 3
    assert ana.closed == bea.closed == []


def test_both_sides_reconciling_at_once_is_settled_for_the_dialer() -> None:
    net = Network(seed=16)
    ana, bea = net.node("ana"), net.node("bea")
    link = net.connect(ana, bea)
    net.settle()
    ana.store.put(make_records("a", 1)[0])
    bea.store.put(make_records("b", 1)[0])
    net.handle(bea, ReconcileNow(net.far(link)))
    net.handle(ana, ReconcileNow(link))
    net.settle()
    assert ana.ids == bea.ids
    assert ana.closed == bea.closed == []


def test_a_record_without_content_is_asked_for_again_once_its_erasure_is_here() -> None:
    net = Network(seed=17)
    ana, bea = net.node("ana"), net.node("bea")
    records = make_records("ana", 5)
    net.write(ana, [*records, make_erasure(records[0])])
    assert ana.store.records[records[0].id].content is None
    net.connect(bea, ana)
    net.run()
    assert bea.ids == ana.ids
    assert bea.store.records[records[0].id].content is None
    assert worst(bea) == Severity.HARMLESS


def test_a_record_refused_twice_is_left_alone() -> None:
    net = Network(seed=18)
    ana, bea = net.node("ana"), net.node("bea")
    record, other = make_records("ana", 2)
    net.write(ana, [record, other])
    ana.store.erase(record.id)  # and nothing says why
    net.connect(bea, ana)
    net.settle()
    assert bea.ids == {other.id}
    assert bea.admitted_envelopes == 3
    assert len(bea.synced) == 1
    assert worst(bea) == Severity.HARMLESS
    assert bea.closed == []


def test_missing_content_is_asked_of_every_peer_until_one_has_it() -> None:
    net = Network(seed=19)
    poor = net.node("poor")
    record = make_records("ana", 1)[0]
    nodes = [net.node(name) for name in ("bare", "without", "full")]
    for node in nodes:
        net.connect(poor, node)
    for node in (nodes[0], nodes[2], poor):
        node.store.put(record)
    for node in (nodes[0], poor):
        node.store.erase(record.id)
    net.run()
    net.handle(poor, MissingContent([record.id]))
    net.run()
    assert poor.store.records[record.id].content is not None
    assert worst(poor) == Severity.HARMLESS


def test_large_records_travel_in_small_answers() -> None:
    net = Network(seed=20)
    ana, bea = net.node("ana"), net.node("bea")
    dice = Random(20)  # what compresses would say nothing about sizes
    author = Author(SigningKey(b"\3" * 32), ActorId(b"\3" * 32), RecordId(b"\1" * 32))
    records = [
        sign_record(author, "x.large", {"blob": dice.randbytes(200_000)}, EPOCH_MS + n) for n in range(12)
    ]
    sizes: list[int] = []
    net.watch = lambda _s, _t, m: sizes.append(m.batch.size_bytes) if isinstance(m, Records) else None
    net.write(ana, records)
    net.connect(bea, ana)
    net.run()
    assert bea.ids == ana.ids
    assert max(sizes) <= 262_144
    assert bea.admitted_envelopes == 12


def test_a_thin_link_is_not_taken_for_a_stall() -> None:
    net = Network(seed=22, latency_ms=(300, 900), bytes_per_s=2_000)
    ana, bea = net.node("ana"), net.node("bea")
    dice = Random(22)
    author = Author(SigningKey(b"\3" * 32), ActorId(b"\3" * 32), RecordId(b"\1" * 32))
    records = [
        sign_record(author, "x.photo", {"blob": dice.randbytes(1_500)}, EPOCH_MS + n) for n in range(150)
    ]
    net.write(ana, records)
    net.connect(bea, ana)
    net.settle()
    assert bea.ids == ana.ids
    assert worst(ana) == worst(bea) == Severity.HARMLESS
    assert ana.closed == bea.closed == []
    assert bea.admitted_envelopes == 150


def test_addresses_are_passed_on() -> None:
    net = Network(seed=21)
    ana, bea = net.node("ana"), net.node("bea")
    link = net.connect(ana, bea)
    net.run()
    net.handle(ana, ShareAddresses(link, ("ws://caro:7447/sync",)))
    net.run()
    assert bea.learnt == ["ws://ana", "ws://caro:7447/sync"]
    assert ana.learnt == ["ws://bea"]
