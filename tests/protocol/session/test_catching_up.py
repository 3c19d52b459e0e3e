"""A node that comes back hears what was erased before it passes on what it held; nobody waits for ever."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import Severity
from protocol.identifiers import RecordId
from protocol.record.envelope import split_envelope
from protocol.record.header import decode_header
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import unpack_batch
from protocol.session.catching_up import (
    CATCH_UP_MAX_MS,
    CATCHING_UP,
    CLOCK_BACK_MAX_MS,
    OUT_OF_TOUCH_MS,
    QUIET_MAX_MS,
    SEEK_MAX_MS,
    CatchingUp,
)
from protocol.session.events import Link, Seeking
from protocol.session.messages import Hello, Message, Peers, Records
from protocol.session.swarm import SessionSettings
from tests.protocol.session.network import (
    EPOCH_MS,
    Network,
    Node,
    make_erasure,
    make_records,
    worst,
)

NIGHT_MS = 10 * OUT_OF_TOUCH_MS
LONG_AGO_MS = EPOCH_MS - NIGHT_MS
ONE, TWO, THREE = Link(1), Link(2), Link(3)


class Given:
    """What was sent with its content, and by whom to whom."""

    def __init__(self, net: Network) -> None:
        self.contents: list[tuple[str, str, bytes]] = []
        self.hellos: dict[str, Hello] = {}
        net.watch = self._watch

    def _watch(self, source: str, target: str, message: Message) -> None:
        if isinstance(message, Hello):
            self.hellos[source] = message
        if isinstance(message, Records):
            for envelope in unpack_batch(message.batch):
                parts = split_envelope(envelope)
                if parts.payload is not None:
                    self.contents.append((source, target, decode_header(parts.header).payload_hash))

    def to(self, node: Node, record: VerifiedRecord) -> bool:
        return any(
            target == node.name and content == record.header.payload_hash
            for _, target, content in self.contents
        )


def content_of(node: Node, record: VerifiedRecord) -> object:
    return node.store.records[record.id].content


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("back_since_ms", [EPOCH_MS, LONG_AGO_MS, None])
def test_what_was_erased_meanwhile_is_not_passed_on(seed: int, back_since_ms: int | None) -> None:
    net = Network(seed)
    back = net.node("back", in_touch_ms=back_since_ms)
    there, third = net.node("there"), net.node("third")
    [erased, kept] = make_records("village", 2)
    erasure = make_erasure(erased)
    net.write(back, [erased, kept])
    net.write(there, [erasure])
    given = Given(net)
    for peer in Random(seed).sample([there, third], 2):
        net.connect(*Random(seed).sample([back, peer], 2))
    net.settle()
    assert third.ids == there.ids == back.ids == {erased.id, kept.id, erasure.id}
    assert content_of(third, erased) is None
    assert content_of(third, kept) is not None
    assert worst(back) == worst(third) == worst(there) == Severity.HARMLESS
    # Who was in touch all the time may give it before it hears; that is what the rest of this file is about.
    if back_since_ms != EPOCH_MS:
        assert not given.to(third, erased)
        assert CATCHING_UP in given.hellos["back"].features


def test_somebody_who_was_in_touch_does_pass_it_on() -> None:
    """Else the test above would prove nothing."""
    passed_on = []
    for seed in range(6):
        net = Network(seed)
        back, there, third = net.node("back"), net.node("there"), net.node("third")
        [erased] = make_records("village", 1)
        net.write(back, [erased])
        net.write(there, [make_erasure(erased), *make_records("more", 400)])
        given = Given(net)
        net.connect(back, third)
        net.connect(back, there)
        net.settle()
        passed_on.append(given.to(third, erased))
    assert any(passed_on)


def test_with_a_single_peer_nothing_is_held_back() -> None:
    net = Network()
    back, other = net.node("back", in_touch_ms=None), net.node("other", in_touch_ms=None)
    records = make_records("village", 300)
    net.write(back, records)
    net.connect(other, back)
    net.run()
    assert other.ids == back.ids
    assert "Invite" not in net.messages_sent
    assert worst(other) == Severity.HARMLESS


def test_what_came_since_it_is_back_is_passed_on_at_once() -> None:
    net = Network()
    back, other = net.node("back", in_touch_ms=LONG_AGO_MS), net.node("other")
    silent = net.puppet("silent")
    net.connect(back, other)
    net.connect(silent, back)  # it is waited for
    net.say(silent, Hello("minga", "silent/1"))
    net.run()
    [new] = make_records("village", 1)
    net.write(back, [new])
    net.run()
    assert new.id in other.ids


def held_up(answers: bool) -> tuple[Network, Node, Node, VerifiedRecord]:
    """A node that is back, one that lacks what it held, and one that greets, says nothing, or nothing new."""
    net = Network()
    back, other = net.node("back", in_touch_ms=LONG_AGO_MS), net.node("other")
    slow = net.puppet("slow")
    [record] = make_records("village", 1)
    net.write(back, [record])
    net.write(other, [make_erasure(make_records("else", 1)[0])])
    net.connect(back, other)
    net.connect(slow, back)
    net.say(slow, Hello("minga", "slow/1"))

    def say_something() -> None:
        net.say(slow, Peers(("ws://slow",)))
        net._later(net.now_ms + 10_000, say_something, counts=False)

    if answers:
        say_something()
    return net, back, other, record


@pytest.mark.parametrize(("answers", "waits_ms"), [(False, QUIET_MAX_MS), (True, CATCH_UP_MAX_MS)])
def test_nobody_waits_for_ever(answers: bool, waits_ms: int) -> None:
    net, back, other, record = held_up(answers)
    net.elapse(waits_ms - 5_000)
    net.run()
    assert record.id not in other.ids
    # What cannot be erased was exchanged long ago.
    assert len(back.ids) == 2
    net.elapse(10_000)
    net.settle()
    assert record.id in other.ids
    assert worst(other) == Severity.HARMLESS


@pytest.mark.parametrize("seed", range(4))
def test_it_waits_for_those_it_is_just_dialling(seed: int) -> None:
    net = Network(seed)
    back, there, third = net.node("back", in_touch_ms=LONG_AGO_MS), net.node("there"), net.node("third")
    [erased] = make_records("village", 1)
    net.write(back, [erased])
    net.write(there, [make_erasure(erased)])
    given = Given(net)
    net.handle(back, Seeking(True))
    net.connect(third, back)
    net.run()
    assert not given.to(third, erased)
    net.connect(back, there)
    net.handle(back, Seeking(False))
    net.settle()
    assert third.ids == there.ids
    assert not given.to(third, erased)


def test_dialling_does_not_take_for_ever_either() -> None:
    net = Network()
    back, third = net.node("back", in_touch_ms=LONG_AGO_MS), net.node("third")
    records = make_records("village", 5)
    net.write(back, records)
    net.handle(back, Seeking(True))
    net.connect(third, back)
    net.elapse(SEEK_MAX_MS - 2_000)
    net.run()
    assert third.ids == set()
    net.elapse(4_000)
    net.settle()
    assert third.ids == back.ids


def test_a_machine_that_slept_hears_first_on_the_links_it_still_has() -> None:
    net = Network(reach := 5)
    back, there, third = net.node("back"), net.node("there"), net.node("third")
    [first, erased] = make_records("village", 2)
    net.write(back, [first])
    net.connect(back, there)
    net.connect(back, third)
    net.settle()
    assert third.ids == {first.id}, reach
    back.swarm._catching_up.in_touch_ms = net.now_ms - NIGHT_MS  # it has slept, and all links are up
    back.store.put(erased)
    net.write(there, [make_erasure(erased)])
    given = Given(net)
    net.settle()
    assert third.ids == there.ids == back.ids
    assert not given.to(third, erased)


@st.composite
def mornings(
    draw: st.DrawFn,
) -> tuple[int, list[tuple[int, int]], list[set[int]], list[set[int]], list[bool]]:
    """A seed; who is joined with whom; who holds which contents, and which erasures; who was away."""
    nodes = draw(st.integers(3, 5))
    pairs = [(a, b) for a in range(nodes) for b in range(nodes) if a < b]
    joined = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=nodes - 1))
    held = draw(st.lists(st.sets(st.integers(0, 5)), min_size=nodes, max_size=nodes))
    erased = draw(st.lists(st.sets(st.integers(0, 2)), min_size=nodes, max_size=nodes))
    away = draw(st.lists(st.booleans(), min_size=nodes, max_size=nodes))
    return draw(st.integers(0, 2**20)), joined, held, erased, away


@given(mornings())
@settings(max_examples=150, deadline=None)
def test_in_any_village_after_any_night(
    morning: tuple[int, list[tuple[int, int]], list[set[int]], list[set[int]], list[bool]],
) -> None:
    seed, joined, held, erased, away = morning
    net = Network(seed)
    records = make_records("village", 6)
    erasures = [make_erasure(record) for record in records[:3]]
    nodes = [
        net.node(f"n{number}", in_touch_ms=LONG_AGO_MS if is_away else EPOCH_MS)
        for number, is_away in enumerate(away)
    ]
    for number, node in enumerate(nodes):
        net.write(node, [records[i] for i in sorted(held[number])])
        net.write(node, [erasures[i] for i in sorted(erased[number])])
        net.handle(node, Seeking(True))
    given_out = Given(net)
    for one, other in joined:
        net.connect(nodes[one], nodes[other])
    for node in nodes:
        net.handle(node, Seeking(False))
    began_ms = net.now_ms
    net.settle()
    net.settle()
    assert net.now_ms - began_ms < 30_000  # nobody waited for anybody who waited
    # What was away passed on nothing that it held, or had from others that were away, and that a neighbour
    # other than the one it gave it to had erased.
    number_of = {node.name: number for number, node in enumerate(nodes)}
    erasure_of = {records[i].header.payload_hash: i for i in range(3)}
    doubtful = {(number, i) for number in range(len(nodes)) if away[number] for i in held[number]}
    for source, target, content in given_out.contents:
        one, i = number_of[source], erasure_of.get(content)
        if i is None or (one, i) not in doubtful:
            continue
        doubtful.add((number_of[target], i))
        for pair in joined:
            if one in pair and number_of[target] not in pair and away[one]:
                assert i not in erased[pair[0] + pair[1] - one]
    # In the end all agree, within each group of nodes that are joined, and nobody is blamed.  (A record that
    # comes without its content before its erasure, twice, is asked for with the next reconciliation.)
    net.elapse(SessionSettings("", "").reconcile_interval_ms)
    net.settle()
    for one, other in joined:
        assert nodes[one].ids == nodes[other].ids
    for node in nodes:
        assert worst(node) == Severity.HARMLESS
        for i, erasure in enumerate(erasures):
            if erasure.id in node.ids and records[i].id in node.ids:
                assert content_of(node, records[i]) is None


def test_a_node_is_out_of_touch_after_an_hour() -> None:
    now = EPOCH_MS
    assert not CatchingUp(now - OUT_OF_TOUCH_MS + 1).met(ONE, now)
    assert CatchingUp(now - OUT_OF_TOUCH_MS).met(ONE, now)
    assert CatchingUp(None).met(ONE, now)
    # A clock that lost its battery says nothing of how long it was.
    assert not CatchingUp(now + CLOCK_BACK_MAX_MS).met(ONE, now)
    assert CatchingUp(now + CLOCK_BACK_MAX_MS + 1).met(ONE, now)


def test_who_catches_up_is_not_in_touch_until_it_has() -> None:
    catching_up = CatchingUp(LONG_AGO_MS)
    assert catching_up.met(ONE, EPOCH_MS)
    assert not catching_up.heard(ONE, EPOCH_MS + 5)
    assert catching_up.in_touch_ms == LONG_AGO_MS
    # Gone before anything was heard: it begins anew with the next, whenever that comes.
    catching_up.gone(ONE, EPOCH_MS + 10)
    later_ms = EPOCH_MS + 2 * CATCH_UP_MAX_MS
    assert not catching_up.met(TWO, later_ms)
    catching_up.check_time(later_ms + 1_000)
    assert catching_up.is_active
    assert catching_up.may_give(TWO)
    assert not catching_up.may_give(ONE)
    catching_up.met(THREE, later_ms)
    assert not catching_up.may_give(TWO)
    catching_up.synced(TWO, later_ms + 2_000)
    assert catching_up.may_give(THREE)
    assert not catching_up.may_give(TWO)
    catching_up.gone(THREE, later_ms + 3_000)
    assert not catching_up.is_active
    assert catching_up.in_touch_ms == later_ms + 3_000
    assert catching_up.may_give(RecordId(bytes(32)))  # type: ignore[arg-type]  # anybody
