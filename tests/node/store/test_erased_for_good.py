"""What was erased is in no part of any file that SQLite leaves behind: unused room, segments, the log."""

import asyncio
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from node.store import purging
from node.store.errors import StoreFull
from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from tests.node.privacy.keeping import everything_a_node_keeps, traces_kept
from tests.node.privacy.planted import plant
from tests.node.store.samples import Person, kilobyte_commons

SECRET = plant(random.Random(1))


def secret_of(person: Person) -> VerifiedRecord:
    return person.commons(SECRET.name, SECRET.text, geometry=SECRET.geometry, salt=SECRET.salt)


@contextmanager
def reader_of(path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody beside the store who holds on to the moment at which they came."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM record").fetchone()
    try:
        yield db
    finally:
        db.close()


@pytest.mark.parametrize(
    "seed", [10, 15, *(pytest.param(n, marks=pytest.mark.soak) for n in range(100, 180))]
)
async def test_no_copy_is_left_where_rows_were_moved(tmp_path: Path, seed: int) -> None:
    """SQLite overwrites what is deleted and not what is moved: seeds 10 and 15 once left a name each."""
    dice = random.Random(seed)
    ana = Person("Ana")
    held: list[tuple[bytes, VerifiedRecord]] = []
    gone: list[tuple[bytes, VerifiedRecord]] = []

    def version(title_chars: int, words: int, after: VerifiedRecord | None = None) -> None:
        mark = f"zz{dice.getrandbits(60):015x}"
        name, text = f"{mark} " + "x" * dice.randint(0, title_chars), f"de {mark} " + "palabra " * words
        held.append((mark.encode(), ana.commons(name, text, after=after)))

    async with await SqliteStore.open(tmp_path / "store", "NORMAL") as store:
        for _ in range(1_500):
            version(400, dice.choice([0, 10, 40, 150]))
        await store.add([ana.founding, *(record for _, record in held)])
        for _ in range(6):
            start = dice.randint(0, 1_400)
            for _, before in held[start : start + 60]:
                version(480, 0, before)
            await store.add([record for _, record in held[-60:]])
        for _ in range(8):
            start = dice.randint(0, len(held) - 100)
            part = [one for one in held[start : start + 90] if dice.random() < 0.9]
            held = [one for one in held if one not in part]
            gone += part
            await store.add([ana.erase(record) for _, record in part])
            await store.settled()
    files = b"".join(data for _, data in everything_a_node_keeps(tmp_path))
    assert [mark for mark, _ in gone if mark in files] == []
    assert all(mark in files for mark, _ in held[:100])


async def test_a_reader_who_holds_on_delays_it_and_nobody_else(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = secret_of(ana)
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([ana.founding, secret])
        with reader_of(tmp_path / "store") as reader:
            await store.add([ana.erase(secret)])
            settled = asyncio.create_task(store.settled())
            # Whoever writes meanwhile does not wait for the reader.
            for number in range(30):
                await store.add([ana.commons(f"Vega {number}")])
            assert await store.is_clearing()
            assert not settled.done()
            assert reader.execute("SELECT count(*) FROM record").fetchone() == (2,)
        await settled
        assert not await store.is_clearing()
        assert await store.check() == []
    assert traces_kept(SECRET, tmp_path) == []


async def test_of_several_erasures_the_later_ones_rest_unless_somebody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "REWRITE_PACE_BYTES_PER_S", 1)  # for days
    ana = Person("Ana")
    first, second = secret_of(ana), ana.commons("Vega", SECRET.text)
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([ana.founding, first, second])
        await store.add([ana.erase(first)])
        await store.settled()
        await store.add([ana.erase(second)])
        while store._writer.background.is_due:  # noqa: ASYNC110 - rests are told to nobody
            await asyncio.sleep(0)
        assert await store.is_clearing()
        await store.settled()
        assert not await store.is_clearing()
    assert traces_kept(SECRET, tmp_path) == []


async def test_erasing_all_the_while_keeps_nothing_from_being_cleared(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = secret_of(ana)
    crowd = [ana.commons(f"Vega {n}", "palabra " * 50) for n in range(300)]
    async with await SqliteStore.open(tmp_path / "store", "NORMAL") as store:
        await store.add([ana.founding, secret, *crowd])
        await store.add([ana.erase(secret)])
        purge = store._writer.background.purge
        rounds = 0
        for record in crowd:
            # Before the next is erased the store takes one step of what the last one left to do.
            before = purge._stage
            await store.add([ana.erase(record)])
            rounds += purge._stage is not before and purge._stage is purging._Stage.ENDING
            purge.hurry()
        assert rounds > 1
        await store.settled()
        assert await store.check() == []
    assert traces_kept(SECRET, tmp_path) == []


async def test_without_room_to_write_it_anew_that_is_said_and_made_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = Person("Ana")
    secret = secret_of(ana)
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([ana.founding, secret])
        monkeypatch.setattr(purging, "REWRITE_ROOM_LEFT_BYTES", 2**60)
        await store.add([ana.erase(secret)])
        with pytest.raises(StoreFull, match="MB free"):
            await store.settled()
        assert await store.is_clearing()
        # All else goes on.
        assert (await store.add([ana.commons("Vega")])).new
        monkeypatch.undo()
        await store.add([ana.commons("Loma")])
        await store.settled()
        assert not await store.is_clearing()
    assert traces_kept(SECRET, tmp_path) == []


async def test_a_store_that_is_closed_before_it_is_cleared_goes_on_when_it_is_opened(tmp_path: Path) -> None:
    ana = Person("Ana")
    crowd = list(kilobyte_commons(3, 1_500))
    for turns in (0, 5, 40, 300):
        path = tmp_path / str(turns)
        path.mkdir()
        secret = secret_of(ana)
        store = await SqliteStore.open(path / "store", "NORMAL")
        await store.add([ana.founding, *crowd, secret])
        await store.add([ana.erase(secret)])
        for _ in range(turns):
            await asyncio.sleep(0)
        await store.close()
        async with await SqliteStore.open(path / "store", "NORMAL") as again:
            await again.settled()
            assert await again.check() == []
        assert traces_kept(SECRET, path) == []


async def test_a_backup_of_a_store_that_is_not_cleared_yet_is(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = secret_of(ana)
    (tmp_path / "home").mkdir()
    async with await SqliteStore.open(tmp_path / "home" / "store") as store:
        await store.add([ana.founding, secret, *kilobyte_commons(2, 100)])
        with reader_of(tmp_path / "home" / "store"):
            await store.add([ana.erase(secret)])
            assert await store.is_clearing()
            await store.backup(tmp_path / "backup")
            assert traces_kept(SECRET, tmp_path / "home")  # else the test would prove nothing
    assert traces_kept(SECRET, tmp_path / "backup") == []
    async with await SqliteStore.open(tmp_path / "backup") as restored:
        assert await restored.check() == []
        assert not await restored.is_clearing()


@pytest.mark.parametrize("erased", [True, False])
async def test_a_rebuild_clears_what_an_earlier_version_left(tmp_path: Path, erased: bool) -> None:
    ana = Person("Ana")
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([ana.founding, first := ana.commons("Vega"), *([ana.erase(first)] if erased else [])])
        await store.settled()
    with closing(sqlite3.connect(tmp_path / "store", isolation_level=None)) as db:
        db.execute("PRAGMA secure_delete = OFF")
        db.execute("INSERT INTO meta VALUES ('left', ?)", (SECRET.text,))
        db.execute("DELETE FROM meta WHERE name = 'left'")
        db.execute("UPDATE meta SET value = '0' WHERE name = 'derivation'")
    assert traces_kept(SECRET, tmp_path)
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.settled()
        assert await store.check() == []
    assert (traces_kept(SECRET, tmp_path) == []) is erased


@pytest.mark.parametrize("order", ["before", "with", "after"])
async def test_whatever_comes_first(tmp_path: Path, order: str) -> None:
    ana = Person("Ana", threshold=2, keys=2)
    secret = secret_of(ana)
    erasure = ana.erase(secret)
    told = [ana.founding, ana.cosign(ana.founding, 1), ana.cosign(secret, 1), erasure, ana.cosign(erasure, 1)]
    parts = {"before": [[secret], told], "with": [[*told, secret]], "after": [told, [secret]]}[order]
    async with await SqliteStore.open(tmp_path / "store") as store:
        for part in parts:
            await store.add(part)
        await store.settled()
        stored = await store.record(secret.id)
        assert stored is not None
        assert stored.is_erased
    assert traces_kept(SECRET, tmp_path) == []


async def test_an_erasure_that_takes_effect_later_erases_then(tmp_path: Path) -> None:
    ana = Person("Ana", threshold=2, keys=2)
    secret = secret_of(ana)
    erasure = ana.erase(secret)
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([ana.founding, secret, erasure])
        await store.settled()
        assert [r.is_erased for r in await store.records_of(secret.subject) if r.id == secret.id] == [False]
        await store.add([ana.cosign(ana.founding, 1), ana.cosign(erasure, 1)])
        await store.settled()
    assert traces_kept(SECRET, tmp_path) == []
