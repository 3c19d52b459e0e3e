"""Competing proposals for one commons, and the votes that have a pact among their options (Reg. art. 10.7).

Proposals that cannot be joined are decided by those concerned.  What is found here is shown beside a pact and
decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from node.present import motion_of, present_status, present_tally
from node.store.interface import Store, ThingRow
from protocol.identifiers import ActorId, SubjectId
from protocol.kinds.pact import Pact
from protocol.state.fold import ThingState
from protocol.state.pacts import PactStatus
from protocol.state.tally import Outcome

# Where the course of a pact has it still open whether there will be a pact.
OPEN = frozenset(
    {
        *(PactStatus.PROPOSED, PactStatus.PARTLY_SIGNED),
        *("under_observation", "under_evaluation", "awaiting_information", "evaluated", "accepted"),
    }
)

# Commons looked at, and pacts of each: what is found is folded, at a millisecond or so.
COMMONS_MAX = 4
FOUND_MAX = 24


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote that has a pact among its options: who put it, and what has been decided."""

    row: ThingRow
    by: ActorId
    decided: Mapping[str, str] | None
    subjects: frozenset[bytes]  # of all its options


@dataclass(frozen=True, slots=True)
class Rival:
    """Another open proposal about the same commons, and the votes between the two."""

    row: ThingRow
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class Competition:
    """What a pact competes with: `open` where it is itself still a proposal."""

    open: bool
    rivals: tuple[Rival, ...]
    votes: tuple[Vote, ...]


async def competition(store: Store, pact: ThingState, now_ms: int) -> Competition:
    """Return the open proposals about the same commons as a pact, and the votes about it, newest first."""
    votes = await votes_on(store, pact.subject, now_ms)
    content = pact.versions.all[pact.display].content if pact.display is not None else None
    subjects: dict[SubjectId, None] = {}
    if isinstance(content, Pact):
        subjects = dict.fromkeys(SubjectId(e.subject) for e in content.commons if e.subject is not None)
    rivals: dict[SubjectId, Rival] = {}
    for commons in list(subjects)[:COMMONS_MAX]:
        for row in await open_proposals(store, commons, now_ms):
            if row.subject != pact.subject and row.subject not in rivals:
                between = tuple(vote for vote in votes if row.subject in vote.subjects)
                rivals[row.subject] = Rival(row, between)
    return Competition(present_status(pact, now_ms) in OPEN, tuple(rivals.values()), votes)


async def open_proposals(store: Store, commons: SubjectId, now_ms: int) -> list[ThingRow]:
    """Return the proposals about a commons that are open, the newest first."""
    return [row for row in await store.pacts_about(commons, FOUND_MAX, now_ms) if row.status in OPEN]


async def votes_on(store: Store, option: bytes, now_ms: int) -> tuple[Vote, ...]:
    """Return the votes that have a thing among their options, the newest first."""
    found = []
    for row in await store.naming("motion", option, FOUND_MAX, now_ms):
        thing = await store.thing(row.subject)
        if thing is None or thing.display is None:
            continue
        shown, result = thing.versions.all[thing.display], present_tally(thing, now_ms)
        subjects = frozenset(o.subject for o in shown.content.options if o.subject is not None)
        motion, decided = motion_of(thing, result), None
        if motion is not None and result.outcome is Outcome.DECIDED and result.option is not None:
            decided = motion.options[result.option].name
        if option in subjects:
            found.append(Vote(row, shown.author, decided, subjects))
    return tuple(found)
