"""Canonical msgpack: one encoding per value, everything else refused (docs/protocol.md §2)."""

import json
import tracemalloc
from contextlib import suppress
from typing import Any
from unicodedata import is_normalized, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.canonical import decode, encode
from protocol.errors import Malformed, OverLimit, ProtocolError
from protocol.limits import DEPTH_MAX, INTEGER_MAX
from tests.shared_inputs import shared_path

ROOM = 1_000_000

texts = st.text(max_size=20).map(lambda text: normalize("NFC", text))
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-INTEGER_MAX, INTEGER_MAX), texts, st.binary(max_size=40)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=12) | st.dictionaries(texts, inner, max_size=6),
    max_leaves=30,
)


@given(values)
def test_round_trip(value: Any) -> None:
    data = encode(value)
    assert decode(data, len(data)) == value
    assert encode(decode(data, len(data))) == data


@given(st.dictionaries(texts, leaves, max_size=10), st.randoms(use_true_random=False))
def test_maps_have_one_order_the_one_of_their_utf8_bytes(value: dict[str, Any], rng: Any) -> None:
    items = list(value.items())
    rng.shuffle(items)
    data = encode(dict(items))
    assert data == encode(value)
    keys = [key.encode() for key in decode(data, ROOM)]
    assert keys == sorted(keys)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_value_in_its_one_form_or_refused(data: bytes) -> None:
    try:
        value = decode(data, ROOM)
    except ProtocolError as error:
        assert type(error) in (Malformed, OverLimit)
    else:
        assert encode(value) == data


@given(values, st.data())
def test_a_changed_byte_is_another_value_or_refused(value: Any, data: st.DataObject) -> None:
    encoded = bytearray(encode(value))
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    try:
        other = decode(bytes(encoded), ROOM)
    except (Malformed, OverLimit):
        return
    assert encode(other) == bytes(encoded)


@given(values)
def test_nothing_may_follow_and_nothing_may_lack(value: Any) -> None:
    data = encode(value)
    for wrong in (data + b"\xc0", data[:-1]):
        with pytest.raises(Malformed):
            decode(wrong, ROOM)


def suite() -> list[tuple[str, dict[str, Any], bytes]]:
    groups = json.loads(shared_path("vectors", "msgpack-test-suite.json").read_text())
    return [
        (group, case, bytes.fromhex(form.replace("-", "")))
        for group, cases in groups.items()
        for case in cases
        for form in case["msgpack"]
    ]


def test_published_suite_of_msgpack() -> None:
    """Of each value in the subset the shortest form is accepted; every other form is refused."""
    accepted = 0
    for group, case, data in suite():
        kind = next(iter(case.keys() - {"msgpack", "bignum"}), "bignum")
        in_subset = kind in ("nil", "bool", "string", "binary", "array", "map", "number", "bignum")
        value = bytes.fromhex(case[kind].replace("-", "")) if kind == "binary" else case[kind]
        if "bignum" in case:
            value = int(case["bignum"])
            in_subset = abs(value) <= INTEGER_MAX
        in_subset = in_subset and not isinstance(value, float)
        if kind == "map":
            in_subset = in_subset and list(value) == sorted(value)
        if in_subset and data == encode(value):
            assert decode(data, ROOM) == value, (group, data)
            accepted += 1
        else:
            with pytest.raises((Malformed, OverLimit)):
                decode(data, ROOM)
    assert accepted >= 40


def test_every_value_of_the_suite_that_is_in_the_subset_has_its_form_there() -> None:
    by_value: dict[str, list[bytes]] = {}
    for group, case, data in suite():
        if group[:2] in ("10", "11", "12", "20", "21", "30", "31", "32", "40", "42"):
            by_value.setdefault(json.dumps(case), []).append(data)
    assert len(by_value) > 40
    for text, forms in by_value.items():
        case = json.loads(text)
        kind = next(iter(case.keys() - {"msgpack"}))
        value = bytes.fromhex(case[kind].replace("-", "")) if kind == "binary" else case[kind]
        assert encode(value) in forms


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",  # never used
        b"\xca\x00\x00\x00\x00",  # floats
        b"\xcb" + bytes(8),
        b"\xd4\x01\x00",  # extensions
        b"\xd6\xff\x00\x00\x00\x00",  # a timestamp
        b"\xc7\x0c\xff" + bytes(12),
        b"\xcc\x7f",  # long forms
        b"\xcd\x00\xff",
        b"\xd0\xe0",
        b"\xd9\x01a",
        b"\xc5\x00\x01a",
        b"\xdc\x00\x01\xc0",
        b"\xde\x00\x01\xa1a\xc0",
        b"\x81\x01\xc0",  # keys that are not strings
        b"\x81\xc4\x01a\xc0",
        b"\x81\xc0\xc0",
        b"\x81\x90\xc0",
        b"\x82\xa1b\xc0\xa1a\xc0",  # out of order
        b"\x82\xa1a\xc0\xa1a\xc0",  # twice
        b"\xa2\xc3\x28",  # not UTF-8
        b"\xa3\xed\xa0\x80",  # a surrogate
        b"\xa2\xc0\x80",  # an overlong zero
        b"\xa4\xf4\x90\x80\x80",  # past U+10FFFF
        b"\xa3e\xcc\x81",  # é in two code points
        b"\x81\xa3e\xcc\x81\xc0",
        b"\x91",  # short of what they announce
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
    ],
)
def test_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode(data, ROOM)


@pytest.mark.parametrize(
    "value",
    [1.0, {1: 1}, {b"a": 1}, {None: 1}, "e\u0301", {"e\u0301": 1}, "\ud800", {"\ud800": 1}, [1] * 9 + [1.5]]
)  # fmt: skip
def test_what_the_subset_cannot_say_is_not_encoded(value: Any) -> None:
    with pytest.raises(Malformed):
        encode(value)


def nested(depth: int, kind: str) -> Any:
    value: Any = [] if kind == "array" else {}
    for _ in range(depth - 1):
        value = [value] if kind == "array" else {"a": value}
    return value


@pytest.mark.parametrize("kind", ["array", "map"])
def test_depth_at_its_limit_and_past_it(kind: str) -> None:
    data = encode(nested(DEPTH_MAX, kind))
    assert decode(data, ROOM) == nested(DEPTH_MAX, kind)
    with pytest.raises(OverLimit):
        encode(nested(DEPTH_MAX + 1, kind))
    deeper = (b"\x91" if kind == "array" else b"\x81\xa1a") + data
    with pytest.raises(OverLimit):
        decode(deeper, ROOM)


@pytest.mark.parametrize("levels", [100, 1_023, 1_024, 1_025, 100_000])
@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa1a", b"\xdc\x00\x01", b"\x92\xc0"])
def test_nesting_bombs(levels: int, opening: bytes) -> None:
    for bomb in (opening * levels + b"\xc0", opening * levels):
        with pytest.raises((Malformed, OverLimit)):
            decode(bomb, len(bomb))
    deep: Any = None
    for _ in range(levels):
        deep = {"a": deep} if opening[0] == 0x81 else [deep]
    with pytest.raises(OverLimit):
        encode(deep)


@pytest.mark.parametrize("sign", [1, -1])
def test_integers_at_their_limit_and_past_it(sign: int) -> None:
    assert decode(encode(sign * INTEGER_MAX), ROOM) == sign * INTEGER_MAX
    beyond = sign * (INTEGER_MAX + 1)
    for value in (beyond, [1] * 20 + [beyond], {"a": beyond}, sign * 2**70, [sign * 2**70] * 10):
        with pytest.raises(OverLimit):
            encode(value)
    raw = b"\xcf" + beyond.to_bytes(8) if sign > 0 else b"\xd3" + beyond.to_bytes(8, signed=True)
    for data in (raw, b"\x91" + raw, b"\x9b" + raw + b"\x00" * 10):
        with pytest.raises(OverLimit):
            decode(data, ROOM)


def test_size_at_its_limit_and_past_it() -> None:
    data = encode("a" * 100)
    assert decode(data, len(data)) == "a" * 100
    with pytest.raises(OverLimit):
        decode(data, len(data) - 1)


@pytest.mark.parametrize("count", [15, 16, 255, 256, 1_023, 1_024, 1_025, 65_535, 65_536, 140_000])
def test_long_arrays(count: int) -> None:
    for value in (list(range(count)), ["x"] * count, [b""] * count, [None] * count):
        assert decode(encode(value), ROOM) == value


@pytest.mark.parametrize(
    "bomb",
    [
        b"\xdd\x00\x02\x00\x00" * 1_000 + b"\xc0" * 135_000,
        b"\xdd\x7f\xff\xff\xff" * 1_000,
        b"\xdc\xff\xff" * 1_020,
        b"\xdc\x03\xff" * 340,  # as long as what is read without being measured first
        b"\xdf\x00\x02\x00\x00\xa1a" * 1_000 + b"\xc0" * 135_000,
        b"\x91" * 524_288,
        b"\xdd\x00\x07\xff\xfb" + b"\x90" * 524_283,
    ],
)
def test_what_a_bomb_allocates(bomb: bytes) -> None:
    """A length is believed only once its items are seen: some 100 bytes of memory for each one sent."""
    tracemalloc.start()
    try:
        with pytest.raises((Malformed, OverLimit)):
            decode(bomb + b"\xc1", ROOM)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16_000_000 + 100 * len(bomb)


def test_strings_of_the_published_json_suite() -> None:
    """Every NFC string of the accepted files goes through; the files' raw bytes only ever fail cleanly."""
    strings = 0
    for path in sorted(shared_path("vectors", "jsontestsuite-test_parsing").glob("*.json")):
        raw = path.read_bytes()
        for data in (raw, b"\xdb" + len(raw).to_bytes(4) + raw):
            with suppress(Malformed, OverLimit):
                decode(data, ROOM)
        if not path.name.startswith("y_"):
            continue
        for text in strings_in(json.loads(raw)):
            strings += 1
            try:
                assert decode(encode(text), ROOM) == text
                assert is_normalized("NFC", text)
            except Malformed:
                assert not is_normalized("NFC", text) or any("\ud800" <= c <= "\udfff" for c in text)
    assert strings > 40


def strings_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [s for key, item in value.items() for s in [key, *strings_in(item)]]
    if isinstance(value, list):
        return [s for item in value for s in strings_in(item)]
    return [value] if isinstance(value, str) else []
