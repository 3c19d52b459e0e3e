"""What is said against a record and for it, and how a commons is judged (docs/protocol.md §8.10).

A challenge changes nothing of what it is about.  It is shown beside it with its answers, on every page of it,
until its author takes it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.contesting import Assessment, Challenge
from protocol.kinds.procedure import Reply
from protocol.state.course import day_of, moment_of
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState
from protocol.state.statements import Said, Standing, standing, statements


class ChallengeState(StrEnum):
    """How a challenge stands."""

    OPEN = "open"
    ANSWERED = "answered"  # by somebody whom it concerns
    UNANSWERED = "unanswered"  # the last day to answer has passed
    REPLACED = "replaced"  # by a later one of its author
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that took effect: to whatever it has as parents, by whom, when."""

    record: RecordId
    author: ActorId
    moment_ms: int
    signed_ms: int
    content: Reply
    of_the_challenged: bool  # from somebody whom the challenge concerns: it answers it


@dataclass(frozen=True, slots=True)
class Challenged:
    """A challenge with how it stands, and everything replied to it, oldest first."""

    said: Said[Challenge]
    state: ChallengeState
    answers: tuple[Answer, ...]


def challenges(state: ThingState, moment_ms: int) -> tuple[Challenged, ...]:
    """Return the challenges to a thing by a moment (milliseconds since 1970 UTC), the latest first."""
    replied = replies(state, moment_ms)
    found = []
    for said in statements(state, moment_ms, Challenge):
        concerned = _concerned(said, state)
        answers = tuple(
            Answer(
                record=one.record.id,
                author=author,
                moment_ms=moment_of(one),
                signed_ms=one.record.header.time_ms,
                content=one.record.content,
                of_the_challenged=author in concerned,
            )
            for one in replied.get(said.record, ())
            if (author := one.record.header.actor) is not None
        )
        found.append(Challenged(said, _state(said, answers, moment_ms), answers))
    return tuple(found)


def replies(state: ThingState, moment_ms: int) -> Mapping[RecordId, tuple[Judged, ...]]:
    """Return the replies that took effect by a moment, under each record they answer, oldest first."""
    effective = [
        one
        for one in state.judged.values()
        if isinstance(one.record.content, Reply)
        and one.record.id not in state.erased
        and one.effect is Effect.EFFECTIVE
        and moment_of(one) <= moment_ms
    ]
    effective.sort(key=lambda one: (moment_of(one), one.record.header.time_ms, one.record.id))
    under: dict[RecordId, list[Judged]] = {}
    for one in effective:
        for parent in one.record.header.parents:
            under.setdefault(parent, []).append(one)
    return {record: tuple(found) for record, found in under.items()}


def assessments(state: ThingState, moment_ms: int) -> tuple[Said[Assessment], ...]:
    """Return the assessments of a commons that stand at a moment, the latest first; none of anything else."""
    return standing(state, moment_ms, Assessment) if state.kind == "commons" else ()


def _concerned(said: Said[Challenge], state: ThingState) -> frozenset[ActorId]:
    """Return who can answer: the authors of what is challenged, stewards, parties; not who challenges."""
    concerned: set[ActorId] = set()
    for parent in said.parents:
        one = state.judged.get(parent)
        if one is not None:
            # An actor's first record names no actor: it is its own.
            actor = one.record.header.actor
            concerned.add(ActorId(parent) if actor is None else actor)
    for version in state.versions.line:
        concerned |= state.versions.all[version].linked
    return frozenset(concerned - {said.author})


def _state(said: Said[Challenge], answers: tuple[Answer, ...], moment_ms: int) -> ChallengeState:
    match said.standing:
        case Standing.WITHDRAWN:
            return ChallengeState.WITHDRAWN
        case Standing.REPLACED:
            return ChallengeState.REPLACED
        case Standing.STANDS:
            pass
    if any(answer.of_the_challenged for answer in answers):
        return ChallengeState.ANSWERED
    until = said.content.until
    return (
        ChallengeState.UNANSWERED if until is not None and until < day_of(moment_ms) else ChallengeState.OPEN
    )
