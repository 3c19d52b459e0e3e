"""What the rest of a node asks of a store: small, so that another engine can stand behind it.

A store holds a set of verified records that only grows, and shows what the records amount to.  Everything
but the records is derived from them and can be rebuilt.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import PublicKey
from protocol.kinds.placing import Step, TerritoryId
from protocol.reconcile.items import ItemSet
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState
from protocol.state.mentions import Role
from protocol.state.territories import Figures, Sum

Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are in all."""

# Every municipality of a large nation at once: 3 MB.
PARTS_LENGTH_MAX = 20_000

# A page of a list; the web face shows 50, an export asks for the most it can get.
PAGE_LENGTH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class AddResult:
    """What became of added records, once they are on disk.

    `new` were not held before; `known` counts those that were; `filled` were held without their content and
    have it now; `refused` came without content although nobody has effectively erased it.
    """

    new: list[RecordId] = field(default_factory=list)
    known: int = 0
    filled: list[RecordId] = field(default_factory=list)
    refused: list[RecordId] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ThingRow:
    """A thing as lists show it.  `status` is that of the moment which was asked for; without one, what does
    not depend on the moment.

    `seq` is this node's own number for the thing: it means nothing elsewhere.
    """

    seq: int
    subject: SubjectId
    kind: str
    title: Mapping[str, str]
    status: str
    voice: str
    heads: int
    display: RecordId | None
    bbox: BoundingBox | None


@dataclass(frozen=True, slots=True)
class NamedBy:
    """A record that names something, in which role, and the thing that record is about."""

    role: Role
    record: RecordId
    subject: SubjectId
    kind: str  # of the thing


@dataclass(frozen=True, slots=True)
class Company:
    """Who has to do with a thing: who began it, whom its version shown links or names, whose records name
    it, which ids it names, and how many records about it each actor has written."""

    first: ActorId | None
    linked: frozenset[ActorId]
    named_by: frozenset[ActorId]
    names: frozenset[bytes]
    written: Mapping[ActorId, int]

    @property
    def is_held(self) -> bool:
        """Whether any record about it is."""
        return self.first is not None or bool(self.written)


@dataclass(frozen=True, slots=True)
class ThingPage:
    """Some things, and what to pass as `after` for the next page; None on the last."""

    rows: list[ThingRow]
    after: str | None


@dataclass(frozen=True, slots=True)
class TerritoryRow:
    """A territory: `step` is how it is known (None for all and for none), `around` what it lies in, and what
    both are called most often; as a part of another, its commons and how many pacts are in force there.
    """

    id: TerritoryId
    around: TerritoryId
    step: Step | None
    title: Mapping[str, str]
    around_title: Mapping[str, str] = field(default_factory=dict)
    commons: Sum = field(default_factory=Sum)
    in_force: int = 0


@dataclass(frozen=True, slots=True)
class TerritoryView:
    """What a territory comes to: those `around` it (the largest last), its `parts`, those of most commons
    first, and what to pass as `after` for more of them; `namesakes` may be the same territory or another.
    """

    row: TerritoryRow
    around: list[TerritoryRow]
    figures: Figures
    parts: list[TerritoryRow]
    after: int | None
    namesakes: list[TerritoryRow]
    documented_by: list[ThingRow]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record in the order in which this node came to hold it; `seq` grows and is never used twice."""

    seq: int
    id: RecordId
    subject: SubjectId


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is held: records in all, and records and things by kind (the most frequent kinds)."""

    records: int
    records_by_kind: Mapping[str, int]
    things_by_kind: Mapping[str, int]


class ReconcileItems(ItemSet, Protocol):
    """The stored set as reconciliation asks for it: for a worker thread, within `snapshot`."""

    def snapshot(self) -> AbstractContextManager["ReconcileItems"]:
        """Hold the set still: what is asked within is of one moment.  Raises `StoreError`."""

    def close(self) -> None:
        """Let go of it, once nobody is within `snapshot`."""


class Store(Protocol):
    """A set of verified records on disk, with what is derived from them."""

    async def add(self, records: Iterable[VerifiedRecord]) -> AddResult:
        """Store records; return once they are on disk.

        Raises `StoreFull` or `StoreError`: then some of the records may be stored, none is acknowledged, and
        adding them again is safe.  A cancelled call may still store its records.
        """

    async def unknown(self, ids: Sequence[RecordId]) -> list[RecordId]:
        """Return those of `ids` that are not held, or lack content that nobody erased, in their order."""

    async def envelopes(self, ids: Sequence[RecordId], size_max_bytes: int) -> list[tuple[RecordId, bytes]]:
        """Return the stored bytes of `ids` that are held, in their order, until `size_max_bytes` are full.

        The first is returned whatever its size.
        """

    async def last_arrival(self) -> int:
        """Return the number of the record that came last, 0 where none did."""

    async def arrived_by(self, ids: Sequence[RecordId], seq: int) -> set[RecordId]:
        """Return those of `ids` that were held when the record numbered `seq` had come."""

    async def record(self, record_id: RecordId) -> VerifiedRecord | None:
        """Return one record, None where it is not held."""

    async def find_ids(self, text_prefix: str, limit: int = 16) -> list[RecordId]:
        """Return held ids whose text starts with `text_prefix`.  Raises `Malformed` for other symbols."""

    async def records_of(self, subject: SubjectId) -> list[VerifiedRecord]:
        """Return every held record about a subject, in the order of their ids."""

    async def actor(self, actor: ActorId) -> ActorState | None:
        """Return the judged state of an actor, None where no record about it is held."""

    async def signed_by(self, actor: ActorId, key: PublicKey) -> list[VerifiedRecord]:
        """Return every held record that `key` signed in the name of `actor`, oldest arrival first."""

    async def actors_listing(self, key: PublicKey) -> list[ActorId]:
        """Return the actors whose version shown lists `key`, oldest arrival first."""

    async def things(
        self,
        *,
        kind: str | None = None,
        text: str | None = None,
        bbox: BoundingBox | None = None,
        author: ActorId | None = None,
        linked: ActorId | None = None,
        status: str | None = None,
        now_ms: int | None = None,
        limit: int = 50,
        after: str = "",
    ) -> ThingPage:
        """Return a page of the things for which all that is given holds: what was said last comes first, in
        the same order on every node; of a search by text, what came here first.

        `text`: every word begins a word of the version shown, accents and case aside.  `bbox`: the boxes
        meet.  `author`: who wrote the version shown.  `linked`: a steward or party that it names.  `status`:
        it stands there.  `now_ms`, by this node's clock: all is as of this moment.  A page may be short of
        things, and yet not the last.
        Raises `SearchTooLong` where it would keep others waiting for too long.
        """

    async def pacts_about(
        self, commons: SubjectId, limit: int = 50, now_ms: int | None = None
    ) -> list[ThingRow]:
        """Return the pacts whose version shown names a commons, that of the newest version first."""

    async def mentions(self, of: bytes, roles: Collection[Role], limit: int = 50) -> list[NamedBy]:
        """Return what names a thing or an actor in one of `roles`, the record of the latest time first."""

    async def company(self, subject: SubjectId) -> Company:
        """Return who has to do with a thing, which need not be held."""

    async def concerned(self, subjects: Sequence[SubjectId]) -> set[SubjectId]:
        """Return those of some things that a record held here begins, is about, or names."""

    async def abouts(self, subjects: Sequence[SubjectId]) -> dict[SubjectId, int]:
        """Return how many records about each of some things are held, their first ones not counted."""

    async def authors(self, records: Sequence[RecordId]) -> dict[RecordId, ActorId]:
        """Return who wrote each of some records that are held."""

    async def written(self, actors: Sequence[ActorId]) -> dict[ActorId, tuple[int, int]]:
        """Return how many records, of how many bytes as they came, each of some actors has written."""

    async def naming(
        self, kind: str, named: bytes, limit: int = 50, now_ms: int | None = None
    ) -> list[ThingRow]:
        """Return the things of a kind whose version shown names a thing or an actor, the newest first.

        As the commons of a pact, in an option or on the roll of a motion, on a seat of a body: in one of the
        `VERSION_ROLES`.
        """

    async def territory(
        self, territory: TerritoryId, now_ms: int, limit: int = 50, after: int = 0
    ) -> TerritoryView | None:
        """Return what a territory comes to at a moment, `EVERYWHERE` and `NOWHERE` too, with `limit` of its
        parts (at most `PARTS_LENGTH_MAX`); None where nothing names it.  Raises `SearchTooLong`.
        """

    async def territories_called(self, names: Iterable[str], limit: int = 50) -> list[TerritoryRow]:
        """Return the territories that are given one of these names, or known by one of these words (a folded
        name, a code); those that most things name first.
        """

    async def territories_with_id(self, text_prefix: str, limit: int = 16) -> list[TerritoryRow]:
        """Return the territories whose id's text starts so.  Raises `Malformed` for other symbols."""

    async def things_in(
        self, territory: TerritoryId, now_ms: int, limit: int = 50, after: str = ""
    ) -> ThingPage:
        """Return a page of the commons that lie in a territory, in the order of `things`.

        Raises `SearchTooLong`.
        """

    async def thing(self, subject: SubjectId) -> ThingState | None:
        """Return a thing folded afresh from its records, None where none is held."""

    async def folded(self, subjects: Sequence[SubjectId]) -> list[tuple[int, ThingState]]:
        """Return those of some things of which a record is held, folded afresh, each with its number."""

    async def arrivals_by(self, actor: ActorId, seq: int, limit: int = PAGE_LENGTH_MAX) -> list[Arrival]:
        """Return records that an actor wrote and that came to be held after number `seq`, oldest first."""

    async def lacking(self, seq: int, limit: int = PAGE_LENGTH_MAX) -> list[Arrival]:
        """Return records above number `seq` that are held without their content although its erasure has no
        effect (any more), oldest first."""

    async def counts(self) -> Counts:
        """Return how much is held, without counting it."""

    async def changed_since(self, seq: int, limit: int = PAGE_LENGTH_MAX) -> list[Arrival]:
        """Return records that came to be held after number `seq`, oldest first."""

    async def missing_content(self, limit: int = PAGE_LENGTH_MAX) -> list[RecordId]:
        """Return records held without their content although its erasure has no effect (any more)."""

    def all_records(self) -> AsyncIterator[tuple[RecordId, bytes]]:
        """Yield every held record's id and envelope, in the order in which they came."""

    def items(self) -> ReconcileItems:
        """Open the set as reconciliation asks for it; the caller closes it.  Raises `StoreError`."""

    async def rebuild(self, progress: Progress | None = None) -> None:
        """Throw away everything derived and derive it again."""

    async def settled(self) -> None:
        """Wait until what is derived agrees with the records, and erased content is gone from the files.

        Raises `StoreError` where that work cannot go on, for want of room say.
        """

    async def is_rebuilding(self) -> bool:
        """Whether what is derived is being made anew, so that lists do not show all that is held."""

    async def is_clearing(self) -> bool:
        """Whether copies of something erased may still stand in unused parts of the files."""

    async def backup(self, target: Path) -> None:
        """Write a complete copy to a new file while the store goes on working.  Raises `StoreError`."""

    async def check(self, progress: Progress | None = None) -> list[str]:
        """Check the files and verify every record again; return one sentence for each thing that is wrong."""

    async def meta(self, name: str) -> bytes | None:
        """Return a value kept under a name, None where there is none.

        What is kept so is true of this store and not of a backup of it, which goes without.
        """

    async def set_meta(self, name: str, value: bytes | None) -> None:
        """Keep a value under a name; None takes it away."""

    async def load_peers(self) -> dict[str, bytes]:
        """Return what `save_peers` kept."""

    async def save_peers(self, rows: Mapping[str, bytes]) -> None:
        """Keep what is known of peers, in place of what was kept before."""

    async def close(self) -> None:
        """Finish what was accepted and close the files."""
