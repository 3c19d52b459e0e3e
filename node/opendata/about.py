"""What every file says of itself, whatever its form: whose it is, under which licence, what its columns mean.

It is put together where the reader's language and this node's address are known, and handed on to where a
file is written, which may be another process.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from node.atlas.collections import Collection
from node.atlas.reading import FeatureRow


class Column(Struct, array_like=True, frozen=True):
    """A property as a column: `type` is one of `node.atlas.collections.PropertyType`."""

    name: str
    type: str
    title: str
    description: str


class About(Struct, array_like=True, frozen=True):
    """What a file says of itself, in one language.

    `base` is the address of the node without a slash at its end, empty where there is none; `licence` is the
    address of the licence that all of it is under, or of the page that says which there are; `licences` are
    those names themselves, the most frequent first; `made` is a moment (RFC 3339).
    """

    collection: str
    title: str
    description: str
    attribution: str
    licence: str
    licences: tuple[str, ...]
    base: str
    made: str
    language: str
    columns: tuple[Column, ...]


class Told(Struct, frozen=True):
    """A GeoJSON Feature, its geometry left as it is written."""

    id: str
    properties: dict[str, Any]
    geometry: msgspec.Raw


_read = msgspec.json.Decoder(Told).decode


def columns_of(collection: Collection, said: Mapping[str, str] | None = None) -> tuple[Column, ...]:
    """Return the columns of a collection; `said` gives titles and descriptions in another language."""
    words = said or {}
    return tuple(
        Column(
            one.name,
            one.type,
            words.get(one.title, one.title),
            words.get(one.description, one.description),
        )
        for one in collection.properties
    )


def told(rows: Iterable[FeatureRow]) -> list[Told]:
    """Return what rows of the atlas tell."""
    return [_read(row.geojson) for row in rows]


def page_address(about: About, properties: Mapping[str, Any]) -> str | None:
    """Return the whole address of a feature's page; its path where the node has no address."""
    path = properties.get("url")
    return about.base + path if isinstance(path, str) else None
