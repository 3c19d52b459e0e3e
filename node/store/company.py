"""Who has to do with a thing, and how much actors have written: what decides whether a node takes more in."""

from collections.abc import Sequence
from typing import Any

from node.store.bulk import select_in, select_rows
from node.store.connection import ReadingConnection
from node.store.derive import LINKED_ROLE
from node.store.interface import Company
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.state.mentions import Role

# Whoever is named as one of these belongs to what names them, as its stewards do.
_NAMED_ROLES = f"({Role.SEAT:d}, {Role.VOTER:d})"

# Records that name one thing, and ids that one thing names, looked at: more than any register has of one.
NAMING_READ_MAX = 1_024


async def company_of(db: ReadingConnection, subject: SubjectId) -> Company:
    """See `Store.company`."""
    begun = await _actors(
        db,
        "SELECT a.id FROM record r JOIN actor a ON a.seq = r.author WHERE r.id = ? AND r.subject IS NULL",
        subject,
    )
    written = await select_rows(
        db,
        "SELECT a.id, count(*) FROM record r JOIN actor a ON a.seq = r.author WHERE r.subject = ?"
        " GROUP BY r.author",
        (subject,),
    )
    anchor = (
        "(SELECT min(seq) FROM (SELECT min(seq) AS seq FROM record WHERE subject = ?"
        " UNION ALL SELECT seq FROM record WHERE id = ? AND subject IS NULL))"
    )
    linked = await _actors(
        db,
        f"SELECT a.id FROM link l JOIN actor a ON a.seq = l.actor WHERE l.thing = {anchor}"
        f" AND l.roles & {LINKED_ROLE:d}",
        subject,
        subject,
    )
    named = await select_rows(
        db,
        f"SELECT named, role IN {_NAMED_ROLES} FROM mention WHERE thing = {anchor} LIMIT {NAMING_READ_MAX}",
        (subject, subject),
    )
    named_by = await _actors(
        db,
        "SELECT DISTINCT a.id FROM (SELECT record FROM mention WHERE named = ?"
        f" LIMIT {NAMING_READ_MAX}) m JOIN record r ON r.seq = m.record JOIN actor a ON a.seq = r.author",
        subject,
    )
    return Company(
        first=next(iter(begun), None),
        linked=linked | {ActorId(of) for of, belongs in named if belongs},
        named_by=named_by,
        names=frozenset(of for of, _ in named),
        written={ActorId(actor): count for actor, count in written},
    )


async def concerned(db: ReadingConnection, ids: Sequence[SubjectId]) -> set[SubjectId]:
    """See `Store.concerned`."""
    found: set[SubjectId] = set()
    for sql in (
        "SELECT id FROM record WHERE id IN (?*) AND subject IS NULL",
        "SELECT DISTINCT subject FROM record WHERE subject IN (?*)",
        "SELECT DISTINCT named FROM mention WHERE named IN (?*)",
    ):
        found |= {SubjectId(row[0]) for row in await select_in(db, sql, ids)}
    return found


async def abouts_of(db: ReadingConnection, subjects: Sequence[SubjectId]) -> dict[SubjectId, int]:
    """See `Store.abouts`."""
    sql = "SELECT subject, count(*) FROM record WHERE subject IN (?*) GROUP BY subject"
    return {SubjectId(subject): count for subject, count in await select_in(db, sql, subjects)}


async def authors_of(db: ReadingConnection, records: Sequence[RecordId]) -> dict[RecordId, ActorId]:
    """See `Store.authors`."""
    sql = "SELECT r.id, a.id FROM record r JOIN actor a ON a.seq = r.author WHERE r.id IN (?*)"
    return {RecordId(record): ActorId(actor) for record, actor in await select_in(db, sql, records)}


async def written_by(db: ReadingConnection, actors: Sequence[ActorId]) -> dict[ActorId, tuple[int, int]]:
    """See `Store.written`."""
    sql = "SELECT a.id, w.records, w.bytes FROM actor a JOIN written w ON w.author = a.seq WHERE a.id IN (?*)"
    found = {ActorId(actor): (count, size) for actor, count, size in await select_in(db, sql, actors)}
    return {actor: found.get(actor, (0, 0)) for actor in actors}


async def _actors(db: ReadingConnection, sql: str, *parameters: Any) -> frozenset[ActorId]:
    return frozenset(ActorId(row[0]) for row in await select_rows(db, sql, parameters))
