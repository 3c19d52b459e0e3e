"""Where open data is: `/download/…`."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from node.atlas.reading import Atlas
from node.web.exchange.asked import Asked
from node.web.exchange.problem import not_here
from node.web.frame.surroundings import Surroundings

Handler = Callable[[web.Request, Asked], Awaitable[web.StreamResponse]]


class Drawn(Protocol):
    """What open data is made from."""

    @property
    def name(self) -> str:
        """What the node is called."""

    @property
    def atlas(self) -> Atlas | None:
        """Its features; None where there are none for want of a home."""


def opendata_routes(
    app: web.Application, view: Drawn, surroundings: Callable[[Asked], Surroundings]
) -> dict[str, Handler]:
    """Return what answers at each address; what that keeps open is closed with `app`."""
    from node.web.opendata.downloads import Downloads

    downloads: Downloads | None = None

    def needed() -> Downloads:
        nonlocal downloads
        if view.atlas is None:
            raise not_here()
        downloads = downloads or Downloads(view.atlas.home)
        return downloads

    async def close(_: web.Application) -> None:
        if downloads is not None:
            await downloads.aclose()

    app.on_cleanup.append(close)

    async def download(request: web.Request, asked: Asked) -> web.StreamResponse:
        return await needed().answer(request, asked, view.name)

    return {"/download/{name}": download}
