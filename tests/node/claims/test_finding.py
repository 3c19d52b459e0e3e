"""Claims beside a commons, found in a real store and measured in a real process."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from node.claims import finding
from node.claims.finding import Beside, ClaimFinder
from node.claims.meeting import Relation
from node.claims.names import NameMatch
from node.store.sqlite import SqliteStore
from protocol.identifiers import SubjectId
from protocol.kinds.geometry import from_geojson
from protocol.record.verification import VerifiedRecord
from tests.node.claims.outlines import box, comb, point
from tests.node.store.samples import Person
from tests.node.test_job_process import children

ANA, BEA, EVA = Person("Ana"), Person("Bea"), Person("Eva")
FOUNDED = [ANA.founding, BEA.founding, EVA.founding]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with await SqliteStore.open(tmp_path / "store") as opened:
        await opened.add(FOUNDED)
        yield opened


@pytest.fixture
async def finder(store: SqliteStore) -> AsyncIterator[ClaimFinder]:
    made = ClaimFinder(store)
    yield made
    await made.aclose()


def placed(who: Person, name: str, where: dict[str, Any] | None, **more: Any) -> VerifiedRecord:
    """A commons with that place."""
    geometry = {} if where is None else {"geometry": from_geojson(where)}
    return who.commons(name, **geometry, **more)


async def beside(store: SqliteStore, finder: ClaimFinder, record: VerifiedRecord) -> Beside:
    thing = await store.thing(record.subject)
    assert thing is not None
    return await finder.beside(finding.Claim(thing.subject, thing.display, thing.title, thing.bbox))


def told(found: Beside) -> list[tuple[SubjectId, str | None, NameMatch]]:
    return [
        (claim.row.subject, claim.meeting and claim.meeting.relation.value, claim.name)
        for claim in found.claims
    ]


async def test_what_overlaps_is_found_from_both_sides(store: SqliteStore, finder: ClaimFinder) -> None:
    one = placed(ANA, "Páramo alto", box(-78, 0, -77.9, 0.1))
    other = placed(BEA, "Bosque bajo", box(-77.95, 0, -77.8, 0.1))
    apart = placed(BEA, "Laguna", box(-77, 0, -76.9, 0.1))
    border = placed(EVA, "Pasto", box(-78, 0.1, -77.9, 0.2))
    await store.add([one, other, apart, border])
    (found,) = (await beside(store, finder, one)).claims
    (back,) = (await beside(store, finder, other)).claims
    assert (found.row.subject, back.row.subject) == (other.subject, one.subject)
    assert (found.author, found.same_author) == (BEA.id, False)
    assert found.meeting is not None
    assert back.meeting == found.meeting.turned()
    assert (await beside(store, finder, border)).claims == ()


async def test_one_name_near_by_is_told_of_where_somebody_else_says_it(
    store: SqliteStore, finder: ClaimFinder
) -> None:
    one = placed(ANA, "Páramo de Pesillo", point(-78, 0))
    near = placed(BEA, "Paramo Pesillo", point(-78.05, 0))
    far = placed(BEA, "Páramo de Pesillo", point(-70, 0))
    own = placed(ANA, "Páramo de Pesillo", point(-78, 0.05))
    await store.add([one, near, far, own])
    assert told(await beside(store, finder, one)) == [(near.subject, None, NameMatch.SAME)]
    assert told(await beside(store, finder, far)) == []


async def test_one_name_in_one_territory_or_without_a_place_is_told_of(
    store: SqliteStore, finder: ClaimFinder
) -> None:
    olmedo = [{"level": "parish", "name": {"es": "Olmedo"}}]
    one = placed(ANA, "Acequia Tabacundo", point(-78, 0), territory=olmedo)
    placeless = placed(BEA, "Acequia de Tabacundo", None)
    likewise = placed(BEA, "Acequia Tabacunda", point(-78.5, 0), territory=olmedo)
    elsewhere = placed(EVA, "Acequia Tabacunda", point(-79, 0))
    await store.add([one, placeless, likewise, elsewhere])
    found = {subject: name for subject, _, name in told(await beside(store, finder, one))}
    assert found == {placeless.subject: NameMatch.SAME, likewise.subject: NameMatch.SIMILAR}
    assert told(await beside(store, finder, elsewhere)) == []


async def test_the_order_in_which_claims_came_changes_nothing(tmp_path: Path) -> None:
    dice = random.Random(5)
    claims = [
        placed(
            who,
            f"Monte {n % 4} comunal",
            dice.choice([box(-78 + dx, dy, -77.9 + dx, dy + 0.1), point(-78 + dx, dy), None]),
            salt=dice.randbytes(16),
        )
        for n, who in enumerate([ANA, BEA, EVA] * 8)
        for dx, dy in [(dice.uniform(0, 0.2), dice.uniform(0, 0.2))]
    ]
    seen: list[Any] = []
    for turn in range(3):
        dice.shuffle(claims)
        async with await SqliteStore.open(tmp_path / f"store {turn}") as store:
            for record in [*FOUNDED, *claims] if turn else [*claims, *FOUNDED]:
                await store.add([record])
            await store.settled()
            finder = ClaimFinder(store)
            try:
                seen.append(
                    {row.subject: (told(found), found.not_all) async for row, found in finder.pairs()}
                    | {
                        (b"all", record.subject): [
                            (c.row.subject, c.meeting, c.name)
                            for c in (await beside(store, finder, record)).claims
                        ]
                        for record in claims
                    }
                )
            finally:
                await finder.aclose()
    assert seen[0] == seen[1] == seen[2]
    assert sum(len(found) for key, found in seen[0].items() if key[0] == b"all") > 20


async def test_each_pair_is_listed_once(store: SqliteStore, finder: ClaimFinder) -> None:
    claims = [placed(ANA, f"Monte {n}", box(-78, 0, -77.9 + n / 100, 0.1)) for n in range(4)]
    await store.add(claims)
    pairs = [(row.subject, c.row.subject) async for row, found in finder.pairs() for c in found.claims]
    assert len(pairs) == 6
    assert len({frozenset(pair) for pair in pairs}) == 6


async def test_more_than_can_be_compared_is_said(
    store: SqliteStore, finder: ClaimFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [placed(ANA, f"Monte {n}", box(-78, 0, -77.9 + n / 100, 0.1)) for n in range(5)]
    await store.add(claims)
    monkeypatch.setattr(finding, "PAGE_LENGTH_MAX", 2)
    monkeypatch.setattr(finding, "COMPARED_MAX", 4)
    assert (await beside(store, finder, claims[0])).not_all
    monkeypatch.setattr(finding, "COMPARED_MAX", 5)
    assert not (await beside(store, finder, claims[0])).not_all
    monkeypatch.setattr(finding, "TOLD_MAX", 3)
    assert (await beside(store, finder, claims[0])).untold
    monkeypatch.setattr(finding, "TOLD_MAX", 4)
    assert not (await beside(store, finder, claims[0])).untold
    monkeypatch.setattr(finding, "OUTLINES_SIZE_MAX_BYTES", 1_000)
    found = await beside(store, finder, claims[0])
    assert found.not_all


async def test_a_process_that_is_killed_costs_no_answer(store: SqliteStore, finder: ClaimFinder) -> None:
    one = placed(ANA, "Páramo", box(-78, 0, -77.9, 0.1))
    other = placed(BEA, "Bosque", box(-77.95, 0, -77.8, 0.1))
    third = placed(EVA, "Laguna", box(-77.96, 0, -77.8, 0.1))
    await store.add([one, other])
    before = children()
    assert len((await beside(store, finder, one)).claims) == 1
    (process,) = children() - before
    os.kill(process, signal.SIGKILL)
    await store.add([third])
    found = await beside(store, finder, one)
    # The job that it was to have is tried again by itself, or said not to be measured: never left out.
    assert {claim.row.subject for claim in found.claims} == {other.subject, third.subject}


async def test_an_outline_made_to_keep_a_node_busy_is_told_of_unmeasured(
    store: SqliteStore, finder: ClaimFinder
) -> None:
    one = placed(ANA, "Peine", comb(9_000, upright=True))
    other = placed(BEA, "Peine tumbado", comb(9_000, upright=False))
    plain = placed(EVA, "Llano", box(0.2, 0.2, 0.8, 0.8))
    await store.add([one, other, plain])
    found = {
        c.row.subject: c.meeting and c.meeting.relation for c in (await beside(store, finder, one)).claims
    }
    assert found == {other.subject: Relation.UNMEASURED, plain.subject: Relation.OVERLAPS}


async def test_what_is_asked_twice_at_once_is_answered_twice(store: SqliteStore, finder: ClaimFinder) -> None:
    claims = [placed(ANA, f"Monte {n}", box(-78, 0, -77.9 + n / 100, 0.1)) for n in range(4)]
    await store.add(claims)
    answers: Sequence[Beside] = await asyncio.gather(*(beside(store, finder, claims[0]) for _ in range(4)))
    assert all(len(answer.claims) == 3 for answer in answers)
    assert len({told(answer)[0] for answer in answers}) == 1


async def test_a_withdrawn_or_erased_claim_is_beside_nothing(store: SqliteStore, finder: ClaimFinder) -> None:
    one = placed(ANA, "Páramo", box(-78, 0, -77.9, 0.1))
    other = placed(BEA, "Páramo", box(-78, 0, -77.9, 0.1))
    await store.add([one, other])
    assert len((await beside(store, finder, one)).claims) == 1
    await store.add([BEA.erase(other)])
    await store.settled()
    assert (await beside(store, finder, one)).claims == ()
    assert (await beside(store, finder, other)).claims == ()
