"""The set read from the file against the set in memory: same answers and transcripts, whatever filled it."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.store.connection import open_writer
from node.store.errors import StoreError
from node.store.reconcile_buckets import BUCKET_SIZE_ITEMS, BUCKET_SIZE_MAX_ITEMS, BUCKET_TABLE, SELECT_ITEMS
from node.store.reconcile_items import BUCKETS_KEPT_MAX, open_stored_items
from node.store.reconcile_summary import ReconcileSummary, check_summary
from protocol.reconcile.items import Item, fingerprint_of
from protocol.reconcile.negentropy import Reconciler
from protocol.reconcile.wire import INFINITY, Bound
from tests.protocol.reconcile.sets import converse, digest_item, ids, sealed

RECORD_TABLE = "CREATE TABLE record (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, seconds INTEGER NOT NULL)"
RECORD_INDEX = "CREATE UNIQUE INDEX record_by_time ON record (seconds, id)"


class Writing:
    """A file with the two tables, its writer and its summary."""

    def __init__(self, db, path):
        self.db, self.path, self.summary = db, path, ReconcileSummary()

    async def insert(self, items, commit=True):
        await self.db.execute("BEGIN IMMEDIATE")
        await self.db.executemany(
            "INSERT INTO record (id, seconds) VALUES (?, ?)", [(item.id, item.seconds) for item in items]
        )
        await self.summary.note_inserted(self.db, items)
        if commit:
            await self.db.execute("COMMIT")
        else:
            await self.db.execute("ROLLBACK")
            self.summary.forget()

    async def rebuild(self):
        await self.db.execute("BEGIN IMMEDIATE")
        await self.summary.rebuild(self.db)
        await self.db.execute("COMMIT")

    async def load(self):
        self.summary = ReconcileSummary()
        await self.db.execute("BEGIN IMMEDIATE")
        await self.summary.load(self.db)
        await self.db.execute("COMMIT")


@asynccontextmanager
async def writing(folder):
    path = folder / "store.db"
    for old in folder.glob("store.db*"):
        old.unlink()
    db = await open_writer(path, "NORMAL")
    try:
        for statement in (RECORD_TABLE, RECORD_INDEX, BUCKET_TABLE):
            await db.execute(statement)
        made = Writing(db, path)
        await made.load()
        yield made
    finally:
        await db.close()


def check_against(stored, plain, ranks=(), bounds=()):
    """Hold every answer against those of the set in memory."""
    model = sealed(plain)
    size = len(plain)
    assert stored.size() == size
    assert list(stored.iterate(0, size)) == list(model.iterate(0, size))
    assert stored.fingerprint(0, size) == model.fingerprint(0, size)
    for first, second in ranks:
        begin, end = sorted((first % (size + 1), second % (size + 1)))
        assert stored.fingerprint(begin, end) == model.fingerprint(begin, end)
        assert list(stored.iterate(begin, end)) == list(model.iterate(begin, end))
        for bound in bounds:
            assert stored.find_lower_bound(begin, end, bound) == model.find_lower_bound(begin, end, bound)
        if begin < size:
            assert stored.item(begin) == model.item(begin)


batches = st.lists(
    st.tuples(
        st.sampled_from(["insert", "insert", "insert", "roll back", "rebuild", "load"]),
        st.one_of(st.integers(0, 30), st.integers(0, 2 * BUCKET_SIZE_MAX_ITEMS)),
    ),
    max_size=8,
)
rank_pairs = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 5_000)), max_size=8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reconcile")


@settings(max_examples=40, deadline=None)
@given(batches, st.sampled_from([1, 20, 100_000]), st.booleans(), rank_pairs)
def test_it_answers_as_the_set_in_memory_does(folder, steps, spread, ascending, ranks):
    async def story():
        items = [digest_item("stored", number, spread) for number in range(sum(count for _, count in steps))]
        if ascending:
            items.sort()
        async with writing(folder) as store:
            stored, held, done = open_stored_items(store.path), set(), 0
            for step, count in steps:
                batch, done = items[done : done + count], done + count
                match step:
                    case "insert":
                        await store.insert(batch)
                        held.update(batch)
                    case "roll back":
                        await store.insert(batch, commit=False)
                    case "rebuild":
                        await store.rebuild()
                    case "load":
                        await store.load()
                some = [Bound(item.seconds, item.id[:cut]) for cut, item in enumerate(items[:5])]
                with stored.snapshot():
                    check_against(stored, held, ranks, [Bound(0, b""), *some, Bound(2**40, b""), INFINITY])
            assert await check_summary(store.db) == []
            [(largest,)] = await store.db.execute_fetchall("SELECT max(items) FROM reconcile_bucket")
            assert largest <= BUCKET_SIZE_MAX_ITEMS
            fresh = open_stored_items(store.path)
            with fresh.snapshot():
                check_against(fresh, held, ranks)
            fresh.close()
            stored.close()

    asyncio.run(story())


async def test_a_session_says_what_a_set_in_memory_says(tmp_path):
    common = [digest_item("common", number, spread=3_000) for number in range(3_000)]
    ours, theirs = ([digest_item(side, number, spread=3_000) for number in range(60)] for side in "ab")
    async with writing(tmp_path) as store:
        for start in range(0, 3_000, 500):
            await store.insert(common[start : start + 500])
        await store.insert(ours)
        stored = open_stored_items(store.path)
        with stored.snapshot():
            for limit in (0, 4_096):
                other = Reconciler(sealed(common + theirs), limit)
                transcript = converse(Reconciler(stored, limit), other)
                assert transcript == converse(Reconciler(sealed(common + ours), limit), other)
                assert (set(transcript[0]), set(transcript[1])) == (ids(ours), ids(theirs))
                answers = converse(other_initiator(common, theirs, limit), Reconciler(stored, limit))
                assert answers == converse(
                    other_initiator(common, theirs, limit), Reconciler(sealed(common + ours), limit)
                )
        assert len(stored._kept) <= BUCKETS_KEPT_MAX
        stored.close()


def other_initiator(common, theirs, limit):
    return Reconciler(sealed(common + theirs), limit)


async def test_a_snapshot_stands_still_while_the_writer_commits(tmp_path):
    before = [digest_item("before", number) for number in range(700)]
    after = [digest_item("after", number) for number in range(700)]
    async with writing(tmp_path) as store:
        await store.insert(before)
        stored = open_stored_items(store.path)
        with stored.snapshot():
            assert stored.size() == 700
            await store.insert(after[:350])
            check_against(stored, before, [(10, 600), (0, 350)])
        with stored.snapshot():
            await store.insert(after[350:])
            await store.rebuild()
            check_against(stored, before + after[:350], [(10, 600), (0, 1_050)])
        with stored.snapshot():
            check_against(stored, before + after, [(10, 600), (0, 1_400)])
        stored.close()


async def test_what_was_read_before_is_read_again_where_it_has_changed(tmp_path):
    items = [digest_item("kept", number, spread=60) for number in range(7_000)]
    async with writing(tmp_path) as store:
        await store.insert(items[:6_990])
        stored = open_stored_items(store.path)
        for number in range(6_990, 7_000):
            with stored.snapshot():
                near = stored.find_lower_bound(0, number, Bound(*items[number]))
                check_near(stored, items[:number], near)
            await store.insert(items[number : number + 1])
            with stored.snapshot():
                assert stored.item(near) == items[number]
                check_near(stored, items[: number + 1], near)
        await store.rebuild()
        with stored.snapshot():
            check_against(stored, items, [(0, 6_999), (3_000, 6_200)])
        stored.close()


def check_near(stored, plain, rank):
    """Hold the answers around a rank against a sorted list; reads and so keeps the bucket there."""
    expected = sorted(plain)
    begin, end = max(rank - 3, 0), min(rank + 3, len(plain))
    assert stored.size() == len(plain)
    assert list(stored.iterate(begin, end)) == expected[begin:end]
    numbers = [int.from_bytes(item.id, "little") for item in expected[begin:end]]
    assert stored.fingerprint(begin, end) == fingerprint_of(sum(numbers), len(numbers))


async def test_readers_in_threads_agree_with_themselves_while_the_set_grows(tmp_path):
    items = [digest_item("busy", number, spread=50) for number in range(4_000)]
    faults, rounds = [], []
    ended = threading.Event()

    def read(stored):
        last = 0
        while not ended.is_set():
            with stored.snapshot():
                listed = list(stored.iterate(0, stored.size()))
                if listed != sorted(listed) or stored.fingerprint(0, len(listed)) != sealed(
                    listed
                ).fingerprint(0, len(listed)):
                    faults.append(len(listed))
                if len(listed) < last:
                    faults.append("shrunk")
                last = len(listed)
            rounds.append(last)

    async with writing(tmp_path) as store:
        await store.insert(items[:10])
        stored = open_stored_items(store.path)
        threads = [threading.Thread(target=read, args=(stored,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for start in range(10, 4_000, 190):
                await store.insert(items[start : start + 190])
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        stored.close()
    assert faults == []
    assert rounds


async def test_records_of_an_older_file_are_summed_up_at_the_first_start(tmp_path):
    items = [digest_item("old", number, spread=9) for number in range(7 * BUCKET_SIZE_ITEMS + 1)]
    async with writing(tmp_path) as store:
        await store.db.execute("DELETE FROM reconcile_bucket")
        await store.db.executemany(
            "INSERT INTO record (id, seconds) VALUES (?, ?)", [(item.id, item.seconds) for item in items]
        )
        stored = open_stored_items(store.path)
        with pytest.raises(StoreError, match="open the store for writing"), stored.snapshot():
            pass
        await store.load()
        with stored.snapshot():
            check_against(stored, items, [(0, 96), (95, 97), (96, 500)])
        stored.close()


async def test_a_summary_that_does_not_agree_is_found_and_mended(tmp_path):
    items = [digest_item("wrong", number) for number in range(1_000)]
    async with writing(tmp_path) as store:
        await store.insert(items)
        assert await check_summary(store.db) == []
        await store.db.execute("UPDATE reconcile_bucket SET id_sum = zeroblob(32) WHERE number = 2")
        assert len(await check_summary(store.db)) == 1
        await store.db.execute("UPDATE reconcile_bucket SET items = items + 1 WHERE number = 1")
        assert len(await check_summary(store.db)) == 3
        await store.rebuild()
        assert await check_summary(store.db) == []


async def test_the_largest_and_the_smallest_item_are_found(tmp_path):
    edges = [
        Item(0, bytes(32)),
        Item(0, b"\xff" * 32),
        Item(2**32 - 1, bytes(32)),
        Item(2**32 - 1, b"\xff" * 32),
    ]
    async with writing(tmp_path) as store:
        await store.insert(edges[::-1])
        stored = open_stored_items(store.path)
        with stored.snapshot():
            bounds = [Bound(item.seconds, item.id) for item in edges]
            check_against(stored, edges, [(0, 4), (1, 3)], bounds)
        with pytest.raises(IndexError), stored.snapshot():
            stored.item(4)
        stored.close()


async def test_only_the_covering_index_is_read(tmp_path):
    async with writing(tmp_path) as store:
        plan = await store.db.execute_fetchall("EXPLAIN QUERY PLAN " + SELECT_ITEMS, (1, bytes(32), 9, 0))
        searched = "SEARCH record USING COVERING INDEX record_by_time ((seconds,id)>(?,?))"
        assert searched in [row[3] for row in plan]


def test_a_file_that_is_no_store_is_told_as_a_store_error(tmp_path):
    (tmp_path / "store.db").write_bytes(b"not a database, whatever its name" * 40)
    with pytest.raises(StoreError), open_stored_items(tmp_path / "store.db").snapshot():
        pass
