"""Measures what a node costs: one JSON object a line on standard output, progress on standard error.

    make bench                       # all, a million records included: some ten minutes and 6 GB of disk
    make bench SIZE=10000            # only what 10,000 records show
    make bench RUNS=5                # medians of five runs instead of three

The first line is the machine (`tests.bench.machine`).  Each other one is `{"work", "value", "unit", "runs"}`,
`value` the median of `runs`, and where it took time `"stolen"`: the share of the processors' time that the
machine's host kept for others meanwhile.
"""

import asyncio
import gc
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from node.cli import GC_THRESHOLDS
from node.home import Home
from node.importing.drafts import Drafted, SourceKey
from node.importing.signing import SIGNING_PROCESS, Documenter, import_commons
from node.job_process import JobProcess
from node.store.sqlite import SqliteStore
from protocol.kinds.commons import Territory
from protocol.kinds.placing import namings_of
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.bench.atlas import fill_with_outlines, measure
from tests.bench.features import measure_served
from tests.bench.machine import about_machine, stolen_s
from tests.bench.nodes import RunningNode, copy_home, fill, running
from tests.bench.pacts import courses_s, update_ms
from tests.bench.records import Community, communities, drafts

SMALL, LARGE = 10_000, 1_000_000
NEW_RECORDS = 10

# Commons with an outline, of which tiles are drawn.
OUTLINED = 100_000


def report(work: str, runs: Sequence[float], unit: str, since: "Since | None" = None) -> None:
    """Print one result, measured `since` then."""
    result: dict[str, Any] = {"work": work, "value": round(statistics.median(runs), 4), "unit": unit}
    result["runs"] = [round(run, 4) for run in runs]
    if since is not None:
        result["stolen"] = since.stolen_share()
    print(json.dumps(result), flush=True)


class Since:
    """A moment, to look back to."""

    def __init__(self) -> None:
        self._began_s, self._stolen_s = time.perf_counter(), stolen_s()

    def stolen_share(self) -> float:
        """Return how much of the processors' time was not to be had since."""
        seconds = (time.perf_counter() - self._began_s) * len(os.sched_getaffinity(0))
        return round((stolen_s() - self._stolen_s) / seconds, 3)


def say(text: str) -> None:
    """Tell whoever waits what is going on."""
    print(text, file=sys.stderr, flush=True)


async def measure_ingest(folder: Path, runs: int) -> None:
    """Sign and store 10,000 commons, as batch imports of 50 authors do, four at a time."""
    people, since = communities(), Since()
    rates = []
    for run in range(runs):
        ready = list(drafts(SMALL, seed=run + 100))
        home = Home.at(folder / f"ingest-{run}")
        home.create()
        async with await SqliteStore.open(home.store_path) as store:
            await store.add(community.first for community in people)
            began = time.perf_counter()
            signing, few = JobProcess(SIGNING_PROCESS), asyncio.Semaphore(4)
            await asyncio.gather(
                *(
                    _import(store, person, ready[who :: len(people)], signing, few)
                    for who, person in enumerate(people)
                )
            )
            await signing.end()
            rates.append(SMALL / (time.perf_counter() - began))
    report("ingest", rates, "records/s", since)


async def _import(
    store: SqliteStore,
    person: Community,
    ready: list[tuple[int, dict[str, Any], int]],
    signing: JobProcess,
    few: asyncio.Semaphore,
) -> None:
    outcomes = [
        Drafted("commons", payload, "", SourceKey("commons", "bench", str(at)), row)
        for row, (_, payload, at) in enumerate(ready)
    ]
    author = person.author
    assert author.actor is not None
    assert author.auth is not None
    async with few:
        documenter = Documenter(author.actor, author.auth, [author.key])
        await import_commons(outcomes, documenter, store, store.add, signing=signing)


async def measure_pacts(folder: Path, runs: int) -> None:
    """Find out where 10,000 pacts of 50 events stand, from nothing; and keep one up to date."""
    since = Since()
    report("pact_status_10k", [courses_s() for _ in range(runs)], "s", since)
    since = Since()
    places = [folder / f"pacts-{run}" for run in range(runs)]
    for place in places:
        place.mkdir()
    figures = [await update_ms(place) for place in places]
    report("pact_update", [update for update, _ in figures], "ms", since)
    report("pact_course", [whole for _, whole in figures], "ms")


async def measure_sync(folder: Path, source: Home, runs: int) -> None:
    """Sync everything to an empty node over loopback."""
    rates, since = [], Since()
    async with running(source) as server:
        for run in range(runs):
            home = Home.at(folder / f"sync-{run}")
            home.create()
            async with running(home) as client:
                began = time.perf_counter()
                answer = await client.control.sync_with(server.address)
                rates.append(answer["records"] / (time.perf_counter() - began))
                expected = (await server.control.status())["records"]
                assert answer["records"] == expected, f"{answer['records']} of {expected} arrived"
    report("sync", rates, "records/s", since)


async def measure_diff(folder: Path, source: Home, name: str, runs: int) -> None:
    """Ten new records among many, reconnecting: seconds and bytes, handshake included."""
    seconds, kilobytes, since = [], [], Since()
    copied = copy_home(source, folder / f"diff-{name}")
    async with running(source) as server, running(copied) as client:
        for run in range(runs):
            await client.control.change_peer(server.address, present=False)
            await server.control.submit([record.envelope for record in _new_records(run)])
            began = time.perf_counter()
            answer = await client.control.sync_with(server.address)
            seconds.append(time.perf_counter() - began)
            assert answer["records"] - answer["records_before"] == NEW_RECORDS, answer
            kilobytes.append((answer["bytes_sent"] + answer["bytes_received"]) / 1_000)
    report(f"diff_{name}", seconds, "s", since)
    report(f"diff_{name}_bytes", kilobytes, "KB")


def _new_records(run: int) -> list[VerifiedRecord]:
    people = communities()
    now_ms = time.time_ns() // 1_000_000
    return [
        sign_record(people[who].author, "commons", payload, now_ms - number * 1_000)
        for number, (who, payload, _) in enumerate(drafts(NEW_RECORDS, seed=9_000 + run))
    ]


async def measure_start(source: Home, name: str, runs: int) -> None:
    """Cold start until the page answers, and memory once idle."""
    cold, memory, since = [], [], Since()
    for _ in range(runs):
        async with running(source) as node:
            cold.append(node.cold_s)
            await _idle(node)
            memory.append(node.rss_mb())
    report(f"cold_{name}", cold, "s", since)
    report(f"rss_{name}", memory, "MB")


async def _idle(node: RunningNode) -> None:
    """Wait until the node has used no processor time for half a second."""
    before = -1.0
    while (used := _cpu_ticks(node.pid)) != before:
        before = used
        await asyncio.sleep(0.5)


def _cpu_ticks(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return float(fields[11]) + float(fields[12])


async def measure_territory(source: Home, name: str, runs: int) -> None:
    """What a nation comes to, with the first of its parishes and of its commons, for one page."""
    [nation] = namings_of([Territory("nation", {"es": "Ecuador"})])
    seconds, since = [], Since()
    async with await SqliteStore.open(source.store_path) as store:
        for _ in range(runs):
            began = time.perf_counter()
            view = await store.territory(nation.id, time.time_ns() // 1_000_000)
            page = await store.things_in(nation.id, time.time_ns() // 1_000_000)
            seconds.append(time.perf_counter() - began)
            assert view is not None
            assert view.figures.commons.number
            assert page.rows
    report(f"territory_{name}", seconds, "s", since)


def report_disk(source: Home, count: int, name: str) -> None:
    """Disk per record with every index, the log emptied."""
    size = sum(path.stat().st_size for path in source.path.glob("store.sqlite*"))
    report(f"disk_{name}", [size / count / 1_000], "KB/record")


async def measure_size(folder: Path, count: int, name: str, runs: int) -> None:
    """Everything that is measured on a store of `count` records."""
    say(f"filling a store with {count:,} records")
    source = Home.at(folder / f"source-{name}")
    began = time.perf_counter()
    await fill(source, count)
    say(f"filled in {time.perf_counter() - began:.0f} s")
    report_disk(source, count, name)
    await measure_territory(source, name, runs)
    await measure_start(source, name, runs)
    if count == SMALL:
        await measure_sync(folder, source, runs)
    await measure_diff(folder, source, name, runs)


async def measure_atlas(folder: Path, count: int, name: str, runs: int) -> None:
    """Draw what maps and open data are made of from nothing, and ask for tiles, pages and features."""
    say(f"filling a store with {count:,} outlines")
    home = Home.at(folder / f"outlines-{name}")
    await fill_with_outlines(home, count)
    since = Since()
    figures = await measure(home)
    report(f"atlas_build_{name}", [figures.build_s], "s", since)
    report(f"atlas_disk_{name}", [figures.file_mb], "MB")
    report(f"atlas_rss_{name}", [figures.node_mb], "MB")
    report(f"atlas_process_rss_{name}", [figures.process_mb], "MB")
    for zoom, times in figures.cold_ms.items():
        report(f"tile_cold_{name}_z{zoom}", times, "ms")
    report(f"tile_kept_{name}", figures.kept_ms, "ms")
    report(f"features_page_{name}", [figures.pages_per_s], "pages/s")
    report(f"features_item_{name}", [figures.items_per_s], "items/s")
    await measure_features(home, name, runs)


async def measure_features(home: Home, name: str, runs: int) -> None:
    """Ask a node whose atlas is drawn for pages of a box and for single features, as QGIS and programs do."""
    since = Since()
    served = await measure_served(home, runs)
    for work, answers in (("page", served.boxes), ("item", served.items)):
        report(f"served_{work}_{name}", [one["per_s"] for one in answers], f"{work}s/s", since)
        report(f"served_{work}_p99_{name}", [one["p99_ms"] for one in answers], "ms")
    report(f"served_rss_{name}", [served.node_mb], "MB")


async def main() -> None:
    # Where Python is told to keep no bytecode, every process would compile the whole node anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    gc.set_threshold(*GC_THRESHOLDS)  # as in every `minga`
    runs = max(3, int(os.environ.get("RUNS") or 3))
    size = int(os.environ.get("SIZE") or LARGE)
    print(json.dumps(about_machine()))
    with tempfile.TemporaryDirectory(prefix="minga-bench-") as name:
        folder = Path(name)
        await measure_ingest(folder, runs)
        await measure_pacts(folder, runs)
        await measure_size(folder, SMALL, "10k", runs)
        if size >= LARGE:
            await measure_atlas(folder, OUTLINED, "100k", runs)
        else:
            await measure_atlas(folder, SMALL, "10k", runs)
        if size >= LARGE:
            await measure_size(folder, LARGE, "1m", runs)


if __name__ == "__main__":
    asyncio.run(main())
