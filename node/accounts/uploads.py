"""Files that somebody is bringing in: on the disk of the home, their owner's alone, until they are signed,
given up, or forgotten.

Each lies in a folder of its own, `brought/ID`, with what was said of how it is read: a node that is started
again goes on where it was.  What was signed of a file is in the store; the file is deleted then.
"""

import re
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from node.accounts.drafts import is_draft_id, new_draft_id
from node.durable_files import write_durably
from node.errors import ConfigError

FOLDER_NAME = "brought"

# A parish's map with detailed outlines; a register of a nation comes in at the command line.
UPLOAD_SIZE_MAX_BYTES = 32 * 1_024 * 1_024

# Of one account: this year's and last year's map of each of a few sorts.
UPLOADS_PER_ACCOUNT_MAX = 8

# Of all accounts together: a memory card has room for that.
UPLOADS_SIZE_MAX_BYTES = 512 * 1_024 * 1_024

# Whoever has not come back for two months has forgotten it.
KEPT_MS = 60 * 24 * 60 * 60 * 1_000

NAME_LENGTH_MAX_CHARS = 80

_NOT_PLAIN = re.compile(r"[^\w.() -]+")
_ABOUT = "about.json"
_FILE = "file"


class UploadsFull(ConfigError):
    """There is no room for another file; the message says what to do."""


class How(Struct, frozen=True):
    """What was said of how a file is read; "" where nothing was."""

    name: str = ""
    resources: str = ""
    source: str = ""
    licence: str = ""
    language: str = "es"
    crs: str = ""
    layer: str = ""
    areas: bool = False


class Result(Struct, frozen=True):
    """What came of signing a file: how many things are new, changed, and as they were, and how many left
    out.
    """

    new: int
    changed: int
    unchanged: int
    left_out: int
    actor: str


class Upload(Struct, frozen=True):
    """A file that somebody is bringing in."""

    id: str
    account: int
    name: str
    size_bytes: int
    at_ms: int
    how: How = How()
    result: Result | None = None


_read = msgspec.json.Decoder(Upload)


class Uploads:
    """The files of one home."""

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER_NAME

    def path_of(self, upload: Upload) -> Path:
        """Return where a file lies, under the name that its owner knows it by."""
        return self._folder / upload.id / _FILE / upload.name

    def begin(self, account: int, name: str, now_ms: int) -> Upload:
        """Make room for a file; what arrives of it is written to `path_of`.  Raises `UploadsFull`."""
        self._sweep(now_ms)
        everybody = self._all()
        if sum(one.account == account for one in everybody) >= UPLOADS_PER_ACCOUNT_MAX:
            raise UploadsFull(
                "there is no room for more of your files: sign or give up some of those that you have"
            )
        if sum(one.size_bytes for one in everybody) > UPLOADS_SIZE_MAX_BYTES - UPLOAD_SIZE_MAX_BYTES:
            raise UploadsFull("there is no room for more files on this node just now: try again later")
        upload = Upload(new_draft_id(), account, plain_name(name), 0, now_ms)
        for folder in (self._folder, self._folder / upload.id, self._folder / upload.id / _FILE):
            folder.mkdir(mode=0o700, exist_ok=True)
        return upload

    def keep(self, upload: Upload) -> None:
        """Keep what is known of a file, on disk when this returns."""
        write_durably(self._folder / upload.id / _ABOUT, msgspec.json.encode(upload))

    def find(self, account: int, upload_id: str) -> Upload | None:
        """Return a file of an account, None where it has none of that id."""
        found = self._about(upload_id) if is_draft_id(upload_id) else None
        return found if found is not None and found.account == account else None

    def of(self, account: int) -> list[Upload]:
        """Return the files of an account, the latest first."""
        mine = [one for one in self._all() if one.account == account]
        return sorted(mine, key=lambda one: (-one.at_ms, one.id))

    def finish(self, upload: Upload) -> None:
        """Keep what came of a file, and delete the file."""
        self.keep(upload)
        shutil.rmtree(self._folder / upload.id / _FILE, ignore_errors=True)

    def delete(self, upload: Upload) -> None:
        """Delete a file and all that is known of it."""
        shutil.rmtree(self._folder / upload.id, ignore_errors=True)

    def _about(self, upload_id: str) -> Upload | None:
        with suppress(OSError, msgspec.MsgspecError, UnicodeDecodeError):
            return _read.decode((self._folder / upload_id / _ABOUT).read_bytes())
        return None

    def _all(self) -> list[Upload]:
        try:
            names = [entry.name for entry in self._folder.iterdir()]
        except OSError:
            return []
        return [one for name in names if is_draft_id(name) and (one := self._about(name)) is not None]

    def _sweep(self, now_ms: int) -> None:
        """Delete what was forgotten, and what arrived only in part."""
        try:
            entries = list(self._folder.iterdir())
        except OSError:
            return
        for entry in entries:
            known = self._about(entry.name)
            half = known is None and now_ms - entry.stat().st_mtime_ns // 1_000_000 > 60 * 60 * 1_000
            if half or (known is not None and not 0 <= now_ms - known.at_ms <= KEPT_MS):
                shutil.rmtree(entry, ignore_errors=True)


def plain_name(name: str) -> str:
    """Return the name of a file as it may stand in a folder: its last part, nothing odd, not too long."""
    last = _NOT_PLAIN.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(". ")
    stem, dot, suffix = last.rpartition(".")
    if not dot:
        return last[:NAME_LENGTH_MAX_CHARS] or "file"
    suffix = suffix[:12]
    return f"{stem[: NAME_LENGTH_MAX_CHARS - len(suffix) - 1]}.{suffix}"
