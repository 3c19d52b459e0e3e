"""A process that is killed while it clears what was erased: whoever opens the store next clears it whole."""

import asyncio
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from tests.node.crash.killing import TOP, dice_for, kill
from tests.node.crash.tally import TALLY
from tests.node.end_to_end.nodes import NodeProcess, eventually
from tests.node.live import make_home
from tests.node.privacy.keeping import traces_kept
from tests.node.privacy.planted import plant
from tests.node.store.samples import Person, kilobyte_commons

SECRET = plant(random.Random(5))
ANA = Person("Ana")
ERASED = ANA.commons(SECRET.name, SECRET.text, geometry=SECRET.geometry, salt=SECRET.salt)
ERASURE = ANA.erase(ERASED)
CROWD = 2_500


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a secret in the middle of a crowd."""
    path = tmp_path_factory.mktemp("full") / "store"

    async def fill() -> None:
        crowd = list(kilobyte_commons(3, CROWD))
        async with await SqliteStore.open(path, "NORMAL") as store:
            for part in (crowd[: CROWD // 2], [ANA.founding, ERASED], crowd[CROWD // 2 :]):
                await store.add(part)
            await store.settled()

    asyncio.run(fill())
    return path


def erase_and_kill(path: Path, erasure: VerifiedRecord, pause_s: float) -> bytes:
    """Have a record erased, and kill the process a moment after it was acknowledged; return what it said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.node.store.erasing_process", str(path), erasure.envelope.hex()],
        cwd=TOP,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    with process.stdout as output:
        assert [output.readline(), output.readline()] == [b"open\n", b"erased\n"]
        try:
            process.wait(pause_s)
        except subprocess.TimeoutExpired:
            kill(process)
        return output.read()


@pytest.mark.parametrize("kills", [6, pytest.param(150, marks=pytest.mark.soak)])
def test_nothing_is_left_whenever_the_process_was_killed(full: Path, tmp_path: Path, kills: int) -> None:
    assert traces_kept(SECRET, full)  # else the test would prove nothing
    dice = dice_for("erasing")
    for number in range(kills):
        folder = tmp_path / str(number)
        folder.mkdir()
        shutil.copy(full, folder / "store")
        said = erase_and_kill(folder / "store", ERASURE, dice.uniform(0, 0.4))
        TALLY.halfway += not said
        left = traces_kept(SECRET, folder)
        assert not (said and left), left

        async def clear() -> list[str]:
            async with await SqliteStore.open(folder / "store") as store:  # noqa: B023
                await store.settled()
                assert not await store.is_clearing()
                return await store.check()

        assert asyncio.run(clear()) == []
        assert traces_kept(SECRET, folder) == []
        shutil.rmtree(folder)


@pytest.mark.slow
async def test_a_node_goes_on_clearing_after_it_was_killed(full: Path, tmp_path: Path) -> None:
    home: Home = await make_home(tmp_path / "home")
    shutil.copy(full, home.store_path)
    options = ["--listen", "127.0.0.1:0", "--no-lan"]
    for turn in range(2):
        process = NodeProcess(home.path, options, list)
        try:
            await process.ready()
            if turn == 0:
                await process.submit([ERASURE])
                kill(process.process)
                continue

            async def cleared() -> bool:
                return not traces_kept(SECRET, home.path)

            await eventually(cleared, lambda: str(traces_kept(SECRET, home.path)))
        finally:
            process.stop()
