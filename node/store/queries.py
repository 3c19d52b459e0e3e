"""Reading: every query of the store, over the connection that only reads."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from typing import Any

from node.present import present_status
from node.store.actors import load_states
from node.store.bulk import select_in, select_rows
from node.store.connection import ReadingConnection
from node.store.derive import AUTHOR_ROLE, LINKED_ROLE, anchor_of
from node.store.held import Content, load_groups, restore
from node.store.interface import PAGE_LENGTH_MAX, Arrival, Counts, NamedBy, ThingPage, ThingRow
from node.store.search import match_expression, parts_of
from node.store.thing_rows import MAY_HAVE_STATUS, THING_COLUMNS, THING_JOINS, page_mark, row_at
from protocol.errors import Malformed
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ID_SIZE_BYTES, ID_TEXT_LENGTH, ActorId, RecordId, SubjectId
from protocol.keys import PublicKey
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState, fold
from protocol.state.mentions import VERSION_ROLES, Role

# Kinds named in counts: ours and other people's; a stranger can make up any number of them.
KINDS_COUNTED_MAX = 64

# Up to so many places in a box are put in order; where there are more, things are read in order and tried
# one by one.
PLACES_SORTED_MAX = 20_000

# Rows read at once while streaming: some 256 KB.
STREAM_STEP_RECORDS = 256

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"

_VERSION_ROLES = ", ".join(str(int(role)) for role in VERSION_ROLES)

_SMALL_ENVELOPE_MAX_BYTES = 4_096
_SIZES_AND_SMALL_ENVELOPES = (
    "SELECT id, length(envelope),"
    f" CASE WHEN length(envelope) <= {_SMALL_ENVELOPE_MAX_BYTES} THEN envelope END"
    " FROM record WHERE id IN (?*)"
)


class Reader:
    """Answers questions from the last commit.  Every one of them may raise `StoreError`."""

    def __init__(self, db: ReadingConnection) -> None:
        self._db = db

    @property
    def db(self) -> ReadingConnection:
        """The connection, for questions that are asked elsewhere."""
        return self._db

    async def _rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return await select_rows(self._db, sql, parameters)

    async def unknown(self, ids: Sequence[RecordId]) -> list[RecordId]:
        """See `Store.unknown`."""
        sql = f"SELECT id FROM record WHERE id IN (?*) AND content != {Content.MISSING:d}"
        held = {row[0] for row in await select_in(self._db, sql, ids)}
        return [record_id for record_id in ids if record_id not in held]

    async def envelopes(self, ids: Sequence[RecordId], size_max_bytes: int) -> list[tuple[RecordId, bytes]]:
        """See `Store.envelopes`."""
        answer: list[tuple[RecordId, bytes]] = []
        size_bytes = 0
        for start in range(0, len(ids), STREAM_STEP_RECORDS):
            part = ids[start : start + STREAM_STEP_RECORDS]
            # Large ones are read once they are known to fit: 256 of the largest would be 128 MB.
            rows = await select_in(self._db, _SIZES_AND_SMALL_ENVELOPES, part)
            sizes = {record_id: size for record_id, size, _ in rows}
            found = {record_id: envelope for record_id, _, envelope in rows}
            wanted: list[RecordId] = []
            full = False
            for record_id in part:
                size = sizes.get(record_id)
                if size is None:
                    continue
                if (answer or wanted) and size_bytes + size > size_max_bytes:
                    full = True
                    break
                size_bytes += size
                wanted.append(record_id)
            large = [record_id for record_id in wanted if found[record_id] is None]
            found |= await select_in(self._db, "SELECT id, envelope FROM record WHERE id IN (?*)", large)
            answer += ((record_id, found[record_id]) for record_id in wanted)
            if full:
                break
        return answer

    async def last_arrival(self) -> int:
        """See `Store.last_arrival`."""
        [(seq,)] = await self._rows("SELECT coalesce(max(seq), 0) FROM record")
        return int(seq)

    async def arrived_by(self, ids: Sequence[RecordId], seq: int) -> set[RecordId]:
        """See `Store.arrived_by`."""
        rows = await select_in(self._db, "SELECT id, seq FROM record WHERE id IN (?*)", ids)
        return {record_id for record_id, arrived in rows if arrived <= seq}

    async def record(self, record_id: RecordId) -> VerifiedRecord | None:
        """See `Store.record`."""
        rows = await self._rows("SELECT envelope FROM record WHERE id = ?", (record_id,))
        return restore(record_id, rows[0][0]) if rows else None

    async def find_ids(self, text_prefix: str, limit: int) -> list[RecordId]:
        """See `Store.find_ids`."""
        low, high = prefix_bounds(text_prefix)
        rows = await self._rows(
            "SELECT id FROM record WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?",
            (low, high, min(limit, PAGE_LENGTH_MAX)),
        )
        return [RecordId(row[0]) for row in rows]

    async def records_of(self, subject: SubjectId) -> list[VerifiedRecord]:
        """See `Store.records_of`."""
        groups = await load_groups(self._db, [subject])
        return sorted((held.record for held in groups[subject]), key=lambda record: record.id)

    async def actor(self, actor: ActorId) -> ActorState | None:
        """See `Store.actor`."""
        return (await load_states(self._db, [actor]))[actor]

    async def signed_by(self, actor: ActorId, key: PublicKey) -> list[VerifiedRecord]:
        """See `Store.signed_by`."""
        found: list[VerifiedRecord] = []
        seq = 0
        while rows := await self._rows(
            "SELECT seq, id, envelope FROM record WHERE author = (SELECT seq FROM actor WHERE id = ?)"
            " AND seq > ? AND instr(envelope, ?) ORDER BY seq LIMIT ?",
            (actor, seq, key, STREAM_STEP_RECORDS),
        ):
            for _, record_id, envelope in rows:
                record = restore(RecordId(record_id), envelope)
                if record.header.signer == key:
                    found.append(record)
            seq = rows[-1][0]
        return found

    async def actors_listing(self, key: PublicKey) -> list[ActorId]:
        """See `Store.actors_listing`."""
        rows = await self._rows(
            f"SELECT coalesce(a.subject, a.id), d.id, d.envelope FROM thing t{THING_JOINS}"
            " WHERE t.kind = 'actor' AND instr(d.envelope, ?) ORDER BY t.seq",
            (key,),
        )
        shown = [
            (ActorId(actor), restore(RecordId(record_id), envelope)) for actor, record_id, envelope in rows
        ]
        return [actor for actor, record in shown if any(entry.key == key for entry in record.content.keys)]

    async def thing(self, subject: SubjectId) -> ThingState | None:
        """See `Store.thing`."""
        records = await self.records_of(subject)
        if not records:
            return None
        authors = {record.header.actor for record in records}
        states = await load_states(self._db, [author for author in authors if author is not None])
        return fold(subject, records, states.get)

    async def folded(self, subjects: Sequence[SubjectId]) -> list[tuple[int, ThingState]]:
        """See `Store.folded`."""
        groups = await load_groups(self._db, dict.fromkeys(subjects))
        authors = {
            held.record.header.actor
            for group in groups.values()
            for held in group
            if held.record.header.actor is not None
        }
        states = await load_states(self._db, authors)
        return [
            (anchor_of(group), fold(subject, [held.record for held in group], states.get))
            for subject, group in groups.items()
            if group
        ]

    async def things(
        self,
        kind: str | None,
        text: str | None,
        bbox: BoundingBox | None,
        author: ActorId | None,
        linked: ActorId | None,
        status: str | None,
        now_ms: int | None,
        limit: int,
        after: str,
    ) -> ThingPage:
        """See `Store.things`."""
        limit = max(1, min(limit, PAGE_LENGTH_MAX))
        source, order = "thing t", "t.rank DESC, t.seq DESC"
        where = ["(t.rank, t.seq) < (?, ?)"]
        bound: list[Any] = [*page_mark(after)]
        if text is not None:
            expression = match_expression(text)
            if expression is None:
                return ThingPage([], None)
            # In the order of the index: sorting a million hits for a common word would take seconds.
            source, order = "words w CROSS JOIN thing t ON t.seq = w.rowid", "w.rowid"
            where, bound = (
                ["w.words MATCH ?", "w.rowid > ?"],
                [expression, page_mark(after)[1] if after else 0],
            )
        for actor, role in ((author, AUTHOR_ROLE), (linked, LINKED_ROLE)):
            if actor is not None:
                where.append(
                    "t.seq IN (SELECT l.thing FROM link l JOIN actor ON actor.seq = l.actor"
                    f" WHERE actor.id = ? AND l.roles & {role:d})"
                )
                bound.append(actor)
        if kind is not None:
            # Only a list by kind alone is read by that index; elsewhere it would lose the order.
            where.append("t.kind = ?" if source == "thing t" and bbox is None else "+t.kind = ?")
            bound.append(kind)
        if bbox is not None:
            condition, values = await self._box_condition(bbox, sorting=text is None)
            where.append(condition)
            bound += values
        if status is not None:
            where.append("t.status = ?" if now_ms is None else MAY_HAVE_STATUS)
            bound += [status] if now_ms is None else [now_ms, status, status]
        rows = await self._rows(
            f"SELECT {THING_COLUMNS}, t.rank FROM {source}{THING_JOINS} WHERE {' AND '.join(where)}"
            f" ORDER BY {order} LIMIT ?",
            [*bound, limit + 1],
        )
        page = [await self._row_at(row, now_ms) for *row, _ in rows[:limit]]
        after = f"{rows[limit - 1][-1]}.{page[-1].seq}" if len(rows) > limit else ""
        return ThingPage([row for row in page if status in (None, row.status)], after or None)

    async def _row_at(self, columns: Sequence[Any], now_ms: int | None) -> ThingRow:
        row, told = row_at(columns, now_ms)
        if told or now_ms is None:
            return row
        thing = await self.thing(row.subject)
        return row if thing is None else replace(row, status=present_status(thing, now_ms))

    async def naming(self, kind: str, named: bytes, limit: int, now_ms: int | None) -> list[ThingRow]:
        """See `Store.naming`."""
        rows = await self._rows(
            f"SELECT DISTINCT {THING_COLUMNS}, d.seconds FROM mention m"
            f" CROSS JOIN thing t ON t.seq = m.thing{THING_JOINS}"
            f" WHERE m.named = ? AND t.kind = ? AND m.role IN ({_VERSION_ROLES})"
            " ORDER BY d.seconds DESC, d.id LIMIT ?",
            (named, kind, min(limit, PAGE_LENGTH_MAX)),
        )
        return [await self._row_at(row, now_ms) for *row, _ in rows]

    async def mentions(self, of: bytes, roles: Collection[Role], limit: int) -> list[NamedBy]:
        """See `Store.mentions`."""
        numbers = sorted(int(role) for role in roles)
        rows = await self._rows(
            "SELECT m.role, r.id, coalesce(a.subject, a.id), t.kind FROM mention m"
            " CROSS JOIN thing t ON t.seq = m.thing CROSS JOIN record a ON a.seq = m.thing"
            " CROSS JOIN record r ON r.seq = m.record"
            f" WHERE m.named = ? AND m.role IN ({', '.join('?' * len(numbers))})"
            " ORDER BY r.seconds DESC, r.id, m.role LIMIT ?",
            (of, *numbers, min(limit, PAGE_LENGTH_MAX)),
        )
        return [NamedBy(Role(role), RecordId(rid), SubjectId(about), kind) for role, rid, about, kind in rows]

    async def _box_condition(self, bbox: BoundingBox, sorting: bool) -> tuple[str, list[int]]:
        """Return SQL for things whose box meets `bbox`, by the spatial index where that is quicker."""
        values = [
            value for west, east, south, north in parts_of(bbox) for value in (east, west, north, south)
        ]
        inside = " OR ".join(["(west <= ? AND east >= ? AND south <= ? AND north >= ?)"] * (len(values) // 4))
        found = " UNION ALL ".join(
            ["SELECT id >> 1 FROM place WHERE west <= ? AND east >= ? AND south <= ? AND north >= ?"]
            * (len(values) // 4)
        )
        if sorting:
            [(count,)] = await self._rows(
                f"SELECT count(*) FROM (SELECT 1 FROM ({found}) LIMIT {PLACES_SORTED_MAX + 1})", values
            )
            if count <= PLACES_SORTED_MAX:
                return f"t.seq IN ({found})", values
        # A box across the antimeridian meets another unless the other lies in the gap between its two edges.
        crossing = inside.replace("west <= ? AND east >= ?", "(west <= ? OR east >= ?)")
        return f"((t.west <= t.east AND ({inside})) OR (t.west > t.east AND ({crossing})))", values * 2

    async def counts(self) -> Counts:
        """See `Store.counts`."""
        rows = await self._rows("SELECT name, number FROM tally WHERE number > 0 ORDER BY number DESC, name")
        records = {name.removeprefix("record:"): n for name, n in rows if name.startswith("record:")}
        things = {name.removeprefix("thing:"): n for name, n in rows if name.startswith("thing:")}
        return Counts(
            sum(records.values()),
            dict(list(records.items())[:KINDS_COUNTED_MAX]),
            dict(list(things.items())[:KINDS_COUNTED_MAX]),
        )

    async def changed_since(self, seq: int, limit: int) -> list[Arrival]:
        """See `Store.changed_since`."""
        return await self._arrivals("seq > ?", [seq], limit)

    async def arrivals_by(self, actor: ActorId, seq: int, limit: int) -> list[Arrival]:
        """See `Store.arrivals_by`."""
        where = "author = (SELECT a.seq FROM actor a WHERE a.id = ?) AND seq > ?"
        return await self._arrivals(where, [actor, seq], limit)

    async def lacking(self, seq: int, limit: int) -> list[Arrival]:
        """See `Store.lacking`."""
        return await self._arrivals("content = 2 AND seq > ?", [seq], limit)

    async def _arrivals(self, where: str, bound: list[Any], limit: int) -> list[Arrival]:
        rows = await self._rows(
            f"SELECT seq, id, coalesce(subject, id) FROM record WHERE {where} ORDER BY seq LIMIT ?",
            [*bound, min(limit, PAGE_LENGTH_MAX)],
        )
        return [Arrival(row[0], RecordId(row[1]), SubjectId(row[2])) for row in rows]

    async def missing_content(self, limit: int) -> list[RecordId]:
        """See `Store.missing_content`."""
        rows = await self._rows(
            "SELECT id FROM record WHERE content = 2 LIMIT ?", (min(limit, PAGE_LENGTH_MAX),)
        )
        return [RecordId(row[0]) for row in rows]

    async def all_records(self) -> AsyncIterator[tuple[RecordId, bytes]]:
        """See `Store.all_records`."""
        seq = 0
        while rows := await self._rows(
            "SELECT seq, id, envelope FROM record WHERE seq > ? ORDER BY seq LIMIT ?",
            (seq, STREAM_STEP_RECORDS),
        ):
            for _, record_id, envelope in rows:
                yield RecordId(record_id), envelope
            seq = rows[-1][0]

    async def meta(self, name: str) -> bytes | None:
        """See `Store.meta`."""
        rows = await self._rows("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    async def peers(self) -> dict[str, bytes]:
        """See `Store.load_peers`."""
        return dict(await self._rows("SELECT name, value FROM peer ORDER BY name"))


def prefix_bounds(text_prefix: str) -> tuple[bytes, bytes]:
    """Return the lowest and the highest id whose text starts with `text_prefix`.  Raises `Malformed`."""
    text = text_prefix.strip().lower()
    if len(text) > ID_TEXT_LENGTH or any(symbol not in _BASE32 for symbol in text):
        raise Malformed("an id is written with the letters a–z and the digits 2–7")
    # 52 symbols of 5 bits are 260: the last 4 are not part of the id.
    spare = ID_TEXT_LENGTH * 5 - ID_SIZE_BYTES * 8
    number = 0
    for symbol in text:
        number = number << 5 | _BASE32.index(symbol)
    open_bits = (ID_TEXT_LENGTH - len(text)) * 5
    low = (number << open_bits) >> spare
    high = ((number + 1) << open_bits) - 1 >> spare
    return low.to_bytes(ID_SIZE_BYTES), high.to_bytes(ID_SIZE_BYTES)
