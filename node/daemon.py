"""A node at work: everything it consists of, put together, started in order and stopped in reverse.

home and keys → store → verifier, reconciliation → session engine → door, dialler, LAN → pages, control
"""

import asyncio
import contextlib
import gc
import logging
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiohttp import web

from node.atlas.keeping import kept
from node.atlas.reading import Atlas
from node.clearing import cleared_and_passed_on
from node.control import serve_control
from node.errors import ConfigError
from node.home import Home
from node.keys.keyring import Keyring
from node.keys.network_key import read_network_key
from node.listening import STOP_MAX_S, SYNC_PATH, listen
from node.log import shown
from node.node_status import node_status, store_size_bytes
from node.peers.addresses import BadAddress, PeerAddress, told_to
from node.peers.chosen import change_chosen, load_chosen
from node.peers.dialler import Dialler
from node.peers.inbound import InboundDoor, InboundLimits
from node.peers.websocket import ChannelKeys, dialling_session
from node.privacy.publishing import Transparency
from node.proxies import application
from node.settings.table import Settings
from node.software import SOFTWARE
from node.store.reconcile_items import open_stored_items
from node.store.sqlite import SqliteStore
from node.sync.engine import Engine
from node.sync.in_touch import last_in_touch_ms
from node.sync.reconciling import Reconciliation
from node.sync.verifying import Verifier
from node.trust.blocks import Blocks
from node.trust.circle import Neighbourhood
from node.trust.gate import Gate, open_gate
from node.trust.ours import KeysOfHome
from node.trust.policy import Rule
from protocol.channel.identity import NodeId, node_id_of
from protocol.errors import ProtocolError
from protocol.identifiers import RecordId, id_text
from protocol.keys import SigningKey, did_key
from protocol.record.verification import VerifiedRecord
from protocol.session.swarm import SessionSettings, Swarm

if TYPE_CHECKING:
    from node.peers.lan import LanDiscovery

log = logging.getLogger(__name__)

# Nodes on the local network answer within a second, and are asked a second time after another.
LOOK_AROUND_S = 3.0


class Node:
    """One running node.  Built by `open_node`; what the control socket and the pages ask, it answers."""

    def __init__(
        self,
        home: Home,
        settings: Settings,
        keys: ChannelKeys,
        name: str,
        store: SqliteStore,
        verifier: Verifier,
        engine: Engine,
        dialler: Dialler,
        near: Neighbourhood,
        gate: Gate,
    ) -> None:
        self.home = home
        self.settings = settings
        self.node_id: NodeId = node_id_of(keys.identity_seed)
        self.signing_key = SigningKey(keys.identity_seed)
        self.name = name
        self.store = store
        self.engine = engine
        self.dialler = dialler
        self.near = near
        self.gate = gate
        self.lan: LanDiscovery | None = None
        self.atlas = Atlas(home.path)
        self.tasks: list[asyncio.Task[None]] = []
        self.listening: list[str] = []
        self._verifier = verifier
        self.transparency = Transparency(store, home.path, lambda: [block.since for block in gate.blocks])

    @property
    def blocks(self) -> Blocks:
        """What its operator does not show or take in."""
        return self.gate.blocks

    @property
    def node_id_text(self) -> str:
        """The node's key as people see it."""
        return did_key(self.signing_key.public)

    async def status(self) -> dict[str, Any]:
        """See `Controlled.status`."""
        return await node_status(self)

    async def submit(self, envelopes: Sequence[bytes]) -> dict[str, Any]:
        """See `Controlled.submit`."""
        verdicts = await self._verifier.verify(envelopes)
        records = [verdict for verdict in verdicts if isinstance(verdict, VerifiedRecord)]
        await self.gate.aside.forget([record.id for record in records])
        result = await self.store.add(records)
        self.engine.passed_on.watch(r.id for r in records if r.header.kind == "erasure")
        await self.engine.stored(result, records)
        return {
            "new": [id_text(record_id) for record_id in [*result.new, *result.filled]],
            "known": result.known,
            "refused": [id_text(record_id) for record_id in result.refused],
            "faults": [f"{v.code}: {v}" for v in verdicts if isinstance(v, ProtocolError)],
        }

    async def sync_with(self, address: str) -> dict[str, Any]:
        """See `Controlled.sync_with`."""
        before, aside = (await self.store.counts()).records, self.gate.aside.records
        node_id = await self.dialler.reach(_parsed(address))
        peer = await self.engine.synced_with(node_id)
        return {
            "node": did_key(b"\xed\x01" + node_id),  # type: ignore[arg-type]
            "received": peer.received,
            "given": peer.given,
            "lacking": peer.lacked,
            "kept_back": peer.kept_back,
            "set_aside": max(self.gate.aside.records - aside, 0),
            "bytes_sent": peer.secure.sent_bytes,
            "bytes_received": peer.secure.received_bytes,
            "records_before": before,
            "records": (await self.store.counts()).records,
        }

    async def change_peer(self, address: str, present: bool) -> None:
        """See `Controlled.change_peer`."""
        parsed = _parsed(address)
        change_chosen(self.home.path, parsed, present)
        self.dialler.choose(parsed, present)

    async def cleared(self, erasures: Sequence[RecordId]) -> dict[str, Any]:
        """See `Controlled.cleared`."""
        return await cleared_and_passed_on(self.store, self.atlas, self.engine, erasures)

    async def blocks_changed(self) -> None:
        """See `Controlled.blocks_changed`."""
        await self.engine.admission.blocks_changed()
        await self.engine.turn_away(lambda node_id: self.gate.blocks.node(node_id) is not None)
        await self.atlas.caught_up()


def _parsed(address: str) -> PeerAddress:
    try:
        return PeerAddress.parse(address)
    except BadAddress as error:
        raise ConfigError(str(error)) from None


def _room_bytes(home: Home) -> int:
    """Return how much the store could take of the disk; 0 where the disk does not say."""
    try:
        return shutil.disk_usage(home.path).free + store_size_bytes(home)
    except OSError:
        return 0


@asynccontextmanager
async def open_node(home: Home, settings: Settings) -> AsyncIterator[Node]:
    """Open a home and everything in it but its doors: it can dial, and nobody can dial it.

    Raises `ConfigError`, `StoreError`.
    """
    home.require()
    async with AsyncExitStack() as stack:
        stack.enter_context(home.lock())
        node_key = Keyring(home.keys_path).node_key(create=True)
        keys = ChannelKeys(
            identity_seed=node_key.seed.reveal(),
            static_seed=node_key.static_secret,
            network=settings.network_name,
            network_key=_network_key(home, settings),
        )
        node_id = node_id_of(keys.identity_seed)
        name = settings.node_name or did_key(node_key.public).removeprefix("did:key:z6Mk")[:8]
        store = await SqliteStore.open(
            home.store_path, "FULL" if settings.store_synchronous == "FULL" else "NORMAL"
        )
        stack.push_async_callback(store.close)
        verifier = Verifier(settings.sync_verify_workers)
        stack.push_async_callback(verifier.aclose)
        swarm = Swarm(
            SessionSettings(
                network=settings.network_name,
                software=SOFTWARE,
                seed=node_id,
                reconcile_interval_ms=settings.sync_interval_s * 1_000,
            ),
            in_touch_ms=await last_in_touch_ms(store),
        )
        quota = settings.store_quota_bytes
        session = await stack.enter_async_context(dialling_session())
        dialler = Dialler(session, keys, store, settings.peers_outbound_max)
        near = Neighbourhood(store, KeysOfHome(Keyring(home.keys_path)), settings.trust_ours)
        gate = await stack.enter_async_context(open_gate(home.path, store, near, settings))
        items = open_stored_items(home.store_path)
        reconciliation = Reconciliation(node_id, items, gate.aside.changes)
        stack.callback(reconciliation.close)
        engine = Engine(
            swarm,
            store,
            verifier,
            reconciliation,
            on_fault=dialler.note_fault,
            on_addresses=dialler.learn,
            addresses_for=lambda remote: told_to(settings.network_advertise, remote),
            addresses_to_share=dialler.to_tell,
            is_banned=_who_is_refused(dialler, settings, gate.blocks),
            has_room=lambda: not quota or store_size_bytes(home) < quota,
            room_bytes=lambda: _room_bytes(home),
            records_per_minute_max=settings.peers_records_per_minute_max,
            gate=gate,
        )
        await dialler.load()
        for address in (*settings.peers_addresses, *load_chosen(home.path)):
            dialler.choose(address, present=True)
        node = Node(home, settings, keys, name, store, verifier, engine, dialler, near, gate)
        stack.callback(node.atlas.let_go, store)
        node.tasks = await stack.enter_async_context(_background())
        node.tasks.append(asyncio.create_task(engine.run(), name="engine"))
        await engine.seek(await store.missing_content())
        dialler.attach(engine.serve, engine.connected, engine.seeking)
        stack.push_async_callback(engine.keep_in_touch)
        stack.push_async_callback(_leave, engine)
        stack.push_async_callback(dialler.close)
        yield node


async def run_node(
    home: Home,
    settings: Settings,
    *,
    ready: Callable[[Node], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run a node until `stop` is set, or a signal (SIGINT, SIGTERM) comes.

    Raises `ConfigError`, `StoreError`.
    """
    stop = stop or _stopped_by_signals()
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(open_node(home, settings))
        door = InboundDoor(
            _keys_of(node),
            lambda link: node.engine.serve(link, link.remote),
            banned=node.dialler.is_banned,
            on_fault=node.dialler.note_source_fault,
            limits=InboundLimits(
                total_max=settings.peers_inbound_max, per_source_max=settings.peers_per_ip_max
            ),
        )
        await node.engine.seeking(True)
        port = await _open_doors(node, door, stack)
        # Peers hear that this node leaves before the ports close.
        stack.push_async_callback(door.close)
        stack.push_async_callback(_leave, node.engine)
        control = await serve_control(node, home.path)
        stack.push_async_callback(control.cleanup)
        tasks = await stack.enter_async_context(_background())
        look_around_s = LOOK_AROUND_S if settings.lan_discovery and port is not None else 0.0
        tasks.append(asyncio.create_task(node.dialler.run(look_around_s), name="dialler"))
        tasks += await stack.enter_async_context(kept(node.atlas, node.store, settings.web_enabled))
        if settings.lan_discovery and port is not None:
            # Only a node that looks for others around it loads what finds them.
            from node.peers.lan import LanDiscovery, random_instance

            lan = LanDiscovery(random_instance(), port, settings.network_name, settings.lan_interfaces)
            node.lan = lan
            await lan.start()
            stack.push_async_callback(lan.stop)
            tasks.append(asyncio.create_task(node.dialler.follow_lan(lan), name="lan"))
        # What is there by now stays for good: no need to look through it for garbage again and again.
        gc.freeze()
        if ready is not None:
            ready(node)
        log.info("node %s (%s) listens on %s", shown(node.name), node.node_id_text, ", ".join(node.listening))
        await _first(stop, [*node.tasks, *tasks])


async def _open_doors(node: Node, door: InboundDoor, stack: AsyncExitStack) -> int | None:
    """Listen where the settings say; return the first port, None where the node listens nowhere."""
    settings = node.settings
    apart = bool(settings.web_listen)
    sync = application(settings.network_proxies)
    sync.router.add_get(SYNC_PATH, door.handle)

    async def say_goodbye(_: web.Application) -> None:
        # Links are requests that have no end: the server would wait for them.
        await _leave(node.engine)
        await door.close()

    sync.on_shutdown.append(say_goodbye)
    if settings.web_enabled and not apart:
        _add_pages(sync, node)
    places = await listen(sync, settings.network_listen, stack)
    node.listening += _shown_places(places)
    port = places[0][1] if places else None
    if settings.web_enabled and apart:
        pages = application(settings.network_proxies)
        _add_pages(pages, node)
        node.listening += _shown_places(await listen(pages, settings.web_listen, stack))
    return port


def _shown_places(places: Sequence[tuple[str, int]]) -> list[str]:
    return [f"{host}:{port}" for host, port in places]


def _add_pages(app: web.Application, node: Node) -> None:
    # Only a node that shows pages loads what makes them.
    from node.web.application import add_pages
    from node.web.writing.desk import desk_of

    settings = node.settings
    # Who reads a private federation is within it, and so is their browser, whatever site it has open.
    shared = settings.network_key_file is None
    language, metrics = settings.node_language, settings.web_metrics
    add_pages(app, node, language=language, metrics=metrics, shared=shared, desk=desk_of(node))


@asynccontextmanager
async def _background() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Tasks that end with the block; a crash of one surfaces when the block is left."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def _first(stop: asyncio.Event, tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait until `stop` is set, or one of the tasks crashes."""
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([stopping, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()


async def _leave(engine: Engine) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(STOP_MAX_S):
            await engine.leave()


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    return stop


def _network_key(home: Home, settings: Settings) -> bytes | None:
    if settings.network_key_file is None:
        return None
    return read_network_key(home.path / settings.network_key_file)


def _keys_of(node: Node) -> ChannelKeys:
    return node.dialler.keys


def _who_is_refused(dialler: Dialler, settings: Settings, blocks: Blocks) -> Callable[[NodeId, str], bool]:
    """Return which nodes may not stay, by their keys and where they are: those that are banned for now or
    blocked, and where only invited ones may, all others."""
    invited = frozenset(settings.trust_invited_nodes)

    def refused(node_id: NodeId, address: str) -> bool:
        if dialler.is_node_banned(node_id) or blocks.node(node_id) is not None:
            return True
        if settings.trust_policy != Rule.INVITED:
            return False
        return node_id not in invited and not dialler.has_chosen(node_id, address)

    return refused
