"""Looking things up by words, whatever their accents, and by place, across the antimeridian too."""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.store import connection, queries
from node.store.errors import SearchTooLong
from node.store.search import SEARCH_WORDS_MAX, match_expression, parts_of
from node.store.sqlite import SqliteStore
from protocol.geometry_units import BoundingBox
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import ENDLESS, Person, point

ANA = Person("Ana")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open(tmp_path / "store") as opened:
        await opened.add([ANA.founding])
        yield opened


async def titles(store: SqliteStore, text: str) -> set[str]:
    return {row.title["es"] for row in (await store.things(text=text, kind="commons")).rows}


async def test_words_are_found_whatever_their_accents(store: SqliteStore) -> None:
    await store.add([ANA.commons("Páramo de Ñambi", "Acequia del común")])
    await store.add([ANA.commons("Río Güepí", "pesquería")])
    for text in ("paramo", "PÁRAMO", "pa\u0301ramo", "nambi", "acequia comun", "par", "Páramo, ¡acequia!"):
        assert await titles(store, text) == {"Páramo de Ñambi"}, text
    assert await titles(store, "guepi") == {"Río Güepí"}
    assert await titles(store, "paramo guepi") == set()
    assert await titles(store, "amo") == set()  # words are found by their beginning
    assert await titles(store, "¡!") == set()


async def test_a_search_shows_the_version_shown_and_no_older_one(store: SqliteStore) -> None:
    first = ANA.commons("Vega vieja", "cebada")
    await store.add([first])
    await store.add([ANA.commons("Vega nueva", "quinua", after=first)])
    assert await titles(store, "quinua") == {"Vega nueva"}
    assert await titles(store, "cebada") == set()


@given(text=st.text(max_size=600))
async def test_no_text_is_a_mistake_in_a_query(text: str) -> None:
    expression = match_expression(text)
    if expression is not None:
        assert len(expression.split()) <= SEARCH_WORDS_MAX


@pytest.mark.parametrize(
    "text",
    [
        "Ⅷ",
        "x²",
        "ꟷ",
        "𞤀𞤁",
        "ᲀ",
        "漢字",
        "คำ",
        "हिन्दी",
        "ﷺ",
        "ſß",
        '"',
        "a OR b",
        "NOT",
        "NEAR(a b)",
        "text:a",
        "a*b",
        "(",
        "a-b",
    ],
)
async def test_signs_and_scripts_are_searched_without_a_fault(store: SqliteStore, text: str) -> None:
    await store.add([ANA.commons(f"Nombre {text}")])
    words = match_expression(text)
    found = await titles(store, text)
    if words is not None:
        assert found == {f"Nombre {text}"}


def _brute(records: list[VerifiedRecord], box: BoundingBox) -> set[bytes]:
    def meets(other: BoundingBox) -> bool:
        return any(
            w1 <= e2 and w2 <= e1 and s1 <= n2 and s2 <= n1
            for w1, e1, s1, n1 in parts_of(box)
            for w2, e2, s2, n2 in parts_of(other)
        )

    return {r.id for r in records if r.header.bbox is not None and meets(r.header.bbox)}


@pytest.mark.parametrize("sorted_max", [20_000, 0])
async def test_boxes_are_found_as_by_trying_every_one(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, sorted_max: int
) -> None:
    monkeypatch.setattr(queries, "PLACES_SORTED_MAX", sorted_max)
    dice = random.Random(7)
    records = []
    for number in range(150):
        lon, lat = dice.choice([-179.9, -179, -78, 0, 60, 179, 179.9]), dice.uniform(-60, 60)
        if number % 5:
            geometry = point(lon, lat)
        else:  # two parts that meet at the antimeridian: a box that crosses it
            west, south, edge = round(dice.uniform(170, 179) * 1e7), round(lat * 1e7), 1_800_000_000
            east, north = -west, south + 5_000_000
            parts = [
                [[west, south, edge, south, edge, north, west, north, west, south]],
                [[-edge, south, east, south, east, north, -edge, north, -edge, south]],
            ]
            geometry = {"type": "MultiPolygon", "coordinates": parts}
        records.append(ANA.commons(f"Lugar {number}", geometry=geometry))
    await store.add(records)
    assert any(r.header.bbox is not None and r.header.bbox.west > r.header.bbox.east for r in records)
    world = BoundingBox(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000)
    boxes = [world, BoundingBox(1_790_000_000, -100_000_000, -1_790_000_000, 300_000_000)]
    for _ in range(40):
        west, east = (dice.randint(-1_800_000_000, 1_800_000_000) for _ in range(2))
        south = dice.randint(-900_000_000, 600_000_000)
        boxes.append(BoundingBox(west, south, east, south + dice.randint(0, 300_000_000)))
    for box in boxes:
        found = {row.subject for row in (await store.things(bbox=box, limit=200)).rows}
        assert found == _brute(records, box), box
        named = {row.subject for row in (await store.things(bbox=box, text="lugar", limit=200)).rows}
        assert named == found
    assert len(_brute(records, world)) == 150


async def test_a_place_that_moved_is_found_where_it_is(store: SqliteStore) -> None:
    first = ANA.commons("Vega", geometry=point(-78, 0))
    await store.add([first])
    await store.add([ANA.commons("Vega", after=first, geometry=point(10, 10))])
    old = BoundingBox(-780_000_001, -1, -779_999_999, 1)
    new = BoundingBox(99_999_999, 99_999_999, 100_000_001, 100_000_001)
    assert (await store.things(bbox=old)).rows == []
    [row] = (await store.things(bbox=new)).rows
    assert row.bbox == BoundingBox(100_000_000, 100_000_000, 100_000_000, 100_000_000)


# --- searches that take too long -----------------------------------------------------------------------


async def test_a_search_that_takes_too_long_is_broken_off_and_keeps_nobody_waiting(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.add([ANA.commons("Páramo", "acequia")])
    with monkeypatch.context() as hurried:
        hurried.setattr(connection, "SEARCH_MAX_S", 0.05)
        endless = asyncio.create_task(store._searcher._rows(ENDLESS))
        # Others are answered meanwhile, also by the question that peers ask most.
        assert await store.unknown([ANA.founding.id]) == []
        with pytest.raises(SearchTooLong, match="more words"):
            await endless
    # The next search has its own time, whenever the last one ended.
    assert await titles(store, "acequia") == {"Páramo"}


async def test_the_time_of_a_search_begins_when_it_does(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that waits in line behind another is not broken off for that."""
    monkeypatch.setattr(connection, "SEARCH_MAX_S", 0.3)
    endless = asyncio.gather(*(store._searcher._rows(ENDLESS) for _ in range(2)), return_exceptions=True)
    last = asyncio.create_task(store.things(text="comunidad"))
    assert [type(fault) for fault in await endless] == [SearchTooLong] * 2
    assert len((await last).rows) == 1


async def test_every_way_of_searching_has_its_limit(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.add([ANA.commons("Páramo", "acequia", geometry=point(-78.0, -1.0))])
    monkeypatch.setattr(connection, "SEARCH_MAX_S", 0.05)
    monkeypatch.setattr(queries, "THING_COLUMNS", f"({ENDLESS}), {queries.THING_COLUMNS}")
    box = BoundingBox(-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000)
    for asked in ({}, {"kind": "commons"}, {"text": "a"}, {"bbox": box}, {"author": ANA.id}):
        with pytest.raises(SearchTooLong):
            await store.things(**asked)
    assert (await store.counts()).records == 2  # what is no search has none


async def test_the_limit_reaches_into_the_word_index(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of the work of a search for beginnings of words is done there, before the first row."""
    words = (" ".join(f"{letter}{row}" for letter in "abcdefgh") for row in range(20_000))
    with contextlib.closing(sqlite3.connect(store._path)) as db:
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(words, 1_000))
        db.commit()
    everything = "a b c d e f g h a b c d e f g h"  # a second and more
    monkeypatch.setattr(connection, "SEARCH_MAX_S", 0.02)
    with pytest.raises(SearchTooLong):
        await store.things(text=everything)


async def test_a_search_ends_when_nobody_waits_for_it(store: SqliteStore) -> None:
    for _ in range(20):  # some are told to end before they have begun
        left = asyncio.create_task(store._searcher._rows(ENDLESS))
        await asyncio.sleep(0)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
    assert len((await store.things(text="comunidad")).rows) == 1
