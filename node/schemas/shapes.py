"""The shapes that contents of several kinds share in JSON: ids, keys, texts by language, geometries."""

from typing import Any

from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE
from protocol.identifiers import ID_SIZE_BYTES, ID_TEXT_LENGTH
from protocol.keys import PUBLIC_KEY_SIZE_BYTES
from protocol.kinds.text import LANGUAGE_TAG
from protocol.limits import (
    LANGUAGES_MAX,
    NAME_LENGTH_MAX_CHARS,
    POSITIONS_MAX,
    TEXT_LENGTH_MAX_CHARS,
)

Shape = dict[str, Any]

_DID_KEY: Shape = {"type": "string", "pattern": "^did:key:z6Mk[1-9A-HJ-NP-Za-km-z]{44}$"}


def binary(low_bytes: int, high_bytes: int, any_type: bool) -> Shape:
    """Return the shape of so many bytes.  `any_type`: of a key that need not be of a type known here."""
    if low_bytes == high_bytes == ID_SIZE_BYTES:
        return {"$ref": "#/$defs/Id"}
    if low_bytes == high_bytes == PUBLIC_KEY_SIZE_BYTES:
        return {"$ref": "#/$defs/PublicKeyOfAnyType" if any_type else "#/$defs/PublicKey"}
    base64: Shape = {"type": "string", "contentEncoding": "base64"}
    if low_bytes == high_bytes:
        letters, padding = -(-low_bytes * 8 // 6), "=" * (-low_bytes % 3)
        return {**base64, "pattern": f"^[A-Za-z0-9+/]{{{letters}}}{padding}$"}
    base64 |= {
        "pattern": "^[A-Za-z0-9+/]*={0,2}$",
        "minLength": -(-low_bytes // 3) * 4,
        "maxLength": -(-high_bytes // 3) * 4,
    }
    # Bytes are told apart by their number alone: some few contents look like a key's.
    return {"anyOf": [base64, _DID_KEY]}


def _by_language(title: str, what: str, length_max: int) -> Shape:
    return {
        "title": title,
        "description": f"{what} in one or more languages, each under its tag (BCP 47; `und`: not known).",
        "type": "object",
        "propertyNames": {"pattern": LANGUAGE_TAG.replace(r"\Z", "$")},
        "additionalProperties": {"type": "string", "minLength": 1, "maxLength": length_max},
        "minProperties": 1,
        "maxProperties": LANGUAGES_MAX,
    }


def _line(item: Shape, least: int, description: str | None = None) -> Shape:
    line = {"type": "array", "items": item, "minItems": least, "maxItems": POSITIONS_MAX}
    return line if description is None else {"description": description, **line}


_POSITION: Shape = {"$ref": "#/$defs/Position"}
_RING: Shape = {"$ref": "#/$defs/Ring"}

_COORDINATES: dict[str, Shape] = {
    "Point": _POSITION,
    "MultiPoint": _line(_POSITION, 1),
    "LineString": _line(_POSITION, 2),
    "MultiLineString": _line(_line(_POSITION, 2), 1),
    "Polygon": _line(_RING, 1, "The outer ring, then the holes in it."),
    "MultiPolygon": _line(_line(_RING, 1), 1),
}

SHAPES: dict[str, Shape] = {
    "Id": {
        "title": "Id",
        "description": "32 bytes, an id or a digest: base32 (RFC 4648 §6) in lower case, without padding.",
        "type": "string",
        # 52 letters of 5 bits have 4 bits more than 32 bytes, which are zero.
        "pattern": f"^[a-z2-7]{{{ID_TEXT_LENGTH - 1}}}[aq]$",
    },
    "PublicKey": {"title": "Public key", "description": "An Ed25519 public key, as did:key.", **_DID_KEY},
    "PublicKeyOfAnyType": {
        "title": "Public key of any type",
        "description": "A public key: an Ed25519 key as did:key, one of another type in base64.",
        "anyOf": [
            _DID_KEY,
            # Of 34 bytes, and not the two that an Ed25519 key begins with.
            {"type": "string", "contentEncoding": "base64", "pattern": "^(?!7Q[E-H])[A-Za-z0-9+/]{46}==$"},
        ],
    },
    "Name": _by_language("Name", "One name", NAME_LENGTH_MAX_CHARS),
    "Text": _by_language("Text", "One text", TEXT_LENGTH_MAX_CHARS),
    "Position": {
        "title": "Position",
        "description": "Longitude and latitude in degrees (WGS 84), to seven decimals.",
        "type": "array",
        "prefixItems": [
            {"type": "number", "minimum": -limit / UNITS_PER_DEGREE, "maximum": limit / UNITS_PER_DEGREE}
            for limit in (LONGITUDE_MAX, LATITUDE_MAX)
        ],
        "items": False,
        "minItems": 2,
    },
    "Ring": _line(
        _POSITION,
        4,
        "The last position is the first one. Outer rings are wound counter-clockwise, holes clockwise "
        "(RFC 7946 §3.1.6), and enclose something.",
    ),
    "Geometry": {
        "title": "Geometry",
        "description": (
            f"A GeoJSON geometry (RFC 7946) of at most {POSITIONS_MAX} positions in all. What crosses the "
            "antimeridian is cut there."
        ),
        "type": "object",
        "oneOf": [
            {
                "properties": {"type": {"const": name}, "coordinates": coordinates},
                "required": ["type", "coordinates"],
                "additionalProperties": False,
            }
            for name, coordinates in _COORDINATES.items()
        ],
    },
}
