"""What is looked up of what others say: bounded, and what is cut short is said to be."""

from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest

from node.claims import finding, voices
from node.claims.finding import Claim, ClaimFinder
from node.claims.voices import voices_about
from node.store.sqlite import SqliteStore
from protocol.kinds.geometry import from_geojson
from protocol.record.verification import VerifiedRecord
from tests.node.claims.outlines import box
from tests.node.store.samples import NOW_MS, Person

ANA, BEA = Person("Ana"), Person("Bea")
LAND = ANA.commons("Páramo", geometry=from_geojson(box(0, 0, 1, 1)))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open(tmp_path / "store") as opened:
        await opened.add([ANA.founding, BEA.founding, LAND])
        yield opened


def part_of(this: VerifiedRecord, other: VerifiedRecord, who: Person = ANA) -> VerifiedRecord:
    return who.says("link", {"relation": "part_of", "other": other.id}, this)


async def test_as_many_that_say_how_they_stand_are_looked_at_and_more_are_said_to_be(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = [BEA.commons(f"Monte {n}") for n in range(3)]
    await store.add([*things, *(part_of(thing, LAND, BEA) for thing in things)])
    thing = await store.thing(LAND.subject)
    assert thing is not None
    monkeypatch.setattr(voices, "LINKED_FROM_MAX", 3)
    found = await voices_about(store, thing, NOW_MS + 10_000)
    assert (len(found.links), found.more_links) == (3, False)
    monkeypatch.setattr(voices, "LINKED_FROM_MAX", 2)
    found = await voices_about(store, thing, NOW_MS + 10_000)
    assert (len(found.links), found.more_links) == (2, True)


async def test_a_chain_is_followed_through_the_store_to_its_end(store: SqliteStore) -> None:
    chain = [LAND, *(ANA.commons(f"Escalón {n}") for n in range(6))]
    await store.add([*chain[1:], *(part_of(this, other) for this, other in pairwise(chain))])
    thing = await store.thing(LAND.subject)
    assert thing is not None
    found = await voices_about(store, thing, NOW_MS + 10_000)
    assert list(found.within.things) == [step.subject for step in chain[1:]]
    await store.add([part_of(chain[-1], LAND)])
    found = await voices_about(store, thing, NOW_MS + 10_000)
    assert set(found.within.cycle) == {step.subject for step in chain}
    assert found.within.things == ()


async def test_no_more_searches_go_on_than_the_limit(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "GOING_ON_MAX", 1)
    other = BEA.commons("Bosque", geometry=from_geojson(box(0.5, 0, 2, 1)))
    await store.add([other])
    finder = ClaimFinder(store)
    try:
        claims = []
        for record in (LAND, other):
            thing = await store.thing(record.subject)
            assert thing is not None
            claims.append(Claim(thing.subject, thing.display, thing.title, thing.bbox))
        assert await finder.beside_within(claims[0], 0) is None  # goes on
        assert await finder.beside_within(claims[1], 60) is None  # one is going on already
        found = await finder.beside_within(claims[0], 60)
        assert found is not None
        assert len(found.claims) == 1
        assert await finder.beside_within(claims[1], 60) is not None
    finally:
        await finder.aclose()


async def test_a_finder_that_is_closed_leaves_nothing_behind(store: SqliteStore) -> None:
    other = BEA.commons("Bosque", geometry=from_geojson(box(0.5, 0, 2, 1)))
    await store.add([other])
    finder = ClaimFinder(store)
    thing = await store.thing(LAND.subject)
    assert thing is not None
    assert await finder.beside_within(Claim(thing.subject, thing.display, thing.title, thing.bbox), 0) is None
    await finder.aclose()
    assert finder._going_on == {}
