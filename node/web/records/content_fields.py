"""A content as a list of fields, in the order of its kind, so that it can be read, or held beside another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from node.published_form import published
from node.web.words.field_vocabulary import FIELD_WORDS

# A hostile content of an unknown kind can have any number; what this version knows has some forty.
FIELDS_SHOWN_MAX = 120

# Deeper than any kind of this version goes.
DEPTH_MAX = 4

# What proves and binds and says nothing to a reader; the data has it.
UNSAID_FIELDS = frozenset({"box", "digests", "ephemeral", "recipients", "salt"})

_LANGUAGE_LENGTH = range(2, 4)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the names that lead to it, and its value as JSON (`node.published_form`)."""

    path: tuple[str, ...]
    value: Any


def fields_of(content: Any) -> list[Field]:
    """Return the fields of a content, the nested ones each for itself, at most `FIELDS_SHOWN_MAX`."""
    if content is None:
        return []
    plain = content if isinstance(content, Mapping) else msgspec.to_builtins(content, builtin_types=(bytes,))
    found: list[Field] = []
    for one in _fields(published(plain), ()):
        if len(found) >= FIELDS_SHOWN_MAX:
            break
        found.append(one)
    return found


def is_texts(value: Any) -> bool:
    """Whether a value is a text by language (BCP 47 tags)."""
    return (
        isinstance(value, dict)
        and bool(value)
        and all(
            isinstance(text, str)
            and tag not in FIELD_WORDS
            and len(tag.partition("-")[0]) in _LANGUAGE_LENGTH
            and tag.replace("-", "").isalnum()
            for tag, text in value.items()
        )
    )


def is_place(value: Any) -> bool:
    """Whether a value is a geometry as GeoJSON has it."""
    return isinstance(value, dict) and value.keys() == {"type", "coordinates"}


def _fields(value: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[Field]:
    for name, part in value.items():
        here = (*path, name)
        if name in UNSAID_FIELDS or part is None or part in ([], {}):
            continue
        if isinstance(part, dict) and not is_texts(part) and not is_place(part) and len(here) < DEPTH_MAX:
            yield from _fields(part, here)
        else:
            yield Field(here, part)
