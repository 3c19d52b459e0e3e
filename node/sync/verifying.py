"""Verification spread over the cores: envelopes in, verified records and faults out.

    envelopes → all steps but the last (a thread) → signatures (processes of their own) → verified records

A few records are verified in the thread.  For many, the signatures, which take most of the time, go to worker
processes: they start at the first large batch and end after a while of quiet.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from node.sync.signature_worker import ACCEPTED, encode_job
from protocol.errors import BadSignature, ProtocolError
from protocol.record.verification import UnprovenRecord, VerifiedRecord, check_record, verify_record
from protocol.session.batch import RecordBatch, unpack_batch

log = logging.getLogger(__name__)

Verdict = VerifiedRecord | ProtocolError

# Below this, handing signatures to another process costs more than it saves: 32 × 0.1 ms.
SIGNATURES_APART_MIN = 32

# One job keeps a worker busy for some 10 ms: a batch of 256 feeds two workers, and none waits long.
JOB_SIGNATURES_MAX = 128

# A worker takes 25 MB; a node that has heard nothing for so long is idle.
QUIET_BEFORE_ENDING_S = 20.0

# A worker that answers nothing for so long is stuck: 128 signatures take 0.1 s on the slowest board.
ANSWER_MAX_S = 30.0


class Verifier:
    """Verifies records.  `workers` 0 means a worker process for each core this process may use."""

    def __init__(self, workers: int = 0) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        # One: what it runs holds the interpreter lock, and a second would only take turns with it.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="verify")
        self._apart = [_Worker() for _ in range(self.workers)]
        self._quiet: asyncio.TimerHandle | None = None

    async def verify(self, envelopes: Sequence[bytes]) -> list[Verdict]:
        """Return, for each envelope and in order, the verified record or the fault that was found."""
        now_ms = time.time_ns() // 1_000_000
        loop = asyncio.get_running_loop()
        if len(envelopes) < SIGNATURES_APART_MIN:
            return await loop.run_in_executor(self._thread, _verify_all, envelopes, now_ms)
        parts = [
            envelopes[at : at + JOB_SIGNATURES_MAX] for at in range(0, len(envelopes), JOB_SIGNATURES_MAX)
        ]
        done = await asyncio.gather(*(self._verify_part(part, now_ms) for part in parts))
        return [verdict for part in done for verdict in part]

    async def verify_batch(self, batch: RecordBatch) -> list[Verdict]:
        """Unpack a peer's batch and verify what is in it.  Raises `ProtocolError` where it does not open."""
        loop = asyncio.get_running_loop()
        return await self.verify(await loop.run_in_executor(self._thread, unpack_batch, batch))

    async def aclose(self) -> None:
        """Stop the workers; nothing is verified afterwards."""
        if self._quiet is not None:
            self._quiet.cancel()
        await asyncio.gather(*(worker.end() for worker in self._apart))
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _verify_part(self, envelopes: Sequence[bytes], now_ms: int) -> list[Verdict]:
        loop = asyncio.get_running_loop()
        checked, job = await loop.run_in_executor(self._thread, _check_all, envelopes, now_ms)
        worker = min(self._apart, key=lambda each: each.waiting)
        accepted = await worker.check(job, sum(isinstance(c, UnprovenRecord) for c in checked))
        self._end_when_quiet(loop)
        if accepted is None:  # no worker could be had
            return await loop.run_in_executor(self._thread, _verify_all, envelopes, now_ms)
        verdicts = iter(accepted)
        return [
            fault_or_unproven
            if isinstance(fault_or_unproven, ProtocolError)
            else _judged(fault_or_unproven, next(verdicts) == ACCEPTED)
            for fault_or_unproven in checked
        ]

    def _end_when_quiet(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        self._quiet = loop.call_later(QUIET_BEFORE_ENDING_S, self._end_workers)

    def _end_workers(self) -> None:
        for worker in self._apart:
            worker.end_soon()


class _Worker:
    """One process that checks signatures, started when it is first needed."""

    def __init__(self) -> None:
        self.waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    async def check(self, job: bytes, count: int) -> bytes | None:
        """Return a byte for each of the job's `count` signatures; None where the process fails."""
        self.waiting += 1
        try:
            async with self._turn, asyncio.timeout(ANSWER_MAX_S):
                process = self._process or await self._start()
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(job)
                answer, _ = await asyncio.gather(process.stdout.readexactly(count), process.stdin.drain())
                return answer
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            log.warning("signatures are checked in the node's own process: %s", str(error) or "no answer")
            await self.end()
            return None
        finally:
            self.waiting -= 1

    async def end(self) -> None:
        """End the process, if there is one."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()  # it holds nothing that could be lost
        await process.wait()

    def end_soon(self) -> None:
        """End the process unless it is at work."""
        if not self.waiting:
            task = asyncio.create_task(self.end())
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "node.sync.signature_worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C at a terminal goes to the whole group: the node ends its workers itself.
            preexec_fn=_ignore_interrupts,
        )
        return self._process


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _judged(record: UnprovenRecord, accepted: bool) -> Verdict:
    if accepted:
        return record.proven()
    return BadSignature("the signature does not match the signer's key")


def _verify_all(envelopes: Sequence[bytes], now_ms: int) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for envelope in envelopes:
        try:
            verdicts.append(verify_record(envelope, now_ms))
        except ProtocolError as fault:
            verdicts.append(fault)
    return verdicts


def _check_all(envelopes: Sequence[bytes], now_ms: int) -> tuple[list[UnprovenRecord | ProtocolError], bytes]:
    """Return what comes before the signatures of each envelope, and the job of checking those."""
    checked: list[UnprovenRecord | ProtocolError] = []
    for envelope in envelopes:
        try:
            checked.append(check_record(envelope, now_ms))
        except ProtocolError as fault:
            checked.append(fault)
    unproven = [each for each in checked if isinstance(each, UnprovenRecord)]
    return checked, encode_job((each.signer, each.message, each.signature) for each in unproven)
