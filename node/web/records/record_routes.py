"""The addresses of records: what is checked of a paper, and what of a record."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from node.web.exchange.asked import Asked
from node.web.frame.surroundings import Surroundings

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


def record_routes(surroundings: Callable[[Asked], Surroundings]) -> dict[str, Handler]:
    """Return the addresses of the pages about records."""

    async def check(request: web.Request, asked: Asked) -> web.Response:
        from node.web.records.check_page import check_answer

        return await check_answer(surroundings(asked), request.match_info.get("id", asked.query.get("q")))

    return {"/check": check, "/check/{id}": check}
