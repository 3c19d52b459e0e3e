"""Erasing erases: from the envelope, the indexes, the bytes of every file; and only what may be erased."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.store import purging
from node.store.sqlite import SqliteStore
from protocol.record.verification import verify_record
from tests.node.store.samples import NOW_MS, Person, bare, kilobyte_commons, point, received

SECRET = "quishuarpamba"  # no other word of the samples starts like it


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open(tmp_path / "store") as opened:
        yield opened


def files_with(folder: Path, text: str) -> list[str]:
    """The files that hold a text's bytes anywhere."""
    return [path.name for path in sorted(folder.iterdir()) if text.encode() in path.read_bytes()]


@pytest.mark.parametrize("merge_step_pages", [1, purging.MERGE_STEP_PAGES])
async def test_erased_text_is_gone_from_every_file(
    tmp_path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, merge_step_pages: int
) -> None:
    monkeypatch.setattr(purging, "MERGE_STEP_PAGES", merge_step_pages)
    ana = Person("Ana")
    secret = ana.commons("Fuente", f"la fuente de {SECRET} está oculta", geometry=point(-78, -1))
    await store.add([ana.founding])
    # The secret lands among others, in segments of the index that are merged as more comes.
    crowd = list(kilobyte_commons(5, 1_500))
    await store.add(crowd[:700])
    await store.add([secret])
    for start in range(700, len(crowd), 200):
        await store.add(crowd[start : start + 200])
    assert (await store.things(text=SECRET)).rows
    assert files_with(tmp_path, SECRET)  # else the test would prove nothing

    await store.add([ana.erase(secret)])
    await store.settled()

    assert files_with(tmp_path, SECRET) == []
    assert (await store.things(text=SECRET)).rows == []
    [row] = (await store.things(author=ana.id, kind="commons")).rows
    assert (row.status, row.title, row.bbox) == ("erased", {}, None)
    # What remains still verifies, under the same id.
    [(_, envelope)] = await store.envelopes([secret.id], 10_000)
    left = verify_record(envelope, NOW_MS)
    assert (left.id, left.content) == (secret.id, None)
    assert await store.unknown([secret.id]) == []
    assert await store.missing_content() == []


async def test_the_purge_is_taken_up_again_by_the_next_process(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = ana.commons("Fuente", f"la fuente de {SECRET}")
    store = await SqliteStore.open(tmp_path / "store")
    await store.add([ana.founding, secret])
    await store.add([ana.erase(secret)])
    await store.close()  # perhaps before the index was merged
    async with await SqliteStore.open(tmp_path / "store") as again:
        await again.settled()
    assert files_with(tmp_path, SECRET) == []


async def test_a_backup_does_not_carry_what_was_erased(tmp_path: Path, store: SqliteStore) -> None:
    ana = Person("Ana")
    secret = ana.commons("Fuente", f"la fuente de {SECRET}")
    await store.add([ana.founding, secret])
    await store.add([ana.erase(secret)])
    await store.settled()
    await store.backup(tmp_path / "backup")
    assert SECRET.encode() not in (tmp_path / "backup").read_bytes()


@pytest.mark.parametrize("together", [True, False])
async def test_a_full_copy_that_comes_later_is_stripped(
    tmp_path: Path, store: SqliteStore, together: bool
) -> None:
    ana = Person("Ana")
    first = ana.commons("Vega")
    secret = ana.commons("Fuente", f"la fuente de {SECRET}", after=first)
    erasure = ana.erase(secret)
    if together:
        await store.add([ana.founding, first, erasure, secret])
    else:
        await store.add([ana.founding, first, erasure])
        result = await store.add([secret])
        assert result.new == [secret.id]
    await store.settled()
    assert files_with(tmp_path, SECRET) == []
    stored = await store.record(secret.id)
    assert stored is not None
    assert stored.content is None


async def test_a_record_without_content_needs_an_erasure_that_is_effective(store: SqliteStore) -> None:
    ana, beto = Person("Ana"), Person("Beto")
    record = ana.commons("Fuente", "agua")
    await store.add([ana.founding, beto.founding])
    refused = await store.add([bare(record)])
    assert (refused.new, refused.refused) == ([], [record.id])
    # An erasure by somebody else has no effect.
    refused = await store.add([bare(record), beto.erase(record)])
    assert refused.refused == [record.id]
    assert await store.unknown([record.id]) == [record.id]
    accepted = await store.add([bare(record), ana.erase(record)])
    assert record.id in accepted.new
    assert await store.unknown([record.id]) == []
    # The full copy adds nothing to it.
    assert (await store.add([record])).known == 1
    stored = await store.record(record.id)
    assert stored is not None
    assert stored.content is None


async def test_of_a_full_and_an_empty_copy_in_one_batch_the_full_one_counts(store: SqliteStore) -> None:
    ana = Person("Ana")
    record = ana.commons("Fuente", "agua")
    for copies in ([bare(record), received(record)], [received(record), bare(record)]):
        result = await store.add([ana.founding, *copies])
        assert result.refused == []
    stored = await store.record(record.id)
    assert stored is not None
    assert stored.content is not None


async def test_content_whose_erasure_lost_its_effect_is_asked_for_and_filled(store: SqliteStore) -> None:
    ana = Person("Ana")
    record = ana.commons("Fuente", "agua viva")
    erasure = ana.erase(record)
    await store.add([ana.founding, record, erasure])
    await store.settled()
    assert await store.missing_content() == []
    # The key is replaced and what it erased is not upheld; what it published is.
    rotation = ana.rotate("otra llave", upholds_only=[record.id])
    await store.add([rotation])
    await store.settled()
    assert await store.missing_content() == [record.id]
    assert await store.unknown([record.id]) == [record.id]
    assert (await store.things(text="viva")).rows == []
    result = await store.add([record])
    assert (result.new, result.filled) == ([], [record.id])
    assert await store.missing_content() == []
    assert [row.title for row in (await store.things(text="viva")).rows] == [{"es": "Fuente"}]
    assert await store.check() == []
