"""The set in memory against the plainest one: a sorted list."""

from bisect import bisect_left

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.reconcile.items import BLOCK_SIZE_ITEMS, EMPTY_FINGERPRINT, Item, SortedItems, fingerprint_of
from protocol.reconcile.wire import INFINITY, Bound
from tests.protocol.reconcile.sets import digest_item

few_bytes = st.lists(st.sampled_from([0, 1, 255]), min_size=0, max_size=3).map(bytes)
small_items = st.builds(
    lambda seconds, head, tail: Item(seconds, head.ljust(29, b"\0")[:29] + tail.rjust(3, b"\0")),
    st.sampled_from([0, 1, 2, 2**32 - 1]),
    few_bytes,
    few_bytes,
)
bounds = st.builds(Bound, st.sampled_from([0, 1, 2, 3, 2**32 - 1, 2**32, 2**63]), few_bytes) | st.just(
    INFINITY
)


def plain_fingerprint(items):
    return fingerprint_of(sum(int.from_bytes(item.id, "little") for item in items), len(items))


def check(items, plain, some_bounds, ranks):
    """Hold every answer of an item set against those of a sorted list."""
    assert items.size() == len(plain)
    assert list(items.iterate(0, len(plain))) == plain
    for bound in some_bounds:
        assert items.find_lower_bound(0, len(plain), bound) == bisect_left(plain, tuple(bound))
    for first, second in ranks:
        begin, end = sorted((first % (len(plain) + 1), second % (len(plain) + 1)))
        assert items.fingerprint(begin, end) == plain_fingerprint(plain[begin:end])
        assert list(items.iterate(begin, end)) == plain[begin:end]
        if begin < len(plain):
            assert items.item(begin) == plain[begin]
        for bound in some_bounds:
            assert items.find_lower_bound(begin, end, bound) == bisect_left(plain, tuple(bound), begin, end)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(small_items, max_size=40),
    st.lists(st.tuples(st.booleans(), small_items), max_size=40),
    st.lists(bounds, max_size=6),
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=6),
)
def test_it_answers_as_a_sorted_list_does(gathered, changes, some_bounds, ranks):
    items = SortedItems()
    for item in gathered:
        items.insert(item)
    items.seal()
    plain = set(gathered)
    check(items, sorted(plain), some_bounds, ranks)
    for add, item in changes:
        (items.insert if add else items.remove)(item)
        (plain.add if add else plain.discard)(item)
    check(items, sorted(plain), some_bounds, ranks)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 4 * BLOCK_SIZE_ITEMS),
    st.integers(0, 4 * BLOCK_SIZE_ITEMS),
    st.data(),
)
def test_it_answers_so_across_many_blocks(name, before, after, data):
    items = SortedItems()
    drawn = [digest_item(name, number) for number in range(before + after)]
    for item in drawn[:before]:
        items.insert(item)
    items.seal()
    for item in drawn[before:]:
        items.insert(item)
    removed = data.draw(st.integers(0, len(drawn)))
    for item in drawn[:removed]:
        items.remove(item)
    ranks = data.draw(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999)), max_size=6))
    some_bounds = [Bound(item.seconds, item.id[:2]) for item in drawn[:3]]
    check(items, sorted(drawn[removed:]), some_bounds, ranks)


def test_the_fingerprint_is_the_published_one():
    # Two ids that add up past 2^256 wrap round; the count keeps a set and its sum apart.
    assert fingerprint_of(2**256 - 1 + 2, 2) == fingerprint_of(1, 2)
    assert fingerprint_of(1, 2) != fingerprint_of(1, 1)
    # SHA-256 of 33 zero bytes, computed with another program (sha256sum).
    assert EMPTY_FINGERPRINT.hex() == "7f9c9e31ac8256ca2f258583df262dbc"


def test_a_rank_past_the_end_is_refused():
    items = SortedItems()
    items.seal()
    with pytest.raises(IndexError):
        items.item(0)
    with pytest.raises(RuntimeError):
        items.seal()
