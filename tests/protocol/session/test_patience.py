"""A node that cannot take records in, for want of room or by its clock: how often it asks, and when it has
them after all."""

import pytest

from protocol.errors import Severity
from protocol.session import source
from protocol.session.events import Eased, MissingContent, ReconcileNow
from protocol.session.messages import Message, Want
from protocol.session.patience import REST_MAX_MS, REST_MIN_MS, Patience
from tests.protocol.session.network import EPOCH_MS, Network, Node, make_records, worst

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
YEARS_MS = 3 * 365 * DAY_MS


@pytest.fixture(scope="module")
def many():
    return make_records("many", 120)


class Asked:
    """How many records a node asks of others for."""

    def __init__(self, net: Network, name: str) -> None:
        self.ids = 0

        def watch(sender: str, _to: str, message: Message) -> None:
            if sender == name and isinstance(message, Want):
                self.ids += len(message.ids)

        net.watch = watch

    def since(self) -> int:
        """Return the number since this was last asked."""
        ids, self.ids = self.ids, 0
        return ids


def joined(seed: int, poor_dials: bool = True) -> tuple[Network, Node, Node]:
    net = Network(seed=seed)
    rich, poor = net.node("rich"), net.node("poor")
    net.connect(*((poor, rich) if poor_dials else (rich, poor)))
    net.run()
    return net, rich, poor


def test_patience_doubles_up_to_its_limit_and_forgets_with_success() -> None:
    patience, now_ms = Patience(), 5
    rests = []
    for _ in range(9):
        assert patience.failed(now_ms)
        assert not patience.failed(now_ms + 1)  # tried before the rest
        began_ms = now_ms
        while not patience.is_over(now_ms):
            now_ms += 1_000
        assert not patience.is_resting
        rests.append(now_ms - began_ms)
    assert rests == [min(REST_MIN_MS * 2**n, REST_MAX_MS) for n in range(9)]
    patience.failed(now_ms)
    patience.succeeded()
    assert not patience.is_resting
    patience.failed(now_ms)
    assert not patience.is_over(now_ms + REST_MIN_MS - 1)
    assert patience.is_over(now_ms + REST_MIN_MS)
    assert not patience.is_over(now_ms + REST_MIN_MS)  # it was told


@pytest.mark.parametrize("poor_dials", [True, False])
def test_a_full_node_asks_ever_more_seldom_and_for_little(many, poor_dials: bool) -> None:
    net, rich, poor = joined(1, poor_dials)
    asked = Asked(net, "poor")
    poor.is_full = True
    net.write(rich, many)
    net.elapse(12 * HOUR_MS)
    # What was under way at the beginning; then six tries in the first hour and one in each of the others, of
    # one small want each.  Every interval of five minutes would have asked for all of them, twice.
    assert asked.since() <= len(many) + 18 * 10
    assert poor.ids == set()
    assert poor.closed == rich.closed == []
    assert worst(poor) == worst(rich) == Severity.HARMLESS


def test_a_full_node_gives_what_it_has(many) -> None:
    net, rich, poor = joined(2)
    poor.is_full = True
    net.write(rich, many)
    net.elapse(2 * HOUR_MS)
    own = make_records("own", 3)
    net.write(poor, own)
    for record in make_records("unannounced", 2):
        poor.store.put(record)
    net.elapse(400_000)
    assert len(rich.ids) == len(many) + 5
    assert len(poor.synced) >= 2 * HOUR_MS // 300_000  # nothing waits for what is not asked for


@pytest.mark.parametrize("poor_dials", [True, False])
def test_all_comes_at_once_when_there_is_room_again(many, poor_dials: bool) -> None:
    net, rich, poor = joined(3, poor_dials)
    asked = Asked(net, "poor")
    poor.is_full = True
    net.write(rich, many)
    net.elapse(7 * HOUR_MS)
    asked.since()
    poor.is_full = False
    net.handle(poor, Eased())
    net.elapse(3_000)
    assert poor.ids == rich.ids
    assert asked.since() == len(many)
    # And the next fault is met with the patience of a first.
    poor.is_full = True
    net.write(rich, make_records("more", 40))
    net.elapse(1_000)
    poor.is_full = False
    net.elapse(2 * REST_MIN_MS)
    assert poor.ids == rich.ids


def test_without_any_sign_all_comes_within_the_longest_rest(many) -> None:
    net, rich, poor = joined(4)
    poor.is_full = True
    net.write(rich, many)
    net.elapse(20 * HOUR_MS)
    poor.is_full = False
    net.elapse(REST_MAX_MS + 5_000)
    assert poor.ids == rich.ids


def test_one_peer_that_brings_news_is_no_reason_to_doubt_the_room_of_others(many) -> None:
    """What is stored from one link ends the rest for all."""
    net, rich, poor = joined(5)
    other = net.node("other")
    net.write(other, make_records("other", 3))
    poor.is_full = True
    net.write(rich, many)
    net.elapse(9 * HOUR_MS)
    poor.is_full = False
    link = net.connect(poor, other)
    net.handle(poor, ReconcileNow(link))
    net.elapse(10_000)
    assert poor.ids == rich.ids | other.ids


def test_an_operator_who_asks_for_a_sync_gets_a_try(many) -> None:
    net, rich, poor = joined(6)
    poor.is_full = True
    net.write(rich, many)
    net.elapse(9 * HOUR_MS)
    poor.is_full = False
    [link] = poor.links
    net.handle(poor, ReconcileNow(link))
    net.elapse(5_000)
    assert poor.ids == rich.ids


def test_a_store_that_fills_up_in_the_middle_of_a_sync_ends_it(many) -> None:
    net = Network(seed=7)
    rich, poor = net.node("rich"), net.node("poor")
    net.write(rich, many)
    net.connect(poor, rich)
    while len(poor.ids) < 30:
        net._step()
    poor.is_full = True
    net.settle()
    assert len(poor.ids) < len(many)
    assert len(poor.synced) == 1  # who waits for it is told
    poor.is_full = False
    net.elapse(REST_MIN_MS + 5_000)
    assert poor.ids == rich.ids
    fetching = poor.swarm._fetching
    assert not fetching._asked


def test_content_that_is_missing_is_sought_when_there_is_room_and_of_those_who_come(many) -> None:
    net = Network(seed=8)
    poor, full = net.node("poor"), net.node("full")
    [record] = make_records("ana", 1)
    for node in (poor, full):
        node.store.put(record)
    poor.store.erase(record.id)
    net.handle(poor, MissingContent([record.id]))
    poor.is_full = True
    net.connect(poor, full)
    net.settle()
    assert poor.store.records[record.id].content is None
    poor.is_full = False
    net.elapse(REST_MIN_MS + 5_000)
    assert poor.store.records[record.id].content is not None


# --- a clock that is years behind ----------------------------------------------------------------


@pytest.mark.parametrize("poor_dials", [True, False])
@pytest.mark.parametrize("remembered", [source.ASIDE_MAX_IDS, 100])
def test_a_clock_that_is_behind_asks_ever_more_seldom(
    many, poor_dials: bool, remembered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where there are more records than can be remembered one by one."""
    monkeypatch.setattr(source, "ASIDE_MAX_IDS", remembered)
    net, rich, poor = joined(9, poor_dials)
    asked = Asked(net, "poor")
    poor.clock_behind_ms = YEARS_MS
    net.write(rich, many)
    net.elapse(12 * HOUR_MS)
    # All of them each time: an old record may be among them, which this clock accepts.
    assert asked.since() <= 18 * len(many)
    assert poor.ids == set()
    assert poor.closed == poor.scores == []
    poor.clock_behind_ms = 0
    net.handle(poor, Eased())
    net.elapse(3_000)
    assert poor.ids == rich.ids
    assert asked.since() == len(many)


def test_a_clock_set_right_unseen_has_all_within_the_longest_rest(many) -> None:
    net, rich, poor = joined(10)
    poor.clock_behind_ms = YEARS_MS
    net.write(rich, many)
    net.elapse(20 * HOUR_MS)
    poor.clock_behind_ms = 0
    net.elapse(REST_MAX_MS + 5_000)
    assert poor.ids == rich.ids


def test_what_the_clock_accepts_comes_at_once_beside_what_it_does_not(many) -> None:
    net, rich, poor = joined(11)
    early = many[:50]
    poor.clock_behind_ms = YEARS_MS
    net.write(rich, early)
    net.elapse(9 * HOUR_MS)
    assert poor.ids == set()
    # Written by somebody whose clock stands as this one: not put off because of the others.
    fresh = make_records("fresh", 5, time_ms=EPOCH_MS - YEARS_MS)
    net.write(rich, fresh)
    net.elapse(2_000)
    assert {record.id for record in fresh} <= poor.ids
