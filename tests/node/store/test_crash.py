"""A process killed at any moment loses nothing it acknowledged, and leaves a store that opens and agrees."""

import asyncio
import random
import subprocess
import sys
from pathlib import Path

import pytest

from node.store.sqlite import SqliteStore
from tests.node.store.adding_process import story
from tests.node.store.contents import derived_contents, store_in_parts

TOP = Path(__file__).resolve().parents[3]
RECORDS = 600


def kill_after(path: Path, seed: int, lines: int) -> set[bytes]:
    """Run the adding process, kill it once it has acknowledged so many records, and return which."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.node.store.adding_process", str(path), str(RECORDS), str(seed)],
        cwd=TOP,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        acknowledged: set[bytes] = set()
        assert process.stdout.readline() == b"open\n"
        while len(acknowledged) < lines and (line := process.stdout.readline()):
            acknowledged.add(bytes.fromhex(line.decode()))
        process.kill()
        # What it had written before the signal reached it was acknowledged too.
        for line in process.stdout:
            if line.endswith(b"\n"):
                acknowledged.add(bytes.fromhex(line.decode()))
    return acknowledged


async def assert_whole(path: Path, acknowledged: set[bytes]) -> None:
    async with await SqliteStore.open(path) as store:
        held = {record_id async for record_id, _ in store.all_records()}
        assert acknowledged <= held
        assert await store.check() == []
        await store.settled()


@pytest.mark.parametrize("seed", range(8))
async def test_killed_at_a_random_moment(tmp_path: Path, seed: int) -> None:
    await crash_and_compare(tmp_path, seed, crashes=2)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 140))
async def test_killed_again_and_again(tmp_path: Path, seed: int) -> None:
    await crash_and_compare(tmp_path, seed, crashes=6)


async def crash_and_compare(folder: Path, seed: int, crashes: int) -> None:
    """Kill the process several times over one store, then add the rest: the same as if never killed."""
    dice = random.Random(seed)
    path = folder / "store"
    acknowledged: set[bytes] = set()
    for _ in range(crashes):
        acknowledged |= kill_after(path, seed, dice.randint(0, RECORDS))
        await assert_whole(path, acknowledged)
    async with await SqliteStore.open(path) as store:
        await store.add(story(RECORDS, seed))
        await store.settled()
    expected = await asyncio.to_thread(store_in_parts, folder / "expected", [story(RECORDS, seed)])
    assert derived_contents(path) == expected
