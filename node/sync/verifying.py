"""Verification spread over the cores: envelopes in, verified records and faults out.

A few records are verified in a thread.  Many, and peers' batches of many, go to worker processes: they
start at the first large batch and end after a while of quiet.
"""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from node.sync.verifying_process import LENGTH_SIZE_BYTES, Verdict, decode_answer, encode_job, verify_all
from protocol.session.batch import RecordBatch, unpack_batch

log = logging.getLogger(__name__)

# Below this, handing records to another process costs more than it saves: 32 × 0.2 ms.
APART_MIN_RECORDS = 32

# One job keeps a worker busy for some 30 ms: 256 records feed two workers, and none waits long.
JOB_LENGTH_MAX_RECORDS = 128

# A worker takes 25 MB; a node that has heard nothing for so long is idle.
QUIET_BEFORE_ENDING_S = 20.0

# A worker that answers nothing for so long is stuck: 512 records take 1 s on the slowest board.
ANSWER_MAX_S = 60.0

# A pipe holds 64 KB unless it is told otherwise: an answer would wake the node five times.
PIPE_SIZE_BYTES = 1_048_576


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
        if len(envelopes) < APART_MIN_RECORDS:
            return await self._verify_here(envelopes, _now_ms())
        parts = [
            envelopes[at : at + JOB_LENGTH_MAX_RECORDS]
            for at in range(0, len(envelopes), JOB_LENGTH_MAX_RECORDS)
        ]
        done = await asyncio.gather(*(self._verify_apart(part, None) for part in parts))
        return [verdict for part in done for verdict in part]

    async def verify_batch(self, batch: RecordBatch) -> list[Verdict]:
        """Unpack a peer's batch and verify what is in it.  Raises `ProtocolError` where it does not open."""
        if batch.count >= APART_MIN_RECORDS:
            return await self._verify_apart((), batch)
        return await self._verify_here(await self._unpack(batch), _now_ms())

    async def aclose(self) -> None:
        """Stop the workers; nothing is verified afterwards."""
        if self._quiet is not None:
            self._quiet.cancel()
        await asyncio.gather(*(worker.end() for worker in self._apart))
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _verify_apart(self, envelopes: Sequence[bytes], batch: RecordBatch | None) -> list[Verdict]:
        now_ms = _now_ms()
        worker = min(self._apart, key=lambda each: each.waiting)
        answer = await worker.answer(encode_job(envelopes, batch, now_ms))
        self._end_when_quiet(asyncio.get_running_loop())
        if answer is not None:
            return decode_answer(answer)
        # No worker could be had.
        return await self._verify_here(envelopes if batch is None else await self._unpack(batch), now_ms)

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


class _Worker:
    """One process that verifies records, started when it is first needed."""

    def __init__(self) -> None:
        self.waiting = 0
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    async def answer(self, job: bytes) -> bytes | None:
        """Return the answer to a job; None where the process fails."""
        self.waiting += 1
        try:
            async with self._turn, asyncio.timeout(ANSWER_MAX_S):
                process = self._process or await self._start()
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(job)
                head, _ = await asyncio.gather(
                    process.stdout.readexactly(LENGTH_SIZE_BYTES), process.stdin.drain()
                )
                return await process.stdout.readexactly(int.from_bytes(head))
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            log.warning("records are verified in the node's own process: %s", str(error) or "no answer")
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
            *("-m", "node.sync.verifying_process"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C at a terminal goes to the whole group: the node ends its workers itself.
            preexec_fn=_ignore_interrupts,
            pipesize=PIPE_SIZE_BYTES,
            limit=PIPE_SIZE_BYTES,
        )
        return self._process


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
