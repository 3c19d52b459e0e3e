"""The gate between what is sound and what is stored: the node's policy, its quotas, its block list.

What does not pass is set aside, by id, and asked for again once it may pass: when its author has come near,
when somebody near has to do with the thing it is about, on the next day, or under other settings.  Nothing
here changes what the records that are held amount to.
"""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from node.settings.table import Settings
from node.store.errors import StoreError
from node.store.interface import Company, Store
from node.trust.aside import FILE_NAME, Aside, Left, Reason
from node.trust.blocks import Blocks
from node.trust.circle import Neighbourhood
from node.trust.policy import Policy, Rule, author_of, names_of
from node.trust.quotas import SHARE_OF_ONE, Limits, Load, Quotas
from protocol.channel.identity import NodeId
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.record.verification import VerifiedRecord
from protocol.state.course import day_of

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Judged:
    """What may be stored, and what is not taken in now; that is remembered as far as there is room."""

    passed: list[VerifiedRecord] = field(default_factory=list)
    aside: list[RecordId] = field(default_factory=list)


class Gate:
    """Judges what peers bring.  `came` is told of everything that is stored, from wherever it came."""

    def __init__(
        self,
        store: Store,
        near: Neighbourhood,
        aside: Aside,
        settings: Settings,
        blocks: Blocks | None = None,
        clock_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.aside = aside
        self.blocks = Blocks() if blocks is None else blocks
        self.policy = Policy(store, near, settings)
        self.quotas = Quotas(Limits.of(settings))
        self.peers_over_quota: set[NodeId] = set()
        """Peers that have brought as much as they may today."""
        self._store = store
        self._clock_ms = clock_ms
        terms = [_terms(settings), asdict(self.quotas.limits), sorted(block.text for block in self.blocks)]
        self._terms = json.dumps(terms, sort_keys=True)
        self._day = ""
        self._turn = asyncio.Lock()
        # Passed and not stored yet: records about each thing, its first one not counted, by author.
        self._on_their_way: dict[SubjectId, Counter[ActorId]] = {}
        self._settled = 0  # how often `settle` was called

    async def open(self) -> None:
        """Let go of what was set aside by other terms than those of today, and of what has come since."""
        if not await self.aside.same_terms(self._terms):
            await self.aside.release_all(list(Reason))
        async for ids in self.aside.all_ids():
            lacking = set(await self._store.unknown(ids))
            await self.aside.forget([one for one in ids if one not in lacking])
        if self.policy.rule is not Rule.OPEN:
            await self.look_again()

    async def judge(self, records: Sequence[VerifiedRecord], node: NodeId | None) -> Judged:
        """Return what becomes of records that a peer brought; they are sound, and new here by all signs."""
        if not records:
            return Judged()
        async with self._turn:
            now_ms = self._clock_ms()
            await self._look(now_ms)
            judged = Judged()
            reasons: dict[RecordId, Reason] = {}
            if len(self.blocks):
                reasons |= (
                    (record.id, Reason.BLOCKED) for record in records if self.blocks.keeps_out(record)
                )
            wanted, unwanted = await self.policy.sort([r for r in records if r.id not in reasons])
            reasons |= dict.fromkeys((record.id for record in unwanted), Reason.POLICY)
            await self._hold_to_quotas(wanted, node, day_of(now_ms), judged, reasons)
            for record in _acts(judged.passed):
                way = self._on_their_way.get(record.subject)
                if way is None:
                    way = self._on_their_way[record.subject] = Counter()
                way[author_of(record)] += 1
        if self.aside.records:
            await self.aside.forget([record.id for record in judged.passed])
        if reasons:
            await self._set_aside([record for record in records if record.id in reasons], reasons, judged)
        return judged

    async def settle(self, passed: Sequence[VerifiedRecord], stored: bool) -> bool:
        """Note that what passed is on disk, or is not; return whether more may be asked for now."""
        self._settled += 1
        for record in _acts(passed):
            way = self._on_their_way.get(record.subject)
            if way is not None:
                way[author_of(record)] -= 1
                if not +way:
                    del self._on_their_way[record.subject]
        for record in () if stored else passed:
            if author_of(record) not in self.policy.listened:
                self.quotas.give_back(author_of(record), record.header.kind, len(record.envelope))
        return await self.came(passed) if stored else False

    async def came(self, records: Sequence[VerifiedRecord]) -> bool:
        """Take note of records that are on disk; return whether more may be asked for now.

        A thing that somebody near began or wrote about is followed from now on, and so is what their records
        name.
        """
        self.policy.forget(records)
        if not self.aside.records:
            return False
        # Once more: a peer's copy may have been set aside while these were on their way.
        await self.aside.forget([record.id for record in records])
        keys: list[bytes] = []
        for record in records:
            if record.header.kind != "actor":
                keys.append(record.subject)
            if author_of(record) in self.policy.listened:
                keys += names_of(record)[0]
        return bool(await self.aside.release(keys, [Reason.POLICY])) or await self.look_again()

    async def blocks_changed(self) -> bool:
        """Read the block list again; return whether more may be asked for now.  Raises `ConfigError`."""
        lifted = self.blocks.load()
        return bool(await self.aside.release(lifted, [Reason.BLOCKED]))

    async def look_again(self) -> bool:
        """Let go of what may pass by now, for the day or for who is near; return whether there was any."""
        async with self._turn:
            return await self._look(self._clock_ms())

    async def _look(self, now_ms: int) -> bool:
        arrived = await self.policy.look(now_ms)
        released = 0
        if arrived:
            waiting = [reason for reason in Reason if reason is not Reason.BLOCKED]
            released += await self.aside.release(arrived, waiting)
        day = day_of(now_ms)
        if day != self._day:
            # At the start too: what was counted of this day is forgotten by then.
            self._day = day
            self.peers_over_quota.clear()
            today = self.quotas.limits.records_today
            released += await self.aside.release_some(Reason.ACTOR_TODAY, today or self.aside.records)
            released += await self.aside.release_all([Reason.PEER_TODAY])
        return released > 0

    async def _hold_to_quotas(
        self,
        records: Sequence[VerifiedRecord],
        node: NodeId | None,
        day: str,
        judged: Judged,
        reasons: dict[RecordId, Reason],
    ) -> None:
        listened = self.policy.listened
        strangers = [r for r in records if author_of(r) not in listened] if listened else records
        load = Load.of(strangers)
        if uncounted := self.quotas.uncounted(actor for actor, _ in load.of_actors):
            for actor, (number, size_bytes) in (await self._store.written(uncounted)).items():
                self.quotas.count(actor, number, size_bytes)
        crowds = await self._crowds(strangers)
        # Nearly always there is room for all of them, and to find that out takes a tenth of the time.
        if not crowds and self.quotas.take_all(load, node, day):
            judged.passed += records
            return
        strange = {record.id for record in strangers}
        for record in records:
            if record.id not in strange:
                judged.passed.append(record)
                continue
            crowd = crowds.get(record.subject)
            reason = None if crowd is None else crowd.take(record)
            actor, size_bytes = author_of(record), len(record.envelope)
            if reason is None:
                reason = self.quotas.take(actor, record.header.kind, size_bytes, day)
            if reason is not None:
                reasons[record.id] = reason
            elif node is not None and not self.quotas.take_from(
                node, size_bytes, day, founds=record.header.actor is None
            ):
                self.quotas.give_back(actor, record.header.kind, size_bytes)
                reasons[record.id] = Reason.PEER_TODAY
                if node not in self.peers_over_quota:
                    self.peers_over_quota.add(node)
                    log.warning("node %s has brought as much as a peer may in a day", node.hex()[:12])
            else:
                judged.passed.append(record)

    async def _crowds(self, strangers: Sequence[VerifiedRecord]) -> dict[SubjectId, "_Crowd"]:
        """Return the things about which so much is held that strangers may not say much more."""
        most = self.quotas.limits.about_one_thing
        if not most:
            return {}
        coming = Counter(record.subject for record in _acts(strangers))
        if not coming:
            return {}
        while True:
            # What is stored while the store is being asked is neither in its answer nor on its way any more.
            settled = self._settled
            held = await self._store.abouts(list(coming))
            companies = {}
            for subject, number in coming.items():
                way = self._on_their_way.get(subject, Counter[ActorId]())
                if number + held.get(subject, 0) + way.total() > most // SHARE_OF_ONE:
                    companies[subject] = await self.policy.company(subject)
            if settled == self._settled:
                return {subject: self._crowd(subject, company) for subject, company in companies.items()}

    def _crowd(self, subject: SubjectId, company: Company) -> "_Crowd":
        way = self._on_their_way.get(subject, Counter[ActorId]())
        kin = {ActorId(subject), *company.linked, *self.policy.listened}
        if company.first is not None:
            kin.add(company.first)
        written = Counter({a: n for a, n in (Counter(company.written) + way).items() if a not in kin})
        return _Crowd(kin, written, written.total(), self.quotas)

    async def _set_aside(
        self, records: Sequence[VerifiedRecord], reasons: dict[RecordId, Reason], judged: Judged
    ) -> None:
        judged.aside += (record.id for record in records)
        try:
            await self.aside.add([_left(record, reasons[record.id]) for record in records])
        except StoreError as error:
            log.error("%s", error)


@asynccontextmanager
async def open_gate(home: Path, store: Store, near: Neighbourhood, settings: Settings) -> AsyncIterator[Gate]:
    """Open the gate of a node, with what its home remembers of records set aside, and its block list.

    Raises `ConfigError`, `StoreError`.
    """
    blocks = Blocks.of_home(home)
    aside = await Aside.open(home / FILE_NAME)
    try:
        gate = Gate(store, near, aside, settings, blocks)
        await gate.open()
        yield gate
    finally:
        await aside.close()


@dataclass(slots=True)
class _Crowd:
    """What strangers have written about one thing; `kin` are those who belong to it, or are near."""

    kin: set[ActorId]
    written: Counter[ActorId]
    total: int
    quotas: Quotas

    def take(self, record: VerifiedRecord) -> Reason | None:
        """Count a record about the thing; or return why it is one too many."""
        author = author_of(record)
        if author in self.kin:
            return None
        most = self.quotas.about_one_thing(record.header.kind)
        if self.total >= most or self.written[author] >= max(most // SHARE_OF_ONE, 1):
            return Reason.THING_FULL
        self.written[author] += 1
        self.total += 1
        return None


def _acts(records: Sequence[VerifiedRecord]) -> list[VerifiedRecord]:
    """Return those that are about a thing which another record has begun."""
    return [record for record in records if record.header.subject is not None]


def _left(record: VerifiedRecord, reason: Reason) -> Left:
    author = author_of(record)
    things, actors = names_of(record)
    keys = [author, record.subject, record.id, *sorted(things), *sorted(actors)]
    return Left(record.id, record.time_s, author, reason, len(record.envelope), keys)


def _terms(settings: Settings) -> list[object]:
    """Return what decides, beside the quotas, what is set aside."""
    return [
        settings.trust_policy,
        settings.trust_within,
        sorted(id_text(actor) for actor in (*settings.trust_invited_actors, *settings.trust_ours)),
    ]
