"""A file that cannot be read: every question ends in the store's own error, and in no other."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from node.store.errors import StoreError
from node.store.interface import Store
from node.store.sqlite import SqliteStore
from node.store.upkeep import check_store, write_backup
from node.store.view import StoreView
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, SubjectId
from protocol.keys import PublicKey
from protocol.kinds.placing import EVERYWHERE
from protocol.state.mentions import Role
from tests.node.store.samples import NOW_MS, kilobyte_commons

RECORDS = list(kilobyte_commons(3, 60))
RECORD = RECORDS[9]

Ask = Callable[[Store], Awaitable[Any]]


async def streamed(store: Store) -> list[Any]:
    return [item async for item in store.all_records()]


QUESTIONS: dict[str, Ask] = {
    "unknown": lambda s: s.unknown([RECORD.id]),
    "envelopes": lambda s: s.envelopes([RECORD.id], 10_000),
    "record": lambda s: s.record(RECORD.id),
    "find_ids": lambda s: s.find_ids("a"),
    "records_of": lambda s: s.records_of(SubjectId(RECORD.id)),
    "actor": lambda s: s.actor(ActorId(RECORDS[0].id)),
    "signed_by": lambda s: s.signed_by(ActorId(RECORDS[0].id), PublicKey(b"\xed\x01" + bytes(32))),
    "actors_listing": lambda s: s.actors_listing(PublicKey(b"\xed\x01" + bytes(32))),
    "things": lambda s: s.things(),
    "things by words": lambda s: s.things(text="agua"),
    "things by place": lambda s: s.things(bbox=BoundingBox(-10, -10, 10, 10)),
    "things by actor": lambda s: s.things(author=ActorId(RECORDS[0].id)),
    "naming": lambda s: s.naming("motion", RECORD.id),
    "mentions": lambda s: s.mentions(RECORD.id, [Role.COMMONS]),
    "territory": lambda s: s.territory(EVERYWHERE, NOW_MS),
    "territories_called": lambda s: s.territories_called(["loja"]),
    "territories_with_id": lambda s: s.territories_with_id("a"),
    "things_in": lambda s: s.things_in(EVERYWHERE, NOW_MS),
    "thing": lambda s: s.thing(SubjectId(RECORD.id)),
    "folded": lambda s: s.folded([SubjectId(RECORD.id)]),
    "arrivals_by": lambda s: s.arrivals_by(ActorId(RECORDS[0].id), 0),
    "lacking": lambda s: s.lacking(0),
    "counts": lambda s: s.counts(),
    "changed_since": lambda s: s.changed_since(0),
    "missing_content": lambda s: s.missing_content(),
    "last_arrival": lambda s: s.last_arrival(),
    "arrived_by": lambda s: s.arrived_by([RECORD.id], 1),
    "all_records": streamed,
    "meta": lambda s: s.meta("a"),
    "peers": lambda s: s.load_peers(),
}


async def filled(path: Path) -> Path:
    async with await SqliteStore.open(path) as store:
        await store.add(RECORDS)
    return path


def spoil(path: Path) -> None:
    """Overwrite all but the first page, in which the tables are listed."""
    with path.open("rb+") as file:
        size = file.seek(0, 2)
        file.seek(16_384)
        file.write(b"\xa5" * (size - 16_384))


# What is under a name was read to open the file, and is not read again.
@pytest.mark.parametrize("question", sorted(QUESTIONS.keys() - {"meta"}))
async def test_a_question_to_a_damaged_file_is_a_store_error(tmp_path: Path, question: str) -> None:
    path = await filled(tmp_path / "store")
    view = await StoreView.open_view(path)
    assert view is not None
    spoil(path)
    try:
        with pytest.raises(StoreError):
            await QUESTIONS[question](view)
    finally:
        await view.close()


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_question_to_a_closed_store_is_a_store_error(tmp_path: Path, question: str) -> None:
    store = await SqliteStore.open(await filled(tmp_path / "store"))
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await QUESTIONS[question](store)


async def test_every_question_is_asked_here() -> None:
    from node.store.queries import Reader
    from node.store.territory_queries import TerritoryReader

    methods = vars(Reader) | vars(TerritoryReader)
    asked = {name for name, method in methods.items() if callable(method) and not name.startswith("_")}
    assert asked == {name.partition(" ")[0] for name in QUESTIONS}


@pytest.mark.parametrize("open_file", [SqliteStore.open, StoreView.open_view, lambda p: check_store(p, None)])
async def test_what_is_no_store_is_a_store_error(tmp_path: Path, open_file: Any) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"a letter, not a database" * 4_000)
    with pytest.raises(StoreError):
        await open_file(path)
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(StoreError):
        await check_store(folder, None)


async def test_a_copy_of_what_is_no_store_is_a_store_error(tmp_path: Path) -> None:
    path = tmp_path / "store"
    path.write_bytes(b"a letter, not a database" * 4_000)
    with pytest.raises(StoreError):
        await write_backup(path, tmp_path / "copy")
    assert sorted(os.listdir(tmp_path)) == ["store"]
