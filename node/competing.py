"""Competing proposals for one commons, and the votes that have a pact among their options (Reg. art. 10.7).

Proposals that cannot be joined are decided by those concerned.  What is found here is shown beside a pact and
decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from node.present import motion_of, present_course, present_tally, vote_status
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

# Looked at: the pacts of each commons are looked through, and what is found is folded.
COMMONS_MAX = 4
FOUND_MAX = 24


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote that has a pact among its options: how it stands, who put it, and what has been decided."""

    row: ThingRow
    status: str
    by: ActorId
    decided: Mapping[str, str] | None
    subjects: frozenset[bytes]  # of all its options


@dataclass(frozen=True, slots=True)
class Rival:
    """Another open proposal about the same commons, and the votes between the two."""

    row: ThingRow
    status: str
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True)
class Competition:
    """What a pact competes with: `open` where it is itself still a proposal."""

    open: bool
    rivals: tuple[Rival, ...]
    votes: tuple[Vote, ...]


def is_open(pact: ThingState, now_ms: int) -> bool:
    """Whether a pact is a proposal that may still come to something."""
    if pact.pact is None or pact.status != pact.pact.status.value:
        return False
    return present_course(pact, now_ms).status in OPEN


async def competition(store: Store, pact: ThingState, now_ms: int) -> Competition:
    """Return the open proposals about the same commons as a pact, and the votes about it, newest first.

    Raises `SearchTooLong`.
    """
    votes = await votes_on(store, pact.subject, now_ms)
    content = pact.versions.all[pact.display].content if pact.display is not None else None
    subjects: dict[SubjectId, None] = {}
    if isinstance(content, Pact):
        subjects = dict.fromkeys(SubjectId(e.subject) for e in content.commons if e.subject is not None)
    rivals: dict[SubjectId, Rival] = {}
    for commons in list(subjects)[:COMMONS_MAX]:
        for row, other in await open_proposals(store, commons, now_ms):
            if row.subject != pact.subject and row.subject not in rivals:
                between = tuple(vote for vote in votes if row.subject in vote.subjects)
                rivals[row.subject] = Rival(row, present_course(other, now_ms).status, between)
    return Competition(is_open(pact, now_ms), tuple(rivals.values()), votes)


async def open_proposals(store: Store, commons: SubjectId, now_ms: int) -> list[tuple[ThingRow, ThingState]]:
    """Return the proposals about a commons that are open, the newest first.  Raises `SearchTooLong`."""
    found = []
    for row in await store.pacts_about(commons, FOUND_MAX, now_ms):
        pact = await store.thing(row.subject) if row.status in OPEN else None
        if pact is not None and is_open(pact, now_ms):
            found.append((row, pact))
    return found


async def votes_on(store: Store, option: bytes, now_ms: int) -> tuple[Vote, ...]:
    """Return the votes that have a thing among their options, the newest first."""
    found = []
    for row in await store.naming("motion", option, FOUND_MAX):
        thing = await store.thing(row.subject)
        if thing is None or thing.display is None:
            continue
        shown, result = thing.versions.all[thing.display], present_tally(thing, now_ms)
        subjects = frozenset(o.subject for o in shown.content.options if o.subject is not None)
        motion, decided = motion_of(thing, result), None
        if motion is not None and result.outcome is Outcome.DECIDED and result.option is not None:
            decided = motion.options[result.option].name
        if option in subjects:
            found.append(Vote(row, vote_status(thing, now_ms), shown.author, decided, subjects))
    return tuple(found)
