"""The standing of a pact: who consented to what, what is in force (docs/protocol.md §8.4; Reg. art. 5).

A pact is in force when every party's consent to one and the same version is effective.  The old text stays
in force until every party, of the old text and of the new, consents to the new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.pact import Consent, Pact
from protocol.state.effect import Effect, Judged
from protocol.state.versions import Version, Versions, linked_actors


class Answer(StrEnum):
    """What a party has said of a version."""

    NONE = "none"
    AWAITING = "awaiting"  # a consent waits for further signatures of the same party
    CONSENT = "consent"
    DECLINE = "decline"
    WITHDRAWN = "withdrawn"  # consented, then declined
    UNCLEAR = "unclear"  # consent and refusal, neither made after the other


class PactStatus(StrEnum):
    """Where a pact stands, as far as records alone tell; `status_on` adds the calendar."""

    PROPOSED = "proposed"
    PARTLY_SIGNED = "partly_signed"
    DECLINED = "declined"
    IN_FORCE = "in_force"
    ENDED = "ended"
    EXPIRED = "expired"
    NOT_YET_STARTED = "not_yet_started"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True)
class PartyAnswer:
    """One party of a version and its answer; `actor` is None for a party named before it had keys."""

    index: int
    actor: ActorId | None
    answer: Answer
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class PactState:
    """The standing of a pact: the version in force, if any, and every live version's answers."""

    status: PactStatus
    in_force: RecordId | None
    in_force_since_ms: int | None
    answers: Mapping[RecordId, tuple[PartyAnswer, ...]]
    content: Pact | None

    def status_on(self, day: str) -> PactStatus:
        """Return the status on a day (`YYYY-MM-DD`): a term can be over, an agreed end reached."""
        if self.status is not PactStatus.IN_FORCE or self.content is None:
            return self.status
        if self.content.ending is not None and self.content.ending.on <= day:
            return PactStatus.ENDED
        if self.content.term.end is not None and self.content.term.end < day:
            return PactStatus.EXPIRED
        if self.content.term.start is not None and day < self.content.term.start:
            return PactStatus.NOT_YET_STARTED
        return self.status


def judge_pact(
    versions: Versions, judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> PactState:
    """Judge a pact from its versions and the consents among the records about it."""
    consents = _by_version(judged, erased)
    live = {v.id: v for v in versions.all.values() if v.live and isinstance(v.content, Pact)}
    answers = {v.id: _answers(v, consents.get(v.id, [])) for v in live.values()}
    complete: dict[RecordId, bool] = {}
    for version in live.values():
        _is_complete(version, live, answers, consents, complete)
    agreed = [live[v] for v, done in complete.items() if done]
    replaced = {a for v in agreed for a in _live_ancestors(v, live)}
    current = sorted((v for v in agreed if v.id not in replaced), key=lambda v: (-v.time_ms, v.id))
    if current:
        since = max(answer.at_ms or 0 for answer in answers[current[0].id])
        content = current[0].content
        return PactState(PactStatus.IN_FORCE, current[0].id, since, answers, content)
    head = next((versions.all[h] for h in versions.heads if h in live), None)
    if head is None:
        return PactState(PactStatus.PROPOSED, None, None, answers, None)
    return PactState(_unsigned_status(head, answers[head.id]), None, None, answers, head.content)


def _unsigned_status(head: Version, answers: tuple[PartyAnswer, ...]) -> PactStatus:
    given = {answer.answer for answer in answers}
    if head.content.reported is not None:
        return PactStatus.REPORTED
    if Answer.WITHDRAWN in given and given <= {Answer.WITHDRAWN, Answer.CONSENT}:
        return PactStatus.ENDED
    if given & {Answer.DECLINE, Answer.WITHDRAWN}:
        return PactStatus.DECLINED
    return PactStatus.PARTLY_SIGNED if Answer.CONSENT in given else PactStatus.PROPOSED


def _by_version(
    judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> dict[RecordId, list[Judged]]:
    found: dict[RecordId, list[Judged]] = {}
    for verdict in judged.values():
        record = verdict.record
        if (
            record.header.kind == "consent"
            and record.id not in erased
            and isinstance(record.content, Consent)
        ):
            for parent in record.header.parents:
                found.setdefault(parent, []).append(verdict)
    return found


def _answers(version: Version, consents: list[Judged]) -> tuple[PartyAnswer, ...]:
    return tuple(
        _answer(index, ActorId(party.actor) if party.actor is not None else None, consents)
        for index, party in enumerate(version.content.parties)
    )


def _answer(index: int, actor: ActorId | None, consents: list[Judged]) -> PartyAnswer:
    mine = [c for c in consents if actor is not None and c.record.header.actor == actor]
    effective = [c.record for c in mine if c.effect is Effect.EFFECTIVE]
    if not effective:
        waiting = any(c.effect is Effect.AWAITING for c in mine)
        return PartyAnswer(index, actor, Answer.AWAITING if waiting else Answer.NONE, None)
    replaced = {parent for record in effective for parent in record.header.parents}
    last = [record for record in effective if record.id not in replaced]
    decisions = {record.content.decision for record in last}
    at_ms = max(record.header.time_ms for record in last)
    if len(decisions) != 1:
        return PartyAnswer(index, actor, Answer.UNCLEAR, at_ms)
    if decisions == {"consent"}:
        return PartyAnswer(index, actor, Answer.CONSENT, at_ms)
    consented_before = any(record.content.decision == "consent" for record in effective)
    return PartyAnswer(index, actor, Answer.WITHDRAWN if consented_before else Answer.DECLINE, at_ms)


def _is_complete(
    version: Version,
    live: Mapping[RecordId, Version],
    answers: Mapping[RecordId, tuple[PartyAnswer, ...]],
    consents: Mapping[RecordId, list[Judged]],
    complete: dict[RecordId, bool],
) -> bool:
    """Whether every party of `version`, and of each version in force that it replaces, consents to it."""
    if version.id in complete:
        return complete[version.id]
    complete[version.id] = False
    agreed = all(answer.answer is Answer.CONSENT for answer in answers[version.id])
    bound: set[ActorId] = set()
    for ancestor in _live_ancestors(version, live):
        if _is_complete(live[ancestor], live, answers, consents, complete):
            bound |= linked_actors(live[ancestor].content)
    for actor in bound - linked_actors(version.content):
        agreed = agreed and _answer(0, actor, consents.get(version.id, [])).answer is Answer.CONSENT
    complete[version.id] = agreed
    return agreed


def _live_ancestors(version: Version, live: Mapping[RecordId, Version]) -> set[RecordId]:
    seen: set[RecordId] = set()
    waiting = list(version.parents)
    while waiting:
        here = waiting.pop()
        if here in live and here not in seen:
            seen.add(here)
            waiting.extend(live[here].parents)
    return seen
