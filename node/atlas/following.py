"""Following the store: what changed is looked at again, and with it what depends on it.

Step by step, each in a transaction of its own that also says how far it has come: a process that is killed
goes on where the last one was.  What the steps come to is what drawing everything from nothing would come to.
"""

import sqlite3
from pathlib import Path

from node.atlas.file import meta, set_meta, transaction
from node.atlas.jobs import STEP_LENGTH_MAX, Followed
from node.atlas.looking import Looker
from node.atlas.overlapping import compare
from node.atlas.writing import (
    LATE,
    SOON,
    have_looked_at,
    look_again_at_all_of,
    take_out_all_of,
    take_waiting,
    write_looks,
)
from node.store.view import StoreView
from node.trust.blocks import Blocks
from protocol.identifiers import ActorId, SubjectId

# A step compares as many commons as it would look at, but fewer where there are many others around them.
OTHERS_FOR_EACH = 8


class Follower:
    """Keeps an open atlas in step with a store, seen as its owner's process leaves it."""

    def __init__(self, db: sqlite3.Connection, store: StoreView, home: Path) -> None:
        self._db = db
        self._store = store
        self._home = home
        self._looker = Looker(db, store)

    async def step(
        self, now_ms: int, length: int = STEP_LENGTH_MAX, passing_over: bool = False
    ) -> Followed | None:
        """Do a step (`node.atlas.jobs.Follow`).  None where the store is not in order for now.

        Raises `StoreError`, `sqlite3.Error`, `ConfigError`.
        """
        last = await self._store.last_arrival()
        if not await self._store.in_order():
            return None
        blocks = Blocks.of_home(self._home)
        with transaction(self._db):
            await self._note_blocks(blocks)
            await self._note_lacking()
            subjects = await self._next(now_ms, last, length)
            looks = await self._looker.look(subjects, blocks, now_ms, passing_over)
            write_looks(self._db, looks)
            more = self._is_more(now_ms, last)
            if not more:
                set_meta(self._db, "complete", 1)
            return Followed(
                version=self._number("version"),
                more=more,
                left=max(0, last - self._number("cursor")),
                due_ms=self._due(),
                to_clear=bool(self._number("to_clear")),
            )

    def _number(self, name: str) -> int:
        return int(meta(self._db, name) or 0)

    async def _next(self, now_ms: int, last: int, length: int) -> list[SubjectId]:
        """Return what is to be looked at next, and take note that it is."""
        have_looked_at(
            self._db,
            (
                row[0]
                for row in self._db.execute(
                    "SELECT subject FROM thing WHERE due <= ? LIMIT ?", (now_ms, length)
                ).fetchall()
            ),
        )
        await self._spread(length)
        found = dict.fromkeys(take_waiting(self._db, SOON, length))
        room = length - len(found)
        cursor = self._number("cursor")
        arrivals = [one for one in await self._store.changed_since(cursor, max(room, 1)) if one.seq <= last]
        if arrivals and room:
            found |= dict.fromkeys(one.subject for one in arrivals)
            set_meta(self._db, "cursor", arrivals[-1].seq)
            set_meta(self._db, "cursor_id", arrivals[-1].id)
        if not found and not self._compare(length):
            found = dict.fromkeys(take_waiting(self._db, LATE, length))
        return list(found)

    def _compare(self, length: int) -> bool:
        """Compare some commons with the claims of others; return whether there were any to compare."""
        rows = self._db.execute("SELECT seq, changed FROM comparing LIMIT ?", (length,)).fetchall()
        left = length * OTHERS_FOR_EACH
        for number, has_changed in rows:
            self._db.execute("DELETE FROM comparing WHERE seq = ?", (number,))
            compared = compare(self._db, number, bool(has_changed))
            for changed in compared.changed:
                found = self._db.execute("SELECT subject FROM thing WHERE seq = ?", (changed,)).fetchall()
                have_looked_at(self._db, [row[0] for row in found])
            left -= compared.looked_at
            if left <= 0:
                break
        return bool(rows)

    def _is_more(self, now_ms: int, last: int) -> bool:
        [waits] = self._db.execute(
            "SELECT EXISTS (SELECT 1 FROM waiting) OR EXISTS (SELECT 1 FROM waiting_author)"
            " OR EXISTS (SELECT 1 FROM comparing)"
            " OR EXISTS (SELECT 1 FROM thing WHERE due <= ?)",
            (now_ms,),
        ).fetchone()
        return bool(waits) or self._number("cursor") < last

    def _due(self) -> int | None:
        [due] = self._db.execute("SELECT min(due) FROM thing WHERE due IS NOT NULL").fetchone()
        return None if due is None else int(due)

    async def _spread(self, length: int) -> None:
        """Have some of the things looked at that authors wrote of whom something changed."""
        row = self._db.execute("SELECT actor, after FROM waiting_author LIMIT 1").fetchone()
        if row is None:
            return
        actor, after = row
        written = await self._store.arrivals_by(ActorId(actor), after, length)
        cursor = self._number("cursor")
        have_looked_at(self._db, (one.subject for one in written if one.seq <= cursor))
        if len(written) < length or written[-1].seq > cursor:
            self._db.execute("DELETE FROM waiting_author WHERE actor = ?", (actor,))
        else:
            self._db.execute("UPDATE waiting_author SET after = ? WHERE actor = ?", (written[-1].seq, actor))

    async def _note_lacking(self) -> None:
        """Have things looked at of which a record lost its content's erasure, or got its content back: that
        brings no record."""
        now: dict[int, bytes] = {}
        after = 0
        while page := await self._store.lacking(after):
            now |= {one.seq: one.subject for one in page}
            after = page[-1].seq
        before = dict(self._db.execute("SELECT seq, subject FROM lacking").fetchall())
        if now == before:
            return
        have_looked_at(
            self._db, {subject for seq, subject in (before | now).items() if (seq in now) != (seq in before)}
        )
        self._db.execute("DELETE FROM lacking")
        self._db.executemany("INSERT INTO lacking VALUES (?, ?)", list(now.items()))

    async def _note_blocks(self, blocks: Blocks) -> None:
        """Have everything looked at that the block list hides now and did not, or the other way round."""
        now = {(str(block.target), block.identifier) for block in blocks}
        before = {(row[0], row[1]) for row in self._db.execute("SELECT target, identifier FROM blocked")}
        for target, identifier in now ^ before:
            have_looked_at(self._db, [identifier])
            if target == "actor":
                # At once, for to look at all of it again may take a while.
                take_out_all_of(self._db, ActorId(identifier))
                look_again_at_all_of(self._db, identifier)
            elif target == "record":
                record = await self._store.record(identifier)  # type: ignore[arg-type]
                have_looked_at(self._db, [] if record is None else [record.subject])
        if now != before:
            self._db.execute("DELETE FROM blocked")
            self._db.executemany("INSERT INTO blocked VALUES (?, ?)", sorted(now))
