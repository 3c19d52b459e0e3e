"""Time in filters: how moments and spans lie to each other (OGC 21-065r2, temporal functions)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from node.atlas.reading import Where
from node.web.ogc.filters.parsing import not_understood
from node.web.ogc.moments import day_ms, moment_ms
from node.web.words.speech import N_

# Before and after whatever can be written with four digits of a year.
_BEFORE_ALL_MS = -(2**62)
_AFTER_ALL_MS = 2**62

# Each part compares the start (s) or end (e) of what stands first with that of what stands second; all have
# to hold, of `T_DISJOINT` one.
TIME_FUNCTIONS: Mapping[str, tuple[str, ...]] = {
    "T_AFTER": ("s > e",),
    "T_BEFORE": ("e < s",),
    "T_CONTAINS": ("s < s", "e > e"),
    "T_DISJOINT": ("e < s", "s > e"),
    "T_DURING": ("s > s", "e < e"),
    "T_EQUALS": ("s = s", "e = e"),
    "T_FINISHEDBY": ("s < s", "e = e"),
    "T_FINISHES": ("s > s", "e = e"),
    "T_INTERSECTS": ("s <= e", "e >= s"),
    "T_MEETS": ("e = s",),
    "T_METBY": ("s = e",),
    "T_OVERLAPPEDBY": ("s > s", "s < e", "e > e"),
    "T_OVERLAPS": ("s < s", "e > s", "e < e"),
    "T_STARTEDBY": ("s = s", "e > e"),
    "T_STARTS": ("s = s", "e < e"),
}

# A day is compared with a moment as a whole: a moment of it is before it, after it or at it.
_COMPARISONS: Mapping[str, tuple[str, ...]] = {
    "<": ("e < s",),
    ">": ("s > e",),
    "<=": ("s <= e",),
    ">=": ("e >= s",),
    "=": TIME_FUNCTIONS["T_INTERSECTS"],
    "<>": TIME_FUNCTIONS["T_DISJOINT"],
}


@dataclass(frozen=True, slots=True)
class Span:
    """SQL for the first and the last millisecond of something; `point` where it is written as one moment."""

    start: Where
    end: Where
    point: bool = True

    @classmethod
    def of_text(cls, text: str, function: str) -> Self:
        """Return a day or a moment as it is written.  Raises `Problem`."""
        if function == "DATE":
            day = day_ms(text)
            if day is None:
                raise not_understood(N_("“{text}” is no day: write it as in DATE('2025-06-01')."), text=text)
            return cls(_fixed(day[0]), _fixed(day[1]))
        moment = moment_ms(text)
        if moment is None:
            raise not_understood(
                N_("“{text}” is no moment: write it with its zone, as in TIMESTAMP('2025-06-01T12:00:00Z')."),
                text=text,
            )
        return cls(_fixed(moment), _fixed(moment))

    @classmethod
    def between(cls, start: Self | None, end: Self | None) -> Self:
        """Return the span between two; None where it is open."""
        first = _fixed(_BEFORE_ALL_MS) if start is None else start.start
        if end is None:
            return cls(first, _fixed(_AFTER_ALL_MS), False)
        # An end that nobody has told of has not come.
        last = Where(f"ifnull({end.end.sql}, {_AFTER_ALL_MS})", end.end.values)
        return cls(first, last, False)


def instant_span(column: Where) -> Span:
    """Return the span of a property that is one moment."""
    return Span(column, column)


def time_sql(function: str, one: Span, other: Span) -> Where:
    """Return the condition that a function of `TIME_FUNCTIONS` states."""
    if function == "T_EQUALS" and one.point and other.point:
        return compared_sql("=", one, other)
    return _all(TIME_FUNCTIONS[function], " OR " if function == "T_DISJOINT" else " AND ", one, other)


def compared_sql(operator: str, one: Span, other: Span) -> Where:
    """Return the condition that a comparison states."""
    return _all(_COMPARISONS[operator], " OR " if operator == "<>" else " AND ", one, other)


def _all(parts: Iterable[str], word: str, one: Span, other: Span) -> Where:
    sql: list[str] = []
    values: list[int | float | str | None] = []
    for part in parts:
        left, sign, right = part.split()
        first = one.start if left == "s" else one.end
        second = other.start if right == "s" else other.end
        sql.append(f"{first.sql} {sign} {second.sql}")
        values += [*first.values, *second.values]
    return Where("(" + word.join(sql) + ")", tuple(values))


def _fixed(ms: int) -> Where:
    return Where("?", (ms,))
