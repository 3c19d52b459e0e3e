"""From the text of a filter to its tree, within limits.

The parser is LALR(1): its time grows with the length of a text, however that is nested, and it does not call
itself.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from node.web.exchange.problem import Problem
from node.web.ogc.filters.tree import Call, Name, Operation, Position, Several, Shape, Term, Value
from node.web.words.speech import N_

# A polygon of a hundred corners; past it an address is longer than browsers and proxies pass on.
FILTER_LENGTH_MAX_CHARS = 4_000

# Of an excerpt in an explanation.
EXCERPT_MAX_CHARS = 24

# A map that somebody looks through asks the same of every page.
_KEPT_TREES = 64

_GRAMMAR = Path(__file__).with_name("cql2.lark")


def not_understood(detail: str, **values: object) -> Problem:
    """Return the answer to a filter that asks for what is not offered."""
    return Problem(400, "filter-not-understood", N_("That filter was not understood"), detail, values)


def parsed(text: str) -> Term:
    """Return the tree of a filter in CQL2 text.  Raises `Problem`."""
    if len(text) > FILTER_LENGTH_MAX_CHARS:
        raise Problem(
            400,
            "filter-too-long",
            N_("That filter is too long"),
            N_("A filter takes at most {n} characters."),
            {"n": FILTER_LENGTH_MAX_CHARS},
        )
    return _parsed(text)


@lru_cache(_KEPT_TREES)
def _parsed(text: str) -> Term:
    try:
        return cast(Term, _parser().parse(text))
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None


def _unexpected(text: str, error: UnexpectedInput) -> Problem:
    ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    at: int | None = None if ended else getattr(error, "pos_in_stream", None)
    place = len(text) if at is None else at
    rest = text[place : place + EXCERPT_MAX_CHARS].strip()
    if not rest:
        return not_understood(N_("It ends too early: something is missing after character {n}."), n=place)
    return not_understood(
        N_("At character {n} it goes on with “{rest}”, which cannot stand there."), n=place + 1, rest=rest
    )


@cache
def _parser() -> Lark:
    # Made at the first filter, in a tenth of a second: nobody else waits for it.
    return Lark(_GRAMMAR.read_text(encoding="utf-8"), parser="lalr", transformer=_Builder())


@v_args(inline=True)
class _Builder(Transformer[Token, Term]):
    """Makes the tree while the text is read."""

    def either(self, *terms: Term) -> Term:
        return Operation("OR", terms)

    def both(self, *terms: Term) -> Term:
        return Operation("AND", terms)

    def opposite(self, term: Term) -> Term:
        return Operation("NOT", (term,))

    def compared(self, left: Term, operator: Token, right: Term) -> Term:
        return Operation(str(operator), (left, right))

    def like(self, term: Term, pattern: Term) -> Term:
        return Operation("LIKE", (term, pattern))

    def not_like(self, term: Term, pattern: Term) -> Term:
        return self.opposite(self.like(term, pattern))

    def between(self, term: Term, low: Term, high: Term) -> Term:
        return Operation("BETWEEN", (term, low, high))

    def not_between(self, term: Term, low: Term, high: Term) -> Term:
        return self.opposite(self.between(term, low, high))

    def one_of(self, term: Term, *several: Term) -> Term:
        return Operation("IN", (term, *several))

    def none_of(self, term: Term, *several: Term) -> Term:
        return self.opposite(self.one_of(term, *several))

    def missing(self, term: Term) -> Term:
        return Operation("IS NULL", (term,))

    def not_missing(self, term: Term) -> Term:
        return self.opposite(self.missing(term))

    def calculated(self, left: Term, operator: Token, right: Term) -> Term:
        return Operation(str(operator).upper(), (left, right))

    def signed(self, sign: Token, term: Term) -> Term:
        if isinstance(term, Value) and not isinstance(term.value, str | bool):
            return Value(-term.value if sign == "-" else term.value)
        return Operation(str(sign), (term,))

    def number(self, token: Token) -> Term:
        return Value(int(token) if token.isdecimal() else float(token))

    def text(self, token: Token) -> Term:
        return Value(token[1:-1].replace("''", "'").replace("\\'", "'"))

    def yes(self) -> Term:
        return Value(True)

    def no(self) -> Term:
        return Value(False)

    def name(self, token: Token) -> Term:
        return Name(str(token))

    def quoted_name(self, token: Token) -> Term:
        return Name(token[1:-1])

    def call(self, name: Token, *arguments: Term) -> Term:
        return Call(name.upper(), arguments)

    def listed(self, *terms: Term) -> Term:
        return Several(terms)

    def coordinate(self, *tokens: Token) -> float:
        return float("".join(tokens))

    def position(self, longitude: float, latitude: float, *_: float) -> Position:
        return longitude, latitude

    def line(self, *positions: Position) -> tuple[Position, ...]:
        return positions

    def rings(self, *lines: tuple[Position, ...]) -> tuple[tuple[Position, ...], ...]:
        return lines

    def point(self, position: Position) -> Shape:
        return Shape("Point", position)

    def line_string(self, line: tuple[Position, ...]) -> Shape:
        return Shape("LineString", line)

    def polygon(self, rings: tuple[tuple[Position, ...], ...]) -> Shape:
        return Shape("Polygon", rings)

    def multi_point(self, *positions: Position) -> Shape:
        return Shape("MultiPoint", positions)

    def multi_line_string(self, *lines: tuple[Position, ...]) -> Shape:
        return Shape("MultiLineString", lines)

    def multi_polygon(self, *polygons: tuple[tuple[Position, ...], ...]) -> Shape:
        return Shape("MultiPolygon", polygons)

    def collection(self, *shapes: Shape) -> Shape:
        return Shape("GeometryCollection", shapes)
