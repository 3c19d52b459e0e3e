"""The address of what a node says of itself."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from node.web.exchange.asked import Asked
from node.web.frame.surroundings import Surroundings

Handler = Callable[[web.Request, Asked], Awaitable[web.Response]]


class AboutView(Protocol):
    """What the page of a node asks of it."""

    @property
    def node_id_text(self) -> str:
        """Its key, as people see it."""

    async def status(self) -> Mapping[str, Any]:
        """How it is."""


def about_routes(view: AboutView, surroundings: Callable[[Asked], Surroundings]) -> dict[str, Handler]:
    """Return the addresses of the page of a node."""

    async def node(_: web.Request, asked: Asked) -> web.Response:
        from node.web.about.node_page import node_answer

        return await node_answer(surroundings(asked), view.node_id_text, await view.status())

    return {"/node": node}
