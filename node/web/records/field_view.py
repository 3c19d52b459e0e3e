"""The fields of a content as people read them: named, in words, with dates, areas and names written out."""

from collections.abc import Mapping
from typing import Any

from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import ID_SHOWN_CHARS, Surroundings, clipped, cut
from node.web.records.content_fields import Field, is_place, is_texts
from node.web.words.field_vocabulary import DAY_FIELDS, FIELD_WORDS, MOMENT_FIELDS, VALUE_WORDS
from node.web.words.vocabulary import word
from protocol.errors import Malformed
from protocol.identifiers import ID_TEXT_LENGTH, ActorId, RecordId, SubjectId, parse_id

# Of a list, on a page that shows a record as it was signed; the data has all.
ITEMS_SHOWN_MAX = 40

# A list may hold lists of parts; more than so deep is no content of this version.
_DEPTH_MAX = 4

_TITLES = ("name", "title")
_LEADING = ("actor", "subject")  # ids of whose page a name leads to
_ID_FIELDS = frozenset({"actor", "subject", "holder", "other", "party", "records"})


def field_name(here: Surroundings, path: tuple[str, ...]) -> str:
    """Return what a field is called, with what it is part of."""
    return " › ".join(word(here.say, FIELD_WORDS, clipped(name)) for name in path)


def field_node(here: Surroundings, field: Field) -> Node:
    """Return the value of a field as it is read; a place is told in a line, and drawn elsewhere."""
    return _value(here, field.path[-1], field.value, 0)


def plain_value(here: Surroundings, name: str, value: Any) -> str:
    """Return a value as a text on one line."""
    say = here.say
    match value:
        case bool():
            return say("yes") if value else say("no")
        case int() if name in MOMENT_FIELDS:
            return say.moment(value)
        case int() if name == "square_metres":
            return say.hectares(value)
        case int() if name == "uncertainty_m":
            return say.distance(value)
        case int():
            return say.number(value)
        case str() if name in DAY_FIELDS and value.replace("-", "").isdigit():
            return say.day(value)
        case str() if name in VALUE_WORDS and value in VALUE_WORDS[name]:
            return say(VALUE_WORDS[name][value])
        case str() if name in _ID_FIELDS and len(value) == ID_TEXT_LENGTH:
            return value[:ID_SHOWN_CHARS] + "…"
        case dict() if is_texts(value):
            return here.plain_name(value)
        case dict() if is_place(value):
            return place_words(here, value)
        case dict():
            return " · ".join(
                f"{field_name(here, (n,))}: {plain_value(here, n, v)}" for n, v in as_read(value)
            )
        case list():
            return ", ".join(plain_value(here, name, one) for one in value[:ITEMS_SHOWN_MAX])
    return clipped(str(value))


def _plain_part(here: Surroundings, name: str, value: Any) -> str:
    """Return a part of a list's entry: what it is called needs no label."""
    said = plain_value(here, name, value)
    return said if name in _TITLES else f"{field_name(here, (name,))}: {said}"


def place_words(here: Surroundings, geometry: Mapping[str, Any]) -> str:
    """Return what kind of place a geometry is, and of how many points."""
    number = _positions(geometry.get("coordinates"))
    said = {
        "Point": here.say("a point"),
        "Polygon": here.say.count("an area drawn with {n} point", "an area drawn with {n} points", number),
        "LineString": here.say.count("a line of {n} point", "a line of {n} points", number),
    }
    several = here.say.count("several parts, {n} point in all", "several parts, {n} points in all", number)
    return said.get(str(geometry.get("type")), several)


def _positions(value: Any) -> int:
    if not isinstance(value, list) or not value:
        return 0
    return sum(map(_positions, value)) if isinstance(value[0], list) else 1


def _value(here: Surroundings, name: str, value: Any, depth: int) -> Node:
    match value:
        case dict() if is_texts(value):
            return here.text(value, languages=False)
        case dict() if not is_place(value) and depth < _DEPTH_MAX:
            return _parts(here, value, depth)
        case list() if depth < _DEPTH_MAX and any(isinstance(one, dict | list) for one in value):
            items = [e("li", _value(here, name, one, depth + 1)) for one in value[:ITEMS_SHOWN_MAX]]
            more = len(value) - len(items)
            rest = here.say.count("and {n} other", "and {n} others", more) if more else None
            return [e("ul", items), e("p", rest, class_="quiet") if rest else None]
        case list() if name in _ID_FIELDS:
            return [[" ", _identified(here, one)] for one in value[:ITEMS_SHOWN_MAX]]
        case str() if name in _ID_FIELDS and len(value) == ID_TEXT_LENGTH:
            return _identified(here, value)
        case str() if name not in VALUE_WORDS and name not in DAY_FIELDS:
            return _own_words(here, name, value)
    return plain_value(here, name, value)


def _parts(here: Surroundings, value: Mapping[str, Any], depth: int) -> Node:
    """Return the parts of a list's entry on one line: its name first, then each of the rest with its own."""
    title = next((name for name in _TITLES if is_texts(value.get(name))), None)
    link = None if title is None else next((n for n in _LEADING if _is_id(value.get(n))), None)
    named: list[Node] = []
    for name, part in as_read(value):
        if name == title:
            shown = here.name(part)
            address = here.asked.link(f"/thing/{value[link]}") if link is not None else None
            named.insert(0, shown if address is None else e("a", shown, href=address))
        elif is_texts(part):
            named.append([f"{field_name(here, (name,))}: ", here.name(part)])
        elif name != link:
            named.append([f"{field_name(here, (name,))}: ", _value(here, name, part, depth + 1)])
    return [[" · ", part] if at else part for at, part in enumerate(named)]


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and len(value) == ID_TEXT_LENGTH and value.isalnum()


def as_read(value: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return parts as one reads them: a record has them by the alphabet, the last day before the first."""
    return sorted(value.items(), key=lambda part: part[0] == "end")


def _identified(here: Surroundings, text: str) -> Node:
    try:
        subject = SubjectId(parse_id(text))
    except Malformed:
        return e("bdi", clipped(text))
    actor = ActorId(RecordId(subject))
    return here.thing(subject) if here.actors.get(actor) is None else here.actor(actor)


def _own_words(here: Surroundings, name: str, value: str) -> Element:
    if name in ("key", "sha256", "identifier", "box", "commitment", "proof"):
        return e("code", cut(value, 200), class_="key")
    return e("bdi", clipped(value))
