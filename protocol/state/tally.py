"""The tally of a motion, recomputed by every node from the signed ballots (docs/protocol.md §8.8).

Nothing is counted twice and nothing is hidden: a ballot by somebody who is not on the roll, a second ballot,
a late one, or one for another version of the motion is listed with the reason why it does not count.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.deciding import Ballot, Minutes, Motion
from protocol.state.course import DAY_MS, day_start_ms
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState
from protocol.state.versions import arrange_versions


class Outcome(StrEnum):
    """What came of a vote."""

    OPEN = "open"  # ballots still count
    DECIDED = "decided"
    NO_QUORUM = "no_quorum"
    UNDECIDED = "undecided"  # a tie, or less than the rule asks
    CONTESTED = "contested"  # its author has signed two texts of the motion, and neither follows the other
    UNKNOWN = "unknown"  # the motion, or its text, is not held


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot, and why it does not count; empty where it does."""

    record: RecordId
    voter: ActorId
    option: int | None
    time_ms: int
    why_not: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How a vote stands: `votes` for each option, `blank` ones, and who on the roll has not voted.

    `minuted` are the records of what assemblies decided face to face, oldest first.
    """

    outcome: Outcome
    motion: RecordId | None
    option: int | None
    votes: tuple[int, ...]
    blank: int
    not_voted: tuple[ActorId, ...]
    ballots: tuple[Cast, ...]
    minuted: tuple[RecordId, ...]


def tally(state: ThingState, moment_ms: int) -> Tally:
    """Count the ballots on a motion as of a moment, milliseconds since 1970 UTC.

    What was signed after it is left out, a later text too: so what a text had decided can be told for good.
    """
    judged = {r: one for r, one in state.judged.items() if one.record.header.time_ms <= moment_ms}
    versions = state.versions
    if state.kind == "motion" and len(judged) < len(state.judged):
        versions = arrange_versions(state.subject, state.kind, judged, state.erased)
    heads = [head for head in versions.heads if head in versions.line]
    acts = list(judged.values())
    minuted = tuple(
        one.record.id
        for one in sorted(acts, key=lambda one: (one.record.header.time_ms, one.record.id))
        if isinstance(one.record.content, Minutes) and one.effect is Effect.EFFECTIVE
    )
    motion = versions.all[heads[0]].content if len(heads) == 1 else None
    ballots = {one.record.id: one for one in acts if one.record.header.kind == "ballot"}
    if not isinstance(motion, Motion):
        outcome = Outcome.CONTESTED if len(heads) > 1 else Outcome.UNKNOWN
        casts = tuple(_cast(one, str(outcome), state.erased) for one in _in_order(ballots))
        return Tally(outcome, None, None, (), 0, (), casts, minuted)
    version = heads[0]
    casts = _counted(version, motion, ballots, state.erased)
    counted = [cast for cast in casts if not cast.why_not]
    votes = Counter(cast.option for cast in counted)
    voted = {cast.voter for cast in counted}
    outcome, option = _outcome(motion, votes, moment_ms)
    return Tally(
        outcome=outcome,
        motion=version,
        option=option,
        votes=tuple(votes[number] for number in range(len(motion.options))),
        blank=votes[None],
        not_voted=tuple(ActorId(v.actor) for v in motion.roll if v.actor not in voted),
        ballots=casts,
        minuted=minuted,
    )


def why_no_vote(state: ThingState, voter: ActorId, signed_ms: int, moment_ms: int | None = None) -> str:
    """Return why a ballot that `voter` signed then would not count, as in `Cast`; empty if it would.

    `double` where another ballot of theirs counts, or would without this one.  `moment_ms`: as of when the
    motion and the other ballots are looked at, later than the ballot where clocks differ.
    """
    found = tally(state, signed_ms if moment_ms is None else moment_ms)
    motion = state.versions.all[found.motion].content if found.motion is not None else None
    if not isinstance(motion, Motion):
        return str(found.outcome)
    if voter not in {entry.actor for entry in motion.roll}:
        return "not_on_the_roll"
    if motion.opens is not None and signed_ms < day_start_ms(motion.opens):
        return "early"
    if signed_ms >= day_start_ms(motion.closes) + DAY_MS:
        return "late"
    standing = [c for c in found.ballots if c.voter == voter and c.record not in state.erased]
    return "double" if any(c.why_not in ("", "double", Effect.AWAITING) for c in standing) else ""


def _counted(
    version: RecordId, motion: Motion, ballots: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> tuple[Cast, ...]:
    roll = frozenset(voter.actor for voter in motion.roll)
    casts = [_cast(one, _why_not(one, version, motion, roll, erased), erased) for one in _in_order(ballots)]
    # Which of two came first nobody can prove: whoever votes twice has not voted.
    often = Counter(cast.voter for cast in casts if not cast.why_not)
    return tuple(
        Cast(cast.record, cast.voter, cast.option, cast.time_ms, cast.why_not or "double")
        if often[cast.voter] > 1
        else cast
        for cast in casts
    )


def _cast(one: Judged, why_not: str, erased: frozenset[RecordId]) -> Cast:
    header, content = one.record.header, one.record.content
    assert header.actor is not None
    option = content.option if isinstance(content, Ballot) and one.record.id not in erased else None
    return Cast(one.record.id, header.actor, option, header.time_ms, why_not)


def _why_not(
    one: Judged, version: RecordId, motion: Motion, roll: frozenset[bytes], erased: frozenset[RecordId]
) -> str:
    header, ballot = one.record.header, one.record.content
    if one.effect is not Effect.EFFECTIVE:
        return str(one.effect)
    if not isinstance(ballot, Ballot) or one.record.id in erased:
        return "erased"
    if header.actor not in roll:
        return "not_on_the_roll"
    if version not in header.parents:
        return "another_version"
    if ballot.option is not None and ballot.option >= len(motion.options):
        return "no_such_option"
    if motion.opens is not None and header.time_ms < day_start_ms(motion.opens):
        return "early"
    if header.time_ms >= day_start_ms(motion.closes) + DAY_MS:
        return "late"
    return ""


def _outcome(motion: Motion, votes: Mapping[int | None, int], moment_ms: int) -> tuple[Outcome, int | None]:
    if moment_ms < day_start_ms(motion.closes) + DAY_MS:
        return Outcome.OPEN, None
    total = sum(votes.values())
    if motion.quorum is not None and total < motion.quorum:
        return Outcome.NO_QUORUM, None
    ranked = sorted(((count, -option) for option, count in votes.items() if option is not None), reverse=True)
    if not ranked:
        return Outcome.UNDECIDED, None
    most, option = ranked[0][0], -ranked[0][1]
    if len(ranked) > 1 and ranked[1][0] == most:
        return Outcome.UNDECIDED, None
    cast = sum(count for count, _ in ranked)
    enough = {
        "most": True,
        "majority": 2 * most > cast,
        "two_thirds": 3 * most >= 2 * cast,
        "all": most == total,
    }[motion.rule]
    return (Outcome.DECIDED, option) if enough else (Outcome.UNDECIDED, None)


def _in_order(ballots: Mapping[RecordId, Judged]) -> list[Judged]:
    return sorted(ballots.values(), key=lambda one: (one.record.header.time_ms, one.record.id))
