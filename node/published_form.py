"""Contents of records as JSON: the one form in which pages, commands and schemas give them.

An id, and any other 32 bytes (a digest), is base32 as people copy ids; an Ed25519 key is did:key; other bytes
are base64 (RFC 4648 §4); a geometry is GeoJSON's.  Everything else is the JSON value of the same meaning.
"""

from base64 import b64encode
from typing import Any

from protocol.errors import ProtocolError
from protocol.identifiers import ID_SIZE_BYTES, id_text
from protocol.keys import ED25519_PREFIX, PUBLIC_KEY_SIZE_BYTES, PublicKey, did_key
from protocol.kinds.geometry import check_geometry, to_geojson


def published(value: Any) -> Any:
    """Return a decoded content, or a part of it, as JSON values."""
    match value:
        case bytes():
            return published_bytes(value)
        case {"type": str(), "coordinates": list()} if _is_geometry(value):
            return to_geojson(value)
        case dict():
            return {str(name): published(part) for name, part in value.items()}
        case list() | tuple():
            return [published(part) for part in value]
        case _:
            return value


def published_bytes(value: bytes) -> str:
    """Return bytes as text, by their length: an id, a key, or base64."""
    if len(value) == ID_SIZE_BYTES:
        return id_text(value)
    if len(value) == PUBLIC_KEY_SIZE_BYTES and value.startswith(ED25519_PREFIX):
        return did_key(PublicKey(value))
    return b64encode(value).decode("ascii")


def _is_geometry(value: dict[str, Any]) -> bool:
    """Whether it is one, or only looks like one: in a kind that is not known here nobody has checked."""
    try:
        check_geometry(value)
    except ProtocolError:
        return False
    return True
