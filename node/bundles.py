"""Bundle files: written whole or not at all, read without touching their medium, imported block by block."""

import asyncio
import os
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from node.durable_files import UNFINISHED_SUFFIX, sync_folder
from protocol.bundle import Block, BundleHeader, Damage, Item, Progress, Trailer, decode_bundle, encode_bundle
from protocol.errors import ProtocolError
from protocol.identifiers import RecordId
from protocol.record.verification import VerifiedRecord, verify_record

# Large enough for a slow stick's reads, small beside a block.
PIECE_SIZE_BYTES = 131_072


@dataclass(frozen=True, slots=True)
class Written:
    """What a bundle file holds."""

    path: Path
    records: int
    size_bytes: int


@dataclass(slots=True)
class Imported:
    """What came of reading a bundle; the same for a dry run, where `new` is what would be stored.

    `refused` counts records that did not verify, by the code of their fault; `damage` lists stretches of the
    file that gave nothing.  `complete` says whether all that was put in came out.
    """

    header: BundleHeader | None = None
    records: int = 0
    new: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    damage: list[Damage] = field(default_factory=list)
    complete: bool = False
    progress: Progress = field(default_factory=Progress)


def write_bundle(path: Path, envelopes: Iterable[bytes], header: BundleHeader) -> Written:
    """Write a bundle beside `path` and put it in place once it is on disk; an older file is replaced.

    Raises `OSError`, and what `encode_bundle` raises; then `path` is as it was.
    """
    count = 0

    def counted() -> Iterator[bytes]:
        nonlocal count
        for envelope in envelopes:
            count += 1
            yield envelope

    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}{UNFINISHED_SUFFIX}")
    with unfinished.open("xb") as file:
        try:
            for piece in encode_bundle(counted(), header):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    with suppress(OSError):  # file systems of sticks may not sync folders
        sync_folder(path.parent)
    return Written(path, count, size)


def read_bundle(
    path: Path, progress: Progress | None = None, salvage: bool = False
) -> Generator[Item, None, None]:
    """Yield what a bundle file holds, from the start or from where `progress` stands.

    The file is opened for reading only, and without a note of the access where the system allows that.
    Raises `OSError`, and what `BundleDecoder.feed` raises.
    """
    with os.fdopen(_open_untouched(path), "rb", buffering=0) as file:
        if progress is not None:
            file.seek(progress.offset)
        yield from decode_bundle(iter(lambda: file.read(PIECE_SIZE_BYTES), b""), progress, salvage)


async def import_bundle(
    path: Path,
    now_ms: int,
    take: Callable[[list[VerifiedRecord]], Awaitable[int]],
    *,
    progress: Progress | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
    salvage: bool = False,
) -> Imported:
    """Verify every record of a bundle exactly as from the wire and give each block's to `take`.

    `take` stores them and returns how many were new; `on_progress` is called with where reading stands only
    after that, so that an import cut off goes on from there (`progress`) without losing a record.  A dry run
    gives a `take` that counts and stores nothing (`count_new`).  Raises as `read_bundle` does.
    """
    report = Imported(progress=progress or Progress())
    items = read_bundle(path, progress, salvage)
    try:
        while (item := await asyncio.to_thread(next, items, None)) is not None:
            match item:
                case BundleHeader():
                    report.header = item
                case Damage():
                    report.damage.append(item)
                case Trailer():
                    report.complete = item.complete
                case Block():
                    records = await asyncio.to_thread(_verified, item.envelopes, now_ms, report)
                    if records:
                        report.new += await take(records)
                    report.progress = item.progress
                    on_progress(item.progress)
    finally:
        with suppress(ValueError):  # cancelled while the thread reads: it closes the file when it is done
            items.close()
    return report


def count_new(is_known: Callable[[RecordId], bool]) -> Callable[[list[VerifiedRecord]], Awaitable[int]]:
    """Return a `take` for a dry run: it counts the records not known yet, each once."""
    seen: set[RecordId] = set()

    async def take(records: list[VerifiedRecord]) -> int:
        fresh = {record.id for record in records if not is_known(record.id)} - seen
        seen.update(fresh)
        return len(fresh)

    return take


def _verified(envelopes: tuple[bytes, ...], now_ms: int, report: Imported) -> list[VerifiedRecord]:
    """Return the records of a block that verify; count the others by their fault."""
    records = []
    for envelope in envelopes:
        report.records += 1
        try:
            record = verify_record(envelope, now_ms)
        except ProtocolError as error:
            report.refused[error.code] += 1
            continue
        report.kinds[record.header.kind] += 1
        records.append(record)
    return records


def _open_untouched(path: Path) -> int:
    """Open for reading; Linux can leave the time of access as it is, on files of one's own."""
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags | getattr(os, "O_NOATIME", 0))
    except PermissionError:
        return os.open(path, flags)
