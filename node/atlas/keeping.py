"""Keeping the atlas in step with the store, from the node's own process: when to draw, and when to let be.

    a commit → quiet for a moment → a step, another, … → caught up → the process ends after a while

The work is done by a process of the node's own, started when there is something to do.  While records keep
coming in, it waits, and then works only part of the time.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from node.atlas.jobs import Follow, Followed, decode_answer, encode
from node.atlas.reading import Atlas
from node.job_process import JobFailed, JobProcess
from node.store.sqlite import SqliteStore
from node.sync.clock import now_ms

log = logging.getLogger(__name__)

DRAWING_PROCESS = "node.atlas.drawing_process"

# A node that has just started has something else to do.
AFTER_START_S = 2.0

# Drawn once nothing has been stored for so long, or where something always is, after so long all the same.
QUIET_S = 0.5
PATIENCE_S = 30.0

# Of the time, how much more than a step takes it rests before the next one, while something is being stored.
REST_TIMES = 3.0

# A process that could not do a step is asked again after this long, and after failing so often in a row the
# file is made anew: it may be damaged.
AGAIN_S = 2.0
FAILURES_MAX = 3

# It takes some 60 MB, and starts again in a quarter of a second.
QUIET_BEFORE_ENDING_S = 60.0

# Where the clock is what something waits for, it is looked at at least so often: it may be set.
CLOCK_LOOKED_AT_S = 600.0

_OF_STORE = "atlas"


class AtlasKeeper:
    """Keeps an atlas in step with a store.  Run `run` as a task, and `aclose` at the end."""

    def __init__(self, atlas: Atlas, store: SqliteStore, clock: Callable[[], int]) -> None:
        self._atlas = atlas
        self._store = store
        self._clock = clock
        self._process = JobProcess(DRAWING_PROCESS)
        self._ending: asyncio.TimerHandle | None = None
        self._wake = asyncio.Event()
        self._stored_s = 0.0
        self._token = ""
        self._steps = asyncio.Condition()
        self._failures = 0
        self._caught_up_s = -1.0
        self.followed: Followed | None = None
        """How far the last step came; None before the first."""

    def stored(self) -> None:
        """Take note that something was stored, or that the block list has changed."""
        self._stored_s = time.monotonic()
        self._wake.set()

    async def run(self) -> None:
        """Follow the store until cancelled."""
        await asyncio.sleep(AFTER_START_S)
        self._token = await _token_of(self._store)
        while True:
            self._wake.clear()
            await self._catch_up()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_due_s()):
                    await self._wake.wait()
            await self._wait_for_quiet()

    async def caught_up(self) -> None:
        """Wait until all that was stored before is drawn."""
        stored_s = self._stored_s = time.monotonic()
        self._wake.set()
        async with self._steps:
            await self._steps.wait_for(lambda: self._caught_up_s >= stored_s)

    async def aclose(self) -> None:
        """End the process."""
        if self._ending is not None:
            self._ending.cancel()
        await self._process.end()

    async def _catch_up(self) -> None:
        """Do steps until there is nothing left to do."""
        while True:
            began_s = time.monotonic()
            followed = await self._step()
            if followed is None:
                await asyncio.sleep(AGAIN_S)
                continue
            self.followed = followed
            if not followed.more:
                async with self._steps:
                    self._caught_up_s = began_s
                    self._steps.notify_all()
                return
            now_s = time.monotonic()
            busy = now_s - self._stored_s < QUIET_S
            await asyncio.sleep((now_s - began_s) * REST_TIMES if busy else 0)

    async def _step(self) -> Followed | None:
        try:
            job = Follow(str(self._atlas.home), self._token, self._clock())
            answer = decode_answer(await self._process.answer(encode(job)))
        except (JobFailed, ValueError) as failed:
            log.warning("the atlas could not be drawn on: %s", failed)
            self._failures += 1
            if self._failures % FAILURES_MAX == 0:
                self._atlas.remove()
            return None
        finally:
            self._end_when_quiet()
        self._failures = 0
        if isinstance(answer, Followed):
            return answer
        log.info("the atlas is not drawn for now: %s", answer.why)
        return None

    async def _wait_for_quiet(self) -> None:
        waited_s = 0.0
        while waited_s < PATIENCE_S:
            left_s = self._stored_s + QUIET_S - time.monotonic()
            if left_s <= 0:
                return
            await asyncio.sleep(left_s)
            waited_s += left_s

    def _until_due_s(self) -> float | None:
        if self.followed is None or self.followed.due_ms is None:
            return None
        return min(max(0.0, (self.followed.due_ms - self._clock()) / 1_000), CLOCK_LOOKED_AT_S)

    def _end_when_quiet(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        loop = asyncio.get_running_loop()
        self._ending = loop.call_later(QUIET_BEFORE_ENDING_S, self._process.end_soon)


@asynccontextmanager
async def kept(atlas: Atlas, store: SqliteStore, asked: bool) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Keep an atlas in step with a store for as long as the block takes, where somebody may ask for it; give
    the task that does.  Where nobody may, there is none: nothing would be taken out of it.
    """
    if not asked:
        atlas.remove()
        yield []
        return
    atlas.keeper = keeper = AtlasKeeper(atlas, store, now_ms)
    store.on_change(keeper.stored)
    task = asyncio.create_task(keeper.run(), name="atlas")
    try:
        yield [task]
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        atlas.keeper = None
        await keeper.aclose()
        await atlas.aclose()


async def _token_of(store: SqliteStore) -> str:
    """Return what tells this store from others, and from itself put back from a backup."""
    token = await store.meta(_OF_STORE)
    if token is None:
        token = secrets.token_hex(16).encode("ascii")
        await store.set_meta(_OF_STORE, token)
    return token.decode("ascii")
