"""Messages of a session, as maps with the names of §11.1: decoding and encoding."""

import zlib
from typing import Any

from .values import decode, encode, need, within

NAMES = ("error", "hello", "bye", "reconcile", "invite", "want", "records", "announce", "peers")
PHASES = ("open", "answer", "next", "end")
MESSAGE_MAX, HELLO_MAX, PAYLOAD_MAX = 4_194_304, 16_384, 262_144
WANTED_MAX, ANNOUNCED_MAX = 512, 2_048
SIZE_MAX, DEFLATED_MAX, ENVELOPE_MAX = 1_048_576, 1_052_672, 527_360


def _ids(value: Any, least: int, most: int) -> list[bytes]:
    need(type(value) is bytes and len(value) % 32 == 0 and len(value) >= 32 * least, "ids")
    need(len(value) <= 32 * most, "ids", "over-limit")
    ids = [value[at : at + 32] for at in range(0, len(value), 32)]
    need(len(set(ids)) == len(ids), "an id twice")
    return ids


def _text(value: Any, most: int) -> str:
    need(type(value) is str, "not a text")
    need(len(value) <= most, "text too long", "over-limit")
    return value


def _natural(value: Any, least: int = 0) -> int:
    need(type(value) is int and value >= least, "not a number, or too small")
    return value


def _list(value: Any, most: int) -> list[Any]:
    need(type(value) is list, "not an array")
    need(len(value) <= most, "array too long", "over-limit")
    return value


def _binary(value: Any, most: int) -> bytes:
    need(type(value) is bytes, "not binary")
    need(len(value) <= most, "binary too long", "over-limit")
    return value


def _hello(value: Any, size: int) -> dict[str, Any]:
    need(type(value) is dict and {"network", "software", "versions"} <= set(value), "hello")
    need(size <= HELLO_MAX, "hello", "over-limit")
    versions = [_natural(v) for v in _list(value["versions"], 16)]
    need(versions, "no version")
    need(len(_text(value["network"], 64).encode()) <= 64, "network name", "over-limit")
    return {
        "network": value["network"],
        "software": _text(value["software"], 100),
        "versions": versions,
        "features": [_text(word, 48) for word in _list(value.get("features", []), 32)],
        "addresses": [_text(address, 512) for address in _list(value.get("addresses", []), 8)],
        "scope": value.get("scope"),
        "records": _natural(value.get("records", 0)),
    }


def _records(fields: list[Any]) -> dict[str, Any]:
    number, count, size, deflated, not_held = fields
    not_held = _ids(not_held, 0, WANTED_MAX)
    within(_natural(count), 0, WANTED_MAX, "count")
    within(_natural(size), 0, SIZE_MAX, "size")
    _binary(deflated, DEFLATED_MAX)
    need(count + len(not_held) >= 1, "answers nothing")
    need((count == 0) == (size == 0) == (deflated == b"") and size >= 5 * count, "count against size")
    return {
        "number": _natural(number, 1),
        "count": count,
        "size": size,
        "deflated": deflated,
        "not_held": not_held,
    }


def read(data: bytes) -> dict[str, Any]:
    """The message of these bytes; `type` is its name, or `unknown` for one that is to be skipped."""
    need(len(data) <= MESSAGE_MAX, "message", "over-limit")
    value = decode(data)
    need(type(value) is list and value, "not an array of at least a type")
    kind, fields = _natural(value[0]), value[1:]
    if kind >= len(NAMES):
        return {"type": "unknown", "number": kind}
    need(len(fields) == (2, 1, 0, 3, 0, 2, 5, 1, 1)[kind], "number of fields")
    found: dict[str, Any] = {}
    match NAMES[kind]:
        case "error":
            found = {"code": _text(fields[0], 48), "text": _text(fields[1], 500)}
        case "hello":
            found = _hello(fields[0], len(data))
        case "reconcile":
            phase, payload = _natural(fields[1]), _binary(fields[2], PAYLOAD_MAX)
            need(phase < len(PHASES) and (PHASES[phase] == "end") == (payload == b""), "phase")
            found = {"session": _natural(fields[0], 1), "phase": PHASES[phase], "payload": payload}
        case "want":
            found = {"number": _natural(fields[0], 1), "ids": _ids(fields[1], 1, WANTED_MAX)}
        case "records":
            found = _records(fields)
        case "announce":
            found = {"ids": _ids(fields[0], 1, ANNOUNCED_MAX)}
        case "peers":
            found = {"addresses": [_text(address, 512) for address in _list(fields[0], 32)]}
    return {"type": NAMES[kind]} | found


def write(kind: str, *fields: Any) -> bytes:
    return encode([NAMES.index(kind), *fields])


def open_batch(message: dict[str, Any]) -> list[bytes]:
    """The envelopes of a `records` message (§11.5)."""
    if not message["count"]:
        return []
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(message["deflated"], message["size"] + 1)
    except zlib.error:
        need(False, "zlib")
    need(len(plain) <= message["size"], "more than stated", "over-limit")
    need(len(plain) == message["size"] and stream.eof and not stream.unused_data, "batch")
    envelopes = cut_envelopes(plain)
    need(len(envelopes) == message["count"], "number of envelopes")
    return envelopes


def cut_envelopes(plain: bytes) -> list[bytes]:
    """Envelopes, each after its length in four bytes."""
    envelopes, at = [], 0
    while at < len(plain):
        size, at = int.from_bytes(plain[at : at + 4], "big"), at + 4
        need(size <= ENVELOPE_MAX, "envelope", "over-limit")
        need(1 <= size <= len(plain) - at, "envelope cut off, or empty")
        envelopes.append(plain[at : at + size])
        at += size
    return envelopes


def write_records(number: int, envelopes: list[bytes], not_held: list[bytes]) -> bytes:
    plain = b"".join(len(e).to_bytes(4, "big") + e for e in envelopes)
    deflated = zlib.compress(plain) if plain else b""
    return write("records", number, len(envelopes), len(plain), deflated, b"".join(not_held))
