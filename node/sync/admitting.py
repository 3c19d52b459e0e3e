"""Takes in what a peer brings: verified, at no more than its pace, and on disk before it is acknowledged."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence

from node.log import shown
from node.store.errors import StoreError, StoreFull
from node.store.interface import AddResult, Store
from node.sync.connected import Peer
from node.sync.verifying import Verifier
from protocol.errors import FromTheFuture, ProtocolError
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord
from protocol.session.batch import RecordBatch
from protocol.session.events import Admit, Admitted

log = logging.getLogger(__name__)

# A peer may bring this many seconds' worth of records at once before it is slowed down.
PACE_SLACK_S = 10.0

CLOCK_BEHIND = "a peer's records are dated in the future by this machine's clock: set it, if it is wrong"

QUOTA_REACHED = "the store has reached its quota (store.quota_bytes): raise it, or make room"


class Admission:
    """The way of a peer's records into the store.

    `storage_fault` says why none can be stored at present, `clock_doubt` why this machine's clock may be
    wrong; None where all is well.
    """

    def __init__(
        self, store: Store, verifier: Verifier, has_room: Callable[[], bool], records_per_minute_max: int
    ) -> None:
        self.storage_fault: str | None = None
        self.clock_doubt: str | None = None
        self._store = store
        self._verifier = verifier
        self._has_room = has_room
        self._records_per_minute_max = records_per_minute_max

    async def admit(self, effect: Admit, peer: Peer | None) -> Admitted:
        """Verify and store a batch; return what the machine is to learn of it."""
        who = "one that has gone" if peer is None else peer.secure.node_id.hex()[:12]
        try:
            verdicts = await self._verify(effect.batch)
        except ProtocolError as unopened:
            log.warning("records from node %s: %s: %s", who, unopened.code, shown(unopened))
            return Admitted(effect.ticket, faults=[(None, unopened)])
        if peer is not None:
            await self._pace(peer, len(verdicts))
        records = [verdict for verdict in verdicts if isinstance(verdict, VerifiedRecord)]
        faults = [verdict for verdict in verdicts if isinstance(verdict, ProtocolError)]
        self._note_faults(who, faults)
        told: list[tuple[RecordId | None, ProtocolError]] = [(None, fault) for fault in faults]
        result = await self._add(records)
        if result is None:
            return Admitted(effect.ticket, refused=[record.id for record in records], faults=told)
        new = [*result.new, *result.filled]
        rest = set(new) | set(result.refused)
        known = [record.id for record in records if record.id not in rest]
        return Admitted(effect.ticket, new, known, result.refused, told)

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
        except (StoreError, sqlite3.Error) as error:
            if self.storage_fault != str(error):
                self.storage_fault = str(error)
                log.error("records from peers cannot be stored, and will be asked for again: %s", error)
            return None
        if self.storage_fault is not None:
            self.storage_fault = None
            log.warning("records from peers are stored again")
        return result

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
        elif self.clock_doubt is None:
            self.clock_doubt = CLOCK_BEHIND
            log.warning("%s", CLOCK_BEHIND)
