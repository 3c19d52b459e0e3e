"""Bundles: vectors, round trips in pieces of any size, and what damage costs."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.bundle import (
    BLOCK,
    FRAME_HEAD_SIZE_BYTES,
    MAGIC,
    SYNC,
    Block,
    BundleDecoder,
    BundleHeader,
    Damage,
    Fault,
    Item,
    Progress,
    Trailer,
    decode_bundle,
    encode_bundle,
    frame,
)
from protocol.errors import Malformed, OverLimit, ProtocolError, Unsupported
from tests.vectors import make_bundle

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "bundle.json"
HEADER = BundleHeader(1_767_225_600_000, "minga", "for the valley")


def envelopes_of(items: list[Item]) -> list[bytes]:
    return [one for item in items if isinstance(item, Block) for one in item.envelopes]


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def large_bundle(count: int = 3_000) -> tuple[list[bytes], bytes]:
    dice = random.Random(7)
    envelopes = [dice.randbytes(dice.randint(1, 700)) for _ in range(count)]
    return envelopes, b"".join(encode_bundle(envelopes, HEADER))


@pytest.mark.parametrize("case", json.loads(VECTORS.read_text())["cases"], ids=lambda case: case["name"])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_vectors(case: dict[str, Any], size: int) -> None:
    data = bytes.fromhex(case["bundle"])
    if "error" in case:
        with pytest.raises(ProtocolError) as caught:
            list(decode_bundle(pieces(data, size)))
        assert caught.value.code == case["error"]
        return
    items = list(decode_bundle(pieces(data, size)))
    blocks = [[one.hex() for one in item.envelopes] for item in items if isinstance(item, Block)]
    assert blocks == case["blocks"]
    assert [str(item.fault) for item in items if isinstance(item, Damage)] == case["faults"]
    complete = [item.complete for item in items if isinstance(item, Trailer)]
    assert complete == ([] if case["complete"] is None else [case["complete"]])


def test_the_vectors_are_what_their_generator_writes() -> None:
    assert VECTORS.read_text(encoding="utf-8") == make_bundle.text()


@given(
    st.lists(st.binary(min_size=1, max_size=2_000), max_size=40),
    st.integers(1, 3_000),
    st.none() | st.text(max_size=20).map(lambda text: text.replace("\0", "")),
)
def test_what_goes_in_comes_out_in_pieces_of_any_size(
    envelopes: list[bytes], size: int, note: str | None
) -> None:
    try:
        data = b"".join(encode_bundle(envelopes, BundleHeader(1, None, note)))
    except Malformed:  # a note that is not NFC
        return
    items = list(decode_bundle(pieces(data, size)))
    assert items[0] == BundleHeader(1, None, note)
    assert envelopes_of(items) == envelopes
    assert items[-1] == Trailer(len(items) - 2, len(envelopes), complete=True)


def test_a_damaged_byte_costs_one_block_wherever_it_falls() -> None:
    envelopes, data = large_bundle()
    blocks = [item for item in decode_bundle([data]) if isinstance(item, Block)]
    assert len(blocks) > 3
    dice = random.Random(11)
    for at in (dice.randrange(len(MAGIC) + 1, len(data)) for _ in range(60)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << dice.randrange(8)
        items = list(decode_bundle(pieces(bytes(damaged), 50_000)))
        read = [item.number for item in items if isinstance(item, Block)]
        struck = (
            [block.number for block in blocks if block.progress.offset > at][:1]
            if read != list(range(1, len(blocks) + 1))
            else []
        )
        assert read == [block.number for block in blocks if block.number not in struck]
        damages = [item for item in items if isinstance(item, Damage)]
        assert damages[0].offset <= at < damages[0].end
        assert set(envelopes_of(items)) <= set(envelopes)


def test_a_cut_file_gives_every_whole_block_before_the_cut() -> None:
    data = large_bundle()[1]
    blocks = [item for item in decode_bundle([data]) if isinstance(item, Block)]
    for cut in [
        *(block.progress.offset - 1 for block in blocks),
        *(block.progress.offset for block in blocks),
    ]:
        items = list(decode_bundle([data[:cut]]))
        whole = [block for block in blocks if block.progress.offset <= cut]
        assert [item for item in items if isinstance(item, Block)] == whole
        assert isinstance(items[-1], Damage)
        assert items[-1].fault == Fault.NO_TRAILER


def test_reading_goes_on_where_it_stood() -> None:
    envelopes, data = large_bundle()
    whole = list(decode_bundle([data]))
    for block in [item for item in whole if isinstance(item, Block)]:
        rest = list(decode_bundle(pieces(data[block.progress.offset :], 10_000), block.progress))
        assert rest == whole[whole.index(block) + 1 :]
        assert rest[-1] == Trailer(len(whole) - 2, len(envelopes), complete=True)


def test_a_file_whose_first_bytes_are_gone_can_be_salvaged() -> None:
    envelopes, data = large_bundle(20)
    broken = bytes(len(MAGIC) + 1) + data[len(MAGIC) + 1 :]
    with pytest.raises(Malformed):
        list(decode_bundle([broken]))
    items = list(decode_bundle([broken], salvage=True))
    assert envelopes_of(items) == envelopes
    assert items[0] == Damage(0, len(MAGIC) + 1, Fault.DAMAGED)


def test_salvaging_finds_nothing_wrong_with_a_whole_file() -> None:
    data = large_bundle(20)[1]
    for size in (1, 7, len(data)):
        assert list(decode_bundle(pieces(data, size), salvage=True)) == list(decode_bundle([data]))


@settings(max_examples=300)
@given(st.binary(max_size=600), st.integers(0, 3), st.integers(1, 64))
def test_any_bytes_end_in_items_or_a_named_error(noise: bytes, prefix: int, size: int) -> None:
    start = [b"", MAGIC, MAGIC + b"\x01", MAGIC + b"\x01" + SYNC][prefix]
    try:
        items = list(decode_bundle(pieces(start + noise, size)))
    except (Malformed, Unsupported, OverLimit):
        return
    assert all(isinstance(item, BundleHeader | Block | Damage | Trailer) for item in items)
    stretches = [(item.offset, item.end) for item in items if isinstance(item, Damage)]
    assert stretches == sorted(stretches)


def test_a_size_that_is_claimed_and_never_comes_is_not_waited_for_forever() -> None:
    good = frame(BLOCK, 1, make_bundle.stored(b"\0\0\0\x01A"))
    claim = bytearray(frame(BLOCK, 1, b""))
    claim[13:17] = limits.BUNDLE_BODY_SIZE_MAX_BYTES.to_bytes(4, "big")
    items = list(decode_bundle([MAGIC + b"\x01" + bytes(claim) + good]))
    assert envelopes_of(items) == [b"A"]


def test_the_decoder_holds_one_frame_at_most() -> None:
    decoder = BundleDecoder()
    decoder.feed(MAGIC + b"\x01")
    largest = 0
    for _ in range(200):
        decoder.feed(bytes(100_000))
        largest = max(largest, len(decoder._buffer))
    assert largest < limits.BUNDLE_BODY_SIZE_MAX_BYTES + FRAME_HEAD_SIZE_BYTES + 100_000


@pytest.mark.parametrize("over", [0, 1])
def test_false_starts_are_counted(over: int) -> None:
    data = MAGIC + b"\x01" + (SYNC + bytes(1) + b"\xff" * 50) * (limits.BUNDLE_FAULTS_MAX + over)
    if over:
        with pytest.raises(OverLimit):
            list(decode_bundle([data]))
    else:
        assert [type(item) for item in decode_bundle([data])] == [Damage, Damage]


@pytest.mark.parametrize("over", [0, 1])
def test_a_block_is_read_up_to_its_limit(over: int) -> None:
    import zlib

    first = limits.ENVELOPE_SIZE_MAX_BYTES
    second = limits.BUNDLE_BLOCK_SIZE_MAX_BYTES - first - 8 + over
    raw = b"".join(size.to_bytes(4, "big") + bytes(size) for size in (first, second))
    items = list(decode_bundle([MAGIC + b"\x01" + frame(BLOCK, 1, zlib.compress(raw))]))
    assert [len(one) for one in envelopes_of(items)] == ([] if over else [first, second])


def test_envelopes_and_headers_have_their_limits_in_writing_too() -> None:
    largest = bytes(limits.ENVELOPE_SIZE_MAX_BYTES)
    assert envelopes_of(list(decode_bundle(encode_bundle([b"A" * 262_000, largest], HEADER)))) == [
        b"A" * 262_000,
        largest,
    ]
    for wrong in (b"", largest + b"\0"):
        with pytest.raises(OverLimit):
            list(encode_bundle([wrong], HEADER))
    with pytest.raises(OverLimit):
        list(encode_bundle([], BundleHeader(1, note="x" * limits.BUNDLE_HEADER_SIZE_MAX_BYTES)))


def test_progress_starts_at_nothing() -> None:
    assert Progress() == Progress(0, 0, 0, bytes(32))
