"""A node for as long as one sync takes: it dials one other, and opens no door of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

from node.daemon import open_node
from node.home import Home
from node.settings.table import Settings
from node.sync.awaited_syncs import SyncFailed

# How often whoever waits hears how far it is.
PROGRESS_EVERY_S = 0.2


async def sync_once(
    home: Home, settings: Settings, address: str, progress: Callable[[int], None] | None = None
) -> dict[str, Any]:
    """Reconcile with one node without opening a door of one's own; return what came and went.

    Raises `ConfigError`, `StoreError`.
    """
    async with open_node(home, settings) as node:
        syncing = asyncio.create_task(node.sync_with(address))
        try:
            while not syncing.done():
                # A part of the node that crashes would leave the sync waiting for ever.
                done, _ = await asyncio.wait(
                    [syncing, *node.tasks], timeout=PROGRESS_EVERY_S, return_when=asyncio.FIRST_COMPLETED
                )
                if done - {syncing}:
                    break
                if progress is not None:
                    progress((await node.store.counts()).records)
            if syncing.done():
                return syncing.result()
            raise SyncFailed("the sync ended by a fault of this node")
        finally:
            syncing.cancel()
            await asyncio.wait([syncing])
