"""Many writers, callers that give up, full disks: nothing acknowledged is lost, nothing half-done stays."""

import asyncio
import errno
import os
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiosqlite
import pytest

from node.store import writer as writing
from node.store.actors import Recent
from node.store.bulk import insert_rows, select_in
from node.store.errors import StoreError, StoreFull
from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from tests.node.store.contents import derived_contents
from tests.node.store.samples import Person, kilobyte_commons


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open(tmp_path / "store") as opened:
        yield opened


async def test_callers_at_once_are_each_answered_for_their_own(store: SqliteStore) -> None:
    records = list(kilobyte_commons(5, 300))
    parts = [records[start : start + 10] for start in range(0, len(records), 10)]
    results = await asyncio.gather(*(store.add(part) for part in parts), *(store.add(part) for part in parts))
    for part, first, second in zip(parts, results, results[len(parts) :], strict=False):
        assert sorted(first.new + second.new) == sorted(record.id for record in part)
        assert first.known + second.known == len(part)
    assert (await store.counts()).records == len(records)
    assert await store.check() == []


async def test_reading_goes_on_beside_writing(store: SqliteStore) -> None:
    records = list(kilobyte_commons(5, 1_500))
    seen: list[int] = []

    async def read() -> None:
        while not adding.done():
            counts = await store.counts()
            # What is counted can be read: a batch becomes visible as a whole (and another may have followed).
            assert len(await store.changed_since(0)) >= min(counts.records, 1_000)
            seen.append(counts.records)

    async def add() -> None:
        for start in range(0, len(records), 100):
            await store.add(records[start : start + 100])

    adding = asyncio.create_task(add())
    await asyncio.gather(adding, read())
    assert seen == sorted(seen)


async def test_a_caller_that_gives_up_disturbs_nobody(store: SqliteStore) -> None:
    records = list(kilobyte_commons(5, 200))
    tasks = [asyncio.create_task(store.add(records[start : start + 5])) for start in range(0, 205, 5)]
    await asyncio.sleep(0)
    for task in tasks[::3]:
        task.cancel()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks[::3]:
        assert task.cancelled()
    for number, result in enumerate(done):
        if number % 3:
            assert not isinstance(result, BaseException)
    held = await store.unknown([record.id for record in records])
    kept = {record.id for place, record in enumerate(records) if place // 5 % 3}
    assert not kept & set(held)
    await store.add(records)
    assert await store.unknown([record.id for record in records]) == []


async def test_the_room_of_a_caller_that_gave_up_is_free_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "WAITING_SIZE_MAX_BYTES", 1)
    records = list(kilobyte_commons(5, 60))
    tasks = [asyncio.create_task(store.add([record])) for record in records]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(30):
        await store.add(records)
    assert await store.unknown([record.id for record in records]) == []


async def test_more_than_fits_a_batch_or_the_queue_is_stored(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "BATCH_LENGTH_MAX_RECORDS", 7)
    monkeypatch.setattr(writing, "BATCH_SIZE_MAX_BYTES", 3_000)
    monkeypatch.setattr(writing, "WAITING_SIZE_MAX_BYTES", 10_000)
    records = list(kilobyte_commons(5, 100))
    await asyncio.gather(*(store.add(records[start : start + 30]) for start in range(0, 105, 30)))
    assert (await store.counts()).records == 105


async def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "store")
    records = list(kilobyte_commons(2, 30))
    adding = asyncio.create_task(store.add(records))
    await asyncio.sleep(0)
    await store.close()
    assert len((await adding).new) == len(records)  # what was accepted is finished
    with pytest.raises(StoreError, match="closed"):
        await store.add(records)
    assert os.listdir(tmp_path) == ["store"]


def _writing(store: SqliteStore) -> aiosqlite.Connection:
    """The connection that writes: what a test does to it is what a disk or another program might do."""
    return store._connections[-1]


async def add_in_parts(
    store: SqliteStore, records: list[VerifiedRecord], acknowledged: list[VerifiedRecord]
) -> None:
    """Add fifty at a time, and put down what was acknowledged."""
    for start in range(0, len(records), 50):
        await store.add(records[start : start + 50])
        acknowledged += records[start : start + 50]


async def fill(path: Path, quota_pages: int | None) -> None:
    """Add until it is full, make room, go on: the store tells, keeps what it acknowledged, and recovers."""
    ana = Person("Ana")
    records = list(kilobyte_commons(3, 4_000))
    acknowledged: list[VerifiedRecord] = []
    store = await SqliteStore.open(path)
    try:
        first = ana.commons("Fuente", "se borrará")
        await store.add([ana.founding, first])
        if quota_pages is not None:
            await _writing(store).execute(f"PRAGMA max_page_count = {quota_pages}")
        with pytest.raises(StoreFull, match="disk is full"):
            await add_in_parts(store, records, acknowledged)
        assert acknowledged
        rest = records[len(acknowledged) :]
        # Still full, still answering; nothing of the refused part is there.
        assert await store.unknown([r.id for r in acknowledged]) == []
        assert await store.unknown([r.id for r in rest]) == [r.id for r in rest]
        with pytest.raises(StoreFull):
            await store.add(rest[:1_000])
    finally:
        await store.close()
    async with await SqliteStore.open(path) as again:
        assert await again.check() == []
        assert await again.unknown([r.id for r in acknowledged]) == []


async def test_a_full_quota_loses_nothing_acknowledged(tmp_path: Path) -> None:
    await fill(tmp_path / "store", quota_pages=60)
    async with await SqliteStore.open(tmp_path / "store") as store:  # the quota was that process's
        records = list(kilobyte_commons(3, 4_000))
        await store.add(records)
        await store.settled()
    async with await SqliteStore.open(tmp_path / "other") as other:
        ana = Person("Ana")
        await other.add([ana.founding, ana.commons("Fuente", "se borrará"), *records])
        await other.settled()
    assert derived_contents(tmp_path / "store") == derived_contents(tmp_path / "other")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "minga-test", folder], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small file system is not allowed here")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


async def test_a_full_disk_loses_nothing_acknowledged(small_disk: Path) -> None:
    await fill(small_disk / "store", quota_pages=None)


async def test_a_store_goes_on_in_the_same_process_once_there_is_room(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_500_000))
    records = list(kilobyte_commons(3, 1_200))
    async with await SqliteStore.open(small_disk / "store") as store:
        acknowledged: list[VerifiedRecord] = []
        with pytest.raises(StoreFull):
            await add_in_parts(store, records, acknowledged)
        ballast.unlink()
        more = records[: len(acknowledged) + 50]
        await store.add(more)
        assert await store.unknown([r.id for r in more]) == []
        assert await store.check() == []


async def test_work_in_the_background_tells_that_the_disk_is_full(small_disk: Path) -> None:
    ana = Person("Ana")
    records = [ana.commons(f"Vega {n}", "x" * 300) for n in range(400)]
    ballast = small_disk / "ballast"
    async with await SqliteStore.open(small_disk / "store") as store:
        await store.add([ana.founding, *records])
        await store.settled()
        await _writing(store).execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        _fill_disk(ballast, leave_bytes=330_000)
        try:
            await store.add([ana.rotate("otra")])
            with pytest.raises(StoreFull):
                await store.settled()
        finally:
            ballast.unlink()
        await store.set_meta("room", b"made")  # anything written wakes the work again
        await store.settled()
        assert {row.status for row in (await store.things(kind="commons", limit=500)).rows} == {"void"}
        assert await store.check() == []


def _fill_disk(path: Path, leave_bytes: int) -> None:
    stats = os.statvfs(path.parent)
    size = stats.f_bavail * stats.f_frsize - leave_bytes
    try:
        path.write_bytes(bytes(size))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise


async def test_a_fault_late_in_a_batch_leaves_nothing_of_it(tmp_path: Path, store: SqliteStore) -> None:
    records = list(kilobyte_commons(3, 50))
    await store.add(records[:10])
    await store.settled()
    # A trigger stands for any fault that SQLite meets late in a transaction.
    await _writing(store).execute(
        "CREATE TRIGGER fault BEFORE INSERT ON thing WHEN new.seq > 20"
        " BEGIN SELECT raise(ABORT, 'broken'); END"
    )
    with pytest.raises(StoreError, match="broken"):
        await store.add(records[10:])
    assert (await store.counts()).records == 10
    assert len((await store.add(records[10:15])).new) == 5
    await _writing(store).execute("DROP TRIGGER fault")
    assert len((await store.add(records)).new) == len(records) - 15
    await store.settled()
    assert await store.check() == []
    await store.close()
    async with await SqliteStore.open(tmp_path / "other") as other:
        await other.add(records)
    assert derived_contents(tmp_path / "store") == derived_contents(tmp_path / "other")


@pytest.mark.parametrize("count", [0, 1, 3, 4, 31, 33, 255, 256, 257, 700])
async def test_any_number_of_rows_is_written_and_read(count: int) -> None:
    async with aiosqlite.connect(":memory:", isolation_level=None) as db:
        await db.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b)")
        await insert_rows(db, "INSERT INTO t", [(n, n * n) for n in range(count)])
        rows = await select_in(db, "SELECT a, b FROM t WHERE a IN (?*)", range(0, count, 2))
    assert sorted(rows) == [(n, n * n) for n in range(0, count, 2)]


def test_what_was_used_longest_ago_is_forgotten() -> None:
    recent: Recent[str, int] = Recent(2)
    recent["a"], recent["b"] = 1, 2
    assert recent["a"] == 1
    recent["c"] = 3
    assert ("a" in recent, "b" in recent, "c" in recent) == (True, False, True)


def test_only_a_full_disk_is_called_full() -> None:
    from node.store.errors import as_store_error

    db = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("SELECT * FROM nothing")
    assert type(as_store_error(caught.value)) is StoreError
