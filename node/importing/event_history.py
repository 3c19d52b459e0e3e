"""From what a file says of a pact to its records: a first version, one for each day, a step for each word.

Nothing is signed or stored here.  A day's version says all that the file and the register say of the pact by
the end of that day.  What is recorded already is known by the event (steps) and by the day (versions), so
that a file is imported again, or a longer one, without doubles.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from node.importing.cells import Cells, Unusable
from node.importing.drafts import Drafted, Known, Link, Skipped, SourceKey
from node.importing.event_rows import Happening
from node.importing.filling import evaluate_members
from node.importing.mapping import Mapping as FileMapping
from node.importing.mapping import RecordMapping
from node.importing.plan import check_draft, fill_record, same_content
from node.importing.register_columns import REGISTER_COLUMNS, columns_of
from node.importing.rows import Row
from protocol.limits import LABEL_LENGTH_MAX_CHARS
from protocol.state.course import NO_WORD

SALT_SIZE_BYTES = 16


@dataclass(slots=True)
class Recounted:
    """What is recorded of a pact already: its present payload, its versions by day, the ids of its events."""

    present: Mapping[str, Any] | None = None
    days: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)


@dataclass(slots=True)
class History:
    """What is to be recorded of a pact, in order; `root` where there is no version of it yet."""

    thing: str
    key: SourceKey
    root: Drafted | None = None
    drafts: list[Drafted] = field(default_factory=list)
    unchanged: int = 0
    left_out: list[Skipped] = field(default_factory=list)


class Recounter:
    """Makes histories of pacts after the mapping of their register."""

    def __init__(
        self,
        mapping: FileMapping,
        register: FileMapping,
        known: Mapping[SourceKey, Known],
        given: Mapping[str, str],
    ) -> None:
        assert mapping.events is not None
        self._mapping, self._events, self._register = mapping, mapping.events, register
        self._pact: RecordMapping = next(one for one in register.records if one.kind == "pact")
        self._known, self._given = known, {f"@{name}": text for name, text in given.items()}

    def key_of(self, thing: str) -> SourceKey:
        """Return the key under which a pact of the register is known.  Raises `Unusable`."""
        return self._filled({"id": thing})[0]

    def root_of(self, thing: str, actor: bytes) -> Drafted:
        """Return the first version of a pact: nothing but its number, and the same wherever it is made.

        Two nodes of one actor that each import a part of the events so make one pact.
        """
        key, payload, _ = self._filled({"id": thing, "status": NO_WORD}, dated=False)
        salt = blake2b(digest_size=SALT_SIZE_BYTES, person=b"minga-pact-root")
        for part in (actor, key.source.encode(), key.identifier.encode()):
            salt.update(len(part).to_bytes(4, "big") + part)
        return Drafted("pact", {**payload, "salt": salt.digest()}, thing, key, 0)

    def history(
        self, thing: str, happenings: Iterable[Happening], actor: bytes, before: Recounted
    ) -> History:
        """Return what is to be recorded of a pact.  Raises `Unusable` where its id cannot be one."""
        done = History(thing, self.key_of(thing))
        if before.present is None:
            done.root = self.root_of(thing, actor)
        kept = []
        for one in happenings:
            if one.field in REGISTER_COLUMNS:
                kept.append(one)
            else:
                reason = f"a pact of the register has no field {one.field!r:.60}"
                done.left_out.append(Skipped(thing, one.row, reason))
        state = dict(columns_of(before.present)) if before.present is not None else {}
        present = dict(state)
        for one in reversed(kept):
            # Where a pact stood before its first word nobody has said, whatever that row says it was.
            state[one.field] = "" if one.field == self._events.status else one.old
        agreed = _agree(state, present)
        versions = 0
        for day in _days(kept):
            for one in day:
                state[one.field] = one.new
                if one.field == self._events.status:
                    self._step(one, before, done)
            agreed |= _agree(state, present)
            versions += self._version(day, state, before, done)
        if versions and kept and _is_newer(before.present, kept[-1].day, agreed):
            self._present_again(kept[-1], state, present, before, done)
        return done

    def _step(self, one: Happening, before: Recounted, done: History) -> None:
        if one.identifier in before.events:
            done.unchanged += 1
            return
        source = evaluate_members(self._mapping.source, Cells(Row(one.row, one.row, {}), self._given))
        payload: dict[str, Any] = {
            "step": self._events.step_of(one.new),
            "at_ms": one.at_ms,
            "said": one.new,
            "source": {**source, "identifier": one.identifier},
        }
        if len(one.new) > LABEL_LENGTH_MAX_CHARS:
            payload["said"] = one.new[: LABEL_LENGTH_MAX_CHARS - 1] + "…"
            payload["text"] = {self._events.language: one.new}
        try:
            check_draft("step", payload)
        except Unusable as error:
            done.left_out.append(Skipped(done.thing, one.row, str(error)))
            return
        done.drafts.append(
            Drafted("step", payload, done.thing, SourceKey("step", done.key.source, one.identifier), one.row)
        )

    def _version(
        self, day: list[Happening], state: Mapping[str, str], before: Recounted, done: History
    ) -> bool:
        """Draft the version of a day unless one says it; return whether it was drafted."""
        last = {one.field: one for one in day}
        changed = {name: one.new for name, one in last.items()}
        if any(_says(columns, changed) for columns in before.days.get(day[0].day, ())):
            done.unchanged += 1
            return False
        return self._draft(state, day[0].day, day[-1].row, before, done)

    def _draft(
        self, state: Mapping[str, str], as_of: str, row: int, before: Recounted, done: History
    ) -> bool:
        status = state.get("status") or NO_WORD
        columns = {**state, "id": done.thing, "status": status[:LABEL_LENGTH_MAX_CHARS]}
        try:
            key, payload, links = self._filled(columns, as_of=as_of)
            check_draft("pact", payload)
        except Unusable as error:
            done.left_out.append(Skipped(done.thing, row, str(error)))
            return False
        draft = Drafted("pact", payload, done.thing, key, row, links=links)
        subjects = {
            link.target: self._known[link.target].subject for link in links if link.target in self._known
        }
        done.drafts.append(draft.linked(subjects))
        return True

    def _present_again(
        self,
        last: Happening,
        state: Mapping[str, str],
        present: Mapping[str, str],
        before: Recounted,
        done: History,
    ) -> None:
        """Draft once more what is said now, where the file only tells of days before it."""
        assert before.present is not None
        later = [columns for day, all_ in before.days.items() if day > last.day for columns in all_]
        merged = dict(state)
        for name in REGISTER_COLUMNS:
            told = present.get(name, "")
            if told or any(columns.get(name) for columns in later):
                merged[name] = told
        as_of = before.present["reported"].get("as_of", "")
        newest = next((one for one in reversed(done.drafts) if one.kind == "pact"), None)
        if newest is None or _agree(columns_of(newest.payload), merged):
            return
        if self._draft(merged, as_of, last.row, before, done) and same_content(
            done.drafts[-1].payload, newest.payload
        ):
            done.drafts.pop()

    def _filled(
        self, columns: Mapping[str, str], *, as_of: str = "", dated: bool = True
    ) -> tuple[SourceKey, dict[str, Any], tuple[Link, ...]]:
        given = {**self._given, "@as_of": as_of} if dated else {}
        cells = Cells(Row(0, 0, dict(columns)), given)
        key, payload = fill_record(self._register, self._pact, cells)
        links = tuple(
            Link(path, SourceKey(kind, key.source, identifier)) for path, kind, identifier in cells.links
        )
        return key, payload, links


def _days(happenings: Iterable[Happening]) -> Iterator[list[Happening]]:
    day: list[Happening] = []
    for one in happenings:
        if day and day[0].day != one.day:
            yield day
            day = []
        day.append(one)
    if day:
        yield day


def _says(columns: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return all(columns.get(name, "") == _kept(name, text) for name, text in wanted.items())


def _kept(name: str, text: str) -> str:
    """Return what a version keeps of a cell: of a status its beginning, and nothing of a dash."""
    if name != "status":
        return text
    return "" if text == NO_WORD else text[:LABEL_LENGTH_MAX_CHARS]


def _agree(one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return all(one.get(name, "") == other.get(name, "") for name in REGISTER_COLUMNS)


def _is_newer(present: Mapping[str, Any] | None, last_day: str, agreed: bool) -> bool:
    """Whether what is said now is of a later day than the file tells of.

    Without a day it is the register as it stood when it was read: of some day of the file if it says what the
    file says of that day (`agreed`), and otherwise of a later one.
    """
    if present is None or present["reported"]["status"] == NO_WORD:
        return False
    as_of = present["reported"].get("as_of")
    if as_of is None:
        return not agreed
    return bool(as_of > last_day[: len(as_of)])
