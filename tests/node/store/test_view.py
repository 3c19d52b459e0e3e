"""A view beside the process that writes: it answers everything, and writes nothing."""

import sqlite3
from pathlib import Path

import pytest

from node.store.errors import StoreError
from node.store.sqlite import SqliteStore
from node.store.view import StoreView
from tests.node.store.samples import kilobyte_commons


async def test_a_view_answers_what_the_store_answers(tmp_path: Path) -> None:
    path = tmp_path / "store"
    records = list(kilobyte_commons(3, 60))
    async with await SqliteStore.open(path) as store:
        await store.add(records[:40])
        view = await StoreView.open_view(path)
        assert view is not None
        await store.add(records[40:])
        await store.settled()
        ids = [record.id for record in records]
        assert await view.unknown(ids) == []
        assert await view.counts() == await store.counts()
        assert await view.things(text="paramo") == await store.things(text="paramo")
        assert await view.changed_since(0) == await store.changed_since(0)
        assert await view.find_ids("") == await store.find_ids("")
        assert [record_id async for record_id, _ in view.all_records()] == ids
        assert await view.records_of(records[9].subject) == [records[9]]
        with pytest.raises(StoreError, match="owner"):
            await view.add(records)
        with pytest.raises(StoreError, match="owner"):
            await view.set_meta("a", b"b")
        await view.close()


async def test_there_is_no_view_of_a_store_that_is_not_in_order(tmp_path: Path) -> None:
    path = tmp_path / "store"
    assert await StoreView.open_view(path) is None
    path.touch()
    assert await StoreView.open_view(path) is None
    await (await SqliteStore.open(path)).close()
    db = sqlite3.connect(path)
    db.execute("INSERT INTO dirty_actor VALUES (1, 0, 9)")
    db.commit()
    db.close()
    assert await StoreView.open_view(path) is None
