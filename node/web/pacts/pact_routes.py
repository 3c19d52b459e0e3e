"""The addresses of what is told of pacts beside their own pages."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from node.web.exchange.asked import Asked
from node.web.frame.surroundings import Surroundings

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


def pact_routes(surroundings: Callable[[Asked], Surroundings]) -> dict[str, Handler]:
    """Return the addresses of the figures of pacts."""

    async def figures(request: web.Request, asked: Asked) -> web.Response:
        from node.web.pacts.figures_page import figures_answer

        return await figures_answer(surroundings(asked), request.match_info["id"])

    return {"/thing/{id}/figures": figures}
