"""The pages of a node on an aiohttp application: addresses, limits, and one way for things to go wrong."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from aiohttp import web

from node.atlas.reading import Atlas, AtlasUnfinished
from node.log import shown
from node.peers.inbound import source_of
from node.privacy.publishing import Transparency
from node.store.errors import SearchTooLong, StoreError
from node.store.interface import Store
from node.trust.blocks import Blocks
from node.trust.circle import Neighbourhood
from node.trust.veil import veiled
from node.web.about.about_routes import about_routes
from node.web.about.front import FrontView, front_answer
from node.web.exchange.answer import (
    PROBLEM_JSON,
    data_answer,
    deliver,
    kept_here,
    page_answer,
    preflight_answer,
    unchanged,
)
from node.web.exchange.asked import COMMENTING, WRITING, Asked, asked_by
from node.web.exchange.gate import Gate
from node.web.exchange.problem import (
    Problem,
    being_drawn,
    not_allowed,
    not_here,
    own_fault,
    search_too_long,
    store_silent,
)
from node.web.exchange.streamed import Streamed
from node.web.frame.error_page import error_page
from node.web.frame.static_files import static_answer
from node.web.frame.surroundings import Surroundings
from node.web.frame.written import written_page
from node.web.map.figure import Drawings
from node.web.map.map_routes import map_routes
from node.web.map.tiles import tile_routes
from node.web.ogc.addresses import add_ogc
from node.web.opendata.addresses import opendata_routes
from node.web.operation.addresses import operation_routes
from node.web.operation.traffic import Traffic
from node.web.pacts.pact_routes import pact_routes
from node.web.records.blocked_page import notice
from node.web.records.exported import exported_routes
from node.web.records.record_routes import record_routes
from protocol.keys import SigningKey

if TYPE_CHECKING:
    from node.claims.finding import ClaimFinder
    from node.web.writing.desk import Desk

log = logging.getLogger(__name__)


class NodeView(Protocol):
    """What the pages ask of a node."""

    @property
    def store(self) -> Store:
        """What it holds."""

    @property
    def near(self) -> Neighbourhood:
        """Whom those who run it know."""

    @property
    def blocks(self) -> Blocks:
        """What its operator does not show."""

    @property
    def atlas(self) -> Atlas | None:
        """What is drawn of it, for maps; None where nothing is."""

    @property
    def transparency(self) -> Transparency:
        """What it publishes of privacy."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def signing_key(self) -> SigningKey:
        """Its key, which signs the archives that it gives out."""

    @property
    def node_id_text(self) -> str:
        """Its key, as people see it."""

    async def status(self) -> Mapping[str, Any]:
        """How it is: `software`, `network` and `peers` (a list) are shown, the rest is the operator's own.

        `storage_fault` says why it takes nothing in.
        """


Handler = Callable[[web.Request, Asked], Awaitable[web.StreamResponse]]
Clock = Callable[[], int]


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def web_application(
    view: NodeView,
    *,
    language: str = "auto",
    metrics: str = "local",
    shared: bool = True,
    desk: "Desk | None" = None,
    clock: Clock = _now_ms,
) -> web.Application:
    """Return an application that serves nothing but the pages of a node."""
    app = web.Application()
    add_pages(app, view, language=language, metrics=metrics, shared=shared, desk=desk, clock=clock)
    return app


def add_pages(
    app: web.Application,
    view: NodeView,
    *,
    language: str = "auto",
    metrics: str = "local",
    shared: bool = True,
    desk: "Desk | None" = None,
    clock: Clock = _now_ms,
) -> None:
    """Serve the pages of a node from `app`, and an explanation at every address that is nothing else's.

    `language` is that of the pages, `auto` for each reader's; `metrics` says who may read its figures (`off`,
    `local`, `all`); `shared`, whether scripts of other sites may read its data, as a browser within a private
    federation would let them; `desk` is where people of the node write, None where nobody does; `clock` gives
    milliseconds since 1970 UTC.
    What makes a kind of page is loaded when somebody first asks for one: a node starts without it.
    """
    gate, traffic = Gate(), Traffic()
    finder: ClaimFinder | None = None

    async def end_finder(_: web.Application) -> None:
        if finder is not None:
            await finder.aclose()

    app.on_cleanup.append(end_finder)

    drawings = Drawings()

    def surroundings(asked: Asked) -> Surroundings:
        store = veiled(view.store, view.blocks, notice(asked))
        return Surroundings(store, view.name, asked, clock(), view.blocks)

    async def front(_: web.Request, asked: Asked) -> web.Response:
        seen = FrontView(view.node_id_text, await view.status(), view.atlas, drawings)
        return await front_answer(surroundings(asked), seen)

    async def thing(request: web.Request, asked: Asked) -> web.Response:
        from node.claims.finding import ClaimFinder
        from node.web.thing import thing_answer

        nonlocal finder
        finder = finder or ClaimFinder(view.store)
        return await thing_answer(surroundings(asked), view.near, finder, request.match_info["id"])

    async def checking(_: web.Request, asked: Asked) -> web.Response:
        return page_answer(written_page(surroundings(asked), "checking"), asked.say.language)

    async def territories(_: web.Request, asked: Asked) -> web.Response:
        from node.web.territories.territory_page import territories_answer

        return await territories_answer(surroundings(asked))

    async def territory(request: web.Request, asked: Asked) -> web.Response:
        from node.web.territories.territory_page import territory_answer

        return await territory_answer(surroundings(asked), request.match_info["id"])

    async def schemas(_: web.Request, asked: Asked) -> web.Response:
        from node.web.about.schema_pages import schemas_answer

        return schemas_answer(surroundings(asked))

    async def schema(request: web.Request, _: Asked) -> web.Response:
        from node.web.about.schema_pages import schema_answer

        return schema_answer(request.match_info["name"])

    async def transparency(_: web.Request, asked: Asked) -> web.Response:
        from node.web.about.transparency import transparency_answer

        return transparency_answer(surroundings(asked), await view.transparency.figures())

    async def static(request: web.Request, _: Asked) -> web.Response:
        return static_answer(request.match_info["name"])

    routes: dict[str, Handler] = {
        "/": front,
        "/index.json": front,
        "/thing/{id}": thing,
        "/checking": checking,
        "/territories": territories,
        "/territory/{id}": territory,
        "/schemas": schemas,
        "/schemas/": schemas,
        "/schemas/index.json": schemas,
        "/schemas/{name}": schema,
        "/transparency": transparency,
        "/transparency.json": transparency,
        "/static/{name}": static,
    }
    routes |= opendata_routes(app, view, surroundings) | map_routes(surroundings, lambda: view.atlas)
    routes |= tile_routes(view)
    routes |= about_routes(view, surroundings)
    routes |= exported_routes(view) | record_routes(view, surroundings) | pact_routes(surroundings)
    for path, handler in routes.items():
        app.router.add_get(path, _served(handler, gate, traffic, view, language, shared))
    for path, handler in operation_routes(view, traffic, metrics).items():
        app.router.add_get(path, _served(handler, gate, traffic, view, language, False, always_data=True))
    if desk is not None:
        _add_desk(
            app, desk, surroundings, lambda handler: _served(handler, gate, traffic, view, language, False)
        )
    add_ogc(app, view, gate, traffic, language, shared, clock)
    app.router.add_route(
        "*", r"/{elsewhere:[\s\S]*}", _served(_elsewhere(shared), gate, traffic, view, language, shared)
    )


def _elsewhere(shared: bool) -> Handler:
    """Return what answers at every address and to every method that nothing else does."""

    async def elsewhere(request: web.Request, _: Asked) -> web.Response:
        if shared and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return preflight_answer()
        raise not_here() if request.method in ("GET", "HEAD") else not_allowed()

    return elsewhere


def _add_desk(
    app: web.Application,
    desk: "Desk",
    surroundings: Callable[[Asked], Surroundings],
    served: Callable[[Handler], Callable[[web.Request], Awaitable[web.StreamResponse]]],
) -> None:
    """Serve the pages of those who write."""
    from node.web.writing.addresses import writing_routes

    app[WRITING], app[COMMENTING] = True, desk.settings.web_comments
    for method, path, handler in writing_routes(desk, surroundings):
        if method == "GET":
            app.router.add_get(path, served(handler))  # and HEAD
        else:
            app.router.add_route(method, path, served(handler))

    async def close(_: web.Application) -> None:
        for end in desk.at_end:
            await end()
        await asyncio.to_thread(desk.close)

    app.on_cleanup.append(close)


def _served(
    handler: Handler,
    gate: Gate,
    traffic: Traffic,
    view: NodeView,
    language: str,
    shared: bool,
    always_data: bool = False,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Wrap a handler: what it raises becomes an explanation, what it returns is delivered within limits."""

    async def serve(request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        response = await answer(request)
        seconds = time.monotonic() - began
        traffic.note(_pattern(request), request.method, response.status, seconds)
        # Of the reader nothing: whoever wants addresses in a log has a proxy that writes one.
        log.debug("%s %s: %d in %.0f ms", request.method, shown(request.path), response.status, seconds * 1e3)
        return response

    async def answer(request: web.Request) -> web.StreamResponse:
        source = source_of(request.remote or "")
        asked = asked_by(request, language)
        try:
            gate.enter(source)
        except Problem as problem:
            return await deliver(request, _explained(problem, asked, view.name, always_data))
        try:
            try:
                response = unchanged(request, await handler(request, asked))
                if isinstance(response, Streamed) and request.method != "HEAD":
                    await response.begin()
            except Problem as problem:
                response = _explained(problem, asked, view.name, always_data)
            except SearchTooLong:
                response = _explained(search_too_long(), asked, view.name, always_data)
            except AtlasUnfinished:
                response = _explained(being_drawn(), asked, view.name, always_data)
            except (StoreError, TimeoutError) as error:
                log.warning("a page could not be read from the store: %s", error)
                response = _explained(store_silent(), asked, view.name, always_data)
            except Exception as error:  # a reader gets an explanation, the operator the trace
                if isinstance(error, ConnectionError) and _has_left(request):
                    return web.Response(status=400)  # to nobody: it is only counted
                log.exception("a mistake of ours at %s", shown(request.path))
                response = _explained(own_fault(), asked, view.name, always_data)
            if not shared:
                kept_here(response)
            if isinstance(response, Streamed):
                await response.send(request)
                return response
            return await deliver(request, response)
        finally:
            gate.leave(source)

    return serve


def _has_left(request: web.Request) -> bool:
    """Whether a reader has gone away before all that they sent was here: that is nobody's mistake."""
    return request.transport is None or request.transport.is_closing()


def _pattern(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "other" if resource is None else resource.canonical


def _explained(problem: Problem, asked: Asked, name: str, always_data: bool) -> web.Response:
    if asked.as_data or always_data:
        data = problem.data(asked.say, asked.path)
        response = data_answer(data, problem.status, PROBLEM_JSON)
    else:
        response = page_answer(error_page(problem, asked, name), asked.say.language, problem.status)
    response.headers.update(problem.headers)
    return response
