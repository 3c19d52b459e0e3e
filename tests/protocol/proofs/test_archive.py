"""An archive: of what is in it no byte can be changed for another and be read the same."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from protocol.errors import BadSignature, Malformed, ProtocolError
from protocol.keys import SigningKey
from protocol.proofs.archive import TWO_SPELLINGS, archive_text, spelt_in_one_way
from protocol.proofs.data_integrity import verify_document
from protocol.proofs.jcs import INTEGER_MAX, canonical_json

KEY = SigningKey(bytes(range(32)))
# Texts of the characters that have spellings of their own, or stand beside those that have.
TEXTS = st.text(st.sampled_from('a\\/"\n\t\x00\x07\x0e\x10\x1f\x7f\u2028\ufffc\ufffd\uffefé🌱'), max_size=4)
INTEGERS = st.integers(-INTEGER_MAX, INTEGER_MAX) | st.sampled_from([0, 10, 100, -10, 1_000_000])
VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXTS,
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TEXTS, part, max_size=3),
    max_leaves=4,
)


def read_leniently(data: bytes) -> Any:
    """What a program reads that takes what is no UTF-8 for U+FFFD, as most do; Ellipsis for no JSON."""
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except ValueError:
        return ...


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, with no number taken for a truth value."""
    return repr(one) == repr(other)


def changed_unseen(value: Any) -> list[tuple[int, int]]:
    """Every change of one byte of the canonical form that reads the same."""
    data = canonical_json(value)
    whole = read_leniently(data)
    return [
        (place, other)
        for place, was in enumerate(data)
        for other in range(256)
        if other != was and same(read_leniently(data[:place] + bytes([other]) + data[place + 1 :]), whole)
    ]


@settings(max_examples=150, deadline=None)
@given(value=VALUES)
@example(value={"a": 1, "b": 1, "é": [100, -1, 1_000]})
def test_no_byte_can_be_changed_for_another_unseen(value: Any) -> None:
    assert not spelt_in_one_way(value) or changed_unseen(value) == []


@pytest.mark.parametrize("character", sorted(TWO_SPELLINGS))
def test_each_character_that_is_kept_out_has_two_spellings(character: str) -> None:
    assert changed_unseen([character])
    assert not spelt_in_one_way([character])
    assert not spelt_in_one_way({"x": [{character: 0}]})
    with pytest.raises(Malformed):
        archive_text({}, {"a": character}, KEY)


def test_no_other_character_has_two() -> None:
    """All that JSON escapes, and those around the limits of UTF-8's lengths."""
    near = {limit + step for limit in (0x80, 0x800, 0xD800, 0xE000, 0x10000, 0x110000) for step in (-1, 0)}
    points = {*range(0x80), *near, *range(0xFFF0, 0x10000)} - {0xD800, 0xDFFF, 0x110000}
    for point in points:
        assert (chr(point) in TWO_SPELLINGS) == bool(changed_unseen(chr(point))), hex(point)


def test_an_archive_names_its_key_and_no_time_and_is_the_same_whenever_it_is_made() -> None:
    made = archive_text({"content": "ñ"}, {"records": []}, KEY)
    assert made == archive_text({"content": "ñ"}, {"records": []}, KEY)
    document = json.loads(made)
    assert canonical_json(document) == made
    assert verify_document(document) == [KEY.public]
    assert "created" not in document["proof"]
    for name, value in (("pact", {"content": "n"}), ("history", {}), ("exported_by", "did:key:z"), ("x", 1)):
        with pytest.raises(BadSignature):
            verify_document(document | {name: value})


def test_here_too_an_archive_with_any_byte_changed_is_refused() -> None:
    made = archive_text({"content": {"title": "Páramo «alto»", "n": 10}}, {"records": []}, KEY)
    for place, was in enumerate(made):
        for other in {was ^ 1, was ^ 0x20, 0x20, 0x30, 0xFF} - {was}:
            read = read_leniently(made[:place] + bytes([other]) + made[place + 1 :])
            if isinstance(read, dict):
                with pytest.raises(ProtocolError):
                    verify_document(read)
