"""Sealed contents: whoever is named reads them, nobody else does, and no bytes give another error (§17)."""

import json
import traceback
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import ProtocolError
from protocol.keys import PublicKey, SigningKey, parse_did_key
from protocol.kinds.seal import Recipient, Seal
from protocol.limits import SEAL_RECIPIENTS_MAX, SEALED_SIZE_MAX_BYTES
from protocol.sealing import (
    CannotSeal,
    NotAsPublished,
    NotForThisKey,
    check_sealable,
    commitment_of,
    open_seal,
    plaintext_of,
    seal_for,
    unsealed,
)
from tests.protocol.people import commons, key
from tests.vectors import make_seals
from tests.vectors.make_seals import CONTENT, A, B, sealed, typed, version

VECTORS: dict[str, Any] = json.loads(make_seals.FILE.read_text(encoding="utf-8"))
random_32 = st.binary(min_size=32, max_size=32)
people = st.lists(st.sampled_from([key(f"sealed to {n}") for n in range(6)]), min_size=1, unique_by=id)
texts = st.dictionaries(st.sampled_from(["es", "en", "qu"]), st.text("aeio ñú", min_size=1), min_size=1)
contents = st.fixed_dictionaries(
    {},
    optional={
        "description": texts,
        "facts": texts,
        "geometry": st.builds(
            lambda x, y: {"type": "Point", "coordinates": [x, y]},
            st.integers(-1_800_000_000, 1_800_000_000),
            st.integers(-900_000_000, 900_000_000),
        ),
    },
)


def test_the_file_is_what_is_made() -> None:
    assert make_seals.FILE.read_text(encoding="utf-8") == make_seals.made()


@pytest.mark.parametrize("case", VECTORS["cannot_be_sealed_to"], ids=lambda case: case["name"])
def test_what_is_no_point_cannot_be_sealed_to(case: dict[str, Any]) -> None:
    with pytest.raises(CannotSeal):
        seal_for(plaintext_of({}, bytes(32)), [(A.id, parse_did_key(case["key"]))], bytes(32), bytes(32))


@given(contents, people, random_32, random_32, random_32)
def test_who_is_named_reads_it_and_nobody_else(
    content: dict[str, Any], readers: list[SigningKey], blind: bytes, content_key: bytes, ephemeral: bytes
) -> None:
    plaintext = plaintext_of(content, blind)
    seal = typed(seal_for(plaintext, [(A.id, one.public) for one in readers], content_key, ephemeral))
    public = version(commitment_of(plaintext))
    for one in readers:
        opened = open_seal(one, seal, "commons", public)
        assert (opened.content, opened.plaintext) == (content, plaintext)
        assert opened.whole.sensitivity == "public"
        assert opened.whole.geometry == content.get("geometry", public["geometry"])
    with pytest.raises(NotForThisKey):
        open_seal(make_seals.THIEF, seal, "commons", public)


@given(st.data())
def test_one_changed_bit_anywhere_is_one_error(data: st.DataObject) -> None:
    public, seal = sealed(people=(A,))
    part = data.draw(st.sampled_from(["commitment", "ephemeral", "sealed", "box"]))
    mine = seal["recipients"][0]
    whole = mine["box"] if part == "box" else seal[part]
    # The highest bit of an X25519 key means nothing to X25519, but the box is bound to it as well.
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    changed = bytearray(whole)
    changed[bit // 8] ^= 1 << bit % 8
    if part == "box":
        seal = seal | {"recipients": [mine | {"box": bytes(changed)}]}
    else:
        seal = seal | {part: bytes(changed)}
    with pytest.raises(NotAsPublished):
        open_seal(A.keys[0], typed(seal), "commons", public)


@settings(max_examples=300)
@given(
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=32, max_size=32),
    st.binary(min_size=48, max_size=48),
    st.binary(min_size=17, max_size=200),
)
def test_any_bytes_are_one_error(commitment: bytes, ephemeral: bytes, box: bytes, text: bytes) -> None:
    seal = Seal(
        "x25519-chacha20poly1305",
        commitment,
        ephemeral,
        [Recipient(A.id, A.keys[0].public, box)],
        text,
    )
    with pytest.raises(NotAsPublished):
        open_seal(A.keys[0], seal, "commons", version(commitment))


@given(st.binary(min_size=1, max_size=120))
def test_any_plaintext_under_its_own_commitment_is_one_error(plaintext: bytes) -> None:
    commitment = commitment_of(plaintext)
    seal = typed(make_seals.by_hand(plaintext, commitment, A.keys[0].public))
    with pytest.raises(NotAsPublished):
        open_seal(A.keys[0], seal, "commons", version(commitment))


def test_sealed_anew_for_those_who_remain_the_former_recipient_reads_nothing() -> None:
    secret = plaintext_of({"facts": {"es": "después"}}, bytes(range(32)))
    later = seal_for(secret, [(A.id, A.keys[0].public)], bytes(range(1, 33)), bytes(range(2, 34)))
    public = version(commitment_of(secret))
    assert open_seal(A.keys[0], typed(later), "commons", public).content["facts"] == {"es": "después"}
    with pytest.raises(NotForThisKey):
        open_seal(B.keys[0], typed(later), "commons", public)
    # Whoever writes the former recipient in, as a reader by name, gives it a box that does not open.
    before = sealed()[1]["recipients"][2]
    assert before["key"] == B.keys[0].public
    with pytest.raises(NotAsPublished):
        open_seal(B.keys[0], typed(later | {"recipients": [before]}), "commons", public)


def test_two_seals_of_one_content_share_nothing_but_the_commitment() -> None:
    plaintext = plaintext_of(CONTENT, bytes(32))
    first, second = (
        seal_for(
            plaintext, [(A.id, A.keys[0].public)], make_seals.random_bytes(a), make_seals.random_bytes(b)
        )
        for a, b in (("k1", "e1"), ("k2", "e2"))
    )
    assert first["commitment"] == second["commitment"]
    for part in ("ephemeral", "sealed", "recipients"):
        assert first[part] != second[part]


def test_nothing_that_fails_or_is_shown_tells_the_content() -> None:
    public, seal = sealed()
    opened = open_seal(A.keys[0], typed(seal), "commons", public)
    assert "peña" not in repr(opened)
    assert "785" not in repr(opened)
    secret = {"description": "en la peña -78.5123457", "geometry": {"type": "Point", "coordinates": [777, 1]}}
    text = plaintext_of(secret, bytes(32))
    commitment = commitment_of(text)
    seal = make_seals.by_hand(text, commitment, A.keys[0].public)
    with pytest.raises(NotAsPublished) as caught:
        open_seal(A.keys[0], typed(seal), "commons", version(commitment))
    told = "".join(traceback.format_exception(caught.value))
    assert "peña" not in told
    assert "777" not in told
    with pytest.raises(ProtocolError) as refused:
        check_sealable("commons", commons(A), secret)
    assert "peña" not in "".join(traceback.format_exception(refused.value))


def test_the_largest_content_is_sealed_and_one_byte_more_is_not() -> None:
    room = SEALED_SIZE_MAX_BYTES - 16 - len(plaintext_of({"zz": bytes(70_000)}, bytes(32))) + 70_000
    public, seal = sealed({"zz": bytes(room)})
    assert len(seal["sealed"]) == SEALED_SIZE_MAX_BYTES
    assert open_seal(A.keys[0], typed(seal), "commons", public).content == {"zz": bytes(room)}
    with pytest.raises(CannotSeal):
        plaintext_of({"zz": bytes(room + 1)}, bytes(32))


def test_as_many_recipients_as_there_may_be_and_not_one_more() -> None:
    keys = [SigningKey(n.to_bytes(32, "big")).public for n in range(SEAL_RECIPIENTS_MAX + 1)]
    plaintext = plaintext_of({}, bytes(32))
    seal = seal_for(plaintext, [(A.id, one) for one in keys[:-1]], bytes(32), bytes(32))
    assert len(typed(seal).recipients) == SEAL_RECIPIENTS_MAX
    for named in ([(A.id, one) for one in keys], []):
        with pytest.raises(CannotSeal):
            seal_for(plaintext, named, bytes(32), bytes(32))
    twice = seal_for(plaintext, [(A.id, keys[0]), (A.id, keys[0])], bytes(32), bytes(32))
    assert len(typed(twice).recipients) == 1


@pytest.mark.parametrize("size", [0, 31, 33])
def test_random_bytes_of_another_size_are_a_fault_of_the_caller(size: int) -> None:
    named = [(A.id, PublicKey(A.keys[0].public))]
    for give in (
        lambda: plaintext_of({}, bytes(size)),
        lambda: seal_for(b"", named, bytes(size), bytes(32)),
        lambda: seal_for(b"", named, bytes(32), bytes(size)),
    ):
        with pytest.raises(ValueError, match="random bytes are 32"):
            give()


def test_what_could_not_be_read_is_not_sealed() -> None:
    with pytest.raises(CannotSeal):
        check_sealable("pact", {}, {})
    with pytest.raises(CannotSeal):
        plaintext_of({"x": 1.5}, bytes(32))
    with pytest.raises(ProtocolError):
        check_sealable("commons", commons(A), {"owner": "alguien"})
    check_sealable("commons", commons(A), CONTENT)


def test_the_coarse_place_s_uncertainty_does_not_pass_to_the_precise_one() -> None:
    public = version(bytes(32))
    assert unsealed(public, {})["uncertainty_m"] == 790
    assert "uncertainty_m" not in unsealed(public, {"geometry": {}})
    assert unsealed(public, {"geometry": {}, "uncertainty_m": 3})["uncertainty_m"] == 3
    assert unsealed(public, {"geometry": None})["uncertainty_m"] == 790
