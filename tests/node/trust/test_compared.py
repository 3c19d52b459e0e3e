"""What is set aside, where this node compares with others: counted as its own, and never twice."""

from collections import deque
from pathlib import Path

from node.store.reconcile_items import open_stored_items
from node.store.sqlite import SqliteStore
from node.sync.reconciling import Reconciliation
from node.trust.aside import Change
from protocol.channel.identity import NodeId
from protocol.reconcile.items import Item, SortedItems
from protocol.reconcile.negentropy import Reconciler
from protocol.session.events import Link, Reconcile
from tests.node.live import some_records

RECORDS = some_records(300)
ITEMS = [Item(record.time_s, record.id) for record in RECORDS]


def peer_with(*items: Item) -> Reconciler:
    """Somebody who holds these."""
    found = SortedItems()
    for item in items:
        found.insert(item)
    found.seal()
    return Reconciler(found, 60_000)


async def compare(ours: Reconciliation, theirs: Reconciler) -> tuple[set[bytes], set[bytes]]:
    """One whole comparison: what they lack, and what we lack."""
    have: set[bytes] = set()
    need: set[bytes] = set()
    step = await ours.step(Reconcile(Link(1), 1, None, initiate=True))
    while step.message is not None:
        step = await ours.step(Reconcile(Link(1), 1, theirs.respond(step.message), initiate=True))
        assert step.fault is None
        have |= set(step.have)
        need |= set(step.need)
    return have, need


async def test_what_is_set_aside_is_nothing_new_and_what_is_both_counts_once(tmp_path: Path) -> None:
    changes: deque[Change] = deque([Change(come=ITEMS[200:])])
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(RECORDS[:150])
        ours = Reconciliation(NodeId(b"n" * 32), open_stored_items(tmp_path / "store.sqlite"), changes)
        try:
            lacking = {item.id for item in ITEMS[150:200]}
            assert await compare(ours, peer_with(*ITEMS)) == (set(), lacking)
            # Where this node is asked, it says what it holds.
            asking = peer_with(*ITEMS)
            answer = await ours.step(Reconcile(Link(2), 2, asking.initiate(), initiate=False))
            assert answer.message is not None
            assert set(asking.advance(answer.message).have) == {item.id for item in ITEMS[150:]}
            # What came by hand in the moment in which it was set aside counts once.
            changes.append(Change(come=ITEMS[:40], gone=ITEMS[290:]))
            assert await compare(ours, peer_with(*ITEMS)) == (set(), lacking | {i.id for i in ITEMS[290:]})
            assert await compare(ours, peer_with()) == (
                {i.id for i in (*ITEMS[:150], *ITEMS[200:290])},
                set(),
            )
        finally:
            ours.close()


async def test_what_is_set_aside_is_not_listed_to_a_peer_who_lacks_it_either(tmp_path: Path) -> None:
    """Two neighbours who follow the same people set the same aside, and neither holds it."""
    aside = ITEMS[100:]
    async with await SqliteStore.open(tmp_path / "store.sqlite") as store:
        await store.add(RECORDS[:100])
        changes = deque([Change(come=aside)])
        ours = Reconciliation(NodeId(b"n" * 32), open_stored_items(tmp_path / "store.sqlite"), changes)
        try:
            asides = {item.id for item in aside}
            neighbour, hub = ITEMS[:100], ITEMS
            for holds, expected in (
                (neighbour, (asides, set())),  # it is listed once
                (neighbour, (set(), set())),
                (neighbour, (set(), set())),
                (hub, (set(), asides)),  # now it has come to hold all of it: once more
                (hub, (set(), set())),
            ):
                have, need = await compare(ours, peer_with(*holds))
                assert (have, need) == expected
                # As the engine tells it, which knows what was set aside.
                ours.weigh(Link(1), held=len(need & asides), lacked=len(have & asides))
        finally:
            ours.close()
