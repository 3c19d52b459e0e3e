"""The process that packs GeoPackages and FlatGeobuf files: jobs on standard input, answers on its output.

Apart from the node's own process, whose peers and readers would wait meanwhile.  It reads the atlas, writes
in the folder that it is given, and ends when its input does.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from node.atlas.reading import Atlas, FeatureRow
from node.job_pipe import serve
from node.opendata.formats import FLATGEOBUF
from node.opendata.geopackage import GeoPackage
from node.opendata.packing_jobs import Answer, Begin, Done, Failed, Going, GoOn, NoRoom, decode_job, encode
from node.store.errors import StoreError

# Of the work of peers and readers, this is done after.
NICENESS = 10

# The node hears of it this often, and sees whether somebody still waits.
STEP_S = 1.0

# Rows that are handed from one file to the other at once.
BATCH_ROWS = 200


class Packing:
    """One file in the making."""

    def __init__(self, job: Begin) -> None:
        """Raises `sqlite3.Error`."""
        self._job = job
        self._path = Path(job.folder) / f"{job.about.collection}.gpkg"
        self._features = 0
        self._without_place = False
        self._beside = ThreadPoolExecutor(1)
        self._turning: Future[Path] | None = None
        self._atlas = Atlas(Path(job.home))
        self._package = GeoPackage(self._path, job.about, job.size_max_bytes)
        wanted = job.wanted
        self._rows: AsyncIterator[list[FeatureRow]] = self._atlas.stream(
            wanted.collection, bbox=wanted.box, when=wanted.period, where=wanted.where
        )

    async def go_on(self) -> Answer:
        """Work for a while.  Raises `sqlite3.Error`, `StoreError`, `OSError`."""
        until_s = time.monotonic() + STEP_S
        async for rows in self._rows:
            self._package.add(rows)
            self._features += len(rows)
            self._without_place |= any(row.geometry is None for row in rows)
            if time.monotonic() > until_s:
                return Going(self._features)
        if self._turning is None:
            self._package.finish()
            if self._job.ending != FLATGEOBUF.ending:
                return Done(str(self._path))
            indexed = not self._without_place
            self._turning = self._beside.submit(_flatgeobuf, self._path, self._job, indexed)
        try:
            return Done(str(self._turning.result(STEP_S)))
        except TimeoutError:
            return Going(self._features)

    async def close(self) -> None:
        """Close what is open."""
        self._package.close()
        self._beside.shutdown()
        await self._atlas.aclose()


class Packer:
    """Answers jobs, one after another."""

    def __init__(self) -> None:
        self._packing: Packing | None = None

    async def answer(self, body: bytes) -> bytes:
        """Return the answer to a job."""
        job = decode_job(body)
        try:
            answer = await self._answered(job)
        except sqlite3.OperationalError as fault:
            answer = NoRoom() if "full" in str(fault) else Failed(str(fault))
        except (StoreError, sqlite3.Error, OSError, RuntimeError) as fault:
            answer = Failed(f"{type(fault).__name__}: {fault}")
        if not isinstance(answer, Going):
            await self.close()
        return encode(answer)

    async def close(self) -> None:
        """Close what is open."""
        packing, self._packing = self._packing, None
        if packing is not None:
            await packing.close()

    async def _answered(self, job: Begin | GoOn) -> Answer:
        if isinstance(job, Begin):
            await self.close()  # whoever waited for that has gone
            self._packing = Packing(job)
        if self._packing is None:
            return Failed("nothing was begun")
        return await self._packing.go_on()


def _flatgeobuf(path: Path, job: Begin, indexed: bool) -> Path:
    """Write a package once more as FlatGeobuf, batch by batch, and delete it.

    `indexed`: with a spatial index, which takes no feature without a place.  Raises `RuntimeError`.
    """
    import pyogrio

    about, target = job.about, path.with_suffix(f".{FLATGEOBUF.ending}")
    options: dict[str, Any] = {
        "SPATIAL_INDEX": "YES" if indexed else "NO",
        "TEMPORARY_DIR": job.folder,
        "TITLE": about.title,
        "DESCRIPTION": f"{about.description} {about.attribution} {about.licence}",
    }
    with pyogrio.open_arrow(path, use_pyarrow=False, batch_size=BATCH_ROWS) as (meta, stream):
        pyogrio.write_arrow(
            stream,
            target,
            driver="FlatGeobuf",
            layer=about.collection,
            geometry_type="Unknown",
            geometry_name=meta["geometry_name"],
            crs=meta["crs"],
            layer_options=options,
        )
    path.unlink()
    return target


def main() -> None:
    """Answer jobs until there are no more."""
    with suppress(OSError):
        os.nice(NICENESS)
    with asyncio.Runner() as runner:
        packer = Packer()
        try:
            serve(lambda body: runner.run(packer.answer(body)))
        finally:
            runner.run(packer.close())


if __name__ == "__main__":
    main()
