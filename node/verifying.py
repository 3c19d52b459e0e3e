"""Verification spread over the cores: envelopes in, verified records and faults out.

libsodium runs without Python's lock, so threads verify signatures in parallel; a chunk is large enough that
handing it over costs nothing and small enough that every worker gets some.
"""

import asyncio
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from protocol.errors import ProtocolError
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.session.batch import RecordBatch, unpack_batch

# 32 × 0.2 ms: a worker is busy for some milliseconds, and a batch of 256 still feeds eight cores.
CHUNK_RECORDS = 32


class Verifier:
    """A pool of threads that verify records.  `workers` 0 means one for each core this process may use."""

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="verify")

    async def verify(self, envelopes: Sequence[bytes]) -> list[VerifiedRecord | ProtocolError]:
        """Return, for each envelope and in order, the verified record or the fault that was found."""
        now_ms = time.time_ns() // 1_000_000
        chunks = [envelopes[at : at + CHUNK_RECORDS] for at in range(0, len(envelopes), CHUNK_RECORDS)]
        loop = asyncio.get_running_loop()
        done = await asyncio.gather(
            *(loop.run_in_executor(self._pool, _verify_chunk, chunk, now_ms) for chunk in chunks)
        )
        return [verdict for chunk in done for verdict in chunk]

    async def verify_batch(self, batch: RecordBatch) -> list[VerifiedRecord | ProtocolError]:
        """Unpack a peer's batch and verify what is in it.  Raises `ProtocolError` where it does not open."""
        loop = asyncio.get_running_loop()
        return await self.verify(await loop.run_in_executor(self._pool, unpack_batch, batch))

    def close(self) -> None:
        """Stop the workers; nothing is verified afterwards."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _verify_chunk(envelopes: Sequence[bytes], now_ms: int) -> list[VerifiedRecord | ProtocolError]:
    verdicts: list[VerifiedRecord | ProtocolError] = []
    for envelope in envelopes:
        try:
            verdicts.append(verify_record(envelope, now_ms))
        except ProtocolError as fault:
            verdicts.append(fault)
    return verdicts
