"""What territories come to, read from sums that the store keeps: the same as counting everything anew."""

import asyncio
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.store.interface import TerritoryView
from node.store.sqlite import SqliteStore
from node.store.view import StoreView
from protocol.identifiers import ActorId, SubjectId
from protocol.kinds.commons import Territory
from protocol.kinds.placing import EVERYWHERE, NOWHERE, TerritoryId, best_name, namings_of, territory_text
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState, resolve_actor
from protocol.state.fold import ThingState, fold
from protocol.state.territories import Territories, territories_of
from tests.node.store.samples import NOW_MS, Person, point

LATER_MS = NOW_MS + 86_400_000
ANA, BETO = Person("Ana"), Person("Beto")
SQUARE = {"type": "Polygon", "coordinates": [[0, 0, 90_000, 0, 90_000, 90_000, 0, 90_000, 0, 0]]}


def level(word: str, name: str, code: str | None = None) -> dict[str, Any]:
    entry: dict[str, Any] = {"level": word, "name": {"es": name}}
    return entry if code is None else {**entry, "code": code}


NATION = level("nation", "Ecuador", "EC")
PICHINCHA, LOJA = level("province", "Pichincha"), level("province", "Loja")
OLMEDO_1 = [level("parish", "Olmedo"), level("canton", "Cayambe"), PICHINCHA, NATION]
OLMEDO_2 = [level("parish", "OLMEDO"), level("canton", "Paltas"), LOJA, NATION]
BOTH = [PICHINCHA, LOJA, NATION]
SPANISH = {"level": "nation", "name": {"en": "Equador", "es": "Ecuador"}, "code": "ec"}
PLACES: list[list[dict[str, Any]]] = [
    *([], OLMEDO_1, OLMEDO_2, [level("parish", "Olmedo")], BOTH, [PICHINCHA, NATION], [SPANISH]),
    [level("parish", f"P{number}") for number in range(5)],
]


def place(author: Person, name: str, word: str, around: list[dict[str, Any]], **more: Any) -> VerifiedRecord:
    payload = {"name": {"es": name}, "level": word, "licence": "CC0-1.0", "territory": around, **more}
    return sign_record(author.author(), "place", payload, NOW_MS)


def stored(path: Path, parts: Sequence[Sequence[VerifiedRecord]]) -> None:
    async def run() -> None:
        async with await SqliteStore.open(path) as store:
            for part in parts:
                await store.add(part)
            await store.settled()

    asyncio.run(run())


def folded_things(records: Sequence[VerifiedRecord]) -> list[ThingState]:
    """Every thing, folded by the protocol alone."""
    about: dict[SubjectId, list[VerifiedRecord]] = {}
    for record in {record.id: record for record in records}.values():
        about.setdefault(record.subject, []).append(record)

    def state(actor: ActorId) -> ActorState | None:
        held = about.get(SubjectId(actor))
        return None if held is None else resolve_actor(actor, held)

    return [fold(subject, held, state) for subject, held in about.items()]


def check_view(view: TerritoryView | None, territory: TerritoryId, found: Territories) -> None:
    """Compare what the store says of a territory with what was counted."""
    assert view is not None
    assert view.figures == found.of(territory)
    parts = {t for t, around in found.around.items() if around == territory}
    assert {row.id for row in view.parts} == parts
    for row in view.parts:
        figures = found.of(row.id)
        assert row.commons == figures.commons
        assert row.in_force == sum(n for status, n in figures.pacts.items() if status == "in_force")
        assert row.step == found.steps[row.id]
    numbers = [row.commons.number for row in view.parts]
    assert numbers == sorted(numbers, reverse=True)
    if territory in (EVERYWHERE, NOWHERE):
        assert (view.row.step, view.around) == (None, [])
        return
    assert view.row.title == best_name((tag, name, n) for (tag, name), n in found.names[territory].items())
    around, at = [], found.around[territory]
    while at:
        around.append(at)
        at = found.around[at]
    assert [row.id for row in view.around] == around


async def check_store(store: SqliteStore, records: Sequence[VerifiedRecord]) -> Territories:
    """Compare everything that the store says of territories with what the records come to."""
    things = folded_things(records)
    found = territories_of(things, LATER_MS)
    for territory in (EVERYWHERE, NOWHERE, *found.around):
        view = await store.territory(territory, LATER_MS, limit=1_000)
        if territory == NOWHERE and view is not None:
            assert view.parts == []
        check_view(view, territory, found)
        # Page by page, nothing twice and nothing left out.
        listed: list[SubjectId] = []
        after: str | None = ""
        while after is not None:
            page = await store.things_in(territory, LATER_MS, limit=2, after=after)
            listed += [row.subject for row in page.rows]
            after = page.after
        assert len(listed) == len(set(listed)) == found.of(territory).commons.number
    for territory in found.around:
        assert [row.id for row in await store.territories_with_id(territory_text(territory))] == [territory]
    return found


COMMONS = st.tuples(
    st.sampled_from([ANA, BETO]),
    st.sampled_from(PLACES),
    st.sampled_from([["water"], ["water", "forest"], ["pasture"]]),
    st.sampled_from(
        [{}, {"area": {"square_metres": 40_000}}, {"geometry": SQUARE}, {"geometry": point(-78, 0)}]
    ),
)


@st.composite
def lives(draw: st.DrawFn) -> list[list[VerifiedRecord]]:
    """Commons with versions and erasures, pacts about them, places: in some order, in some parts."""
    records = [ANA.founding, BETO.founding]
    firsts = []
    for number in range(draw(st.integers(1, 5))):
        author, where, resources, more = draw(COMMONS)
        first = author.commons(f"C{number}", territory=where, resources=resources, **more)
        records.append(first)
        firsts.append(first)
        if draw(st.booleans()):
            again, where, resources, more = draw(COMMONS)
            after = again.commons(f"C{number}b", after=first, territory=where, resources=resources, **more)
            records.append(after)
        if draw(st.integers(0, 4)) == 0:
            records.append(author.erase(first))
    for number in range(draw(st.integers(0, 3))):
        about = draw(st.lists(st.sampled_from(firsts), max_size=3, unique=True))
        pact = ANA.pact(BETO, f"Pacto {number}", about=about)
        records += [pact, ANA.consent(pact)]
        if draw(st.booleans()):
            records.append(BETO.consent(pact))
    if draw(st.booleans()):
        records.append(
            place(ANA, "Olmedo", "parish", OLMEDO_1[1:], code=draw(st.sampled_from([None, "170254"])))
        )
    order = draw(st.permutations(records))
    cut = draw(st.integers(0, len(order)))
    return [part for part in (order[:cut], order[cut:]) if part]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lives())
def test_the_sums_are_those_of_counting_anew(parts: list[list[VerifiedRecord]]) -> None:
    records = [record for part in parts for record in part]

    async def run(path: Path) -> None:
        async with await SqliteStore.open(path) as store:
            for part in parts:
                await store.add(part)
            await store.settled()
            await check_store(store, records)
            await store.rebuild()
            await store.settled()
            await check_store(store, records)

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "store.sqlite"))


async def test_a_nation_counts_each_commons_once_and_each_part_all_of_its(tmp_path: Path) -> None:
    records = [
        ANA.founding,
        ANA.commons("En dos", territory=BOTH, area={"square_metres": 10_000}),
        ANA.commons("En una", territory=[LOJA, NATION], area={"square_metres": 5_000}, time_ms=NOW_MS + 1),
        ANA.commons("Sin nada", time_ms=NOW_MS + 2),
    ]
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(records)
        await check_store(store, records)
        [nation] = namings_of([Territory("nation", {"es": "Ecuador"}, "EC")])
        view = await store.territory(nation.id, LATER_MS)
        assert view is not None
        assert (view.figures.commons.number, view.figures.commons.area_m2) == (2, 15_000)
        assert {row.title["es"]: row.commons.area_m2 for row in view.parts} == {
            "Loja": 15_000,
            "Pichincha": 10_000,
        }
        assert await store.territory(TerritoryId(12_345), LATER_MS) is None


async def test_namesakes_stand_beside_each_other(tmp_path: Path) -> None:
    records = [
        ANA.founding,
        *(ANA.commons(f"C{at}", territory=where, time_ms=NOW_MS + at) for at, where in enumerate(PLACES)),
        place(ANA, "Olmedo", "parish", [NATION], code="170254"),
        place(BETO, "Olmedo", "canton", [NATION]),
    ]
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(records)
        found = {row.id: row for row in await store.territories_called(["olmedo", "Olmedo"])}
        assert len(found) == 4, "the canton's author is not known here, so nothing of it is"
        here = namings_of([Territory(e["level"], e["name"], e.get("code")) for e in OLMEDO_1])[-1].id
        view = await store.territory(here, LATER_MS)
        assert view is not None
        assert {row.id for row in view.namesakes} == found.keys() - {here}
        assert [row.title["es"] for row in view.around] == ["Cayambe", "Pichincha", "Ecuador"]


async def test_the_places_that_document_a_territory(tmp_path: Path) -> None:
    record = place(ANA, "Olmedo", "parish", OLMEDO_1[1:])
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add([ANA.founding, record])
        [_, _, _, olmedo] = namings_of([Territory(e["level"], e["name"], e.get("code")) for e in OLMEDO_1])
        view = await store.territory(olmedo.id, LATER_MS)
        assert view is not None
        assert [row.subject for row in view.documented_by] == [record.subject]
        assert view.figures.commons.number == 0
        everywhere = await store.territory(EVERYWHERE, LATER_MS)
        assert everywhere is not None
        assert [row.title["es"] for row in everywhere.parts] == ["Ecuador"]


async def test_a_view_beside_the_node_reads_the_same(tmp_path: Path) -> None:
    records = [ANA.founding, ANA.commons("Laguna", territory=OLMEDO_1)]
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(records)
        await store.settled()
        beside = await StoreView.open_view(tmp_path / "store.sqlite")
        assert beside is not None
        try:
            await check_store(beside, records)
        finally:
            await beside.close()


async def test_large_territories_are_listed_in_the_same_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [ANA.founding]
    for number in range(12):
        where = PLACES[number % 3 + 1]
        records.append(ANA.commons(f"C{number}", territory=where, time_ms=NOW_MS + 1_000 * (number % 5)))
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(records)
        [nation] = namings_of([Territory("nation", {"es": "Ecuador"}, "EC")])
        sorted_ones = await store.things_in(nation.id, LATER_MS)
        monkeypatch.setattr("node.store.territory_queries.COMMONS_SORTED_MAX", 3)
        assert await store.things_in(nation.id, LATER_MS) == sorted_ones
        whole = await store.things(kind="commons", now_ms=LATER_MS)
        in_order = [row.subject for row in whole.rows]
        listed = [row.subject for row in sorted_ones.rows]
        assert listed == [subject for subject in in_order if subject in listed]
        await check_store(store, records)


def test_what_is_erased_leaves_no_name_behind(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    secret = ANA.commons("Fuente", territory=[level("community", "Escondrijo Guayacán"), NATION])
    open_one = ANA.commons("Laguna", territory=[level("community", "Otro sitio"), NATION])
    stored(path, [[ANA.founding, secret, open_one], [ANA.erase(secret)]])
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"Otro sitio" in files
    assert b"otro sitio" in files
    assert b"scondrijo" not in files


def test_one_record_that_names_as_much_as_it_can(tmp_path: Path) -> None:
    everything = [level(f"l{at}", f"T {at}", f"c{at}") for at in range(256)]
    many = ANA.commons("Todo", territory=everything, resources=[f"r{at}" for at in range(16)])
    huge = ANA.commons("Grande", territory=everything, area={"square_metres": 2**53 - 1})
    stored(tmp_path / "store.sqlite", [[ANA.founding, many, huge]])

    async def run() -> None:
        async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
            view = await store.territory(EVERYWHERE, LATER_MS)
            assert view is not None
            assert (view.figures.commons.number, view.figures.commons.measured) == (2, 0)
            assert len(view.figures.by_resource) == 17
            [deepest] = await store.territories_called(["c0"])
            found = await store.territory(deepest.id, LATER_MS)
            assert found is not None
            assert len(found.around) < 20, "a chain ends where nobody would follow it"

    asyncio.run(run())


async def test_sums_of_the_largest_areas_do_not_break(tmp_path: Path) -> None:
    from protocol.kinds.area import AREA_COUNTED_MAX_M2

    records = [ANA.founding]
    records += [
        ANA.commons(f"C{at}", territory=[NATION], area={"square_metres": AREA_COUNTED_MAX_M2})
        for at in range(3)
    ]
    path = tmp_path / "store.sqlite"
    async with await SqliteStore.open(path) as store:
        await store.add(records)
        await store.settled()
    # As if half a million had said so: the sum has passed 63 bits.
    db = sqlite3.connect(path)
    db.execute("UPDATE spot_sum SET area = 9223372036854775807")
    db.commit()
    db.close()
    async with await SqliteStore.open(path) as store:
        more = ANA.commons("C9", territory=[NATION], area={"square_metres": AREA_COUNTED_MAX_M2})
        await store.add([more])
        view = await store.territory(EVERYWHERE, LATER_MS)
        assert view is not None
        assert view.figures.commons.number == 4
        assert view.figures.commons.area_m2 >= 2**63 - 1


async def test_no_more_parts_are_read_at_once_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.store.territory_queries.PARTS_LENGTH_MAX", 2)
    records = [ANA.commons(f"C{at}", territory=[level("nation", f"N{at}")]) for at in range(3)]
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add([ANA.founding, *records[:2]])
        view = await store.territory(EVERYWHERE, LATER_MS, limit=1_000)
        assert view is not None
        assert (len(view.parts), view.after) == (2, None)
        await store.add(records[2:])
        view = await store.territory(EVERYWHERE, LATER_MS, limit=1_000)
        assert view is not None
        assert (len(view.parts), view.after) == (2, 2)
        rest = await store.territory(EVERYWHERE, LATER_MS, limit=1_000, after=2)
        assert rest is not None
        assert (len(rest.parts), rest.after) == (1, None)
        assert len({row.id for row in (*view.parts, *rest.parts)}) == 3
