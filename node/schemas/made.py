"""The JSON Schema (draft 2020-12) of each kind's content, in the form in which the node publishes contents.

A schema is made from the type that receivers check a content with, so that the two cannot drift apart; bytes
and geometries are rewritten to what `node.published_form` makes of them.  What no schema can say of a content
is said in its description.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from node.schemas.rules import rules_of
from node.schemas.shapes import SHAPES, binary
from node.schemas.words import field_words, known_words
from protocol.kinds import KINDS
from protocol.limits import NAME_LENGTH_MAX_CHARS

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
CONTENT_TYPE = "application/schema+json"
LICENCE = "Apache-2.0"

# docs/protocol.md §6.0.
_OPEN = "Fields that are not named here may be there too, in every part but a geometry, and mean nothing."


def schema_id(kind: str) -> str:
    """Return the name of a kind's schema, the same on every node; another meaning is another name."""
    return f"urn:minga:schema:{kind}:1"


@cache
def schema_text(kind: str) -> str:
    """Return the schema of a kind that this version knows, as JSON."""
    return json.dumps(schema_of(kind), ensure_ascii=False, indent=1) + "\n"


def schema_of(kind: str) -> Schema:
    """Return the schema of the content of a kind that this version knows."""
    content_type = KINDS[kind].content_type
    parts: dict[str, Schema] = msgspec.json.schema(content_type)["$defs"]
    root = _part(content_type.__name__, parts.pop(content_type.__name__))
    said, unsaid = rules_of(kind)
    root["description"] = " ".join([root["description"], *unsaid, _OPEN])
    root.setdefault("required", [])
    if said:
        root["allOf"] = said
    defs = {name: _part(name, part) for name, part in parts.items()}
    assert defs.keys().isdisjoint(SHAPES), "a type is called as a shape is"
    return {
        "$schema": DIALECT,
        "$id": schema_id(kind),
        "$comment": f"SPDX-License-Identifier: {LICENCE}",
        **root,
        "$defs": defs | _shapes_used([root, defs]),
    }


def _part(name: str, made: Schema) -> Schema:
    """Return the schema of one type as it is published: every field described."""
    fields = {
        field: _field(name, field, _published(name, field, schema))
        for field, schema in made["properties"].items()
    }
    part = {
        "title": made["title"],
        "description": " ".join(made["description"].split()),
        "type": "object",
        "properties": fields,
    }
    return part | ({"required": made["required"]} if made["required"] else {})


def _field(part: str, field: str, schema: Schema) -> Schema:
    if schema.get("default", ...) is None:
        del schema["default"]  # absent and nil mean the same
    described = {"description": field_words(part, field), **schema}
    words = known_words(part, field)
    return described | ({"examples": list(words)} if words else {})


def _published(part: str, field: str, schema: Any) -> Any:
    """Return what a type's schema becomes where its value is in the form in which it is published."""
    match schema:
        case {"contentEncoding": "base64"}:
            return binary(*_byte_sizes()[f"{part}.{field}"], any_type=part == "Upheld")
        case {"type": "object", "additionalProperties": {"maxLength": length}}:
            return _shape("Name" if length == NAME_LENGTH_MAX_CHARS else "Text")
        case {"type": "object"} if field == "geometry":
            return _shape("Geometry")
        case {"pattern": pattern}:
            # In the expressions of JSON Schema (ECMA-262) `$` is the end and nothing else.
            return {**schema, "pattern": pattern.replace(r"\Z", "$")}
        case dict():
            return {name: _published(part, field, value) for name, value in schema.items()}
        case list():
            return [_published(part, field, value) for value in schema]
    return schema


@cache
def _byte_sizes() -> dict[str, tuple[int, int]]:
    """Return how many bytes each field of bytes, `Part.field`, may hold; a schema made by msgspec counts
    letters of base64.
    """
    sizes: dict[str, tuple[int, int]] = {}
    waiting: list[tuple[str, inspect.Type]] = [
        ("", inspect.type_info(kind.content_type)) for kind in KINDS.values()
    ]
    while waiting:
        name, described = waiting.pop()
        match described:
            case inspect.StructType():
                part = described.cls.__name__
                waiting += [(f"{part}.{field.name}", field.type) for field in described.fields]
            case inspect.UnionType():
                waiting += [(name, one) for one in described.types]
            case inspect.ListType():
                waiting.append((name, described.item_type))
            case inspect.BytesType(min_length=int(low), max_length=int(high)):
                sizes[name] = (low, high)
    return sizes


def _shape(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _shapes_used(within: Any) -> dict[str, Schema]:
    """Return the shapes that something refers to, and those that these refer to."""
    used: dict[str, Schema] = {}
    waiting = list(_references(within))
    while waiting:
        name = waiting.pop()
        if name in SHAPES and name not in used:
            used[name] = SHAPES[name]
            waiting += _references(SHAPES[name])
    return dict(sorted(used.items()))


def _references(value: Any) -> Iterator[str]:
    parts: Iterable[Any] = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict) and isinstance(value.get("$ref"), str):
        yield value["$ref"].rpartition("/")[2]
    for part in parts:
        if isinstance(part, dict | list):
            yield from _references(part)
