"""Claims that stand beside a commons: those that meet it on the ground, and those by others with its name.

What is compared, and what is found, follows from the set of things alone: nothing depends on what came first.
Nothing is merged and nothing chosen; what could not be compared is said to be so.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from node.claims.measurer import Measurer, Outline
from node.claims.meeting import Meeting, Relation
from node.claims.names import NameMatch, compare_names, same_territory, words_of
from node.claims.nearness import boxes_meet, widened
from node.store.errors import SearchTooLong
from node.store.interface import PAGE_LENGTH_MAX, Store, ThingRow
from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.record.verification import VerifiedRecord

log = logging.getLogger(__name__)

# Places compared with one: more than there are around any.  Who puts more than these over somebody's land is
# seen to have done that; which of them are compared is the same everywhere, those last signed first.
COMPARED_MAX = 2_000

# Outlines read to compare with one: 40 of the most detailed ones, or all of 2,000 ordinary ones.
OUTLINES_SIZE_MAX_BYTES = 16 * 1_024 * 1_024

# Claims told of one: pages show some, and who wants all of a spammer's can list things by their place.
TOLD_MAX = 200

# Commons for which claims are looked for at once: one process measures for all, the rest are asked for again.
GOING_ON_MAX = 16

# Words of a name that others are looked up by, the longest first; one that more commons hold than a page of a
# list has says nothing of a place, and only what is near is compared by it.
WORDS_LOOKED_UP_MAX = 4
WORD_LENGTH_MIN_CHARS = 3


class Claim(NamedTuple):
    """What is compared of a commons: its version shown, with its names and its box."""

    subject: SubjectId
    display: RecordId | None
    title: Mapping[str, str]
    bbox: BoundingBox | None


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """A claim that stands beside another: `meeting` where they meet, `name` where they are called alike.

    `author` is who signed the version shown, and `same_author` whether that is who signed the first, too.
    """

    row: ThingRow
    author: ActorId
    same_author: bool
    meeting: Meeting | None
    name: NameMatch


@dataclass(frozen=True, slots=True)
class Beside:
    """The claims beside one, those that have most in common with it first.

    `author` is who signed the version shown of that one; None where nothing of it is shown.  `untold`: there
    are more than are told of; `not_all`: there were more than are compared.
    """

    claims: tuple[OtherClaim, ...]
    author: ActorId | None
    untold: bool
    not_all: bool


NOTHING_BESIDE = Beside((), None, untold=False, not_all=False)


class ClaimFinder:
    """Finds claims in a store.  End it with `aclose`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._measurer = Measurer()
        self._going_on: dict[RecordId, asyncio.Task[Beside]] = {}

    async def aclose(self) -> None:
        """End what it has started."""
        tasks = list(self._going_on.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._measurer.aclose()

    async def beside_within(self, claim: Claim, wait_s: float) -> Beside | None:
        """Return the claims beside one, None where that takes longer: it goes on, for whoever asks again.

        Raises what `beside` raises.
        """
        if claim.display is None:
            return NOTHING_BESIDE
        task = self._going_on.get(claim.display)
        if task is None:
            if len(self._going_on) >= GOING_ON_MAX:
                return None
            task = asyncio.create_task(self.beside(claim))
            self._going_on[claim.display] = task
            task.add_done_callback(lambda done: self._ended(claim.display, done))
        done, _ = await asyncio.wait({task}, timeout=wait_s)
        return task.result() if done else None

    def _ended(self, display: RecordId | None, task: asyncio.Task[Beside]) -> None:
        if display is not None:
            self._going_on.pop(display, None)
        if not task.cancelled() and task.exception() is not None:
            log.info("claims beside a commons could not be looked for: %s", task.exception())

    async def beside(self, claim: Claim, *, only_after: bool = False) -> Beside:
        """Return the claims beside one; `only_after` leaves out those whose id is less.

        Raises `StoreError`, or `SearchTooLong` where looking for them would keep others waiting.
        """
        if claim.display is None:
            return NOTHING_BESIDE
        near, not_all = await self._near(claim)
        found = near | await self._called_alike(claim)
        rows = [
            row
            for row in found.values()
            if row.subject != claim.subject and not (only_after and row.subject < claim.subject)
        ]
        meetings, unread = await self._meetings(claim, rows)
        alike = {row.subject: compare_names(claim.title, row.title) for row in rows}
        told = [row for row in rows if row.subject in meetings or alike[row.subject]]
        told.sort(key=lambda row: _order(row, meetings.get(row.subject), alike[row.subject]))
        claims: list[OtherClaim] = []
        mine = await self._shown(claim.display)
        author = None if mine is None else mine.header.actor
        for row in told:
            if len(claims) == TOLD_MAX:
                return Beside(tuple(claims), author, untold=True, not_all=not_all or unread)
            theirs = await self._shown(row.display)
            if mine is None or theirs is None or theirs.header.actor is None:
                continue
            same_author = author == theirs.header.actor
            name = alike[row.subject]
            if same_author or not (row.subject in near or _of_one_place(mine, theirs, name)):
                name = NameMatch.DIFFERENT
            if row.subject in meetings or name:
                meeting = meetings.get(row.subject)
                claims.append(OtherClaim(row, theirs.header.actor, same_author, meeting, name))
        return Beside(tuple(claims), author, untold=False, not_all=not_all or unread)

    async def pairs(self) -> AsyncIterator[tuple[ThingRow, Beside]]:
        """Yield every commons with the claims beside it whose ids follow its own: each pair once."""
        after: str | None = ""
        while after is not None:
            page = await self._store.things(kind="commons", limit=PAGE_LENGTH_MAX, after=after)
            for row in page.rows:
                yield row, await self.beside(claim_of(row), only_after=True)
            after = page.after

    async def _near(self, claim: Claim) -> tuple[dict[SubjectId, ThingRow], bool]:
        """Return the commons around one, and whether there were more."""
        found: dict[SubjectId, ThingRow] = {}
        if claim.bbox is None:
            return found, False
        after: str | None = ""
        box = widened(claim.bbox)
        while after is not None and len(found) < COMPARED_MAX:
            page = await self._store.things(kind="commons", bbox=box, limit=PAGE_LENGTH_MAX, after=after)
            found |= {row.subject: row for row in page.rows}
            after = page.after
        return found, after is not None

    async def _called_alike(self, claim: Claim) -> dict[SubjectId, ThingRow]:
        """Return the commons that hold a telling word of the names of one."""
        found: dict[SubjectId, ThingRow] = {}
        words = {word for name in claim.title.values() for word in words_of(name)}
        telling = sorted((-len(word), word) for word in words if len(word) >= WORD_LENGTH_MIN_CHARS)
        for _, word in telling[:WORDS_LOOKED_UP_MAX]:
            try:
                page = await self._store.things(kind="commons", text=word, limit=PAGE_LENGTH_MAX)
            except SearchTooLong:
                continue  # too many hold it
            if page.after is None:
                found |= {row.subject: row for row in page.rows}
        return found

    async def _meetings(
        self, claim: Claim, rows: Iterable[ThingRow]
    ) -> tuple[dict[SubjectId, Meeting], bool]:
        """Return how others meet a claim on the ground, and whether some could not be looked at."""
        if claim.bbox is None or claim.display is None:
            return {}, False
        meeting = [row for row in rows if row.bbox is not None and boxes_meet(claim.bbox, row.bbox)]
        outlines = await self._outlines([claim.display, *(row.display for row in meeting if row.display)])
        one, by_id = outlines.pop(claim.display, None), {row.display: row.subject for row in meeting}
        if one is None:
            return {}, False
        others: list[Outline] = list(outlines.items())
        measured = await self._measurer.measure((claim.display, one), others) if others else []
        found = {
            by_id[other]: how for (other, _), how in zip(others, measured, strict=True) if how is not None
        }
        return found, len(others) < len(meeting)

    async def _outlines(self, displayed: Sequence[RecordId]) -> dict[RecordId, bytes]:
        return dict(await self._store.envelopes(displayed, OUTLINES_SIZE_MAX_BYTES))

    async def _shown(self, display: RecordId | None) -> VerifiedRecord | None:
        return None if display is None else await self._store.record(display)


def claim_of(row: ThingRow) -> Claim:
    """Return what is compared of a commons in a list."""
    return Claim(row.subject, row.display, row.title, row.bbox)


def _of_one_place(mine: VerifiedRecord, theirs: VerifiedRecord, name: NameMatch) -> bool:
    """Whether two that are called alike and are not near one another may still be one place."""
    one, other = mine.content, theirs.content
    if same_territory(getattr(one, "territory", ()), getattr(other, "territory", ())):
        return True
    # Where one of them does not say where it is, its whole name is all there is.
    return name is NameMatch.SAME and (mine.header.bbox is None or theirs.header.bbox is None)


def _order(row: ThingRow, meeting: Meeting | None, name: NameMatch) -> tuple[float, float, int, bytes]:
    if meeting is None:
        return 1.0, 0.0, -name, row.subject
    most = 1.0 if meeting.relation is Relation.UNMEASURED else max(meeting.share, meeting.other_share)
    return -round(most, 6), -round(meeting.square_metres or 0.0), -name, row.subject
