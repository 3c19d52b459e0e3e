"""The writer's side of the summary: in memory, changed with every batch, written in its transaction."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import count

import aiosqlite

from node.store.bulk import insert_rows
from node.store.errors import Trouble
from node.store.reconcile_buckets import (
    ABOVE_ALL_KEYS,
    BUCKET_SIZE_ITEMS,
    BUCKET_SIZE_MAX_ITEMS,
    LOWEST_KEY,
    SELECT_BUCKETS,
    SELECT_ITEMS,
    Bucket,
    BucketItems,
    cut,
    decode_buckets,
    key_parts,
)
from protocol.reconcile.items import SUM_MODULUS, TIME_SIZE_BYTES, Item, key_number

# Read at once when everything is summed up again: 2 MB.
_REBUILD_STEP_ITEMS = 64 * BUCKET_SIZE_ITEMS

_UPSERT = "INSERT OR REPLACE INTO reconcile_bucket (number, start, items, id_sum, version)"


class ReconcileSummary:
    """Keeps `reconcile_bucket` in step with `record`.  The caller holds a transaction in every call.

    `forget` after a transaction that was rolled back: what it changed here is read again from the table.
    """

    def __init__(self) -> None:
        self._buckets: list[Bucket] = []
        self._starts: list[bytes] = []
        self._version = 0
        self._next_number = 1

    def forget(self) -> None:
        """Drop what is in memory; the next call reads it from the table."""
        self._buckets = []

    async def load(self, db: aiosqlite.Connection) -> None:
        """Read the table; an empty one is filled from the records, which takes 2 s for a million."""
        [(text,)] = await db.execute_fetchall(SELECT_BUCKETS, (-1,))
        if text is None:
            await self.rebuild(db)
            return
        self._take(decode_buckets(text))

    async def rebuild(self, db: aiosqlite.Connection) -> None:
        """Sum up all records again, in place of whatever the table holds."""
        [(newest,)] = await db.execute_fetchall("SELECT coalesce(max(version), 0) FROM reconcile_bucket")
        await db.execute("DELETE FROM reconcile_bucket")
        version, numbers = newest + 1, count(1)
        made: list[Bucket] = []
        start = LOWEST_KEY
        while items := await _read_items(db, start, _REBUILD_STEP_ITEMS):
            made += cut(items, numbers, version)
            if len(items) < _REBUILD_STEP_ITEMS:
                break
            start = made.pop().start  # read again, with what follows it
        if not made:
            made.append(Bucket(next(numbers), version, 0, LOWEST_KEY, 0))
        made[0].start = LOWEST_KEY
        await insert_rows(db, _UPSERT, [bucket.row() for bucket in made])
        self._take(made)

    async def note_inserted(self, db: aiosqlite.Connection, items: Iterable[Item]) -> None:
        """Add items whose rows of `record` this transaction has inserted, none of which was held before."""
        if not self._buckets:
            # What is read or summed up here counts the new rows only if the table was empty.
            [(text,)] = await db.execute_fetchall(SELECT_BUCKETS, (-1,))
            if text is None:
                await self.rebuild(db)
                return
            self._take(decode_buckets(text))
        self._version += 1
        changed = self._add(items)
        for bucket in [bucket for bucket in changed if bucket.items > BUCKET_SIZE_MAX_ITEMS]:
            changed += await self._split(db, bucket)
        # In the order of their pages, which halves the cost where every item falls into another bucket.
        await insert_rows(db, _UPSERT, sorted(bucket.row() for bucket in changed))

    def _add(self, items: Iterable[Item]) -> list[Bucket]:
        """Add items to the buckets in memory and return those that changed."""
        starts, buckets, version = self._starts, self._buckets, self._version
        changed: list[Bucket] = []
        bucket, following = buckets[0], LOWEST_KEY
        for key in sorted([seconds.to_bytes(TIME_SIZE_BYTES, "big") + id_ for seconds, id_ in items]):
            if key >= following:
                place = bisect_right(starts, key)
                bucket = buckets[place - 1]
                following = starts[place] if place < len(starts) else ABOVE_ALL_KEYS
                if bucket.version != version:
                    bucket.version = version
                    changed.append(bucket)
            bucket.items += 1
            bucket.id_sum += key_number(key)
        return changed

    async def _split(self, db: aiosqlite.Connection, bucket: Bucket) -> list[Bucket]:
        """Leave the first items to a bucket that has grown too large; return the buckets of the others."""
        kept = BUCKET_SIZE_ITEMS
        items = await _read_items(db, bucket.start, bucket.items - kept, kept)
        others = cut(items, count(self._next_number), self._version)
        bucket.items = kept
        bucket.id_sum -= sum(other.id_sum for other in others)
        place = bisect_right(self._starts, bucket.start)
        self._buckets[place:place] = others
        self._starts[place:place] = [other.start for other in others]
        self._next_number += len(others)
        return others

    def _take(self, buckets: Iterable[Bucket]) -> None:
        self._buckets = sorted(buckets, key=lambda bucket: bucket.start)
        self._starts = [bucket.start for bucket in self._buckets]
        self._version = max(bucket.version for bucket in self._buckets)
        self._next_number = max(bucket.number for bucket in self._buckets) + 1


async def check_summary(db: aiosqlite.Connection) -> list[str]:
    """Sum up all records again and compare; return one sentence for each bucket that is wrong."""
    [(text,)] = await db.execute_fetchall(SELECT_BUCKETS, (-1,))
    [(records,)] = await db.execute_fetchall("SELECT count(*) FROM record INDEXED BY record_by_time")
    buckets = sorted(decode_buckets(text), key=lambda bucket: bucket.start)
    wrong: list[str] = []
    summed = sum(bucket.items for bucket in buckets)
    if summed != records:
        wrong.append(
            Trouble(f"the summary for comparing counts {summed} of {records} records: run `minga rebuild`")
        )
    following = [*(bucket.start for bucket in buckets[1:]), ABOVE_ALL_KEYS]
    for bucket, end in zip(buckets, following, strict=True):
        items = await _read_items(db, bucket.start, bucket.items + 1)
        below = items.count_below(end)
        if below != bucket.items or (items.sum_of(0, below) - bucket.id_sum) % SUM_MODULUS:
            wrong.append(
                Trouble(f"part {bucket.number} of the summary for comparing is wrong: run `minga rebuild`")
            )
    return wrong


async def _read_items(db: aiosqlite.Connection, start: bytes, limit: int, offset: int = 0) -> BucketItems:
    [(times, ids)] = await db.execute_fetchall(SELECT_ITEMS, (*key_parts(start), limit, offset))
    return BucketItems(times, ids)
