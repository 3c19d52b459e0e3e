"""Answers what a peer wants: the records it asked for, as many as fit, packed for its link."""

import asyncio
from collections.abc import Awaitable, Collection
from itertools import takewhile

from node.peers.link import SEND_BACKLOG_MAX_BYTES
from node.store.interface import Store
from node.sync.connected import Peer
from protocol.identifiers import RecordId
from protocol.limits import RECORDS_SIZE_TARGET_BYTES
from protocol.session import events as ev
from protocol.session.batch import pack_answer
from protocol.session.catching_up import hold_back

# What is kept free of a link's backlog for announcements and reconciliation when records are sent: two of
# each at their longest (65 KB, 60 KB).
BACKLOG_KEPT_FREE_BYTES = 262_144


async def answer_want(
    store: Store, peer: Peer | None, want: ev.Load, held_before: Awaitable[int] | None = None
) -> ev.Loaded:
    """Return the answer to a want from its front, once the link has room for it.  Raises `StoreError`.

    `held_before` gives the number of the last record that this node held when it came back.
    """
    ids = want.ids
    answered: list[tuple[RecordId, bytes | None]] = []
    held: list[tuple[RecordId, bytes]] = []
    while not answered:  # what is stored between the two questions was neither held nor lacking
        held = await store.envelopes(ids, RECORDS_SIZE_TARGET_BYTES)
        rest = ids[ids.index(held[-1][0]) + 1 :] if held else ids
        # What follows the last envelope is either not held, or had no room.
        lacking = set(await store.unknown(rest)) if rest else set()
        found = dict(held)
        answered = [(i, found.get(i)) for i in ids[: len(ids) - len(rest)]]
        answered += [(i, None) for i in takewhile(lacking.__contains__, rest)]
    kept: list[RecordId] = []
    if want.holding_back:
        before: Collection[RecordId] = [record_id for record_id, _ in held]
        if held_before is not None:
            before = await store.arrived_by(list(before), await held_before)
        answered = list(hold_back(answered, before, kept))
    size_bytes = sum(len(envelope) for _, envelope in held)
    compress = peer is None or not peer.takes_stored(size_bytes)
    batch, not_held = await asyncio.to_thread(pack_answer, answered, compress=compress)
    if peer is not None:
        # A peer is given more only as it reads: the answer fits what is left of its backlog.
        room = SEND_BACKLOG_MAX_BYTES - BACKLOG_KEPT_FREE_BYTES - len(batch.deflated)
        await peer.secure.drained(max(1, room))
        peer.given += batch.count
        peer.asked.set()
    return ev.Loaded(want.link, want.number, batch, not_held, len(kept))
