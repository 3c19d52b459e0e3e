"""The course of a pact: where it stands at a moment, how it came there, what is due (docs/protocol.md §8.7).

    course(state, moment_ms) → status, timeline, due

A pure function of the records about a pact and of a moment: of what they say happened up to then, whenever it
became known here.  Steps count when the one whom the regulation gives them to has taken them; what others say
is in the timeline all the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from protocol.errors import Malformed
from protocol.identifiers import ActorId, RecordId
from protocol.kinds.evidence import Act
from protocol.kinds.pact import Pact
from protocol.kinds.procedure import STEPS, Step
from protocol.kinds.text import require_calendar_date
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState
from protocol.state.pacts import Answer, PactState, PactStatus, judge_pact
from protocol.state.versions import Versions, arrange_versions

DAY_MS = 24 * 60 * 60 * 1_000

# The committee proposes a settlement within thirty days (Reg. art. 33.3).
SETTLEMENT_DAYS = 30

ADMINISTRATION = "administration"
COMMUNITY = "community"

# What a pact is after each step; the others do not move it.
STATUS_AFTER = {
    "received": "proposed",
    "observations_opened": "under_observation",
    "evaluation_opened": "under_evaluation",
    "information_requested": "awaiting_information",
    "information_given": "under_evaluation",
    "evaluated": "evaluated",
    "accepted": "accepted",
    "refused": "refused",
    "shelved": "shelved",
    "reopened": "under_evaluation",
    "signed": "in_force",
    "preexisting": "in_force",
    "review_opened": "under_review",
    "suspended": "suspended",
    "resumed": "in_force",
    "renewed": "in_force",
    "ended": "ended",
}

# Where an archive's last word for a pact has no meaning here: the word itself is shown.
REPORTED_OTHERWISE = "reported_otherwise"

# Before anything that is held here happened.
NOT_YET_RECORDED = "not_yet_recorded"

# Steps that only the administration takes; the others are open to every party.
OFFICE_STEPS = frozenset(
    {
        *("received", "observations_opened", "evaluation_opened", "information_requested", "evaluated"),
        *("accepted", "refused", "shelved", "reopened", "published", "excluded"),
    }
)

# Steps that move a pact which its parties have signed here; a decision before it was signed is behind it.
STEPS_IN_FORCE = frozenset({"review_opened", "suspended", "resumed", "ended"})


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
    judged = {r: one for r, one in state.judged.items() if moment_of(one) <= moment_ms}
    erased = state.erased & judged.keys()
    versions = arrange_versions(state.subject, "pact", judged, erased)
    pact = judge_pact(RecordId(state.subject), versions, judged, erased)
    sides = _sides(versions)
    documenters = _documenters(state.versions)
    events = sorted(
        (_event(one, erased, sides, documenters) for one in judged.values()),
        key=lambda event: (event.moment_ms, event.signed_ms, event.record),
    )
    if not events:
        return Course(NOT_YET_RECORDED, None, (), (), pact)
    status, since_ms, said = _status(pact, versions, events, day_of(moment_ms))
    due = tuple(_due(status, pact, versions, judged, events, day_of(moment_ms)))
    return Course(status, since_ms, tuple(events), due, pact, said)


def moment_of(one: Judged) -> int:
    """Return when a record says that what it is about took effect: its own time, if it says nothing else.

    What a source reported of a pact as of a day it had said by the end of that day, and before it was signed.
    """
    content = one.record.content
    if isinstance(content, Act):
        if content.at_ms is not None:
            return content.at_ms
        if content.on is not None:
            return day_start_ms(content.on)
    if isinstance(content, Pact) and content.reported is not None:
        as_of = content.reported.as_of
        if as_of is not None and _is_day(as_of):
            return min(day_start_ms(as_of) + DAY_MS - 1, one.record.header.time_ms)
    return one.record.header.time_ms


def day_of(moment_ms: int) -> str:
    """Return the day (`YYYY-MM-DD`, UTC) of a moment."""
    return datetime.fromtimestamp(moment_ms // 1_000, UTC).date().isoformat()


def day_start_ms(day: str) -> int:
    """Return the first moment of a day, UTC; the year 0001 at the earliest."""
    year, month, number = map(int, day.split("-"))
    return (date(year, month, number) - date(1970, 1, 1)).days * DAY_MS


def _is_day(text: str) -> bool:
    """Whether a partial date (`Reported.as_of`) is a whole one, and of the calendar."""
    try:
        require_calendar_date(text)
    except Malformed:
        return False
    return True


def _documenters(versions: Versions) -> frozenset[ActorId]:
    """Return who has recorded from an archive that there is such a pact, whenever that was."""
    return frozenset(
        v.author
        for v in versions.all.values()
        if v.live and isinstance(v.content, Pact) and v.content.reported is not None
    )


def _sides(versions: Versions) -> Mapping[ActorId, frozenset[str]]:
    """Return the actors that live versions name as parties, each with its sides."""
    sides: dict[ActorId, frozenset[str]] = {}
    for version in versions.all.values():
        if version.live and isinstance(version.content, Pact):
            for party in version.content.parties:
                if party.actor is not None:
                    actor = ActorId(party.actor)
                    sides[actor] = sides.get(actor, frozenset()) | {party.side or ""}
    return sides


def _event(
    one: Judged,
    erased: frozenset[RecordId],
    sides: Mapping[ActorId, frozenset[str]],
    documenters: frozenset[ActorId],
) -> Event:
    record = one.record
    header, content = record.header, record.content
    assert header.actor is not None
    what = header.kind
    if isinstance(content, Step):
        what = content.step
    elif header.kind == "consent" and content is not None:
        what = content.decision
    act = content if isinstance(content, Act) else None
    return Event(
        record=record.id,
        kind=header.kind,
        what=what,
        moment_ms=moment_of(one),
        signed_ms=header.time_ms,
        author=header.actor,
        on_paper=act is not None and bool(act.evidence),
        reported=act is not None and act.source is not None,
        why_not=_why_not(one, erased, sides, documenters),
        said=(act.said or "") if isinstance(act, Step) else "",
    )


def _why_not(
    one: Judged,
    erased: frozenset[RecordId],
    sides: Mapping[ActorId, frozenset[str]],
    documenters: frozenset[ActorId],
) -> str:
    """Return why a record does not count, empty where it does."""
    if one.effect is not Effect.EFFECTIVE:
        return str(one.effect)
    content, author = one.record.content, one.record.header.actor
    assert author is not None
    if content is None or one.record.id in erased:
        return "erased"
    if not isinstance(content, Step):
        return ""
    if content.source is not None:
        # An archive is passed on by whoever has recorded from it that there is such a pact.
        return "" if author in documenters or author in sides else "not_a_party"
    if author not in sides:
        return "not_a_party"
    offices = any(ADMINISTRATION in each for each in sides.values())
    if content.step in OFFICE_STEPS and offices and ADMINISTRATION not in sides[author]:
        return "not_the_administration"
    if content.step == "withdrawn" and content.party != author:
        return "not_that_party"
    return ""


def _status(
    pact: PactState, versions: Versions, events: Iterable[Event], day: str
) -> tuple[str, int | None, str]:
    """Return the status, since when, and a source's own word for it, from what was signed here and the last
    step that moved the pact."""
    moves = [e for e in events if e.kind == "step" and e.counts and _moves(e)]
    signed_here = pact.in_force is not None or pact.status is PactStatus.CONTESTED
    if signed_here:
        since_ms = pact.in_force_since_ms
        today = pact.status_on(day)
        moves = [e for e in moves if e.what in STEPS_IN_FORCE and e.moment_ms >= (since_ms or 0)]
        if today is PactStatus.IN_FORCE and moves:
            return STATUS_AFTER[moves[-1].what], moves[-1].moment_ms, moves[-1].said
        return str(today), since_ms, ""
    answered_ms = max(
        (a.at_ms for answers in pact.answers.values() for a in answers if a.at_ms is not None), default=None
    )
    if moves and (answered_ms is None or moves[-1].moment_ms >= answered_ms):
        last = moves[-1]
        if last.what not in STATUS_AFTER:
            return REPORTED_OTHERWISE, last.moment_ms, last.said or last.what
        return _by_calendar(STATUS_AFTER[last.what], pact, day), last.moment_ms, last.said
    began_ms = min((v.time_ms for v in versions.all.values()), default=None)
    return str(pact.status), answered_ms if answered_ms is not None else began_ms, ""


def _moves(step: Event) -> bool:
    """Whether a step moves a pact: one that has a meaning here, or an archive's word for where it stands."""
    return step.what in STATUS_AFTER or (step.reported and step.what not in STEPS)


def _by_calendar(status: str, pact: PactState, day: str) -> str:
    """Return the status of a pact in force on paper, once its term is looked at."""
    if status != "in_force" or pact.content is None:
        return status
    term = pact.content.term
    if term.end is not None and term.end < day:
        return str(PactStatus.EXPIRED)
    if term.start is not None and day < term.start:
        return str(PactStatus.NOT_YET_STARTED)
    return status


def _due(
    status: str,
    pact: PactState,
    versions: Versions,
    judged: Mapping[RecordId, Judged],
    events: list[Event],
    day: str,
) -> Iterable[Due]:
    """Yield what is to be done next, in the order of the procedure."""
    last = {event.what: event for event in events if event.counts and event.kind == "step"}

    def until_of(what: str) -> str | None:
        event = last.get(what)
        step = judged[event.record].record.content if event is not None else None
        return step.until if isinstance(step, Step) else None

    def due(what: str, by: str, until: str | None = None, because: Event | None = None) -> Due:
        late = until is not None and until < day
        return Due(what, by, None, until, because.record if because else None, late)

    match status:
        case "proposed":
            yield due("evaluation", ADMINISTRATION, None, last.get("received"))
        case "under_observation":
            until = until_of("observations_opened")
            if until is None or day <= until:
                yield due("observations", "anyone", until, last["observations_opened"])
            else:
                yield due("evaluation", ADMINISTRATION, None, last["observations_opened"])
        case "under_evaluation":
            yield due(
                "decision", ADMINISTRATION, until_of("evaluation_opened"), last.get("evaluation_opened")
            )
        case "awaiting_information":
            what = "information_requested"
            yield due("information", COMMUNITY, until_of(what), last[what])
        case "evaluated":
            yield due("decision", ADMINISTRATION, None, last["evaluated"])
        case "accepted" | "partly_signed":
            yield from _consents_due(pact, versions)
        case "in_force" | "under_review" | "suspended" | "expired":
            if "published" not in last:
                yield due("publication", ADMINISTRATION)
            end = pact.content.term.end if pact.content is not None else None
            if end is not None:
                yield due("renewal_or_end", "parties", end)
    yield from _settlements_due(judged, events, day)


def _consents_due(pact: PactState, versions: Versions) -> Iterable[Due]:
    head = next((h for h in versions.heads if h in pact.answers), None)
    for answer in pact.answers.get(head, ()) if head is not None else ():
        if answer.answer in (Answer.NONE, Answer.AWAITING, Answer.UNCLEAR):
            yield Due("consent", "parties", answer.actor, None, head, overdue=False)


def _settlements_due(judged: Mapping[RecordId, Judged], events: list[Event], day: str) -> Iterable[Due]:
    """Yield the settlements that committees have not proposed yet."""
    answered = {
        parent
        for event in events
        if event.counts and event.what in ("settlement_proposed", "settled")
        for parent in judged[event.record].record.header.parents
    }
    for event in events:
        if event.kind == "dispute" and event.counts and event.record not in answered:
            until = day_of(event.moment_ms + SETTLEMENT_DAYS * DAY_MS)
            yield Due("settlement", "committee", None, until, event.record, until < day)
