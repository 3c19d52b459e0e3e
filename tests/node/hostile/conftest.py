"""One node process for all attacks of a module: what one attack leaves behind, the next would meet."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from node.home import Home
from node.store.sqlite import SqliteStore
from node.sync.one_sync import sync_once
from protocol.identifiers import RecordId
from tests.node.end_to_end.nodes import NodeProcess, eventually
from tests.node.live import make_home, quiet_settings, some_records
from tests.patience import PATIENCE_S

RECORDS = some_records(300)


@dataclass
class Target:
    """The node under attack."""

    process: NodeProcess
    address: str
    folder: Path
    honest_peers: int = 0

    def rss_bytes(self) -> int:
        """Return its resident memory now."""
        text = Path(f"/proc/{self.process.process.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in text.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) * 1_024

    async def serves_an_honest_peer(self) -> None:
        """Assert that a new peer gets everything it holds."""
        self.honest_peers += 1
        home = await make_home(self.folder / f"honest-{self.honest_peers}")
        answer = await asyncio.wait_for(sync_once(home, quiet_settings(), self.address), PATIENCE_S)
        assert answer["records"] == len(RECORDS)

    async def is_unharmed(self) -> None:
        """Assert that it runs, holds what it held, and serves."""
        assert self.process.process.poll() is None, self.process.said()
        assert await self.process.records() == {record.id for record in RECORDS}
        await self.serves_an_honest_peer()


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A node with 300 records; at the end it is stopped, and its store checked."""
    folder = tmp_path_factory.mktemp("target")
    home = asyncio.run(make_home(folder / "home", RECORDS))
    process = NodeProcess(home.path, ["--listen", "127.0.0.1:0", "--no-lan"], list)
    try:
        asyncio.run(process.ready())
        address = asyncio.run(process.address())
        yield Target(process, address, folder)
    finally:
        code = process.stop()
    assert code == 0, process.said()
    assert "Traceback" not in process.said(), process.said()
    faults, ids = asyncio.run(contents(home))
    assert faults == []
    assert ids == {record.id for record in RECORDS}


@pytest.fixture(autouse=True)
async def _nobody_else(target: Target) -> None:
    """Begin once those of the test before have left: few may come from one address."""

    async def is_alone() -> bool:
        return not (await target.process.status())["peers"]

    await eventually(is_alone, lambda: "nobody is connected")


async def contents(home: Home) -> tuple[list[str], set[RecordId]]:
    """Return what is wrong with a home's store, and what it holds."""
    async with await SqliteStore.open(home.store_path) as store:
        return await store.check(), {record_id async for record_id, _ in store.all_records()}
