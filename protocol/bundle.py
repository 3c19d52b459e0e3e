"""The bundle: records in a file, for a USB stick, a mail or an archive (docs/protocol.md §13).

    bundle = magic, version byte, header frame, block frames, trailer frame
    frame  = SYNC (8), type (1), number (4), size of the body (4), digest (32), body

Records prove themselves, so a bundle carries no signature; its digests are against accident.  Every frame has
its own, over its type, number, size and body: damage costs the block it falls in, and reading goes on at the
next frame.  Numbers are big-endian.  A block's body is zlib (RFC 1950) of envelopes, each after its length.

Pure and streaming both ways: `encode_bundle` yields bytes, `BundleDecoder` takes them in pieces of any size.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from protocol.canonical import decode, encode
from protocol.errors import Malformed, OverLimit, ProtocolError, Unsupported
from protocol.identifiers import ID_SIZE_BYTES, tagged_hash
from protocol.limits import (
    BUNDLE_BLOCK_SIZE_BYTES,
    BUNDLE_BLOCK_SIZE_MAX_BYTES,
    BUNDLE_BODY_SIZE_MAX_BYTES,
    BUNDLE_FAULTS_MAX,
    BUNDLE_HEADER_SIZE_MAX_BYTES,
    ENVELOPE_SIZE_MAX_BYTES,
)

# Like PNG's: a high byte, the name, and line ends that a transfer as text would change.
MAGIC = b"\x89MINGA\r\n\x1a\n"
BUNDLE_VERSION = 1
SYNC = bytes.fromhex("f54d67e2b70c91ae")

HEADER, BLOCK, TRAILER = 0x48, 0x42, 0x54  # H, B, T
FRAME_HEAD_SIZE_BYTES = len(SYNC) + 1 + 4 + 4 + ID_SIZE_BYTES
_START_SIZE_BYTES = len(MAGIC) + 1
_LENGTH_SIZE_BYTES = 4


@dataclass(frozen=True, slots=True)
class BundleHeader:
    """What a bundle says of itself: when it was made (ms), in which network, a note.  All are hints."""

    made_at_ms: int
    network: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where reading stands after a block, to go on from.  `chain` is the digest of all blocks so far."""

    offset: int = 0
    blocks: int = 0
    records: int = 0
    chain: bytes = bytes(ID_SIZE_BYTES)


@dataclass(frozen=True, slots=True)
class Block:
    """The envelopes of one block, unverified, and where reading stands once they are taken."""

    number: int
    envelopes: tuple[bytes, ...] = field(repr=False)
    progress: Progress


class Fault(StrEnum):
    """What can be wrong with a part of a bundle; the rest is read nevertheless."""

    DAMAGED = "damaged"  # bytes that are no whole frame: flipped, cut out, overwritten
    BAD_BLOCK = "bad-block"  # a whole frame that does not hold what it should, or more than a block may
    BLOCKS_MISSING = "blocks-missing"  # whole blocks were taken out
    NO_TRAILER = "no-trailer"  # the file ends too early
    TRAILING_BYTES = "trailing-bytes"  # the file goes on after its end


@dataclass(frozen=True, slots=True)
class Damage:
    """A stretch of the file, `offset` up to `end`, that gave nothing, and why."""

    offset: int
    end: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Trailer:
    """The end: how many blocks and records were put in, and whether exactly these came out."""

    blocks: int
    records: int
    complete: bool


Item = BundleHeader | Block | Damage | Trailer


def encode_bundle(envelopes: Iterable[bytes], header: BundleHeader) -> Iterator[bytes]:
    """Yield the bytes of a bundle, block by block.  Raises `OverLimit` for what is too large."""
    hints = {"made_at_ms": header.made_at_ms, "network": header.network, "note": header.note}
    described = encode({name: value for name, value in hints.items() if value is not None})
    if len(described) > BUNDLE_HEADER_SIZE_MAX_BYTES:
        raise OverLimit(
            f"a bundle's header is larger than {BUNDLE_HEADER_SIZE_MAX_BYTES} bytes: shorten its note"
        )
    yield MAGIC + bytes([BUNDLE_VERSION]) + frame(HEADER, 0, described)
    blocks = records = 0
    chain = bytes(ID_SIZE_BYTES)
    for number, (body, count) in enumerate(_bodies(envelopes), start=1):
        whole = frame(BLOCK, number, body)
        blocks, records = number, records + count
        chain = _chained(chain, whole)
        yield whole
    yield frame(TRAILER, blocks + 1, encode({"blocks": blocks, "records": records, "chain": chain}))


def frame(kind: int, number: int, body: bytes) -> bytes:
    """Return one whole frame."""
    head = bytes([kind]) + number.to_bytes(4, "big") + len(body).to_bytes(4, "big")
    return SYNC + head + tagged_hash("bundle", head + body) + body


def _bodies(envelopes: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield compressed blocks and how many envelopes each holds."""
    parts: list[bytes] = []
    size = 0
    for envelope in envelopes:
        if not 0 < len(envelope) <= ENVELOPE_SIZE_MAX_BYTES:
            raise OverLimit(f"an envelope of {len(envelope)} bytes does not belong in a bundle")
        parts.append(len(envelope).to_bytes(_LENGTH_SIZE_BYTES, "big") + envelope)
        size += len(parts[-1])
        if size >= BUNDLE_BLOCK_SIZE_BYTES:
            yield zlib.compress(b"".join(parts)), len(parts)
            parts, size = [], 0
    if parts:
        yield zlib.compress(b"".join(parts)), len(parts)


def _chained(chain: bytes, whole_frame: bytes) -> bytes:
    digest = whole_frame[FRAME_HEAD_SIZE_BYTES - ID_SIZE_BYTES : FRAME_HEAD_SIZE_BYTES]
    return tagged_hash("bundle-chain", chain + digest)


class BundleDecoder:
    """Reads a bundle from pieces of any size, holding one frame at a time.

    Start it with the `progress` of an earlier block and feed it the file from that offset to go on after it.
    `salvage` reads a file whose first bytes are damaged too, from the first frame that is whole.
    """

    def __init__(self, progress: Progress | None = None, salvage: bool = False) -> None:
        self._progress = progress or Progress()
        self._buffer = bytearray()
        self._offset = self._progress.offset  # of the buffer's first byte in the file
        self._started = self._progress.offset > 0
        self._salvage = salvage
        self._lost_from: int | None = None
        self._lost_bad_block = False
        self._faults = 0
        self._ended = False

    def feed(self, data: bytes) -> list[Item]:
        """Take more bytes; return what they complete.

        Raises `Malformed` where the file is no bundle, `Unsupported` where it is of another version, and
        `OverLimit` where it is damaged beyond `BUNDLE_FAULTS_MAX`.
        """
        self._buffer += data
        if not self._started:
            if len(self._buffer) < _START_SIZE_BYTES and MAGIC.startswith(self._buffer[: len(MAGIC)]):
                return []
            self._start()
        return self._frames(at_end=False)

    def finish(self) -> list[Item]:
        """Say that the file has ended; return what is left, and what is missing.  Raises as `feed` does."""
        if not self._started:
            self._start()
        items = self._frames(at_end=True)
        if not self._ended:
            items += self._lost_until(self._offset)
            items.append(Damage(self._offset, self._offset, Fault.NO_TRAILER))
        elif self._lost_from is not None:
            items.append(Damage(self._lost_from, self._offset, Fault.TRAILING_BYTES))
            self._lost_from = None
        return items

    def _start(self) -> None:
        whole = self._buffer.startswith(MAGIC + bytes([BUNDLE_VERSION]))
        if self._salvage and not whole:
            self._started = True  # what stands before the first whole frame is lost
            return
        if not self._buffer.startswith(MAGIC):
            raise Malformed("the file is not a bundle")
        if len(self._buffer) < _START_SIZE_BYTES:
            raise Malformed("the bundle ends before its version")
        version = self._buffer[len(MAGIC)]
        if version != BUNDLE_VERSION:
            raise Unsupported(f"bundle version {version}; this implementation knows {BUNDLE_VERSION}")
        self._drop(_START_SIZE_BYTES)
        self._started = True

    def _frames(self, at_end: bool) -> list[Item]:
        items: list[Item] = []
        while self._buffer:
            if self._ended:
                # Whatever follows the trailer is not read, only counted.
                self._lose(len(self._buffer), bad_block=False)
                break
            if not self._buffer.startswith(SYNC):
                if not at_end and SYNC.startswith(self._buffer):
                    break
                self._seek_sync(at_end)
                continue
            size = self._frame_size()
            if size is not None and len(self._buffer) < size and not at_end:
                break
            if size is None and len(self._buffer) < FRAME_HEAD_SIZE_BYTES and not at_end:
                break
            whole = bytes(self._buffer[:size]) if size is not None and len(self._buffer) >= size else None
            items += self._frame(whole)
        return items

    def _frame_size(self) -> int | None:
        """Return the size of the frame that starts here, None where its head is cut or claims too much."""
        if len(self._buffer) < FRAME_HEAD_SIZE_BYTES:
            return None
        claimed = int.from_bytes(self._buffer[13:17], "big")
        return None if claimed > BUNDLE_BODY_SIZE_MAX_BYTES else FRAME_HEAD_SIZE_BYTES + claimed

    def _frame(self, whole: bytes | None) -> list[Item]:
        """Read one frame, or step past a start that is none."""
        head = b"" if whole is None else whole[len(SYNC) : FRAME_HEAD_SIZE_BYTES - ID_SIZE_BYTES]
        if whole is None or not _digest_matches(whole, head):
            self._fault()
            self._lose(len(SYNC), bad_block=False)
            return []
        start = self._offset
        kind, number = head[0], int.from_bytes(head[1:5], "big")
        try:
            item = self._content(kind, number, whole)
        except ProtocolError:
            self._fault()
            items = self._lost_until(start)
            self._lose(len(whole), bad_block=True)
            return items
        items = self._lost_until(start)
        if isinstance(item, Block | Trailer) and number != self._progress.blocks + 1 and not items:
            items.append(Damage(start, start, Fault.BLOCKS_MISSING))
        self._drop(len(whole))
        if isinstance(item, Block):
            self._progress = item.progress
        self._ended = isinstance(item, Trailer)
        return [*items, item]

    def _content(self, kind: int, number: int, whole: bytes) -> Item:
        """Return what a whole frame holds.  Raises `Malformed` or `OverLimit`."""
        body = whole[FRAME_HEAD_SIZE_BYTES:]
        before = self._progress
        match kind:
            case 0x48 if number == 0 and before.blocks == 0:
                return _header(body)
            case 0x42 if number > before.blocks:
                envelopes = _envelopes(body)
                chain = _chained(before.chain, whole)
                end = self._offset + len(whole)
                return Block(number, envelopes, Progress(end, number, before.records + len(envelopes), chain))
            case 0x54 if number > before.blocks:
                blocks, records, chain = _trailer(body)
                return Trailer(blocks, records, (blocks, records, chain) == _counted(before))
            case _:
                raise Malformed("a frame of unknown type, or out of its order")

    def _seek_sync(self, at_end: bool) -> None:
        """Lose bytes up to the next place where a frame may start."""
        found = self._buffer.find(SYNC)
        if found >= 0:
            self._lose(found, bad_block=False)
        else:
            # The last bytes may be the start of a mark that the next piece completes.
            kept = 0 if at_end else len(SYNC) - 1
            self._lose(max(1, len(self._buffer) - kept), bad_block=False)

    def _lose(self, count: int, bad_block: bool) -> None:
        if self._lost_from is None:
            self._lost_from = self._offset
            self._lost_bad_block = bad_block
        self._drop(count)

    def _lost_until(self, end: int) -> list[Item]:
        """Return the damage that ends here, if any, and forget it."""
        if self._lost_from is None or self._lost_from == end:
            self._lost_from = None
            return []
        damage = Damage(self._lost_from, end, Fault.BAD_BLOCK if self._lost_bad_block else Fault.DAMAGED)
        self._lost_from = None
        return [damage]

    def _fault(self) -> None:
        self._faults += 1
        if self._faults > BUNDLE_FAULTS_MAX:
            raise OverLimit(f"the bundle is damaged in more than {BUNDLE_FAULTS_MAX} places")

    def _drop(self, count: int) -> None:
        count = min(count, len(self._buffer))
        del self._buffer[:count]
        self._offset += count


def decode_bundle(
    pieces: Iterable[bytes], progress: Progress | None = None, salvage: bool = False
) -> Iterator[Item]:
    """Yield what a bundle holds, in order.  Raises as `BundleDecoder` does."""
    decoder = BundleDecoder(progress, salvage)
    for piece in pieces:
        yield from decoder.feed(piece)
    yield from decoder.finish()


def _digest_matches(whole: bytes, head: bytes) -> bool:
    stated = whole[FRAME_HEAD_SIZE_BYTES - ID_SIZE_BYTES : FRAME_HEAD_SIZE_BYTES]
    return stated == tagged_hash("bundle", head + whole[FRAME_HEAD_SIZE_BYTES:])


def _counted(progress: Progress) -> tuple[int, int, bytes]:
    return progress.blocks, progress.records, progress.chain


def _header(body: bytes) -> BundleHeader:
    hints = decode(body, BUNDLE_HEADER_SIZE_MAX_BYTES)
    if type(hints) is not dict or type(hints.get("made_at_ms")) is not int:
        raise Malformed("a bundle's header does not say when it was made")
    return BundleHeader(hints["made_at_ms"], _hint(hints, "network"), _hint(hints, "note"))


def _hint(hints: dict[str, Any], name: str) -> str | None:
    value = hints.get(name)
    return value if type(value) is str else None


def _trailer(body: bytes) -> tuple[int, int, bytes]:
    told = decode(body, BUNDLE_HEADER_SIZE_MAX_BYTES)
    if type(told) is not dict:
        raise Malformed("a bundle's trailer is not a map")
    blocks, records, chain = told.get("blocks"), told.get("records"), told.get("chain")
    if type(blocks) is not int or type(records) is not int or type(chain) is not bytes:
        raise Malformed("a bundle's trailer lacks its counts or its digest")
    return blocks, records, chain


def _envelopes(body: bytes) -> tuple[bytes, ...]:
    """Return the envelopes of a block, decompressed within its limit.  Raises `Malformed` or `OverLimit`."""
    unpacker = zlib.decompressobj()
    try:
        raw = unpacker.decompress(body, BUNDLE_BLOCK_SIZE_MAX_BYTES + 1)
    except zlib.error:
        raise Malformed("a block is not zlib") from None
    if len(raw) > BUNDLE_BLOCK_SIZE_MAX_BYTES:
        raise OverLimit(f"a block holds more than {BUNDLE_BLOCK_SIZE_MAX_BYTES} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise Malformed("a block's zlib stream ends too early or too late")
    envelopes: list[bytes] = []
    at = 0
    while at < len(raw):
        start = at + _LENGTH_SIZE_BYTES
        size = int.from_bytes(raw[at:start], "big")
        at = start + size
        if size == 0 or at > len(raw):
            raise Malformed("a block's lengths do not add up")
        if size > ENVELOPE_SIZE_MAX_BYTES:
            raise OverLimit(f"an envelope is larger than {ENVELOPE_SIZE_MAX_BYTES} bytes")
        envelopes.append(raw[start:at])
    if not envelopes:
        raise Malformed("a block is empty")
    return tuple(envelopes)
