"""Writes bundle.json: bundles made byte by byte from the specification, without `protocol.bundle`.

    python -m tests.vectors.make_bundle > tests/vectors/bundle.json

Each case has the file in hex and what reading it gives: `error` where the whole file is refused, otherwise
the envelopes of each block, the faults in order, and whether the trailer finds everything there.  Compressed
streams are written out bit by bit (RFC 1951), so that the bytes do not depend on a zlib.
"""

import json
import sys
import zlib
from hashlib import blake2b
from typing import Any

import msgpack

MAGIC = bytes.fromhex("894d494e47410d0a1a0a")
SYNC = bytes.fromhex("f54d67e2b70c91ae")
RECORDS = [b"\x93first", b"\x93second, a little longer", b"\x93third"]


def digest(purpose: str, data: bytes) -> bytes:
    return blake2b(b"minga/1/" + purpose.encode() + b"\0" + data, digest_size=32).digest()


def packed(**members: Any) -> bytes:
    return msgpack.packb(dict(sorted(members.items())))


def frame(kind: bytes, number: int, body: bytes) -> bytes:
    head = kind + number.to_bytes(4, "big") + len(body).to_bytes(4, "big")
    return SYNC + head + digest("bundle", head + body) + body


def stored(raw: bytes) -> bytes:
    """A zlib stream of one stored block (at most 65,535 bytes)."""
    sizes = len(raw).to_bytes(2, "little") + (len(raw) ^ 0xFFFF).to_bytes(2, "little")
    return b"\x78\x01\x01" + sizes + raw + zlib.adler32(raw).to_bytes(4, "big")


def zeros(count: int) -> bytes:
    """A zlib stream of zero bytes in fixed Huffman codes (§3.2.6): one, repeats of 258, the rest."""
    repeats, rest = divmod(count - 1, 258)
    literal, repeat, end = "00110000", "11000101" + "00000", "0000000"
    bits = "110" + literal + repeat * repeats + literal * rest + end
    bits += "0" * (-len(bits) % 8)
    packed_bits = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))
    return b"\x78\x01" + packed_bits + zlib.adler32(bytes(count)).to_bytes(4, "big")


def block(number: int, *envelopes: bytes) -> bytes:
    return frame(b"B", number, stored(b"".join(len(one).to_bytes(4, "big") + one for one in envelopes)))


def trailer(blocks: list[bytes], records: int, number: int | None = None) -> bytes:
    chain = bytes(32)
    for whole in blocks:
        chain = digest("bundle-chain", chain + whole[17:49])
    number = len(blocks) + 1 if number is None else number
    return frame(b"T", number, packed(blocks=len(blocks), records=records, chain=chain))


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


def cases() -> list[dict[str, Any]]:
    start = MAGIC + b"\x01"
    head = frame(b"H", 0, packed(made_at_ms=1_767_225_600_000, network="minga", note="three records"))
    one, two = block(1, RECORDS[0], RECORDS[1]), block(2, RECORDS[2])
    end = trailer([one, two], 3)
    good = start + head + one + two + end
    first, second = [RECORDS[0], RECORDS[1]], [RECORDS[2]]
    at_one, at_two = len(start + head), len(start + head + one)
    at_end = at_two + len(two)
    none = start + head + trailer([], 0)
    extra = frame(b"H", 0, packed(made_at_ms=1, colour="green"))
    bomb = frame(b"B", 1, zeros(1_048_577))
    zero = frame(b"B", 1, stored(bytes(4)))
    short = frame(b"B", 1, stored((9).to_bytes(4, "big") + b"12345678"))
    late = frame(b"B", 1, stored(b"\0\0\0\x01A") + b"!")
    return [
        case("whole", good, [first, second], [], True),
        case("no records", none, [], [], True),
        case("header with a member unknown here", start + extra + one + trailer([one], 2), [first], [], True),
        case("empty file", b"", error="malformed"),
        case("another file", b"PK\x03\x04" + bytes(40), error="malformed"),
        case("sent as text", MAGIC.replace(b"\r\n", b"\n") + good[10:], error="malformed"),
        case("cut in the magic", MAGIC[:7], error="malformed"),
        case("cut before the version", MAGIC, error="malformed"),
        case("version 2", MAGIC + b"\x02" + good[11:], error="unsupported"),
        case("flipped in the header", flipped(good, 60), [first, second], ["damaged"], True),
        case("flipped in a block's body", flipped(good, at_one + 60), [second], ["damaged"], False),
        case("flipped in a block's size", flipped(good, at_one + 16), [second], ["damaged"], False),
        case(
            "a block's size flipped beyond the limit",
            flipped(good, at_one + 13),
            [second],
            ["damaged"],
            False,
        ),
        case("flipped in a mark", flipped(good, at_two + 3), [first], ["damaged"], False),
        case(
            "flipped in the trailer",
            flipped(good, at_end + 60),
            [first, second],
            ["damaged", "no-trailer"],
            None,
        ),
        case("cut in a block", good[: at_two + 50], [first], ["damaged", "no-trailer"], None),
        case("cut between blocks", good[:at_two], [first], ["no-trailer"], None),
        case(
            "bytes put in between",
            good[:at_two] + b"noise" + good[at_two:],
            [first, second],
            ["damaged"],
            True,
        ),
        case("a block taken out", good[:at_one] + good[at_two:], [second], ["blocks-missing"], False),
        case("the last block taken out", good[:at_two] + end, [first], ["blocks-missing"], False),
        case("a block twice", good[:at_two] + one + good[at_two:], [first, second], ["bad-block"], True),
        case(
            "blocks exchanged",
            start + head + two + one + end,
            [second],
            ["blocks-missing", "bad-block"],
            False,
        ),
        case("bytes after the end", good + b"more", [first, second], ["trailing-bytes"], True),
        case("two bundles in one file", good + good, [first, second], ["trailing-bytes"], True),
        case("a trailer that counts wrong", start + head + one + trailer([one], 7), [first], [], False),
        case("a block that unpacks to too much", start + bomb + trailer([bomb], 1), [], ["bad-block"], False),
        case("an envelope of no bytes", start + zero + trailer([zero], 1), [], ["bad-block"], False),
        case("a length beyond the block", start + short + trailer([short], 1), [], ["bad-block"], False),
        case("bytes after a block's stream", start + late + trailer([late], 1), [], ["bad-block"], False),
        case("a frame of unknown type", start + frame(b"X", 1, b"") + none[11:], [], ["bad-block"], True),
    ]


def case(
    name: str,
    data: bytes,
    blocks: list[list[bytes]] | None = None,
    faults: list[str] | None = None,
    complete: bool | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    if error is not None:
        return {"name": name, "bundle": data.hex(), "error": error}
    read = [[one.hex() for one in envelopes] for envelopes in blocks or []]
    return {"name": name, "bundle": data.hex(), "blocks": read, "faults": faults, "complete": complete}


def text() -> str:
    return json.dumps({"cases": cases()}, indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
