"""Where a pact stands after its signatures here and the steps that count (docs/protocol.md §8.7)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from protocol.identifiers import ActorId
from protocol.kinds.pact import Pact
from protocol.kinds.procedure import STEPS, Step
from protocol.state.pacts import Answer, PactState, PactStatus
from protocol.state.step_rights import DAY_MS, Company, day_of, day_start_ms
from protocol.state.versions import Versions

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

# A pact that was signed and is not over.
RUNNING = frozenset({"in_force", "under_review", "suspended"})

# A pact, or the proposal of one, that nothing more is expected of.
OVER = frozenset({"ended", "refused", "shelved"})

# Steps that move a pact which its parties have signed; a decision about the proposal is behind it.
STEPS_IN_FORCE = frozenset({"review_opened", "suspended", "resumed", "renewed", "ended"})

LEAVING_STEPS = frozenset({"withdrawn", "excluded"})


class Move(NamedTuple):
    """A step that counts, when it took effect, and who took it."""

    moment_ms: int
    author: ActorId
    step: Step


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of a pact and since when; its last day, if it has one; whether it was ever in force.

    `signed_on_paper` are the parties that papers say have signed; `said` is a source's own word for the
    status, where an archive's step gave it.
    """

    status: str
    since_ms: int | None
    end: str | None
    ran: bool
    signed_on_paper: Mapping[ActorId, int]
    said: str = ""


def stand(pact: PactState, versions: Versions, company: Company, moves: list[Move], day: str) -> Standing:
    """Return where a pact stands on a day, after the steps up to then that count, oldest first."""
    content = pact.content
    if pact.status is PactStatus.CONTESTED:
        return Standing("contested", None, None, True, {})
    if pact.in_force is not None:
        walk = _Walk(company, content, "in_force", pact.in_force_since_ms, signed_here=True)
        since, parties = pact.in_force_since_ms or 0, versions.all[pact.in_force].linked
        first_day = day_of(since)
        for move in moves:
            if move.author not in parties:
                continue
            if move.moment_ms >= since:
                walk.take(move)
            elif move.step.on == first_day:  # who names the day alone may mean after the signatures
                walk.take(move._replace(moment_ms=since))
        return walk.on(day)
    return _unsigned(pact, versions, company, moves, day)


def _unsigned(pact: PactState, versions: Versions, company: Company, moves: list[Move], day: str) -> Standing:
    """Return where a pact stands that is not in force by what was signed here."""
    head = next((h for h in versions.heads if h in pact.answers), None)
    answers = pact.answers[head] if head is not None else ()
    walk = _Walk(company, pact.content, str(pact.status), None, signed_here=False)
    papers = {
        ActorId(move.step.party): move.moment_ms
        for move in reversed(moves)
        if move.step.step == "signed" and move.step.party is not None
    }
    # Papers of some parties and signatures of the others make the whole, once the last is there.
    whole_ms = [
        papers.get(answer.actor) if answer.answer is not Answer.CONSENT else answer.at_ms
        for answer in answers
        if answer.actor is not None
    ]
    known = [at_ms for at_ms in whole_ms if at_ms is not None]
    whole = max(known) if papers and known and len(known) == len(answers) else None
    for move in moves:
        if whole is not None and move.moment_ms > whole:
            walk.sign(whole)
            whole = None
        walk.take(move)
    if whole is not None:
        walk.sign(whole)
    answered_ms = max((a.at_ms for a in answers if a.at_ms is not None), default=None)
    if walk.since_ms is None:
        began_ms = min((v.time_ms for v in versions.all.values()), default=None)
        since_ms = began_ms if answered_ms is None else answered_ms
        return Standing(str(pact.status), since_ms, walk.end, walk.ran, papers)
    if answered_ms is not None and walk.since_ms < answered_ms and _overrules(pact.status, walk.status):
        over = pact.status is PactStatus.DECLINED and walk.status in RUNNING
        return Standing("ended" if over else str(pact.status), answered_ms, walk.end, walk.ran, papers)
    return replace(walk.on(day), signed_on_paper=papers)


def _overrules(answers: PactStatus, steps: str) -> bool:
    """Whether answers given after the last step say more of the pact than that step.

    Who says no does; who also signs here what was signed on paper, or what was refused, does not.
    """
    if answers in (PactStatus.DECLINED, PactStatus.ENDED):
        return True
    settled = steps in RUNNING or steps in OVER or steps == REPORTED_OTHERWISE
    return answers is PactStatus.PARTLY_SIGNED and not settled


class _Walk:
    """Takes one step after the other, oldest first."""

    def __init__(
        self, company: Company, content: Pact | None, status: str, since_ms: int | None, signed_here: bool
    ) -> None:
        self.company, self.content, self.signed_here = company, content, signed_here
        self.status, self.since_ms, self.ran = status, since_ms, signed_here
        self.end = content.term.end if content is not None else None
        self.said = ""
        self.suspended_by: ActorId | None = None
        self.left: set[ActorId] = set()

    def sign(self, moment_ms: int) -> None:
        """Take up that the last party has signed."""
        self.status, self.since_ms, self.ran, self.said = "in_force", moment_ms, True, ""

    def take(self, move: Move) -> None:
        """Take a step, if it moves the pact from where it stands."""
        step, word = move.step, move.step.step
        if move.author in self.left:
            return
        if word in LEAVING_STEPS and step.party is not None:
            self.left.add(ActorId(step.party))
            if self.status not in OVER and self._too_few_remain():
                self.status, self.since_ms, self.said = "ended", move.moment_ms, step.said or ""
            return
        if not self._moves(move):
            return
        if word == "signed" and step.party is not None:
            if self.status not in RUNNING:
                self.status, self.since_ms = "partly_signed", move.moment_ms
            return
        self.status, self.since_ms = STATUS_AFTER.get(word, REPORTED_OTHERWISE), move.moment_ms
        self.said = step.said or (word if word not in STATUS_AFTER else "")
        self.ran |= self.status in RUNNING
        if word == "suspended":
            self.suspended_by = move.author
        elif word == "renewed":
            self.end = step.until

    def _moves(self, move: Move) -> bool:
        step, word = move.step, move.step.step
        if self.signed_here and word not in STEPS_IN_FORCE:
            return False
        if step.source is not None:
            # An archive goes from anywhere to anywhere, and has words of its own.
            return word in STATUS_AFTER or word not in STEPS
        if word not in STATUS_AFTER:
            return False
        if self.status in RUNNING and word not in STEPS_IN_FORCE:
            return False
        match word:
            case "information_given":
                return self.status == "awaiting_information"
            case "suspended" | "review_opened":
                return self.status in RUNNING
            case "resumed":
                may = move.author == self.suspended_by or self.company.is_administration(move.author)
                return self.status == "suspended" and (may or bool(step.evidence))
            case "ended":
                return self.status != "ended"
        return True

    def _too_few_remain(self) -> bool:
        """Whether fewer than two parties remain, or none of a side that the pact had."""
        parties = self.content.parties if self.content is not None else []
        remain = [party for party in parties if party.actor is None or party.actor not in self.left]
        if len(remain) == len(parties):
            return False
        return len(remain) < 2 or {party.side for party in remain} != {party.side for party in parties}

    def on(self, day: str) -> Standing:
        """Return where the pact stands on a day, once its calendar is looked at."""
        status, since_ms = self.status, self.since_ms or 0
        term, ending = (None, None) if self.content is None else (self.content.term, self.content.ending)
        if self.signed_here and ending is not None and ending.on <= day and status in RUNNING:
            status, since_ms = "ended", day_start_ms(ending.on)
        elif status == "in_force" and self.end is not None and self.end < day:
            status, since_ms = "expired", max(since_ms, day_start_ms(self.end) + DAY_MS)
        elif status == "in_force" and term is not None and term.start is not None:
            if day < term.start:
                status = "not_yet_started"
            else:
                since_ms = max(since_ms, day_start_ms(term.start))
        return Standing(status, since_ms, self.end, self.ran, {}, self.said)
