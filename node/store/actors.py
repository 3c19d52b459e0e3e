"""What the writer remembers of actors: their numbers in this file, and their judged states."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

import aiosqlite

from node.store.bulk import select_in
from node.store.held import Groups, load_groups
from protocol.identifiers import ActorId, SubjectId
from protocol.state.authority import ActorState, resolve_actor

# A state is some KB: these are the actors that write in one season on one node.
STATES_REMEMBERED_MAX = 1_024

# 100 bytes each: 1.6 MB.
NUMBERS_REMEMBERED_MAX = 16_384

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A map that forgets what was used longest ago."""

    def __init__(self, length_max: int) -> None:
        self._length_max = length_max
        self._items: OrderedDict[K, V] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._items

    def __getitem__(self, key: K) -> V:
        self._items.move_to_end(key)
        return self._items[key]

    def __setitem__(self, key: K, value: V) -> None:
        self._items[key] = value
        self._items.move_to_end(key)
        if len(self._items) > self._length_max:
            self._items.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()


async def load_states(
    db: aiosqlite.Connection, actors: Iterable[ActorId]
) -> dict[ActorId, ActorState | None]:
    """Judge actors from the stored records about them; None for one of whom no version is held."""
    groups = await load_groups(db, [SubjectId(actor) for actor in actors])
    return {ActorId(subject): judge(ActorId(subject), groups) for subject in groups}


def judge(actor: ActorId, groups: Groups) -> ActorState | None:
    """Judge an actor from the records about it; None where no version of it is among them."""
    records = [held.record for held in groups[SubjectId(actor)]]
    if not any(record.header.kind == "actor" for record in records):
        return None
    return resolve_actor(actor, records)


class ActorBook:
    """The states and numbers of actors as last committed; what is not remembered is read from the file."""

    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db
        self._states: Recent[ActorId, ActorState | None] = Recent(STATES_REMEMBERED_MAX)
        self._numbers: Recent[ActorId, int] = Recent(NUMBERS_REMEMBERED_MAX)

    async def states(self, actors: Iterable[ActorId]) -> dict[ActorId, ActorState | None]:
        """Return the state of each of `actors`."""
        found: dict[ActorId, ActorState | None] = {}
        missing = []
        for actor in actors:
            if actor in self._states:
                found[actor] = self._states[actor]
            else:
                missing.append(actor)
        if missing:
            loaded = await load_states(self._db, missing)
            for actor, state in loaded.items():
                self._states[actor] = state
            found |= loaded
        return found

    async def numbers(self, actors: Iterable[ActorId]) -> dict[ActorId, int]:
        """Return the numbers of those of `actors` that have one."""
        found: dict[ActorId, int] = {}
        missing = []
        for actor in actors:
            if actor in self._numbers:
                found[actor] = self._numbers[actor]
            else:
                missing.append(actor)
        if missing:
            rows = await select_in(self._db, "SELECT id, seq FROM actor WHERE id IN (?*)", missing)
            self.remember({}, {ActorId(actor_id): seq for actor_id, seq in rows})
            found |= {ActorId(actor_id): seq for actor_id, seq in rows}
        return found

    def remember(self, states: Mapping[ActorId, ActorState | None], numbers: Mapping[ActorId, int]) -> None:
        """Take note of what has been committed."""
        for actor, state in states.items():
            self._states[actor] = state
        for actor, number in numbers.items():
            self._numbers[actor] = number
