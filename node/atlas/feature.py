"""One feature, as the file keeps it, and what others depend on of the thing that it is drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from node.atlas.collections import COLLECTIONS, Property
from node.atlas.outline import geojson_of, wkb_of
from protocol.geometry_units import BoundingBox
from protocol.identifiers import SubjectId, id_text
from protocol.kinds.geometry import Geometry
from protocol.kinds.placing import Placing
from protocol.kinds.text import preferred
from protocol.state.territories import Figures

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Feature:
    """A row of `feature` by column, without its number; and for `drawing`, WKB and a GeoJSON Feature."""

    columns: Mapping[str, Any]
    box: BoundingBox | None
    geometry: bytes | None
    geojson: bytes


@dataclass(frozen=True, slots=True)
class Around:
    """What a feature says of other things.

    Where it lies; what the author is called; how many pacts are in force about it, how many alerts are open;
    whether somebody else claims its ground; where the things are that it names, and how far off these may be;
    what a territory comes to.
    """

    placing: Placing | None = None
    author_name: str | None = None
    pacts_in_force: int = 0
    alerts_open: int = 0
    claimed: bool = False
    geometry: Geometry | None = None
    box: BoundingBox | None = None
    uncertainty_m: int | None = None
    figures: Figures | None = None


def made(
    collection: str,
    subject: SubjectId,
    properties: Mapping[str, Any],
    geometry: Geometry | None,
    box: BoundingBox | None,
    **columns: Any,
) -> Feature:
    """Return a feature of a collection.

    `properties` are its values as its columns hold them; `columns` are those that are no property.
    """
    identifier = id_text(subject)
    told: dict[str, Any] = {}
    row: dict[str, Any] = {
        "collection": collection,
        "id": identifier,
        "voice": properties["voice"],
        **columns,
    }
    for one in COLLECTIONS[collection].properties:
        value = properties[one.name]
        told[one.name] = _told(one, value)
        if one.column is not None:
            row[one.column] = f" {' '.join(value)} " if one.type == "array" else value
    feature = {
        "type": "Feature",
        "id": identifier,
        "geometry": None if geometry is None else geojson_of(geometry),
        "properties": told,
    }
    west, south, east, north = box or (None, None, None, None)
    row |= {"west": west, "south": south, "east": east, "north": north}
    return Feature(row, box, None if geometry is None else wkb_of(geometry), _encode(feature))


def _told(one: Property, value: Any) -> Any:
    if value is None:
        return None
    if one.type == "date-time":
        return moment_text(value)
    if one.large:
        return float(value)
    return bool(value) if one.type == "boolean" else value


def moment_text(ms: int) -> str:
    """Return a moment, milliseconds since 1970 UTC, as RFC 3339 writes it."""
    at = datetime.fromtimestamp(ms / 1_000, UTC)
    return at.isoformat(timespec="milliseconds" if ms % 1_000 else "seconds").replace("+00:00", "Z")


def one_text(texts: Mapping[str, str] | str | None) -> str | None:
    """Return a text in the language that its record gives first; None where there is none."""
    if isinstance(texts, str):
        return texts
    return preferred(dict(texts)) if texts else None


class Facet(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What others depend on of a thing; nothing in it says what was written.

    `named` are the things that it is about, `counts` whether it counts there, as a pact in force or an open
    alert; `drawn` is a digest of what others show of it.  `territories` are those that it lies in, `summed` a
    digest of what their figures take of it, and `documents` the one that a place is about.  `erased` counts
    the records about it whose content is erased.  `kin` are the things that it is said to be the same as or
    part of, by its own; `compared` a digest of what is compared with the claims of others.
    """

    named: tuple[bytes, ...] = ()
    counts: bool = False
    drawn: bytes = b""
    territories: tuple[int, ...] = ()
    summed: bytes = b""
    documents: int | None = None
    erased: int = 0
    kin: tuple[bytes, ...] = ()
    compared: bytes = b""


_pack_facet = msgspec.msgpack.Encoder().encode
_read_facet = msgspec.msgpack.Decoder(Facet).decode


def packed(facet: Facet) -> bytes:
    """Return the bytes in which a facet is kept."""
    return _pack_facet(facet)


def unpacked(data: bytes) -> Facet:
    """Return a facet that was kept."""
    return _read_facet(data)
