"""Two nodes sync, and one is killed, again and again: nothing is lost, and in the end both hold the same."""

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from node.home import Home
from tests.node.crash.killing import dice_for, grown, kill, whole
from tests.node.crash.tally import TALLY
from tests.node.end_to_end.nodes import NodeProcess
from tests.node.live import free_address, make_home, some_records
from tests.patience import PATIENCE_S

OURS, THEIRS = some_records(600, seed=1), some_records(200, seed=2)
EVERYTHING = {record.id for record in (*OURS, *THEIRS)}


class Restarted:
    """A node that is started anew, on the same port, whenever it was killed."""

    def __init__(self, home: Home, stack: AsyncExitStack) -> None:
        self.home = home
        self.address = str(free_address())
        self._stack = stack
        self.process = self._start()

    def _start(self) -> NodeProcess:
        process = NodeProcess(self.home.path, ["--listen", self.address, "--no-lan", "--no-web"], list)
        self._stack.callback(process.stop)
        return process

    def kill(self) -> bool:
        return kill(self.process.process)

    async def again(self) -> None:
        """Start it."""
        self.process = self._start()
        await self.process.ready()


@pytest.mark.parametrize("kills", [4, pytest.param(120, marks=pytest.mark.soak)])
async def test_a_sync_that_is_cut_off_loses_nothing_and_ends(tmp_path: Path, kills: int) -> None:
    dice = dice_for("sync")
    async with AsyncExitStack() as stack:
        full = Restarted(await make_home(tmp_path / "full", OURS), stack)
        other = Restarted(await make_home(tmp_path / "other", THEIRS), stack)
        await asyncio.gather(full.process.ready(), other.process.ready())
        held = {full: {r.id for r in OURS}, other: {r.id for r in THEIRS}}
        for number in range(kills):
            syncing = asyncio.create_task(other.process.sync_with(full.address))
            victim = dice.choice((full, other))
            await grown(other.home, dice.randrange(1_500_000), syncing.done)
            await asyncio.sleep(dice.uniform(0, 0.03))
            assert victim.kill(), victim.process.said()
            # The other one is told at once, and its command ends with a sentence or with what there was.
            await asyncio.wait_for(asyncio.gather(syncing, return_exceptions=True), PATIENCE_S)
            before, held[victim] = held[victim], await whole(victim.home, held[victim])
            TALLY.halfway += len(before) < len(held[victim]) < len(EVERYTHING)
            await victim.again()
            if number % 4 == 3:
                await other.process.sync_with(full.address)
                for node in (full, other):
                    assert node.process.stop() == 0, node.process.said()
                    assert await whole(node.home, set()) == EVERYTHING
                await begin_anew(tmp_path, full, other)
                held = {full: {r.id for r in OURS}, other: {r.id for r in THEIRS}}


async def begin_anew(folder: Path, full: Restarted, other: Restarted) -> None:
    """Give both the records that they began with."""
    for node, records in ((full, OURS), (other, THEIRS)):
        shutil.rmtree(node.home.path)
        await make_home(node.home.path, records)
    await asyncio.gather(full.again(), other.again())
