"""What a store's derived tables say, in a form that does not depend on the order in which records came."""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord


def derived_contents(path: Path) -> dict[str, Any]:
    """Return everything derived in a closed store's file, with ids in place of this file's own numbers."""
    db = sqlite3.connect(path)
    subject = {
        seq: bytes(about).hex()
        for seq, about in db.execute("SELECT seq, coalesce(subject, id) FROM record ORDER BY seq")
    }
    own = {seq: bytes(record_id).hex() for seq, record_id in db.execute("SELECT seq, id FROM record")}
    actor = {seq: bytes(actor_id).hex() for seq, actor_id in db.execute("SELECT seq, id FROM actor")}
    db.execute("CREATE VIRTUAL TABLE temp.word USING fts5vocab('main', 'words', 'instance')")
    found = {
        "records": sorted(
            (bytes(i).hex(), s, actor[a], None if u is None else bytes(u).hex(), c, bytes(e).hex())
            for i, s, a, u, c, e in db.execute(
                "SELECT id, seconds, author, subject, content, envelope FROM record"
            )
        ),
        "things": sorted(
            (subject[row[0]], row[1], own.get(row[2]), *row[3:])
            for row in db.execute(
                "SELECT seq, kind, display, status, voice, heads, title, west, south, east, north, prospect,"
                " spot, resources FROM thing"
            )
        ),
        "links": sorted(
            (actor[a], subject[t], roles)
            for a, t, roles in db.execute("SELECT actor, thing, roles FROM link")
        ),
        "mentions": sorted(
            (bytes(n).hex(), role, subject[t], own[r])
            for n, role, t, r in db.execute("SELECT named, role, thing, record FROM mention")
        ),
        "words": sorted((subject[row[0]], row[1]) for row in db.execute("SELECT doc, term FROM temp.word")),
        "places": sorted(
            (subject[row[0] >> 1], row[0] & 1, *row[1:]) for row in db.execute("SELECT * FROM place")
        ),
        "territories": sorted(db.execute("SELECT * FROM territory")),
        "territory names": sorted(db.execute("SELECT * FROM territory_name")),
        "sums": sorted(db.execute("SELECT * FROM spot_sum")),
        # A spot that is empty again stays known: it is a number, and says nothing.
        "spots": sorted(
            db.execute("SELECT * FROM spot WHERE spot IN (SELECT spot FROM thing WHERE kind = 'commons')")
        ),
        "tally": sorted(db.execute("SELECT name, number FROM tally WHERE number != 0")),
        "digests": sorted(
            (actor[seq], digest.hex())
            for seq, digest in db.execute("SELECT seq, digest FROM actor WHERE digest IS NOT NULL")
        ),
        "undone": list(db.execute("SELECT * FROM dirty_actor")),
    }
    db.close()
    return found


def store_in_parts(
    path: Path, parts: Iterable[Sequence[VerifiedRecord]], *, rebuild: bool = False
) -> dict[str, Any]:
    """Add records part by part to a new store; return what it derived from them."""

    async def run() -> None:
        async with await SqliteStore.open(path) as store:
            for part in parts:
                await store.add(part)
            if rebuild:
                await store.rebuild()
            await store.settled()

    asyncio.run(run())
    return derived_contents(path)
