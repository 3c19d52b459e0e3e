"""Whatever the sets, the frames and the cuts: the initiator ends up knowing exactly the difference."""

from hashlib import blake2b

from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.reconcile.items import EMPTY_FINGERPRINT, Item, fingerprint_of
from protocol.reconcile.negentropy import Reconciler
from protocol.reconcile.splitting import BUCKETS, even_split, random_split
from protocol.reconcile.wire import INFINITY, Bound, IdListRange, RangeWriter, decode_message
from tests.protocol.reconcile.sets import converse, digest_item, ids, sealed, two_sets

frame_limits = st.sampled_from([0, 4_096, 4_097, 5_000, 20_000])
seeds = st.none() | st.binary(min_size=32, max_size=32)


def split_of(seed, buckets=BUCKETS):
    return even_split if seed is None else random_split(seed, buckets)


@settings(max_examples=150, deadline=None)
@given(two_sets(), frame_limits, frame_limits, seeds, seeds, st.sampled_from([2, 16, 200]))
def test_any_two_sets_converge_to_their_difference(sets, limit, other_limit, seed, other_seed, buckets):
    ours, theirs = sets
    initiator = Reconciler(sealed(ours), limit, split_of(seed, buckets))
    responder = Reconciler(sealed(theirs), other_limit, split_of(other_seed))
    have, need, messages = converse(initiator, responder)
    assert set(have) == ids(ours - theirs)
    assert set(need) == ids(theirs - ours)
    assert all(len(message) <= (limit or len(message)) for message in messages[::2])
    assert all(len(message) <= (other_limit or len(message)) for message in messages[1::2])
    if limit == other_limit == 0:
        # A frame that ends early has the rest of its range compared again, and may name an id twice.
        assert (len(have), len(need)) == (len(set(have)), len(set(need)))


@settings(max_examples=60, deadline=None)
@given(two_sets(), frame_limits, st.sampled_from([31, 32, 100]))
def test_a_step_never_lists_more_than_it_may(sets, limit, have_max):
    ours, theirs = sets
    initiator = Reconciler(sealed(ours), limit, have_max_ids=have_max)
    responder = Reconciler(sealed(theirs), limit)
    have, need = set(), set()
    message = initiator.initiate()
    while message is not None:
        step = initiator.advance(responder.respond(message))
        assert len(step.have) <= have_max
        have.update(step.have)
        need.update(step.need)
        message = step.next
    assert (have, need) == (ids(ours - theirs), ids(theirs - ours))


@settings(max_examples=80, deadline=None)
@given(
    two_sets(),
    frame_limits,
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 40)), max_size=12),
)
def test_sets_that_grow_during_a_session_still_give_every_lasting_difference(sets, limit, growth):
    ours, theirs = sets
    lasting_have, lasting_need = ids(ours - theirs), ids(theirs - ours)
    ours_live, theirs_live = sealed(ours), sealed(theirs)
    grown = set()

    def grow():
        if not growth:
            return
        on_ours, on_theirs, count = growth.pop()
        for _ in range(count):
            item = digest_item("grown", len(grown))
            grown.add(item.id)
            if on_ours:
                ours_live.insert(item)
            if on_theirs:
                theirs_live.insert(item)

    have, need, _ = converse(Reconciler(ours_live, limit), Reconciler(theirs_live, limit), between=grow)
    assert lasting_have <= set(have) <= lasting_have | grown
    assert lasting_need <= set(need) <= lasting_need | grown


def test_cost_follows_the_difference_not_the_set():
    common = [digest_item("common", number, spread=100_000) for number in range(20_000)]
    extra = [digest_item("extra", number, spread=100_000) for number in range(3)]
    have, need, messages = converse(Reconciler(sealed(common + extra)), Reconciler(sealed(common)))
    assert (set(have), need) == (ids(extra), [])
    assert len(messages) <= 8
    assert sum(map(len, messages)) < 8_000


def test_a_full_frame_never_hides_items_from_a_peer_that_has_none_there():
    # The ids of the first range fill the frame, the split of the second does not fit, and the peer has
    # nothing in it: a closing fingerprint without the second range would equal the peer's.
    listed = [Item(1, blake2b(b"%d" % number, digest_size=32).digest()) for number in range(115)]
    split = [Item(5, blake2b(b"%d" % number, digest_size=32).digest()) for number in range(200)]
    writer = RangeWriter()
    message = b"\x61" + writer.id_list(Bound(2, b""), []) + writer.fingerprint(INFINITY, EMPTY_FINGERPRINT)
    reply = Reconciler(sealed(listed + split), 4_096).respond(message)
    first, last = decode_message(reply)
    assert isinstance(first, IdListRange)
    assert len(first.ids) == 115
    assert last.upper == INFINITY
    numbers = [int.from_bytes(item.id, "little") for item in split]
    assert last.fingerprint == fingerprint_of(sum(numbers), len(numbers))


COMMON = [Item(1_000 + number, blake2b(b"%d" % number, digest_size=32).digest()) for number in range(1_000)]
FIRST_BUCKET = (1_003, 1_055)  # seconds within what the even split gives its first bucket, the ranks 0 to 62


class TestForgedSums:
    """Two different sets of ids with one sum and one count, inside one bucket of the even split."""

    def sides(self):
        first, second = (int.from_bytes(item.id, "little") for item in COMMON[:2])
        low, high = FIRST_BUCKET
        mine = [Item(low, self.id_of(first + 7)), Item(high, self.id_of(second + 11))]
        yours = [Item(low, self.id_of(first + 5)), Item(high, self.id_of(second + 13))]
        assert sum(map(self.number, mine)) == sum(map(self.number, yours))
        return mine, yours

    @staticmethod
    def id_of(number):
        return number.to_bytes(32, "little")

    @staticmethod
    def number(item):
        return int.from_bytes(item.id, "little")

    def reported(self, split):
        mine, yours = self.sides()
        responder = Reconciler(sealed(COMMON + yours))
        have, need, _ = converse(Reconciler(sealed(COMMON + mine), split=split), responder)
        return set(have) == ids(mine) and set(need) == ids(yours)

    def test_the_even_split_is_fooled_every_time(self):
        mine, yours = self.sides()
        both = Reconciler(sealed(COMMON + mine)), Reconciler(sealed(COMMON + yours))
        assert converse(*both)[:2] == ([], [])

    def test_random_cuts_find_it_within_a_few_sessions(self):
        found = [self.reported(random_split(bytes([seed]) * 32)) for seed in range(12)]
        assert found.count(True) >= 4

    def test_more_buckets_find_it_at_once(self):
        assert all(self.reported(random_split(bytes([seed]) * 32, buckets=256)) for seed in range(8))
