"""The documents that say what there is: landing page, classes kept to, collections (OGC 17-069r4)."""

from collections.abc import Mapping
from typing import Any

from node.atlas.collections import COLLECTIONS
from node.atlas.feature import moment_text
from node.atlas.reading import Extent
from node.web.ogc.conformance import CONFORMANCE_CLASSES
from node.web.ogc.links import (
    GEOJSON,
    JSON,
    OPENAPI,
    PAGE,
    QUERYABLES_REL,
    SCHEMA,
    SCHEMA_REL,
    link,
    own_links,
)
from node.web.ogc.parameters import CRS84
from node.web.ogc.reader import Reader
from node.web.words.collection_words import collection_title
from protocol.geometry_units import UNITS_PER_DEGREE

Extents = Mapping[str, Extent | None]


def landing(reader: Reader, node_name: str) -> dict[str, Any]:
    """Return the document where programs begin."""
    say, base = reader.asked.say, reader.base
    return {
        "title": node_name,
        "description": say(
            "Commons and the pacts that care for them, as the communities and offices that know them tell of "
            "them. Records are signed; each feature says who speaks, and links to its page."
        ),
        "attribution": say("{node} and the authors of its records", node=node_name),
        "links": [
            *own_links(reader, ""),
            link(f"{base}/api", "service-desc", OPENAPI, say("What can be asked, for programs (OpenAPI)")),
            link(f"{base}/api?f=html", "service-doc", PAGE, say("What can be asked, for people")),
            link(f"{base}/conformance", "conformance", JSON, say("Standards that it keeps to")),
            link(f"{base}/collections", "data", JSON, say("What there is")),
            *_beside(reader),
        ],
    }


def conformance(reader: Reader) -> dict[str, Any]:
    """Return the document of standards that are kept to."""
    return {"conformsTo": list(CONFORMANCE_CLASSES), "links": own_links(reader, "/conformance")}


def collections(reader: Reader, extents: Extents) -> dict[str, Any]:
    """Return the list of collections."""
    return {
        "links": [*own_links(reader, "/collections"), *_beside(reader)],
        "crs": [CRS84],
        "collections": [collection(reader, name, extents.get(name)) for name in COLLECTIONS],
    }


def collection(reader: Reader, name: str, extent: Extent | None) -> dict[str, Any]:
    """Return the document of a collection."""
    say, found = reader.asked.say, COLLECTIONS[name]
    address = f"{reader.base}/collections/{name}"
    return {
        "id": name,
        "title": collection_title(say, name),
        "description": say(found.description),
        "itemType": "feature",
        "crs": [CRS84],
        "storageCrs": CRS84,
        **({} if extent is None else {"extent": _extent(extent)}),
        "links": [
            *own_links(reader, f"/collections/{name}"),
            link(f"{address}/items", "items", GEOJSON, say("Features")),
            link(f"{address}/items?f=html", "items", PAGE, say("Features as pages")),
            link(f"{address}/queryables", QUERYABLES_REL, SCHEMA, say("What can be asked of them")),
            link(f"{address}/schema", SCHEMA_REL, SCHEMA, say("What is told of them")),
            *_beside(reader),
        ],
    }


def _extent(extent: Extent) -> dict[str, Any]:
    """Return where and when the features are: from when the first was told of, without an end."""
    told: dict[str, Any] = {"temporal": {"interval": [[moment_text(extent.since_ms), None]]}}
    if extent.box is not None:
        degrees = [edge / UNITS_PER_DEGREE for edge in extent.box]
        told["spatial"] = {"bbox": [degrees], "crs": CRS84}
    return told


def _beside(reader: Reader) -> list[dict[str, str]]:
    """Return links to what a node has beside features: the same as tiles, and terms of use."""
    say, origin = reader.asked.say, reader.asked.origin
    return [
        link(f"{origin}/open-data#licences", "license", PAGE, say("Under which licences")),
        link(f"{origin}/tiles.json", "tiles", JSON, say("The same as vector tiles (TileJSON)")),
    ]
