"""No room left: the node says so, loses nothing, serves others, and goes on when there is room again."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from node.home import Home
from node.node_status import store_size_bytes
from tests.node.crash.killing import whole
from tests.node.end_to_end.nodes import NodeProcess, eventually
from tests.node.live import held, live, make_home, some_records
from tests.patience import PATIENCE_S

OURS = some_records(1_200, seed=3)
FEW = OURS[:200]


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a file system of its own, of so few bytes."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "none", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def resize(place: Path, size: str) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


def used_bytes(place: Path) -> int:
    return shutil.disk_usage(place).used


def fill(place: Path) -> Path:
    """Write a file until there is no room; return it."""
    filler = place / "filler"
    filled = subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=64k"], capture_output=True)
    assert b"No space" in filled.stderr
    return filler


@asynccontextmanager
async def process_of(home: Home) -> AsyncIterator[NodeProcess]:
    process = NodeProcess(home.path, ["--listen", "127.0.0.1:0", "--no-lan"], list)
    try:
        await process.ready()
        yield process
    finally:
        code = process.stop()
    assert code == 0, process.said()


async def test_a_full_disk_is_said_and_outlived(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "64m") as disk:
        home = await make_home(disk, FEW)
        # Room to start and to begin, and not for a thousand records of a kilobyte and the log of them.
        resize(disk, f"{used_bytes(disk) + 1_000_000}")
        async with live(await make_home(tmp_path / "source", OURS)) as source, process_of(home) as full:
            answer = await full.sync_with(source.listening[0])
            assert answer["records"] < len(OURS)
            [warning] = (await full.status())["warnings"]
            assert "disk" in warning
            assert "cannot be stored" in full.said()
            # What it holds it gives, also now.
            async with live(await make_home(tmp_path / "other")) as other:
                await other.sync_with(await full.address())
                assert {record.id for record in FEW} <= await held(other)
                assert await other.store.check() == []
            # It sees by itself that there is room again, and asks for what it passed over.
            resize(disk, "64m")

            async def all_there() -> bool:
                status = await full.status()
                return status["records"] == len(OURS) and not status["warnings"]

            await eventually(all_there, full.said)
            assert "Traceback" not in full.said()
        assert await whole(home, {record.id for record in FEW}) == {record.id for record in OURS}


async def test_a_disk_that_is_full_at_the_start_stops_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as disk:
        home = await make_home(disk, FEW)
        async with process_of(home):
            pass
        filler = fill(disk)
        process = NodeProcess(home.path, ["--listen", "127.0.0.1:0", "--no-lan"], list)
        process.process.wait(PATIENCE_S)
        process.stop()
        # It cannot even begin, and says why in one sentence.
        assert process.process.returncode in (2, 3), process.said()
        assert "Traceback" not in process.said()
        assert "space" in process.said() or "disk" in process.said() or "room" in process.said()
        filler.unlink()
        async with process_of(home) as again:
            assert (await again.status())["records"] == len(FEW)


async def test_a_quota_that_is_reached_is_said_and_can_be_raised(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", FEW)
    async with live(await make_home(tmp_path / "source", OURS)) as source:
        async with live(home, store_quota_bytes=store_size_bytes(home) + 500_000) as node:
            answer = await node.sync_with(source.listening[0])
            assert len(FEW) <= answer["records"] < len(OURS)
            [warning] = (await node.status())["warnings"]
            assert "store.quota_bytes" in warning
            # The operator's own records are no peer's.
            [mine] = some_records(1, seed=8)[3:]
            assert (await node.submit([mine.envelope]))["new"]
        async with live(home) as node:
            assert (await node.sync_with(source.listening[0]))["records"] == len(OURS) + 1
            assert (await node.status())["warnings"] == []
            assert await node.store.check() == []
