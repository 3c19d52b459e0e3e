"""Real nodes for benchmarks: homes filled with records, daemons as processes of their own."""

import asyncio
import os
import shutil
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.control import ControlClient
from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.bench.records import communities, drafts

# Signed by one worker at a time, and stored as one batch.
SHARE_RECORDS = 5_000

# Signed before they are needed: they keep the workers busy, and memory small.
SHARES_AHEAD = 4


def _signed_share(count: int, seed: int) -> list[VerifiedRecord]:
    people = communities()
    return [
        sign_record(people[who].author, "commons", payload, time_ms)
        for who, payload, time_ms in drafts(count, seed)
    ]


def signed_shares(count: int) -> Iterator[list[VerifiedRecord]]:
    """Yield `count` signed commons in shares, made by as many processes as there are cores."""
    yield [community.first for community in communities()]
    sizes = [min(SHARE_RECORDS, count - at) for at in range(0, count, SHARE_RECORDS)]
    ahead: deque[Future[list[VerifiedRecord]]] = deque()
    with ProcessPoolExecutor() as pool:
        for seed, size in enumerate(sizes):
            ahead.append(pool.submit(_signed_share, size, seed))
            if len(ahead) > SHARES_AHEAD:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


async def fill(home: Home, count: int) -> None:
    """Make a home that holds `count` commons."""
    home.create()
    async with await SqliteStore.open(home.store_path) as store:
        for share in signed_shares(count):
            await store.add(share)
        await store.settled()


def copy_home(source: Home, target: Path) -> Home:
    """Return a home with the same records and other keys."""
    home = Home.at(target)
    home.create()
    shutil.copyfile(source.store_path, home.store_path)
    with home.store_path.open("rb") as copied:
        os.fsync(copied.fileno())  # or the first commit measured would wait for what the copy left to write
    return home


@dataclass
class RunningNode:
    """A daemon process."""

    home: Home
    port: int
    pid: int
    cold_s: float
    control: ControlClient

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def rss_mb(self) -> float:
        """Resident memory now, in MB (10^6 bytes)."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        [line] = [line for line in text.splitlines() if line.startswith("VmRSS")]
        return int(line.split()[1]) * 1_024 / 1e6


@asynccontextmanager
async def running(home: Home) -> AsyncIterator[RunningNode]:
    """Run a node in a process of its own; `cold_s` is from its start until its page answers."""
    port = _free_port()
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "node", "--home", str(home.path), "run", "--listen", f"127.0.0.1:{port}", "--no-lan"),
        env=os.environ | {"MINGA_LOG_LEVEL": "warning"},
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answering(port, process)
        cold_s = time.perf_counter() - began
        async with ControlClient(home.path) as control:
            yield RunningNode(home, port, process.pid, cold_s, control)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _answering(port: int, process: Any) -> None:
    while True:
        if process.returncode is not None:
            raise RuntimeError(f"the node ended with exit code {process.returncode}")
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.002)
            continue
        writer.write(b"GET /healthz HTTP/1.0\r\n\r\n")
        line = await reader.readline()
        writer.close()
        if b" 200 " in line:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
