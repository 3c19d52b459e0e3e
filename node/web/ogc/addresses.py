"""The addresses of the API, and what answers at each (OGC 17-069r4 §7.1)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from node.atlas.collections import COLLECTIONS
from node.atlas.reading import Atlas
from node.web.exchange.gate import Gate
from node.web.exchange.problem import not_here
from node.web.frame.markup import Element
from node.web.ogc.links import JSON, OPENAPI, SCHEMA
from node.web.ogc.reader import Reader
from node.web.ogc.serving import (
    Answer,
    Answering,
    Places,
    json_bytes,
    page_answer,
    require_changed,
    served,
    version_tag,
)
from node.web.operation.traffic import Traffic


class Charted(Protocol):
    """What the API asks of a node."""

    @property
    def atlas(self) -> Atlas | None:
        """Its features; None where it draws none."""

    @property
    def name(self) -> str:
        """What it is called."""


def add_ogc(
    app: web.Application,
    view: Charted,
    gate: Gate,
    traffic: Traffic,
    language: str,
    shared: bool,
    clock: Callable[[], int],
) -> None:
    """Serve the API from `app`, at `/ogc`; what it consists of is loaded when somebody first asks.

    The rest is as in `node.web.application.add_pages`.
    """
    api = _Api(view, clock)
    addresses: dict[str, Answering] = {
        "/ogc": api.landing,
        "/ogc/": api.landing,
        "/ogc/api": api.description,
        "/ogc/conformance": api.conformance,
        "/ogc/collections": api.collections,
        "/ogc/collections/{name}": api.collection,
        "/ogc/collections/{name}/queryables": api.queryables,
        "/ogc/collections/{name}/schema": api.schema,
        "/ogc/collections/{name}/items": api.items,
        "/ogc/collections/{name}/items/{id}": api.item,
    }
    for address, answering in addresses.items():
        app.router.add_get(address, served(answering, gate, traffic, lambda: view.name, language, shared))


# Each of 8 MB, and as much again while it is made.
LARGE_MAX = 4


class _Api:
    def __init__(self, view: Charted, clock: Callable[[], int]) -> None:
        self._view = view
        self._clock = clock
        self._large = Places(LARGE_MAX)

    def _atlas(self) -> Atlas:
        atlas = self._view.atlas
        if atlas is None:
            raise not_here()
        return atlas

    async def landing(self, reader: Reader) -> Answer:
        from node.web.ogc import documents
        from node.web.ogc.pages import about

        document = documents.landing(reader, self._view.name)
        if not reader.as_page:
            return await self._document(reader, document)
        counts = await self._counts()
        return await self._page(
            reader, about.landing_page(reader.page_asked, self._view.name, document, counts, reader.base)
        )

    async def conformance(self, reader: Reader) -> Answer:
        from node.web.ogc import documents
        from node.web.ogc.pages import about

        if not reader.as_page:
            return await self._document(reader, documents.conformance(reader))
        return await self._page(reader, about.conformance_page(reader.page_asked, self._view.name))

    async def description(self, reader: Reader) -> Answer:
        from node.web.ogc.openapi import openapi
        from node.web.ogc.pages.api import description_page

        document = openapi(reader, self._view.name)
        if not reader.as_page:
            return await self._document(reader, document, OPENAPI)
        return await self._page(reader, description_page(reader.page_asked, self._view.name, document))

    async def collections(self, reader: Reader) -> Answer:
        from node.web.ogc import documents
        from node.web.ogc.pages import about

        if not reader.as_page:
            extents = {name: await self._atlas().extent(name) for name in COLLECTIONS}
            return await self._document(reader, documents.collections(reader, extents))
        counts = await self._counts()
        return await self._page(reader, about.collections_page(reader.page_asked, self._view.name, counts))

    async def collection(self, reader: Reader) -> Answer:
        from node.web.ogc import documents
        from node.web.ogc.pages import about

        name = _collection(reader)
        document = documents.collection(reader, name, await self._atlas().extent(name))
        if not reader.as_page:
            return await self._document(reader, document)
        count = await self._atlas().count(name)
        return await self._page(
            reader,
            about.collection_page(reader.page_asked, self._view.name, name, document, count, reader.base),
        )

    async def queryables(self, reader: Reader) -> Answer:
        from node.web.ogc import schemas

        name = _collection(reader)
        return await self._schema(reader, name, schemas.queryables(reader, name), schemas.QUERYABLES)

    async def schema(self, reader: Reader) -> Answer:
        from node.web.ogc import schemas

        name = _collection(reader)
        return await self._schema(reader, name, schemas.schema(reader, name), schemas.SCHEMA_OF)

    async def items(self, reader: Reader) -> Answer:
        from node.web.ogc.items import items_answer

        return await items_answer(
            reader, self._atlas(), _collection(reader), self._view.name, self._clock(), self._large
        )

    async def item(self, reader: Reader) -> Answer:
        from node.web.ogc.items import item_answer

        identifier = reader.request.match_info["id"]
        return await item_answer(reader, self._atlas(), _collection(reader), self._view.name, identifier)

    async def _counts(self) -> dict[str, int | None]:
        return {name: await self._atlas().count(name) for name in COLLECTIONS}

    async def _schema(self, reader: Reader, name: str, document: Mapping[str, Any], which: str) -> Answer:
        from node.web.ogc.pages.about import schema_page

        if not reader.as_page:
            return await self._document(reader, document, SCHEMA)
        return await self._page(
            reader, schema_page(reader.page_asked, self._view.name, name, document, which)
        )

    async def _document(self, reader: Reader, document: Mapping[str, Any], kind: str = JSON) -> Answer:
        tag = await self._tag(reader)
        return Answer(json_bytes(document), kind, tag, reader.asked.say.language)

    async def _page(self, reader: Reader, page: Element) -> Answer:
        return page_answer(reader, page, await self._tag(reader))

    async def _tag(self, reader: Reader) -> str:
        reader.require_known(())
        await require_changed(reader, self._atlas(), words=True)
        return version_tag(reader, await self._atlas().version(), words=True)


def _collection(reader: Reader) -> str:
    name = reader.request.match_info["name"]
    if name not in COLLECTIONS:
        raise not_here()
    return name
