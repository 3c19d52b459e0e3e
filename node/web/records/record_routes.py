"""The addresses of records: what each says and proves, their versions, and papers printed of them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from node.store.interface import Store
from node.trust.blocks import Blocks
from node.web.exchange.asked import Asked
from node.web.frame.surroundings import Surroundings

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


class RecordView(Protocol):
    """What the pages of records ask of a node."""

    @property
    def store(self) -> Store:
        """All that is held."""

    @property
    def blocks(self) -> Blocks:
        """What is not shown."""

    async def status(self) -> Mapping[str, Any]:
        """How the node is."""


def record_routes(view: RecordView, surroundings: Callable[[Asked], Surroundings]) -> dict[str, Handler]:
    """Return the addresses of the pages about records, their versions, and papers printed of them."""

    async def record(request: web.Request, asked: Asked) -> web.Response:
        from node.web.records.record_data import record_answer
        from node.web.records.record_page import record_page_answer

        text = request.match_info["id"]
        if asked.as_data:
            return await record_answer(view.store, view.blocks, text)
        return await record_page_answer(surroundings(asked), text, await view.status())

    async def versions(request: web.Request, asked: Asked) -> web.Response:
        from node.web.records.versions import versions_answer

        return await versions_answer(surroundings(asked), request.match_info["id"])

    async def compare(request: web.Request, asked: Asked) -> web.Response:
        from node.web.records.compare_page import compare_answer

        return await compare_answer(surroundings(asked), request.match_info["id"])

    async def check(request: web.Request, asked: Asked) -> web.Response:
        from node.web.records.check_page import check_answer

        return await check_answer(surroundings(asked), request.match_info.get("id", asked.query.get("q")))

    return {
        "/record/{id}": record,
        "/thing/{id}/versions": versions,
        "/thing/{id}/compare": compare,
        "/check": check,
        "/check/{id}": check,
    }
