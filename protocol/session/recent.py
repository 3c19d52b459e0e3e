"""A set of ids that forgets the oldest, for what is good to know and safe to forget."""

from collections.abc import Iterable, Iterator
from itertools import islice

from protocol.identifiers import RecordId


class RecentIds:
    """Remembers at least the `size_max` ids added last; about 150 bytes each."""

    __slots__ = ("_ids", "_size_max")

    def __init__(self, size_max: int) -> None:
        self._ids: dict[RecordId, None] = {}
        self._size_max = size_max

    def add(self, ids: Iterable[RecordId]) -> None:
        """Add ids, forgetting the oldest past the size."""
        self._ids.update(dict.fromkeys(ids))
        surplus = len(self._ids) - self._size_max
        if surplus > 0:
            for identifier in list(islice(self._ids, surplus)):
                del self._ids[identifier]

    def discard(self, ids: Iterable[RecordId]) -> None:
        """Forget these ids."""
        for identifier in ids:
            self._ids.pop(identifier, None)

    def clear(self) -> None:
        """Forget them all."""
        self._ids.clear()

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._ids

    def __iter__(self) -> Iterator[RecordId]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)
