"""Killed at any moment, the node or the process that draws: in the end the same is drawn."""

import os
import random
import signal
import sqlite3
from pathlib import Path

import pytest

from node.atlas import keeping
from node.atlas.file import atlas_path
from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from tests.bench.nodes import signed_shares
from tests.node.atlas.drawn import contents, draw
from tests.node.end_to_end.nodes import NodeProcess, nodes
from tests.node.live import live, make_home, until
from tests.node.test_job_process import children

COMMONS = 1_500


def many() -> list[VerifiedRecord]:
    return [record for share in signed_shares(COMMONS) for record in share]


def asked(home: Path, sql: str) -> int:
    """A number in the file as it is now, 0 where it is not there yet."""
    try:
        db = sqlite3.connect(f"file:{atlas_path(home)}?mode=ro", uri=True)
        try:
            return int(db.execute(sql).fetchone()[0])
        finally:
            db.close()
    except sqlite3.Error:
        return 0


def drawn_so_far(home: Path) -> int:
    return asked(home, "SELECT count(*) FROM feature")


def is_done(home: Path) -> bool:
    waiting = " UNION ALL ".join(f"SELECT 1 FROM {one}" for one in ("waiting", "waiting_author", "comparing"))
    done = asked(home, f"SELECT NOT EXISTS ({waiting})")
    return bool(done) and drawn_so_far(home) == COMMONS


async def same_as_from_nothing(home: Path) -> None:
    found = contents(home)
    assert len(found["feature"]) == COMMONS
    await draw(home, token="another")  # so that it is made anew
    assert found == contents(home)


async def test_the_process_is_killed_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "AFTER_START_S", 0.0)
    dice, before = random.Random(4), children()
    async with live(await make_home(tmp_path / "home", many())) as node:
        kept = node.atlas.keeper
        assert kept is not None
        for kill in range(8):
            enough = kill * COMMONS // 10
            await until(lambda enough=enough: drawn_so_far(node.home.path) >= enough, "some are drawn")
            process = kept.process_id
            if process is not None and dice.random() < 0.9:
                os.kill(process, signal.SIGKILL)
        await until(lambda: drawn_so_far(node.home.path) == COMMONS, "all are drawn")
        await kept.caught_up()
    assert children() == before
    await same_as_from_nothing(tmp_path / "home")


def children_of(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


async def ask(node: NodeProcess) -> None:
    """Ask for a tile, which hurries the drawing."""
    import asyncio
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        await asyncio.to_thread(urlopen, f"http://{await node.address()}/tiles/0/0/0.mvt", None, 60)
    except HTTPError as refusal:
        assert refusal.code == 503


@pytest.mark.slow
async def test_the_node_is_killed_in_the_middle(tmp_path: Path) -> None:
    async with nodes(tmp_path, "--listen", "127.0.0.1:0", "--no-lan") as start:
        node = await start("ana")
        node.stop()
        async with await SqliteStore.open(node.path / "store.sqlite") as store:
            await store.add(many())
        for enough in (1, COMMONS // 3, COMMONS - 1):
            node = await start("ana")
            await ask(node)
            await until(lambda home=node.path, enough=enough: drawn_so_far(home) >= enough, "some are drawn")
            helpers = children_of(node.process.pid)
            assert helpers
            node.stop(signal.SIGKILL)
            for helper in helpers:
                await until(lambda helper=helper: is_gone(helper), "it ends with its node")
        node = await start("ana")
        await ask(node)
        await until(lambda: is_done(node.path), "all are drawn")
        node.stop()
    await same_as_from_nothing(tmp_path / "ana")
