"""Where listed pacts stand: what the fold says, at any reading of the clock, whatever came in what order."""

import asyncio
import tempfile
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.present import present_prospect, present_status
from node.store.interface import ThingRow
from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from protocol.state.course import DAY_MS
from tests.node.store.contents import derived_contents, store_in_parts
from tests.protocol.people import T0
from tests.protocol.state.histories import World
from tests.protocol.state.test_any_history import PROCEDURE

rolls = st.builds(Random, st.integers(0, 2**32 - 1))


def _parts(records: list[VerifiedRecord], rng: Random) -> list[list[VerifiedRecord]]:
    shuffled = [*records, *rng.sample(records, len(records) // 3)]
    rng.shuffle(shuffled)
    cuts = sorted(rng.sample(range(1, len(shuffled)), min(6, len(shuffled) - 1)))
    return [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(15, 50))
def test_lists_say_what_the_fold_says_and_a_rebuild_changes_nothing(rng: Random, moves: int) -> None:
    records = World(rng, actors=3).play(moves, PROCEDURE).records

    async def compare(path: Path) -> None:
        async with await SqliteStore.open(path, synchronous="NORMAL") as store:
            clocks = [T0 + 5_001, *(T0 + rng.randint(-40, 40) * DAY_MS for _ in range(2))]
            for row in (await store.things(kind="pact", limit=1_000)).rows:
                thing = await store.thing(row.subject)
                assert thing is not None
                clocks += [stretch.since_ms - rng.randrange(2) for stretch in present_prospect(thing)]
            for now_ms in rng.sample(clocks, min(len(clocks), 6)):
                rows = (await store.things(kind="pact", limit=1_000, now_ms=now_ms)).rows
                for row in rows:
                    thing = await store.thing(row.subject)
                    assert thing is not None
                    assert row.status == present_status(thing, now_ms)
                for status in {row.status for row in rows} | {"in_force", "void"}:
                    expected = [row for row in rows if row.status == status]
                    assert await _leaf_through(store, status, now_ms, rng.randint(1, 3)) == expected

    with tempfile.TemporaryDirectory() as folder:
        one, other = Path(folder) / "one", Path(folder) / "other"
        asyncio.run(_fill(one, _parts(records, rng), records))
        asyncio.run(compare(one))
        asyncio.run(_fill(other, _parts(records, rng), records))
        told = derived_contents(one)
        assert derived_contents(other) == told
        assert store_in_parts(other, [], rebuild=True) == told


async def _fill(path: Path, parts: list[list[VerifiedRecord]], records: list[VerifiedRecord]) -> None:
    async with await SqliteStore.open(path, synchronous="NORMAL") as store:
        for part in parts:
            await store.add(part)
        await store.settled()
        await store.add(records)  # peers have what an erasure took out that has no effect any more
        await store.settled()


async def _leaf_through(store: SqliteStore, status: str, now_ms: int, limit: int) -> list[ThingRow]:
    found: list[ThingRow] = []
    after: str | None = ""
    while after is not None:
        page = await store.things(kind="pact", status=status, now_ms=now_ms, limit=limit, after=after)
        found += page.rows
        after = page.after
    return found
