"""The course of a pact: where it stands at a moment, how it came there, what is due (docs/protocol.md §8.7).

    course(state, moment_ms) → status, timeline, due

A pure function of the records about a pact and of a moment: of what they say happened up to then, whenever it
became known here.  Steps count when the one whom the regulation gives them to has taken them; what others say
is in the timeline all the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId
from protocol.kinds.evidence import Act
from protocol.kinds.pact import Consent, Pact
from protocol.kinds.procedure import Step
from protocol.kinds.text import require_calendar_date
from protocol.state.effect import Judged
from protocol.state.fold import ThingState
from protocol.state.pact_standing import REPORTED_OTHERWISE, STATUS_AFTER, Move, Standing, stand
from protocol.state.pacts import Answer, PactState, PactStatus, judge_pact
from protocol.state.step_rights import (
    ADMINISTRATION,
    DAY_MS,
    SETTLING_STEPS,
    Company,
    act_moment_ms,
    company_of,
    day_of,
    day_start_ms,
    why_not,
)
from protocol.state.versions import Versions, arrange_versions

__all__ = [
    "DAY_MS",
    "NOT_YET_RECORDED",
    "NO_WORD",
    "REPORTED_OTHERWISE",
    "STATUS_AFTER",
    "Course",
    "Due",
    "Event",
    "course",
    "day_of",
    "day_start_ms",
    "moment_of",
]

# The committee proposes a settlement within thirty days (Reg. art. 33.2).
SETTLEMENT_DAYS = 30

COMMUNITY = "community"

# As of that moment nothing held here says where the pact stands.
NOT_YET_RECORDED = "not_yet_recorded"

# The status that a version reports where its source has no word for it: only that there is such a pact.
NO_WORD = "—"


@dataclass(frozen=True, slots=True)
class Event:
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


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done next, by whom (an actor, or a side: `administration`, `community`, `committee`,
    `anyone`, `parties`), and until which day, if any."""

    what: str
    by: str
    actor: ActorId | None
    until: str | None
    because: RecordId | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Course:
    """Where a pact stands at `moment_ms`, since when, how it came there (oldest first), and what is due.

    `said` is the source's own word for the status where an archive's step gave it; it is all there is to show
    of a pact that is `reported_otherwise`.
    """

    status: str
    since_ms: int | None
    timeline: tuple[Event, ...]
    due: tuple[Due, ...]
    pact: PactState
    said: str = ""


def course(state: ThingState, moment_ms: int) -> Course:
    """Return the course of a pact as of a moment, milliseconds since 1970 UTC."""
    # Who has a say does not depend on the moment: a pact may be recorded long after what happened to it.
    company = company_of(state.pact, state.versions)
    judged = {r: one for r, one in state.judged.items() if moment_of(one, state.erased) <= moment_ms}
    events = sorted(
        (_event(one, state.erased, company, state.judged) for one in judged.values()),
        key=lambda event: (event.moment_ms, event.signed_ms, event.record),
    )
    versions = arrange_versions(state.subject, "pact", judged, state.erased)
    pact = judge_pact(RecordId(state.subject), versions, judged, state.erased)
    if not events:
        return Course(NOT_YET_RECORDED, None, (), (), pact)
    if pact.in_force is None and not pact.rivals:
        # What strangers wrote beside the line is no text of this pact before its parties agree to it.
        # A version as of a past day is in the line also where the first one was recorded after that day.
        line = state.versions.line
        texts = {r: version for r, version in versions.all.items() if r in line}
        heads = tuple(head for head in versions.heads if head in texts)
        versions = Versions(texts, heads, line & texts.keys())
        pact = judge_pact(RecordId(state.subject), versions, judged, state.erased)
    standing = stand(pact, versions, company, _moves(events, judged), day_of(moment_ms))
    if standing.status == PactStatus.REPORTED and _without_word(pact.content):
        standing = replace(standing, status=NOT_YET_RECORDED, since_ms=None)
    done = {event.what for event in events if event.counts and event.kind == "step"}
    done |= {e.what for e in events if e.counts and e.kind == "report" and e.author in company.sides}
    due = tuple(_due(standing, pact, versions, judged, events, done, day_of(moment_ms)))
    return Course(standing.status, standing.since_ms, tuple(events), due, pact, standing.said)


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


def _without_word(content: Pact | None) -> bool:
    return content is not None and content.reported is not None and content.reported.status == NO_WORD


def _moves(events: Iterable[Event], judged: Mapping[RecordId, Judged]) -> list[Move]:
    """Return the steps that count, oldest first, each with what it says."""
    moves = []
    for event in events:
        content = judged[event.record].record.content
        if event.counts and isinstance(content, Step):
            moves.append(Move(event.moment_ms, event.author, content))
    return moves


def _event(
    one: Judged, erased: frozenset[RecordId], company: Company, judged: Mapping[RecordId, Judged]
) -> Event:
    record = one.record
    header, content = record.header, None if record.id in erased else record.content
    assert header.actor is not None
    what = header.kind
    if isinstance(content, Step):
        what = content.step
    elif isinstance(content, Consent):
        what = content.decision
    act = content if isinstance(content, Act) else None
    return Event(
        record=record.id,
        kind=header.kind,
        what=what,
        moment_ms=moment_of(one, erased),
        signed_ms=header.time_ms,
        author=header.actor,
        on_paper=act is not None and bool(act.evidence),
        reported=act is not None and act.source is not None,
        why_not=why_not(one, erased, company, judged),
        said=(content.said or "") if isinstance(content, Step) else "",
    )


def _due(
    standing: Standing,
    pact: PactState,
    versions: Versions,
    judged: Mapping[RecordId, Judged],
    events: list[Event],
    done: set[str],
    day: str,
) -> Iterable[Due]:
    """Yield what is to be done next, in the order of the procedure."""
    last = {event.what: event for event in events if event.counts and event.kind == "step"}

    def due(what: str, by: str, until: str | None = None, because: Event | None = None) -> Due:
        late = until is not None and until < day
        return Due(what, by, None, until, because.record if because else None, late)

    def due_since(word: str, what: str, by: str) -> Due:
        event = last.get(word)
        step = judged[event.record].record.content if event is not None else None
        return due(what, by, step.until if isinstance(step, Step) else None, event)

    match standing.status:
        case "proposed":
            yield due("evaluation", ADMINISTRATION, None, last.get("received"))
        case "under_observation":
            observations = due_since("observations_opened", "observations", "anyone")
            yield (
                due("evaluation", ADMINISTRATION, None, last["observations_opened"])
                if (observations.overdue)
                else observations
            )
        case "under_evaluation":
            yield due_since("evaluation_opened", "decision", ADMINISTRATION)
        case "awaiting_information":
            yield due_since("information_requested", "information", COMMUNITY)
        case "evaluated":
            yield due("decision", ADMINISTRATION, None, last["evaluated"])
        case "accepted" | "partly_signed":
            yield from _consents_due(standing, pact, versions)
        case "in_force" | "not_yet_started" | "under_review" | "suspended" | "expired" | "ended":
            yield from (due(*what) for what in _due_of_a_signed_pact(standing, pact, done))
    yield from _settlements_due(judged, events, day)


def _due_of_a_signed_pact(
    standing: Standing, pact: PactState, done: set[str]
) -> Iterable[tuple[str, str, str | None]]:
    """Yield what is due of a pact that was signed: what, from whom, until which day."""
    over = standing.status in ("expired", "ended")
    if not standing.ran or pact.content is None:
        return
    if "published" not in done and standing.status != "ended":
        yield "publication", ADMINISTRATION, None
    if (over or standing.status == "under_review") and "report" not in done:
        yield "report", "parties", standing.end
    if standing.end is not None and standing.status != "ended":
        yield "renewal_or_end", "parties", standing.end


def _consents_due(standing: Standing, pact: PactState, versions: Versions) -> Iterable[Due]:
    head = next((h for h in versions.heads if h in pact.answers), None)
    for answer in pact.answers.get(head, ()) if head is not None else ():
        signed = answer.actor is not None and answer.actor in standing.signed_on_paper
        if answer.answer in (Answer.NONE, Answer.AWAITING, Answer.UNCLEAR) and not signed:
            yield Due("consent", "parties", answer.actor, None, head, overdue=False)


def _settlements_due(judged: Mapping[RecordId, Judged], events: list[Event], day: str) -> Iterable[Due]:
    """Yield the settlements that committees have not proposed yet."""
    answered = {
        parent
        for event in events
        if event.kind == "step" and event.counts and event.what in SETTLING_STEPS
        for parent in judged[event.record].record.header.parents
    }
    for event in events:
        if event.kind == "dispute" and event.counts and event.record not in answered:
            until = day_of(event.moment_ms + SETTLEMENT_DAYS * DAY_MS)
            yield Due("settlement", "committee", None, until, event.record, until < day)
