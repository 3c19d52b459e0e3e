"""Keeping the atlas in step with the store, from the node's own process: when to draw, and when to let be.

    a commit → quiet for a moment → a step, another, … → caught up → what was erased is cleared from the file

The work is done by a process of the node's own, started when there is something to do and ended after a while
of quiet.  While records keep coming in, it waits, and then works only part of the time.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from node.atlas.jobs import (
    STEP_LENGTH_MAX,
    Answer,
    Clear,
    DrawnTile,
    DrawTile,
    Follow,
    Followed,
    Job,
    NotNow,
    decode_answer,
    encode,
)
from node.atlas.reading import Atlas
from node.atlas.tile_filters import TileFilters
from node.job_process import JobFailed, JobProcess
from node.store.errors import StoreError
from node.store.sqlite import SqliteStore
from node.sync.clock import now_ms

log = logging.getLogger(__name__)

DRAWING_PROCESS = "node.atlas.drawing_process"

# A node that has just started has something else to do, unless somebody asks for the atlas.
AFTER_START_S = 30.0

# Drawn once nothing has been stored for so long, or where something always is, after so long all the same.
QUIET_S = 0.5
PATIENCE_S = 30.0

# About how long a step is to take: tiles that are asked for meanwhile wait for it.
STEP_S = 0.15

# Of the time, how much more than a step takes it rests before the next one, while something is being stored.
REST_TIMES = 3.0

# A step that could not be done is tried again after this long, then after twice as long, and so on.
AGAIN_S = 0.1
AGAIN_MAX_S = 5.0

# After so many failures in a row the thing that is next is passed over; after more than twice as many the
# file is made anew.
FAILURES_MAX = 3

# The process takes some 60 MB, and starts again in a quarter of a second.
QUIET_BEFORE_ENDING_S = 60.0

# Where the clock is what something waits for, it is looked at at least so often: it may be set.
CLOCK_LOOKED_AT_S = 600.0

# What writing the file anew may take of a disk in the long run, as for the store (`node.store.purging`).
CLEARING_PACE_BYTES_PER_S = 350_000

_OF_STORE = "atlas"


class AtlasKeeper:
    """Keeps an atlas in step with a store.  Run `run` as a task, and `aclose` at the end."""

    def __init__(self, atlas: Atlas, store: SqliteStore, clock: Callable[[], int]) -> None:
        self._atlas = atlas
        self._store = store
        self._clock = clock
        self._process = JobProcess(DRAWING_PROCESS)
        self._ending: asyncio.TimerHandle | None = None
        self._wake, self._hurried = asyncio.Event(), asyncio.Event()
        self._stored_s = self._caught_up_s = -PATIENCE_S
        self._cleared_s = self._rested_s = -PATIENCE_S
        self._token, self._known = "", asyncio.Event()
        self._steps = asyncio.Condition()
        self._failures = 0
        self._length = STEP_LENGTH_MAX // 4
        self._why_not = ""
        self.followed: Followed | None = None
        """How far the last step came; None before the first."""

    @property
    def process_id(self) -> int | None:
        """The system's number of the process that draws, None while there is none."""
        return self._process.process_id

    def stored(self) -> None:
        """Take note that something was stored."""
        self._stored_s = time.monotonic()
        self._wake.set()

    def hurry(self) -> None:
        """Have what there is to draw drawn now: somebody waits for it."""
        self._hurried.set()
        self._wake.set()

    async def run(self) -> None:
        """Follow the store until cancelled."""
        await self._sleep(AFTER_START_S)
        while not self._token:
            try:
                self._token = await _token_of(self._store)
            except StoreError as fault:
                log.warning("the atlas is not drawn for now: %s", fault)
                await asyncio.sleep(AGAIN_MAX_S)
        self._known.set()
        while True:
            self._wake.clear()
            self._hurried.clear()
            await self._catch_up()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_due_s()):
                    await self._wake.wait()
            await self._wait_for_quiet()

    async def caught_up(self) -> None:
        """Wait until all that is stored and blocked by now is drawn."""
        asked_s = time.monotonic()
        self.hurry()
        async with self._steps:
            await self._steps.wait_for(lambda: self._caught_up_s >= asked_s)

    async def cleared(self) -> None:
        """Wait until what was erased by now is gone from the file."""
        asked_s = time.monotonic()
        self._rested_s = asked_s
        self.hurry()
        async with self._steps:
            await self._steps.wait_for(lambda: self._cleared_s >= asked_s)

    async def draw(self, zoom: int, x: int, y: int, filters: TileFilters) -> DrawnTile:
        """Have a tile drawn.  Raises `StoreError`."""
        if not self._known.is_set():
            self.hurry()
            await self._known.wait()
        job = DrawTile(str(self._atlas.home), self._token, self._clock(), zoom, x, y, filters)
        answer = await self._do(job)
        if isinstance(answer, DrawnTile):
            return answer
        raise StoreError("no tile can be drawn for now")

    async def aclose(self) -> None:
        """End the process."""
        if self._ending is not None:
            self._ending.cancel()
        await self._process.end()

    async def _catch_up(self) -> None:
        """Do steps until there is nothing left to do."""
        again_s = AGAIN_S
        while True:
            began_s, erased = time.monotonic(), self._store.erased
            job = self._next_job(began_s)
            followed = await self._do(job)
            if not isinstance(followed, Followed):
                await self._sleep(again_s)
                again_s = min(2 * again_s, AGAIN_MAX_S)
                continue
            again_s = AGAIN_S
            ended_s = time.monotonic()
            if isinstance(job, Clear):
                self._rested_s = ended_s + self._atlas.size_bytes() / CLEARING_PACE_BYTES_PER_S
            elif not self._failures:
                self._pace(ended_s - began_s)
            self.followed = followed
            if not followed.more:
                async with self._steps:
                    self._caught_up_s = began_s
                    if not followed.to_clear:
                        self._cleared_s, self._atlas.cleared = began_s, erased
                    self._steps.notify_all()
                if not self._may_clear(ended_s):
                    return
            busy = ended_s - self._stored_s < QUIET_S and not self._hurried.is_set()
            await asyncio.sleep((ended_s - began_s) * REST_TIMES if busy else 0)

    def _next_job(self, now_s: float) -> Follow | Clear:
        home, clock = str(self._atlas.home), self._clock()
        if self._may_clear(now_s):
            return Clear(home, self._token, clock)
        if not self._failures:
            return Follow(home, self._token, clock, self._length)
        # The process ended over something, or took too long: one at a time, and then without the one it is.
        return Follow(home, self._token, clock, length=1, passing_over=self._failures >= FAILURES_MAX)

    def _pace(self, took_s: float) -> None:
        """Have steps take about as long as a tile may wait for one."""
        if took_s > STEP_S:
            self._length = max(1, int(self._length * STEP_S / took_s))
        elif took_s < STEP_S / 2:
            self._length = min(STEP_LENGTH_MAX, 2 * self._length)

    def _may_clear(self, now_s: float) -> bool:
        """Whether all is drawn, and what was erased is to be cleared out of the file now."""
        followed = self.followed
        return followed is not None and not followed.more and followed.to_clear and now_s >= self._rested_s

    async def _do(self, job: Job) -> Followed | DrawnTile | None:
        """Have a job done; None where it was not."""
        try:
            answer: Answer = decode_answer(await self._process.answer(encode(job)))
        except (JobFailed, ValueError) as failed:
            log.warning("the atlas could not be drawn on: %s", failed)
            self._failures += isinstance(job, Follow)
            if self._failures > 2 * FAILURES_MAX:
                self._atlas.remove()  # it is no thing, so perhaps the file
                self._failures = 0
            return None
        finally:
            self._end_when_quiet()
        if isinstance(job, Follow):
            self._failures = 0
        if isinstance(answer, NotNow):
            # Once: a full disk, or a store that is put in order, may be so for long.
            log.log(
                logging.DEBUG if answer.why == self._why_not else logging.INFO,
                *("the atlas is not drawn for now: %s", answer.why),
            )
            self._why_not = answer.why
            return None
        return answer

    async def _wait_for_quiet(self) -> None:
        """Wait until nothing has been stored for a while, but not for ever."""
        end_s = time.monotonic() + PATIENCE_S
        while not self._hurried.is_set():
            quiet_s = self._stored_s + QUIET_S
            if time.monotonic() >= min(quiet_s, end_s):
                return
            await self._sleep(min(quiet_s, end_s) - time.monotonic())

    async def _sleep(self, seconds: float) -> None:
        """Sleep, unless somebody is in a hurry."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurried.wait()

    def _until_due_s(self) -> float | None:
        """Return how long nothing is to be done, should nothing be stored; None for ever."""
        if self.followed is None:
            return None
        waits = []
        if self.followed.due_ms is not None:
            waits.append(min((self.followed.due_ms - self._clock()) / 1_000, CLOCK_LOOKED_AT_S))
        if self.followed.to_clear:
            waits.append(self._rested_s - time.monotonic())
        return max(0.0, min(waits)) if waits else None

    def _end_when_quiet(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        loop = asyncio.get_running_loop()
        self._ending = loop.call_later(QUIET_BEFORE_ENDING_S, self._process.end_soon)


@asynccontextmanager
async def kept(atlas: Atlas, store: SqliteStore, asked: bool) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Keep an atlas in step with a store for as long as the block takes, where somebody may ask for it; give
    the task that does.  Where nobody may, there is none.
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
