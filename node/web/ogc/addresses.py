"""The addresses of the API, and what answers at each (OGC 17-069r4 §7.1)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from node.atlas.collections import COLLECTIONS
from node.atlas.reading import Atlas
from node.web.exchange.gate import Gate
from node.web.exchange.problem import not_here
from node.web.ogc.links import JSON, OPENAPI, SCHEMA
from node.web.ogc.reader import Reader
from node.web.ogc.serving import Answer, Answering, json_bytes, require_changed, served, version_tag
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


class _Api:
    def __init__(self, view: Charted, clock: Callable[[], int]) -> None:
        self._view = view
        self._clock = clock

    def _atlas(self) -> Atlas:
        atlas = self._view.atlas
        if atlas is None:
            raise not_here()
        return atlas

    async def landing(self, reader: Reader) -> Answer:
        from node.web.ogc import documents

        return await self._document(reader, lambda: documents.landing(reader, self._view.name))

    async def conformance(self, reader: Reader) -> Answer:
        from node.web.ogc import documents

        return await self._document(reader, lambda: documents.conformance(reader))

    async def description(self, reader: Reader) -> Answer:
        from node.web.ogc.openapi import openapi

        return await self._document(reader, lambda: openapi(reader, self._view.name), OPENAPI)

    async def collections(self, reader: Reader) -> Answer:
        from node.web.ogc import documents

        extents = {name: await self._atlas().extent(name) for name in COLLECTIONS}
        return await self._document(reader, lambda: documents.collections(reader, extents))

    async def collection(self, reader: Reader) -> Answer:
        from node.web.ogc import documents

        name = _collection(reader)
        extent = await self._atlas().extent(name)
        return await self._document(reader, lambda: documents.collection(reader, name, extent))

    async def queryables(self, reader: Reader) -> Answer:
        from node.web.ogc import schemas

        name = _collection(reader)
        return await self._document(reader, lambda: schemas.queryables(reader, name), SCHEMA)

    async def schema(self, reader: Reader) -> Answer:
        from node.web.ogc import schemas

        name = _collection(reader)
        return await self._document(reader, lambda: schemas.schema(reader, name), SCHEMA)

    async def items(self, reader: Reader) -> Answer:
        from node.web.ogc.items import items_answer

        return await items_answer(reader, self._atlas(), _collection(reader), self._clock())

    async def item(self, reader: Reader) -> Answer:
        from node.web.ogc.items import item_answer

        return await item_answer(reader, self._atlas(), _collection(reader), reader.request.match_info["id"])

    async def _document(
        self, reader: Reader, make: Callable[[], Mapping[str, Any]], kind: str = JSON
    ) -> Answer:
        reader.require_known(())
        await require_changed(reader, self._atlas())
        tag = version_tag(reader, await self._atlas().version())
        return Answer(json_bytes(make()), kind, tag, reader.asked.say.language)


def _collection(reader: Reader) -> str:
    name = reader.request.match_info["name"]
    if name not in COLLECTIONS:
        raise not_here()
    return name
