"""The engine between real links and a real store: what peers do to it at the worst moment."""

import asyncio
import random
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from node.daemon import Node
from node.peers.inbound import InboundDoor
from node.peers.link import CloseCode, LinkTiming
from node.store.errors import StoreError
from node.sync.awaited_syncs import SyncFailed
from protocol.identifiers import RecordId
from protocol.reconcile.items import SortedItems
from protocol.reconcile.negentropy import Reconciler
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import pack_batch, unpack_batch
from protocol.session.messages import Announce, Bye, Hello, Phase, Reconcile, Records, Want
from tests.bench.records import communities
from tests.node.hostile.attacker import NETWORK, Attacker, Attackers, attackers
from tests.node.live import held, live, make_home, pair, some_records, until
from tests.patience import PATIENCE_S

RECORDS = some_records(40)


@asynccontextmanager
async def one_node(
    folder: Path, records: Sequence[VerifiedRecord] = (), **settings: Any
) -> AsyncIterator[tuple[Node, Attackers]]:
    """Run a node, and give connections to it."""
    async with live(await make_home(folder / "home", records), **settings) as node:
        async with attackers(node.listening[0]) as attack:
            yield node, attack


async def still_works(node: Node, attack: Attackers) -> None:
    """Assert that the node greets a new peer."""
    assert not any(task.done() for task in node.tasks)
    peer = await attack.sealed()
    assert isinstance(await peer.greet(), Hello)
    await peer.send(Bye())


def reconciler() -> Reconciler:
    empty = SortedItems()
    empty.seal()
    return Reconciler(empty, 60_000)


async def next_of(peer: Attacker, kind: type) -> Any:
    """Return the node's next message of a kind; others are passed over."""
    while True:
        message = await peer.receive()
        if isinstance(message, kind):
            return message


async def test_a_peer_that_greets_and_vanishes_costs_nothing(tmp_path: Path) -> None:
    many = 30
    # The node finds out in its own time; until then they take up places, more than one source may have.
    async with one_node(tmp_path, RECORDS, peers_per_ip_max=many + 1) as (node, attack):
        serve, gone = node.engine.serve, 0

        async def counted(*link: Any) -> None:
            nonlocal gone
            try:
                await serve(*link)
            finally:
                gone += 1

        node.engine.serve = counted  # type: ignore[method-assign]
        for _ in range(many):
            peer = await attack.sealed()
            await peer.send(Hello(NETWORK, "here and gone"))
            peer.websocket._response.close()  # no goodbye: the connection breaks
        await until(lambda: gone == many, "all have come and gone")
        assert node.engine.peers == []
        await still_works(node, attack)


async def test_a_peer_that_breaks_off_while_its_reconciliation_is_worked_on_leaves_nothing(
    tmp_path: Path,
) -> None:
    async with one_node(tmp_path, RECORDS) as (node, attack):
        reconciliation = node.engine._reconciliation
        for _ in range(3):
            peer = await attack.greeted()
            hold = threading.Event()
            reconciliation._thread.submit(hold.wait)
            syncing = asyncio.create_task(node.engine.synced_with(peer.channel.node_id))
            await until(lambda: reconciliation._thread._work_queue.qsize() > 0, "a step waits its turn")
            peer.websocket._response.close()
            with pytest.raises(SyncFailed):
                await syncing
            hold.set()
        await asyncio.wrap_future(reconciliation._thread.submit(int))
        assert reconciliation.links == 0
        await still_works(node, attack)


@pytest.mark.parametrize("rounds", [4, pytest.param(100, marks=pytest.mark.soak)])
async def test_two_nodes_that_dial_each_other_at_once_end_with_one_link(tmp_path: Path, rounds: int) -> None:
    async with pair(tmp_path, RECORDS[:3], RECORDS) as (first, second):
        smaller, larger = sorted((first, second), key=lambda node: node.node_id)

        def links() -> list[tuple[bool, ...]]:
            return [tuple(peer.secure.inbound for peer in node.engine.peers) for node in (smaller, larger)]

        for round_number in range(rounds):
            await asyncio.gather(first.sync_with(second.listening[0]), second.sync_with(first.listening[0]))
            # The one that the node with the smaller id has dialled.
            await until(
                lambda: links() == [(False,), (True,)], f"one link in round {round_number}: {links()}"
            )
            await first.engine.peers[0].secure.close()
            await until(lambda: links() == [(), ()], "no link")
        assert await held(first) == await held(second)


async def test_a_node_does_not_dial_a_node_that_dialled_it(tmp_path: Path) -> None:
    async with pair(tmp_path) as both:
        # The link that the one with the smaller id has dialled stays: another is refused, and that is seen.
        first, second = sorted(both, key=lambda node: node.node_id)
        await first.sync_with(second.listening[0])
        assert second.engine.connected() == {first.node_id}
        # It dials once, and learns who answers there: that this is who is connected.
        await second.change_peer(first.listening[0], present=True)
        await until(lambda: second.dialler.known()[0]["failures"] == 1, "a link that is refused")
        await second.change_peer(first.listening[0], present=True)
        assert second.dialler.known()[0]["failures"] == 0
        async with live(await make_home(tmp_path / "third")) as third:
            await second.change_peer(third.listening[0], present=True)
            # By the time that it has dialled somebody else, it has passed over this one.
            await until(lambda: third.node_id in second.engine.connected(), "a link to the third")
            await second.sync_with(third.listening[0])
            assert [known["failures"] for known in second.dialler.known()] == [0, 0]
            assert second.engine.connected() == {first.node_id, third.node_id}


@pytest.mark.parametrize("ours", [0, 40])
@pytest.mark.parametrize("theirs", [0, 40])
async def test_a_sync_ends_when_both_have_everything(tmp_path: Path, ours: int, theirs: int) -> None:
    mine, yours = some_records(ours, seed=1)[3:], some_records(theirs, seed=2)[3:]
    async with pair(tmp_path, mine, yours) as (first, second):
        answer = await first.sync_with(second.listening[0])
        everything = {record.id for record in (*mine, *yours)}
        assert await held(first) == await held(second) == everything
        assert (answer["received"], answer["given"], answer["lacking"]) == (theirs, ours, 0)


async def test_a_sync_fails_where_the_peer_hangs_up(tmp_path: Path) -> None:
    async with one_node(tmp_path, RECORDS) as (node, attack):
        peer = await attack.greeted()
        waiting = asyncio.create_task(node.engine.synced_with(peer.channel.node_id))
        await next_of(peer, Reconcile)
        await peer.send(Bye())
        with pytest.raises(SyncFailed):
            await waiting


async def test_a_sync_fails_where_nothing_comes_of_it(tmp_path: Path) -> None:
    async with one_node(tmp_path, RECORDS) as (node, attack):
        node.engine._syncs._standstill_max_s = 0.2
        peer = await attack.greeted()
        waiting = asyncio.create_task(node.engine.synced_with(peer.channel.node_id))
        # It keeps the turn to reconcile, and never goes on: nothing can be opened against it.
        await peer.send(Reconcile(1, Phase.OPEN, reconciler().initiate()))
        with pytest.raises(SyncFailed, match="nothing came"):
            await waiting
        await still_works(node, attack)


async def test_a_sync_with_nobody_fails(tmp_path: Path) -> None:
    async with one_node(tmp_path) as (node, _):
        with pytest.raises(SyncFailed):
            await node.engine.synced_with(node.node_id)


async def test_a_record_twice_in_place_of_another_is_a_fault(tmp_path: Path) -> None:
    async with one_node(tmp_path) as (node, attack):
        peer = await attack.greeted()
        first, second = RECORDS[3], RECORDS[4]
        await peer.send(Announce((first.id, second.id)))
        want = await next_of(peer, Want)
        assert set(want.ids) == {first.id, second.id}
        await peer.send(Records(want.number, pack_batch([first.envelope, first.envelope])))
        end = await peer.end()
        assert (end.code, end.reason) == (CloseCode.PROTOCOL_ERROR, "misbehaviour")
        assert await held(node) <= {first.id}
        assert await node.store.check() == []


class Failing:
    """A real store, of which one question fails, or is answered in an unlucky order."""

    def __init__(self, store: Any, name: str, instead: Any) -> None:
        self._store, self._name, self._instead = store, name, instead

    def __getattr__(self, name: str) -> Any:
        return self._instead if name == self._name else getattr(self._store, name)


@pytest.mark.parametrize("question", ["counts", "unknown", "envelopes"])
async def test_a_store_that_fails_costs_the_link_and_not_the_node(tmp_path: Path, question: str) -> None:
    async def fail(*_: Any, **__: Any) -> Any:
        raise StoreError("the disk has gone")

    async with one_node(tmp_path, RECORDS) as (node, attack):
        store = node.engine._store
        node.engine._store = Failing(store, question, fail)  # type: ignore[assignment]
        peer = await attack.sealed()
        await peer.send(Hello(NETWORK, "attacker/1"))
        await peer.send(Announce((RecordId(b"a" * 32),)))
        await peer.send(Want(1, (RECORDS[0].id,)))
        assert (await peer.end()).code == CloseCode.INTERNAL
        node.engine._store = store
        await still_works(node, attack)


async def test_a_store_that_is_stuck_turns_peers_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with one_node(tmp_path, RECORDS) as (node, attack):
        store = node.engine._store
        node.engine._store = Failing(store, "counts", asyncio.Event().wait)  # type: ignore[assignment]
        with monkeypatch.context() as patched:
            patched.setattr("node.sync.engine.STORE_ANSWER_MAX_S", 0.05)
            peer = await attack.sealed()
            assert (await peer.end()).code == CloseCode.INTERNAL
        node.engine._store = store
        await still_works(node, attack)


async def test_a_record_that_comes_while_it_is_asked_for_is_given(tmp_path: Path) -> None:
    late = some_records(1, seed=9)[3]
    async with one_node(tmp_path, RECORDS[:3]) as (node, attack):
        store = node.engine._store
        asked = 0

        async def envelopes(ids: Sequence[RecordId], size_max_bytes: int) -> Any:
            nonlocal asked
            asked += 1
            answer = await store.envelopes(ids, size_max_bytes)
            await node.submit([late.envelope])  # between this question and the next
            return answer

        node.engine._store = Failing(store, "envelopes", envelopes)  # type: ignore[assignment]
        peer = await attack.greeted()
        await peer.send(Want(1, (late.id,)))
        answer = await next_of(peer, Records)
        assert answer.batch == pack_batch([late.envelope])
        assert asked == 2


async def test_a_slow_reader_is_given_the_largest_records_in_its_time(tmp_path: Path) -> None:
    dice = random.Random(1)
    [person] = communities(1)

    def note(size_bytes: int) -> VerifiedRecord:
        payload = {"bytes": dice.randbytes(size_bytes)}
        return sign_record(person.author, "x.note", payload, 1_700_000_000_000)

    large = [note(520_000) for _ in range(8)]
    async with AsyncExitStack() as stack:
        node = await stack.enter_async_context(live(await make_home(tmp_path / "home", large)))
        attack = await stack.enter_async_context(attackers(node.listening[0], buffer_bytes=4_096))
        peer = await attack.greeted()
        for number, record in enumerate(large, 1):
            await peer.send(Want(number, (record.id,)))
        # It reads nothing until the node waits for it, and others have something to announce meanwhile.
        [served] = node.engine.peers
        await until(lambda: served.secure.backlog_bytes > 500_000, "the node waits for its reader")
        await node.submit([record.envelope for record in RECORDS])
        got = [unpack_batch((await next_of(peer, Records)).batch) for _ in large]
        assert got == [[record.envelope] for record in large]


async def test_peers_are_told_when_a_node_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A node that waited for its peers to answer would not stop within the time that `live` gives it.
    long_s = 10 * PATIENCE_S
    monkeypatch.setitem(InboundDoor.__init__.__kwdefaults__, "timing", LinkTiming(close_s=long_s))
    monkeypatch.setattr("node.listening.STOP_MAX_S", long_s)
    async with AsyncExitStack() as outer:
        async with live(await make_home(tmp_path / "home", RECORDS)) as node:
            attack = await outer.enter_async_context(attackers(node.listening[0]))
            peers = [await attack.greeted() for _ in range(4)]
        for peer in peers:
            await next_of(peer, Bye)
            assert (await peer.end()).code == CloseCode.GOING_AWAY
