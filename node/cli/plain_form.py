"""Records' contents as JSON and TOML have them, and back: ids and keys as text, one text for one language.

Out: `{"actor": b"…"}` becomes `{"actor": "mfrgg…"}`, a geometry GeoJSON.  In: a text where a record holds
texts by language is taken to be in the operator's own, and a date of TOML's becomes its ISO 8601 text.
"""

from datetime import date
from typing import Any
from unicodedata import normalize

import msgspec
from msgspec import inspect

from node.errors import ConfigError
from node.published_form import published
from protocol.errors import ProtocolError
from protocol.identifiers import parse_id
from protocol.keys import parse_did_key
from protocol.kinds import KINDS
from protocol.kinds.geometry import from_geojson


def to_plain(content: Any) -> Any:
    """Return a record's content, or a part of it, as JSON can hold it; the salt is left out."""
    return published(_unsalted(msgspec.to_builtins(content, builtin_types=(bytes,))))


def _unsalted(value: Any) -> Any:
    match value:
        case dict():
            return {name: _unsalted(part) for name, part in value.items() if name != "salt"}
        case list() | tuple():
            return [_unsalted(part) for part in value]
        case _:
            return value


def from_plain(document: Any, kind: str, language: str) -> dict[str, Any]:
    """Return the payload that a JSON or TOML document means, for a record of `kind`.

    Raises `ConfigError` naming the field that is not known or not of its type; whether the whole follows the
    rules of its kind is checked when it is signed.
    """
    described = inspect.type_info(KINDS[kind].content_type)
    payload = _value(document, described, kind, language)
    if not isinstance(payload, dict):
        raise ConfigError(f"a {kind} is written as a table of its fields")
    normal: dict[str, Any] = composed(payload)
    return normal


def composed(value: Any) -> Any:
    """Return a value with every text in Unicode's composed form (NFC), as records have it."""
    match value:
        case str():
            return normalize("NFC", value)
        case dict():
            return {composed(name): composed(part) for name, part in value.items()}
        case list():
            return [composed(part) for part in value]
        case _:
            return value


def _value(value: Any, described: inspect.Type, path: str, language: str) -> Any:
    match described:
        case inspect.UnionType():
            return _value(value, _chosen(value, described), path, language)
        case inspect.StructType():
            return _struct(value, described, path, language)
        case inspect.ListType() if isinstance(value, list):
            return [
                _value(one, described.item_type, f"{path}[{i + 1}]", language) for i, one in enumerate(value)
            ]
        case inspect.DictType() if isinstance(value, str):
            return {language: value}
        case inspect.BytesType() if isinstance(value, str):
            return _identifier(value, path)
        case _ if isinstance(value, date):
            return value.isoformat()
        case _ if path.endswith(".geometry"):
            return _geometry(value, path)
        case _:
            return value


def _struct(value: Any, described: inspect.StructType, path: str, language: str) -> Any:
    fields = {field.encode_name: field.type for field in described.fields if field.encode_name != "salt"}
    if isinstance(value, str) and "name" in fields:
        value = {"name": value}
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is written as a table of its fields: {', '.join(fields)}")
    for name in value:
        if name not in fields:
            raise ConfigError(f"{path} has no field {name!r}; its fields are {', '.join(fields)}")
    return {
        name: _value(part, fields[name], f"{path}.{name}", language)
        for name, part in value.items()
        if part is not None
    }


def _chosen(value: Any, described: inspect.UnionType) -> inspect.Type:
    """Return the part of a union that a value means: never none, a text where a text may stand."""
    parts = [part for part in described.types if not isinstance(part, inspect.NoneType)]
    for part in parts:
        if isinstance(value, str) and isinstance(part, inspect.StrType):
            return part
        if isinstance(value, dict) and isinstance(part, inspect.DictType | inspect.StructType):
            return part
    return parts[0]


def _identifier(text: str, path: str) -> bytes:
    try:
        return parse_did_key(text) if text.startswith("did:") else parse_id(text)
    except ProtocolError as fault:
        raise ConfigError(f"{path}: {fault}") from None


def _geometry(value: Any, path: str) -> Any:
    try:
        return from_geojson(value)
    except ProtocolError as fault:
        raise ConfigError(f"{path}: {fault}") from None
