"""The stage: a folder with a home for each node, the nodes as processes, and `minga` run on them."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import node
from node.control import ControlClient
from node.demo.command import command_line
from node.store.view import StoreView
from protocol.identifiers import RecordId, SubjectId
from protocol.state.fold import ThingState

# How often the stage looks whether something has come about.
LOOK_AGAIN_S = 0.02

# An answer of `minga --json` about one thing has some kilobytes; a log's last lines say why a node ended.
LOG_SHOWN_BYTES = 600

_PACKAGES = Path(node.__file__).resolve().parents[1]


class DemoFailed(Exception):
    """The demonstration did not come to its end; the message says why."""


@dataclass(eq=False)
class DemoNode:
    """One node: what it is called, its short name as in a prompt, its home."""

    name: str
    prompt: str
    home: Path
    address: str = ""
    _views: list[StoreView] = field(default_factory=list)

    @property
    def log(self) -> Path:
        """Where the node's log goes."""
        return self.home.with_name(f"{self.home.name}.log")

    @property
    def view(self) -> StoreView:
        """Its store, to look at."""
        return self._views[0]

    async def thing(self, subject: SubjectId) -> ThingState:
        """Return a thing as this node sees it.  Raises `DemoFailed`."""
        thing = await self.view.thing(subject)
        if thing is None:
            raise DemoFailed(f"{self.name}: nothing is held about a record that should be there")
        return thing

    async def records(self) -> frozenset[RecordId]:
        """Return the ids of all that it holds."""
        return frozenset([record_id async for record_id, _ in self.view.all_records()])


class Stage:
    """Nodes that are being set up, then run; build one with `stage`."""

    def __init__(
        self, folder: Path, keeper: subprocess.Popen[str], language: str, exits: AsyncExitStack
    ) -> None:
        self.folder = folder
        self.nodes: list[DemoNode] = []
        self._keeper = keeper
        self._language = language
        self._exits = exits
        # Threads that read lines of one pipe at once lose some.
        self._asking = asyncio.Lock()

    def add(self, name: str, prompt: str) -> DemoNode:
        """Return a node whose home is still to be made."""
        made = DemoNode(name, prompt, self.folder / prompt)
        self.nodes.append(made)
        return made

    def write(self, name: str, content: Any) -> str:
        """Write a file that commands can name, and return its name."""
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def copy(self, file: Path) -> str:
        """Copy a file to where commands can name it, and return its name."""
        shutil.copyfile(file, self.folder / file.name)
        return file.name

    async def minga(self, at: DemoNode, *words: str) -> Any:
        """Run `minga --json WORDS` with the home of a node and return its answer.  Raises `DemoFailed`."""
        self._require_keeper()
        process = await asyncio.create_subprocess_exec(
            *command_line("--json", *words),
            cwd=self.folder,
            env=_environment(at.home, self._language),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            answer, trouble = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            said = trouble.decode("utf-8", "replace").strip()[-LOG_SHOWN_BYTES:]
            raise DemoFailed(f"{at.prompt} $ minga {' '.join(words[:3])}: {said}")
        return json.loads(answer) if answer.strip() else None

    async def run(self, at: DemoNode, *words: str) -> None:
        """Start `minga run WORDS` as a process; return once the node answers.  Raises `DemoFailed`."""
        number = await self.keep(at, "run", *words)
        async with ControlClient(at.home) as control:
            while not await control.running():
                if not _is_running(number):
                    raise DemoFailed(f"{at.name}: {at.log.read_text(errors='replace')[-LOG_SHOWN_BYTES:]}")
                await asyncio.sleep(LOOK_AGAIN_S)
            at.address = (await control.status())["listening"][0]
        view = await StoreView.open_view(at.home / "store.sqlite")
        if view is None:
            raise DemoFailed(f"{at.name}: its store cannot be read")
        self._exits.push_async_callback(view.close)
        at._views.append(view)

    async def keep(self, at: DemoNode, *words: str) -> int:
        """Have `minga WORDS` started for as long as the demonstration lasts; return its process number."""
        assert self._keeper.stdin is not None
        assert self._keeper.stdout is not None
        wanted = {"words": words, "env": _environment(at.home, self._language), "log": str(at.log)}
        async with self._asking:
            self._keeper.stdin.write(json.dumps(wanted) + "\n")
            self._keeper.stdin.flush()
            return int(await asyncio.to_thread(self._keeper.stdout.readline))

    async def same_records(self) -> tuple[int, float]:
        """Wait until every node holds the same records; return how many, and after how many seconds."""
        began = time.monotonic()
        while True:
            self._require_keeper()
            held = [await one.records() for one in self.nodes]
            if all(one == held[0] for one in held):
                return len(held[0]), time.monotonic() - began
            await asyncio.sleep(LOOK_AGAIN_S)

    def _require_keeper(self) -> None:
        if self._keeper.poll() is not None:
            raise DemoFailed("the process that keeps the nodes has ended, and the nodes with it")

    async def why_not(self) -> str:
        """Say what each node holds, for a demonstration that has come to a stand."""
        held = [(one.prompt, len(await one.records())) for one in self.nodes if one._views]
        return ", ".join(f"{prompt} {count}" for prompt, count in held)


@asynccontextmanager
async def stage(language: str) -> AsyncIterator[Stage]:
    """Set up a folder and its keeper; on leaving, whatever happened, end the nodes and remove the folder."""
    keeper = subprocess.Popen(  # noqa: ASYNC220 -- our own command line, and it starts at once
        [sys.executable, "-m", "node.demo.keeper"],
        env=os.environ | {"PYTHONPATH": str(_PACKAGES)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the demonstration, which then lets go of the keeper
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    try:
        folder = Path(keeper.stdout.readline().rstrip("\n"))
        async with AsyncExitStack() as exits:
            yield Stage(folder, keeper, language, exits)
    finally:
        keeper.stdin.close()
        keeper.wait()
        keeper.stdout.close()


def _is_running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def _environment(home: Path, language: str) -> dict[str, str]:
    """Return the environment of a node's commands: this process's, without what would configure a node."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MINGA_")}
    if kept.pop("PYTHONDONTWRITEBYTECODE", None):
        # Fifty commands are not to compile everything anew; what they keep goes with the folder.
        kept["PYTHONPYCACHEPREFIX"] = str(home.with_name("bytecode"))
    return kept | {
        "MINGA_HOME": str(home),
        "MINGA_NODE_LANGUAGE": language,
        "PYTHONPATH": str(_PACKAGES),
    }
