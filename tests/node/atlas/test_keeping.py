"""The atlas of a running node: drawn by a process of its own, whatever becomes of that or of the file."""

import asyncio
import gzip
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from node.atlas import keeping
from node.atlas.file import atlas_path
from node.daemon import Node
from node.store.errors import StoreError
from node.store.sqlite import SqliteStore
from node.trust.blocks import Block, Blocks, Target
from tests.node.atlas.mvt import read_tile
from tests.node.live import live, make_home, some_records, until
from tests.node.store.samples import Person, point
from tests.node.test_job_process import children
from tests.patience import PATIENCE_S

RECORDS = some_records(30)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AFTER_START_S", 0.0)
    monkeypatch.setattr(keeping, "QUIET_S", 0.0)
    monkeypatch.setattr(keeping, "AGAIN_S", 0.01)


async def drawn(node: Node, number: int) -> None:
    async def there() -> bool:
        try:
            return await node.atlas.count("commons") == number
        except StoreError:  # a damaged file says so once, and is made again
            return False

    await until(there, f"{number} commons are drawn")


async def test_what_is_stored_is_drawn(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home", RECORDS[:10])) as node:
        await drawn(node, 7)
        await node.submit([record.envelope for record in RECORDS[10:]])
        await drawn(node, 30)


async def test_a_killed_process_and_a_deleted_file_are_made_again(tmp_path: Path) -> None:
    before = children()
    async with live(await make_home(tmp_path / "home", RECORDS[:10])) as node:
        await drawn(node, 7)
        [process] = children() - before
        os.kill(process, signal.SIGKILL)
        await node.submit([record.envelope for record in RECORDS[10:20]])
        await drawn(node, 17)
        node.atlas.remove()
        await node.submit([record.envelope for record in RECORDS[20:]])
        await drawn(node, 30)
    assert children() == before


async def test_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", RECORDS)
    for damage in (b"no database at all" * 1_000, b"SQLite format 3\0" + bytes(9_000)):
        atlas_path(home.path).write_bytes(damage)
        async with live(home) as node:
            await drawn(node, 30)
    size = atlas_path(home.path).stat().st_size
    with atlas_path(home.path).open("r+b") as file:
        file.seek(4_096)
        file.write(b"\xff" * (size - 4_096))
    async with live(home) as node:
        await node.submit([record.envelope for record in some_records(3, seed=2)])
        await drawn(node, 33)


async def test_without_pages_nothing_is_drawn(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", RECORDS)
    atlas_path(home.path).write_bytes(b"of an earlier day")
    before = children()
    async with live(home, web_enabled=False):
        assert not atlas_path(home.path).exists()
        assert children() == before


async def test_a_store_put_back_is_drawn_anew(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", RECORDS[:20])
    async with await SqliteStore.open(home.store_path) as store:
        await store.backup(tmp_path / "backup")
    async with live(home) as node:
        await node.submit([record.envelope for record in RECORDS[20:]])
        await drawn(node, 30)
    for path in home.path.glob("store.sqlite*"):
        path.unlink()
    (tmp_path / "backup").rename(home.store_path)
    async with live(home) as node:
        await drawn(node, 17)


def test_the_node_itself_loads_no_geometry_library() -> None:
    code = (
        "import sys, node.daemon, node.atlas.reading, node.atlas.keeping, node.web.application\n"
        "sys.exit(bool({'shapely', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


async def test_what_waits_for_the_drawing_is_told(tmp_path: Path) -> None:
    async with live(await make_home(tmp_path / "home", RECORDS)) as node:
        async with asyncio.timeout(60):
            keeper = node.atlas.keeper
            assert keeper is not None
            await keeper.caught_up()
        assert await node.atlas.count("commons") == 30


async def test_what_the_process_ends_over_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "DRAWING_PROCESS", "tests.node.atlas.poisoned_process")
    ana = Person("Ana")
    poison = [ana.commons("Veneno", salt=bytes([n]) * 16) for n in range(2)]
    home = await make_home(tmp_path / "home", [*RECORDS[:20], ana.founding, *poison, *RECORDS[20:]])
    async with live(home) as node:
        await drawn(node, 30)
        async with asyncio.timeout(PATIENCE_S):
            assert node.atlas.keeper is not None
            await node.atlas.keeper.caught_up()
        assert await node.atlas.count("commons") == 30


async def test_the_atlas_follows_the_block_list_at_once(tmp_path: Path) -> None:
    home = await make_home(tmp_path / "home", RECORDS)
    async with live(home) as node:
        await drawn(node, 30)
        blocks = Blocks.of_home(home.path)
        author = RECORDS[5].header.actor
        assert author is not None
        blocks.add(Block(Target.ACTOR, author, "2026-01-01", ""))
        await node.blocks_changed()
        assert await node.atlas.count("commons") == 20
        blocks.remove(Target.ACTOR, author)
        await node.blocks_changed()
        assert await node.atlas.count("commons") == 30


async def test_what_is_erased_is_cleared_out_when_somebody_waits_for_it(tmp_path: Path) -> None:
    ana = Person("Ana")
    secret = ana.commons("Fuente secretísima", geometry=point(-78, 0))
    home = await make_home(tmp_path / "home", [ana.founding, secret, *RECORDS])
    async with live(home) as node:
        await drawn(node, 31)
        assert "Fuente" in str(read_tile(gzip.decompress((await node.atlas.tile(14, 4642, 8192)).data)))
        await node.submit([ana.erase(secret).envelope])
        state = await node.cleared([])
        assert state["cleared"], state
        assert (await node.atlas.tile(14, 4642, 8192)).data == b""
        names = await asyncio.to_thread(lambda: b"".join(p.read_bytes() for p in home.path.glob("atlas*")))
    assert "secretísima".encode() not in names
