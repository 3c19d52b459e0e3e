"""The figures of a running node, counted when somebody asks and kept while nothing much can have changed."""

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from node.errors import ConfigError
from node.privacy.figures import Holdings, count_holdings, published
from node.privacy.register import requests_noted
from node.store.errors import StoreError
from node.store.interface import Store

# Counting reads every record.  What took long is kept for so many times as long, whatever comes in: a
# hundredth of the node's time at most goes into it.  What took less than this many seconds is never out of
# date.
KEPT_FOR_TIMES = 100
QUICKLY_COUNTED_S = 0.05


class Transparency:
    """What a node publishes of privacy."""

    def __init__(
        self, store: Store, home: Path | None = None, blocked_since: Callable[[], Iterable[str]] = tuple
    ) -> None:
        """`home` holds the register; `blocked_since` gives the days (UTC) of this node's blocks."""
        self._store = store
        self._home = home
        self._blocked_since = blocked_since
        self._holdings: Holdings | None = None
        self._records = -1
        self._counted_s = 0.0
        self._took_s = 0.0
        self._turn = asyncio.Lock()

    async def figures(self) -> dict[str, Any]:
        """Return the figures; the register and the blocks as of now.

        Raises `StoreError`, also where the register cannot be read.
        """
        async with self._turn:
            began_s = time.monotonic()
            records = (await self._store.counts()).records
            age_s = began_s - self._counted_s
            slow = self._took_s > QUICKLY_COUNTED_S
            is_fresh = records == self._records or (slow and age_s < KEPT_FOR_TIMES * self._took_s)
            if self._holdings is None or not is_fresh:
                self._holdings = await count_holdings(self._store)
                self._records = records
                self._counted_s = time.monotonic()
                self._took_s = self._counted_s - began_s
            holdings = self._holdings
        try:
            requests = () if self._home is None else requests_noted(self._home)
        except ConfigError as fault:
            raise StoreError(str(fault)) from None
        return published(holdings, requests, self._blocked_since())
