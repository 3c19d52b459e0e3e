"""Ids: tagged digests, and the text that people copy (docs/protocol.md §3)."""

from hashlib import blake2b

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.identifiers import ID_TEXT_LENGTH, id_text, parse_id, tag, tagged_hash

ids = st.binary(min_size=32, max_size=32)


@given(ids)
def test_text_goes_there_and_back(identifier: bytes) -> None:
    text = id_text(identifier)
    assert len(text) == ID_TEXT_LENGTH
    assert text == text.lower()
    assert text.isalnum()
    assert parse_id(text) == identifier
    assert parse_id(f"  {text.upper()}\n") == identifier


@given(st.text(max_size=60) | st.text(alphabet="abcdefghijklmnopqrstuvwxyz234567", min_size=52, max_size=52))
def test_any_text_is_an_id_in_its_one_form_or_refused(text: str) -> None:
    try:
        identifier = parse_id(text)
    except Malformed:
        return
    assert id_text(identifier) == text.strip().lower()


def test_last_character_has_spare_bits_that_must_be_zero() -> None:
    text = id_text(bytes(32))
    assert text == "a" * 52
    for last in "bcdefghijklmno":
        with pytest.raises(Malformed):
            parse_id(text[:-1] + last)
    assert parse_id(text[:-1] + "q")[-1] == 1


@pytest.mark.parametrize(
    "wrong", ["", "a" * 51, "a" * 53, "a" * 51 + "=", "a" * 51 + "1", "a" * 26 + " " + "a" * 25]
)
def test_refused(wrong: str) -> None:
    with pytest.raises(Malformed):
        parse_id(wrong)


@pytest.mark.parametrize("letter", ["ı", "ſ", "\u212a", "Ａ"])
def test_letters_that_only_look_or_capitalise_like_ours(letter: str) -> None:
    """ı capitalises to I and ſ to S: they would be another spelling of the same id."""
    with pytest.raises(Malformed):
        parse_id(letter + "a" * 51)


def test_digest_binds_protocol_version_and_purpose() -> None:
    assert tag("id") == b"minga/1/id\0"
    assert tagged_hash("id", b"x") == blake2b(b"minga/1/id\0x", digest_size=32).digest()
    assert len({tagged_hash(purpose, b"") for purpose in ("id", "payload", "recovery", "sign")}) == 4
