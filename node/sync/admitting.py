"""Takes in what a peer brings: verified, at no more than its pace, and on disk before it is acknowledged."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from node.log import shown
from node.store.errors import StoreError, StoreFull
from node.store.interface import AddResult, Store
from node.sync.connected import Peer
from node.sync.verifying import Verifier
from node.trust.gate import Gate, Judged
from protocol.channel.identity import NodeId
from protocol.errors import FromTheFuture, ProtocolError
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import RecordBatch
from protocol.session.events import Admit, Admitted, Link, Reconciled

log = logging.getLogger(__name__)

# A peer may bring this many seconds' worth of records at once before it is slowed down.
PACE_SLACK_S = 10.0

CLOCK_BEHIND = "a peer's records are dated in the future by this machine's clock: set it, if it is wrong"

# A clock that moves by more against the time since the start was set, not drifting.
CLOCK_STEP_MIN_S = 60.0

# So much more room is worth another try: one batch of the store's writer.
ROOM_AGAIN_MIN_BYTES = 4 * 1_024 * 1_024

# While nothing more can be remembered of what is set aside, a comparison with a peer may bring all of it up
# again: it is then fetched for so long, and so seldom.
FULL_LOOK_S = 600.0
FULL_PAUSE_S = 3_600.0

QUOTA_REACHED = "the store has reached its quota (store.quota_bytes): raise it, or make room"


class Admission:
    """The way of a peer's records into the store.

    `storage_fault` says why none can be stored at present, `clock_doubt` why this machine's clock may be
    wrong; None where all is well.
    """

    def __init__(
        self,
        store: Store,
        verifier: Verifier,
        has_room: Callable[[], bool],
        room_bytes: Callable[[], int],
        records_per_minute_max: int,
        gate: Gate | None = None,
        on_released: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`has_room`: whether the quota leaves any.  `room_bytes`: what the disk could hold of the store, all
        that it holds now included.  `gate`: what is taken in; without one, everything.  `on_released`: more
        of what was set aside may be asked for."""
        self.storage_fault: str | None = None
        self.clock_doubt: str | None = None
        self._store = store
        self._verifier = verifier
        self._has_room = has_room
        self._room_bytes = room_bytes
        self._records_per_minute_max = records_per_minute_max
        self._gate = gate
        self._on_released = on_released
        self._looked_s: dict[Link, float] = {}
        self._room_least_bytes = 0  # since the fault
        self._clock_doubted: float | None = None  # how it stood against the time since the start, in seconds

    async def admit(self, effect: Admit, peer: Peer | None) -> Admitted:
        """Verify and store a batch; return what the machine is to learn of it."""
        who = "one that has gone" if peer is None else peer.secure.node_id.hex()[:12]
        try:
            verdicts = await self._verify(effect.batch)
        except ProtocolError as unopened:
            log.warning("records from node %s: %s: %s", who, unopened.code, shown(unopened))
            return Admitted(effect.ticket, faults=[unopened])
        if peer is not None:
            await self._pace(peer, len(verdicts))
        records = [verdict for verdict in verdicts if isinstance(verdict, VerifiedRecord)]
        faults = [verdict for verdict in verdicts if isinstance(verdict, ProtocolError)]
        self._note_faults(who, faults)
        judged = await self._judge(records, None if peer is None else peer.secure.node_id)
        result = await self._add(judged.passed)
        if result is None:
            await self._settle(judged.passed, stored=False)
            refused = [record.id for record in judged.passed]
            return Admitted(effect.ticket, (), (), refused, faults, no_room=True, aside=judged.aside)
        await self._settle(judged.passed, stored=True)
        new = [*result.new, *result.filled]
        rest = set(new) | set(result.refused)
        known = [record.id for record in judged.passed if record.id not in rest]
        return Admitted(effect.ticket, new, known, result.refused, faults, aside=judged.aside)

    async def stored(self, records: Sequence[VerifiedRecord]) -> None:
        """Take note of records that came another way than from a peer."""
        if self._gate is not None and await self._gate.came(records):
            await self._released()

    async def not_aside(self, ids: Sequence[RecordId]) -> list[RecordId]:
        """Return those of `ids` that were not set aside."""
        aside = await self._aside(ids)
        return [record_id for record_id in ids if record_id not in aside]

    async def without_aside(self, done: Reconciled) -> Reconciled:
        """Return what a reconciliation brought up without what was set aside: it is neither to be fetched nor
        to be given."""
        if self._gate is None or not (done.need or done.have):
            return done
        if done.need and self._gate.aside.is_full and not self._looks_at_all_of(done.link):
            done = replace(done, need=())
        aside = await self._aside([RecordId(one) for one in (*done.need, *done.have)])
        if not aside:
            return done
        have = [one for one in done.have if one not in aside]
        return replace(done, have=have, need=[one for one in done.need if one not in aside])

    def _looks_at_all_of(self, link: Link) -> bool:
        """Whether what a comparison brings up is fetched while no more of it can be remembered: once an hour
        and link.  What is announced is looked at all the time."""
        now_s = time.monotonic()
        began_s = self._looked_s.get(link)
        if began_s is None or now_s - began_s >= FULL_PAUSE_S:
            self._looked_s = {known: at for known, at in self._looked_s.items() if now_s - at < FULL_PAUSE_S}
            self._looked_s[link] = began_s = now_s
        return now_s - began_s < FULL_LOOK_S

    async def look_again(self) -> None:
        """See whether more may be taken in than when it was last seen."""
        if self._gate is not None and await self._gate.look_again():
            await self._released()

    def has_eased(self, *, wrote: bool = False) -> bool:
        """Whether what kept records out has gone, by all signs; true once.

        `wrote`: records that came another way were stored just now.
        """
        eased = False
        if self._clock_doubted is not None and abs(_clock_s() - self._clock_doubted) > CLOCK_STEP_MIN_S:
            self._clock_doubted = self.clock_doubt = None
            eased = True
            log.warning("the clock was set: records from peers are asked for again")
        if self.storage_fault is not None and self._is_room_again(wrote):
            self._storage_mended()
            eased = True
        return eased

    def _is_room_again(self, wrote: bool) -> bool:
        if self.storage_fault == QUOTA_REACHED:
            return self._has_room()
        room_bytes = self._room_bytes()
        self._room_least_bytes = min(self._room_least_bytes, room_bytes)
        return wrote or room_bytes - self._room_least_bytes >= ROOM_AGAIN_MIN_BYTES

    async def blocks_changed(self) -> None:
        """Read the block list again, and ask for what it kept out and no longer does.  Raises
        `ConfigError`."""
        if self._gate is not None and await self._gate.blocks_changed():
            await self._released()

    async def _judge(self, records: Sequence[VerifiedRecord], node: NodeId | None) -> Judged:
        return Judged(list(records)) if self._gate is None else await self._gate.judge(records, node)

    async def _settle(self, passed: Sequence[VerifiedRecord], *, stored: bool) -> None:
        if self._gate is not None and await self._gate.settle(passed, stored):
            await self._released()

    async def _released(self) -> None:
        if self._on_released is not None:
            await self._on_released()

    async def _aside(self, ids: Sequence[RecordId]) -> set[RecordId]:
        return set() if self._gate is None else await self._gate.aside.among(ids)

    async def _verify(self, batch: RecordBatch) -> list[VerifiedRecord | ProtocolError]:
        return await self._verifier.verify_batch(batch)

    async def _add(self, records: Sequence[VerifiedRecord]) -> AddResult | None:
        """Store records; None where the disk or the quota leaves no room, which is said once."""
        if not records:
            return AddResult()
        try:
            if not self._has_room():
                raise StoreFull(QUOTA_REACHED)
            result = await self._store.add(records)
        except StoreError as error:
            if self.storage_fault is None:
                self._room_least_bytes = self._room_bytes()
            if self.storage_fault != str(error):
                self.storage_fault = str(error)
                log.error("records from peers cannot be stored, and will be asked for again: %s", error)
            return None
        if self.storage_fault is not None and (result.new or result.filled):
            self._storage_mended()
        return result

    def _storage_mended(self) -> None:
        self.storage_fault = None
        log.warning("records from peers are stored again")

    async def _pace(self, peer: Peer, count: int) -> None:
        """Wait until this peer may bring `count` more records: it is slowed down, and nothing is lost."""
        now_s = asyncio.get_running_loop().time()
        # What was not used of the last ten seconds may be used at once.
        peer.paced_until_s = max(peer.paced_until_s, now_s - PACE_SLACK_S)
        peer.paced_until_s += count * 60 / self._records_per_minute_max
        await asyncio.sleep(max(0.0, peer.paced_until_s - now_s))

    def _note_faults(self, who: str, faults: Sequence[ProtocolError]) -> None:
        """Log what was wrong, one line for each kind of fault: a batch can hold hundreds."""
        by_code: dict[str, list[ProtocolError]] = {}
        for fault in faults:
            by_code.setdefault(fault.code, []).append(fault)
        for code, alike in by_code.items():
            log.warning("%d records from node %s: %s: %s", len(alike), who, code, shown(alike[0]))
        if FromTheFuture.code not in by_code:
            self.clock_doubt = None
            return
        if self._clock_doubted is None:
            self._clock_doubted = _clock_s()
        if self.clock_doubt is None:
            self.clock_doubt = CLOCK_BEHIND
            log.warning("%s", CLOCK_BEHIND)


def _clock_s() -> float:
    """Return how the clock stands against one that nobody can set: it changes when the clock is set."""
    return time.time() - time.monotonic()
