"""The description of the API for programs: OpenAPI 3.0.3, made from what there is.

https://spec.openapis.org/oas/v3.0.3
"""

from collections.abc import Mapping
from typing import Any

from node.atlas.collections import COLLECTIONS, Collection, Property
from node.software import SOFTWARE
from node.web.ogc.filters.meaning import TEXT_LENGTH_MAX_CHARS, queryable
from node.web.ogc.filters.operands import ID, NUMBER_MAX
from node.web.ogc.filters.parsing import FILTER_LENGTH_MAX_CHARS
from node.web.ogc.links import GEOJSON, JSON, OPENAPI, PAGE, SCHEMA
from node.web.ogc.openapi_schemas import DOCUMENTS, feature_schema, page_schema
from node.web.ogc.parameters import (
    CQL2_TEXT,
    CRS84,
    CRS84H,
    DEGREES_MAX,
    LIMIT_DEFAULT,
    LIMIT_MAX,
    OFFSET_MAX,
)
from node.web.ogc.reader import Reader
from node.web.words.catalogue import catalogues
from node.web.words.collection_words import collection_title
from node.web.words.speech import N_, Speech

PROBLEM = "application/problem+json"


def openapi(reader: Reader, node_name: str) -> dict[str, Any]:
    """Return the description."""
    say = reader.asked.say
    paths: dict[str, Any] = {
        "/": _reading(say, "landing", N_("Where to begin"), {JSON: "landingPage"}),
        "/conformance": _reading(say, "conformance", N_("Standards that it keeps to"), {JSON: "confClasses"}),
        "/api": _reading(say, "api", N_("This description"), {OPENAPI: "any"}),
        "/collections": _reading(say, "collections", N_("What there is"), {JSON: "collections"}),
    }
    for name, collection in COLLECTIONS.items():
        paths |= _of_collection(say, name, collection)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": node_name,
            "description": say(
                "Features of a node of Minga, by OGC API – Features. For reading alone; no key is needed."
            ),
            "version": SOFTWARE.rpartition("/")[2],
        },
        "servers": [{"url": reader.base}],
        "tags": [
            {"name": "about", "description": say("What this is")},
            *({"name": name, "description": collection_title(say, name)} for name in COLLECTIONS),
        ],
        "paths": paths,
        "components": {
            "parameters": _parameters(say),
            "responses": _problems(say),
            "schemas": {
                **DOCUMENTS,
                **{f"{n}Feature": feature_schema(say, n, c) for n, c in COLLECTIONS.items()},
            },
        },
    }


def _of_collection(say: Speech, name: str, collection: Collection) -> dict[str, Any]:
    path, tag = f"/collections/{name}", name
    feature = f"{name}Feature"
    items = _reading(say, f"{name}.items", N_("Features, a page at a time"), {GEOJSON: f"{name}Page"}, tag)
    operation = items["get"]
    operation["parameters"] += [
        *({"$ref": f"#/components/parameters/{key}"} for key in _parameters(say) if key not in ("f", "lang")),
        *(_property_parameter(say, one) for one in (ID, *collection.properties) if queryable(one)),
    ]
    page = operation["responses"]["200"]["content"][GEOJSON]
    page["schema"] = page_schema(feature)
    one_feature = _reading(say, f"{name}.item", N_("One feature"), {GEOJSON: feature}, tag, missing=True)
    one_feature["get"]["parameters"].insert(
        0,
        {
            "name": "featureId",
            "in": "path",
            "required": True,
            "description": say(ID.description),
            "schema": {"type": "string"},
        },
    )
    return {
        path: _reading(say, name, N_("About these features"), {JSON: "collection"}, tag),
        f"{path}/queryables": _reading(
            say, f"{name}.queryables", N_("What can be asked of them"), {SCHEMA: "any"}, tag
        ),
        f"{path}/schema": _reading(say, f"{name}.schema", N_("What is told of them"), {SCHEMA: "any"}, tag),
        f"{path}/items": items,
        f"{path}/items/{{featureId}}": one_feature,
    }


def _reading(
    say: Speech,
    name: str,
    summary: str,
    forms: Mapping[str, str],
    tag: str = "about",
    *,
    missing: bool = False,
) -> dict[str, Any]:
    """Return an address that is only read; `forms` are the names of schemas by media type."""
    content: dict[str, Any] = {
        kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}} for kind, schema in forms.items()
    }
    content[PAGE] = {"schema": {"type": "string"}}
    refused = ["400", *(["404"] if missing else []), "500", "503"]
    return {
        "get": {
            "operationId": name,
            "tags": [tag],
            "summary": say(summary),
            "parameters": [{"$ref": f"#/components/parameters/{key}"} for key in ("f", "lang")],
            "responses": {
                "200": {"description": say(summary), "content": content},
                **{code: {"$ref": f"#/components/responses/{code}"} for code in refused},
            },
        }
    }


def _parameters(say: Speech) -> dict[str, Any]:
    """Return the parameters that several addresses take, by name."""
    whole = {"type": "integer", "format": "int64"}
    given = {
        "f": (
            N_("In which form; else as the header Accept asks."),
            {"type": "string", "enum": ["json", "html"]},
        ),
        "lang": (
            N_("In which language titles and explanations are; else as the header Accept-Language asks."),
            {"type": "string", "enum": sorted(catalogues())},
        ),
        "bbox": (
            N_(
                "Features whose place meets a box: west, south, east, north, in degrees. Where west is more "
                "than east, the box crosses the antimeridian. Of six numbers the third and the sixth are "
                "heights, and are passed over."
            ),
            {
                "type": "array",
                "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                "items": {"type": "number", "minimum": -DEGREES_MAX, "maximum": DEGREES_MAX},
            },
        ),
        "bbox-crs": (
            N_("The coordinate reference system of bbox."),
            {"type": "string", "enum": [CRS84, CRS84H]},
        ),
        "crs": (N_("The coordinate reference system of the answer."), {"type": "string", "enum": [CRS84]}),
        "datetime": (
            N_(
                "Features that were there at a moment, on a day, or at some time of an interval: "
                "2025-06-01T12:00:00Z, 2025-06-01, 2025-01-01/2025-06-30, 2025-01-01/.."
            ),
            {"type": "string", "format": "interval"},
        ),
        "limit": (
            N_(
                "How many features a page has at most; of more than the greatest number, as many as that. A "
                "page of very large features has fewer. The link “next” leads on."
            ),
            {**whole, "minimum": 1, "maximum": LIMIT_MAX, "default": LIMIT_DEFAULT},
        ),
        "offset": (
            N_("How many features are passed over. To read all, follow the links “next”."),
            {**whole, "minimum": 0, "maximum": OFFSET_MAX, "default": 0},
        ),
        "after": (
            N_("Where a page begins, as the link “next” of the page before it says."),
            {**whole, "minimum": 0, "default": 0},
        ),
        "filter": (
            N_("A condition in CQL2 text, such as resource = 'water' AND since > DATE('2025-01-01')."),
            {
                "type": "string",
                "format": CQL2_TEXT,
                "minLength": 1,
                "maxLength": FILTER_LENGTH_MAX_CHARS,
            },
        ),
        "filter-lang": (
            N_("The language of the filter."),
            {"type": "string", "enum": [CQL2_TEXT], "default": CQL2_TEXT},
        ),
        "filter-crs": (
            N_("The coordinate reference system of the filter."),
            {"type": "string", "enum": [CRS84]},
        ),
    }
    return {
        name: {
            "name": name,
            "in": "query",
            "required": False,
            "description": say(told),
            "style": "form",
            "explode": False,
            "schema": schema,
        }
        for name, (told, schema) in given.items()
    }


def _property_parameter(say: Speech, one: Property) -> dict[str, Any]:
    schema: dict[str, Any]
    match one.type:
        case "array":
            schema = {"type": "string", "pattern": "^[^\\s]+$", "maxLength": TEXT_LENGTH_MAX_CHARS}
        case "date-time":
            schema = {"type": "string", "format": "date"}
        case "string":
            schema = {"type": "string", "maxLength": TEXT_LENGTH_MAX_CHARS}
        case "integer" | "number":
            kind = "number" if one.large else one.type
            schema = {"type": kind, "minimum": -NUMBER_MAX, "maximum": NUMBER_MAX}
        case _:
            schema = {"type": one.type}
    return {
        "name": one.name,
        "in": "query",
        "required": False,
        "description": say(one.description),
        "style": "form",
        "explode": False,
        "schema": schema,
    }


def _problems(say: Speech) -> dict[str, Any]:
    told = {
        "400": N_("What was asked was not understood; the answer says which part."),
        "404": N_("This node does not hold that."),
        "500": N_("A mistake of this node, which its log has written down."),
        "503": N_("The node is busy, or the question takes too long."),
    }
    content: dict[str, Any] = {
        PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}},
        PAGE: {"schema": {"type": "string"}},
    }
    answers = {code: {"description": say(text), "content": content} for code, text in told.items()}
    # An address past 8 KB is refused before anybody has read it.
    answers["400"]["content"] = {**content, "text/plain": {"schema": {"type": "string"}}}
    return answers
