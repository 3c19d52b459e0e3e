"""What does not fit a type is said in our own words, whatever msgspec calls it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed, OverLimit, ProtocolError
from protocol.kinds import examine
from protocol.kinds.misfit import misfit

COMMONS = {"name": {"es": "Laguna"}, "resources": ["water"], "licence": "CC0-1.0"}
KEY = {"key": b"\xed\x01" + bytes(32)}
ES = {"es": "texto"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": {}}, "name is empty"),
        ({"name": {"es": ""}}, "name is empty"),
        ({"name": {"es": 5}}, "name is a whole number, and not a text"),
        ({"name": {5: "x"}}, "name is a whole number, and not a text"),
        ({"name": {"ES": "x"}}, "a language tag is written as in es, qu-EC or zh-Hant"),
        ({"name": {"es": "x" * 501}}, "a text in the field name is longer than 500 characters"),
        ({"resources": "water"}, "resources is a text, and not a list"),
        ({"resources": []}, "resources is empty"),
        ({"resources": ["a"] * 17}, "the field resources has more than 16 entries"),
        ({"resources": ["Water"]}, "a word of a vocabulary is of lower-case letters, digits and underscores"),
        ({"area": {"square_metres": -1}}, "area, square_metres is too small: 0 at least"),
        ({"area": {"square_metres": 2**53}}, "area, square_metres is too large: 9007199254740991 at most"),
        ({"uncertainty_m": "x"}, "uncertainty_m is a text, and not a whole number"),
        ({"sensitivity": "secret"}, "sensitivity has no such word as 'secret'"),
        ({"sensitivity": "s" * 99}, "sensitivity has no such word as '" + "s" * 39),
        ({"publication": {}}, "publication, basis is missing"),
        (
            {"publication": {"basis": "council", "on": "14"}},
            "publication, on is not written like a year, a month or a day, such as 1483 or 2026-05-31",
        ),
        (
            {"labels": [{"code": "TK A"}, {"code": "x"}]},
            "labels 2, code is not written like a label such as TK A",
        ),
        ({"stewards": [{"name": ES, "actor": b"x"}]}, "stewards 1, actor has too few bytes: 32 at least"),
        (
            {"stewards": [{"name": ES, "actor": bytes(33)}]},
            "the field stewards 1, actor has more than 32 bytes",
        ),
        (
            {"stewards": [{"name": ES, "actor": "x"}]},
            "stewards 1, actor is a text, and not an id, a key or other bytes",
        ),
        ({"source": {"name": 5}}, "source, name is a whole number, and not a text or a table of fields"),
        (
            {"stewards": [{"name": ES, "side": "Otra"}]},
            "stewards 1: a word of a vocabulary is of lower-case letters, digits and underscores",
        ),
        ({"licence": None}, "licence is nothing, and not a text"),
    ],
)
def test_each_rule_has_its_words(changes: dict[Any, Any], says: str) -> None:
    with pytest.raises((Malformed, OverLimit)) as fault:
        examine("commons", {**COMMONS, **changes})
    assert str(fault.value) == says
    assert isinstance(fault.value, OverLimit) == any(
        word in says for word in ("more than", "longer than", "too large")
    )


def test_what_is_missing_and_days() -> None:
    with pytest.raises(Malformed, match=r"^licence is missing$"):
        examine("commons", {"name": ES, "resources": ["water"]})
    with pytest.raises(Malformed, match=r"^term, start is not written like a day such as 2026-05-31$"):
        examine(
            "pact", {"title": ES, "licence": "x", "parties": [{"name": ES}] * 2, "term": {"start": "2026"}}
        )
    with pytest.raises(Malformed, match=r"^options has too few entries: 2 at least$"):
        examine(
            "motion",
            {
                "title": ES,
                "options": [{"name": ES}],
                "roll": [{"actor": bytes(32)}],
                "closes": "2026-01-01",
                "licence": "x",
            },
        )
    with pytest.raises(Malformed, match=r"^threshold is a number with decimals, and not a whole number$"):
        examine("actor", {"name": ES, "type": "person", "keys": [KEY], "threshold": 1.5})


@given(st.text(max_size=300))
def test_whatever_is_said_becomes_a_fault(text: str) -> None:
    assert isinstance(misfit(text), ProtocolError)


@given(
    st.sampled_from(["commons", "pact", "actor", "step"]),
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "title",
                "resources",
                "licence",
                "area",
                "keys",
                "threshold",
                "parties",
                "term",
                "step",
                "on",
            ]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.binary(max_size=9),
            lambda part: st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=4), part, max_size=3),
            max_leaves=6,
        ),
    ),
)
def test_nobody_reads_the_words_of_a_library(kind: str, payload: dict[str, Any]) -> None:
    try:
        examine(kind, payload)
    except ProtocolError as fault:
        said = str(fault)
        assert not said.startswith(("Expected", "Object", "Invalid"))
        assert "`" not in said or any("`" in str(key) for key in payload)
