"""Which records are being fetched, from whom, and from whom next: one table for all peers.

Each record is asked of one peer at a time.  Who else offered it waits, and is asked when that peer denies it,
sends something else, stalls or goes.

While nothing can be stored here, nothing is asked for; what cannot be used yet is not asked for again at once
(`Patience`).  What is passed over meanwhile is found by a reconciliation when it is over.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice
from typing import Any

from protocol.errors import Misbehaviour, Severity
from protocol.identifiers import RecordId
from protocol.limits import LOOKUP_PENDING_MAX_IDS, NEEDED_MAX_IDS
from protocol.session.events import Admitted, Link
from protocol.session.messages import Records
from protocol.session.patience import Patience
from protocol.session.recent import RecentIds
from protocol.session.source import Source, Want
from protocol.session.verdict import Verdict, worst_of

# How long a peer may take over all that is outstanding before others are asked: what the first, small wants
# need on a link of 2 KB/s.
STALL_MS = 30_000

# A peer that has given nothing for this long is not worth its place.
STALL_CLOSE_MS = 120_000

_REMEMBERED_MAX_IDS = 16_384


class Fetching:
    """The table.  Ids go in by `offer`, out as wants by `next_want`, and away once admitted."""

    def __init__(self) -> None:
        self._sources: dict[Link, Source] = {}
        self._asked: dict[RecordId, Link] = {}
        self._in_work: dict[int, tuple[Link, tuple[RecordId, ...]]] = {}
        self._ticket = 0
        self._moved: set[Link] = set()
        # Held for certain: saves looking up what every neighbour announces.
        self.held = RecentIds(_REMEMBERED_MAX_IDS)
        self._tried_twice = RecentIds(_REMEMBERED_MAX_IDS)
        # Held without content: nobody claimed to have it, so nobody is blamed for not having it.
        self._sought = RecentIds(LOOKUP_PENDING_MAX_IDS)
        self._room = Patience()  # with a store that takes nothing

    def add_source(self, link: Link, now_ms: int) -> None:
        """A peer is there."""
        self._sources[link] = Source(progress_ms=now_ms)
        self.offer(link, self._sought)

    def drop_source(self, link: Link) -> None:
        """A peer is gone: others are asked for what it was asked for."""
        source = self._sources.pop(link, None)
        if source is not None:
            for want in source.wants.values():
                self._release(link, want.ids)
            self._moved.discard(link)

    def is_interesting(self, link: Link, identifier: RecordId) -> bool:
        """Whether an announced id may be news: not held, and not denied by this same peer, nor given by it
        for nothing."""
        source = self._sources[link]
        return (
            identifier not in self.held and identifier not in source.denied and identifier not in source.aside
        )

    def is_passed_over(self, link: Link) -> bool:
        """Whether what a peer has is of no interest for now."""
        return self._room.is_resting or self._sources[link].is_passed_over

    def miss(self, link: Link) -> None:
        """Note that something was passed over that only a reconciliation with this peer will find."""
        self._sources[link].missed = True

    def miss_all(self) -> None:
        """Note that of every peer."""
        for source in self._sources.values():
            source.missed = True

    def make_good(self, link: Link) -> bool:
        """Whether a reconciliation is due for what was passed over; true once."""
        source = self._sources[link]
        if not source.missed or self.is_passed_over(link):
            return False
        source.missed = False
        return True

    def offer(self, link: Link, ids: Collection[RecordId]) -> None:
        """Note that a peer has these records, which this node lacks; what has no room is missed."""
        source = self._sources[link]
        if ids and self.is_passed_over(link):
            source.missed = True
            return
        room = NEEDED_MAX_IDS - len(source.offers) - len(source.waiting)
        for identifier in ids:
            if not self.is_interesting(link, identifier) or identifier in source.offers:
                continue
            asked = self._asked.get(identifier)
            if asked == link or identifier in source.waiting:
                continue
            if room <= 0:
                source.missed = True
                return
            room -= 1
            (source.offers if asked is None else source.waiting)[identifier] = None

    def seek(self, ids: Sequence[RecordId]) -> None:
        """Ask every peer, one after the other, for records of which the content is missing."""
        self._sought.add(ids)
        self.held.discard(ids)
        for link, source in self._sources.items():
            source.denied.discard(ids)
            self.offer(link, ids)

    def take_moved(self) -> set[Link]:
        """Return the peers that have come to be asked in another's place since this was last called."""
        moved, self._moved = self._moved, set()
        return moved

    def stored(self, ids: Sequence[RecordId]) -> None:
        """These came another way."""
        self.held.add(ids)
        self._forget(ids)

    def needed(self, link: Link) -> int:
        """Return how many ids are still to be asked of a peer, by what is known now."""
        source = self._sources[link]
        return len(source.offers) + len(source.waiting)

    def is_idle(self, link: Link) -> bool:
        """Whether nothing is asked of this peer, waits to be asked of it, or waits for another to give it."""
        source = self._sources[link]
        return not (source.offers or source.waiting or source.wants or source.in_work)

    def received(self, link: Link) -> int:
        """Return how many records this peer has given."""
        return self._sources[link].received

    def works_on(self, link: Link) -> bool:
        """Whether something that this peer gave is still being admitted; it may have gone since."""
        return any(source == link for source, _ in self._in_work.values())

    def denied(self, link: Link) -> int:
        """Return how many of the records that this peer has shown it has not given, as far as is known."""
        return len(self._sources[link].denied)

    def next_want(self, link: Link, now_ms: int) -> tuple[int, tuple[RecordId, ...]] | None:
        """Return the number and ids of a want to send now, or None."""
        source = self._sources[link]
        if not source.offers or self._room.is_resting:
            return None
        if self._room.is_trying and (self._asked or self._in_work):
            return None  # one want of one peer shows whether there is room again
        if any(want.released for want in source.wants.values()):
            return None  # it has stalled
        outstanding = sum(len(want.ids) for want in source.wants.values())
        size = source.pace.want_size(len(source.wants), outstanding, source.in_work)
        if size == 0:
            return None
        ids: list[RecordId] = []
        passed: list[RecordId] = []
        for identifier in source.offers:
            if identifier in self._asked:
                passed.append(identifier)
            else:
                ids.append(identifier)
                if len(ids) == size:
                    break
        for identifier in passed:
            del source.offers[identifier]
            source.waiting[identifier] = None
        if not ids:
            return None
        for identifier in ids:
            del source.offers[identifier]
        self._asked.update(dict.fromkeys(ids, link))
        if not source.wants:
            source.progress_ms = now_ms
        source.last_number += 1
        want = Want(tuple(ids), now_ms)
        source.wants[source.last_number] = want
        return source.last_number, want.ids

    def answered(self, link: Link, answer: Records, now_ms: int) -> tuple[int, bool]:
        """Take the answer to a want.  Return the ticket under which its batch is to be admitted (0: it is
        empty), and whether the peer denied what it had offered.

        Raises `Misbehaviour` for an answer nobody asked for, or that does not fit its want.
        """
        source = self._sources[link]
        want = source.wants.get(answer.number)
        if want is None:
            raise Misbehaviour(f"records came for want {answer.number}, which is not open")
        count = answer.batch.count
        covered = want.ids[: count + len(answer.not_held)]
        denied = set(answer.not_held)
        given = tuple(identifier for identifier in covered if identifier not in denied)
        if len(given) != count or len(covered) != count + len(denied):
            raise Misbehaviour(f"the answer to want {answer.number} does not fit what was asked")
        del source.wants[answer.number]  # only now: what a dropped peer was asked for, another is
        if want.released:
            self._welcome_late(link, source, given)
        source.progress_ms = now_ms
        source.pace.answered(count, answer.batch.size_bytes, now_ms - want.sent_ms)
        self._take_back(link, source, want.ids[len(covered) :])
        blame = False
        if denied:
            blame = any(identifier not in self._sought for identifier in denied)
            source.denied.add(denied)
            self._release(link, answer.not_held)
        if not given:
            return 0, blame
        self._ticket += 1
        self._in_work[self._ticket] = (link, given)
        source.in_work += 1
        return self._ticket, blame

    def admitted(self, event: Admitted, now_ms: int) -> Verdict | None:
        """Settle what an admission decided; None for a ticket not in work."""
        if event.ticket not in self._in_work:
            return None
        link, expected = self._in_work.pop(event.ticket)
        source = self._sources.get(link)
        left = set(expected)
        told = {*event.new, *event.known, *event.refused, *event.aside}
        strange = not told <= left
        left -= told
        untold = len(left) - len(event.faults)
        if event.no_room:
            self._no_room(event.refused, now_ms)
        else:
            self._settle(link, event)
        if left:
            if source is not None:
                # A harmless fault may be this node's own, and mended later.
                harmless = all(fault.severity is Severity.HARMLESS for fault in event.faults)
                (source.aside if harmless else source.denied).add(left)
            self._release(link, left)
        if source is not None:
            source.in_work -= 1
            source.received += len(expected)
        return Verdict(link, worst_of(event.faults, strange, untold))

    def stalled(self, link: Link, now_ms: int) -> int:
        """Let others be asked for what a peer has been asked for too long ago; return how many ids that
        frees."""
        source = self._sources[link]
        if not source.wants or now_ms - source.progress_ms < STALL_MS:
            return 0
        freed = 0
        for want in source.wants.values():
            if not want.released:
                want.released = True
                freed += len(want.ids)
                self._release(link, want.ids)
                self.offer(link, want.ids)  # it may still be the only one who has them
        return freed

    def is_hopeless(self, link: Link, now_ms: int) -> bool:
        """Whether a peer has left its wants unanswered beyond all patience."""
        source = self._sources[link]
        return bool(source.wants) and now_ms - source.progress_ms >= STALL_CLOSE_MS

    def retry_refused(self, link: Link) -> bool:
        """Offer the refused records once more: what they depend on may have come since.  False where there
        are none."""
        source = self._sources[link]
        if not source.refused:
            return False
        again = list(source.refused)
        source.refused.clear()
        self._tried_twice.add(again)
        self.offer(link, again)
        return True

    def give_another_chance(self, link: Link) -> None:
        """Forget what a peer has denied: it may have it now."""
        self._sources[link].denied.clear()

    def has_come_to_rest(self, link: Link, now_ms: int) -> None:
        """All that a peer has shown was asked for: what could not be used is left for a while."""
        source = self._sources[link]
        if source.aside:
            source.patience.failed(now_ms)
        elif not source.patience.is_resting:
            source.patience.succeeded()

    def check_time(self, now_ms: int) -> None:
        """Ask again for what was left for a while, where that is over."""
        for source in self._sources.values():
            if source.patience.is_over(now_ms):
                source.try_aside_again()
        if self._room.is_over(now_ms):
            self._take_up()

    def ease(self) -> None:
        """What kept records out has gone: ask for all of them."""
        for source in self._sources.values():
            if source.aside:
                source.try_aside_again()
            source.patience.succeeded()
        self._room.succeeded()
        self._take_up()

    def press(self, link: Link) -> None:
        """Somebody wants to see what this peer has now: try whatever was left for a while."""
        source = self._sources[link]
        if source.aside:
            source.try_aside_again()
        source.patience.break_off()
        self._room.break_off()
        self._take_up()

    def _take_up(self) -> None:
        for link in self._sources:
            self.offer(link, self._sought)

    def _no_room(self, ids: Sequence[RecordId], now_ms: int) -> None:
        """Nothing can be stored: ask nobody for anything until it is worth another try."""
        self._forget(ids)
        if self._room.failed(now_ms):
            for source in self._sources.values():
                source.pass_over()

    def _settle(self, link: Link, event: Admitted) -> None:
        source = self._sources.get(link)
        if event.new:
            self._room.succeeded()
        self._forget(event.aside)
        self._forget(event.new)
        self.held.add(event.new)
        if self._sought:
            self._sought.discard(event.new)
        if not event.known and not event.refused:
            return
        unfilled = [i for i in (*event.known, *event.refused) if i in self._sought]
        refused = [i for i in event.refused if i not in self._sought]
        self._forget(i for i in event.known if i not in self._sought)
        self._forget(refused)
        self.held.add(event.known)
        self.held.discard(unfilled)
        if source is not None:
            source.denied.add(unfilled)
            again = (i for i in refused if i not in self._tried_twice)
            source.refused.update(dict.fromkeys(islice(again, NEEDED_MAX_IDS - len(source.refused))))
        self._release(link, unfilled)

    def _forget(self, ids: Iterable[RecordId]) -> None:
        """Nobody needs to be asked for these any more."""
        gone = list(ids)
        tables: list[dict[RecordId, Any]] = [self._asked]
        for source in self._sources.values():
            tables += (source.offers, source.waiting)
        for table in tables:
            if table:
                for identifier in gone:
                    table.pop(identifier, None)

    def _take_back(self, link: Link, source: Source, ids: Sequence[RecordId]) -> None:
        """Ask again, first of all, for what an answer had no room for."""
        again = [identifier for identifier in ids if self._asked.get(identifier) == link]
        if again:
            self._release(link, again)
        if self._room.is_resting:
            source.missed = True
        elif again:
            source.offers = dict.fromkeys(again) | source.offers

    def _welcome_late(self, link: Link, source: Source, ids: Sequence[RecordId]) -> None:
        """A stalled want is answered after all: do not ask for its records a second time."""
        for identifier in ids:
            source.offers.pop(identifier, None)
            source.waiting.pop(identifier, None)
            self._asked.setdefault(identifier, link)

    def _release(self, link: Link, ids: Iterable[RecordId]) -> None:
        """This peer is not counted on for these any more: who else waits with them may be asked."""
        free = [identifier for identifier in ids if self._asked.get(identifier) == link]
        for identifier in free:
            del self._asked[identifier]
        for other, source in self._sources.items():
            if source.waiting:
                for identifier in free:
                    if identifier in source.waiting:
                        del source.waiting[identifier]
                        source.offers[identifier] = None
                        self._moved.add(other)
