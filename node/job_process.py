"""A process of this node's own that answers jobs over a pipe, one at a time.

For work that would hold the interpreter lock against the event loop.  It is started at the first job, and
ends with the node: its input closes, also after `kill -9`.
"""

import asyncio
import sys
from pathlib import Path

from node.job_pipe import LENGTH_SIZE_BYTES, framed

# Whoever answers nothing for so long is stuck: 512 records take 1 s on the slowest board.
ANSWER_MAX_S = 60.0

# Where this program is.  `-m` looks first where it is started, and an operator may be anywhere: on
# somebody's USB stick, beside files of the same names.
_TOP = Path(__file__).resolve().parents[1]

# A pipe holds 64 KB unless it is told otherwise: an answer would wake the node five times.
PIPE_SIZE_BYTES = 1_048_576


class JobFailed(Exception):
    """The process could not be started, or ended, or did not answer."""


class JobProcess:
    """The process that runs `module`, which calls `job_pipe.serve`.  `waiting` jobs are under way."""

    def __init__(self, module: str) -> None:
        self.waiting = 0
        self._module = module
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def process_id(self) -> int | None:
        """The system's number of the process, None while there is none."""
        return None if self._process is None else self._process.pid

    async def answer(self, job: bytes) -> bytes:
        """Return the answer to a job.  Raises `JobFailed`; the next job is given to a new process."""
        self.waiting += 1
        try:
            async with self._turn:
                return await self._answer(framed(job))
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

    async def _answer(self, job: bytes) -> bytes:
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                process = self._process or await self._start()
                assert process.stdin is not None
                assert process.stdout is not None
                process.stdin.write(job)
                head, _ = await asyncio.gather(
                    process.stdout.readexactly(LENGTH_SIZE_BYTES), process.stdin.drain()
                )
                return await process.stdout.readexactly(int.from_bytes(head))
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            await self.end()
            raise JobFailed(str(error) or "no answer") from None
        except asyncio.CancelledError:
            await self.end()  # its answer would be taken for that to the next job
            raise

    async def _start(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", self._module),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C at a terminal goes to the node's whole group: it ends its processes itself.
            process_group=0,
            cwd=_TOP,
            pipesize=PIPE_SIZE_BYTES,
            limit=PIPE_SIZE_BYTES,
        )
        return self._process
