"""What is said of a thing by whoever says it: challenges, links, assessments, alerts, claims beside it.

Looked up here for pages and terminals alike.  Nothing is chosen among voices; what is cut short is said to
be.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from node.claims.finding import NOTHING_BESIDE, Beside, Claim, ClaimFinder
from node.present import present_ms
from node.store.errors import SearchTooLong
from node.store.interface import Store, ThingRow
from protocol.identifiers import ActorId, SubjectId
from protocol.kinds.contesting import Assessment
from protocol.state.contest import Challenged, assessments, challenges
from protocol.state.fold import ThingState
from protocol.state.links import Linked, Within, links, part_of, within
from protocol.state.mentions import Role
from protocol.state.statements import Said

# Things that say they stand to one in some way: each is folded, a millisecond or so.
LINKED_FROM_MAX = 64

# Other ends of links that a thing itself names: of the most talkative, the latest.
LINKED_TO_MAX = 64

# Alerts about a commons that are listed, the newest first.
ALERTS_LISTED_MAX = 200

NOT_WITHIN = Within((), (), more=False)


@dataclass(frozen=True, slots=True)
class Voices:
    """What is said of one thing at a moment.

    `ends` are the things that links and chains lead to, where they are held.  `more_links`: others name it
    that were not looked at.  `beside` is None where claims could not be looked for, or not in time.
    """

    moment_ms: int
    challenges: tuple[Challenged, ...]
    links: tuple[Linked, ...]
    more_links: bool
    within: Within
    assessments: tuple[Said[Assessment], ...]
    alerts: tuple[ThingRow, ...]
    beside: Beside | None
    ends: Mapping[SubjectId, ThingState]

    @property
    def standing_challenges(self) -> tuple[Challenged, ...]:
        """Those that are neither replaced nor taken back."""
        return tuple(one for one in self.challenges if one.said.stands)

    def authors(self) -> Iterable[ActorId]:
        """Yield whoever says something, the most pressing first."""
        for one in self.challenges:
            yield one.said.author
            yield from (answer.author for answer in one.answers)
        for link in self.links:
            yield link.said.author
        for assessment in self.assessments:
            yield assessment.author
        if self.beside is not None:
            for claim in self.beside.claims:
                yield claim.author


async def voices_about(
    store: Store,
    thing: ThingState,
    now_ms: int,
    finder: ClaimFinder | None = None,
    wait_s: float | None = None,
) -> Voices:
    """Return what is said of a thing; `now_ms` is this node's clock.

    Claims beside a commons are looked for by `finder`, where there is one, for `wait_s` at most where that is
    given.  Raises `StoreError`.
    """
    moment_ms = present_ms(thing, now_ms)
    named_by = await store.mentions(thing.subject, {Role.LINK}, LINKED_FROM_MAX + 1)
    sources = dict.fromkeys(one.subject for one in named_by[:LINKED_FROM_MAX])
    own = links(thing.subject, {thing.subject: thing}, moment_ms)
    names = dict.fromkeys([*(link.other for link in own[:LINKED_TO_MAX]), *sources])
    ends = await _things(store, names, {thing.subject: thing})
    chain = await _within(store, thing, moment_ms, ends)
    is_commons = thing.kind == "commons"
    alerts = await store.naming("alert", thing.subject, ALERTS_LISTED_MAX) if is_commons else []
    return Voices(
        moment_ms=moment_ms,
        challenges=challenges(thing, moment_ms),
        links=links(thing.subject, ends | {thing.subject: thing}, moment_ms),
        more_links=len(named_by) > LINKED_FROM_MAX,
        within=chain,
        assessments=assessments(thing, moment_ms),
        alerts=tuple(alerts),
        beside=await _beside(finder, thing, wait_s) if is_commons and finder else NOTHING_BESIDE,
        ends={name: state for name, state in ends.items() if name != thing.subject},
    )


async def what_contains(store: Store, thing: ThingState, now_ms: int) -> Within:
    """Return what a thing is part of, step by step, by the word of stewards and parties."""
    return await _within(store, thing, present_ms(thing, now_ms), {thing.subject: thing})


async def _within(
    store: Store, thing: ThingState, moment_ms: int, known: dict[SubjectId, ThingState]
) -> Within:
    parts: dict[SubjectId, tuple[SubjectId, ...]] = {thing.subject: part_of(thing, moment_ms)}
    found = NOT_WITHIN
    while parts[thing.subject]:
        found = within(thing.subject, parts)
        missing = [name for name in (*found.things, *found.cycle) if name not in parts]
        if not missing:
            break
        known |= await _things(store, missing, known)
        parts |= {name: part_of(known[name], moment_ms) if name in known else () for name in missing}
    return found


async def _things(
    store: Store, names: Iterable[SubjectId], known: Mapping[SubjectId, ThingState]
) -> dict[SubjectId, ThingState]:
    """Return those of some things that are held, those `known` without reading them again."""
    found: dict[SubjectId, ThingState] = {}
    for name in names:
        state = known.get(name) or await store.thing(name)
        if state is not None:
            found[name] = state
    return found


async def _beside(finder: ClaimFinder, thing: ThingState, wait_s: float | None) -> Beside | None:
    claim = Claim(thing.subject, thing.display, thing.title, thing.bbox)
    try:
        if wait_s is not None:
            return await finder.beside_within(claim, wait_s)
        return await finder.beside(claim)
    except SearchTooLong:
        return None
