"""The atlas of 100,000 outlines: how long it takes to draw, how large it is, how quickly it answers.

The outlines are those of real localities where the shared inputs are there, again and again in other places;
else made-up ones.
"""

import asyncio
import json
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from node.atlas.reading import Atlas
from node.atlas.world import SPOT_BITS
from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.geometry_units import BoundingBox
from protocol.kinds.commons import RESOURCES
from protocol.kinds.geometry import from_geojson
from protocol.record.signing import sign_record
from tests.bench.nodes import RunningNode, running
from tests.bench.records import START_MS, STEP_MS, communities
from tests.shared_inputs import SHARED

ZOOMS = (0, 4, 6, 8, 10, 12)

_LOOK_AGAIN_S = 0.1

# Each time round the outlines stand elsewhere: 3° further south.
_SHIFT_DEGREES = 3.0


@dataclass(frozen=True)
class Outline:
    """A name and a GeoJSON geometry."""

    name: str
    geometry: dict[str, Any]


def outlines() -> list[Outline]:
    """Return the real outlines, else as many that are made up."""
    path = SHARED / "data" / "load_localities.geojson"
    if path.exists():
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        return [Outline(f["properties"]["n"], f["geometry"]) for f in features]
    dice = random.Random(5)
    return [_made_up(dice, number) for number in range(15_900)]


def _made_up(dice: random.Random, number: int) -> Outline:
    lon, lat, corners = dice.uniform(-105, -90), dice.uniform(16, 24), dice.choice((8, 10, 12, 30))
    radius = 0.002 * dice.paretovariate(1.5)
    ring = [
        [
            round(lon + radius * math.cos(k * math.tau / corners), 4),
            round(lat + radius * math.sin(k * math.tau / corners), 4),
        ]
        for k in range(corners)
    ]
    return Outline(f"Localidad {number}", {"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def shifted(coordinates: Any, by: float) -> Any:
    """Return GeoJSON coordinates farther south by some degrees."""
    if isinstance(coordinates[0], list):
        return [shifted(part, by) for part in coordinates]
    return [coordinates[0], coordinates[1] - by]


async def fill_with_outlines(home: Home, count: int) -> None:
    """Make a home that holds `count` outlined commons of a few registers."""
    home.create()
    people = communities(4)
    dice, ready = random.Random(9), outlines()
    async with await SqliteStore.open(home.store_path, "NORMAL") as store:
        await store.add(person.first for person in people)
        batch = []
        for number in range(count):
            around, at = divmod(number, len(ready))
            batch.append(_signed(dice, people[around % len(people)], ready[at], around, number))
            if len(batch) == 2_500:
                await store.add(batch)
                batch = []
        await store.add(batch)
        await store.settled()


def _signed(dice: random.Random, person: Any, outline: Outline, around: int, number: int) -> Any:
    geometry = outline.geometry
    if around:
        geometry = {**geometry, "coordinates": shifted(geometry["coordinates"], around * _SHIFT_DEGREES)}
    content = {
        "name": {"es": outline.name},
        "resources": [dice.choice(RESOURCES)],
        "licence": "CC-BY-4.0",
        "geometry": from_geojson(geometry),
        "territory": [{"level": "nation", "name": {"es": "México"}, "code": "MX"}],
        "salt": dice.randbytes(16),
    }
    return sign_record(person.author, "commons", content, START_MS + number * STEP_MS // 10)


async def dense_tile(atlas: Atlas, zoom: int) -> tuple[int, int, int]:
    """Return the tile of a zoom in which there are most."""
    [(number, _)] = await atlas.quick_rows(
        "SELECT spot >> ?, count(*) FROM feature WHERE spot IS NOT NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
        (2 * (SPOT_BITS - zoom),),
    )
    x = sum((number >> 2 * bit & 1) << bit for bit in range(zoom))
    return zoom, x, sum((number >> 2 * bit + 1 & 1) << bit for bit in range(zoom))


async def some_boxes(atlas: Atlas, count: int) -> list[BoundingBox]:
    """Return boxes of half a degree, where there is something."""
    rows = await atlas.quick_rows("SELECT west, south FROM feature ORDER BY random() LIMIT ?", (count,))
    half = 2_500_000
    return [BoundingBox(west - half, south - half, west + half, south + half) for west, south in rows]


@dataclass
class Figures:
    """What was measured: seconds, MB, milliseconds by zoom, and answers a second."""

    build_s: float
    file_mb: float
    node_mb: float
    process_mb: float
    cold_ms: dict[int, list[float]]
    kept_ms: list[float]
    pages_per_s: float
    items_per_s: float


async def measure(home: Home) -> Figures:
    """Have a node draw the atlas of a home from nothing, and ask it for tiles; ask the atlas for features."""
    atlas = Atlas(home.path)
    atlas.remove()
    async with running(home) as node, aiohttp.ClientSession() as session:
        began = time.perf_counter()
        while not await atlas.is_complete():  # what hurries it is that somebody asks
            await _tile(session, node, (0, 0, 0), "")
            await asyncio.sleep(_LOOK_AGAIN_S)
        build_s = time.perf_counter() - began
        process_mb = max(_rss_mb(child) for child in _children(node.pid))
        cold_ms: dict[int, list[float]] = {}
        kept_ms = []
        for zoom in ZOOMS:
            tile = await dense_tile(atlas, zoom)
            for day in ("2099-01-01", "2099-01-02", "2099-01-03"):  # each is drawn, and shows all there is
                cold_ms.setdefault(zoom, []).append(await _tile(session, node, tile, day))
                kept_ms.append(await _tile(session, node, tile, day))
        node_mb = node.rss_mb()
    boxes = await some_boxes(atlas, 600)
    pages_per_s = await _rate([atlas.features("commons", bbox=box) for box in boxes])
    rows = await atlas.quick_rows("SELECT id FROM feature ORDER BY random() LIMIT 4000")
    items_per_s = await _rate([atlas.feature("commons", row[0]) for row in rows])
    file_mb = atlas.size_bytes() / 1e6
    await atlas.aclose()
    return Figures(build_s, file_mb, node_mb, process_mb, cold_ms, kept_ms, pages_per_s, items_per_s)


async def _tile(
    session: aiohttp.ClientSession, node: RunningNode, at: tuple[int, int, int], day: str
) -> float:
    """Ask for a tile; return the milliseconds that it took."""
    zoom, x, y = at
    began = time.perf_counter()
    async with session.get(f"http://{node.address}/tiles/{zoom}/{x}/{y}.mvt?at={day}") as answer:
        await answer.read()
    return (time.perf_counter() - began) * 1_000


async def _rate(asked: list[Any], at_once: int = 16) -> float:
    waiting = iter(asked)

    async def ask() -> None:
        for one in waiting:
            await one

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(at_once)))
    return len(asked) / (time.perf_counter() - began)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


def _rss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    [line] = [line for line in text.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) * 1_024 / 1e6
