"""How much strangers may bring: counters for actors and for peers, in memory, with the day as an argument.

Strangers are the actors who are neither ours nor near us (`Policy`).  What they have here in all is counted
from the store when they are met; what came today is forgotten at a restart, which no stranger can bring
about.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from node.settings.table import Settings
from node.trust.aside import Reason
from protocol.channel.identity import NodeId
from protocol.identifiers import ActorId
from protocol.record.verification import VerifiedRecord

K = TypeVar("K", bound=Hashable)

# 16,384 × 300 bytes = 5 MB.  Who is forgotten is counted from the store again; to be forgotten on purpose
# takes as many other actors as a peer may bring in an hour.
ACTORS_COUNTED_MAX = 16_384
PEERS_COUNTED_MAX = 1_024

# Changes of keys, further signatures and erasures have a purse of their own, as large as the other: who has
# filled that one can still sign, put a stolen key right, and take back.
UPKEEP_KINDS = frozenset({"actor", "cosign", "erasure"})

# One stranger may bring a tenth of what all may say about one thing together.
SHARE_OF_ONE = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """The quotas; 0 stands for none.  Days are those of this node's clock, UTC."""

    records: int
    size_bytes: int
    records_today: int
    size_bytes_today: int
    about_one_thing: int
    peer_records_today: int
    peer_bytes_today: int
    peer_actors_today: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Return the quotas of the settings."""
        return cls(
            settings.quota_stranger_records_max,
            settings.quota_stranger_bytes_max,
            settings.quota_stranger_records_per_day_max,
            settings.quota_stranger_bytes_per_day_max,
            settings.quota_about_one_thing_max,
            settings.quota_peer_records_per_day_max,
            settings.quota_peer_bytes_per_day_max,
            settings.quota_peer_actors_per_day_max,
        )


@dataclass(slots=True)
class Load:
    """Records and bytes of strangers that come together: of each, upkeep apart, and in all."""

    of_actors: dict[tuple[ActorId, bool], list[int]]
    records: int = 0
    size_bytes: int = 0
    founded: int = 0

    @classmethod
    def of(cls, records: Iterable[VerifiedRecord]) -> "Load":
        """Add up what some records come to."""
        load = cls({})
        of_actors = load.of_actors
        for record in records:
            header, size_bytes = record.header, len(record.envelope)
            actor = header.actor
            if actor is None:
                actor, load.founded = ActorId(record.id), load.founded + 1
            held = of_actors.get(key := (actor, header.kind in UPKEEP_KINDS))
            if held is None:
                of_actors[key] = [1, size_bytes]
            else:
                held[0] += 1
                held[1] += size_bytes
        load.records = sum(number for number, _ in of_actors.values())
        load.size_bytes = sum(size_bytes for _, size_bytes in of_actors.values())
        return load


@dataclass(slots=True)
class _Purse:
    """What somebody has brought: in all, and on the day counted last."""

    records: int = 0
    size_bytes: int = 0
    day: str = ""
    records_today: int = 0
    size_bytes_today: int = 0
    founded_today: int = 0

    def turn_to(self, day: str) -> None:
        """Begin to count anew on another day."""
        if self.day != day:
            self.day, self.records_today, self.size_bytes_today, self.founded_today = day, 0, 0, 0

    def add(self, records: int, size_bytes: int) -> None:
        """Count records that came, or that did not after all."""
        self.records += records
        self.size_bytes += size_bytes
        self.records_today = max(self.records_today + records, 0)
        self.size_bytes_today = max(self.size_bytes_today + size_bytes, 0)


class _Purses(Generic[K]):
    """Purses by whose they are; the one used longest ago is forgotten first."""

    def __init__(self, length_max: int) -> None:
        self._length_max = length_max
        self._purses: OrderedDict[K, _Purse] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._purses

    def of(self, key: K) -> _Purse:
        """Return a purse, an empty one where there is none."""
        purse = self._purses.get(key)
        if purse is None:
            purse = self._purses[key] = _Purse()
        self._purses.move_to_end(key)
        while len(self._purses) > self._length_max:
            self._purses.popitem(last=False)
        return purse


class Quotas:
    """Counts what strangers bring, against the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._actors: _Purses[tuple[ActorId, bool]] = _Purses(ACTORS_COUNTED_MAX)
        self._peers: _Purses[NodeId] = _Purses(PEERS_COUNTED_MAX)

    def uncounted(self, actors: Iterable[ActorId]) -> list[ActorId]:
        """Return those of whom it is not known how much they have here: `count` says it."""
        return [actor for actor in dict.fromkeys(actors) if (actor, False) not in self._actors]

    def count(self, actor: ActorId, records: int, size_bytes: int) -> None:
        """Note how many records, of how many bytes, somebody has here."""
        purse = self._actors.of((actor, False))
        purse.records, purse.size_bytes = records, size_bytes

    def take(self, actor: ActorId, kind: str, size_bytes: int, day: str) -> Reason | None:
        """Count a record of a stranger; or return why it is one too many, and count nothing."""
        purse = self._actors.of((actor, kind in UPKEEP_KINDS))
        reason = self._excess(purse, 1, size_bytes, day)
        if reason is None:
            purse.add(1, size_bytes)
        return reason

    def take_all(self, load: Load, node: NodeId | None, day: str) -> bool:
        """Count what a peer brings of strangers together; or return False where some of it may be too much,
        and count nothing."""
        if node is not None and not self._has_room(
            self._peers.of(node), load.records, load.size_bytes, load.founded, day
        ):
            return False
        purses = []
        for key, (records, size_bytes) in load.of_actors.items():
            purse = self._actors.of(key)
            if self._excess(purse, records, size_bytes, day) is not None:
                return False
            purses.append((purse, records, size_bytes))
        for purse, records, size_bytes in purses:
            purse.add(records, size_bytes)
        if node is not None:
            purse = self._peers.of(node)
            purse.add(load.records, load.size_bytes)
            purse.founded_today += load.founded
        return True

    def give_back(self, actor: ActorId, kind: str, size_bytes: int) -> None:
        """Count no longer what was not stored."""
        self._actors.of((actor, kind in UPKEEP_KINDS)).add(-1, -size_bytes)

    def take_from(self, node: NodeId, size_bytes: int, day: str, founds: bool = False) -> bool:
        """Count a stranger's record that a peer brings, which founds an actor or not; or return False, and
        count nothing."""
        purse = self._peers.of(node)
        if not self._has_room(purse, 1, size_bytes, int(founds), day):
            return False
        purse.add(1, size_bytes)
        purse.founded_today += founds
        return True

    def about_one_thing(self, kind: str) -> int:
        """Return how many records of strangers about one thing are taken in; 0 for any number."""
        return self.limits.about_one_thing * (2 if kind in UPKEEP_KINDS else 1)

    def _excess(self, purse: _Purse, records: int, size_bytes: int, day: str) -> Reason | None:
        """Return why so much more is too much for an actor."""
        purse.turn_to(day)
        limits = self.limits
        if _past(purse.records + records, limits.records) or _past(
            purse.size_bytes + size_bytes, limits.size_bytes
        ):
            return Reason.ACTOR_FULL
        if _past(purse.records_today + records, limits.records_today) or _past(
            purse.size_bytes_today + size_bytes, limits.size_bytes_today
        ):
            return Reason.ACTOR_TODAY
        return None

    def _has_room(self, purse: _Purse, records: int, size_bytes: int, founded: int, day: str) -> bool:
        """Whether a peer may bring so much more, so many new actors among it."""
        purse.turn_to(day)
        limits = self.limits
        if _past(purse.records_today + records, limits.peer_records_today) or _past(
            purse.size_bytes_today + size_bytes, limits.peer_bytes_today
        ):
            return False
        return not (founded and _past(purse.founded_today + founded, limits.peer_actors_today))


def _past(amount: int, limit: int) -> bool:
    return bool(limit) and amount > limit
