"""The circle around this node's own actors, found from the store and kept until something may have changed
it."""

import asyncio
import time
from collections.abc import Callable, Sequence

from node.present import present_ms
from node.store.interface import PAGE_LENGTH_MAX, Store
from node.trust.ours import find_ours
from protocol.identifiers import ActorId, SubjectId
from protocol.keys import PublicKey
from protocol.state.course import day_of
from protocol.state.mentions import Role
from protocol.state.trust import Circle, Edge, Voucher, edges, vouchers

# The latest endorsements that one actor has given.  Who vouches for more people than this knows none of them.
GIVEN_MAX = PAGE_LENGTH_MAX

# A circle of so many is looked over in a tenth of a second, and never out of date.  A larger one is kept for
# twenty times as long as that takes (0.2 ms for everybody in it), however much comes in.
FRESH_UP_TO_ACTORS = 500
KEPT_FOR_EACH_ACTOR_S = 0.004

# What a circle is made of.
_KINDS = ("actor", "cosign", "endorsement", "erasure")

OurKeys = Callable[[], Sequence[PublicKey]]
"""The keys of this home that sign for actors, as they are now."""


async def vouchers_of(store: Store, actor: ActorId, now_ms: int) -> tuple[Voucher, ...]:
    """Return the endorsements of an actor at present, the latest first; `now_ms` is this node's clock."""
    thing = await store.thing(SubjectId(actor))
    return () if thing is None else vouchers(thing, present_ms(thing, now_ms))


async def vouched_for(store: Store, actor: ActorId, now_ms: int, limit: int) -> list[tuple[ActorId, Voucher]]:
    """Return whom an actor endorses at present, and how; `limit` bounds how many endorsements are read."""
    found = []
    for other in await _endorsed(store, actor, limit):
        said = await vouchers_of(store, other, now_ms)
        found += [(other, one) for one in said if one.said.author == actor]
    return found


class Endorsements:
    """Who endorses whom, as far as it has been asked: what an actor is said of is folded once, until a record
    about it comes, or one that changes whose word counts.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._of: dict[ActorId, tuple[Edge, ...]] = {}
        self._by: dict[ActorId, set[ActorId]] = {}
        self._seq = 0
        self._day = ""

    async def catch_up(self, now_ms: int) -> None:
        """Forget what may be otherwise by now: for what has come, or for the day."""
        day = day_of(now_ms)
        if day != self._day:
            self._day = day
            self._of.clear()
            self._by.clear()
        if not self._of:
            # Nothing is kept that could be out of date, and a million records take seconds to go through.
            self._seq = await self._store.last_arrival()
            return
        while arrived := await self._store.changed_since(self._seq):
            self._seq = arrived[-1].seq
            for subject in {ActorId(one.subject) for one in arrived}:
                self._of.pop(subject, None)
                for other in self._by.pop(subject, ()):
                    self._of.pop(other, None)

    async def given_by(self, actor: ActorId, now_ms: int) -> list[Edge]:
        """Return the endorsements by an actor that count."""
        given: list[Edge] = []
        for other in await _endorsed(self._store, actor, GIVEN_MAX):
            found = self._of.get(other)
            if found is None:
                found = self._of[other] = edges(await vouchers_of(self._store, other, now_ms), other)
                for edge in found:
                    self._by.setdefault(edge.by, set()).add(other)
            given += (edge for edge in found if edge.by == actor)
        return given

    async def circle(self, ours: Sequence[ActorId], now_ms: int) -> Circle:
        """Return who is within reach of some actors at present.

        Costs a query for everybody reached (0.2 ms), and for everybody whom they endorse the records about
        them, once (1.5 ms).
        """
        await self.catch_up(now_ms)
        circle = Circle(ours)
        while asked := circle.asked():
            circle.give({actor: await self.given_by(actor, now_ms) for actor in asked})
        return circle


class Neighbourhood:
    """The circle around this node's actors, as of the last change."""

    def __init__(self, store: Store, keys: OurKeys, named: Sequence[ActorId] = ()) -> None:
        """`named` are actors that the settings name as ours."""
        self._store = store
        self._keys = keys
        self._named = named
        self._ours: Sequence[ActorId] = ()
        self._is_awaited = False  # that a key of ours signs for one more
        self._circle = Circle(())
        self._endorsements = Endorsements(store)
        self._mark: object = None
        self._turn = asyncio.Lock()
        self._found_s = 0.0

    async def ours(self, now_ms: int) -> Sequence[ActorId]:
        """Return the actors from which is counted; none where this home has no key of any."""
        await self.circle(now_ms)
        return self._ours

    async def circle(self, now_ms: int) -> Circle:
        """Return the circle; `now_ms` is this node's clock."""
        async with self._turn:
            await self._look(now_ms)
        return self._circle

    async def _look(self, now_ms: int) -> None:
        size = self._circle.size
        if size > FRESH_UP_TO_ACTORS and time.monotonic() - self._found_s < size * KEPT_FOR_EACH_ACTOR_S:
            return
        counts = await self._store.counts()
        by_kind = counts.records_by_kind
        # Kinds that are not counted apart: strangers can make up so many that these are not among the most
        # frequent.  What all of them come to grows with each.
        others = counts.records - sum(by_kind.values())
        amounts = [(kind in by_kind, by_kind.get(kind, others)) for kind in _KINDS]
        awaited = counts.records if self._is_awaited else 0
        mark = (day_of(now_ms), amounts, awaited, keys := tuple(self._keys()))
        if mark != self._mark:
            self._ours, self._is_awaited = await find_ours(self._store, keys, self._named)
            self._circle = await self._endorsements.circle(self._ours, now_ms)
            self._mark = mark
            self._found_s = time.monotonic()


async def _endorsed(store: Store, actor: ActorId, limit: int) -> list[ActorId]:
    named = await store.mentions(actor, {Role.ENDORSER}, limit)
    return [ActorId(subject) for subject in dict.fromkeys(one.subject for one in named)]
