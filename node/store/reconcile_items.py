"""The set of records as reconciliation asks for it, read from the file: nothing but its summary is in memory.

For a worker thread: plain `sqlite3`, one read transaction for each message (`with items.snapshot():`), so the
summary and the records it is completed from are of one moment whatever the writer commits meanwhile.
"""

import sqlite3
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path

from node.store.errors import StoreError
from node.store.reconcile_buckets import (
    SELECT_BUCKETS,
    SELECT_ITEMS,
    Bucket,
    BucketItems,
    decode_buckets,
    key_parts,
)
from protocol.reconcile.items import Item, bound_key, fingerprint_of
from protocol.reconcile.wire import Bound

# Ranges follow one another, so what one has read the next needs: 64 × 12 KB are less than 1 MB.
BUCKETS_KEPT_MAX = 64

# The inner pages of one index.
_CACHE_SIZE_KB = 2_048

# How long a read waits for a lock; in WAL mode only recovery after a crash holds one.
_BUSY_TIMEOUT_MS = 10_000


def open_stored_items(path: Path) -> "StoredItems":
    """Open the set of a store's file for reading; the writer has made its tables.  Raises `StoreError`."""
    try:
        db = sqlite3.connect(f"file:{path}", uri=True, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA query_only = ON")
        db.execute(f"PRAGMA cache_size = -{_CACHE_SIZE_KB}")
        db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: {error}") from error
    return StoredItems(db)


class StoredItems:
    """An `ItemSet` over the table `record`; answers within `snapshot` only, one thread at a time."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._turn = threading.Lock()
        self._data_version: int | None = None
        self._version = -1
        self._by_number: dict[int, Bucket] = {}
        self._buckets: list[Bucket] = []
        self._starts: list[bytes] = []
        self._ranks: list[int] = [0]
        self._sums: list[int] = [0]
        self._kept: OrderedDict[int, BucketItems] = OrderedDict()

    @contextmanager
    def snapshot(self) -> Iterator["StoredItems"]:
        """Hold the set still: what is asked within is of one moment.  Raises `StoreError`."""
        with self._turn:
            try:
                self._db.execute("BEGIN")
                try:
                    self._refresh()
                    yield self
                finally:
                    self._db.execute("COMMIT")
            except sqlite3.Error as error:
                raise StoreError(f"the records could not be read for reconciliation: {error}") from error

    def close(self) -> None:
        """Close the connection, once nobody is within `snapshot`."""
        with self._turn:
            self._db.close()

    def size(self) -> int:
        """Return the number of items."""
        return self._ranks[-1]

    def item(self, rank: int) -> Item:
        """Return the item at a rank, 0 ≤ rank < size."""
        if not 0 <= rank < self._ranks[-1]:
            raise IndexError(f"rank {rank} of {self._ranks[-1]} items")
        place = bisect_right(self._ranks, rank) - 1
        items, within = self._items(place), rank - self._ranks[place]
        return Item(items.seconds(within), items.id(within))

    def find_lower_bound(self, begin: int, end: int, bound: Bound) -> int:
        """Return the first rank in [begin, end) whose item is not below the bound, or `end`."""
        key = bound_key(bound)
        if key is None:
            return end
        place = max(bisect_right(self._starts, key) - 1, 0)
        rank = self._ranks[place] + self._items(place).count_below(key)
        return min(max(rank, begin), end)

    def iterate(self, begin: int, end: int) -> Iterator[Item]:
        """Yield the items of the ranks in [begin, end), in order."""
        while begin < end:
            place = bisect_right(self._ranks, begin) - 1
            items = self._items(place)
            upto = min(end, self._ranks[place + 1])
            for within in range(begin - self._ranks[place], upto - self._ranks[place]):
                yield Item(items.seconds(within), items.id(within))
            begin = upto

    def fingerprint(self, begin: int, end: int) -> bytes:
        """Return the 16-byte fingerprint of the ranks in [begin, end)."""
        return fingerprint_of(self.sum_below(end) - self.sum_below(begin), end - begin)

    def sum_below(self, rank: int) -> int:
        """Return the sum of the ids of the ranks below one, not reduced."""
        place = bisect_right(self._ranks, rank) - 1
        within = rank - self._ranks[place]
        if within == 0:
            return self._sums[place]
        bucket = self._buckets[place]
        items = self._items(place)
        if within <= bucket.items // 2:
            return self._sums[place] + items.sum_of(0, within)
        return self._sums[place + 1] - items.sum_of(within, bucket.items)

    def _items(self, place: int) -> BucketItems:
        """Return a bucket's items: kept ones where the bucket has not changed since, else from the index."""
        bucket = self._buckets[place]
        kept = self._kept.get(bucket.number)
        if kept is not None and kept.version == bucket.version:
            self._kept.move_to_end(bucket.number)
            return kept
        row = self._db.execute(SELECT_ITEMS, (*key_parts(bucket.start), bucket.items, 0)).fetchone()
        items = BucketItems(row[0], row[1], bucket.version)
        if len(items) != bucket.items:
            raise StoreError("reconcile_bucket does not agree with the records: run `rebuild`")
        self._kept[bucket.number] = items
        if len(self._kept) > BUCKETS_KEPT_MAX:
            self._kept.popitem(last=False)
        return items

    def _refresh(self) -> None:
        """Bring the summary in memory to the moment of the transaction that has begun."""
        # Any read takes the snapshot; `data_version` asked after it is that of the snapshot.
        rows, newest = self._db.execute("SELECT count(*), max(version) FROM reconcile_bucket").fetchone()
        data_version = self._db.execute("PRAGMA data_version").fetchone()[0]
        if data_version == self._data_version:
            return
        if not rows:
            raise StoreError("the summary of the records has not been made: open the store for writing once")
        since = self._version if newest >= self._version else -1
        changed = list(decode_buckets(self._db.execute(SELECT_BUCKETS, (since,)).fetchone()[0]))
        if len(changed) == rows:
            self._by_number = {}  # all of them: at first, or after a rebuild, which numbers them anew
            self._kept.clear()
        self._by_number.update((bucket.number, bucket) for bucket in changed)
        if len(self._by_number) != rows:
            raise StoreError("the summary of the records has lost rows: run `rebuild`")
        self._data_version = data_version
        if not changed:
            return
        self._version = max(bucket.version for bucket in changed)
        self._buckets = sorted(self._by_number.values(), key=lambda bucket: bucket.start)
        self._starts = [bucket.start for bucket in self._buckets]
        self._ranks = list(accumulate((bucket.items for bucket in self._buckets), initial=0))
        self._sums = list(accumulate((bucket.id_sum for bucket in self._buckets), initial=0))
