"""What a filter says of one feature, worked out slowly and obviously; None is what is not known."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from node.web.ogc.filters.tree import Call, Name, Operation, Several, Shape, Term, Value

Feature = Mapping[str, Any]
Truth = bool | None

_EVER = (float("-inf"), float("inf"))


def holds(term: Term, feature: Feature) -> Truth:
    """Whether a filter holds of a feature: its properties by name, `geometry` a shape, moments in ms."""
    match term:
        case Operation("AND", terms):
            found = [holds(one, feature) for one in terms]
            return False if False in found else None if None in found else True
        case Operation("OR", terms):
            found = [holds(one, feature) for one in terms]
            return True if True in found else None if None in found else False
        case Operation("NOT", (one,)):
            found_one = holds(one, feature)
            return None if found_one is None else not found_one
        case Operation("IS NULL", (Name(name),)):
            return feature[name] is None
        case Operation("LIKE", (one, pattern)):
            return like(told(one, feature), told(pattern, feature))
        case Operation("IN", (one, *several)):
            return holds(Operation("OR", tuple(Operation("=", (one, other)) for other in several)), feature)
        case Operation("BETWEEN", (one, low, high)):
            return holds(
                Operation("AND", (Operation(">=", (one, low)), Operation("<=", (one, high)))), feature
            )
        case Operation(operator, (left, right)):
            return compared(operator, told(left, feature), told(right, feature))
        case Call(function, (left, right)) if function.startswith("T_"):
            return times(function, span(left, feature), span(right, feature))
        case Call(function, (left, right)) if function.startswith("A_"):
            return lists(function, words(left, feature), words(right, feature))
        case Call("S_INTERSECTS", (left, right)):
            one, other = place(left, feature), place(right, feature)
            return None if one is None or other is None else bool(shapely.intersects(one, other))
        case Value(bool() as value):
            return value
        case Name(name):
            return feature[name]
    raise AssertionError(term)


def told(term: Term, feature: Feature) -> Any:
    """The value of one side."""
    match term:
        case Name(name):
            return feature[name]
        case Value(value):
            return value
        case Call("CASEI", (one,)):
            text = told(one, feature)
            return None if text is None else unicodedata.normalize("NFC", text.casefold())
        case Call("ACCENTI", (one,)):
            text = told(one, feature)
            if text is None:
                return None
            apart = unicodedata.normalize("NFD", text)
            return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))
        case Call("DATE" | "TIMESTAMP"):
            return span(term, feature)
    raise AssertionError(term)


def compared(operator: str, left: Any, right: Any) -> Truth:
    """Both sides compared, days as all their moments."""
    if left is None or right is None:
        return None
    if isinstance(left, tuple) or isinstance(right, tuple):
        (a, b), (c, d) = (one if isinstance(one, tuple) else (one, one) for one in (left, right))
    else:
        (a, b), (c, d) = (left, left), (right, right)
    apart = b < c or a > d
    return {"=": not apart, "<>": apart, "<": b < c, ">": a > d, "<=": not a > d, ">=": not b < c}[operator]


def like(text: str | None, pattern: str) -> Truth:
    """A text and a pattern, letter by letter."""
    if text is None:
        return None
    made, letters = "", iter(pattern)
    for letter in letters:
        if letter == "\\":
            made += re.escape(next(letters, "\\"))
        else:
            made += {"%": ".*", "_": "."}.get(letter, re.escape(letter))
    return re.fullmatch(made, text, re.DOTALL) is not None


def span(term: Term, feature: Feature) -> tuple[float | None, float | None]:
    """From when to when."""
    match term:
        case Name(name):
            return feature[name], feature[name]
        case Call("DATE", (Value(str() as text),)):
            start = datetime.fromisoformat(text + "T00:00:00+00:00")
            return start.timestamp() * 1_000, (start + timedelta(days=1)).timestamp() * 1_000 - 1
        case Call("TIMESTAMP", (Value(str() as text),)):
            at = datetime.fromisoformat(text).timestamp() * 1_000
            return at, at
        case Call("INTERVAL", (start_term, end_term)):
            ends = []
            for one, at, ever in ((start_term, 0, _EVER[0]), (end_term, 1, _EVER[1])):
                match one:
                    case Value(".."):
                        ends.append(ever)
                    case Value(str() as text):
                        function = "TIMESTAMP" if "T" in text else "DATE"
                        ends.append(span(Call(function, (one,)), feature)[at])
                    case _:
                        ends.append(span(one, feature)[at])
            # What has no end yet goes on.
            return ends[0], _EVER[1] if ends[1] is None else ends[1]
    raise AssertionError(term)


def times(function: str, left: tuple[Any, Any], right: tuple[Any, Any]) -> Truth:
    """As table 7 of the standard has it."""
    (a, b), (c, d) = left, right
    if None in (a, b, c, d):
        known = {"T_BEFORE": (b, c), "T_AFTER": (a, d), "T_MEETS": (b, c), "T_METBY": (a, d)}.get(function)
        if known is None or None in known:
            return None
    return {
        "T_AFTER": lambda: a > d,
        "T_BEFORE": lambda: b < c,
        "T_CONTAINS": lambda: a < c and b > d,
        "T_DISJOINT": lambda: b < c or a > d,
        "T_DURING": lambda: a > c and b < d,
        "T_EQUALS": lambda: a == c and b == d,
        "T_INTERSECTS": lambda: not (b < c or a > d),
        "T_MEETS": lambda: b == c,
        "T_METBY": lambda: a == d,
    }[function]()


def words(term: Term, feature: Feature) -> set[str]:
    """Several words."""
    match term:
        case Name(name):
            return set(feature[name])
        case Several(items):
            return {item.value for item in items if isinstance(item, Value)}
    raise AssertionError(term)


def lists(function: str, left: set[str], right: set[str]) -> bool:
    """As sets."""
    return {
        "A_CONTAINS": left >= right,
        "A_CONTAINEDBY": left <= right,
        "A_EQUALS": left == right,
        "A_OVERLAPS": bool(left & right),
    }[function]


def rectangle(west: float, south: float, east: float, north: float) -> BaseGeometry:
    """A box, a line where it has no width, a point where it has no height either."""
    return shapely.envelope(shapely.MultiPoint([(west, south), (east, north)]))


def place(term: Term, feature: Feature) -> BaseGeometry | None:
    """A shape."""
    match term:
        case Name("geometry"):
            found: BaseGeometry | None = feature["geometry"]
            return found
        case Call("BBOX", numbers):
            west, south, east, north = (one.value for one in numbers if isinstance(one, Value))
            if west > east:
                return shapely.geometrycollections(
                    [rectangle(west, south, 180, north), rectangle(-180, south, east, north)]
                )
            return rectangle(west, south, east, north)
        case Shape("Point", position):
            return shapely.Point(position)
    raise AssertionError(term)
