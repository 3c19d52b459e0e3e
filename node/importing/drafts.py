"""What an import would record and what it leaves out, before anything is signed."""

import re
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Any

from protocol.identifiers import SubjectId

FieldPath = tuple[str | int, ...]

_ROW = re.compile(r"\brow \d+\b")


@dataclass(frozen=True, slots=True)
class SourceKey:
    """What a thing is known by from one import to the next: kind, source, the source's own id of it."""

    kind: str
    source: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Known:
    """A thing already recorded from a source: its id and the payload of its present version."""

    subject: SubjectId
    payload: MappingOf[str, Any]


@dataclass(frozen=True, slots=True)
class Link:
    """A field of a payload, by its path, that is to hold the id of the thing with this source key."""

    path: FieldPath
    target: SourceKey


@dataclass(frozen=True, slots=True)
class Drafted:
    """A record ready to be signed by whoever imports; `subject` is the thing it is a new version of, if any.

    `payload` has no salt: add one before signing.  `doubts` are those of the `notes` that somebody should
    look at before that.  `links` are fields that wait for the ids of things drafted
    earlier in the same plan: call `linked` with those ids.
    """

    kind: str
    payload: dict[str, Any]
    label: str
    key: SourceKey
    row: int
    subject: SubjectId | None = None
    notes: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    doubts: tuple[str, ...] = ()

    def linked(self, subjects: MappingOf[SourceKey, SubjectId]) -> "Drafted":
        """Return the draft with the links that `subjects` can fill, filled."""
        if not self.links:
            return self
        payload, open_links = self.payload, []
        for link in self.links:
            if link.target in subjects:
                payload = _with_value(payload, link.path, bytes(subjects[link.target]))
            else:
                open_links.append(link)
        return replace(self, payload=payload, links=tuple(open_links))


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that is not drafted, and why; `unchanged` where all it says is said already."""

    label: str
    row: int
    reason: str
    notes: tuple[str, ...] = ()
    unchanged: bool = False
    key: SourceKey | None = None


@dataclass(slots=True)
class Summary:
    """What came of a plan: counts by kind, and the reasons and notes with how often each was given."""

    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Drafted | Skipped) -> None:
        """Count one outcome."""
        self.notes.update(map(whichever_row, outcome.notes))
        match outcome:
            case Drafted():
                (self.new if outcome.subject is None else self.changed)[outcome.kind] += 1
            case Skipped() if outcome.unchanged:
                self.unchanged += 1
            case Skipped():
                self.skipped[whichever_row(outcome.reason)] += 1


def summarise(outcomes: Iterable[Drafted | Skipped]) -> Summary:
    """Return the counts of a whole plan: a dry run."""
    summary = Summary()
    for outcome in outcomes:
        summary.add(outcome)
    return summary


def whichever_row(text: str) -> str:
    """Return a note as it is counted: the same thing said of several rows is one."""
    return _ROW.sub("row …", text)


def _with_value(payload: dict[str, Any], path: FieldPath, value: Any) -> dict[str, Any]:
    """Return `payload` with `value` at `path`; what lies on the way is copied, not changed."""
    copied: Any = dict(payload)
    at = copied
    for step in path[:-1]:
        at[step] = list(at[step]) if isinstance(at[step], list) else dict(at[step])
        at = at[step]
    at[path[-1]] = value
    result: dict[str, Any] = copied
    return result
