"""Looking after the file: copies of it, and whether all that is in it is as it should be."""

import asyncio
import os
import sqlite3
from pathlib import Path

import aiosqlite

from node.store.changes import PURGE_PENDING
from node.store.connection import reading
from node.store.errors import StoreError, Trouble, as_store_error
from node.store.interface import Progress
from node.store.queries import Reader
from node.store.reconcile_summary import check_summary
from node.store.schema import CALLERS
from protocol.errors import ProtocolError
from protocol.identifiers import id_text
from protocol.limits import TIME_MAX_MS
from protocol.record.verification import verify_record

# A damaged file can be wrong in every row: an operator needs to hear of some of them.
FINDINGS_MAX = 100

# Verified in one go on another thread: 50 ms.
VERIFY_STEP_RECORDS = 512


async def write_backup(source: Path, target: Path) -> None:
    """Copy the store at `source` as it is at this moment into the new file `target`.

    The file appears under its name only when it is complete and on disk.  Raises `StoreError`.
    """
    partial = target.with_name(target.name + ".partial")
    await asyncio.to_thread(_make_way, partial, target)
    try:
        async with aiosqlite.connect(source, isolation_level=None) as db:
            # A backup must not carry what was erased: VACUUM copies only what is there.
            await db.execute("VACUUM INTO ?", (str(partial),))
        async with aiosqlite.connect(partial, isolation_level=None) as db:
            await _clear(db)
        await asyncio.to_thread(_put_in_place, partial, target)
    except sqlite3.Error as error:
        partial.unlink(missing_ok=True)
        raise as_store_error(error) from error
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise StoreError(f"the backup could not be written: {error}") from error


async def _clear(copy: aiosqlite.Connection) -> None:
    """Clear a copy of what is true of its original alone, and of what that was still to be cleared of."""
    await copy.execute("DELETE FROM meta WHERE substr(name, 1, ?) = ?", (len(CALLERS), CALLERS))
    if not await copy.execute_fetchall("SELECT 1 FROM meta WHERE name = ?", (PURGE_PENDING,)):
        return
    # Nobody else has the copy, and one that is cut off is thrown away.
    await copy.execute_fetchall("PRAGMA journal_mode = OFF")
    await copy.execute("INSERT INTO words (words) VALUES ('optimize')")
    await copy.execute("DELETE FROM meta WHERE name = ?", (PURGE_PENDING,))
    await copy.execute("VACUUM")


def _make_way(partial: Path, target: Path) -> None:
    if target.exists():
        raise StoreError(f"{target} exists already: give the backup another name")
    partial.unlink(missing_ok=True)


def _put_in_place(partial: Path, target: Path) -> None:
    partial.chmod(0o600)
    with partial.open("rb+") as file:
        os.fsync(file.fileno())
    partial.rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


async def check_store(path: Path, progress: Progress | None) -> list[str]:
    """Check the file and verify every record again; return what is wrong, at most `FINDINGS_MAX`.

    Raises `StoreError` for a file that cannot be read at all.
    """
    findings: list[str] = []
    async with reading(path) as db:
        for (line,) in await db.execute_fetchall(f"PRAGMA integrity_check({FINDINGS_MAX})"):
            if line != "ok":
                findings.append(Trouble(f"the file is damaged: {line}"))
        reader = Reader(db)
        expected = (await reader.counts()).records
        count = 0
        step: list[tuple[bytes, bytes]] = []
        async for item in reader.all_records():
            step.append(item)
            count += 1
            if len(step) == VERIFY_STEP_RECORDS:
                findings += await asyncio.to_thread(_verify, step)
                step = []
                if progress is not None:
                    progress(count, expected)
            if len(findings) >= FINDINGS_MAX:
                return findings[:FINDINGS_MAX]
        findings += await asyncio.to_thread(_verify, step)
        if progress is not None:
            progress(count, expected)
        findings += await check_summary(db)
        if count != expected:
            findings.append(
                Trouble(f"{count} records are held, and {expected} were counted: run `minga rebuild`")
            )
    return findings[:FINDINGS_MAX]


def _verify(step: list[tuple[bytes, bytes]]) -> list[str]:
    findings: list[str] = []
    for record_id, envelope in step:
        try:
            # The future was bounded when the record came in; clocks may have been set back since.
            found = verify_record(envelope, TIME_MAX_MS).id
        except ProtocolError as error:
            findings.append(Trouble(f"record {id_text(record_id)}: {error}"))
        else:
            if found != record_id:
                findings.append(Trouble(f"record {id_text(record_id)} is stored under another's id"))
    return findings
