"""Work that follows from what was committed, in steps short enough to let writers in between.

What is still to be done stands in the file, so a process that ends in the middle of it goes on when it starts
again: things of actors whose state changed, a rebuild, and erased text still in the files.
"""

from collections.abc import Iterable

import aiosqlite

from node.store.changes import PURGE_PENDING, Changes, write_changes
from node.store.derive import Deriver, anchor_of
from node.store.held import forget_remembered, load_groups
from node.store.interface import Progress
from node.store.purging import Purge
from node.store.reconcile_summary import ReconcileSummary
from node.store.schema import DERIVATION_VERSION, DERIVED_CREATE, DERIVED_DROP
from protocol.identifiers import SubjectId

# Subjects folded in one transaction: some tens of milliseconds.
SUBJECTS_PER_STEP = 256

REBUILD_AFTER = "rebuild-after"
DERIVATION = "derivation"


class Background:
    """Knows what is still to be done and does it step by step; every step is its own transaction."""

    def __init__(self, db: aiosqlite.Connection, deriver: Deriver, summary: ReconcileSummary) -> None:
        self._db = db
        self._summary = summary
        self._deriver = deriver
        self._rebuild_after: int | None = None
        self._dirty = False
        self._progress: Progress | None = None
        self._purge_after_rebuild = False
        self.purge = Purge(db)
        self.erased = 0

    async def load(self) -> None:
        """Read what an earlier process left undone."""
        [(dirty,)] = await self._db.execute_fetchall("SELECT EXISTS (SELECT 1 FROM dirty_actor)")
        self._dirty = bool(dirty)
        if await self._meta(PURGE_PENDING) is not None:
            self.purge.begin()
        after = await self._meta(REBUILD_AFTER)
        self._rebuild_after = None if after is None else int(after)

    @property
    def pending(self) -> bool:
        """Whether anything is still to be done."""
        return self.is_deriving or self.purge.pending

    @property
    def is_due(self) -> bool:
        """Whether anything is to be done now."""
        return self.is_deriving or (self.purge.pending and self.purge.due_in_s() == 0)

    @property
    def is_deriving(self) -> bool:
        """Whether lists do not show all that is held, or not as it is."""
        return self._dirty or self._rebuild_after is not None

    def note(self, changes: Changes) -> None:
        """Take note of what a commit leaves to be done."""
        self._dirty = self._dirty or bool(changes.dirty)
        if changes.text_erased:
            self.erased += 1
            self.purge.begin()
            forget_remembered()

    async def start_rebuild(self) -> None:
        """Empty the derived tables and have them derived again; the caller holds the transaction."""
        for statement in (*DERIVED_DROP, *DERIVED_CREATE):
            await self._db.execute(statement)
        await self._summary.rebuild(self._db)
        await self._set_meta(REBUILD_AFTER, "0")
        await self._set_meta(DERIVATION, str(DERIVATION_VERSION))
        # What was erased by an earlier version of this software may have left copies.
        [(erased,)] = await self._db.execute_fetchall(
            "SELECT EXISTS (SELECT 1 FROM tally WHERE name = 'record:erasure')"
        )
        if erased:
            await self._set_meta(PURGE_PENDING, "1")
        self._purge_after_rebuild = bool(erased)

    def rebuild_started(self, progress: Progress | None) -> None:
        """Take note that `start_rebuild` was committed; `progress` hears of every step."""
        self._rebuild_after = 0
        self._progress = progress
        if self._purge_after_rebuild:
            self.purge.begin()

    async def derivation(self) -> int | None:
        """Return the number of the derivation the tables were made by, None in a new file."""
        value = await self._meta(DERIVATION)
        return None if value is None else int(value)

    async def step(self, next_seq: int) -> Changes | None:
        """Do some of the work; the caller holds the transaction.  Return what it changed."""
        if self._rebuild_after is not None:
            return await self._step_rebuild(self._rebuild_after, next_seq)
        if self._dirty:
            return await self._step_dirty(next_seq)
        return None

    async def _step_rebuild(self, after: int, next_seq: int) -> Changes:
        rows = list(
            await self._db.execute_fetchall(
                "SELECT seq, coalesce(subject, id) FROM record WHERE seq > ? ORDER BY seq LIMIT ?",
                (after, SUBJECTS_PER_STEP),
            )
        )
        if not rows:
            await self._db.execute("DELETE FROM meta WHERE name = ?", (REBUILD_AFTER,))
            self._rebuild_after, self._progress = None, None
            return Changes()
        changes = await self._fold((SubjectId(row[1]) for row in rows), next_seq, after)
        await self._set_meta(REBUILD_AFTER, str(rows[-1][0]))
        self._rebuild_after = rows[-1][0]
        if self._progress is not None:
            self._progress(rows[-1][0], next_seq - 1)
        return changes

    async def _step_dirty(self, next_seq: int) -> Changes:
        waiting = list(await self._db.execute_fetchall("SELECT actor, after, upto FROM dirty_actor LIMIT 1"))
        if not waiting:
            self._dirty = False
            return Changes()
        actor, after, upto = waiting[0]
        rows = list(
            await self._db.execute_fetchall(
                "SELECT seq, coalesce(subject, id) FROM record WHERE author = ? AND seq > ? AND seq <= ?"
                " ORDER BY seq LIMIT ?",
                (actor, after, upto, SUBJECTS_PER_STEP),
            )
        )
        if len(rows) < SUBJECTS_PER_STEP:
            await self._db.execute("DELETE FROM dirty_actor WHERE actor = ?", (actor,))
        else:
            await self._db.execute("UPDATE dirty_actor SET after = ? WHERE actor = ?", (rows[-1][0], actor))
        return await self._fold((SubjectId(row[1]) for row in rows), next_seq, after=0)

    async def _fold(self, subjects: Iterable[SubjectId], next_seq: int, after: int) -> Changes:
        """Fold subjects again; those whose number is not above `after` have been done."""
        groups = await load_groups(self._db, dict.fromkeys(subjects))
        groups = {s: group for s, group in groups.items() if anchor_of(group) > after}
        changes = Changes()
        await self._deriver.derive(groups, next_seq, changes)
        await write_changes(self._db, changes)
        return changes

    @property
    def only_purge(self) -> bool:
        """Whether nothing is left but to clear what was erased from the file."""
        return self.purge.pending and not self.is_deriving

    async def _meta(self, name: str) -> bytes | None:
        rows = await self._db.execute_fetchall("SELECT value FROM meta WHERE name = ?", (name,))
        return next((row[0] for row in rows), None)

    async def _set_meta(self, name: str, value: str) -> None:
        await self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
