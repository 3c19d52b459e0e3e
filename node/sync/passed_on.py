"""Which peers have taken what this node is asked about: an erasure that somebody wants to see arrive."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable

from protocol.channel.identity import NodeId
from protocol.identifiers import RecordId

# An operator erases some things now and then; a bundle can bring more, of which the last are asked about.
WATCHED_MAX_IDS = 256


class PassedOn:
    """Remembers, of the ids it watches, who asked for them and was given them."""

    def __init__(self) -> None:
        self._to: OrderedDict[RecordId, set[NodeId]] = OrderedDict()
        self._news = asyncio.Event()

    def watch(self, ids: Iterable[RecordId]) -> None:
        """Remember from now on who is given these."""
        for identifier in ids:
            self._to.setdefault(identifier, set())
            if len(self._to) > WATCHED_MAX_IDS:
                self._to.popitem(last=False)

    def note(self, node_id: NodeId, ids: Iterable[RecordId]) -> None:
        """A node was given these."""
        for identifier in ids:
            if identifier in self._to:
                self._to[identifier].add(node_id)
                self._news.set()

    def to(self, ids: Collection[RecordId]) -> set[NodeId]:
        """Return who was given all of these."""
        given = [self._to.get(identifier, set()) for identifier in ids]
        return set.intersection(*given) if given else set()

    async def to_all(self, ids: Collection[RecordId], nodes: Callable[[], set[NodeId]], max_s: float) -> None:
        """Return once all `nodes` were given these, or after so long."""
        try:
            async with asyncio.timeout(max_s):
                while not nodes() <= self.to(ids):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return
