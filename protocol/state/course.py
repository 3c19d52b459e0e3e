"""The course of a pact: where it stands at a moment, how it came there, what is due (docs/protocol.md §8.7).

    course(state, moment_ms) → status, timeline, due

A pure function of the records about a pact and of a moment: of what they say happened up to then, whenever it
became known here.  Steps count when the one whom the regulation gives them to has taken them; what others say
is in the timeline all the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.pact import Pact
from protocol.kinds.procedure import Step
from protocol.state.effect import Judged
from protocol.state.fold import ThingState
from protocol.state.pact_standing import REPORTED_OTHERWISE, STATUS_AFTER, Move, Standing, stand
from protocol.state.pacts import Answer, PactState, PactStatus, judge_pact
from protocol.state.step_rights import (
    ADMINISTRATION,
    DAY_MS,
    SETTLING_STEPS,
    Company,
    company_of,
    day_of,
    day_start_ms,
)
from protocol.state.timeline import Event, moment_of, moves_of, timeline_of
from protocol.state.versions import Versions, arrange_versions

__all__ = [
    "DAY_MS",
    "NOT_YET_RECORDED",
    "NO_WORD",
    "REPORTED_OTHERWISE",
    "STATUSES",
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

# Every status that a course can have, in the order of the procedure.
STATUSES = (
    *("proposed", "under_observation", "under_evaluation", "awaiting_information", "evaluated", "accepted"),
    *("partly_signed", "not_yet_started", "in_force", "under_review", "suspended", "expired", "ended"),
    *("declined", "refused", "shelved", "contested"),
    *("reported", REPORTED_OTHERWISE, NOT_YET_RECORDED),
)

# The status that a version reports where its source has no word for it: only that there is such a pact.
NO_WORD = "—"


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
    return as_of(state, moment_ms).course_on(day_of(moment_ms))


def as_of(state: ThingState, moment_ms: int) -> "Known":
    """Return all that the records about a pact say of what happened up to a moment."""
    # Who has a say does not depend on the moment: a pact may be recorded long after what happened to it.
    company = company_of(state.pact, state.versions)
    events = timeline_of(state, company, moment_ms)
    if state.pact is not None and len(events) == len(state.judged):
        judged, versions, pact = state.judged, state.versions, state.pact
    else:
        judged = {event.record: state.judged[event.record] for event in events}
        versions = arrange_versions(state.subject, "pact", judged, state.erased)
        pact = judge_pact(RecordId(state.subject), versions, judged, state.erased)
    if pact.in_force is None and not pact.rivals and not versions.all.keys() <= versions.line:
        # What strangers wrote beside the line is no text of this pact before its parties agree to it.
        # A version as of a past day is in the line also where the first one was recorded after that day.
        line = state.versions.line
        texts = {r: version for r, version in versions.all.items() if r in line}
        heads = tuple(head for head in versions.heads if head in texts)
        versions = Versions(texts, heads, line & texts.keys())
        pact = judge_pact(RecordId(state.subject), versions, judged, state.erased)
    return Known(company, events, judged, versions, pact, moves_of(events, judged))


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a pact as of a moment: the texts, the answers, what happened; no calendar yet."""

    company: Company
    events: list[Event]
    judged: Mapping[RecordId, Judged]
    versions: Versions
    pact: PactState
    moves: list[Move]

    def standing_on(self, day: str) -> Standing:
        """Return where the pact stands on a day, should nothing else happen until then."""
        if not self.events:
            return Standing(NOT_YET_RECORDED, None, None, False, {})
        standing = stand(self.pact, self.versions, self.company, self.moves, day)
        if standing.status == PactStatus.REPORTED and _without_word(self.pact.content):
            return replace(standing, status=NOT_YET_RECORDED, since_ms=None)
        return standing

    def course_on(self, day: str) -> Course:
        """Return the whole course on a day."""
        if not self.events:
            return Course(NOT_YET_RECORDED, None, (), (), self.pact)
        standing, counted = self.standing_on(day), [event for event in self.events if event.counts]
        done = {event.what for event in counted if event.kind == "step"}
        done |= {e.what for e in counted if e.kind == "report" and e.author in self.company.sides}
        due = tuple(_due(standing, self, done, day))
        return Course(standing.status, standing.since_ms, tuple(self.events), due, self.pact, standing.said)


def _without_word(content: Pact | None) -> bool:
    return content is not None and content.reported is not None and content.reported.status == NO_WORD


def _due(standing: Standing, known: Known, done: set[str], day: str) -> Iterable[Due]:
    """Yield what is to be done next, in the order of the procedure."""
    pact, versions, judged, events = known.pact, known.versions, known.judged, known.events
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
