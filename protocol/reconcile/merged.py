"""Two sets of items as one, without putting them together: a large one on disk and a small one beside it."""

from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Protocol

from protocol.reconcile.items import Item, ItemSet, fingerprint_of
from protocol.reconcile.wire import Bound


class SummedItems(ItemSet, Protocol):
    """An `ItemSet` that also says what its ids add up to."""

    def sum_below(self, rank: int) -> int:
        """Return the sum of the ids of the ranks below one, as numbers, not reduced."""


class Overlap(Exception):
    """An item is in both sets, which may not be; `item` is the one."""

    def __init__(self, item: Item) -> None:
        super().__init__(f"{item.id.hex()} is in both of two sets that have nothing in common")
        self.item = item


class MergedItems:
    """An `ItemSet` of all items of two sets that have none in common; both may change between messages.

    A rank is looked for in the small set by halving, each time with a look into the large one.  Raises
    `Overlap` where it meets an item of both: ranks would be wrong.
    """

    def __init__(self, large: SummedItems, small: SummedItems) -> None:
        self._large = large
        self._small = small

    def size(self) -> int:
        """Return the number of items."""
        return self._large.size() + self._small.size()

    def item(self, rank: int) -> Item:
        """Return the item at a rank, 0 ≤ rank < size."""
        of_large, of_small = self._parted(rank)
        if of_small == self._small.size():
            return self._large.item(of_large)
        small = self._small.item(of_small)
        if of_large == self._large.size():
            return small
        large = self._large.item(of_large)
        if small == large:
            raise Overlap(small)
        return min(small, large)

    def find_lower_bound(self, begin: int, end: int, bound: Bound) -> int:
        """Return the first rank in [begin, end) whose item is not below the bound, or `end`."""
        below = self._large.find_lower_bound(0, self._large.size(), bound)
        below += self._small.find_lower_bound(0, self._small.size(), bound)
        return min(max(below, begin), end)

    def iterate(self, begin: int, end: int) -> Iterator[Item]:
        """Yield the items of the ranks in [begin, end), in order."""
        if begin >= end:
            return
        of_large, of_small = self._parted(begin)
        both = merge(
            self._large.iterate(of_large, self._large.size()),
            self._small.iterate(of_small, self._small.size()),
        )
        before: Item | None = None
        for item in islice(both, end - begin):
            if item == before:
                raise Overlap(item)
            before = item
            yield item

    def fingerprint(self, begin: int, end: int) -> bytes:
        """Return the 16-byte fingerprint of the ranks in [begin, end)."""
        return fingerprint_of(self._sum_below(end) - self._sum_below(begin), end - begin)

    def _sum_below(self, rank: int) -> int:
        of_large, of_small = self._parted(rank)
        return self._large.sum_below(of_large) + self._small.sum_below(of_small)

    def _parted(self, rank: int) -> tuple[int, int]:
        """Return how many of the first `rank` items are of the large set, and how many of the small one."""
        low, high = max(rank - self._large.size(), 0), min(rank, self._small.size())
        while low < high:
            middle = (low + high) // 2
            item = self._small.item(middle)
            place = middle + self._large.find_lower_bound(0, self._large.size(), Bound(item.seconds, item.id))
            if place < rank:
                low = middle + 1
            else:
                high = middle
        return rank - low, low
