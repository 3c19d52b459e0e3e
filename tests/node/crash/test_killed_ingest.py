"""A process that adds records, and says which are on disk, is killed: those are there afterwards."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from node.home import Home
from protocol.identifiers import RecordId
from tests.node.crash.killing import TOP, dice_for, kill, whole
from tests.node.crash.tally import TALLY

RECORDS = 400
KILLS_PER_STORE = 4


def adding_process(home: Home, seed: int) -> "subprocess.Popen[bytes]":
    words = [str(home.store_path), str(RECORDS), str(seed)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.node.store.adding_process", *words], cwd=TOP, stdout=subprocess.PIPE
    )


async def acknowledged_before(home: Home, seed: int, lines: int, pause_s: float) -> set[RecordId]:
    """Have records added, kill the process a moment after so many were acknowledged; return which were."""
    process = adding_process(home, seed)
    assert process.stdout is not None
    with process.stdout as output:
        said: list[bytes] = []
        assert await asyncio.to_thread(output.readline) == b"open\n"
        while len(said) < lines and (line := await asyncio.to_thread(output.readline)):
            said.append(line)
        await asyncio.sleep(pause_s)
        kill(process)
        # What it had written before the signal reached it was acknowledged too; half a line was not.
        said += [line for line in output if line.endswith(b"\n")]
    return {RecordId(bytes.fromhex(line.decode())) for line in said}


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.soak)])
async def test_what_was_acknowledged_is_there(tmp_path: Path, kills: int) -> None:
    dice = dice_for("ingest")
    for story in range(kills // KILLS_PER_STORE):
        home = Home.at(tmp_path / str(story))
        home.create()
        acknowledged: set[RecordId] = set()
        seed = dice.randrange(1_000)
        for _ in range(KILLS_PER_STORE):
            lines, pause_s = dice.randrange(RECORDS), dice.uniform(0, 0.02)
            acknowledged |= await acknowledged_before(home, seed, lines, pause_s)
            held = await whole(home, acknowledged)
            TALLY.halfway += 0 < len(held) < RECORDS
            acknowledged |= held
