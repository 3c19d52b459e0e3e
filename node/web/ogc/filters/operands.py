"""One side of a comparison: a property or a value as SQL, of some kind, and what may stand on the other side.

A `Where` made here holds names of columns and `?`; what was written stands among its values alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from node.atlas.collections import Property
from node.atlas.reading import Where
from node.web.exchange.problem import Problem
from node.web.ogc.filters.parsing import not_understood
from node.web.ogc.filters.times import Span
from node.web.words.speech import N_

# Whole numbers are the same up to it in every program (RFC 8259 §6); nothing is counted or measured past it.
NUMBER_MAX = 2**53 - 1

GEOMETRY = "geometry"
ID = Property("id", "string", "id", N_("Id"), N_("The id of the thing, in 52 letters."))

Kind = Literal["text", "number", "truth", "moment", "words"]

KINDS: dict[str, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "truth",
    "date-time": "moment",
    "array": "words",
}

HOW_TO_ASK: dict[Kind, str] = {
    "text": N_("“{name}” is a text: compare it with a text in single quotes, such as 'water'."),
    "number": N_("“{name}” is a number: compare it with a number, without quotes."),
    "truth": N_("“{name}” is either TRUE or FALSE: compare it with one of these."),
    "moment": N_(
        "“{name}” is a moment: compare it with DATE('2025-06-01') or TIMESTAMP('2025-06-01T12:00:00Z')."
    ),
    "words": N_("“{name}” holds several words: ask for them with A_CONTAINS({name}, ('water'))."),
}


@dataclass(frozen=True, slots=True)
class Operand:
    """One side of a comparison: SQL of some kind; `span` for the moments that it stands for."""

    kind: Kind
    where: Where
    name: str | None = None  # of the property, where it is one
    span: Span | None = None


def joined(word: str, parts: Iterable[Where]) -> Where:
    """Return conditions with a word between them."""
    every = list(parts)
    sql = word.join(f"({part.sql})" for part in every)
    return Where(sql, tuple(value for part in every for value in part.values))


def framed(sql: str, *parts: Where) -> Where:
    """Return SQL with other SQL at its `{}`."""
    return Where(sql.format(*(part.sql for part in parts)), tuple(v for part in parts for v in part.values))


def column_sql(found: Property) -> str:
    """Return the column of a property."""
    return f"f.{found.column}"


def value_operand(value: str | int | float | bool) -> Operand:
    """Return a value as an operand.  Raises `Problem` for a number past `NUMBER_MAX`."""
    if isinstance(value, bool):
        return Operand("truth", Where("?", (int(value),)))
    if isinstance(value, str):
        return Operand("text", Where("?", (value,)))
    if abs(value) > NUMBER_MAX:
        raise not_understood(N_("A number in it is too large."))
    return Operand("number", Where("?", (value,)))


def require_same_kind(one: Operand, other: Operand) -> None:
    """Refuse to compare what cannot be.  Raises `Problem`."""
    if one.kind != other.kind or one.kind == "words":
        raise how_to_ask(one if one.name is not None else other)


def how_to_ask(operand: Operand) -> Problem:
    """Return what an operand may be compared with, as the answer to a filter that does otherwise."""
    if operand.name is None:
        return not_understood(N_("Only values of one kind can be compared."))
    return not_understood(HOW_TO_ASK[operand.kind], name=operand.name)


def wrong_arguments(function: str, number: int) -> Problem:
    """Return the answer to a function that is given more or fewer values than it takes."""
    return not_understood(N_("{function} takes {n} values in its brackets."), function=function, n=number)
