"""What is told of the features of a collection, and what can be asked of them, as JSON Schema.

OGC 19-079r2 §6 (queryables) and OGC 23-058r1 (schemas, with the roles of properties).
"""

from collections.abc import Iterable
from typing import Any

from node.atlas.collections import COLLECTIONS, Property
from node.web.ogc.filters.meaning import queryable
from node.web.ogc.filters.operands import GEOMETRY, ID
from node.web.ogc.reader import Reader
from node.web.words.collection_words import collection_title
from node.web.words.speech import N_, Speech

DIALECT = "https://json-schema.org/draft/2020-12/schema"

PLACE_TITLE = N_("Place")
PLACE_DESCRIPTION = N_("Where it is, in longitude and latitude; null where that is not published.")

# What a property is for, where that is more than to tell something.
_ROLES = {"id": "id", "since": "primary-instant"}


QUERYABLES = "queryables"
SCHEMA_OF = "schema"


def queryables(reader: Reader, name: str) -> dict[str, Any]:
    """Return what can be asked of the features of a collection."""
    properties = [ID, *(one for one in COLLECTIONS[name].properties if queryable(one))]
    return _schema(reader, name, QUERYABLES, properties)


def schema(reader: Reader, name: str) -> dict[str, Any]:
    """Return what is told of each feature of a collection."""
    return _schema(reader, name, SCHEMA_OF, [ID, *COLLECTIONS[name].properties])


def _schema(reader: Reader, name: str, which: str, properties: Iterable[Property]) -> dict[str, Any]:
    say, collection = reader.asked.say, COLLECTIONS[name]
    place = {
        "title": say(PLACE_TITLE),
        "description": say(PLACE_DESCRIPTION),
        "format": "geometry-any",
        "x-ogc-role": "primary-geometry",
    }
    return {
        "$schema": DIALECT,
        "$id": f"{reader.base}/collections/{name}/{which}",
        "type": "object",
        "title": collection_title(say, name),
        "description": say(collection.description),
        "properties": {GEOMETRY: place, **{one.name: _property(say, one) for one in properties}},
        "additionalProperties": False,
    }


def _property(say: Speech, one: Property) -> dict[str, Any]:
    made: dict[str, Any] = {
        "title": say(one.title),
        "description": say(one.description),
        **value_schema(one),
    }
    if one.name in _ROLES:
        made["x-ogc-role"] = _ROLES[one.name]
    return made


def value_schema(one: Property) -> dict[str, Any]:
    """Return the JSON Schema of a property's value, apart from whether it may be null."""
    match one.type:
        case "date-time":
            return {"type": "string", "format": "date-time"}
        case "array":
            return {"type": "array", "items": {"type": "string"}}
        case "object":
            return {"type": "object", "additionalProperties": {"type": "string"}}
        case "string" if one.values:
            return {"type": "string", "enum": list(one.values)}
    return {"type": "number" if one.large else one.type}
