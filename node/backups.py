"""Backups of a home: one archive with its store, settings and keys, and a note of when the last was made."""

import asyncio
import json
import os
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.accounts.accounts_file import FILE_NAME as ACCOUNTS_NAME
from node.accounts.accounts_file import copy_accounts
from node.durable_files import PRIVATE_FILE_MODE, sync_folder, write_durably
from node.errors import ConfigError
from node.home import Home
from node.store.interface import Store

# The note in the home of when its last backup was made, and those before.
NOTE_NAME = "last-backup.json"

# One a month for four years: whoever erases is told where copies from before may lie.
NOTED_MAX = 50

# Beside store and keys: the settings, the peers that were chosen, what is blocked, how many asked for what,
# and what of registers was erased.
_PLAIN_FILES = ("config.toml", "peers.txt", "blocks.txt", "privacy-requests.jsonl", "erased-rows.txt")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was made: when (ms), of how many records, into which file and how large."""

    file: Path
    time_ms: int
    records: int
    size_bytes: int


async def back_up(home: Home, store: Store, target: Path, *, keys: bool = True) -> Backup:
    """Write a whole copy of a home into a new tar archive, which appears only once it is on disk.

    The store may be at work meanwhile.  Unpacked into an empty directory the archive is a home again.
    Raises `ConfigError` where `target` is there already, `StoreError`, `OSError`.
    """
    if await asyncio.to_thread(target.exists):
        raise ConfigError(f"{target} exists already; give the backup another name")
    copy, people = (target.with_name(f".{target.name}.{part}") for part in ("store", "accounts"))
    copy.unlink(missing_ok=True)
    people.unlink(missing_ok=True)
    try:
        await store.backup(copy)
        records = (await store.counts()).records
        # Accounts go where keys go: what is kept of a passphrase is a secret too, and drafts are their
        # owners'.
        has_people = keys and await asyncio.to_thread(copy_accounts, home.path, people)
        size_bytes = await asyncio.to_thread(_pack, home, copy, target, keys, people if has_people else None)
    finally:
        copy.unlink(missing_ok=True)
        people.unlink(missing_ok=True)
    made = Backup(target, time.time_ns() // 1_000_000, records, size_bytes)
    earlier = [_noted(backup) for backup in backups_made(home)[: NOTED_MAX - 1]]
    write_durably(home.path / NOTE_NAME, json.dumps(_noted(made) | {"earlier": earlier}).encode())
    return made


def last_backup(home: Home) -> Backup | None:
    """Return the last backup of a home that was noted, None where none was."""
    made = backups_made(home)
    return made[0] if made else None


def backups_made(home: Home) -> list[Backup]:
    """Return the backups of a home that were noted, the last first; whether they are still there is not
    known."""
    try:
        note = json.loads((home.path / NOTE_NAME).read_text(encoding="utf-8"))
        return [_backup(one) for one in (note, *note.get("earlier", ()))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _noted(backup: Backup) -> dict[str, Any]:
    return {
        "file": str(backup.file),
        "time_ms": backup.time_ms,
        "records": backup.records,
        "size_bytes": backup.size_bytes,
    }


def _backup(note: dict[str, Any]) -> Backup:
    return Backup(Path(note["file"]), int(note["time_ms"]), int(note["records"]), int(note["size_bytes"]))


def _pack(home: Home, store: Path, target: Path, keys: bool, people: Path | None) -> int:
    """Put the copies of the store and of the accounts, the settings and the keys into the archive; return its
    size in bytes."""
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE_MODE)
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as archive:
                archive.add(store, home.store_path.name)
                if people is not None:
                    archive.add(people, ACCOUNTS_NAME)
                for name in _PLAIN_FILES:
                    if (home.path / name).is_file():
                        archive.add(home.path / name, name)
                if keys:
                    archive.add(home.keys_path, home.keys_path.name, filter=_without_unfinished)
            file.flush()
            os.fsync(file.fileno())
            size_bytes = file.tell()
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    return size_bytes


def _without_unfinished(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if Path(entry.name).name.startswith(".") else entry
