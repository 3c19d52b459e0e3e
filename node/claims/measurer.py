"""The near end of the process that measures: started when it is asked for, ended after a while of quiet.

What was measured is remembered by the ids of the two versions, whose outlines never change.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence

from node.claims.meeting import Meeting, Relation, decode_answer, encode_job
from node.job_process import JobFailed, JobProcess
from protocol.identifiers import RecordId

log = logging.getLogger(__name__)

# One job: 128 outlines of a village, or two of 40,000 positions; a second or two at the worst.
JOB_LENGTH_MAX_PLACES = 128
JOB_SIZE_MAX_BYTES = 1_048_576

# The process takes 30 MB; it starts again in a tenth of a second.
QUIET_BEFORE_ENDING_S = 20.0

# 200 bytes each: 1.6 MB.
MEETINGS_REMEMBERED_MAX = 8_192

# Failures one after another before no more is tried of one job.
FAILURES_MAX = 3

# Of two places of which the process said nothing: it is asked again the next time.
NOT_MEASURED = Meeting(Relation.UNMEASURED, None, 0.0, 0.0, rough=False)

Outline = tuple[RecordId, bytes]
"""The version shown of a place: its id and its envelope."""


class Measurer:
    """Measures how places meet, in a process of its own.  End it with `aclose`."""

    def __init__(self) -> None:
        self._process = JobProcess("node.claims.measuring_process")
        self._known: OrderedDict[tuple[RecordId, RecordId], Meeting | None] = OrderedDict()
        self._quiet: asyncio.TimerHandle | None = None

    async def measure(self, one: Outline, others: Sequence[Outline]) -> list[Meeting | None]:
        """Return how each of `others` meets a place, in order; None for those that do not."""
        found: dict[RecordId, Meeting | None] = {}
        missing = []
        for other in others:
            if (one[0], other[0]) in self._known:
                found[other[0]] = self._known[one[0], other[0]]
            else:
                missing.append(other)
        for part in _parts(missing):
            for other, meeting in zip(part, await self._measure(one, part), strict=True):
                found[other[0]] = meeting
                if meeting is not NOT_MEASURED:
                    self._remember(one[0], other[0], meeting)
        return [found[other[0]] for other in others]

    async def aclose(self) -> None:
        """End the process; nothing is measured afterwards."""
        if self._quiet is not None:
            self._quiet.cancel()
        await self._process.end()

    async def _measure(self, one: Outline, part: Sequence[Outline]) -> list[Meeting | None]:
        try:
            answer = await self._process.answer(encode_job(one[1], [envelope for _, envelope in part]))
            meetings = decode_answer(answer)
            if len(meetings) != len(part):
                raise JobFailed("it answered something else")
        except (JobFailed, ValueError) as failed:
            if len(part) > 1:
                return await self._measure_singly(one, part)
            log.warning("two places could not be compared: %s", failed)
            return [NOT_MEASURED]
        finally:
            self._end_when_quiet()
        return meetings

    async def _measure_singly(self, one: Outline, part: Sequence[Outline]) -> list[Meeting | None]:
        """Measure one by one what could not be measured together: one of them was too much, perhaps."""
        found: list[Meeting | None] = []
        failures = 0
        for other in part:
            if failures == FAILURES_MAX:
                # It is the process and not what it is given: its library is missing, say.
                found.append(NOT_MEASURED)
                continue
            [meeting] = await self._measure(one, [other])
            failures = failures + 1 if meeting is NOT_MEASURED else 0
            found.append(meeting)
        return found

    def _remember(self, one: RecordId, other: RecordId, meeting: Meeting | None) -> None:
        self._known[one, other] = meeting
        self._known[other, one] = None if meeting is None else meeting.turned()
        while len(self._known) > MEETINGS_REMEMBERED_MAX:
            self._known.popitem(last=False)

    def _end_when_quiet(self) -> None:
        if self._quiet is not None:
            self._quiet.cancel()
        loop = asyncio.get_running_loop()
        self._quiet = loop.call_later(QUIET_BEFORE_ENDING_S, self._process.end_soon)


def _parts(places: Sequence[Outline]) -> list[list[Outline]]:
    """Return places in jobs of bounded number and size."""
    parts: list[list[Outline]] = []
    size_bytes = 0
    for place in places:
        size_bytes += len(place[1])
        if not parts or len(parts[-1]) == JOB_LENGTH_MAX_PLACES or size_bytes > JOB_SIZE_MAX_BYTES:
            parts.append([])
            size_bytes = len(place[1])
        parts[-1].append(place)
    return parts
