"""What an import would do, before anything is signed: what is created, what is doubtful, what is left out
and why.

A pure function of a file, a mapping and what is known.  Of a long file every row is looked at and counted,
and the first ones are kept to be shown.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field, replace
from typing import Any

from node.importing.care import cares, personal_columns
from node.importing.drafts import Drafted, Known, Skipped, SourceKey, Summary, whichever_row
from node.importing.looking import TOGETHER_MAX, far_from_the_rest, place_doubts
from node.importing.mapping import Mapping
from node.importing.plan import plan
from node.importing.readers import InputFile
from node.importing.rows import remark
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import Geometry, check_geometry, to_geojson

# Pacts lie where their commons do.
KINDS_WITH_PLACES = ("commons", "place")

# What mappings note where no column says what a thing is, and nobody has said it of all of them.
NO_RESOURCE = remark("no word for the resource is known: resource 'other'")

# Of a long file: as many as a map shows and a person looks through; the rest are counted.
SHOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that would be recorded: `changes` where it would be a new version of one from before.

    `place` is the record's geometry, as coarse as it will be published.  `doubts` are sentences.
    """

    row: int
    kind: str
    label: str
    resources: tuple[str, ...]
    place: Geometry | None
    changes: bool
    doubts: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def box(self) -> BoundingBox | None:
        """The box around its place."""
        return None if self.place is None else check_geometry(self.place)


@dataclass(slots=True)
class Preview:
    """A whole preview.

    `candidates` are the first that would be recorded, `more` how many others; `doubtful` all rows with a
    doubt, `far` those that lie far from all the others, and `doubts` how often each is raised.  `personal`
    are columns that look like data about people; `read` and `unread` say which columns fill what, and which
    fill nothing, where a file is read by its headings.
    """

    summary: Summary = field(default_factory=Summary)
    candidates: list[Candidate] = field(default_factory=list)
    more: int = 0
    resources: Counter[str] = field(default_factory=Counter)
    doubtful: set[int] = field(default_factory=set)
    far: set[int] = field(default_factory=set)
    doubts: Counter[str] = field(default_factory=Counter)
    skipped: list[Skipped] = field(default_factory=list)
    personal: list[str] = field(default_factory=list)
    file_notes: tuple[str, ...] = ()

    def doubt(self, rows: MappingOf[int, Sequence[str]]) -> None:
        """Add doubts to rows, by their numbers."""
        for number, candidate in enumerate(self.candidates):
            fresh = [text for text in rows.get(candidate.row, ()) if text not in candidate.doubts]
            if fresh:
                self.candidates[number] = replace(candidate, doubts=(*candidate.doubts, *fresh))
        for row, texts in rows.items():
            self.doubtful.add(row)
            self.doubts.update(map(whichever_row, texts))


def doubted(outcome: Drafted | Skipped) -> Drafted | Skipped:
    """Return an outcome of a plan with what is doubtful of it by itself among its doubts."""
    if not isinstance(outcome, Drafted):
        return outcome
    payload = outcome.payload
    doubts = [*outcome.doubts, *cares(payload)]
    if outcome.kind in KINDS_WITH_PLACES:
        doubts += place_doubts(payload)
    if NO_RESOURCE in outcome.notes:
        doubts.append(NO_RESOURCE)
    return replace(outcome, doubts=tuple(dict.fromkeys(doubts)))


class Looker:
    """Makes a preview of outcomes as they come, each `doubted` before."""

    def __init__(self) -> None:
        self._seen = Preview()
        self._middles: dict[int, tuple[float, float]] = {}

    def take(self, outcome: Drafted | Skipped) -> None:
        """Look at one outcome."""
        self._seen.summary.add(outcome)
        if isinstance(outcome, Drafted):
            self._take(outcome)
        elif not outcome.unchanged:
            self._seen.skipped.append(outcome)

    def done(self, columns: Iterable[str], notes: tuple[str, ...]) -> Preview:
        """Return what was seen of a file with these columns and notes, with what shows only in all of it."""
        far = far_from_the_rest(self._middles)
        self._seen.far = set(far)
        self._seen.doubt(
            {row: [remark(f"it lies {km} km from where most of the others are")] for row, km in far.items()}
        )
        self._seen.personal = personal_columns(columns)
        self._seen.file_notes = notes
        return self._seen

    def _take(self, draft: Drafted) -> None:
        payload, seen = draft.payload, self._seen
        resources = tuple(map(str, payload.get("resources", ())))
        doubts = draft.doubts
        seen.resources.update(resources)
        if doubts:
            seen.doubtful.add(draft.row)
            seen.doubts.update(whichever_row(text) for text in doubts)
        candidate = Candidate(
            draft.row,
            draft.kind,
            draft.label,
            resources,
            payload.get("geometry"),
            draft.subject is not None,
            doubts,
            tuple(note for note in draft.notes if note not in doubts),
        )
        box = candidate.box
        if box is not None and len(self._middles) <= TOGETHER_MAX:
            self._middles.setdefault(draft.row, _middle(box))
        if len(seen.candidates) < SHOWN_MAX:
            seen.candidates.append(candidate)
        else:
            seen.more += 1


def preview(
    file: InputFile,
    mapping: Mapping,
    known: MappingOf[SourceKey, Known] | None = None,
    given: MappingOf[str, str] | None = None,
    erased: Container[SourceKey] = (),
) -> Preview:
    """Return what importing `file` by `mapping` would do; the arguments are those of `plan`.

    Raises `Unreadable`: a file that cannot be read to its end has no preview.
    """
    looker = Looker()
    for outcome in plan(file, mapping, known, given, erased):
        looker.take(doubted(outcome))
    return looker.done(file.columns, file.notes)


def _middle(box: BoundingBox) -> tuple[float, float]:
    return (box.west + box.east) / 2 / UNITS_PER_DEGREE, (box.south + box.north) / 2 / UNITS_PER_DEGREE


def without_rows(
    outcomes: Iterator[Drafted | Skipped], rows: Container[int], reason: str
) -> Iterator[Drafted | Skipped]:
    """Yield outcomes, those of `rows` as left out for a reason."""
    for outcome in outcomes:
        if isinstance(outcome, Drafted) and outcome.row in rows:
            yield Skipped(outcome.label, outcome.row, reason, outcome.notes, key=outcome.key)
        else:
            yield outcome


def candidates_geojson(seen: Preview) -> dict[str, Any]:
    """Return the candidates as a GeoJSON collection for a map; what has no place has no geometry."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": one.row,
                "geometry": None if one.place is None else to_geojson(one.place),
                "properties": {
                    "row": one.row,
                    "kind": one.kind,
                    "label": one.label,
                    "resources": list(one.resources),
                    "changes": one.changes,
                    "doubts": list(one.doubts),
                    "notes": list(one.notes),
                },
            }
            for one in seen.candidates
        ],
    }
