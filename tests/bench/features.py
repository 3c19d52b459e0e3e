"""Features over HTTP: sixteen readers in a process of their own ask a node, over lasting connections."""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.atlas.reading import Atlas
from node.home import Home
from protocol.geometry_units import UNITS_PER_DEGREE
from tests.bench.atlas import some_boxes
from tests.bench.nodes import RunningNode, running

READERS = 16
SECONDS = 5.0
PAGE = 100

# Different ones, so that no answer is one that was given before.
BOXES, ITEMS = 2_000, 4_000

_COLLECTION = "/ogc/collections/commons/items"


@dataclass
class Served:
    """What readers got: answers a second, the slowest of a hundred (ms); the node’s memory after it (MB)."""

    boxes: list[dict[str, Any]]
    items: list[dict[str, Any]]
    node_mb: float


async def measure_served(home: Home, runs: int) -> Served:
    """Ask the node of a home, whose atlas is drawn, for pages of a box and for single features."""
    atlas = Atlas(home.path)
    half = [[edge / UNITS_PER_DEGREE for edge in box] for box in await some_boxes(atlas, BOXES)]
    rows = await atlas.quick_rows("SELECT id FROM feature ORDER BY random() LIMIT ?", (ITEMS,))
    await atlas.aclose()
    pages = [f"{_COLLECTION}?limit={PAGE}&bbox={','.join(f'{edge:.4f}' for edge in box)}" for box in half]
    single = [f"{_COLLECTION}/{row[0]}" for row in rows]
    async with running(home) as node:
        boxes = [await _load(node, pages) for _ in range(runs)]
        items = [await _load(node, single) for _ in range(runs)]
        return Served(boxes, items, node.rss_mb())


async def _load(node: RunningNode, paths: Sequence[str]) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.load", "127.0.0.1", str(node.port), str(READERS), str(SECONDS)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate("\n".join(paths).encode())
    told: dict[str, Any] = json.loads(out)
    assert not told["faults"], told["faults"]
    return told
