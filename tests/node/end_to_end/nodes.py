"""Real nodes as processes of their own, and the command line run for their homes.

    async with nodes(tmp_path) as start:
        first = await start("first")
        second = await start("second", "--peer", first.address)
        first.minga("actor", "new", …)
        await same_records(first, second)

A node is ready once it says so on its standard output.  All of them are stopped on leaving, by their own ids.
"""

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from node.control import ControlClient
from node.store.view import StoreView
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord
from tests.node.end_to_end.forking import COMMAND_MAX_S, TOP, plain_environment, run_minga
from tests.patience import PATIENCE_S

_LOOK_AGAIN_S = 0.05

# How the command line of a node is put into a network namespace; nothing by default.
Within = Callable[[Sequence[str]], list[str]]


class CommandFailed(AssertionError):
    """A command ended with another exit code than the test expects."""


class NodeHome:
    """A node's home, and `minga` run on it."""

    def __init__(self, path: Path, within: Within = list) -> None:
        self.path = path
        self._within = within

    def minga(self, *words: str, exit_code: int = 0) -> Any:
        """Run a command with `--json` and return its answer; its error's text where `exit_code` is not 0."""
        words = ("--home", str(self.path), "--json", "--lang", "en", *words)
        if self._within is list:
            done = run_minga(words)
        else:
            done = subprocess.run(
                self._within([sys.executable, "-m", "node", *words]),
                cwd=TOP,
                env=plain_environment(),
                capture_output=True,
                text=True,
                timeout=COMMAND_MAX_S,
            )
        if done.returncode != exit_code:
            raise CommandFailed(f"minga {' '.join(words)}: exit code {done.returncode}: {done.stderr}")
        if exit_code:
            return done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    async def records(self) -> frozenset[RecordId]:
        """Return the ids of all that the store in this home holds."""
        view = await StoreView.open_view(self.path / "store.sqlite")
        if view is None:
            return frozenset()
        try:
            return frozenset([record_id async for record_id, _ in view.all_records()])
        finally:
            await view.close()


class NodeProcess(NodeHome):
    """A running node."""

    def __init__(self, path: Path, options: Sequence[str], within: Within) -> None:
        super().__init__(path, within)
        self._log = path.with_name(f"{path.name}.log")
        argv = [sys.executable, "-m", "node", "--home", str(path), "--lang", "en", "run", *options]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                within(argv), cwd=TOP, env=plain_environment(), stdout=subprocess.PIPE, stderr=log
            )

    async def ready(self) -> None:
        """Wait until the node says that it is at work."""
        assert self.process.stdout is not None
        line = await asyncio.wait_for(asyncio.to_thread(self.process.stdout.readline), PATIENCE_S)
        assert line, f"the node in {self.path} ended: {self.said()}"

    async def status(self) -> dict[str, Any]:
        """Ask the node how it is, over its control socket."""
        async with ControlClient(self.path) as control:
            return await control.status()

    async def address(self) -> str:
        """Return where the node listens, `127.0.0.1:43211`."""
        listening: str = (await self.status())["listening"][0]
        return listening

    async def submit(self, records: Sequence[VerifiedRecord]) -> None:
        """Hand the node records, as the command line does; all of them are taken."""
        async with ControlClient(self.path) as control:
            answer = await control.submit([record.envelope for record in records])
        assert not answer["faults"], answer
        assert not answer["refused"], answer

    async def sync_with(self, address: str) -> dict[str, Any]:
        """Have the node reconcile with another now."""
        async with ControlClient(self.path) as control:
            return await control.sync_with(address)

    def said(self) -> str:
        """Return the end of what the node logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-4_000:]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Stop the node and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            code = self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the node in {self.path} did not stop: {self.said()}") from None
        finally:
            if self.process.stdout is not None:
                self.process.stdout.close()
        return code


class Start(Protocol):
    """Starts a node under a name; a home that is not there is made first."""

    def __call__(self, name: str, *options: str, within: Within = list) -> Awaitable[NodeProcess]: ...


@asynccontextmanager
async def nodes(folder: Path, *common: str) -> AsyncIterator[Start]:
    """Give a function that starts nodes with homes in `folder` and the options `common`; stop them all."""
    started: list[NodeProcess] = []

    async def start(name: str, *options: str, within: Within = list) -> NodeProcess:
        home = NodeHome(folder / name)
        if not home.path.exists():
            home.minga("init", "--name", name)
        node = NodeProcess(home.path, [*common, *options], within)
        started.append(node)
        await node.ready()
        return node

    try:
        yield start
    finally:
        for node in reversed(started):
            node.stop()


async def eventually(
    holds: Callable[[], Awaitable[Any]], what: Callable[[], str] = str, within_s: float = PATIENCE_S
) -> Any:
    """Look again and again until `holds` gives something true, and return that."""
    deadline = time.monotonic() + within_s
    while True:
        if found := await holds():
            return found
        assert time.monotonic() < deadline, f"did not come about within {within_s} s: {what()}"
        await asyncio.sleep(_LOOK_AGAIN_S)


async def same_records(
    *homes: NodeHome, at_least: int = 1, within_s: float = PATIENCE_S
) -> frozenset[RecordId]:
    """Wait until all homes hold the same records, `at_least` so many, and return their ids."""
    held: list[frozenset[RecordId]] = []

    async def same() -> bool:
        held[:] = [await home.records() for home in homes]
        return len(held[0]) >= at_least and all(one == held[0] for one in held)

    await eventually(same, lambda: f"records held: {[len(one) for one in held]}", within_s)
    return held[0]
