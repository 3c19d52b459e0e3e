"""The sets that are reconciled: items in the order of (seconds, id), and what a store of them answers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple, Protocol

from protocol.errors import Malformed, OverLimit
from protocol.limits import RECONCILE_SECONDS_MAX
from protocol.reconcile.wire import FINGERPRINT_SIZE_BYTES, ID_SIZE_BYTES, Bound, encode_varint

# A block is read through to find a rank or a partial sum in it, and every change costs a pass over
# all blocks: 256 balances the two near a million items.
BLOCK_SIZE_ITEMS = 256

SUM_MODULUS = 2**256
TIME_SIZE_BYTES = 4


class Item(NamedTuple):
    """What is reconciled of a record: the author's time in whole seconds, and the 32-byte id."""

    seconds: int
    id: bytes


class ItemSet(Protocol):
    """An ordered set of items.  Ranks count from 0 and hold until the set changes: within one message."""

    def size(self) -> int:
        """Return the number of items."""

    def item(self, rank: int) -> Item:
        """Return the item at a rank, 0 ≤ rank < size."""

    def find_lower_bound(self, begin: int, end: int, bound: Bound) -> int:
        """Return the first rank in [begin, end) whose item is not below the bound, or `end`."""

    def iterate(self, begin: int, end: int) -> Iterator[Item]:
        """Yield the items of the ranks in [begin, end), in order."""

    def fingerprint(self, begin: int, end: int) -> bytes:
        """Return the 16-byte fingerprint of the ranks in [begin, end)."""


def fingerprint_of(id_sum: int, count: int) -> bytes:
    """Return SHA-256(sum of ids mod 2^256, little-endian ‖ varint(count)), its first 16 bytes."""
    total = (id_sum % SUM_MODULUS).to_bytes(ID_SIZE_BYTES, "little")
    return sha256(total + encode_varint(count)).digest()[:FINGERPRINT_SIZE_BYTES]


EMPTY_FINGERPRINT = fingerprint_of(0, 0)


def sort_key(item: Item) -> bytes:
    """Return 36 bytes that sort as the item does: seconds, big-endian, then the id.

    Raises `OverLimit` for a time outside 0 … 2^32 − 1 and `Malformed` for an id that is not 32 bytes.
    """
    if not 0 <= item.seconds <= RECONCILE_SECONDS_MAX:
        raise OverLimit(f"reconciliation: {item.seconds} s is outside 0 … {RECONCILE_SECONDS_MAX}")
    if len(item.id) != ID_SIZE_BYTES:
        raise Malformed(f"reconciliation: an id of {len(item.id)} bytes, not {ID_SIZE_BYTES}")
    return item.seconds.to_bytes(TIME_SIZE_BYTES, "big") + item.id


def bound_key(bound: Bound) -> bytes | None:
    """Return bytes that compare with sort keys as the bound does; None where it is above every item."""
    if bound.seconds > RECONCILE_SECONDS_MAX:
        return None
    return bound.seconds.to_bytes(TIME_SIZE_BYTES, "big") + bound.prefix


def item_of(key: bytes) -> Item:
    """Return the item of a sort key."""
    return Item(int.from_bytes(key[:TIME_SIZE_BYTES], "big"), key[TIME_SIZE_BYTES:])


def key_number(key: bytes) -> int:
    """Return a sort key's id as the number that fingerprints add."""
    return int.from_bytes(key[TIME_SIZE_BYTES:], "little")


class SortedItems:
    """An `ItemSet` in memory, about 80 bytes an item.

    Items are first gathered with `insert` and put in order by `seal`; a sealed set still takes `insert` and
    `remove`, each in the time of one block, and pays one pass over the blocks' sums at the next question.
    """

    def __init__(self) -> None:
        self._gathered: list[bytes] | None = []
        self._blocks: list[list[bytes]] = [[]]
        self._sums: list[int] = [0]
        self._starts: list[bytes] = [b""]
        self._ranks: list[int] = [0, 0]
        self._totals: list[int] = [0, 0]
        self._stale = False

    def insert(self, item: Item) -> None:
        """Add an item; one that is there already changes nothing.  Raises as `sort_key`."""
        key = sort_key(item)
        if self._gathered is not None:
            self._gathered.append(key)
            return
        number = self._block_of(key)
        block = self._blocks[number]
        place = bisect_left(block, key)
        if place < len(block) and block[place] == key:
            return
        block.insert(place, key)
        self._sums[number] += key_number(key)
        self._stale = True
        if len(block) > 2 * BLOCK_SIZE_ITEMS:
            self._split(number)

    def remove(self, item: Item) -> None:
        """Take an item out of a sealed set; one that is not there changes nothing.  Raises as `sort_key`."""
        self._refresh()
        key = sort_key(item)
        number = self._block_of(key)
        block = self._blocks[number]
        place = bisect_left(block, key)
        if place < len(block) and block[place] == key:
            del block[place]
            self._sums[number] -= key_number(key)
            self._stale = True

    def seal(self) -> None:
        """Put what was gathered in order.  Call it once, before any question."""
        if self._gathered is None:
            raise RuntimeError("the set is sealed already")
        keys = sorted(set(self._gathered))
        self._gathered = None
        starts = range(0, len(keys), BLOCK_SIZE_ITEMS) or range(1)
        self._blocks = [keys[start : start + BLOCK_SIZE_ITEMS] for start in starts]
        self._sums = [sum(map(key_number, block)) for block in self._blocks]
        self._starts = [block[0] if block else b"" for block in self._blocks]
        self._starts[0] = b""
        self._stale = True

    def size(self) -> int:
        """Return the number of items."""
        self._refresh()
        return self._ranks[-1]

    def item(self, rank: int) -> Item:
        """Return the item at a rank, 0 ≤ rank < size."""
        self._refresh()
        if not 0 <= rank < self._ranks[-1]:
            raise IndexError(f"rank {rank} of {self._ranks[-1]} items")
        number = bisect_right(self._ranks, rank) - 1
        return item_of(self._blocks[number][rank - self._ranks[number]])

    def find_lower_bound(self, begin: int, end: int, bound: Bound) -> int:
        """Return the first rank in [begin, end) whose item is not below the bound, or `end`."""
        self._refresh()
        key = bound_key(bound)
        if key is None:
            return end
        number = self._block_of(key)
        rank = self._ranks[number] + bisect_left(self._blocks[number], key)
        return min(max(rank, begin), end)

    def iterate(self, begin: int, end: int) -> Iterator[Item]:
        """Yield the items of the ranks in [begin, end), in order."""
        self._refresh()
        if begin >= end:
            return
        number = bisect_right(self._ranks, begin) - 1
        place = begin - self._ranks[number]
        left = end - begin
        while left > 0:
            keys = self._blocks[number][place : place + left]
            yield from map(item_of, keys)
            left -= len(keys)
            number, place = number + 1, 0

    def fingerprint(self, begin: int, end: int) -> bytes:
        """Return the 16-byte fingerprint of the ranks in [begin, end)."""
        self._refresh()
        return fingerprint_of(self.sum_below(end) - self.sum_below(begin), end - begin)

    def sum_below(self, rank: int) -> int:
        """Return the sum of the ids of the ranks below one, not reduced."""
        self._refresh()
        number = bisect_right(self._ranks, rank) - 1
        if number == len(self._blocks):
            return self._totals[-1]
        part = self._blocks[number][: rank - self._ranks[number]]
        return self._totals[number] + sum(map(key_number, part))

    def _block_of(self, key: bytes) -> int:
        return max(bisect_right(self._starts, key) - 1, 0)

    def _split(self, number: int) -> None:
        block = self._blocks[number]
        upper = block[BLOCK_SIZE_ITEMS:]
        del block[BLOCK_SIZE_ITEMS:]
        upper_sum = sum(map(key_number, upper))
        self._sums[number] -= upper_sum
        self._blocks.insert(number + 1, upper)
        self._sums.insert(number + 1, upper_sum)
        self._starts.insert(number + 1, upper[0])

    def _refresh(self) -> None:
        if self._gathered is not None:
            raise RuntimeError("seal the set before asking it anything")
        if self._stale:
            self._ranks = list(accumulate(map(len, self._blocks), initial=0))
            self._totals = list(accumulate(self._sums, initial=0))
            self._stale = False
