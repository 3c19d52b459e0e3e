"""The near end of the process that compares places: started when it is asked for, ended when it is quiet."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct, msgpack

from node.atlas.answers import FeaturePage
from node.atlas.paging import Wanted
from node.job_process import JobFailed, JobProcess
from node.store.errors import SearchTooLong

log = logging.getLogger(__name__)

# From asking to the answer, waiting for others included: whoever has waited for longer has gone.
ANSWER_MAX_S = 10.0

# Questions under way; each may take all of the time of those behind it.
WAITING_MAX = 4

# The process takes 50 MB; it starts again in a fifth of a second.
QUIET_BEFORE_ENDING_S = 20.0


class Job(Struct, array_like=True):
    """A page of the atlas of a home: see `node.atlas.paging.page_of`."""

    home: str
    wanted: Wanted
    limit: int
    after: int
    offset: int


class Found(Struct, array_like=True, tag="found"):
    """The page."""

    page: FeaturePage


class Broken(Struct, array_like=True, tag="broken"):
    """It was broken off, because it took `too_long` or the file cannot be read."""

    too_long: bool
    why: str


encode = msgpack.Encoder().encode
decode_job = msgpack.Decoder(Job).decode
_decode_answer: Callable[[bytes], Found | Broken] = msgpack.Decoder(Found | Broken).decode


class Shapes:
    """Answers what compares places, for the atlas of a home.  End it with `aclose`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._process = JobProcess("node.atlas.shapes_process")
        self._quiet: asyncio.TimerHandle | None = None

    async def features(self, wanted: Wanted, limit: int, after: int, offset: int) -> FeaturePage:
        """Return a page.  Raises `SearchTooLong`."""
        if self._process.waiting >= WAITING_MAX:
            raise SearchTooLong("others are having places compared")
        job = Job(str(self._home), wanted, limit, after, offset)
        try:
            async with asyncio.timeout(ANSWER_MAX_S):
                answer = _decode_answer(await self._process.answer(encode(job)))
        except TimeoutError:
            raise SearchTooLong("places are compared for too long") from None
        except JobFailed as failed:
            log.warning("places could not be compared: %s", failed)
            raise SearchTooLong("places could not be compared") from None
        finally:
            self._end_when_quiet()
        if isinstance(answer, Broken):
            log.info("places were not compared: %s", answer.why)
            raise SearchTooLong(answer.why)
        return answer.page

    async def aclose(self) -> None:
        """End the process."""
        if self._quiet is not None:
            self._quiet.cancel()
        await self._process.end()

    def _end_when_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        loop = asyncio.get_running_loop()
        self._quiet = loop.call_later(QUIET_BEFORE_ENDING_S, self._process.end_soon)
