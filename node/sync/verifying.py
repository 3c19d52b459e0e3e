"""Verification spread over the cores: envelopes in, verified records and faults out.

A few records are verified in a thread.  Many, or large ones, and peers' batches of them, go to worker
processes: they start at the first large batch and end after a while of quiet.
"""

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from node.job_process import JobFailed, JobProcess
from node.sync.verifying_process import Verdict, decode_answer, encode_job, verify_all
from protocol.session.batch import RecordBatch, unpack_batch

log = logging.getLogger(__name__)

# Below this, handing records to another process costs more than it saves: 32 × 0.2 ms.
APART_MIN_RECORDS = 32

# Few can be much: a megabyte of empty arrays, a kilobyte on the wire, would take the node a second.
APART_MIN_BYTES = 65_536

# One job keeps a worker busy for some 30 ms: 256 records feed two workers, and none waits long.
JOB_LENGTH_MAX_RECORDS = 128

# A worker takes 25 MB; a node that has heard nothing for so long is idle.
QUIET_BEFORE_ENDING_S = 20.0


class Verifier:
    """Verifies records.  `workers` 0 means a worker process for each core this process may use."""

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        # One: what it runs holds the interpreter lock, and a second would only take turns with it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="verify")
        self._apart = [JobProcess("node.sync.verifying_process") for _ in range(self.workers)]
        self._quiet: asyncio.TimerHandle | None = None

    async def verify(self, envelopes: Sequence[bytes]) -> list[Verdict]:
        """Return, for each envelope and in order, the verified record or the fault that was found."""
        if not _is_much(len(envelopes), sum(map(len, envelopes))):
            return await self._verify_here(envelopes, _now_ms())
        parts = [
            envelopes[at : at + JOB_LENGTH_MAX_RECORDS]
            for at in range(0, len(envelopes), JOB_LENGTH_MAX_RECORDS)
        ]
        done = await asyncio.gather(*(self._verify_apart(part, None) for part in parts))
        return [verdict for part in done for verdict in part]

    async def verify_batch(self, batch: RecordBatch) -> list[Verdict]:
        """Unpack a peer's batch and verify what is in it.  Raises `ProtocolError` where it does not open."""
        if _is_much(batch.count, batch.size_bytes):
            return await self._verify_apart((), batch)
        return await self._verify_here(await self._unpack(batch), _now_ms())

    async def get_ready(self) -> None:
        """Start the workers for what is to be expected: their first batch then finds them waiting."""
        nothing = encode_job((), None, _now_ms())
        with contextlib.suppress(JobFailed):  # the first batch will say so
            await asyncio.gather(*(worker.answer(nothing) for worker in self._apart))
        self._end_when_quiet(asyncio.get_running_loop())

    async def aclose(self) -> None:
        """Stop the workers; nothing is verified afterwards."""
        if self._quiet is not None:
            self._quiet.cancel()
        await asyncio.gather(*(worker.end() for worker in self._apart))
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _verify_apart(self, envelopes: Sequence[bytes], batch: RecordBatch | None) -> list[Verdict]:
        now_ms = _now_ms()
        worker = min(self._apart, key=lambda each: each.waiting)
        try:
            answer = await worker.answer(encode_job(envelopes, batch, now_ms))
            verdicts = decode_answer(answer)
            if len(verdicts) != (len(envelopes) if batch is None else batch.count):
                raise JobFailed("it answered something else")
        except (JobFailed, ValueError, LookupError) as failed:
            # An answer that makes no sense comes from a program that was replaced while the node runs.
            log.warning("records are verified in the node's own process: %s", failed)
            return await self._verify_here(envelopes if batch is None else await self._unpack(batch), now_ms)
        finally:
            self._end_when_quiet(asyncio.get_running_loop())
        return verdicts

    async def _verify_here(self, envelopes: Sequence[bytes], now_ms: int) -> list[Verdict]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, verify_all, envelopes, now_ms)

    async def _unpack(self, batch: RecordBatch) -> list[bytes]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, unpack_batch, batch)

    def _end_when_quiet(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = loop.call_later(QUIET_BEFORE_ENDING_S, self._end_workers)

    def _end_workers(self) -> None:
        for worker in self._apart:
            worker.end_soon()


def _is_much(count: int, size_bytes: int) -> bool:
    return count >= APART_MIN_RECORDS or size_bytes >= APART_MIN_BYTES


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
