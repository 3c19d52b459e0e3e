"""Waiting until an erasure has done here what it should: nothing of the content left, peers told."""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from node.atlas.reading import Atlas
from node.store.errors import StoreError
from node.store.interface import Store
from protocol.identifiers import RecordId
from protocol.keys import ED25519_PREFIX, PublicKey, did_key

if TYPE_CHECKING:
    from node.sync.engine import Engine

# Writing a million records anew takes minutes on a slow card; it goes on when nobody waits any more.
CLEARED_WAIT_MAX_S = 300.0

# A peer that is connected asks for what was announced within a second, unless its link is busy.
PASSED_ON_WAIT_MAX_S = 5.0

_LATE = StoreError("it takes long, or somebody reads from the store all the while; it goes on by itself")


async def cleared(store: Store, atlas: Atlas, max_s: float = CLEARED_WAIT_MAX_S) -> dict[str, Any]:
    """Wait until what was erased is gone from the files of a store, and of what is drawn from it; say whether
    it is, and if not, why."""
    try:
        async with asyncio.timeout(max_s):
            await store.settled()
            if atlas.keeper is None:
                atlas.remove()
            else:
                await atlas.keeper.cleared()
    except TimeoutError:
        return {"cleared": False, "why_not": str(_LATE)}
    except StoreError as error:
        return {"cleared": False, "why_not": str(error)}
    return {"cleared": True, "why_not": None}


async def cleared_and_passed_on(
    store: Store, atlas: Atlas, engine: "Engine", ids: Collection[RecordId]
) -> dict[str, Any]:
    """Wait for that, and for connected nodes to take the erasures `ids`; say how far both have come."""
    state = await cleared(store, atlas)
    await engine.passed_on.to_all(ids, engine.connected, PASSED_ON_WAIT_MAX_S)
    connected = engine.connected()
    took = engine.passed_on.to(ids)
    return state | {
        "passed_on_to": [did_key(PublicKey(ED25519_PREFIX + node_id)) for node_id in sorted(took)],
        "not_yet": [did_key(PublicKey(ED25519_PREFIX + node_id)) for node_id in sorted(connected - took)],
    }
