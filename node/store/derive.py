"""From records to rows: folds subjects, and finds what that changes in the derived tables.

What is indexed of a thing is the text of the version shown and nothing else, so that the text an index
entry was made from can be found again when the entry is to be taken out: the index keeps no copy
(`DERIVATION_VERSION`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import aiosqlite
import msgpack
import msgspec

from node.store.actors import ActorBook, judge
from node.store.bulk import select_in
from node.store.changes import Changes, MentionRow, ThingColumns
from node.store.held import Content, Groups, Held
from node.store.placed import spot_of
from node.store.shown import Effects, Shown, States, shown_alone, shown_of
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds.placing import Placing
from protocol.record.envelope import erased_envelope
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import fold

AUTHOR_ROLE = 1  # wrote the version shown
LINKED_ROLE = 2  # is a steward or party of it

# Seconds have 32 bits, a column 63.
RANK_ID_BITS = 31

# Things folded before others get their turn in the event loop: 5 ms where each is a single record.
FOLDED_AT_ONCE = 256

Links = tuple[tuple[int, int], ...]
"""Numbers of actors with their roles, in order."""

_encode_json = msgspec.json.Encoder(order="deterministic").encode


@dataclass(slots=True)
class Derived:
    """What the folds say of the records themselves, and the numbers of all actors concerned."""

    refused: list[RecordId] = field(default_factory=list)
    filled: list[RecordId] = field(default_factory=list)
    numbers: dict[ActorId, int] = field(default_factory=dict)


class Deriver:
    """Turns groups of records into changes of the derived tables."""

    def __init__(self, db: aiosqlite.Connection, book: ActorBook, next_actor: int) -> None:
        self._db = db
        self._book = book
        self._next_actor = next_actor

    async def derive(self, groups: Groups, next_seq: int, changes: Changes) -> Derived:
        """Fold every group and add what follows to `changes`.

        Records numbered `next_seq` or higher are new.  A new record without content is refused, and taken
        out of its group, unless an erasure of it is effective.  A record that was missing its content and
        comes with it is filled.
        """
        states = await self._states(groups)
        derived = Derived()
        folded: list[tuple[Shown, list[Held]]] = []
        effects: Effects = {}
        any_bare = any(
            held.content is Content.ERASED and _is_bare(held, next_seq)
            for group in groups.values()
            for held in group
        )
        for count, (subject, group) in enumerate(groups.items()):
            if count % FOLDED_AT_ONCE == FOLDED_AT_ONCE - 1:
                await asyncio.sleep(0)
            state = _show(subject, group, states, effects)
            while any_bare and (bare := [held for held in group if _is_unfit(held, next_seq, state)]):
                derived.refused += (held.record.id for held in bare)
                group[:] = [held for held in group if held not in bare]
                state = _show(subject, group, states, effects)
            if group:
                folded.append((state, group))
        derived.numbers = await self._numbers(folded, changes)
        stored = [anchor for _, group in folded if (anchor := anchor_of(group)) < next_seq]
        old, mentioned = await self._old_rows(stored), await self._old_mentions(stored)
        for state, group in folded:
            if group[0].seq >= next_seq and len(group) == 1 and not state.erased:
                _add_first(state, group[0], derived.numbers, changes)
            else:
                derived.filled += _mark_contents(state, group, next_seq, changes)
                _compare(state, group, old, derived.numbers, changes)
                _compare_mentions(state, group, mentioned, changes)
        judged = {actor: state for actor, state in states.items() if SubjectId(actor) in groups}
        changes.states |= judged
        await self._find_dirty(judged, derived.numbers, next_seq, changes)
        return derived

    async def _states(self, groups: Groups) -> States:
        """Return the states of all authors: judged anew where records about them are among the groups."""
        states: dict[ActorId, ActorState | None] = {}
        authors: set[ActorId | None] = set()
        for subject, group in groups.items():
            for held in group:
                header = held.record.header
                authors.add(header.actor)
                if header.kind == "actor" and ActorId(subject) not in states:
                    states[ActorId(subject)] = judge(ActorId(subject), groups)
        return states | await self._book.states(a for a in authors if a is not None and a not in states)

    async def _numbers(self, folded: list[tuple[Shown, list[Held]]], changes: Changes) -> dict[ActorId, int]:
        """Return numbers for all actors that wrote or are named, new ones where they have none."""
        actors: set[ActorId] = set()
        for state, group in folded:
            if state.linked:
                actors |= state.linked
            for held in group:
                actors.add(author_of(held))
        numbers = await self._book.numbers(actors)
        for actor in sorted(actors - numbers.keys()):
            numbers[actor] = changes.numbers[actor] = self._next_actor
            changes.actors.append((self._next_actor, actor))
            self._next_actor += 1
        return numbers

    async def _old_rows(self, anchors: list[int]) -> dict[int, ThingColumns]:
        rows = await select_in(self._db, "SELECT * FROM thing WHERE seq IN (?*)", anchors)
        return {row[0]: ThingColumns(*row) for row in rows}

    async def _old_mentions(self, anchors: list[int]) -> dict[int, set[MentionRow]]:
        sql = "SELECT named, role, thing, record FROM mention WHERE thing IN (?*)"
        rows = await select_in(self._db, sql, anchors)
        found: dict[int, set[MentionRow]] = {}
        for row in rows:
            found.setdefault(row[2], set()).add(MentionRow(*row))
        return found

    async def _find_dirty(
        self, states: States, numbers: dict[ActorId, int], next_seq: int, changes: Changes
    ) -> None:
        """Note which of some actors' states differ from those that the stored things were folded with."""
        judged = {
            numbers[actor]: state.digest
            for actor, state in states.items()
            if actor in numbers and state is not None
        }
        rows = await select_in(self._db, "SELECT seq, digest FROM actor WHERE seq IN (?*)", judged)
        before = dict(rows)
        for number, digest in judged.items():
            if before.get(number) != digest:
                changes.digests.append((digest, number))
                if number in before:
                    changes.dirty.append((number, 0, next_seq - 1))


def author_of(held: Held) -> ActorId:
    """Return who wrote a record: an actor's first record founds its own author."""
    actor = held.record.header.actor
    return ActorId(held.record.id) if actor is None else actor


def anchor_of(group: Sequence[Held]) -> int:
    """Return the number of a thing: that of the first record about it to come."""
    return group[0].seq if len(group) == 1 else min(held.seq for held in group)


def _show(subject: SubjectId, group: list[Held], states: States, effects: Effects) -> Shown:
    if len(group) == 1:
        alone = shown_alone(group[0].record, states, effects)
        if alone is not None:
            return alone
    state = fold(subject, [held.record for held in group], states.get)
    # Only authors are looked up above, and only their things are folded again when a state changes.
    assert state.actors <= states.keys() | {ActorId(subject)}, "a fold depends on an actor who wrote nothing"
    return shown_of(state)


def _is_bare(held: Held, next_seq: int) -> bool:
    return held.seq >= next_seq and held.content is Content.ERASED


def _is_unfit(held: Held, next_seq: int, state: Shown) -> bool:
    return _is_bare(held, next_seq) and held.record.id not in state.erased


def _mark_contents(state: Shown, group: list[Held], next_seq: int, changes: Changes) -> list[RecordId]:
    """Take out what is erased, put back what was missing, tell apart the rest; return what was put back."""
    filled = []
    for held in group:
        erased = held.record.id in state.erased
        if held.seq >= next_seq:
            if erased:
                held.content = Content.ERASED
        elif erased and held.content is Content.WHOLE:
            changes.strip(held.seq, erased_envelope(held.record.envelope))
        elif erased and held.content is Content.MISSING:
            changes.contents.append((Content.ERASED, held.seq))
        elif not erased and held.content is not Content.WHOLE:
            if not held.record.is_erased:
                changes.envelopes.append((held.record.envelope, Content.WHOLE, held.seq))
                filled.append(held.record.id)
            elif held.content is Content.ERASED:
                changes.contents.append((Content.MISSING, held.seq))
    return filled


def _compare(
    state: Shown,
    group: list[Held],
    old_rows: dict[int, ThingColumns],
    numbers: dict[ActorId, int],
    changes: Changes,
) -> None:
    """Add what changes between the stored row of a thing and its state."""
    anchor = anchor_of(group)
    shown = next((held for held in group if held.record.id == state.display), None)
    links = _links(state, shown, numbers)
    placing = _placing_shown(state, shown)
    new = _row(anchor, state, shown, links, placing, group[0].record.subject)
    old = old_rows.get(anchor)
    before = None if old is None else _shown_before(old.display, group)
    old_text = "" if before is None else before.gist.search_text
    if state.search_text != old_text:
        if old_text:
            changes.words_gone.append(("delete", anchor, old_text))
        if state.search_text:
            changes.words.append((anchor, state.search_text))
    if old == new:
        return
    changes.things.append(new)
    if old is not None and before is not None and before.gist.placing is not None:
        changes.placed.take(old.status, before.gist.placing)
    if placing is not None:
        changes.placed.add(new.status, placing)
    if old is None or old.kind != new.kind:
        changes.tally[f"thing:{new.kind}"] += 1
        if old is not None:
            changes.tally[f"thing:{old.kind}"] -= 1
    old_box = old.bbox if old is not None else None
    if state.bbox != old_box:
        if old_box is not None:
            changes.places_gone.append(anchor)
        if state.bbox is not None:
            changes.places.append((anchor, state.bbox))
    if old is not None and old.links != new.links:
        changes.links_gone += ((actor, anchor) for actor, _ in msgpack.unpackb(old.links))
    if old is None or old.links != new.links:
        changes.links += ((actor, anchor, role) for actor, role in links)


def _add_first(state: Shown, held: Held, numbers: dict[ActorId, int], changes: Changes) -> None:
    """Add a thing of which this record is the first to come: `_compare` with nothing there before."""
    shown = held if state.display is not None else None
    links = _links(state, shown, numbers)
    placing = _placing_shown(state, shown)
    changes.things.append(_row(held.seq, state, shown, links, placing, held.record.subject))
    if placing is not None:
        changes.placed.add(state.status, placing)
    changes.tally["thing:" + state.kind] += 1
    if state.search_text:
        changes.words.append((held.seq, state.search_text))
    if state.bbox is not None:
        changes.places.append((held.seq, state.bbox))
    for actor, role in links:
        changes.links.append((actor, held.seq, role))
    if state.mentions:
        changes.mentions += sorted(_mention_rows(state, [held]))


def _compare_mentions(
    state: Shown, group: list[Held], old: dict[int, set[MentionRow]], changes: Changes
) -> None:
    """Add what changes between the stored mentions of a thing and those of its state."""
    before, now = old.get(anchor_of(group), set()), _mention_rows(state, group)
    changes.mentions_gone += sorted(before - now)
    changes.mentions += sorted(now - before)


def _mention_rows(state: Shown, group: list[Held]) -> set[MentionRow]:
    if not state.mentions:
        return set()
    numbers = {held.record.id: held.seq for held in group}
    anchor = anchor_of(group)
    return {MentionRow(m.of, m.role, anchor, numbers[m.record]) for m in state.mentions}


def _row(
    anchor: int,
    state: Shown,
    shown: Held | None,
    links: Links,
    placing: Placing | None,
    subject: SubjectId,
) -> ThingColumns:
    west, south, east, north = state.bbox or (None, None, None, None)
    return ThingColumns(
        anchor,
        state.kind,
        None if shown is None else shown.seq,
        state.status,
        state.voice,
        state.heads,
        _encode_json(state.title).decode(),
        west,
        south,
        east,
        north,
        _pack_links(links),
        rank_of(0 if shown is None else shown.record.time_s, subject),
        _encode_json(state.prospect).decode() if state.prospect else None,
        spot_of(placing),
        " ".join(placing.resources) if placing is not None and placing.resources else None,
    )


def rank_of(seconds: int, subject: SubjectId) -> int:
    """Return the place of a thing in lists, the same on every node: by the time of the version shown, then by
    the first bits of its id.
    """
    return seconds << RANK_ID_BITS | int.from_bytes(subject[:4], "big") >> (32 - RANK_ID_BITS)


def _links(state: Shown, shown: Held | None, numbers: dict[ActorId, int]) -> Links:
    """Return the actors linked to a thing, by their numbers, each with its roles."""
    if not state.linked:
        return () if shown is None else ((numbers[author_of(shown)], AUTHOR_ROLE),)
    roles = {numbers[actor]: LINKED_ROLE for actor in state.linked}
    if shown is not None:
        author = numbers[author_of(shown)]
        roles[author] = roles.get(author, 0) | AUTHOR_ROLE
    return tuple(sorted(roles.items()))


@lru_cache(maxsize=1_024)
def _pack_links(links: Links) -> bytes:
    packed: bytes = msgpack.packb(links)
    return packed


def _placing_shown(state: Shown, shown: Held | None) -> Placing | None:
    """Return where the version shown says that the thing lies."""
    if shown is None or shown.record.is_erased or state.display in state.erased:
        return None
    return shown.record.gist.placing


def _shown_before(display: int | None, group: list[Held]) -> VerifiedRecord | None:
    """Return the record numbered `display` if it was shown with its content."""
    for held in group:
        if held.seq == display and held.content is Content.WHOLE:
            return held.record
    return None
