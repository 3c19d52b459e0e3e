"""A file that a process of the node's own reads (`reading_process`): how, and what it would record."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from node.importing.drafts import Drafted, Known, Skipped, SourceKey
from node.importing.headings import Chosen
from node.importing.reading_process import Begin, Begun, More, Part, Refusal, decode_answer, encode_job
from node.importing.rows import Unreadable
from node.job_process import JobFailed, JobProcess

READING_PROCESS = "node.importing.reading_process"

# A parish has hundreds of places, a national register hundreds of thousands: those come in at the command
# line.
OUTCOMES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class HowRead:
    """What whoever brings a file says of how it is read."""

    chosen: Chosen
    crs: str = ""
    layer: str = ""
    areas: bool = False


class FarReading:
    """One reading of one file.  End it with `end`."""

    def __init__(self) -> None:
        self._process = JobProcess(READING_PROCESS)
        self._taken = 0
        self.notes: tuple[str, ...] = ()

    async def begin(self, path: Path, home: Path, how: HowRead, known: Mapping[SourceKey, Known]) -> Begun:
        """Open the file; `home` has the rows that were erased on purpose.  Raises `Unreadable`."""
        answer = await self._ask(
            Begin(
                path=str(path),
                home=str(home),
                chosen=how.chosen,
                given=how.chosen.given,
                known=list(known.items()),
                crs=how.crs,
                layer=how.layer,
                areas=how.areas,
            )
        )
        assert isinstance(answer, Begun)
        return answer

    async def more(self) -> list[Drafted | Skipped]:
        """Return the next outcomes, none at the end.  Raises `Unreadable`."""
        answer = await self._ask(More())
        assert isinstance(answer, Part)
        self.notes = tuple(answer.notes)
        found: list[Drafted | Skipped] = []
        for drafted, skipped in zip(answer.drafted, answer.skipped, strict=True):
            one = drafted or skipped
            assert one is not None
            found.append(one)
        self._taken += len(found)
        if self._taken > OUTCOMES_MAX:
            raise Unreadable(
                f"it has more than {OUTCOMES_MAX} rows: bring it in with minga commons import, or cut it up"
            )
        return found

    def outcomes(self, loop: asyncio.AbstractEventLoop) -> Iterator[Drafted | Skipped]:
        """Yield every outcome, for a thread beside the one of `loop`.  Raises `Unreadable`."""
        while part := asyncio.run_coroutine_threadsafe(self.more(), loop).result():
            yield from part

    async def end(self) -> None:
        """End the process."""
        await self._process.end()

    async def _ask(self, job: Begin | More) -> Begun | Part:
        try:
            answer = decode_answer(await self._process.answer(encode_job(job)))
        except JobFailed:
            raise Unreadable(
                "it takes more memory or time than there is for it here: cut it into several files"
            ) from None
        if isinstance(answer, Refusal):
            raise Unreadable(answer.text)
        return answer
