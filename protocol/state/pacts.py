"""The standing of a pact: who consented to what, what is in force (docs/protocol.md §8.4; Reg. art. 5).

A pact is in force when every party's consent to one and the same version is effective.  The old text stays
in force until every party, of the old text and of the new, consents to the new one.  Two agreed texts, none
of them consented to by all parties of both, leave the pact contested: nothing here picks between them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.pact import Consent, Pact
from protocol.state.effect import Effect, Judged
from protocol.state.versions import Version, Versions, Voice, parents_first

# Who answered, and each of their answers with what it says: None once erased.
Answers = dict[ActorId, list[tuple[Judged, Consent | None]]]


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
    CONTESTED = "contested"  # several agreed texts, none of them agreed by all parties of the others


@dataclass(frozen=True, slots=True)
class PartyAnswer:
    """One party of a version and its answer; `actor` is None for a party named before it had keys."""

    index: int
    actor: ActorId | None
    answer: Answer
    at_ms: int | None


@dataclass(frozen=True, slots=True)
class PactState:
    """The standing of a pact: the version in force, if any, and every live version's answers.

    `rivals` are the agreed versions of a contested pact.
    """

    status: PactStatus
    in_force: RecordId | None
    in_force_since_ms: int | None
    answers: Mapping[RecordId, tuple[PartyAnswer, ...]]
    content: Pact | None
    rivals: tuple[RecordId, ...] = ()

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
    root: RecordId, versions: Versions, judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> PactState:
    """Judge a pact, whose first record is `root`, from its versions and the consents about it."""
    consents = _answers_given(judged, erased)
    live = {v.id: v for v in versions.all.values() if v.live and isinstance(v.content, Pact)}
    answers = {v.id: _answers(v, consents.get(v.id, {})) for v in live.values()}
    current = _agreed(root, versions, live, answers, consents)
    everyone = {actor for v in current for actor in live[v].linked}
    strongest = [v for v in current if all(_consents(actor, consents.get(v, {})) for actor in everyone)]
    if strongest:
        chosen = min(strongest, key=lambda v: (-live[v].time_ms, v))
        since = max(answer.at_ms or 0 for answer in answers[chosen])
        return PactState(PactStatus.IN_FORCE, chosen, since, answers, live[chosen].content)
    if current:
        return PactState(PactStatus.CONTESTED, None, None, answers, None, tuple(sorted(current)))
    head = next((versions.all[h] for h in versions.heads if h in live), None)
    if head is None:
        return PactState(PactStatus.PROPOSED, None, None, answers, None)
    return PactState(_unsigned_status(head, answers[head.id]), None, None, answers, head.content)


def _agreed(
    root: RecordId,
    versions: Versions,
    live: Mapping[RecordId, Version],
    answers: Mapping[RecordId, tuple[PartyAnswer, ...]],
    consents: Mapping[RecordId, Answers],
) -> list[RecordId]:
    """Return the versions that all who must agree consent to, and that no other such version follows."""
    if root not in versions.all:
        return []
    # What the parties themselves proposed is changed by them, also while their keys are not known here or
    # its content is gone.  What somebody else reported of them may be taken up by anybody who says to be a
    # party: they were named before they had keys.
    first = versions.all[root]
    theirs = first.voice is Voice.OWN or first.content is None
    order = parents_first({v.id: v.parents for v in versions.all.values()})
    agreed: set[RecordId] = set()
    bound: dict[RecordId, frozenset[ActorId]] = {}  # the parties of agreed versions among the ancestors
    for version in order:
        parties: frozenset[ActorId] = frozenset()
        for parent in versions.all[version].parents:
            if parent in versions.all:
                before = bound[parent]
                if parent in agreed and not live[parent].linked <= before:
                    before |= live[parent].linked
                parties = before if parties <= before else parties | before
        bound[version] = parties
        if (
            version in live
            and live[version].content.reported is None
            and (version in versions.line or not theirs)
            and all(answer.answer is Answer.CONSENT for answer in answers[version])
            and all(_consents(actor, consents.get(version, {})) for actor in parties)
        ):
            agreed.add(version)
    followed: set[RecordId] = set()
    for version in reversed(order):
        if version in agreed or version in followed:
            followed.update(versions.all[version].parents)
    return [version for version in agreed if version not in followed]


def _unsigned_status(head: Version, answers: tuple[PartyAnswer, ...]) -> PactStatus:
    given = {answer.answer for answer in answers}
    if head.content.reported is not None:
        return PactStatus.REPORTED
    if Answer.WITHDRAWN in given and given <= {Answer.WITHDRAWN, Answer.CONSENT}:
        return PactStatus.ENDED
    if given & {Answer.DECLINE, Answer.WITHDRAWN}:
        return PactStatus.DECLINED
    return PactStatus.PARTLY_SIGNED if Answer.CONSENT in given else PactStatus.PROPOSED


def _answers_given(
    judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> Mapping[RecordId, Answers]:
    """Return the answers to each version by who gave them.  Erased, one says nothing but still replaces."""
    found: dict[RecordId, Answers] = {}
    for verdict in judged.values():
        header, content = verdict.record.header, verdict.record.content
        if header.kind != "consent" or header.actor is None:
            continue
        given = content if isinstance(content, Consent) and verdict.record.id not in erased else None
        for parent in header.parents:
            found.setdefault(parent, {}).setdefault(header.actor, []).append((verdict, given))
    return found


def _answers(version: Version, answers: Answers) -> tuple[PartyAnswer, ...]:
    return tuple(
        _answer(index, ActorId(party.actor) if party.actor is not None else None, answers)
        for index, party in enumerate(version.content.parties)
    )


def _consents(actor: ActorId, answers: Answers) -> bool:
    return _answer(0, actor, answers).answer is Answer.CONSENT


def _answer(index: int, actor: ActorId | None, answers: Answers) -> PartyAnswer:
    mine = answers.get(actor, []) if actor is not None else []
    effective = [(verdict.record, given) for verdict, given in mine if verdict.effect is Effect.EFFECTIVE]
    replaced = {parent for record, _ in effective for parent in record.header.parents}
    last = [(given, record) for record, given in effective if given is not None and record.id not in replaced]
    if not last:
        waiting = any(verdict.effect is Effect.AWAITING for verdict, given in mine if given is not None)
        return PartyAnswer(index, actor, Answer.AWAITING if waiting else Answer.NONE, None)
    decisions = {given.decision for given, _ in last}
    at_ms = max(record.header.time_ms for _, record in last)
    if len(decisions) != 1:
        return PartyAnswer(index, actor, Answer.UNCLEAR, at_ms)
    if decisions == {"consent"}:
        return PartyAnswer(index, actor, Answer.CONSENT, at_ms)
    consented_before = any(given is not None and given.decision == "consent" for _, given in effective)
    return PartyAnswer(index, actor, Answer.WITHDRAWN if consented_before else Answer.DECLINE, at_ms)
