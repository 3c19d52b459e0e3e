"""A home with its store open for one command, whether or not a node runs in it.

What is read comes straight from the file.  What is written goes through the running node, or, where none
runs, into the file under the home's lock.  Signing happens here: passphrases never leave this process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from gettext import gettext as _
from typing import TYPE_CHECKING, Any, TypeVar

from node.atlas.reading import Atlas
from node.authoring.signer import Signer
from node.cli.operator import Operator
from node.cli.passphrases import Passphrases, Unlocker
from node.cli.render import note
from node.errors import ConfigError, HomeInUse
from node.home import Home
from node.keys.keyring import Keyring
from node.settings.loading import load_settings
from node.settings.table import Settings
from node.store.interface import Store
from node.store.sqlite import SqliteStore
from node.store.view import StoreView
from node.trust.blocks import Blocks
from node.trust.veil import Notice, veiled
from protocol.identifiers import RecordId, parse_id
from protocol.record.verification import VerifiedRecord

if TYPE_CHECKING:
    from node.control import ControlClient

T = TypeVar("T")

# Another command of the same operator is through in less; a node that starts answers in less.
WAIT_FOR_HOME_MAX_S = 10.0
WAIT_STEP_S = 0.1

# A quarter of what the running node takes at once.
SUBMIT_SIZE_MAX_BYTES = 4 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of records: those that were new here, and how many were held already."""

    new: list[RecordId] = field(default_factory=list)
    known: int = 0


class Workplace:
    """What a command works with."""

    def __init__(
        self,
        operator: Operator,
        settings: Settings,
        store: Store,
        node: "ControlClient | None",
    ) -> None:
        self.operator = operator
        self.home: Home = operator.home
        self.settings = settings
        self.store = store
        self.node = node
        self.keyring = Keyring(self.home.keys_path)
        self.passphrases = Passphrases(operator.passphrase_file)
        self.unlock = Unlocker(self.keyring, self.passphrases)
        self.signer = Signer(store, self.keyring, self.unlock)

    @cached_property
    def blocks(self) -> Blocks:
        """What the operator had blocked when this was first asked for.  Raises `ConfigError`."""
        return Blocks.of_home(self.home.path)

    @cached_property
    def shown(self) -> Store:
        """The store as lists and what stands beside a thing show it: without what is blocked here.

        What is asked for by name, what is signed and what is handed on comes from `store`, which is whole.
        """
        (words,) = self.blocked_name.items()
        return veiled(self.store, self.blocks, Notice(*words))

    @property
    def blocked_name(self) -> dict[str, str]:
        """What stands in place of a name that is blocked here, by language."""
        return {self.operator.language: _("blocked by this node")}

    async def submit(self, records: Sequence[VerifiedRecord]) -> Submitted:
        """Have records stored, and announced where a node runs.  Raises `StoreError` or `Refused`."""
        if self.node is None:
            result = await self.store.add(records)
            return Submitted([*result.new, *result.filled], result.known)
        new: list[RecordId] = []
        known = 0
        for part in _parts(records):
            answer = await self.node.submit([record.envelope for record in part])
            if answer.get("faults"):
                raise ConfigError(f"the running node refused a record: {answer['faults'][0]}")
            new += [parse_id(text) for text in answer.get("new", ())]
            known += int(answer.get("known", 0))
        return Submitted(new, known)


@asynccontextmanager
async def open_workplace(operator: Operator, *, writing: bool = False) -> AsyncIterator[Workplace]:
    """Open the home for a command; `writing` where it will submit records.

    Raises `HomeMissing`, `HomeInUse` where another command holds the home for too long, `StoreError`.
    """
    operator.home.require()
    settings = load_settings(operator.home.path)
    async with AsyncExitStack() as stack:
        store, node = await _open(operator, settings, stack, writing)
        yield Workplace(operator, settings, store, node)
        if isinstance(store, SqliteStore) and not isinstance(store, StoreView):
            await store.settled()


async def _open(
    operator: Operator, settings: Settings, stack: AsyncExitStack, writing: bool
) -> "tuple[Store, ControlClient | None]":
    home = operator.home
    deadline = asyncio.get_running_loop().time() + WAIT_FOR_HOME_MAX_S
    while True:
        node = None
        holder = home.holder()
        if holder is not None or not writing:
            node = await stack.enter_async_context(running_node(home))
            if node is not None or not writing:
                view = await StoreView.open_view(home.store_path)
                if view is not None:
                    stack.push_async_callback(view.close)
                    return view, node
        try:
            stack.enter_context(home.lock())
        except HomeInUse:
            if asyncio.get_running_loop().time() > deadline:
                if node is not None:
                    raise ConfigError(
                        f"the node that runs in {home.path} is of another version of minga, or still puts "
                        "its store in order: wait a little, or stop it and start it again"
                    ) from None
                raise
            await asyncio.sleep(WAIT_STEP_S)
            continue
        store = await SqliteStore.open(
            home.store_path, "FULL" if settings.store_synchronous == "FULL" else "NORMAL"
        )
        stack.push_async_callback(store.close)
        stack.callback(Atlas(home.path).let_go, store)
        if store.is_deriving:
            held = await store.counts()
            if held.records:  # a new home has nothing to be worked out, and was not upgraded
                note(_("Working out anew what lists and searches show, as once after an upgrade."))
            await store.settled()
        return store, None


@asynccontextmanager
async def running_node(home: Home) -> "AsyncIterator[ControlClient | None]":
    """Yield the door to the node that runs in a home, None where none does."""
    if home.holder() is None:
        yield None
        return
    from node.control import SOCKET_NAME, ControlClient

    if not (home.path / SOCKET_NAME).is_socket():
        yield None
        return
    async with ControlClient(home.path) as client:
        yield client if await client.running() else None


def _parts(records: Sequence[VerifiedRecord]) -> list[list[VerifiedRecord]]:
    parts: list[list[VerifiedRecord]] = [[]]
    size_bytes = 0
    for record in records:
        if parts[-1] and size_bytes + len(record.envelope) > SUBMIT_SIZE_MAX_BYTES:
            parts.append([])
            size_bytes = 0
        parts[-1].append(record)
        size_bytes += len(record.envelope)
    return parts if parts[0] else []


def run_in(
    work: Callable[[Workplace], Coroutine[Any, Any, T]], operator: Operator, *, writing: bool = False
) -> T:
    """Run an asynchronous command in the operator's home."""

    async def opened() -> T:
        async with open_workplace(operator, writing=writing) as place:
            return await work(place)

    return asyncio.run(opened())
