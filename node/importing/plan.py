"""From a file and a mapping to drafts of records: what would be new, what changed, what is left out and why.

Nothing is signed or stored here.  Every draft has passed the rules that each receiver applies; one that
would be refused is skipped with the reason.  Importing a file again makes no duplicates: a thing of a source
is known by its source key, and a draft that says what is already said is skipped as unchanged.
"""

from collections.abc import Container, Iterable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import replace
from hashlib import blake2b
from typing import Any

from node.authoring.restricted import TellsPlace, as_little_as_before, coarsened, require_silence
from node.importing.cells import Cells, Unusable
from node.importing.drafts import Drafted, Known, Link, Skipped, SourceKey
from node.importing.erased_rows import require_not_erased
from node.importing.filling import Condition, evaluate_members
from node.importing.mapping import Mapping, RecordMapping
from node.importing.readers import InputFile
from node.importing.rows import Row
from protocol.canonical import encode
from protocol.errors import ProtocolError
from protocol.kinds import examine
from protocol.limits import LABEL_LENGTH_MAX_CHARS, PAYLOAD_SIZE_MAX_BYTES

# 48 bits of a place: enough to tell apart what is called alike in one file.
_MARK_LENGTH_CHARS = 12


def source_key(kind: str, payload: MappingOf[str, Any]) -> SourceKey | None:
    """Return the key under which a payload was imported; None where it names no source, or no id there."""
    source = payload.get("source")
    if kind == "pact":
        reported = payload.get("reported")
        source = reported.get("source") if isinstance(reported, dict) else None
    if not isinstance(source, dict) or not isinstance(source.get("identifier"), str):
        return None
    name = source.get("name")
    text = name if isinstance(name, str) else name[min(name)] if isinstance(name, dict) and name else None
    return None if text is None else SourceKey(kind, text, source["identifier"])


def same_content(one: MappingOf[str, Any], other: MappingOf[str, Any]) -> bool:
    """Say whether two payloads say the same, whatever their salt and the day on which the source was read."""
    return _comparable(one) == _comparable(other)


def plan(
    file: InputFile,
    mapping: Mapping,
    known: MappingOf[SourceKey, Known] | None = None,
    given: MappingOf[str, str] | None = None,
    erased: Container[SourceKey] = (),
) -> Iterator[Drafted | Skipped]:
    """Yield what importing `file` by `mapping` would record, and what it leaves out.

    All records of the mapping's first sort come first, so that later ones can refer to them.  `known` are the
    things recorded before, by source key (`source_key`); what is `erased` is not recorded again.  `given` is
    what the operator says of the whole file: `retrieved` and `as_of`, dates that mappings see as the columns
    `@retrieved` and `@as_of`.
    Raises `Unreadable`.
    """
    return _Planner(
        mapping, known or {}, {f"@{name}": text for name, text in (given or {}).items()}, erased
    ).outcomes(file)


def fill_record(mapping: Mapping, record: RecordMapping, cells: Cells) -> tuple[SourceKey, dict[str, Any]]:
    """Return the key and the payload of a row, its source in the place that the kind has for it.

    What it refers to is in `cells.links`.  Raises `Unusable`.
    """
    identifier = cells.fill_first(record.identifier)
    if not identifier:
        raise Unusable(f"its identifier is blank ({' or '.join(record.identifier)})")
    if len(identifier) > LABEL_LENGTH_MAX_CHARS:
        raise Unusable(f"its identifier has more than {LABEL_LENGTH_MAX_CHARS} characters")
    payload = evaluate_members(record.fields, cells)
    source = evaluate_members(mapping.source, cells)
    source["identifier"] = identifier
    if record.kind == "pact":
        payload["reported"] = {**payload.get("reported", {}), "source": source}
    else:
        payload["source"] = source
    key = source_key(record.kind, payload)
    if key is None:
        raise Unusable("its source has no name")
    return key, payload


def check_draft(kind: str, payload: dict[str, Any]) -> None:
    """Apply the rules of every receiver.  Raises `Unusable`."""
    try:
        size = len(encode(payload))
        if size > PAYLOAD_SIZE_MAX_BYTES:
            raise Unusable(f"it would have {size} bytes; a record holds {PAYLOAD_SIZE_MAX_BYTES}")
        examine(kind, payload)
    except ProtocolError as error:
        raise Unusable(f"every node would refuse it: {error}") from None


def _restricted(
    record: RecordMapping, payload: dict[str, Any], cells: Cells, known: Known | None
) -> dict[str, Any]:
    """Return a payload that tells no more of its place than its `sensitivity` says, nor than was told before.

    Raises `Unusable`.
    """
    if payload.get("sensitivity") == "sealed":
        raise Unusable("a table cannot seal: describe it with `minga commons add --seal-for`")
    try:
        coarse = coarsened(payload, record.grid)
        less = coarse if known is None else as_little_as_before(coarse, known.payload)
        if less.get("sensitivity", "public") == "public":
            return payload
        require_silence(less)
    except (TellsPlace, ProtocolError) as fault:
        raise Unusable(str(fault)) from None
    if less is not coarse:
        cells.note("its place is kept back since it was recorded: that of this row is not recorded")
        return less
    if coarse.get("geometry") != payload.get("geometry"):
        cells.note(f"its place is {payload['sensitivity']}: the precise one is not recorded")
    return coarse


class _Planner:
    """Goes through the rows, remembering what it has seen of names, places and identifiers."""

    def __init__(
        self,
        mapping: Mapping,
        known: MappingOf[SourceKey, Known],
        given: MappingOf[str, str],
        erased: Container[SourceKey],
    ) -> None:
        self._mapping, self._known, self._given, self._erased = mapping, known, given, erased
        self._rows_by_key: dict[SourceKey, int] = {}
        self._rows_by_name: dict[tuple[str, str], int] = {}
        self._rows_by_place: dict[tuple[str, bytes], int] = {}
        self._places_by_key: dict[SourceKey, bytes] = {}
        self._rows_matched: set[int] = set()
        self._carried: dict[int, tuple[list[str], list[str]]] = {}

    def outcomes(self, file: InputFile) -> Iterator[Drafted | Skipped]:
        last = self._mapping.records[-1]
        for record in self._mapping.records:
            for row in file.rows():
                if row.problem is None:
                    yield from self._row(record, row, is_last=record is last)
                elif record is last:
                    yield Skipped(f"row {row.number} (line {row.line})", row.number, row.problem, row.notes)

    def _row(self, record: RecordMapping, row: Row, is_last: bool) -> Iterator[Drafted | Skipped]:
        notes, doubts = self._carried.pop(row.number, ([], []))
        cells = Cells(row, self._given, [*row.notes, *notes], doubts=list(doubts))
        if _hold(record.when, cells):
            if not is_last:
                self._rows_matched.add(row.number)
            outcome = self._outcome(record, row, cells)
            if outcome is not None:
                yield outcome
            elif cells.notes:
                self._carried[row.number] = (cells.notes, cells.doubts)
        elif is_last and row.number not in self._rows_matched:
            yield Skipped(f"row {row.number}", row.number, "no record of the mapping is meant for such a row")

    def _outcome(self, record: RecordMapping, row: Row, cells: Cells) -> Drafted | Skipped | None:
        label = cells.fill_first(record.label) or f"row {row.number}"
        try:
            key, payload = fill_record(self._mapping, record, cells)
            if record.once and self._rows_by_key.setdefault(key, row.number) != row.number:
                self._note_moved(key, payload, self._rows_by_key[key], cells)
                return None
            is_first = self._rows_by_key.setdefault(key, row.number) == row.number
            payload = _restricted(record, payload, cells, self._known.get(key) if is_first else None)
            if not is_first:
                key = self._apart(record, key, payload, row, cells)
                payload = _restricted(record, payload, cells, self._known.get(key))
            require_not_erased(key, self._erased, self._known)
            check_draft(record.kind, payload)
        except Unusable as error:
            return Skipped(label, row.number, str(error), tuple(cells.notes))
        self._note_doubts(record.kind, label, key, payload, row, cells)
        links = tuple(
            Link(path, SourceKey(kind, key.source, identifier)) for path, kind, identifier in cells.links
        )
        known = {
            link.target: self._known[link.target].subject for link in links if link.target in self._known
        }
        draft = Drafted(record.kind, payload, label, key, row.number, notes=tuple(cells.notes), links=links)
        draft = replace(draft, doubts=tuple(cells.doubts))
        draft = draft.linked(known)
        before = self._known.get(key)
        if before is None:
            return draft
        if same_content(before.payload, draft.payload):
            return Skipped(label, row.number, "unchanged", draft.notes, unchanged=True, key=key)
        return replace(draft, subject=before.subject)

    def _apart(
        self, record: RecordMapping, key: SourceKey, payload: dict[str, Any], row: Row, cells: Cells
    ) -> SourceKey:
        """Return a key for a row whose own an earlier one has, told apart by its place where the mapping
        says so.

        The place is the one that is published, never a more precise one.  Raises `Unusable`.
        """
        first = self._rows_by_key[key]
        refused = Unusable(f"row {first} has the same identifier {key.identifier!r:.80}")
        if not record.apart or payload.get("geometry") is None:
            raise refused
        mark = _fingerprint(payload["geometry"]).hex()[:_MARK_LENGTH_CHARS]
        identifier = f"{key.identifier[: LABEL_LENGTH_MAX_CHARS - _MARK_LENGTH_CHARS - 1]} {mark}"
        other = SourceKey(key.kind, key.source, identifier)
        if self._places_by_key.get(key) == _fingerprint(payload["geometry"]) or (
            self._rows_by_key.setdefault(other, row.number) != row.number
        ):
            raise refused
        _source_of(record.kind, payload)["identifier"] = identifier
        cells.doubt(
            f"row {first} has the same identifier {key.identifier!r:.80}; their places tell them apart"
        )
        return other

    def _note_doubts(
        self, kind: str, label: str, key: SourceKey, payload: dict[str, Any], row: Row, cells: Cells
    ) -> None:
        for doubt in self._mapping.doubts:
            if _hold(doubt.conditions, cells):
                cells.doubt(doubt.say)
        name = (kind, " ".join(label.casefold().split()))
        namesake = self._rows_by_name.setdefault(name, row.number)
        if namesake != row.number:
            cells.doubt(f"row {namesake} has the same name; both are kept")
        if payload.get("geometry") is not None:
            geometry = _fingerprint(payload["geometry"])
            self._places_by_key[key] = geometry
            neighbour = self._rows_by_place.setdefault((kind, geometry), row.number)
            if neighbour != row.number:
                cells.doubt(f"row {neighbour} has exactly the same geometry; both are kept")

    def _note_moved(self, key: SourceKey, payload: dict[str, Any], first: int, cells: Cells) -> None:
        """Note where the thing that a row shares with an earlier one lies elsewhere there."""
        if payload.get("geometry") is None:
            return
        if self._places_by_key.get(key) != _fingerprint(payload["geometry"]):
            cells.doubt(f"row {first} gives another position for {key.identifier!r:.80}; that one is kept")


def _fingerprint(geometry: Any) -> bytes:
    """Return a short stand-in for a geometry, so that a register of a million places fits in memory."""
    return blake2b(encode(geometry), digest_size=16).digest()


def _source_of(kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    source: dict[str, Any] = payload["reported"]["source"] if kind == "pact" else payload["source"]
    return source


def _hold(conditions: Iterable[Condition], cells: Cells) -> bool:
    return all(condition.holds(cells) for condition in conditions)


def _comparable(payload: MappingOf[str, Any]) -> dict[str, Any]:
    bare = {name: value for name, value in payload.items() if name != "salt"}
    if isinstance(bare.get("reported"), dict):
        told = {name: value for name, value in bare["reported"].items() if name != "as_of"}
        bare["reported"] = {**told, "source": _undated(told.get("source"))}
    if "source" in bare:
        bare["source"] = _undated(bare["source"])
    return bare


def _undated(source: Any) -> Any:
    if not isinstance(source, dict):
        return source
    return {name: value for name, value in source.items() if name != "retrieved"}
