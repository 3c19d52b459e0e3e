"""The book of peers: whom to dial when, what it remembers, and what no flood can do to it."""

import random
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.peers.addresses import PeerAddress, Reach
from node.peers.bans import BAN_STEPS_MS
from node.peers.book import (
    DIALS_AT_ONCE_MAX,
    FAILURES_LEARNT_MAX,
    LINK_STABLE_MS,
    LINKS_WANTED,
    OWN_ADDRESSES_MAX,
    PEERS_KNOWN_MAX,
    PEERS_LAN_MAX,
    PEERS_LEARNT_MAX,
    PEERS_MANUAL_MAX,
    PEERS_PER_SOURCE_MAX,
    PEERS_TOLD_MAX,
    BookFull,
    PeerBook,
)
from node.peers.known_peer import (
    BACKOFF_MAX_MS,
    PROVEN_FOR_MS,
    SCORE_HALF_LIFE_MS,
    Origin,
    longest_wait_ms,
)
from protocol.channel.identity import NodeId
from protocol.errors import Severity

NOW = 1_760_000_000_000
NOBODY: frozenset[NodeId] = frozenset()


def node(number: int) -> NodeId:
    return NodeId(number.to_bytes(32, "big"))


def public(number: int) -> PeerAddress:
    return PeerAddress.of_ip(f"9.{number >> 16}.{number >> 8 & 255}.{number & 255}", 7447)


def book(seed: int = 1) -> PeerBook:
    return PeerBook(random.Random(seed).random)


def always_longest() -> PeerBook:
    return PeerBook(lambda: 1 - 2**-53)


def test_a_failing_address_is_tried_less_and_less_and_never_less_than_every_ten_minutes() -> None:
    peers, now = always_longest(), NOW
    peers.add_manual(public(1), now)
    waits = []
    for _ in range(15):
        assert peers.next_to_dial(now, NOBODY) == [public(1)]
        peers.dial_started(public(1))
        assert peers.next_to_dial(now, NOBODY) == []
        peers.dial_failed(public(1), now)
        due = peers.next_due_ms(now)
        assert due is not None
        assert peers.next_to_dial(due - 1, NOBODY) == []
        waits.append(due - now)
        now = due
    assert all(later >= earlier for earlier, later in pairwise(waits))
    assert 1_000 < waits[0] <= 2_000
    assert BACKOFF_MAX_MS - 1 <= waits[-1] <= BACKOFF_MAX_MS


def test_the_jitter_is_full() -> None:
    peers = book()
    waits = []
    for number in range(200):
        peers.add_manual(public(number), NOW)
        for _ in range(5):
            peers.dial_failed(public(number), NOW)
        known = peers.get(public(number))
        assert known is not None
        waits.append(known.retry_at_ms - NOW)
    assert min(waits) < longest_wait_ms(5) / 10
    assert longest_wait_ms(5) * 0.9 < max(waits) < longest_wait_ms(5)


def test_a_peer_that_hangs_up_at_once_is_not_dialled_for_ever_and_one_that_stayed_is_dialled_soon() -> None:
    peers = always_longest()
    peers.add_manual(public(1), NOW)
    now = NOW
    for failures in range(1, 5):
        peers.dial_succeeded(public(1), node(1), now)
        peers.link_closed(public(1), now + LINK_STABLE_MS - 1)
        known = peers.get(public(1))
        assert known is not None
        assert known.failures == failures
        now = known.retry_at_ms
    peers.dial_succeeded(public(1), node(1), now)
    peers.link_closed(public(1), now + LINK_STABLE_MS)
    known = peers.get(public(1))
    assert known is not None
    assert known.failures == 0
    assert known.retry_at_ms <= now + LINK_STABLE_MS + 1_000


def test_the_operators_addresses_come_first_then_the_lan_then_the_learnt_by_score() -> None:
    peers = book()
    peers.learn(node(9), Reach.PUBLIC, [public(1), public(2)], NOW)
    peers.dial_succeeded(public(2), node(2), NOW)
    peers.link_closed(public(2), NOW + LINK_STABLE_MS)
    peers.lan_found("minga-a", [public(3)], NOW)
    peers.add_manual(public(4), NOW)
    later = NOW + BACKOFF_MAX_MS
    assert peers.next_to_dial(later, NOBODY) == [public(4), public(3), public(2), public(1)]


def test_nobody_is_dialled_twice() -> None:
    peers = book()
    peers.add_manual(public(1), NOW)
    peers.add_manual(public(2), NOW)
    peers.lan_found("minga-a", [public(3), public(4)], NOW)
    assert len([a for a in peers.next_to_dial(NOW, NOBODY) if a in (public(3), public(4))]) == 1
    peers.dial_started(public(3))
    assert public(4) not in peers.next_to_dial(NOW, NOBODY)
    peers.dial_succeeded(public(3), node(3), NOW)
    assert public(4) not in peers.next_to_dial(NOW, NOBODY)
    peers.link_closed(public(3), NOW)
    assert public(4) not in peers.next_to_dial(NOW, {node(3)})  # it came to us meanwhile
    for number in (1, 2):  # two addresses of one node
        peers.dial_succeeded(public(number), node(1), NOW)
        peers.link_closed(public(number), NOW + LINK_STABLE_MS)
    chosen = peers.next_to_dial(NOW + BACKOFF_MAX_MS, {node(3)})
    assert len([a for a in chosen if a in (public(1), public(2))]) == 1


def test_when_an_address_of_a_lan_node_fails_its_next_one_is_tried_at_once() -> None:
    peers = always_longest()
    peers.lan_found("minga-a", [public(3), public(4)], NOW)
    (first,) = peers.next_to_dial(NOW, NOBODY)
    peers.dial_started(first)
    peers.dial_failed(first, NOW)
    (second,) = peers.next_to_dial(NOW, NOBODY)
    assert {first, second} == {public(3), public(4)}


def test_learnt_addresses_are_left_alone_while_there_are_links_enough() -> None:
    peers = book()
    peers.learn(node(99), Reach.PUBLIC, [public(number) for number in range(20)], NOW)
    peers.add_manual(public(100), NOW)
    linked = {node(number) for number in range(LINKS_WANTED - 2)}
    assert len(peers.next_to_dial(NOW, linked)) == 3
    linked |= {node(50), node(51)}
    assert peers.next_to_dial(NOW, linked) == [public(100)]


def test_dials_at_once_are_limited() -> None:
    peers = book()
    for number in range(PEERS_MANUAL_MAX):
        peers.add_manual(public(number), NOW)
    chosen = peers.next_to_dial(NOW, NOBODY)
    assert len(chosen) == DIALS_AT_ONCE_MAX
    for address in chosen:
        peers.dial_started(address)
    assert peers.next_to_dial(NOW, NOBODY) == []
    peers.dial_failed(chosen[0], NOW)
    assert len(peers.next_to_dial(NOW, NOBODY)) == 1


def test_each_shelf_holds_its_limit_and_no_more() -> None:
    peers = book()
    for number in range(PEERS_MANUAL_MAX):
        peers.add_manual(public(number), NOW)
    with pytest.raises(BookFull, match="256"):
        peers.add_manual(public(PEERS_MANUAL_MAX), NOW)
    peers.add_manual(public(0), NOW)  # again: no harm
    for number in range(PEERS_LAN_MAX + 9):
        peers.lan_found(f"minga-{number}", [public(10_000 + number)], NOW)
    for source in range(100):
        told = [public(100_000 + source * 1_000 + number) for number in range(100)]
        taken = peers.learn(node(source), Reach.PUBLIC, told, NOW)
        if source < PEERS_LEARNT_MAX // PEERS_PER_SOURCE_MAX:
            assert taken == PEERS_PER_SOURCE_MAX
        else:
            assert taken < PEERS_PER_SOURCE_MAX
    shelves = {origin: sum(peer.origin == origin for peer in peers.known()) for origin in Origin}
    assert shelves == {
        Origin.MANUAL: PEERS_MANUAL_MAX,
        Origin.LAN: PEERS_LAN_MAX,
        Origin.LEARNT: PEERS_LEARNT_MAX,
    }
    assert len(peers.known()) == PEERS_KNOWN_MAX


def test_a_flood_of_liars_pushes_out_nothing_that_has_worked() -> None:
    peers = book()
    peers.learn(node(1), Reach.PUBLIC, [public(1)], NOW)
    peers.dial_succeeded(public(1), node(2), NOW)
    peers.link_closed(public(1), NOW + LINK_STABLE_MS)
    for source in range(200):
        told = [public(100_000 + source * 100 + number) for number in range(PEERS_PER_SOURCE_MAX)]
        peers.learn(node(1_000 + source), Reach.PUBLIC, told, NOW + source)
    assert peers.get(public(1)) is not None


def test_when_the_shelf_is_full_sources_share_it_evenly() -> None:
    peers = book()
    sources = 2 * PEERS_LEARNT_MAX // PEERS_PER_SOURCE_MAX
    for turn in range(3):
        for source in range(sources):
            start = 100_000 + source * 1_000 + turn * 100
            peers.learn(
                node(source), Reach.PUBLIC, [public(start + number) for number in range(50)], NOW + turn
            )
    told = Counter(peer.source for peer in peers.known())
    assert set(told.values()) == {PEERS_LEARNT_MAX // sources}


def test_what_may_not_be_passed_on_is_not_learnt_and_not_told() -> None:
    peers = book()
    private, loopback = PeerAddress.parse("10.0.0.7"), PeerAddress.parse("127.0.0.1")
    link_local = PeerAddress.parse("[fe80::1%eth0]")
    assert peers.learn(node(1), Reach.PUBLIC, [private, loopback, link_local], NOW) == 0
    assert peers.learn(node(1), Reach.PRIVATE, [private, loopback, link_local], NOW) == 1
    for address in (private, loopback, link_local, public(1)):
        peers.add_manual(address, NOW)
        assert address not in peers.to_tell(Reach.PRIVATE, NOW)  # not tried yet
        peers.dial_succeeded(address, node(5), NOW)
    assert peers.to_tell(Reach.PUBLIC, NOW) == [public(1)]
    assert set(peers.to_tell(Reach.PRIVATE, NOW)) == {public(1), private}
    assert peers.to_tell(Reach.PUBLIC, NOW + PROVEN_FOR_MS) == []


def test_what_is_told_is_a_bounded_random_choice() -> None:
    peers = book()
    for number in range(100):
        peers.add_manual(public(number), NOW)
        peers.dial_succeeded(public(number), node(number), NOW)
    first, second = peers.to_tell(Reach.PUBLIC, NOW), peers.to_tell(Reach.PUBLIC, NOW)
    assert len(set(first)) == PEERS_TOLD_MAX
    assert set(first) != set(second)


def test_a_learnt_address_that_never_works_is_forgotten_and_the_operators_is_not() -> None:
    peers = book()
    peers.learn(node(1), Reach.PUBLIC, [public(1)], NOW)
    peers.add_manual(public(2), NOW)
    for failures in range(1, FAILURES_LEARNT_MAX + 1):
        assert peers.get(public(1)) is not None, failures
        peers.dial_failed(public(1), NOW)
        peers.dial_failed(public(2), NOW)
    assert peers.get(public(1)) is None
    assert peers.get(public(2)) is not None


def test_this_nodes_own_address_is_not_dialled_or_learnt_again() -> None:
    peers = book()
    peers.learn(node(1), Reach.PUBLIC, [public(1)], NOW)
    peers.dial_started(public(1))
    peers.mark_own(public(1))
    assert peers.learn(node(1), Reach.PUBLIC, [public(1)], NOW) == 0
    peers.lan_found("minga-a", [public(1)], NOW)
    assert peers.next_to_dial(NOW, NOBODY) == []
    for number in range(OWN_ADDRESSES_MAX):
        peers.mark_own(public(100 + number))
    assert peers.learn(node(1), Reach.PUBLIC, [public(1)], NOW) == 1  # bounded: the oldest is forgotten


def test_a_node_that_leaves_the_lan_is_forgotten_unless_the_operator_added_it() -> None:
    peers = book()
    peers.lan_found("minga-a", [public(1), public(2)], NOW)
    peers.add_manual(public(1), NOW)
    peers.lan_found("minga-a", [public(2), public(3)], NOW)
    assert {known.address: known.origin for known in peers.known()} == {
        public(1): Origin.MANUAL,
        public(2): Origin.LAN,
        public(3): Origin.LAN,
    }
    peers.lan_lost("minga-a")
    assert [known.address for known in peers.known()] == [public(1)]
    assert peers.remove_manual(public(1))
    assert not peers.remove_manual(public(1))
    assert peers.known() == []


def test_a_hostile_node_is_not_dialled_while_its_ban_lasts() -> None:
    peers = book()
    peers.add_manual(public(1), NOW)
    peers.add_manual(public(2), NOW)
    peers.dial_succeeded(public(1), node(1), NOW)
    peers.link_closed(public(1), NOW + LINK_STABLE_MS)
    now = NOW + 10 * LINK_STABLE_MS
    assert peers.fault(node(1), "9.0.0.2", Severity.HOSTILE, now)
    assert peers.next_to_dial(now, NOBODY) == []  # by node id, and by address
    assert peers.next_to_dial(now + BAN_STEPS_MS[0], NOBODY) == [public(2), public(1)]


def test_scores_fade() -> None:
    peers = book()
    peers.add_manual(public(1), NOW)
    for _ in range(100):
        peers.dial_failed(public(1), NOW)
    known = peers.get(public(1))
    assert known is not None
    worst = known.score_at(NOW)
    assert worst < 0
    assert known.score_at(NOW + SCORE_HALF_LIFE_MS) == pytest.approx(worst / 2)


def test_a_clock_that_is_set_back_keeps_nobody_waiting() -> None:
    peers = always_longest()
    peers.add_manual(public(1), NOW)
    peers.dial_failed(public(1), NOW)
    assert peers.next_to_dial(NOW - PROVEN_FOR_MS, NOBODY) == [public(1)]


addresses = st.integers(0, 12).map(public)
nodes = st.integers(1, 5).map(node)
acts = st.one_of(
    st.tuples(st.just("add_manual"), addresses),
    st.tuples(st.just("remove_manual"), addresses),
    st.tuples(st.just("lan_found"), st.sampled_from(["a", "b"]), st.lists(addresses, max_size=3)),
    st.tuples(st.just("lan_lost"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("learn"), nodes, st.lists(addresses, max_size=5)),
    st.tuples(st.just("dial")),
    st.tuples(st.just("fail")),
    st.tuples(st.just("succeed"), nodes),
    st.tuples(st.just("close")),
    st.tuples(st.just("own"), addresses),
    st.tuples(st.just("fault"), nodes, st.sampled_from(list(Severity))),
    st.tuples(st.just("wait"), st.integers(0, 700_000)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(acts, max_size=60), st.integers(0, 2**32))
def test_whatever_happens_the_book_keeps_its_promises(history: list[tuple], seed: int) -> None:
    peers, now = book(seed), NOW
    manual: set[PeerAddress] = set()
    dialling: list[PeerAddress] = []
    linked: dict[PeerAddress, NodeId] = {}
    for act in history:
        match act:
            case ("add_manual", address):
                peers.add_manual(address, now)
                manual.add(address)
            case ("remove_manual", address):
                assert peers.remove_manual(address) == (address in manual)
                manual.discard(address)
            case ("lan_found", instance, found):
                peers.lan_found(instance, found, now)
            case ("lan_lost", instance):
                peers.lan_lost(instance)
            case ("learn", source, told):
                peers.learn(source, Reach.PUBLIC, told, now)
            case ("dial",):
                for address in peers.next_to_dial(now, set(linked.values()))[:2]:
                    assert address not in dialling
                    assert address not in linked
                    peers.dial_started(address)
                    dialling.append(address)
            case ("fail",) if dialling:
                peers.dial_failed(dialling.pop(), now)
            case ("succeed", node_id) if dialling:
                address = dialling.pop()
                peers.dial_succeeded(address, node_id, now)
                linked[address] = node_id
            case ("close",) if linked:
                address = next(iter(linked))
                del linked[address]
                peers.link_closed(address, now)
            case ("own", address):
                peers.mark_own(address)
                manual.discard(address)
                dialling = [each for each in dialling if each != address]
            case ("fault", node_id, severity):
                peers.fault(node_id, None, severity, now)
            case ("wait", ms):
                now += ms
        known = {peer.address: peer for peer in peers.known()}
        assert {a for a, peer in known.items() if Origin.MANUAL in peer.origin} == manual
        chosen = peers.next_to_dial(now, set(linked.values()))
        assert len(set(chosen)) == len(chosen) <= DIALS_AT_ONCE_MAX
        assert not {known[a].node_id for a in chosen} & set(linked.values())
        due = peers.next_due_ms(now)
        assert not chosen or due == now
    kept = peers.to_rows()
    again = PeerBook.from_rows({**kept, "something else": b""}, lambda: 0.5)
    assert again.to_rows() == kept
    assert {peer.address for peer in again.known()} == {
        peer.address for peer in peers.known() if peer.origin != Origin.LAN
    }
