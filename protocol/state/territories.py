"""What records come to in each territory: how many commons, how large, which pacts (docs/protocol.md §8.12).

A sum over whatever names the territory, with nothing taken out: where claims overlap, or two records tell of
one place, its area is in the sum twice.  No level decides anything for another.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from protocol.identifiers import RecordId, SubjectId
from protocol.kinds.pact import Pact
from protocol.kinds.placing import (
    EVERYWHERE,
    NOWHERE,
    Naming,
    Placing,
    Step,
    TerritoryId,
    placing_of,
)
from protocol.state.course import course
from protocol.state.fold import ThingState

# Pacts in force; one under review is in force meanwhile.
IN_FORCE = frozenset({"in_force", "under_review"})


@dataclass(slots=True)
class Sum:
    """How many commons; of how many the area is known, and how many square metres these have together."""

    number: int = 0
    measured: int = 0
    area_m2: int = 0

    def add(self, area_m2: int | None) -> None:
        """Count one more commons."""
        self.join(Sum(1) if area_m2 is None else Sum(1, 1, area_m2))

    def join(self, other: "Sum") -> None:
        """Count all that another sum counts."""
        self.number += other.number
        self.measured += other.measured
        self.area_m2 += other.area_m2


@dataclass(slots=True)
class Figures:
    """What a territory comes to; a commons of several resources, and a pact about them, counts in each."""

    commons: Sum = field(default_factory=Sum)
    by_status: dict[str, Sum] = field(default_factory=dict)
    by_resource: dict[str, Sum] = field(default_factory=dict)
    pacts: Counter[str] = field(default_factory=Counter)  # by status
    in_force: Counter[str] = field(default_factory=Counter)  # pacts in force, by resource
    documented_by: set[SubjectId] = field(default_factory=set)  # places


@dataclass(slots=True)
class Territories:
    """The territories that are named: what each lies in, how often it is given which name, its figures."""

    around: dict[TerritoryId, TerritoryId] = field(default_factory=dict)
    steps: dict[TerritoryId, Step] = field(default_factory=dict)
    names: dict[TerritoryId, Counter[tuple[str, str]]] = field(default_factory=dict)
    figures: dict[TerritoryId, Figures] = field(default_factory=dict)

    def of(self, territory: TerritoryId) -> Figures:
        """Return the figures of a territory, to be read or added to."""
        return self.figures.setdefault(territory, Figures())


def territories_of(things: Iterable[ThingState], moment_ms: int) -> Territories:
    """Return what things come to in each territory at a moment, milliseconds since 1970 UTC.

    Their order does not matter.  What is counted of a thing is what the version shown of it says.
    """
    found = Territories()
    placings: dict[SubjectId, Placing] = {}
    pacts: list[ThingState] = []
    for thing in things:
        if thing.kind == "pact":
            pacts.append(thing)
            continue
        placing = placing_shown(thing)
        if placing is None:
            continue
        for naming in placing.namings:
            _meet(found, naming)
        if placing.documents is not None:
            found.of(placing.documents).documented_by.add(thing.subject)
        else:
            placings[thing.subject] = placing
            for territory in counted_in(placing):
                _count(found.of(territory), thing.status, placing)
    for pact in pacts:
        _count_pact(found, pact, placings, moment_ms)
    return found


def placing_shown(thing: ThingState) -> Placing | None:
    """Return where the version shown of a thing says that it lies; None of things that lie nowhere."""
    shown = thing.versions.all.get(thing.display) if thing.display is not None else None
    return None if shown is None or shown.content is None else placing_of(shown.content)


def counted_in(placing: Placing) -> Iterator[TerritoryId]:
    """Yield the territories in which a commons counts, each once: those it names, or that it names none."""
    yield EVERYWHERE
    if not placing.namings:
        yield NOWHERE
    yield from (naming.id for naming in placing.namings)


def _meet(found: Territories, naming: Naming) -> None:
    found.around[naming.id], found.steps[naming.id] = naming.around, naming.step
    found.names.setdefault(naming.id, Counter()).update(naming.names)


def _count(figures: Figures, status: str, placing: Placing) -> None:
    figures.commons.add(placing.area_m2)
    figures.by_status.setdefault(status, Sum()).add(placing.area_m2)
    for resource in placing.resources:
        figures.by_resource.setdefault(resource, Sum()).add(placing.area_m2)


def _count_pact(
    found: Territories, pact: ThingState, placings: Mapping[SubjectId, Placing], moment_ms: int
) -> None:
    """Count a pact under the territories of the commons that it names and that are held."""
    named = [placings[commons] for commons in _commons_of(pact) if commons in placings]
    territories = {territory for placing in named for territory in counted_in(placing)}
    status = status_at(pact, moment_ms)
    for territory in territories or {EVERYWHERE, NOWHERE}:
        figures = found.of(territory)
        figures.pacts[status] += 1
        if status in IN_FORCE:
            within = [placing for placing in named if territory in counted_in(placing)]
            figures.in_force.update({resource for placing in within for resource in placing.resources})


def _commons_of(pact: ThingState) -> Iterator[SubjectId]:
    shown = pact.versions.all.get(pact.display) if pact.display is not None else None
    if shown is not None and isinstance(shown.content, Pact):
        yield from (SubjectId(RecordId(c.subject)) for c in shown.content.commons if c.subject is not None)


def status_at(pact: ThingState, moment_ms: int) -> str:
    """Return the status of a pact at a moment, by its course; what else is to be said of it where none is."""
    if pact.pact is None or pact.status != pact.pact.status.value:
        return pact.status
    return course(pact, moment_ms).status
