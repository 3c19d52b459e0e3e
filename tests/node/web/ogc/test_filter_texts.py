"""Filters as texts: the examples of the standard, what is none, and what would keep a node busy."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.exchange.problem import Problem
from node.web.ogc.filters.parsing import FILTER_LENGTH_MAX_CHARS, parsed
from node.web.ogc.filters.tree import Call, Name, Operation, Several, Shape, Value
from tests.shared_inputs import shared_path

# Words, marks and values of the language: what chance makes of them is sometimes a filter.
PIECES = st.sampled_from(
    [
        *("AND", "or", "NOT", "IN", "LIKE", "between", "IS", "NULL", "TRUE", "false", "DIV"),
        *("(", ")", ",", "=", "<>", "<", ">=", "+", "-", "*", "/", "^", "%", "'", '"', "..", ";", "\\", "é"),
        *("name", '"a b"', "x:y.z", "Ñandú", "1", "2.5", ".5", "1e3", "'it''s'", "'a%'", "''"),
        *("CASEI(", "BBOX(1,2,3,4)", "POINT(1 2)", "POLYGON((0 0,1 0,1 1,0 0))", "DATE('2025-01-01')"),
        *("S_INTERSECTS(", "T_AFTER(", "A_CONTAINS(", "INTERVAL('..','..')", "MULTIPOINT((1 2),(3 4))"),
    ]
)


def test_every_example_of_the_standard_is_read() -> None:
    folder = shared_path("vectors", "ogc", "cql2-text-examples")
    texts = {path.name: path.read_text(encoding="utf-8").strip() for path in folder.glob("*.txt")}
    assert len(texts) >= 100
    for name, text in texts.items():
        assert parsed(text), name


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1", Operation("=", (Name("a"), Value(1)))),
        ("a = -1.5e3", Operation("=", (Name("a"), Value(-1_500.0)))),
        ("a <> 'it''s \\'x\\''", Operation("<>", (Name("a"), Value("it's 'x'")))),
        ('"a b" is not null', Operation("NOT", (Operation("IS NULL", (Name("a b"),)),))),
        (
            "a = 1 AND b = 2 OR NOT c = 3",
            Operation(
                "OR",
                (
                    Operation(
                        "AND",
                        (Operation("=", (Name("a"), Value(1))), Operation("=", (Name("b"), Value(2)))),
                    ),
                    Operation("NOT", (Operation("=", (Name("c"), Value(3))),)),
                ),
            ),
        ),
        (
            "a between 1 and 2 and andes",
            Operation("AND", (Operation("BETWEEN", (Name("a"), Value(1), Value(2))), Name("andes"))),
        ),
        ("a not in (1, 2)", Operation("NOT", (Operation("IN", (Name("a"), Value(1), Value(2))),))),
        ("A_equals(a, ('x', 'y'))", Call("A_EQUALS", (Name("a"), Several((Value("x"), Value("y")))))),
        ("s_within(g, point z (1 -2 3))", Call("S_WITHIN", (Name("g"), Shape("Point", (1.0, -2.0))))),
        ("MULTIPOINT(1 2, 3 4)", Shape("MultiPoint", ((1.0, 2.0), (3.0, 4.0)))),
    ],
)
def test_a_text_means_one_tree(text: str, tree: Any) -> None:
    assert parsed(text) == tree


@pytest.mark.parametrize(
    ("text", "place"),
    [
        *(("", 0), (" ", 1), ("a =", 3), ("a = 1 AND", 9), ("((((", 4), ("s_within(g, POINT(1 2)", 22)),
        *(("a = 1 b", 7), ("a IN ()", 7), ("a = 'x", 5), ("a ; b", 3), ("a = (1", 6), ("POINT(1)", 8)),
    ],
)
def test_what_is_no_filter_is_said_to_be_none_and_where(text: str, place: int) -> None:
    with pytest.raises(Problem) as refused:
        parsed(text)
    assert (refused.value.status, refused.value.code) == (400, "filter-not-understood")
    assert refused.value.values["n"] == place
    assert str(place) in refused.value.detail.format(**refused.value.values)


def test_a_filter_has_a_greatest_length() -> None:
    longest = "a = '" + "x" * (FILTER_LENGTH_MAX_CHARS - 6) + "'"
    assert parsed(longest)
    with pytest.raises(Problem, match="filter-too-long"):
        parsed(longest + " ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * FILTER_LENGTH_MAX_CHARS,
        "(" * 1_990 + "a b" + ")" * 1_990,
        "not " * 990 + "a",
        "a = " + "-" * 3_900 + "1",
        "a(" * 1_300 + "1" + ")" * 1_300,
        "a in (" + ",".join("1" * 1_990) + ")",
        "a = " + "'" * 3_001,
        " or ".join(["a=1"] * 570),
        "a = " + "b^" * 1_900 + "1",
        "GEOMETRYCOLLECTION(" * 200,
        " " * FILTER_LENGTH_MAX_CHARS,
    ],
)
def test_no_text_keeps_the_reader_busy_or_ends_it(text: str) -> None:
    # A parser that goes back and forth would not come back from these in a lifetime, one that calls itself
    # would run out of stack.
    try:
        assert parsed(text)
    except Problem as problem:
        assert problem.status == 400


@given(st.lists(PIECES, max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    try:
        parsed(text)
    except Problem as problem:
        assert problem.status == 400
        assert problem.detail.format(**problem.values)
