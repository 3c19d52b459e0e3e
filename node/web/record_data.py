"""One record as data: the exact bytes that were signed, and what they say, for whoever checks them."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgpack
from aiohttp import web

from node.store.interface import Store
from node.web.answer import data_answer
from node.web.problem import not_held
from protocol.errors import Malformed
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.identifiers import ID_SIZE_BYTES, id_text, parse_id
from protocol.keys import ED25519_PREFIX, PUBLIC_KEY_SIZE_BYTES, PublicKey, did_key
from protocol.kinds.geometry import to_geojson
from protocol.record.envelope import split_envelope
from protocol.record.verification import SIGNATURE_TAG, VerifiedRecord

# What a reader needs to check a record without this node (docs/protocol.md §3–5).
HOW_TO_CHECK = (
    "Ed25519 (RFC 8032): signature over the bytes of signed, by the key of signer. "
    "id = base32(BLAKE2b-256('minga/1/id\\0' + header_bytes)). "
    "content_fingerprint = hex(BLAKE2b-256('minga/1/payload\\0' + content_bytes))."
)


async def record_answer(store: Store, text: str) -> web.Response:
    """Answer `/record/{id}`.  Raises `Problem`."""
    try:
        record = await store.record(parse_id(text))
    except Malformed:
        raise not_held() from None
    if record is None:
        raise not_held()
    return data_answer(record_data(record))


def record_data(record: VerifiedRecord) -> dict[str, Any]:
    """Return a record as JSON: ids and keys as text, bytes in base64, a geometry as in GeoJSON."""
    header, parts = record.header, split_envelope(record.envelope)
    return {
        "id": id_text(record.id),
        "kind": header.kind,
        "thing": id_text(record.subject),
        "actor": None if header.actor is None else id_text(header.actor),
        "actor_version": None if header.auth is None else id_text(header.auth),
        "signer": did_key(header.signer),
        "parents": [id_text(parent) for parent in header.parents],
        "time": datetime.fromtimestamp(header.time_ms / 1_000, UTC).isoformat(timespec="milliseconds"),
        "time_ms": header.time_ms,
        "bbox": None if header.bbox is None else [number / UNITS_PER_DEGREE for number in header.bbox],
        "content_fingerprint": header.payload_hash.hex(),
        "content_size_bytes": header.payload_size,
        "content_withdrawn": parts.payload is None,
        "content": None if parts.payload is None else content_data(header.kind, parts.payload),
        "signature": _base64(parts.signature),
        "signed": _base64(SIGNATURE_TAG + parts.header),
        "header_bytes": _base64(parts.header),
        "content_bytes": None if parts.payload is None else _base64(parts.payload),
        "how_to_check": HOW_TO_CHECK,
        "check_with": f"minga record verify {id_text(record.id)}",
    }


def content_data(kind: str, payload: bytes) -> Any:
    """Return the content of a record as JSON values."""
    content = msgpack.unpackb(payload, strict_map_key=True)
    data = _plain(content)
    if kind in ("commons", "place") and isinstance(data, dict) and isinstance(data.get("geometry"), dict):
        data["geometry"] = to_geojson(content["geometry"])
    return data


def _plain(value: Any) -> Any:
    """Return a value with its bytes as text: keys as did:key, ids as ids, all else in base64."""
    match value:
        case bytes():
            if len(value) == PUBLIC_KEY_SIZE_BYTES and value.startswith(ED25519_PREFIX):
                return did_key(PublicKey(value))
            return id_text(value) if len(value) == ID_SIZE_BYTES else _base64(value)
        case dict():
            return {str(name): _plain(entry) for name, entry in value.items()}
        case list():
            return [_plain(entry) for entry in value]
    return value


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
