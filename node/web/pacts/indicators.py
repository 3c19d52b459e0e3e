"""The figures that reports of a pact give, as series: the same indicator over time, and across pacts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from node.present import present_course
from protocol.identifiers import ActorId, RecordId
from protocol.kinds.procedure import Indicator, Report
from protocol.state.course import day_of
from protocol.state.fold import ThingState

# Indicators of one pact, and figures of one indicator: what a council measures in twenty years, and no more.
SERIES_MAX = 48
FIGURES_MAX = 240

Key = tuple[str, ...]
"""By what an indicator is the same in another report or pact: its code, else its names; and its unit."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one report, for the period that ended on `day`."""

    start: str | None
    end: str | None
    day: date
    value: Decimal
    decimals: int
    target: Decimal | None
    report: RecordId
    author: ActorId


@dataclass(frozen=True, slots=True)
class Series:
    """An indicator: what the newest report calls it, and its figures, oldest first.

    `outsider` is who gave them where that is no party, nor whoever recorded the pact: anybody may report, and
    what strangers measured is not drawn into one line with what the parties did.
    """

    key: Key
    outsider: ActorId | None
    name: Mapping[str, str]
    code: str | None
    unit: str | None
    figures: tuple[Figure, ...]


def series_of(thing: ThingState, now_ms: int) -> list[Series]:
    """Return the indicators of a pact's reports that count, in the order in which the newest gives them;
    those that others than its parties gave come last."""
    found: dict[tuple[ActorId | None, Key], list[tuple[Indicator, Figure]]] = {}
    inside = set(thing.linked)
    if thing.display is not None:
        inside.add(thing.versions.all[thing.display].author)
    for event in reversed(present_course(thing, now_ms).timeline):
        report = None if event.record in thing.erased else thing.judged[event.record].record.content
        if not event.counts or not isinstance(report, Report):
            continue
        day = _day(report.end or report.start) or _day(day_of(event.moment_ms))
        if day is None:
            continue
        outsider = None if event.author in inside else event.author
        for one in report.indicators:
            place = (outsider, key_of(one))
            held = found.get(place)
            if held is None:
                if sum((who is None) == (outsider is None) for who, _ in found) >= SERIES_MAX:
                    continue
                held = found[place] = []
            if len(held) < FIGURES_MAX:
                held.append((one, _figure(one, report, day, event.record, event.author)))
    return [
        Series(
            key,
            outsider,
            held[0][0].name,
            held[0][0].code,
            held[0][0].unit,
            tuple(sorted((figure for _, figure in held), key=lambda figure: (figure.day, figure.report))),
        )
        for (outsider, key), held in sorted(found.items(), key=lambda item: item[0][0] is not None)
    ]


def key_of(indicator: Indicator) -> Key:
    """Return by what an indicator is known: figures in another unit are of another one."""
    unit = indicator.unit or ""
    if indicator.code is not None:
        return (indicator.code, unit)
    return (*sorted(indicator.name.values()), unit, "")


def _figure(one: Indicator, report: Report, day: date, record: RecordId, author: ActorId) -> Figure:
    return Figure(
        report.start,
        report.end,
        day,
        Decimal(one.value).scaleb(-one.decimals),
        one.decimals,
        None if one.target is None else Decimal(one.target).scaleb(-one.decimals),
        record,
        author,
    )


def _day(text: str | None) -> date | None:
    """Return a day; None for what the calendar of this program does not have (the year 0)."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        return None
