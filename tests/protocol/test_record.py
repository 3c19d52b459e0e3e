"""Records: what is signed verifies, and each step of verification refuses its fault (spec §4–5)."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.canonical import encode
from protocol.errors import (
    BadSignature,
    FromTheFuture,
    Malformed,
    OverLimit,
    ProtocolError,
    Unsupported,
)
from protocol.identifiers import tagged_hash
from protocol.keys import ED25519_PREFIX
from protocol.limits import (
    CLOCK_SKEW_MAX_MS,
    ENVELOPE_SIZE_MAX_BYTES,
    HEADER_SIZE_MAX_BYTES,
    KIND_LENGTH_MAX_BYTES,
    PARENTS_MAX,
    PAYLOAD_SIZE_MAX_BYTES,
    TIME_MAX_MS,
    TIME_MIN_MS,
)
from protocol.record.envelope import erased_envelope, join_envelope, split_envelope
from protocol.record.signing import Author, sign_record
from protocol.record.verification import SIGNATURE_TAG, VerifiedRecord, verify_record
from tests.protocol.people import T0, Person, commons, key

US = Person("Pesillo", [key("one")])
NOW = T0
SQUARE = {"type": "Polygon", "coordinates": [[0, 0, 9, 0, 9, 9, 0, 9, 0, 0]]}
RECORD = US.sign("commons", commons(US, geometry=SQUARE))[0]
KIND, ACTOR, AUTH, SIGNER, SUBJECT, PARENTS, TIME, HASH, SIZE, BBOX = range(1, 11)


def fields_of(record: VerifiedRecord) -> list[Any]:
    """The header as the array it is encoded as."""
    from msgpack import unpackb

    fields: list[Any] = unpackb(split_envelope(record.envelope).header)
    return fields


def forged(changes: dict[int, Any], payload: Any = b"", record: VerifiedRecord = RECORD) -> bytes:
    """An envelope whose header is `record`'s with some fields changed, rightly signed by its key."""
    fields = fields_of(record)
    given_payload = split_envelope(record.envelope).payload if payload == b"" else payload
    if payload != b"" and payload is not None:
        fields[HASH], fields[SIZE] = tagged_hash("payload", payload), len(payload)
    for index, value in changes.items():
        fields[index] = value
    header = encode(fields)
    return encode([header, [0, key("one").sign(SIGNATURE_TAG + header)], given_payload])


def rejected_as(error: type[ProtocolError], data: bytes) -> None:
    with pytest.raises(ProtocolError) as caught:
        verify_record(data, NOW)
    assert type(caught.value) is error, caught.value


def test_what_is_signed_verifies_and_is_the_same_record() -> None:
    verified = verify_record(RECORD.envelope, NOW)
    assert verified == RECORD
    assert verified.id == tagged_hash("id", split_envelope(RECORD.envelope).header)
    assert verified.subject == verified.id
    assert verified.time_s == T0 // 1_000
    assert verified.header.bbox == (0, 0, 9, 9)


def test_the_helper_that_forges_makes_good_records_when_it_changes_nothing() -> None:
    assert forged({}) == RECORD.envelope


def test_every_truncation_is_refused() -> None:
    for size in range(len(RECORD.envelope)):
        with pytest.raises((Malformed, OverLimit)):
            verify_record(RECORD.envelope[:size], NOW)
    rejected_as(Malformed, RECORD.envelope + b"\0")


@pytest.mark.parametrize("erased", [False, True])
def test_every_bit_flip_is_refused(erased: bool) -> None:
    envelope = erased_envelope(RECORD.envelope) if erased else RECORD.envelope
    verify_record(envelope, NOW)
    for bit in range(8 * len(envelope)):
        flipped = bytearray(envelope)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProtocolError):
            verify_record(bytes(flipped), NOW)


@given(st.binary(max_size=300))
def test_any_bytes_raise_nothing_but_protocol_errors(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        verify_record(data, NOW)


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text("az9_ÿ", max_size=9)
    | st.binary(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=8,
)


@settings(max_examples=300)
@given(st.integers(0, 10), anything)
def test_any_value_in_any_header_field_raises_nothing_but_protocol_errors(field: int, value: Any) -> None:
    data = forged({field: value})
    try:
        verified = verify_record(data, NOW)
    except ProtocolError:
        return
    assert verified.envelope == data


@settings(max_examples=200)
@given(
    st.sampled_from(["actor", "cosign", "commons", "pact", "consent", "place", "erasure", "x.y"]), anything
)
def test_any_payload_of_any_kind_raises_nothing_but_protocol_errors(kind: str, payload: Any) -> None:
    for changes in ({KIND: kind, BBOX: None}, {KIND: kind, BBOX: None, SUBJECT: US.id, PARENTS: [US.id]}):
        try:
            verify_record(forged(changes, encode(payload)), NOW)
        except ProtocolError as error:
            assert type(error) in (Malformed, OverLimit, Unsupported)


# --- step 1: the envelope ---------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [],
        [b"", [0, bytes(64)]],
        [b"", [0, bytes(64)], None, None],
        ["", [0, bytes(64)], None],
        [b"", [0, bytes(64)], ""],
        [b"", [0, bytes(63)], None],
        [b"", [0, bytes(64), None], None],
        [b"", [0, "a" * 64], None],
        [b"", [0], None],
        [b"", [], None],
        [b"", ["0", bytes(64)], None],
        [b"", [False, bytes(64)], None],
        [b"", bytes(64), None],
    ],
)
def test_step_1_shape_of_the_envelope(value: Any) -> None:
    rejected_as(Malformed, encode(value))


def test_step_1_unknown_proof_types_are_unsupported() -> None:
    header = split_envelope(RECORD.envelope).header
    for proof in ([1, bytes(64)], [1], [-1, None], [2**40, {"root": b""}]):
        rejected_as(Unsupported, encode([header, proof, None]))


def test_step_1_envelope_is_in_its_one_form() -> None:
    parts = split_envelope(RECORD.envelope)
    assert join_envelope(parts.header, parts.signature, parts.payload) == RECORD.envelope
    long_form = RECORD.envelope.replace(b"\xc4\x40", b"\xc5\x00\x40", 1)
    assert long_form != RECORD.envelope
    rejected_as(Malformed, long_form)


def test_step_1_sizes_at_their_limit_and_past_it() -> None:
    big = [bytes(HEADER_SIZE_MAX_BYTES), [0, bytes(64)], bytes(PAYLOAD_SIZE_MAX_BYTES)]
    assert len(encode(big)) <= ENVELOPE_SIZE_MAX_BYTES
    assert split_envelope(encode(big)).payload == bytes(PAYLOAD_SIZE_MAX_BYTES)
    with pytest.raises(OverLimit):
        split_envelope(encode([big[0] + b"\0", *big[1:]]))
    with pytest.raises(OverLimit):
        split_envelope(encode([*big[:2], bytes(PAYLOAD_SIZE_MAX_BYTES + 1)]))
    with pytest.raises(OverLimit):
        split_envelope(bytes(ENVELOPE_SIZE_MAX_BYTES + 1))


# --- step 2: the header -----------------------------------------------------------------


@pytest.mark.parametrize("version", [0, 2, -1, 2**40, "1", None, b"", True, [1]])
def test_step_2_other_record_versions_are_unsupported(version: Any) -> None:
    rejected_as(Unsupported, forged({0: version}))


def test_step_2_other_key_types_are_unsupported() -> None:
    rejected_as(Unsupported, forged({SIGNER: b"\xe7\x01" + bytes(33)}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (KIND, None),
        (KIND, b"commons"),
        (KIND, ""),
        (KIND, "Commons"),
        (KIND, "commons\n"),
        (KIND, "com mons"),
        (KIND, "9commons"),
        (KIND, "org..example"),
        (KIND, "org."),
        (KIND, "ñandu"),
        (ACTOR, bytes(31)),
        (ACTOR, bytes(33)),
        (ACTOR, "a" * 32),
        (AUTH, bytes(31)),
        (AUTH, 0),
        (SIGNER, None),
        (SIGNER, ED25519_PREFIX + bytes(31)),
        (SIGNER, bytes(2)),
        (SUBJECT, bytes(31)),
        (SUBJECT, 7),
        (PARENTS, None),
        (PARENTS, {}),
        (PARENTS, [bytes(31)]),
        (PARENTS, [bytes(32), bytes(32)]),
        (PARENTS, [bytes([2]) * 32, bytes([1]) * 32]),
        (TIME, None),
        (TIME, "1"),
        (TIME, True),
        (HASH, bytes(31)),
        (HASH, None),
        (SIZE, -1),
        (SIZE, None),
        (SIZE, True),
        (BBOX, []),
        (BBOX, [0, 0, 0]),
        (BBOX, [0, 1, 0, 0]),
        (BBOX, [0, 0, 0, True]),
        (BBOX, {}),
    ],
)
def test_step_2_fields_of_another_type(field: int, value: Any) -> None:
    rejected_as(Malformed, forged({field: value}))


def test_step_2_number_of_fields() -> None:
    for fields in (fields_of(RECORD)[:-1], [*fields_of(RECORD), None], [1]):
        header = encode(fields)
        rejected_as(Malformed, join_envelope(header, key("one").sign(SIGNATURE_TAG + header), None))
    for header in (b"", b"\x90", b"\xc0", b"\x80"):
        rejected_as(Malformed, join_envelope(header, bytes(64), None))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (KIND, "x" * (KIND_LENGTH_MAX_BYTES + 1)),
        (PARENTS, [bytes(31) + bytes([n]) for n in range(PARENTS_MAX + 1)]),
        (TIME, TIME_MIN_MS - 1),
        (TIME, TIME_MAX_MS + 1),
        (SIZE, PAYLOAD_SIZE_MAX_BYTES + 1),
        (BBOX, [-1_800_000_001, 0, 0, 0]),
        (BBOX, [0, 0, 0, 900_000_001]),
    ],
)
def test_step_2_just_past_a_limit(field: int, value: Any) -> None:
    rejected_as(OverLimit, forged({field: value}))


def test_step_2_at_its_limits() -> None:
    kind = "x" * KIND_LENGTH_MAX_BYTES
    parents = [bytes(31) + bytes([n]) for n in range(PARENTS_MAX)]
    changes = {
        KIND: kind,
        SUBJECT: bytes(32),
        PARENTS: parents,
        TIME: TIME_MAX_MS,
        SIZE: PAYLOAD_SIZE_MAX_BYTES,
        BBOX: [-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000],
    }
    data = forged(changes, None)
    assert len(split_envelope(data).header) < HEADER_SIZE_MAX_BYTES
    assert verify_record(data, TIME_MAX_MS).header.kind == kind
    verify_record(forged({TIME: TIME_MIN_MS}), NOW)


# --- step 3: time -----------------------------------------------------------------------


def test_step_3_a_day_ahead_and_no_more() -> None:
    record = US.sign("commons", commons(US), time_ms=NOW + CLOCK_SKEW_MAX_MS)[0]
    assert verify_record(record.envelope, NOW) == record
    with pytest.raises(FromTheFuture):
        verify_record(record.envelope, NOW - 1)


def test_step_3_never_too_old() -> None:
    assert verify_record(US.sign("commons", commons(US), time_ms=TIME_MIN_MS)[0].envelope, TIME_MAX_MS)


# --- step 4 and 5: the payload ----------------------------------------------------------


def test_step_4_payload_is_the_one_committed_to() -> None:
    parts = split_envelope(RECORD.envelope)
    other = encode(commons(US, facts={"es": "otra"}))
    for payload in (other, parts.payload + b"\0", parts.payload[:-1], b""):
        rejected_as(BadSignature, join_envelope(parts.header, parts.signature, payload))
    rejected_as(BadSignature, forged({SIZE: len(parts.payload) + 1}))
    rejected_as(BadSignature, forged({HASH: bytes(32)}))


def test_step_5_payload_is_canonical() -> None:
    for payload in (b"\xde\x00\x00", b"\x82\xa1b\xc0\xa1a\xc0", b"\xcb" + bytes(8), b"\xc0\xc0"):
        rejected_as(Malformed, forged({}, payload))
    rejected_as(OverLimit, forged({}, b"\x81\xa1a\xcf\x00\x20" + bytes(6)))


def test_step_5_payload_size_at_its_limit() -> None:
    room = PAYLOAD_SIZE_MAX_BYTES - len(encode({"a": b""})) - 3
    largest = US.sign("org.example.blob", {"a": bytes(room)})[0]
    assert largest.header.payload_size == PAYLOAD_SIZE_MAX_BYTES
    assert verify_record(largest.envelope, NOW) == largest
    with pytest.raises(OverLimit):
        US.sign("org.example.blob", {"a": bytes(room + 1)})


def test_erased_envelope_keeps_header_id_and_signature() -> None:
    erased = verify_record(erased_envelope(RECORD.envelope), NOW)
    assert (erased.id, erased.header, erased.content) == (RECORD.id, RECORD.header, None)
    assert erased_envelope(erased.envelope) == erased.envelope


# --- step 6: the kind -------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["actor", "cosign", "erasure"])
def test_step_6_keys_and_acts_about_records_cannot_be_erased(kind: str) -> None:
    record = US.sign("commons", commons(US))[0]
    made = {
        "actor": lambda: US.records[0],
        "cosign": lambda: US.sign("cosign", {}, subject=record.subject, parents=[record.id])[0],
        "erasure": lambda: US.sign(
            "erasure", {"basis": "author"}, subject=record.subject, parents=[record.id]
        )[0],
    }[kind]()
    rejected_as(Malformed, erased_envelope(made.envelope))


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("commons", {ACTOR: None}),
        ("commons", {AUTH: None}),
        ("commons", {PARENTS: [bytes(32)]}),
        ("commons", {SUBJECT: bytes(32)}),
        ("cosign", {}),
        ("cosign", {SUBJECT: bytes(32)}),
        ("cosign", {SUBJECT: bytes(32), PARENTS: [bytes(32), bytes([1]) * 32]}),
        ("consent", {SUBJECT: bytes(32)}),
        ("erasure", {SUBJECT: bytes(32)}),
        ("actor", {}),
        ("actor", {ACTOR: None, AUTH: None, SUBJECT: bytes(32), PARENTS: [bytes(32)]}),
        ("actor", {SUBJECT: bytes(32), PARENTS: [bytes(32)]}),
        ("actor", {ACTOR: None}),
        ("org.example.x", {ACTOR: None}),
        ("org.example.x", {PARENTS: [bytes(32)]}),
    ],
)
def test_step_6_place_in_the_graph(kind: str, changes: dict[int, Any]) -> None:
    payloads: dict[str, Any] = {"commons": commons(US), "consent": {"decision": "consent"}, "actor": None}
    payload = payloads.get(kind, {"basis": "author"} if kind == "erasure" else {})
    if kind == "actor":
        payload = {
            "name": {"es": "x"},
            "type": "person",
            "keys": [{"key": key("one").public}],
            "threshold": 1,
        }
    rejected_as(Malformed, forged({KIND: kind, BBOX: None, **changes}, encode(payload)))


def test_step_6_bounding_box_is_that_of_the_geometry() -> None:
    for box in (None, [0, 0, 9, 10], [0, 0, 8, 9]):
        rejected_as(Malformed, forged({BBOX: box}))
    rejected_as(Malformed, forged({BBOX: [0, 0, 9, 9]}, encode(commons(US))))


@pytest.mark.parametrize("payload", [None, [], "", 7, b""])
def test_step_6_a_payload_is_a_map(payload: Any) -> None:
    rejected_as(Malformed, forged({}, encode(payload)))
    rejected_as(Malformed, forged({KIND: "org.example.x"}, encode(payload)))


def test_step_6_unknown_kinds_and_fields_are_kept_untouched() -> None:
    unknown = US.sign("org.example.seed-bank", {"variety": "chulpi", "deep": {"a": [1, None]}})[0]
    assert verify_record(unknown.envelope, NOW).content == {"variety": "chulpi", "deep": {"a": [1, None]}}
    more = US.sign("commons", {**commons(US), "zz_new": {"any": [b"thing"]}, "Legal2": 1})[0]
    assert b"zz_new" in verify_record(more.envelope, NOW).envelope
    act = US.sign("org.example.vote", {}, subject=more.subject, parents=[more.id])[0]
    assert verify_record(act.envelope, NOW) == act


# --- step 7: the signature --------------------------------------------------------------


def test_step_7_signature_of_the_signer_over_tag_and_header() -> None:
    parts = split_envelope(RECORD.envelope)
    wrong = [
        key("two").sign(SIGNATURE_TAG + parts.header),
        key("one").sign(parts.header),
        key("one").sign(b"minga/2/sign\0" + parts.header),
        key("one").sign(SIGNATURE_TAG + parts.header + b"\0"),
        bytes(64),
    ]
    for signature in wrong:
        rejected_as(BadSignature, join_envelope(parts.header, signature, parts.payload))


def test_signing_refuses_what_receivers_would() -> None:
    author = Author(key("one"), US.id, US.head)
    for time_ms in (TIME_MIN_MS - 1, TIME_MAX_MS + 1):
        with pytest.raises(ProtocolError):
            verify_record(sign_record(author, "commons", commons(US), time_ms).envelope, TIME_MAX_MS)
    for kind, payload in (("commons", {}), ("commons", commons(US, owner="x")), ("cosign", {})):
        with pytest.raises(Malformed):
            sign_record(author, kind, payload, T0)
