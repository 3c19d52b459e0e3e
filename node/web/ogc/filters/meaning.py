"""From the tree of a filter to SQL over the columns of the atlas: names looked up, every value bound.

After OGC 21-065r2 (CQL2).  What compares a property that has no value is neither true nor false, as in SQL.
"""

import re
from collections.abc import Callable, Iterable

from node.atlas.collections import Collection, Property
from node.atlas.reading import Where
from node.atlas.where_functions import FOLDS
from node.web.ogc.filters.lists import LIST_FUNCTIONS, list_sql
from node.web.ogc.filters.operands import (
    GEOMETRY,
    HOW_TO_ASK,
    ID,
    KINDS,
    Operand,
    column_sql,
    framed,
    how_to_ask,
    joined,
    require_same_kind,
    value_operand,
    wrong_arguments,
)
from node.web.ogc.filters.parsing import not_understood
from node.web.ogc.filters.places import PLACE_FUNCTIONS, place_sql
from node.web.ogc.filters.times import TIME_FUNCTIONS, Span, compared_sql, instant_span, time_sql
from node.web.ogc.filters.tree import Call, Name, Operation, Term, Value
from node.web.words.speech import N_

# People nest three or four deep, programs ten; SQLite takes a thousand.
FILTER_DEPTH_MAX = 32

# Of AND, OR, comparisons, functions: a filter of `FILTER_LENGTH_MAX_CHARS` has room for some two hundred.
FILTER_OPERATIONS_MAX = 300

# As long as what is compared with it: a name.
TEXT_LENGTH_MAX_CHARS = 500

_WHOLE = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?")
# GDAL asks with 1 and 0.
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}

_COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})


class FilterMeaning:
    """What filters mean on one collection."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection

    def where(self, term: Term) -> Where:
        """Return the condition that a filter states.  Raises `Problem`."""
        return _Translation(self._collection).truth(term, 0)

    def where_equal(self, name: str, text: str) -> Where:
        """Return the condition that a property is what stands in a parameter of its name.  Raises `Problem`.

        Of a moment, a whole day may be asked for; of a property with several words, one of them.
        """
        if len(text) > TEXT_LENGTH_MAX_CHARS:
            raise not_understood(
                N_("“{name}” takes at most {n} characters. Use fewer words."),
                name=name,
                n=TEXT_LENGTH_MAX_CHARS,
            )
        translation = _Translation(self._collection)
        found = translation.property(name)
        kind = KINDS[found.type]
        match kind:
            case "words":
                return translation.truth(Call("A_CONTAINS", (Name(name), Value(text))), 0)
            case "moment":
                wanted: Term = Call("TIMESTAMP" if "T" in text else "DATE", (Value(text),))
            case "text":
                wanted = Value(text)
            case _:
                number = _NUMBER if found.large or found.type == "number" else _WHOLE
                truth = _TRUTHS.get(text) if kind == "truth" else None
                if truth is None and (kind == "truth" or not number.fullmatch(text)):
                    raise not_understood(HOW_TO_ASK[kind], name=name)
                wanted = Value(float(text) if truth is None else truth)
        return translation.truth(Operation("=", (Name(name), wanted)), 0)


class _Translation:
    """One filter on its way to SQL; counts what it asks."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._operations = 0

    def truth(self, term: Term, depth: int) -> Where:
        """Return what is true or false."""
        self._count(depth)
        match term:
            case Operation("AND" | "OR" as operator, terms):
                return joined(f" {operator} ", (self.truth(one, depth + 1) for one in terms))
            case Operation("NOT", (one,)):
                return framed("NOT ({})", self.truth(one, depth + 1))
            case Operation("IS NULL", (one,)):
                return self._missing(one)
            case Operation("LIKE", (one, pattern)):
                return self._like(one, pattern, depth)
            case Operation("IN", (one, *several)):
                return joined(" OR ", self._each_equal(one, several, depth))
            case Operation("BETWEEN", (one, low, high)):
                return joined(
                    " AND ", (self._compared(">=", one, low, depth), self._compared("<=", one, high, depth))
                )
            case Operation(operator, (left, right)) if operator in _COMPARISONS:
                return self._compared(operator, left, right, depth)
            case Call(function, arguments) if function in TIME_FUNCTIONS:
                left, right = _two(function, arguments)
                return time_sql(function, self._span(left, depth), self._span(right, depth))
            case Call(function, arguments) if function in PLACE_FUNCTIONS:
                return place_sql(function, *_two(function, arguments))
            case Call(function, arguments) if function in LIST_FUNCTIONS:
                return list_sql(function, *_two(function, arguments), self.property)
            case Call(function):
                raise not_understood(N_("There is no function {function} here."), function=function)
            case Value(bool() as value):
                return Where("1" if value else "0")
            case Name(name) if self.property(name).type == "boolean":
                return Where(column_sql(self.property(name)))
        raise not_understood(
            N_("Every part of a filter has to be true or false, and one of them is neither.")
        )

    def property(self, name: str) -> Property:
        """Return what a name stands for.  Raises `Problem`."""
        found = ID if name == ID.name else self._collection.property(name)
        if found is None:
            raise not_understood(
                N_(
                    "“{name}” is no property of these features. What can be asked for is in "
                    "the list of queryables."
                ),
                name=name,
            )
        if not queryable(found):
            raise not_understood(N_("“{name}” can be read, and not be asked for."), name=name)
        return found

    def _count(self, depth: int) -> None:
        self._operations += 1
        if depth > FILTER_DEPTH_MAX:
            raise not_understood(N_("It is nested more than {n} deep."), n=FILTER_DEPTH_MAX)
        if self._operations > FILTER_OPERATIONS_MAX:
            raise not_understood(N_("It has more than {n} conditions."), n=FILTER_OPERATIONS_MAX)

    def _operand(self, term: Term, depth: int) -> Operand:
        """Return one side of a comparison."""
        self._count(depth)
        match term:
            case Name(name):
                if name == GEOMETRY:
                    raise not_understood(
                        N_(
                            "“{name}” is a place: ask for it with "
                            "S_INTERSECTS({name}, BBOX(-79, -3, -78, -2))."
                        ),
                        name=name,
                    )
                found = self.property(name)
                column = Where(column_sql(found))
                kind = KINDS[found.type]
                return Operand(kind, column, name, instant_span(column) if kind == "moment" else None)
            case Value(value):
                return value_operand(value)
            case Call("DATE" | "TIMESTAMP", _):
                span = self._span(term, depth)
                return Operand("moment", span.start, None, span)
            case Call(function, arguments) if function in FOLDS:
                if len(arguments) != 1:
                    raise wrong_arguments(function, 1)
                inner = self._operand(arguments[0], depth + 1)
                if inner.kind != "text":
                    raise not_understood(N_("{function} takes a text."), function=function)
                return Operand("text", framed(f"{function.lower()}({{}})", inner.where), inner.name)
            case Operation("+" | "-" | "*" | "/" | "%" | "DIV" | "^" as operator, _):
                raise not_understood(
                    N_("This node does not calculate in filters: “{operator}” cannot stand there."),
                    operator=operator,
                )
        raise not_understood(N_("What is compared has to be a property or a value."))

    def _compared(self, operator: str, left: Term, right: Term, depth: int) -> Where:
        """Both sides of one kind; a day is all its moments."""
        one, other = self._operand(left, depth + 1), self._operand(right, depth + 1)
        require_same_kind(one, other)
        if one.span is None or other.span is None:
            return framed(f"{{}} {operator} {{}}", one.where, other.where)
        return compared_sql(operator, one.span, other.span)

    def _each_equal(self, one: Term, several: Iterable[Term], depth: int) -> Iterable[Where]:
        """Any of a list; values alone as one list, which SQLite looks up."""
        operand = self._operand(one, depth + 1)
        plain: list[Where] = []
        for term in several:
            if isinstance(term, Value) and operand.span is None:
                item = value_operand(term.value)
                require_same_kind(operand, item)
                plain.append(item.where)
            else:
                yield self._compared("=", one, term, depth)
        if plain:
            marks = ", ".join(["{}"] * len(plain))
            yield framed(f"{{}} IN ({marks})", operand.where, *plain)

    def _like(self, one: Term, pattern: Term, depth: int) -> Where:
        """`%` for any letters, `_` for one, case and accents counting unless they are folded."""
        operand = self._operand(one, depth + 1)
        if operand.kind != "text":
            raise how_to_ask(operand)
        folds: list[Callable[[str], str]] = []
        while isinstance(pattern, Call) and pattern.function in FOLDS and len(pattern.arguments) == 1:
            folds.append(FOLDS[pattern.function])
            [pattern] = pattern.arguments
            self._count(depth + len(folds))
        if not isinstance(pattern, Value) or not isinstance(pattern.value, str):
            raise not_understood(N_("After LIKE stands a text in single quotes, such as 'Laguna%'."))
        text = pattern.value
        for fold in reversed(folds):
            text = fold(text)
        return framed("{} GLOB {}", operand.where, Where("?", (_glob(text),)))

    def _missing(self, one: Term) -> Where:
        if one == Name(GEOMETRY):
            return Where("f.west IS NULL")
        if not isinstance(one, Name):
            raise not_understood(N_("Before IS NULL stands the name of a property."))
        found = self.property(one.name)
        if found.type == "array":
            return Where(f"trim(ifnull({column_sql(found)}, '')) = ''")
        return Where(f"{column_sql(found)} IS NULL")

    def _span(self, term: Term, depth: int) -> Span:
        """Return from when to when: a moment, a day, an interval of either."""
        match term:
            case Name(name):
                found = self.property(name)
                if found.type != "date-time":
                    raise not_understood(N_("“{name}” is no moment."), name=name)
                return instant_span(Where(column_sql(found)))
            case Call("INTERVAL", (start, end)):
                self._count(depth)
                return Span.between(self._bound(start, depth), self._bound(end, depth))
            case Call("DATE" | "TIMESTAMP" as function, (Value(str() as text),)):
                return Span.of_text(text, function)
            case Call("DATE" | "TIMESTAMP" as function, _):
                raise not_understood(N_("{function} takes a text in single quotes."), function=function)
        raise not_understood(
            N_(
                "A moment is written DATE('2025-06-01') or TIMESTAMP('2025-06-01T12:00:00Z'), "
                "a span of time INTERVAL('2025-01-01', '..')."
            )
        )

    def _bound(self, term: Term, depth: int) -> Span | None:
        match term:
            case Value(".." | ""):
                return None
            case Value(str() as text):
                return Span.of_text(text, "TIMESTAMP" if "T" in text else "DATE")
        return self._span(term, depth + 1)


def queryable(found: Property) -> bool:
    """Whether a property can be asked for."""
    return found.column is not None and found.type in KINDS


def _two(function: str, arguments: tuple[Term, ...]) -> tuple[Term, Term]:
    if len(arguments) != 2:
        raise wrong_arguments(function, 2)
    return arguments[0], arguments[1]


def _glob(pattern: str) -> str:
    """Return the pattern of SQLite's GLOB, which tells capitals apart, for one of LIKE."""
    made: list[str] = []
    letters = iter(pattern)
    for letter in letters:
        if letter == "\\":
            letter = next(letters, "\\")
        elif letter in "%_":
            # Two in a row mean no more than one.
            if not (letter == "%" and made and made[-1] == "*"):
                made.append("*" if letter == "%" else "?")
            continue
        made.append(f"[{letter}]" if letter in "*?[" else letter)
    return "".join(made)
