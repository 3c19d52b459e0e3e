"""Having files packed, from the node's own process: one at a time, in room that is left, and gone afterwards.

    a place in the queue → a folder → the process packs, step by step → the file, opened and its name removed

A file that is open stays readable without its name; once it is sent nothing of it is left, and after
`kill -9` only what was being packed, which goes when somebody next works in that home.
"""

import asyncio
import logging
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from node.durable_files import make_private_folder
from node.home import Home
from node.job_process import JobFailed, JobProcess
from node.opendata.about import About
from node.opendata.packing_jobs import Begin, Done, Going, GoOn, Job, NoRoom, Wanted, decode_answer, encode

log = logging.getLogger(__name__)

PACKING_PROCESS = "node.opendata.packing_process"

# Each waits for those before it: a package of 100,000 outlines takes some five seconds.
WAITING_MAX = 4

# What is left of the disk for the store, which is worth more than a file that can be made again.
ROOM_KEPT_BYTES = 256 * 1_024 * 1_024
PACKAGE_SIZE_MIN_BYTES = 1_024 * 1_024

# It takes some 30 MB, and starts again in a fifth of a second.
QUIET_BEFORE_ENDING_S = 30.0


class CannotPack(Exception):
    """No file was made."""


class PackerBusy(CannotPack):
    """As many wait for files already as may."""


class NoRoomToPack(CannotPack):
    """The disk has no room for the file."""


class NobodyWaits(CannotPack):
    """Whoever asked for the file has gone."""


class Packer:
    """Packs files of a home's atlas.  End it with `aclose`."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._folder = Home(home).downloads_path
        self._process = JobProcess(PACKING_PROCESS)
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._ending: asyncio.TimerHandle | None = None

    async def aclose(self) -> None:
        """End the process, and remove what it left."""
        if self._ending is not None:
            self._ending.cancel()
        await self._process.end()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def packed(
        self, ending: str, about: About, wanted: Wanted, is_awaited: Callable[[], bool]
    ) -> BinaryIO:
        """Return a file, which is gone once it is closed.  `is_awaited`: whether somebody still wants it.

        Raises `CannotPack`.
        """
        if self._waiting >= WAITING_MAX:
            raise PackerBusy
        self._waiting += 1
        try:
            async with self._turn, self._folder_of_one() as folder:
                room = self._room_bytes()
                if room < PACKAGE_SIZE_MIN_BYTES:
                    raise NoRoomToPack
                begin = Begin(str(self._home), str(folder), ending, about, wanted, room)
                return await self._pack(begin, is_awaited)
        except OSError as fault:
            log.warning("a file for download could not be made: %s", fault)
            raise NoRoomToPack from None
        except JobFailed as fault:
            log.warning("a file for download could not be made: %s", fault)
            raise CannotPack(str(fault)) from None
        finally:
            self._waiting -= 1
            self._end_when_quiet()

    async def _pack(self, begin: Begin, is_awaited: Callable[[], bool]) -> BinaryIO:
        job: Job = begin
        while True:
            if not is_awaited():
                await self._process.end()  # it would go on for a while
                raise NobodyWaits
            answer = decode_answer(await self._process.answer(encode(job)))
            match answer:
                case Going():
                    job = GoOn()
                case Done(path):
                    return await asyncio.to_thread(Path(path).open, "rb")
                case NoRoom():
                    raise NoRoomToPack
                case _:
                    raise JobFailed(answer.why)

    @asynccontextmanager
    async def _folder_of_one(self) -> AsyncIterator[Path]:
        """A folder for one file, gone at the end of the block."""
        make_private_folder(self._folder)
        folder = self._folder / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _room_bytes(self) -> int:
        """Return how large a file may become; a FlatGeobuf stands beside its package for a moment."""
        free = shutil.disk_usage(self._folder).free
        return max(free - ROOM_KEPT_BYTES, 0) // 3

    def _end_when_quiet(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
        loop = asyncio.get_running_loop()
        self._ending = loop.call_later(QUIET_BEFORE_ENDING_S, self._process.end_soon)


def size_of(file: BinaryIO) -> int:
    """Return the size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size
