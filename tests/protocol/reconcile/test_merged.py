"""Two sets that are reconciled as one: the same as if they were one, and no harm where they overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.reconcile.items import Item
from protocol.reconcile.merged import MergedItems, Overlap
from protocol.reconcile.negentropy import Reconciler
from protocol.reconcile.splitting import random_split
from protocol.reconcile.wire import Bound
from tests.protocol.reconcile.sets import converse, digest_item, sealed, two_sets


@given(two_sets(), st.data())
def test_two_sets_answer_as_their_union_does(sets, data):
    large, small = sets[0] - sets[1], sets[1]
    merged, union = MergedItems(sealed(large), sealed(small)), sealed(large | small)
    size = union.size()
    assert merged.size() == size
    assert list(merged.iterate(0, size)) == list(union.iterate(0, size))
    for _ in range(5):
        begin = data.draw(st.integers(0, size))
        end = data.draw(st.integers(begin, size))
        assert merged.fingerprint(begin, end) == union.fingerprint(begin, end)
        assert list(merged.iterate(begin, end)) == list(union.iterate(begin, end))
        if begin < size:
            item = union.item(begin)
            assert merged.item(begin) == item
            for bound in (
                Bound(item.seconds, item.id),
                Bound(item.seconds, item.id[:2]),
                Bound(item.seconds + 1, b""),
            ):
                assert merged.find_lower_bound(begin, end, bound) == union.find_lower_bound(begin, end, bound)


@given(two_sets(), st.integers(0, 3), st.booleans())
def test_what_is_set_aside_is_not_lacking_and_what_is_lacking_is_found(sets, every, evenly):
    """The peer holds what we set aside, and more; some that we set aside it does not hold."""
    ours, theirs = sets
    only_theirs = sorted(theirs - ours)
    aside = set(only_theirs[:: every + 1]) | {digest_item("nobody's", number) for number in range(every)}
    split = {} if evenly else {"split": random_split(b"s" * 32)}
    initiator = Reconciler(MergedItems(sealed(ours), sealed(aside)), 4_096, **split)
    have, need, _ = converse(initiator, Reconciler(sealed(theirs), 4_096))
    assert set(need) == {item.id for item in theirs - ours - aside}
    assert set(have) == {item.id for item in (ours | aside) - theirs}


def test_a_set_that_changes_between_messages_is_followed():
    items = [digest_item("changing", number) for number in range(400)]
    small = sealed(items[:100])
    merged = MergedItems(sealed(items[100:]), small)
    assert merged.size() == 400
    small.remove(items[0])
    small.insert(digest_item("late", 1))
    left = sealed([*items[1:], digest_item("late", 1)])
    assert merged.fingerprint(0, 400) == left.fingerprint(0, 400)


def test_an_item_in_both_sets_is_told_and_not_passed_on():
    items = [Item(second, digest_item("both", second).id) for second in range(40)]
    twice = items[7]
    merged = MergedItems(sealed(items), sealed([twice, Item(99, b"x" * 32)]))
    with pytest.raises(Overlap) as told:
        list(merged.iterate(0, 20))
    assert told.value.item == twice
    with pytest.raises(Overlap):
        merged.item(7)


@pytest.mark.parametrize(("large", "small"), [(0, 0), (0, 3), (3, 0), (1, 1)])
def test_empty_and_smallest_sets(large, small):
    parts = [{digest_item(name, n) for n in range(count)} for name, count in (("l", large), ("s", small))]
    merged, union = MergedItems(*(sealed(part) for part in parts)), sealed(parts[0] | parts[1])
    size = large + small
    assert (merged.size(), merged.fingerprint(0, size)) == (size, union.fingerprint(0, size))
    assert [merged.item(rank) for rank in range(size)] == list(union.iterate(0, size))
    assert merged.find_lower_bound(0, size, Bound(2**40, b"")) == size
