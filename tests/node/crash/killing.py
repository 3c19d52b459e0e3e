"""Killing processes at random moments, and looking at what they leave behind."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.identifiers import RecordId
from tests.node.crash.tally import TALLY
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]


def dice_for(name: str) -> random.Random:
    """Return dice whose seed is printed; MINGA_SOAK_SEED repeats a run."""
    seed = os.environ.get("MINGA_SOAK_SEED") or str(random.randrange(2**32))
    print(f"{name}: MINGA_SOAK_SEED={seed}")
    return random.Random(f"{seed}/{name}")


def kill(process: "subprocess.Popen[bytes]") -> bool:
    """Kill a process with no warning, as a power cut does to its work; whether it was still at it."""
    if process.poll() is not None:
        TALLY.too_late += 1
        return False
    process.send_signal(signal.SIGKILL)
    process.wait()
    TALLY.killed += 1
    return True


def run_minga(home: Home, *words: str) -> "subprocess.Popen[bytes]":
    """Start a command of the operator's."""
    return subprocess.Popen(
        [sys.executable, "-m", "node", "--home", str(home.path), "--lang", "en", *words],
        cwd=TOP,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: "subprocess.Popen[bytes]") -> str:
    """Wait for a command that has to succeed, and return what it said."""
    said = process.communicate(timeout=PATIENCE_S)[0].decode()
    assert process.returncode == 0, said
    return said


def size_bytes(home: Home) -> int:
    """Return how much a store takes on disk, its log included."""
    size = 0
    for path in (home.store_path, home.store_path.with_name(home.store_path.name + "-wal")):
        with contextlib.suppress(FileNotFoundError):  # the log goes with the last who has the store open
            size += path.stat().st_size
    return size


async def grown(home: Home, by_bytes: int, over: Callable[[], bool]) -> None:
    """Return once a store has grown by so much, or the work that makes it grow is over."""
    enough = size_bytes(home) + by_bytes
    while size_bytes(home) < enough and not over():  # noqa: ASYNC110 - no event tells of a file
        await asyncio.sleep(0.002)


async def killed_at(home: Home, words: Sequence[str], grown_bytes: int, pause_s: float) -> bool:
    """Run a command, kill it a moment after the store has grown by so much; whether it was still at it."""
    process = run_minga(home, *words)
    assert process.stdout is not None
    with process.stdout as output:
        try:
            await grown(home, grown_bytes, lambda: process.poll() is not None)
            await asyncio.sleep(pause_s)
        finally:
            at_work = kill(process)
        said = output.read().decode()
    assert at_work or process.returncode == 0, said
    return at_work


async def whole(home: Home, acknowledged: set[RecordId]) -> set[RecordId]:
    """Assert that a store opens, holds what was acknowledged, and all in it verifies; return its ids."""
    async with await SqliteStore.open(home.store_path) as store:
        ids = {record_id async for record_id, _ in store.all_records()}
        assert acknowledged <= ids, f"{len(acknowledged - ids)} acknowledged records are gone"
        assert await store.check() == []
        await store.settled()
    return ids
