"""What one transaction writes, gathered first and written in as few statements as there are tables."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import aiosqlite

from node.store.bulk import insert_rows, select_in
from node.store.held import Content
from node.store.placed import PlacedChanges, write_placed
from node.store.search import place_rows
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId
from protocol.state.authority import ActorState


class RecordRow(NamedTuple):
    """A row of `record`."""

    seq: int
    id: bytes
    seconds: int
    author: int
    subject: bytes | None
    content: int
    envelope: bytes


class MentionRow(NamedTuple):
    """A row of `mention`."""

    named: bytes
    role: int
    thing: int
    record: int


class ThingColumns(NamedTuple):
    """A row of `thing`."""

    seq: int
    kind: str
    display: int | None
    status: str
    voice: str
    heads: int
    title: str
    west: int | None
    south: int | None
    east: int | None
    north: int | None
    links: bytes
    rank: int
    prospect: str | None
    spot: int | None
    resources: str | None

    @property
    def bbox(self) -> BoundingBox | None:
        """The box of the version shown."""
        if self.west is None or self.south is None or self.east is None or self.north is None:
            return None
        return BoundingBox(self.west, self.south, self.east, self.north)


@dataclass(slots=True)
class Changes:
    """Rows to write, by table; what to remember once they are committed comes last."""

    records: list[RecordRow] = field(default_factory=list)
    envelopes: list[tuple[bytes, int, int]] = field(default_factory=list)  # envelope, content, seq
    contents: list[tuple[int, int]] = field(default_factory=list)  # content, seq
    things: list[ThingColumns] = field(default_factory=list)
    words_gone: list[tuple[str, int, str]] = field(default_factory=list)  # 'delete', thing, text
    words: list[tuple[int, str]] = field(default_factory=list)
    places_gone: list[int] = field(default_factory=list)
    places: list[tuple[int, BoundingBox]] = field(default_factory=list)
    links_gone: list[tuple[int, int]] = field(default_factory=list)  # actor, thing
    links: list[tuple[int, int, int]] = field(default_factory=list)
    mentions_gone: list[MentionRow] = field(default_factory=list)
    mentions: list[MentionRow] = field(default_factory=list)
    placed: PlacedChanges = field(default_factory=PlacedChanges)
    actors: list[tuple[int, bytes]] = field(default_factory=list)
    digests: list[tuple[bytes, int]] = field(default_factory=list)
    dirty: list[tuple[int, int, int]] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    text_erased: bool = False
    states: dict[ActorId, ActorState | None] = field(default_factory=dict)
    numbers: dict[ActorId, int] = field(default_factory=dict)

    def strip(self, seq: int, envelope: bytes) -> None:
        """Have a stored record's content taken out."""
        self.envelopes.append((envelope, Content.ERASED, seq))
        self.text_erased = True


# What is still to be done after a commit, kept in `meta` so that it outlives the process.
PURGE_PENDING = "purge-pending"


async def write_changes(db: aiosqlite.Connection, changes: Changes) -> None:
    """Write all rows; the caller holds the transaction."""
    await insert_rows(db, "INSERT INTO actor (seq, id)", changes.actors)
    await insert_rows(db, "INSERT INTO record", changes.records)
    await _count_written(db, changes.records)
    if changes.envelopes:
        await db.executemany("UPDATE record SET envelope = ?, content = ? WHERE seq = ?", changes.envelopes)
    if changes.contents:
        await db.executemany("UPDATE record SET content = ? WHERE seq = ?", changes.contents)
    if changes.digests:
        await db.executemany("UPDATE actor SET digest = ? WHERE seq = ?", changes.digests)
    await insert_rows(db, "INSERT OR REPLACE INTO dirty_actor", changes.dirty)
    await _write_things(db, changes)
    if changes.tally:
        await db.executemany(
            "INSERT INTO tally VALUES (?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number",
            sorted(changes.tally.items()),
        )
    if changes.text_erased:
        await db.execute("INSERT OR REPLACE INTO meta VALUES (?, x'01')", (PURGE_PENDING,))


async def _count_written(db: aiosqlite.Connection, records: Iterable[RecordRow]) -> None:
    """Add up what came of each author; what is erased later came all the same."""
    came: dict[int, tuple[int, int]] = {}
    for record in records:
        count, size_bytes = came.get(record.author, (0, 0))
        came[record.author] = count + 1, size_bytes + len(record.envelope)
    if came:
        await db.executemany(
            "INSERT INTO written VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
            " SET records = records + excluded.records, bytes = bytes + excluded.bytes",
            [(author, count, size_bytes) for author, (count, size_bytes) in came.items()],
        )


async def _write_things(db: aiosqlite.Connection, changes: Changes) -> None:
    await insert_rows(db, "INSERT OR REPLACE INTO thing", changes.things)
    await insert_rows(db, "INSERT INTO words (words, rowid, text)", changes.words_gone)
    await insert_rows(db, "INSERT INTO words (rowid, text)", changes.words)
    if changes.places_gone:
        numbers = [2 * thing + part for thing in changes.places_gone for part in (0, 1)]
        await select_in(db, "DELETE FROM place WHERE id IN (?*)", numbers)
    await insert_rows(db, "INSERT INTO place", place_rows(changes.places))
    if changes.links_gone:
        await db.executemany("DELETE FROM link WHERE actor = ? AND thing = ?", changes.links_gone)
    await insert_rows(db, "INSERT INTO link", changes.links)
    if changes.mentions_gone:
        await db.executemany(
            "DELETE FROM mention WHERE named = ? AND role = ? AND thing = ? AND record = ?",
            changes.mentions_gone,
        )
    await insert_rows(db, "INSERT INTO mention", changes.mentions)
    await write_placed(db, changes.placed)
