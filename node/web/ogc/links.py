"""Links of the API: where else to go from a document, and in which form (OGC 17-069r4 §5.2)."""

from typing import Any
from urllib.parse import urlencode

from node.web.ogc.reader import Reader

GEOJSON = "application/geo+json"
JSON = "application/json"
PAGE = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
SCHEMA_REL = "http://www.opengis.net/def/rel/ogc/1.0/schema"


def link(href: str, rel: str, kind: str, title: str | None = None) -> dict[str, str]:
    """Return a link as documents have it."""
    made = {"href": href, "rel": rel, "type": kind}
    return made if title is None else {**made, "title": title}


def own_links(reader: Reader, path: str, kind: str = JSON) -> list[dict[str, str]]:
    """Return the links of a document to itself and to its page."""
    say = reader.asked.say
    return [
        link(reader.base + path, "self", kind, say("This document")),
        link(f"{reader.base}{path}?f=html", "alternate", PAGE, say("This document as a page")),
    ]


# Boxes and moments stay legible.
COMMAS = ",:/"


def with_query(address: str, query: dict[str, Any]) -> str:
    """Return an address with parameters."""
    return f"{address}?{urlencode(query, safe=COMMAS)}" if query else address
