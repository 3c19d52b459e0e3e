"""Whether a node is well (`/healthz`) and whether its pages show all that it holds (`/readyz`).

A supervisor starts a node again that is not well; a proxy sends readers to one that is ready.
"""

import asyncio

from aiohttp import web

from node.store.interface import Store
from node.web.exchange.answer import data_answer

# A store that has not answered a small question by then does not answer.
STORE_ANSWER_MAX_S = 10.0


async def health_answer(store: Store) -> web.Response:
    """Answer `/healthz`: the store answers.  Raises `StoreError` or `TimeoutError`."""
    async with asyncio.timeout(STORE_ANSWER_MAX_S):
        counts = await store.counts()
    return data_answer({"status": "ok", "records": counts.records})


async def readiness_answer(store: Store, faults: list[str]) -> web.Response:
    """Answer `/readyz`: 200, or 503 with what is not ready yet.

    `faults` are those for which the node takes nothing in.  Raises `StoreError` or `TimeoutError`.
    """
    async with asyncio.timeout(STORE_ANSWER_MAX_S):
        waiting = ["lists and figures are being made anew"] if await store.is_rebuilding() else []
        await store.counts()
    waiting += faults
    if waiting:
        return data_answer({"status": "waiting", "for": waiting}, 503)
    return data_answer({"status": "ready"})
