"""When this node was last in touch with another, kept in its store over restarts."""

import time

from node.store.interface import Store

# Kept this often while in touch: a node that is killed is taken to have been away for so much longer.
KEEP_EVERY_MS = 600_000

_NAME = "in-touch"


async def last_in_touch_ms(store: Store) -> int | None:
    """Return when the node was last in touch, by this machine's clock; None where that is not known.

    Raises `StoreError`.
    """
    kept = await store.meta(_NAME)
    return int(kept) if kept is not None and kept.isdigit() else None


class InTouch:
    """Keeps the moment, seldom enough for a card that wears out."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept_ms: int | None = None

    async def keep(self, in_touch_ms: int | None, now_ms: int, *, at_once: bool = False) -> None:
        """Keep a moment, given by the clock of `now_ms`.  Raises `StoreError`."""
        if in_touch_ms is None or in_touch_ms == self._kept_ms:
            return
        if not at_once and self._kept_ms is not None and in_touch_ms - self._kept_ms < KEEP_EVERY_MS:
            return
        self._kept_ms = in_touch_ms
        wall_ms = time.time_ns() // 1_000_000 - (now_ms - in_touch_ms)
        await self._store.set_meta(_NAME, str(max(0, wall_ms)).encode())
