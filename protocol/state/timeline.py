"""What happened to a pact, in order, who says so, and which of it counts (docs/protocol.md §8.7)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId
from protocol.kinds.evidence import Act
from protocol.kinds.pact import Consent, Pact
from protocol.kinds.procedure import Step
from protocol.kinds.text import require_calendar_date
from protocol.state.effect import Judged
from protocol.state.fold import ThingState
from protocol.state.pact_standing import Move
from protocol.state.step_rights import DAY_MS, Company, act_moment_ms, day_start_ms, why_not


class Event(NamedTuple):
    """One entry of the timeline: what happened, when, who says so, and whether it counts.

    `what` is the word of a step, the decision of a consent, otherwise the kind.  `moment_ms` is when it took
    effect, `signed_ms` when it was signed; `why_not` is empty where it counts.  `said` is the source's own
    word for a step, empty where there is none.
    """

    record: RecordId
    kind: str
    what: str
    moment_ms: int
    signed_ms: int
    author: ActorId
    on_paper: bool
    reported: bool
    why_not: str
    said: str = ""

    @property
    def counts(self) -> bool:
        """Whether the pact's standing takes it into account."""
        return not self.why_not


def timeline_of(state: ThingState, company: Company, until_ms: int) -> list[Event]:
    """Return what happened to a pact up to a moment, that included, oldest first."""
    events = []
    for one in state.judged.values():
        moment_ms = moment_of(one, state.erased)
        if moment_ms <= until_ms:
            events.append(_event(one, moment_ms, state.erased, company, state.judged))
    events.sort(key=lambda event: (event.moment_ms, event.signed_ms, event.record))
    return events


def moment_of(one: Judged, erased: frozenset[RecordId] = frozenset()) -> int:
    """Return when a record says that what it is about took effect: its own time, if it says nothing else.

    What a source reported of a pact as of a day it had said by the end of that day, and before it was signed.
    What was `erased` says nothing.
    """
    content, time_ms = one.record.content, one.record.header.time_ms
    if one.record.id in erased:
        return time_ms
    if isinstance(content, Act):
        return act_moment_ms(content, time_ms)
    if isinstance(content, Pact) and content.reported is not None:
        as_of = content.reported.as_of
        if as_of is not None and _is_day(as_of):
            return min(day_start_ms(as_of) + DAY_MS - 1, time_ms)
    return time_ms


def _is_day(text: str) -> bool:
    """Whether a partial date (`Reported.as_of`) is a whole one, and of the calendar."""
    try:
        require_calendar_date(text)
    except Malformed:
        return False
    return True


def moves_of(events: Iterable[Event], judged: Mapping[RecordId, Judged]) -> list[Move]:
    """Return the steps that count, oldest first, each with what it says."""
    moves = []
    for event in events:
        content = judged[event.record].record.content
        if isinstance(content, Step) and not event.why_not:
            moves.append(Move(event.moment_ms, event.author, content))
    return moves


def _event(
    one: Judged,
    moment_ms: int,
    erased: frozenset[RecordId],
    company: Company,
    judged: Mapping[RecordId, Judged],
) -> Event:
    record = one.record
    header, content = record.header, None if record.id in erased else record.content
    assert header.actor is not None
    what, said, on_paper, reported = header.kind, "", False, False
    if isinstance(content, Act):
        on_paper, reported = bool(content.evidence), content.source is not None
        if isinstance(content, Step):
            what, said = content.step, content.said or ""
    elif isinstance(content, Consent):
        what = content.decision
    return Event(
        record.id,
        header.kind,
        what,
        moment_ms,
        header.time_ms,
        header.actor,
        on_paper,
        reported,
        why_not(one, erased, company, judged),
        said,
    )
