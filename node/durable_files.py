"""Files that are whole or not there: written beside their place, synced, renamed, and the folder synced.

A power cut or `kill -9` at any moment leaves the old content or the new one, never half of one.
"""

import os
import secrets
import stat
from pathlib import Path

from node.errors import UnsafePermissions

PRIVATE_FILE_MODE = 0o600
PRIVATE_FOLDER_MODE = 0o700

# What a write that was cut short leaves behind ends so; see `remove_unfinished`.
UNFINISHED_SUFFIX = ".unfinished"


def write_durably(path: Path, data: bytes, *, mode: int = PRIVATE_FILE_MODE) -> None:
    """Put `data` at `path`, replacing what is there, and return once both are on disk.  Raises `OSError`."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}{UNFINISHED_SUFFIX}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)  # whatever the umask
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable: a renamed file is safe only after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_unfinished(folder: Path) -> None:
    """Remove what writes into `folder` left when they were cut short; the caller keeps other writers out."""
    for leftover in folder.glob(f".*{UNFINISHED_SUFFIX}"):
        leftover.unlink(missing_ok=True)


def make_private_folder(folder: Path) -> None:
    """Make `folder` (and those above it) where it is missing, open to its owner alone, durably."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=PRIVATE_FOLDER_MODE, exist_ok=True)
        sync_folder(folder.parent)


def require_private_folder(folder: Path) -> None:
    """Raise `UnsafePermissions` where others than the owner may enter `folder`."""
    if stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise UnsafePermissions(f"{folder} is open to other users of this machine; run: chmod 700 {folder}")


def read_private(path: Path, size_max_bytes: int) -> bytes:
    """Return the content of a file that only its owner may read, at most `size_max_bytes + 1` bytes of it.

    Raises `UnsafePermissions`, and `OSError` where it cannot be read.
    """
    # O_NONBLOCK: opening a pipe that somebody put in the file's place must not wait for its writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(file.fileno())  # of the file that is open, whatever the name means by now
        if not stat.S_ISREG(state.st_mode):
            raise UnsafePermissions(f"{path} is not a plain file; put the secret into one of its own")
        if stat.S_IMODE(state.st_mode) & 0o077:
            raise UnsafePermissions(
                f"{path} can be read by other users of this machine; run: chmod 600 {path}"
            )
        return file.read(size_max_bytes + 1)
