"""The atlas drawn step by step is the atlas drawn from nothing, whatever comes, in whatever order."""

import asyncio
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.atlas.drawing_process import Drawer
from node.atlas.file import atlas_path, remove_file
from node.store.sqlite import SqliteStore
from node.trust.blocks import Block, Blocks, Target
from protocol.kinds.geometry import from_geojson
from protocol.record.verification import VerifiedRecord
from tests.node.atlas.drawn import contents, draw, follow
from tests.node.store.test_every_kind import may_lose_content, stripped
from tests.protocol.people import T0
from tests.protocol.state.every_kind import WORD, YEAR_MS, EveryKind

rolls = st.builds(Random, st.integers(0, 2**32 - 1))


class Mapped(EveryKind):
    """A world of a few territories, whose pacts and alerts are mostly about commons."""

    def said(self, kind: str) -> dict[str, Any]:
        content = super().said(kind)
        if kind == "commons":
            content["territory"] = self.territory()
            if self.rng.random() < 0.5:
                content["area"] = {"square_metres": self.rng.randint(0, 9)}
            if content.get("sensitivity", "public") == "public" and self.rng.random() < 0.7:
                content["geometry"] = self.outline()
        elif kind == "place":
            content["territory"] = self.territory()[1:]
            content["level"], content["name"] = self.rng.choice(("parish", "canton")), self.name()
        elif kind in ("pact", "alert") and self.rng.random() < 0.8:
            commons = [s for s, versions in self.things.items() if versions[0].header.kind == "commons"]
            if commons:
                content["commons"] = [{"subject": s} for s in self.some(commons, 1, 2)]
        return content

    def outline(self) -> dict[str, Any]:
        """One of a few boxes, many of which overlap, and a bow tie."""
        west, south = self.rng.randint(0, 3), self.rng.randint(0, 3)
        size = self.rng.choice((1, 2, 4))
        around = [[west, south], [west + size, south], [west + size, south + size], [west, south + size]]
        if self.rng.random() < 0.2:
            around[1:] = [[west + size, south + size], [west + size, south], [west, south + 1.5 * size]]
        return from_geojson({"type": "Polygon", "coordinates": [[*around, around[0]]]})

    def territory(self) -> list[dict[str, Any]]:
        levels = ("parish", "canton", "province")[: self.rng.randint(0, 3)]
        return [{"level": level, "name": self.name()} for level in levels]

    def name(self) -> dict[str, str]:
        return self.rng.choice((WORD, {"es": "y"}))


def some_block(rng: Random, world: EveryKind) -> Block:
    target = rng.choice((Target.ACTOR, Target.RECORD))
    chosen = list(world.versions) if target is Target.ACTOR else [r.id for r in world.records]
    return Block(target, rng.choice(chosen), "2026-01-01", "")


def change_blocks(rng: Random, home: Path, world: EveryKind) -> None:
    blocks = Blocks.of_home(home)
    for block in list(blocks):
        if rng.random() < 0.5:
            blocks.remove(block.target, block.identifier)
    for _ in range(rng.randint(0, 2)):
        blocks.add(some_block(rng, world))


def in_parts(rng: Random, records: Sequence[VerifiedRecord]) -> list[list[VerifiedRecord]]:
    mixed = rng.sample(list(records), len(records))
    cuts = sorted({0, len(mixed), *(rng.randrange(len(mixed)) for _ in range(rng.randint(0, 7)))})
    return [mixed[start:end] for start, end in pairwise(cuts)]


async def step_by_step(
    home: Path, rng: Random, parts: Sequence[Sequence[VerifiedRecord]], world: EveryKind
) -> int:
    """Follow a store now and then while it grows and time passes; return what time it is at last."""
    now_ms, length = T0 - YEAR_MS, rng.choice((1, 3, 256))
    drawer = Drawer()
    async with await SqliteStore.open(home / "store.sqlite", "NORMAL") as store:
        for part in parts:
            await store.add(part)
            if rng.random() < 0.3:
                change_blocks(rng, home, world)
            if rng.random() < 0.7:
                now_ms += rng.choice((0, rng.randint(0, YEAR_MS), rng.randint(0, 10 * YEAR_MS)))
                await store.settled()
                await follow(drawer, home, now_ms, length=length)
            if rng.random() < 0.2:
                await drawer.close()  # as if it had been killed between two steps
        await store.settled()
        await follow(drawer, home, now_ms, length=length)
    await drawer.close()
    return now_ms


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rolls, st.integers(5, 80))
def test_step_by_step_and_from_nothing(rng: Random, moves: int) -> None:
    world = Mapped(rng).live(moves)
    bare = [stripped(r) for r in rng.sample(world.records, len(world.records) // 4) if may_lose_content(r)]
    parts = in_parts(rng, [*world.records, *bare]) + in_parts(rng, world.records)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        now_ms = asyncio.run(step_by_step(home, rng, parts, world))
        found = contents(home)
        remove_file(atlas_path(home))
        asyncio.run(draw(home, now_ms))
        assert found == contents(home)
