"""The gist of a content: its title, the words it is looked up by, and the actors it names.

What lists, searches and links need, so that many records can be held and found without their contents being
read.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from protocol.identifiers import ActorId
from protocol.kinds.alert import Alert
from protocol.kinds.body import Body
from protocol.kinds.commons import Commons
from protocol.kinds.pact import Clauses, Pact
from protocol.kinds.placing import Placing, placing_of
from protocol.kinds.procedure import Call

_TEXTS = ("description", "users", "rules", "facts", "text")
_NAMED = ("stewards", "parties", "territory", "options")


class Gist(NamedTuple):
    """What is kept of a content for lists and searches: `title` by language, `linked` stewards or parties,
    `placing` where it lies.
    """

    title: Mapping[str, str]
    search_text: str
    linked: frozenset[ActorId]
    placing: Placing | None


def gist_of(content: Any) -> Gist:
    """Return the gist of a typed content, or of the plain map of an unknown kind (which has none to tell)."""
    return Gist(title_of(content), search_text_of(content), linked_actors(content), placing_of(content))


def title_of(content: Any) -> Mapping[str, str]:
    """Return the name of a version by language; empty where it has none or was erased."""
    if isinstance(content, dict):
        return {}
    name = getattr(content, "name", None) or getattr(content, "title", None)
    return name if isinstance(name, dict) else {}


def search_text_of(content: Any) -> str:
    """Return the words by which people look a version up."""
    if content is None or isinstance(content, dict):
        return ""
    texts, named = _searched(content.__class__)
    parts: list[str] = list(title_of(content).values())
    for field in texts:
        text = getattr(content, field)
        if isinstance(text, dict):  # the rules of a commons are a text, those of a body words of a vocabulary
            parts += text.values()
    for field in named:
        for entry in getattr(content, field):
            parts += entry.name.values()
    if isinstance(content, Commons):
        if content.legal is not None:
            parts += content.legal.text.values()
    elif isinstance(content, Pact):
        for field in Clauses.__struct_fields__:
            parts += (getattr(content.clauses, field) or {}).values()
        parts += _names_of_commons(content)
    elif isinstance(content, Alert):
        parts += (content.outcome or {}).values()
        parts += _names_of_commons(content)
    elif isinstance(content, Body):
        for seat in content.seats:
            if seat.holder is not None:
                parts += seat.holder.name.values()
    return "\n".join(parts)


def _names_of_commons(content: Pact | Alert) -> Iterator[str]:
    for commons in content.commons:
        yield from (commons.name or {}).values()


def linked_actors(content: Any) -> frozenset[ActorId]:
    """Return the actors that a content names: as stewards, parties or organiser, or as the body it is."""
    if isinstance(content, Commons):
        parties = content.stewards
    elif isinstance(content, Pact):
        parties = content.parties
    elif isinstance(content, Call) and content.organiser is not None:
        parties = [content.organiser]
    elif isinstance(content, Body) and content.actor is not None:
        return frozenset({ActorId(content.actor)})
    else:
        return _NOBODY
    if not parties:
        return _NOBODY
    return frozenset(ActorId(party.actor) for party in parties if party.actor is not None)


_NOBODY: frozenset[ActorId] = frozenset()


@cache
def _searched(content_type: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which fields of a type hold texts by language, and which hold lists of what has a name."""
    fields = content_type.__struct_fields__
    return tuple(f for f in _TEXTS if f in fields), tuple(f for f in _NAMED if f in fields)
