"""Features as GeoJSON (RFC 7946): a page of a collection, and one by its id (OGC 17-069r4 §7.15, §7.16).

The atlas has each feature ready to be sent; what stands around them is written here.
"""

from collections.abc import Mapping
from typing import Any

from node.atlas.collections import COLLECTIONS
from node.atlas.feature import moment_text
from node.atlas.paging import PAGE_LENGTH_MAX
from node.atlas.reading import Atlas, FeaturePage
from node.web.exchange.problem import not_held
from node.web.ogc.links import GEOJSON, JSON, PAGE, link, with_query
from node.web.ogc.parameters import CRS84, ItemsAsked, items_asked
from node.web.ogc.reader import Reader
from node.web.ogc.serving import Answer, Places, json_bytes, page_answer, require_changed, version_tag

# Of an answer of more than one page of the atlas: the next link leads on.
ANSWER_SIZE_MAX_BYTES = 8 * 1_024 * 1_024

CRS_HEADER = {"Content-Crs": f"<{CRS84}>"}


async def items_answer(
    reader: Reader, atlas: Atlas, name: str, node_name: str, now_ms: int, large: Places
) -> Answer:
    """Answer `/collections/{name}/items`; `large` are places for answers of more than one page of the atlas.

    Raises `Problem`, `Unchanged`, `StoreError`.
    """
    asked = items_asked(reader, COLLECTIONS[name])
    await atlas.require_complete()
    await require_changed(reader, atlas)
    if asked.limit > PAGE_LENGTH_MAX:
        large.take(reader)
    page = await read_page(atlas, name, asked)
    matched = await number_matched(atlas, name, asked, page)
    tag = version_tag(reader, page.version)
    if reader.as_page:
        from node.web.ogc.pages.items import items_page

        after = None if page.after is None else next_query(reader, page)
        shown = items_page(reader.page_asked, node_name, name, page, matched, after)
        return page_answer(reader, shown, tag)
    end: dict[str, Any] = {
        "links": _page_links(reader, name, page),
        "timeStamp": moment_text(now_ms - now_ms % 1_000),
        "numberReturned": len(page.features),
    }
    if matched is not None:
        end["numberMatched"] = matched
    body = b"".join(
        (
            b'{"type":"FeatureCollection","features":[\n',
            b",\n".join(page.features),
            b"\n],",
            json_bytes(end)[1:],
        )
    )
    return Answer(body, GEOJSON, tag, more=CRS_HEADER)


async def item_answer(reader: Reader, atlas: Atlas, name: str, node_name: str, identifier: str) -> Answer:
    """Answer `/collections/{name}/items/{identifier}`.  Raises `Problem`, `Unchanged`, `StoreError`."""
    reader.require_known(("crs",))
    await atlas.require_complete()
    await require_changed(reader, atlas)
    found = await atlas.versioned_feature(name, identifier)
    if found is None:
        raise not_held()
    version, feature = found
    tag = version_tag(reader, version)
    if reader.as_page:
        from node.web.ogc.pages.items import item_page

        return page_answer(reader, item_page(reader.page_asked, node_name, name, feature, reader.base), tag)
    address = f"{reader.base}/collections/{name}"
    links = [
        link(f"{address}/items/{identifier}", "self", GEOJSON),
        link(f"{address}/items/{identifier}?f=html", "alternate", PAGE),
        link(address, "collection", JSON),
        link(f"{reader.asked.origin}/thing/{identifier}", "canonical", PAGE),
    ]
    body = b"".join((feature[:-1], b',"links":', json_bytes(links), b"}"))
    return Answer(body, GEOJSON, tag, more=CRS_HEADER)


async def read_page(atlas: Atlas, name: str, asked: ItemsAsked) -> FeaturePage:
    """Return the features that are asked for, as many as one answer holds.  Raises `StoreError`."""
    features: list[bytes] = []
    size, after, offset = 0, asked.after, asked.offset
    while True:
        page = await atlas.features(
            name,
            bbox=asked.box,
            exact=asked.exact,
            when=asked.when,
            where=asked.where,
            limit=asked.limit - len(features),
            after=after,
            offset=offset,
            shapes=asked.shapes,
        )
        features += page.features
        size += sum(map(len, page.features))
        if page.after is None or len(features) >= asked.limit or size >= ANSWER_SIZE_MAX_BYTES:
            return FeaturePage(features, page.after, page.version)
        after, offset = page.after, 0


async def number_matched(atlas: Atlas, name: str, asked: ItemsAsked, page: FeaturePage) -> int | None:
    """Return how many features there are of which what is asked holds, None where that costs too much.

    A box that somebody moves over a map is asked once; through a collection or a filter, they read on.
    """
    if page.after is None and not asked.after and not asked.offset:
        return len(page.features)
    if asked.box is not None or asked.shapes:
        return None
    return await atlas.count(name, when=asked.when, where=asked.where)


def next_query(reader: Reader, page: FeaturePage) -> Mapping[str, str]:
    """Return the parameters of the page after a page."""
    kept = {key: value for key, value in reader.query.items() if key not in ("offset", "after")}
    return {**kept, "after": str(page.after)}


def _page_links(reader: Reader, name: str, page: FeaturePage) -> list[dict[str, str]]:
    query = dict(reader.query)
    address = f"{reader.base}/collections/{name}"
    links = [
        link(with_query(f"{address}/items", query), "self", GEOJSON),
        link(with_query(f"{address}/items", {**query, "f": "html"}), "alternate", PAGE),
        link(address, "collection", JSON),
    ]
    if page.after is not None:
        links.append(link(with_query(f"{address}/items", dict(next_query(reader, page))), "next", GEOJSON))
    return links
