"""One record as data: the exact bytes that were signed, and what they say, for whoever checks them."""

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgpack
from aiohttp import web

from node.published_form import published
from node.store.interface import Store
from node.trust.blocks import Blocks
from node.web.about.schema_pages import schema_path
from node.web.exchange.answer import data_answer
from node.web.exchange.problem import not_held
from node.web.records.blocked_page import blocked_data
from node.web.records.erasures import erasures_data
from protocol.errors import Malformed
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.identifiers import id_text, parse_id
from protocol.keys import did_key
from protocol.record.envelope import split_envelope
from protocol.record.verification import SIGNATURE_TAG, VerifiedRecord

# What a reader needs to check a record without this node (docs/protocol.md §3–5).
HOW_TO_CHECK = (
    "Ed25519 (RFC 8032): signature over the bytes of signed, by the key of signer. "
    "id = base32(BLAKE2b-256('minga/1/id\\0' + header_bytes)). "
    "content_fingerprint = hex(BLAKE2b-256('minga/1/payload\\0' + content_bytes))."
)


async def record_answer(store: Store, blocks: Blocks, text: str) -> web.Response:
    """Answer `/record/{id}`.  Raises `Problem`."""
    try:
        record = await store.record(parse_id(text))
    except Malformed:
        raise not_held() from None
    if record is None:
        raise not_held()
    data, block = record_data(record), blocks.of_record(record)
    if record.is_erased:
        thing = await store.thing(record.subject)
        data["erasures"] = [] if thing is None else erasures_data(thing, record.id)
    if block is not None:
        # What proves that it was signed stays; what it says does not.
        data |= {"content": None, "content_bytes": None, "bbox": None, "blocked": blocked_data(block)}
    return data_answer(data)


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
        "content": None if parts.payload is None else content_data(parts.payload),
        "content_schema": schema_path(header.kind),
        "signature": _base64(parts.signature),
        "signed": _base64(SIGNATURE_TAG + parts.header),
        "header_bytes": _base64(parts.header),
        "content_bytes": None if parts.payload is None else _base64(parts.payload),
        "how_to_check": HOW_TO_CHECK,
        "check_with": f"minga record verify {id_text(record.id)}",
    }


def content_data(payload: bytes) -> Any:
    """Return the content of a record as JSON values."""
    return published(msgpack.unpackb(payload, strict_map_key=True))


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")
