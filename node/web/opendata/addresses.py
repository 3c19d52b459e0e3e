"""Where open data is: `/open-data`, `/download/…`, `/catalog.jsonld`, `/feed.atom`."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from aiohttp import web

from node.atlas.reading import Atlas
from node.web.exchange.asked import Asked
from node.web.exchange.problem import not_here
from node.web.frame.surroundings import Surroundings
from node.web.opendata.services import Services

if TYPE_CHECKING:
    from node.web.opendata.downloads import Downloads

Handler = Callable[[web.Request, Asked], Awaitable[web.StreamResponse]]


class Drawn(Protocol):
    """What open data is made from."""

    @property
    def name(self) -> str:
        """What the node is called."""

    @property
    def node_id_text(self) -> str:
        """Its key, as people see it."""

    @property
    def atlas(self) -> Atlas | None:
        """Its features; None where there are none for want of a home."""


def opendata_routes(
    app: web.Application, view: Drawn, surroundings: Callable[[Asked], Surroundings]
) -> dict[str, Handler]:
    """Return what answers at each address; what that keeps open is closed with `app`."""
    downloads: Downloads | None = None

    def needed() -> "Downloads":
        from node.web.opendata.downloads import Downloads

        nonlocal downloads
        if view.atlas is None:
            raise not_here()
        downloads = downloads or Downloads(view.atlas)
        return downloads

    async def close(_: web.Application) -> None:
        if downloads is not None:
            await downloads.aclose()

    app.on_cleanup.append(close)

    async def download(request: web.Request, asked: Asked) -> web.StreamResponse:
        return await needed().answer(request, asked, view.name)

    async def page(request: web.Request, asked: Asked) -> web.StreamResponse:
        from node.web.opendata.open_data import open_data_answer

        here = surroundings(asked)
        return await open_data_answer(here, needed().surveyor, view.node_id_text, _services(request))

    async def catalogue(request: web.Request, asked: Asked) -> web.StreamResponse:
        from node.web.opendata.open_data import catalogue_answer

        here = surroundings(asked)
        return await catalogue_answer(here, needed().surveyor, view.node_id_text, _services(request))

    async def feed(_: web.Request, asked: Asked) -> web.StreamResponse:
        from node.web.opendata.feed import feed_answer

        return await feed_answer(surroundings(asked), view.node_id_text)

    return {
        "/open-data": page,
        "/catalog.jsonld": catalogue,
        "/download/{name}": download,
        "/feed.atom": feed,
    }


def _services(request: web.Request) -> Services:
    """Return which services this node has: a part of it may be of another time than this one."""
    places = {resource.canonical for resource in request.app.router.resources()}
    return Services(features="/ogc" in places, tiles="/tiles.json" in places)
