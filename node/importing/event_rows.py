"""Rows of a file of events, read and put in order: what is said of each thing, oldest first.

A row that cannot be used is left out with its reason; one that contradicts the row before it is kept, with a
remark: what a file says last is what it says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b

from node.importing.cells import Cells, Unusable
from node.importing.drafts import Skipped
from node.importing.event_mapping import EventMapping
from node.importing.readers import InputFile
from node.importing.rows import Row
from protocol.limits import LABEL_LENGTH_MAX_CHARS, TIME_MAX_MS, TIME_MIN_MS

# With the moment, the field and a digest it has to fit a source's identifier (200 characters).
THING_LENGTH_MAX_CHARS = 100
FIELD_LENGTH_MAX_CHARS = 48

# How a source says that a row is about something that it knows already, or knows from now on.
BEGINNINGS = frozenset({"initial", "added"})
CHANGE = "changed"

_DAY_LENGTH_CHARS = len("2025-08-18")


@dataclass(frozen=True, slots=True)
class Happening:
    """One row that can be used: at `at_ms` the `field` of `thing` became `new`.

    `identifier` is the same whenever the row is met again.
    """

    row: int
    thing: str
    at_ms: int
    field: str
    old: str
    new: str
    begins: bool
    identifier: str

    @property
    def day(self) -> str:
        """The day (UTC) of the event."""
        return datetime.fromtimestamp(self.at_ms // 1_000, UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class Events:
    """What a file says: by thing, oldest first; what is left out, and what is doubtful, row by row."""

    of_thing: dict[str, list[Happening]]
    left_out: list[Skipped]
    doubts: list[Skipped]


def read_happenings(file: InputFile, mapping: EventMapping) -> Events:
    """Read a whole file of events.  Raises `Unreadable`."""
    events = Events({}, [], [])
    met: set[str] = set()
    plain = mapping.columns <= file.columns
    for read in file.rows():
        row = read if plain else _lowered(read)
        label = f"row {row.number}"
        if row.problem is not None:
            events.left_out.append(Skipped(label, row.number, row.problem))
            continue
        cells = Cells(row)
        label = cells.text(mapping.thing)[:THING_LENGTH_MAX_CHARS] or label
        try:
            one = _happening(row, cells, mapping)
        except Unusable as error:
            events.left_out.append(Skipped(label, row.number, str(error)))
            continue
        if one.identifier in met:
            events.left_out.append(Skipped(label, row.number, "an earlier row says the same"))
            continue
        met.add(one.identifier)
        events.of_thing.setdefault(one.thing, []).append(one)
    for thing, happenings in events.of_thing.items():
        happenings.sort(key=lambda one: one.at_ms)  # stable: rows of one moment stay in their order
        events.doubts.extend(_contradictions(thing, happenings))
    return events


def _lowered(row: Row) -> Row:
    """Return a row under headings without capitals: spreadsheets and hands put them in."""
    return replace(row, properties={name.lower(): cell for name, cell in row.properties.items()})


def _happening(row: Row, cells: Cells, mapping: EventMapping) -> Happening:
    # How a word of the file's own form is written, capitals and all, says nothing.
    thing, field = cells.text(mapping.thing), cells.text(mapping.field).lower()
    word, old, new = cells.text(mapping.event), cells.text(mapping.old), cells.text(mapping.new)
    sort = word.lower()
    if not thing:
        raise Unusable("it does not say what it is about")
    if len(thing) > THING_LENGTH_MAX_CHARS:
        raise Unusable(f"the id has more than {THING_LENGTH_MAX_CHARS} characters")
    at_ms = _moment(cells.text(mapping.moment))
    known = sort in BEGINNINGS or sort == CHANGE
    if field in ("", mapping.status) and not new and not known:
        # "removed", say: the source's own word for the event is all it tells of where the thing stands.
        field, new = mapping.status, word
    if not field:
        raise Unusable("it does not say which field changed")
    if len(field) > FIELD_LENGTH_MAX_CHARS:
        raise Unusable(f"the field's name has more than {FIELD_LENGTH_MAX_CHARS} characters")
    if field == mapping.status and not new:
        raise Unusable("it gives no status")
    moment = datetime.fromtimestamp(at_ms // 1_000, UTC).strftime("%Y%m%dT%H%M%SZ")
    digest = blake2b(f"{at_ms}\0{new}".encode(), digest_size=8).hexdigest()
    identifier = f"{thing}/{moment}/{field}/{digest}"
    assert len(identifier) <= LABEL_LENGTH_MAX_CHARS
    return Happening(row.number, thing, at_ms, field, old, new, sort in BEGINNINGS, identifier)


def _moment(text: str) -> int:
    """Return a moment written as in ISO 8601, ms since 1970; without a zone it is taken as UTC."""
    if len(text) <= _DAY_LENGTH_CHARS:
        raise Unusable(f"{text!r:.60} is not a day and a time (2025-08-18T19:06:43+00:00)")
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        since = found - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unusable(f"{text!r:.60} is not a day and a time (2025-08-18T19:06:43+00:00)") from None
    at_ms = (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000
    if not TIME_MIN_MS <= at_ms < TIME_MAX_MS:
        raise Unusable(f"{text!r:.60} is not a moment between 2000 and 2100")
    return at_ms


def _contradictions(thing: str, happenings: list[Happening]) -> Iterator[Skipped]:
    """Yield remarks on rows that say that something was otherwise than the rows before have it."""
    values: dict[str, str] = {}
    if not any(one.begins for one in happenings):
        yield Skipped(thing, happenings[0].row, "no row says that it began: it is followed from here on")
    for one in happenings:
        before = values.get(one.field)
        if before is not None and not one.begins and one.old != before:
            yield Skipped(
                thing,
                one.row,
                f"{one.field} was {before!r:.80}, not {one.old!r:.80} as the row says; its new value is kept",
            )
        elif before is not None and one.begins:
            yield Skipped(thing, one.row, f"it begins again: {one.field} was {before!r:.80} before")
        values[one.field] = one.new
