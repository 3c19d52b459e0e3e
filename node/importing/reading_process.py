"""A process that reads one file for a node: how it is read first, then what it would record, part by part.

What strangers wrote is taken apart here, within a limit of memory, so that a node neither waits nor falls
for it. It signs nothing and writes nothing.
"""

import gc
import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from node.errors import ConfigError
from node.importing.drafts import Drafted, Known, Skipped, SourceKey
from node.importing.erased_rows import ErasedRows
from node.importing.formats import format_named
from node.importing.headings import Chosen, reading_of
from node.importing.plan import plan
from node.importing.preview import doubted
from node.importing.readers import InputFile, open_input
from node.importing.reference_systems import system_named
from node.job_pipe import serve

# The largest value of a file several times over, GEOS and PROJ; a board of 2 GB still has the node beside it.
MEMORY_MAX_BYTES = 1_536 * 1_024 * 1_024

# Outcomes of one answer: some 2 MB of ordinary ones.
PART_OUTCOMES = 250


class Begin(Struct, tag="begin"):
    """Open a file and read its headings.  `home` has the rows that were erased on purpose."""

    path: str
    home: str
    chosen: Chosen
    given: Mapping[str, str]
    known: Sequence[tuple[SourceKey, Known]]
    crs: str = ""
    layer: str = ""
    file_format: str = ""
    areas: bool = False


class More(Struct, tag="more"):
    """Go on where the last part ended."""


class Begun(Struct, tag="begun"):
    """How the file is read."""

    mapping: str
    taken: Mapping[str, Sequence[str]]
    unread: Sequence[str]
    columns: Sequence[str]


class Part(Struct, tag="part"):
    """Outcomes in their order, none at the end; what is noted of the file so far."""

    drafted: Sequence[Drafted | None]
    skipped: Sequence[Skipped | None]
    notes: Sequence[str]


class Refusal(Struct, tag="refusal"):
    """Why the file cannot be read, in one sentence."""

    text: str


_encoder = msgspec.msgpack.Encoder()
_jobs: msgspec.msgpack.Decoder[Begin | More] = msgspec.msgpack.Decoder(Begin | More)
_answers: msgspec.msgpack.Decoder[Begun | Part | Refusal] = msgspec.msgpack.Decoder(Begun | Part | Refusal)


def encode_job(job: Begin | More) -> bytes:
    """Return a job for this process."""
    return _encoder.encode(job)


def decode_answer(body: bytes) -> Begun | Part | Refusal:
    """Return an answer of this process."""
    return _answers.decode(body)


class _Reading:
    """The file that is being read, if any."""

    def __init__(self) -> None:
        self._file: InputFile | None = None
        self._outcomes: Iterator[Drafted | Skipped] = iter(())

    def answer(self, body: bytes) -> bytes:
        job = _jobs.decode(body)
        try:
            answer: Begun | Part | Refusal = self._begin(job) if isinstance(job, Begin) else self._more()
        except ConfigError as fault:
            answer = Refusal(str(fault))
        except MemoryError:
            answer = Refusal("it takes more memory than there is for it here: cut it into several files")
        return _encoder.encode(answer)

    def _begin(self, job: Begin) -> Begun:
        file = open_input(
            Path(job.path),
            file_format=format_named(job.file_format) if job.file_format else None,
            system=system_named(job.crs) if job.crs else None,
            layer=job.layer or None,
            areas=job.areas,
        )
        reading = reading_of(file, None, job.chosen, guess=True)
        if reading.mapping.events is not None:
            raise ConfigError("it is a file of events: bring it in with minga commons import")
        self._file = file
        known = dict(job.known)
        self._outcomes = plan(file, reading.mapping, known, job.given, ErasedRows(Path(job.home)))
        taken: dict[str, Any] = dict(reading.taken)
        return Begun(reading.mapping.name, taken, reading.unread, sorted(file.columns))

    def _more(self) -> Part:
        assert self._file is not None
        part = [doubted(outcome) for outcome in islice(self._outcomes, PART_OUTCOMES)]
        return Part(
            [one if isinstance(one, Drafted) else None for one in part],
            [one if isinstance(one, Skipped) else None for one in part],
            self._file.notes,
        )


if __name__ == "__main__":
    # Each thread of numpy's would take its share of the memory, whether it is needed or not.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    gc.disable()  # nothing here makes cycles that last, and the process ends with the file
    serve(_Reading().answer)
