"""What a node says while it cannot take records in, and how it notices that it can again."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from node.node_status import store_size_bytes
from node.store.errors import StoreFull
from node.store.sqlite import SqliteStore
from node.sync import admitting
from node.sync.admitting import QUOTA_REACHED, ROOM_AGAIN_MIN_BYTES, Admission
from node.sync.verifying import Verifier
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import pack_batch
from protocol.session.events import Admit, Admitted, Link
from tests.node.live import held, live, make_home, pair, some_records, until

RECORDS = some_records(12)


class Machine:
    """What an admission sees of the machine it runs on."""

    def __init__(self) -> None:
        self.in_quota = True
        self.room_bytes = 0
        self.fails: Exception | None = None


class Failing:
    """A real store that fails while it is told to."""

    def __init__(self, store: SqliteStore, machine: Machine) -> None:
        self._store, self._machine = store, machine

    async def add(self, records: Sequence[VerifiedRecord]) -> object:
        if self._machine.fails is not None:
            raise self._machine.fails
        return await self._store.add(records)


@asynccontextmanager
async def admission(folder: Path) -> AsyncIterator[tuple[Admission, Machine]]:
    machine, verifier = Machine(), Verifier(1)
    async with await SqliteStore.open(folder / "store.sqlite", "NORMAL") as store:
        yield (
            Admission(
                Failing(store, machine),  # type: ignore[arg-type]
                verifier,
                lambda: machine.in_quota,
                lambda: machine.room_bytes,
                1_000_000,
            ),
            machine,
        )
    await verifier.aclose()


async def bring(to: Admission, records: Sequence[VerifiedRecord]) -> Admitted:
    return await to.admit(Admit(Link(1), 1, pack_batch([record.envelope for record in records])), None)


def ids(records: Sequence[VerifiedRecord]) -> list[RecordId]:
    return [record.id for record in records]


async def test_a_quota_refuses_all_and_is_seen_to_be_raised(tmp_path: Path) -> None:
    async with admission(tmp_path) as (taking, machine):
        machine.in_quota = False
        refused = await bring(taking, RECORDS)
        assert (refused.no_room, list(refused.refused)) == (True, ids(RECORDS))
        assert taking.storage_fault == QUOTA_REACHED
        # The operator's own records pass the quota: they say nothing of it.
        machine.room_bytes += ROOM_AGAIN_MIN_BYTES
        assert not taking.has_eased(wrote=True)
        machine.in_quota = True
        assert taking.has_eased()
        assert taking.storage_fault is None
        assert not taking.has_eased()
        taken = await bring(taking, RECORDS)
        assert (taken.no_room, list(taken.new)) == (False, ids(RECORDS))


async def test_a_full_disk_is_seen_to_have_room_again(tmp_path: Path) -> None:
    async with admission(tmp_path) as (taking, machine):
        machine.fails, machine.room_bytes = StoreFull("the disk is full"), 50_000_000
        assert (await bring(taking, RECORDS)).no_room
        assert not taking.has_eased()
        machine.room_bytes = 40_000_000  # somebody else fills it further
        assert not taking.has_eased()
        machine.room_bytes = 40_000_000 + ROOM_AGAIN_MIN_BYTES - 1
        assert not taking.has_eased()
        machine.room_bytes += 1
        assert taking.has_eased()
        assert not taking.has_eased()
        # A disk that fails in other ways gives no such sign: but a write that succeeds is one.
        machine.fails = StoreFull("an error of the disk")
        assert (await bring(taking, RECORDS)).no_room
        assert not taking.has_eased()
        assert taking.has_eased(wrote=True)


async def test_only_what_is_stored_ends_a_fault(tmp_path: Path) -> None:
    async with admission(tmp_path) as (taking, machine):
        await bring(taking, RECORDS[:6])
        machine.fails = StoreFull("the disk is full")
        assert (await bring(taking, RECORDS[6:])).no_room
        machine.fails = None
        # Held already: nothing was written, and so nothing shown.
        known = await bring(taking, RECORDS[:6])
        assert (known.no_room, list(known.known)) == (False, ids(RECORDS[:6]))
        assert taking.storage_fault is not None
        await bring(taking, RECORDS[6:])
        assert taking.storage_fault is None


async def test_a_clock_that_is_set_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [*_, record] = some_records(1)
    real = time.time_ns
    behind_ns = real() - (record.header.time_ms - 2 * 86_400_000) * 1_000_000
    async with admission(tmp_path) as (taking, _):
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: (real() - behind_ns) / 1_000_000_000)
            patched.setattr(time, "time_ns", lambda: real() - behind_ns)
            refused = await bring(taking, [record])
            assert [fault.code for fault in refused.faults] == ["from-the-future"]
            assert not refused.no_room
            assert taking.clock_doubt is not None
            assert not taking.has_eased()
        assert taking.has_eased()
        assert taking.clock_doubt is None
        assert not taking.has_eased()
        assert list((await bring(taking, [record])).new) == [record.id]


async def test_a_clock_that_drifts_was_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s = 1_000.0
    monkeypatch.setattr(admitting, "_clock_s", lambda: clock_s)
    async with admission(tmp_path) as (taking, _):
        taking._clock_doubted = clock_s
        clock_s += admitting.CLOCK_STEP_MIN_S
        assert not taking.has_eased()
        clock_s += 1
        assert taking.has_eased()


async def test_a_node_takes_up_by_itself_when_its_quota_leaves_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.sync.engine.LOOK_EVERY_S", 0.05)
    many = some_records(600, seed=4)
    home = await make_home(tmp_path / "full")
    async with live(await make_home(tmp_path / "source", many)) as source:
        async with live(home, store_quota_bytes=store_size_bytes(home)) as full:
            await full.sync_with(source.listening[0])
            assert await held(full) == set()
            monkeypatch.setattr("node.daemon.store_size_bytes", lambda _: 0)

            async def all_there() -> bool:
                return (await full.store.counts()).records == len(many)

            await until(all_there, "every record, with nobody asking")
            assert (await full.status())["warnings"] == []


async def test_a_record_of_ones_own_that_is_stored_shows_that_there_is_room(tmp_path: Path) -> None:
    [mine] = some_records(1, seed=8)[3:]
    async with pair(tmp_path, (), RECORDS) as (full, source):
        add = full.engine.admission._store.add

        async def fail(records: Sequence[VerifiedRecord]) -> object:
            raise StoreFull("the disk is full")

        full.engine.admission._store.add = fail  # type: ignore[method-assign,assignment]
        await full.sync_with(source.listening[0])
        assert (await full.status())["warnings"] != []
        full.engine.admission._store.add = add  # type: ignore[method-assign]
        await full.submit([mine.envelope])

        async def all_there() -> bool:
            return await held(full) >= {record.id for record in RECORDS}

        await until(all_there, "the peer's records after one's own")
