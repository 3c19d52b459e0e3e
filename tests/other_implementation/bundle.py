"""Reading bundles, whole and damaged: §13."""

import zlib
from dataclasses import dataclass, field

from .session import cut_envelopes
from .values import Fault, decode, digest, need

MAGIC = b"\x89MINGA\r\n\x1a\n"
SYNC = bytes.fromhex("f54d67e2b70c91ae")
HEAD = len(SYNC) + 1 + 4 + 4 + 32
BODY_MAX, BLOCK_MAX, HEADER_MAX, FALSE_STARTS_MAX = 1_049_600, 1_048_576, 4_096, 1_000


@dataclass
class Bundle:
    blocks: list[list[bytes]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    complete: bool | None = None


def _unpack(body: bytes) -> list[bytes]:
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(body, BLOCK_MAX + 1)
    except zlib.error:
        raise Fault("malformed", "zlib") from None
    need(len(plain) <= BLOCK_MAX and stream.eof and not stream.unused_data, "block")
    envelopes = cut_envelopes(plain)
    need(envelopes, "empty block")
    return envelopes


def _check_header(body: bytes) -> None:
    need(len(body) <= HEADER_MAX, "header", "over-limit")
    value = decode(body)
    need(type(value) is dict and type(value.get("made_at_ms")) is int, "header")
    need(all(type(value.get(name, "")) is str for name in ("network", "note")), "header")


def _check_trailer(body: bytes) -> tuple[int, int, bytes]:
    value = decode(body)
    need(type(value) is dict, "trailer")
    blocks, records, chain = (value.get(name) for name in ("blocks", "records", "chain"))
    need(
        type(blocks) is int and type(records) is int and type(chain) is bytes and len(chain) == 32, "trailer"
    )
    return blocks, records, chain


def _frame(data: bytes, at: int) -> tuple[bytes, int, bytes, bytes, int] | None:
    """Type, number, digest, body and end of a whole frame, else None."""
    head = data[at : at + HEAD]
    size = int.from_bytes(head[13:17], "big")
    if len(head) < HEAD or size > BODY_MAX or at + HEAD + size > len(data):
        return None
    body = data[at + HEAD : at + HEAD + size]
    if digest("bundle", head[8:17] + body) != head[17:]:
        return None
    return head[8:9], int.from_bytes(head[9:13], "big"), head[17:], body, at + HEAD + size


def read(data: bytes) -> Bundle:
    need(data[: len(MAGIC)] == MAGIC and len(data) > len(MAGIC), "no bundle")
    need(data[len(MAGIC)] == 1, "version", "unsupported")
    bundle, at, lost, number, chain, false_starts = Bundle(), len(MAGIC) + 1, False, 0, bytes(32), 0
    while at < len(data):
        frame = _frame(data, at) if data.startswith(SYNC, at) else None
        if frame is None:
            if not lost:
                bundle.faults.append("damaged")
            lost = True
            false_starts += data.startswith(SYNC, at)
            need(false_starts <= FALSE_STARTS_MAX, "false starts", "over-limit")
            following = data.find(SYNC, at + 1)
            at = following if following >= 0 else len(data)
            continue
        kind, nth, sealed, body, at = frame
        try:
            need(kind in b"HBT", "type")
            if kind == b"H":
                need(nth == 0 and number == 0, "header not at the start")
                _check_header(body)
                lost = False
                continue
            need(nth > number, "a number that does not rise")
            content = _unpack(body) if kind == b"B" else _check_trailer(body)
        except Fault:
            bundle.faults.append("bad-block")
            lost = True
            continue
        if nth != number + 1 and not lost:
            bundle.faults.append("blocks-missing")
        before, number, lost = number, nth, False
        if kind == b"T":
            bundle.complete = content == (before, sum(map(len, bundle.blocks)), chain)
            if at < len(data):
                bundle.faults.append("trailing-bytes")
            return bundle
        bundle.blocks.append(content)
        chain = digest("bundle-chain", chain + sealed)
    bundle.faults.append("no-trailer")
    return bundle
