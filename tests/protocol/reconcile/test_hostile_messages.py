"""Any bytes give a defined fault or an answer, and no message costs more than its size allows."""

import contextlib
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol.errors import Malformed, OverLimit, ProtocolError, Unsupported
from protocol.limits import RECONCILE_MESSAGE_SIZE_MAX_BYTES, RECONCILE_ROUNDS_MAX, RECONCILE_SECONDS_MAX
from protocol.reconcile.items import Item, SortedItems
from protocol.reconcile.negentropy import Reconciler
from protocol.reconcile.wire import (
    INFINITY,
    VARINT_MAX,
    Bound,
    FingerprintRange,
    IdListRange,
    RangeWriter,
    Skip,
    decode_message,
    encode_varint,
)
from tests.protocol.reconcile.sets import digest_item, sealed

ITEMS = [digest_item("hostile", number) for number in range(300)]
FULL = sealed(ITEMS)
EVERYTHING_LISTED = b"\x61\x00\x00\x02"  # one id list up to infinity, its count to follow


def begun(items=FULL, **settings_):
    reconciler = Reconciler(items, **settings_)
    reconciler.initiate()
    return reconciler


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400) | st.binary(max_size=400).map(lambda tail: b"\x61" + tail))
@example(b"")
@example(b"\x61\x01\x00\x02\x00")
def test_any_bytes_are_answered_or_refused_as_a_protocol_fault(message):
    with contextlib.suppress(ProtocolError):
        assert Reconciler(FULL, 4_096).respond(message)[0] == 0x61
    with contextlib.suppress(ProtocolError):
        begun().advance(message)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 255), st.booleans())
def test_a_damaged_message_is_answered_or_refused_as_a_protocol_fault(place, value, cut):
    whole = Reconciler(sealed(ITEMS[:290])).respond(Reconciler(sealed(ITEMS[10:])).initiate())
    place %= len(whole)
    damaged = whole[:place] if cut else whole[:place] + bytes([value]) + whole[place + 1 :]
    for take in (Reconciler(FULL, 4_096).respond, begun().advance):
        with contextlib.suppress(ProtocolError):
            take(damaged)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x5f",
        b"\x70\x00\x00\x00",
        b"\x61\x00",  # a bound without its prefix length
        b"\x61\x00\x00",  # a range without its mode
        b"\x61\x00\x00\x03",  # no such mode
        b"\x61\x00\x00\x01" + bytes(15),  # a fingerprint too short
        b"\x61\x00\x01\x00\x00",  # infinity with a prefix
        b"\x61\x01\x21" + bytes(33) + b"\x00",  # a prefix of 33 bytes
        b"\x61\x01\x00\x00",  # ends where it begins
        b"\x61\x02\x01\x00\x00\x01\x01\x00\x00",  # the same bound twice, but for a zero
        b"\x61\x02\x01\x05\x00\x01\x01\x04\x00",  # descends
        b"\x61\x00\x00\x00\x01\x00\x00",  # goes on after infinity
        b"\x61\x80\x02\x00\x00",  # a varint with a leading zero digit
        b"\x61" + b"\xff" * 9 + b"\x7f\x00\x00",  # 70 bits
        b"\x61" + b"\xff" * 10 + b"\x01\x00\x00",  # eleven digits
        b"\x61" + encode_varint(VARINT_MAX) + b"\x00\x00" + encode_varint(3) + b"\x00\x00",  # past 2^64
        EVERYTHING_LISTED + b"\x01" + bytes(31),
        EVERYTHING_LISTED + encode_varint(2**60),
    ],
)
def test_what_the_grammar_does_not_give_is_malformed_in_both_roles(message):
    with pytest.raises(Malformed):
        Reconciler(FULL).respond(message)
    with pytest.raises(Malformed):
        begun().advance(message)


def test_the_largest_values_are_read():
    writer = RangeWriter()
    largest = Bound(VARINT_MAX - 1, b"\xff" * 32)
    message = b"\x61" + writer.skip(largest) + writer.id_list(INFINITY, [bytes(32)])
    assert decode_message(message) == [Skip(largest), IdListRange(INFINITY, [bytes(32)])]


def test_a_second_range_at_infinity_is_read_as_others_write_it():
    writer = RangeWriter()
    message = b"\x61" + writer.id_list(INFINITY, []) + writer.fingerprint(INFINITY, bytes(16))
    assert decode_message(message) == [IdListRange(INFINITY, []), FingerprintRange(INFINITY, bytes(16))]


def test_versions_are_answered_with_ours_and_end_the_initiator():
    for version in (0x60, 0x62, 0x6F):
        assert Reconciler(FULL).respond(bytes([version]) + b"anything") == b"\x61"
        with pytest.raises(Unsupported):
            begun().advance(bytes([version]))


def test_a_message_may_have_the_largest_size_and_no_byte_more():
    count = RECONCILE_MESSAGE_SIZE_MAX_BYTES // 32 - 1

    def sized(padding):
        writer = RangeWriter()
        skip = writer.skip(Bound(1, b"\1" * padding))
        return b"\x61" + skip + writer.id_list(INFINITY, [bytes(32)] * count)

    padding = RECONCILE_MESSAGE_SIZE_MAX_BYTES - len(sized(0))
    assert len(sized(padding)) == RECONCILE_MESSAGE_SIZE_MAX_BYTES
    assert begun().advance(sized(padding)).need == [bytes(32)]
    assert Reconciler(FULL).respond(sized(padding))
    with pytest.raises(OverLimit):
        begun().advance(sized(padding + 1))
    with pytest.raises(OverLimit):
        Reconciler(FULL).respond(sized(padding + 1))
    limited = Reconciler(FULL, message_size_max_bytes=5)
    assert limited.respond(EVERYTHING_LISTED + b"\x00")
    with pytest.raises(OverLimit):
        limited.respond(EVERYTHING_LISTED + b"\x00\x00")


def test_a_claim_of_countless_ids_takes_no_memory():
    reconciler = begun()
    tracemalloc.start()
    for count in (2**20, 2**40, 2**63, 2**64 - 1):
        with pytest.raises(Malformed):
            reconciler.advance(EVERYTHING_LISTED + encode_varint(count) + bytes(320))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 100_000


class CountingItems(SortedItems):
    """A real set that counts how much it is asked."""

    def __init__(self):
        super().__init__()
        self.questions = 0

    def find_lower_bound(self, begin, end, bound):
        self.questions += 1
        return super().find_lower_bound(begin, end, bound)

    def fingerprint(self, begin, end):
        self.questions += 1
        return super().fingerprint(begin, end)

    def iterate(self, begin, end):
        for item in super().iterate(begin, end):
            self.questions += 1
            yield item


def test_work_is_bounded_by_the_size_of_message_and_frame():
    items = CountingItems()
    for number in range(5_000):
        items.insert(Item(number, digest_item("work", number).id))
    items.seal()
    writer = RangeWriter()
    ranges = [writer.fingerprint(Bound(number, b""), bytes(16)) for number in range(1, 5_000)]
    message = b"\x61" + b"".join(ranges)
    Reconciler(items, 4_096).respond(message)
    assert items.questions <= 4_096  # the frame is full long before the message ends
    items.questions = 0
    listed = [Reconciler(items, 4_096).respond(EVERYTHING_LISTED + b"\x00")]
    assert len(listed[0]) <= 4_096
    assert items.questions <= 4_096 // 32 + 8


def test_a_peer_that_never_lets_the_session_end_is_left():
    reconciler = begun(sealed([]))
    restless = b"\x61" + RangeWriter().fingerprint(INFINITY, bytes(16))
    for _ in range(RECONCILE_ROUNDS_MAX):
        assert reconciler.advance(restless).next is not None
    with pytest.raises(OverLimit):
        reconciler.advance(restless)


def test_items_have_a_time_of_32_bits_and_an_id_of_32_bytes():
    items = SortedItems()
    items.insert(Item(0, bytes(32)))
    items.insert(Item(RECONCILE_SECONDS_MAX, bytes(32)))
    for seconds in (-1, RECONCILE_SECONDS_MAX + 1):
        with pytest.raises(OverLimit):
            items.insert(Item(seconds, bytes(32)))
    for size in (0, 31, 33):
        with pytest.raises(Malformed):
            items.insert(Item(0, bytes(size)))
    items.seal()
    assert items.size() == 2


def test_roles_and_settings_are_not_mixed_up():
    with pytest.raises(ValueError, match="4096"):
        Reconciler(FULL, 4_095)
    with pytest.raises(RuntimeError):
        Reconciler(FULL).advance(b"\x61")
    reconciler = begun()
    with pytest.raises(RuntimeError):
        reconciler.initiate()
    with pytest.raises(RuntimeError):
        reconciler.respond(b"\x61")
    with pytest.raises(RuntimeError):
        SortedItems().size()
