"""Messages and their bytes: round trips, limits at and past their value, and any bytes at all."""

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.canonical import encode
from protocol.errors import Malformed, OverLimit, ProtocolError
from protocol.identifiers import RecordId
from protocol.session.batch import RecordBatch, pack_answer, pack_batch, unpack_batch
from protocol.session.messages import (
    Announce,
    Bye,
    Error,
    Hello,
    Invite,
    Message,
    Peers,
    Phase,
    Reconcile,
    Records,
    Unrecognised,
    Want,
    decode_message,
    encode_message,
)


def ids(number: int) -> tuple[RecordId, ...]:
    return tuple(RecordId(n.to_bytes(32, "big")) for n in range(number))


texts = st.text("añ½z ", max_size=20)
some_ids = st.integers(1, 40).map(ids)
some_messages = st.one_of(
    st.builds(Error, texts, texts),
    st.builds(
        Hello,
        network=texts,
        software=texts,
        records=st.integers(0, limits.INTEGER_MAX),
        versions=st.lists(st.integers(0, 9), min_size=1, max_size=16).map(tuple),
        features=st.lists(texts, max_size=32).map(tuple),
        addresses=st.lists(texts, max_size=8).map(tuple),
        scope=st.none() | st.integers(0, 5),
    ),
    st.just(Bye()),
    st.just(Invite()),
    st.builds(Reconcile, st.integers(1, 99), st.sampled_from(list(Phase)[:3]), st.binary(min_size=1)),
    st.builds(Reconcile, st.integers(1, 99), st.just(Phase.END)),
    st.builds(Want, st.integers(1, 99), some_ids),
    st.builds(
        Records, st.integers(1, 99), st.lists(st.binary(min_size=1), min_size=1).map(pack_batch), some_ids
    ),
    st.builds(Announce, some_ids),
    st.builds(Peers, st.lists(texts, max_size=32).map(tuple)),
)


@given(some_messages)
def test_what_is_written_is_what_is_read(message: Message) -> None:
    assert decode_message(encode_message(message)) == message


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=30))
def test_a_batch_gives_back_its_envelopes(envelopes: list[bytes]) -> None:
    assert unpack_batch(pack_batch(envelopes)) == envelopes


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_one_of_two_errors(data: bytes) -> None:
    with_errors(data)


@given(some_messages, st.data())
@settings(max_examples=300)
def test_a_spoilt_message_is_a_message_or_one_of_two_errors(message: Message, data: st.DataObject) -> None:
    whole = bytearray(encode_message(message))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    with_errors(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    with_errors(bytes(whole))


def with_errors(data: bytes) -> None:
    try:
        message = decode_message(data)
        if isinstance(message, Records):
            unpack_batch(message.batch)
    except ProtocolError as error:
        assert type(error) in (Malformed, OverLimit)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 70_000) | st.text("ab", max_size=5) | st.binary(max_size=70),
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.integers(0, 9), st.lists(values, max_size=6))
@settings(max_examples=300)
def test_any_value_in_any_field_is_a_message_or_one_of_two_errors(kind: int, fields: list[object]) -> None:
    with_errors(encode([kind, *fields]))


@given(st.integers(0, 40), st.integers(0, 4_000), st.binary(max_size=200))
def test_any_batch_opens_or_is_one_of_two_errors(count: int, size: int, noise: bytes) -> None:
    for deflated in (noise, zlib.compress(noise), zlib.compress(noise * 100)):
        try:
            unpack_batch(RecordBatch(count, size, deflated))
        except ProtocolError as error:
            assert type(error) in (Malformed, OverLimit)


def hello(**other: object) -> bytes:
    said = {"network": "minga", "software": "x", "versions": [1], **other}
    return encode([1, said])


ZEROS = b"\0" * 32
HELLO_OVERHEAD_BYTES = len(hello(later=bytes(1_000))) - 1_000

AT_LIMIT = [
    (lambda n: encode([5, 1, b"".join(ids(n))]), limits.WANT_IDS_MAX),
    (lambda n: encode([7, b"".join(ids(n))]), limits.ANNOUNCE_IDS_MAX),
    (lambda n: encode([6, 1, 0, 0, b"", b"".join(ids(n))]), limits.WANT_IDS_MAX),
    (lambda n: encode([6, 1, n, 3_000, b"x", b""]), limits.WANT_IDS_MAX),
    (lambda n: encode([6, 1, 1, n, b"x", b""]), limits.RECORDS_SIZE_MAX_BYTES),
    (lambda n: encode([6, 1, 1, 500, bytes(n), b""]), limits.RECORDS_DEFLATED_MAX_BYTES),
    (lambda n: encode([3, 1, 0, bytes(n)]), limits.RECONCILE_MESSAGE_SIZE_MAX_BYTES),
    (lambda n: encode([8, ["a"] * n]), limits.PEERS_ADDRESSES_MAX),
    (lambda n: encode([8, ["a" * n]]), limits.ADDRESS_LENGTH_MAX_CHARS),
    (lambda n: encode([0, "malformed", "a" * n]), limits.ERROR_TEXT_LENGTH_MAX_CHARS),
    (lambda n: encode([0, "a" * n, ""]), limits.KIND_LENGTH_MAX_BYTES),
    (lambda n: hello(versions=[1] * n), limits.VERSIONS_MAX),
    (lambda n: hello(features=["a"] * n), limits.FEATURES_MAX),
    (lambda n: hello(features=["a" * n]), limits.FEATURE_LENGTH_MAX_CHARS),
    (lambda n: hello(addresses=["a"] * n), limits.HELLO_ADDRESSES_MAX),
    (lambda n: hello(addresses=["a" * n]), limits.ADDRESS_LENGTH_MAX_CHARS),
    (lambda n: hello(software="a" * n), limits.SOFTWARE_LENGTH_MAX_CHARS),
    (lambda n: hello(network="a" * n), limits.NETWORK_NAME_SIZE_MAX_BYTES),
    (lambda n: hello(network="ñ" * (n // 2) + "a" * (n % 2)), limits.NETWORK_NAME_SIZE_MAX_BYTES),
    (lambda n: hello(later=bytes(n - HELLO_OVERHEAD_BYTES)), limits.HELLO_SIZE_MAX_BYTES),
]


@pytest.mark.parametrize(("make", "limit"), AT_LIMIT)
def test_each_limit_holds_at_its_value_and_not_past_it(make, limit: int) -> None:
    decode_message(make(limit))
    with pytest.raises(OverLimit):
        decode_message(make(limit + 1))


def test_the_largest_envelope_fits_an_answer_and_no_larger_one() -> None:
    largest = bytes(limits.ENVELOPE_SIZE_MAX_BYTES)
    assert unpack_batch(pack_batch([largest])) == [largest]
    with pytest.raises(OverLimit):
        unpack_batch(pack_batch([largest + b"\0"]))
    nearly_full = bytes(limits.RECORDS_SIZE_TARGET_BYTES - 8)
    batch, _ = pack_answer([(RecordId(ZEROS), nearly_full), (RecordId(ZEROS), largest)])
    assert batch.count == 1
    assert pack_batch([nearly_full, largest]).size_bytes <= limits.RECORDS_SIZE_MAX_BYTES


def test_an_answer_is_filled_from_the_front_and_read_no_further() -> None:
    names = ids(6)
    read: list[RecordId] = []

    def found():
        for name, envelope in zip(names, (b"a" * 50, None, b"b" * 50, None, b"c" * 50, b"d"), strict=True):
            read.append(name)
            yield name, envelope

    batch, not_held = pack_answer(found(), size_target_bytes=120)
    assert unpack_batch(batch) == [b"a" * 50, b"b" * 50]
    assert not_held == [names[1], names[3]]
    assert read == list(names[:5])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x90",
        b"\x80",
        b"\xc0",
        encode(["hello"]),
        encode([-1]),
        encode([True]),
        encode([2, 0]),
        encode([4, None]),
        encode([5, 1, b""]),
        encode([5, 0, ZEROS]),
        encode([5, 1, ZEROS[1:]]),
        encode([5, 1, ZEROS + ZEROS]),
        encode([6, 1, 0, 0, b"", b""]),
        encode([6, 1, 1, 0, b"", b""]),
        encode([6, 1, 0, 9, b"x", ZEROS]),
        encode([6, 1, 10, 49, b"x", b""]),
        encode([7, b""]),
        encode([3, 1, 3, b"x"]),
        encode([3, 1, 0, b""]),
        encode([3, 1, 4, b"x"]),
        encode([3, 0, 0, b"x"]),
        encode([1, []]),
        encode([1, {"network": "minga", "software": "x"}]),
        hello(versions=[]),
        hello(versions=["1"]),
        hello(records=-1),
        hello(features=None),
        b"\x92\x07\xc5\x00\x20" + ZEROS,  # a length not in its shortest form
        encode([2]) + b"\0",
    ],
)
def test_what_is_not_to_the_letter_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        decode_message(data)


def test_what_a_hello_may_leave_out_and_add() -> None:
    message = decode_message(hello(greeting={"es": "hola"}))
    assert message == Hello("minga", "x")


def test_an_unknown_type_is_no_failure_whatever_it_carries() -> None:
    assert decode_message(encode([9])) == Unrecognised(9)
    assert decode_message(encode([500, {"a": [1, 2]}, b"x"])) == Unrecognised(500)
