"""What is remembered of stored records: as they are read, few and small, and nothing that was erased."""

import gc
from pathlib import Path

import pytest

from node.store.held import (
    RECORDS_REMEMBERED_MAX,
    REMEMBERED_SIZE_MAX_BYTES,
    forget_remembered,
    restore,
)
from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import Person, bare


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    forget_remembered()


def _of_size(size_bytes: int) -> VerifiedRecord:
    ana = Person("Ana")
    short = ana.commons("Laguna", "x")
    record = ana.commons("Laguna", "x" * (1 + size_bytes - len(short.envelope)))
    while len(record.envelope) > size_bytes:  # longer texts have longer heads
        record = ana.commons("Laguna", record.content.description["es"][1:])
    assert len(record.envelope) == size_bytes
    return record


@pytest.mark.parametrize(
    ("size_bytes", "kept"), [(REMEMBERED_SIZE_MAX_BYTES, True), (REMEMBERED_SIZE_MAX_BYTES + 1, False)]
)
def test_small_records_are_remembered(size_bytes: int, kept: bool) -> None:
    record = _of_size(size_bytes)
    read = restore(record.id, record.envelope)
    assert (restore(record.id, bytes(bytearray(record.envelope))) is read) is kept
    assert restore(record.id, record.envelope) == record


def test_so_many_records_are_remembered_and_no_more() -> None:
    ana = Person("Ana")
    records = [ana.commons(f"Laguna {number}") for number in range(RECORDS_REMEMBERED_MAX + 1)]
    first, *others = [restore(record.id, record.envelope) for record in records]
    assert restore(records[-1].id, records[-1].envelope) is others[-1]
    assert restore(records[1].id, records[1].envelope) is others[0]
    assert restore(records[0].id, records[0].envelope) is not first


def test_a_record_without_its_content_is_another(tmp_path: Path) -> None:
    land = Person("Ana").commons("Laguna")
    whole, without = restore(land.id, land.envelope), restore(land.id, bare(land).envelope)
    assert whole.content.name == {"es": "Laguna"}
    assert without.is_erased
    assert restore(land.id, land.envelope) is whole


async def test_an_erased_content_does_not_outlive_its_erasure_in_memory(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = ana.commons("Vertiente", "allí donde nadie la busca")
    about, erasure = secret.subject, ana.erase(secret)
    async with await SqliteStore.open(tmp_path / "store") as store:
        await store.add([ana.founding, secret])
        assert await store.thing(about) is not None
        del secret
        await store.add([erasure])
        await store.settled()
        await store.thing(about)
        gc.collect()
        texts = [one for one in gc.get_objects() if isinstance(one, VerifiedRecord) and one.subject == about]
        assert texts
        assert all(record.is_erased or record.header.kind == "erasure" for record in texts)
