"""The addresses of the map: its files, the list beside it, a card of one thing, what a search finds."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from node.atlas.reading import Atlas
from node.web.exchange.asked import Asked
from node.web.exchange.problem import not_here
from node.web.frame.surroundings import Surroundings

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


def map_routes(
    surroundings: Callable[[Asked], Surroundings], atlas: Callable[[], Atlas | None]
) -> dict[str, Handler]:
    """Return the addresses; without an atlas there is no map, but things are found by their names."""

    async def file(request: web.Request, _: Asked) -> web.Response:
        from node.web.map.map_files import map_file_answer

        return await map_file_answer(request)

    async def seen(_: web.Request, asked: Asked) -> web.Response:
        from node.web.map.seen import seen_answer

        return await seen_answer(surroundings(asked), _there(atlas()))

    async def card(request: web.Request, asked: Asked) -> web.Response:
        from node.web.map.seen import card_answer

        return await card_answer(surroundings(asked), _there(atlas()), request.match_info["id"])

    async def found(_: web.Request, asked: Asked) -> web.Response:
        from node.web.map.seen import found_answer

        return await found_answer(surroundings(asked))

    return {
        "/static/map/{version}/{name}": file,
        "/map/seen.json": seen,
        "/map/card/{id}.json": card,
        "/map/found.json": found,
    }


def _there(atlas: Atlas | None) -> Atlas:
    if atlas is None:
        raise not_here()
    return atlas
