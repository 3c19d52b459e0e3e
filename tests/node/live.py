"""Whole nodes within the test's own process, on loopback, each with a home of its own."""

import asyncio
import dataclasses
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from node.daemon import Node, run_node
from node.home import Home
from node.settings.listening import ListenAddress
from node.settings.table import Settings
from node.store.sqlite import SqliteStore
from protocol.identifiers import RecordId
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.bench.records import communities, drafts
from tests.patience import PATIENCE_S

_LOOK_AGAIN_S = 0.01


def some_records(count: int, seed: int = 1) -> list[VerifiedRecord]:
    """Return `count` signed commons and the authors they need, other ones for every seed."""
    people = communities(3)
    commons = [
        sign_record(people[who].author, "commons", payload, time_ms)
        for who, payload, time_ms in drafts(count, seed, authors=3)
    ]
    return [*(person.first for person in people), *commons]


def quiet_settings(**more: Any) -> Settings:
    """Return settings of a node that looks for nobody and listens on a free port of loopback."""
    base = Settings(network_listen=(ListenAddress("127.0.0.1", 0),), lan_discovery=False)
    return dataclasses.replace(base, **more)


def free_address() -> ListenAddress:
    """Return an address that stays free while no node is there: on Linux nobody else uses this one."""
    number = os.getpid()
    own = f"127.{64 + (number >> 16 & 63)}.{number >> 8 & 255}.{number & 255}"
    host = own if sys.platform == "linux" else "127.0.0.1"
    with socket.socket() as probe:
        probe.bind((host, 0))
        return ListenAddress(host, probe.getsockname()[1])


async def make_home(path: Path, records: Sequence[VerifiedRecord] = ()) -> Home:
    """Return a new home that holds these records."""
    home = Home.at(path)
    home.create()
    async with await SqliteStore.open(home.store_path, "NORMAL") as store:
        await store.add(records)
    return home


@asynccontextmanager
async def live(home: Home, **settings: Any) -> AsyncIterator[Node]:
    """Run the node of a home; a fault of its own surfaces when the block is left."""
    ready: asyncio.Future[Node] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_node(home, quiet_settings(**settings), ready=ready.set_result, stop=stop)
    )
    await asyncio.wait([ready, running], return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await running
    try:
        yield ready.result()
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await running


@asynccontextmanager
async def pair(
    folder: Path, ours: Sequence[VerifiedRecord] = (), theirs: Sequence[VerifiedRecord] = ()
) -> AsyncIterator[tuple[Node, Node]]:
    """Run two nodes that do not know each other, with records of their own."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(live(await make_home(folder / "first", ours)))
        yield first, await stack.enter_async_context(live(await make_home(folder / "second", theirs)))


async def held(node: Node) -> set[RecordId]:
    """Return the ids of all that a node holds."""
    return {record_id async for record_id, _ in node.store.all_records()}


async def until(holds: Callable[[], bool] | Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something holds that no event tells of."""
    async with asyncio.timeout(PATIENCE_S):
        try:
            while True:
                answer = holds()
                if await answer if isinstance(answer, Awaitable) else answer:
                    return
                await asyncio.sleep(_LOOK_AGAIN_S)
        except asyncio.CancelledError:
            raise AssertionError(f"did not come about within {PATIENCE_S:.0f} s: {what}") from None
