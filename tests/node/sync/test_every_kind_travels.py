"""Three nodes that hold parts of a history of every kind come to show the same, whoever meets whom."""

import time
from pathlib import Path
from random import Random

import pytest

from node.home import Home
from node.sync.one_sync import sync_once
from protocol.record.verification import VerifiedRecord
from tests.node.live import live, make_home, quiet_settings
from tests.node.store.contents import derived_contents
from tests.protocol.state.every_kind import EveryKind

# The first two give one node everything, the next two give it to all; the last are for contents that one had
# taken out by an erasure which another knows to be void.
MEETINGS = ((1, 0), (2, 0), (1, 0), (2, 1), (1, 0), (2, 0))


def history(rng: Random) -> list[VerifiedRecord]:
    """What happened, as far as it is not dated after today: nodes wait with that until its day."""
    now_ms = time.time_ns() // 1_000_000
    return [r for r in EveryKind(rng).live(90).records if r.header.time_ms <= now_ms]


@pytest.mark.parametrize("seed", [1, 2])
async def test_any_split_over_nodes_comes_together(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    records = history(rng)
    parts: list[list[VerifiedRecord]] = [[], [], []]
    for record in records:
        for part in rng.sample(parts, rng.choice((1, 1, 2))):
            part.append(record)
    homes: list[Home] = [await make_home(tmp_path / f"node-{n}", part) for n, part in enumerate(parts)]
    for caller, called in MEETINGS:
        async with live(homes[called]) as node:
            await sync_once(homes[caller], quiet_settings(), node.listening[0])
    told = [derived_contents(home.store_path) for home in homes]
    assert {row[0] for row in told[0]["records"]} == {record.id.hex() for record in records}
    assert told[0] == told[1] == told[2]
