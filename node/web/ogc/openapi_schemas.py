"""The forms of what the API answers, as OpenAPI has them."""

from typing import Any

from node.atlas.collections import Collection, Property
from node.web.ogc.schemas import value_schema
from node.web.words.collection_words import collection_title
from node.web.words.speech import Speech

_LINKS: dict[str, Any] = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_TEXT = {"type": "string"}
_GEOMETRY_TYPES = (
    *("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"),
    "GeometryCollection",
)

DOCUMENTS: dict[str, Any] = {
    "any": {"type": "object"},
    "link": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {"href": _TEXT, "rel": _TEXT, "type": _TEXT, "title": _TEXT, "hreflang": _TEXT},
    },
    "landingPage": {
        "type": "object",
        "required": ["links"],
        "properties": {"title": _TEXT, "description": _TEXT, "attribution": _TEXT, "links": _LINKS},
    },
    "confClasses": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
    },
    "collection": {
        "type": "object",
        "required": ["id", "links"],
        "properties": {
            "id": _TEXT,
            "title": _TEXT,
            "description": _TEXT,
            "itemType": _TEXT,
            "crs": {"type": "array", "items": _TEXT},
            "storageCrs": _TEXT,
            "extent": {"type": "object"},
            "links": _LINKS,
        },
    },
    "collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
        },
    },
    "geometry": {
        "type": "object",
        "nullable": True,
        "required": ["type"],
        "properties": {
            "type": {"type": "string", "enum": list(_GEOMETRY_TYPES)},
            "coordinates": {"type": "array", "items": {}},
            "geometries": {"type": "array", "items": {"type": "object"}},
        },
    },
    "problem": {
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "instance": _TEXT,
            "code": _TEXT,
        },
    },
}


def feature_schema(say: Speech, name: str, collection: Collection) -> dict[str, Any]:
    """Return the schema of a feature."""
    properties = {
        one.name: {
            "title": say(one.title),
            "description": say(one.description),
            "nullable": True,
            **_told_schema(one),
        }
        for one in collection.properties
    }
    return {
        "type": "object",
        "title": collection_title(say, name),
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "string"},
            "geometry": {"$ref": "#/components/schemas/geometry"},
            "properties": {"type": "object", "properties": properties},
            "links": _LINKS,
        },
    }


def _told_schema(one: Property) -> dict[str, Any]:
    made = value_schema(one)
    # A record may be newer than this description, and say something else.
    made.pop("enum", None)
    return made


def page_schema(feature: str) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "features", "numberReturned", "timeStamp", "links"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": f"#/components/schemas/{feature}"}},
            "links": _LINKS,
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    }
