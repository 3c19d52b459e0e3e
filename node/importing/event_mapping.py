"""The [events] of a mapping: a file whose rows are what happened to the things of a register.

[events]
register = "palermo-patti"     # the mapping whose pacts these are: same source, same identifiers
language = "it"                # of what the file says
moment = "timestamp"           # columns: when (ISO 8601), to which thing, what sort of event,
thing = "patto_id"             # which column of the register it is about, its value before and after
event = "event"
field = "field"
old = "old_value"
new = "new_value"
status = "status"              # the word in the column of fields that stands for the status
[events.steps]                 # words of the status, each with the step of the procedure that it is
"Respinta" = "refused"
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any
from unicodedata import category, normalize

from node.importing.vocabulary import folded
from protocol.kinds.procedure import STEPS

SLUG_LENGTH_MAX_CHARS = 48
_NO_SLUG = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class EventMapping:
    """How a file of events is read: its columns, the register it belongs to, and the steps of its words."""

    register: str
    language: str
    moment: str
    thing: str
    event: str
    field: str
    old: str
    new: str
    status: str
    steps: Mapping[str, str]  # the words as they are written in the mapping

    @property
    def columns(self) -> frozenset[str]:
        """The headings that a file of these events has."""
        return frozenset({self.moment, self.thing, self.event, self.field, self.old, self.new})

    def step_of(self, word: str) -> str:
        """Return the step that a word of the source is; one made of the word where the table has none."""
        wanted = folded(word)
        for known, step in self.steps.items():
            if folded(known) == wanted:
                return step
        return slug_of(word)


def slug_of(word: str) -> str:
    """Return a word of a vocabulary made of a source's own word, never one that has a meaning here."""
    bare = "".join(mark for mark in normalize("NFKD", word.casefold()) if category(mark) != "Mn")
    slug = _NO_SLUG.sub("_", bare).strip("_")[:SLUG_LENGTH_MAX_CHARS].rstrip("_")
    if not slug or not slug[0].isalpha():
        return f"word_{blake2b(word.encode(), digest_size=6).hexdigest()}"
    return f"{slug}_reported" if slug in STEPS else slug


def read_events(table: Any) -> EventMapping:
    """Return the [events] of a mapping.  Raises `ValueError`, saying what is wrong with it."""
    names = [each.name for each in fields(EventMapping)]
    if not isinstance(table, dict) or table.keys() != set(names):
        raise ValueError(f"[events] says exactly: {', '.join(names)}")
    steps = table["steps"]
    if not isinstance(steps, dict) or not all(step in STEPS for step in steps.values()):
        raise ValueError(f"every word of [events.steps] is one of the steps {', '.join(STEPS)}")
    texts = {name: table[name] for name in names if name != "steps"}
    if not all(isinstance(text, str) and text for text in texts.values()):
        raise ValueError("[events] says in words which column is which")
    return EventMapping(**texts, steps=steps)
