"""Where the bytes of a file come from: the disk, or one member of an archive, never unpacked by its name."""

import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from node.importing.rows import Unreadable

# A national register with detailed boundaries; larger files are cut up by province before they are imported.
# Of an archive, also what comes out of each member: a zip bomb ends here, whatever sizes it claims.
FILE_SIZE_MAX_BYTES = 512 * 1_024 * 1_024

# A season of a field team's photographs beside its observations.
MEMBERS_MAX = 10_000

# The directory of so many members with long names; read before the library takes it in whole.
DIRECTORY_SIZE_MAX_BYTES = 4 * 1_024 * 1_024

# Text of positions, the most repetitive thing there is, packs to a thirtieth; past this nothing honest does.
RATIO_MAX = 250

# What is so little does no harm, however well it was packed.
RATIO_FROM_BYTES = 16 * 1_024 * 1_024

_CHUNK_SIZE_BYTES = 256 * 1_024
_END_SIZE_BYTES = 22
_COMMENT_SIZE_MAX_BYTES = 65_535


class Source(Protocol):
    """Bytes with a name, read from the start as often as wanted."""

    @property
    def name(self) -> str:
        """What people call the file."""
        ...

    def open(self) -> BinaryIO:
        """Open it.  Raises `Unreadable` or `OSError`."""
        ...


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on the disk."""

    path: Path

    @property
    def name(self) -> str:
        """The name of the file, without its folder."""
        return self.path.name

    def open(self) -> BinaryIO:
        """Open it.  Raises `OSError`."""
        return self.path.open("rb")


@dataclass(frozen=True, slots=True)
class MemberSource:
    """One member of an archive."""

    archive: Path
    member: str

    @property
    def name(self) -> str:
        """The name of the archive and of the member in it."""
        return f"{self.archive.name}: {self.member}"

    def open(self) -> BinaryIO:
        """Open it.  Raises `Unreadable` or `OSError`."""
        return cast(BinaryIO, _Unpacked(self.archive, self.member, self.name))


def members_of(path: Path) -> list[str]:
    """Return the names of the files in an archive.  Raises `Unreadable` for what is none, or is a trap."""
    with _archive(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MEMBERS_MAX:
        raise Unreadable(f"{path.name} holds more than {MEMBERS_MAX} files: take out the one to import")
    for info in infos:
        parts = info.filename.replace("\\", "/").split("/")
        if ".." in parts or parts[0] == "" or ":" in parts[0]:
            raise Unreadable(
                f"{path.name} holds a file that wants to be put outside of it ({info.filename!r:.80}): "
                "do not trust it, ask for another"
            )
        if info.flag_bits & 0x1:
            raise Unreadable(
                f"{path.name} is locked with a password: unpack it first, and import what is in it"
            )
    return [info.filename for info in infos]


@contextmanager
def on_disk(source: Source) -> Iterator[Path]:
    """Yield a path under which a source lies on the disk, unpacked where need be, for what reads only
    files.
    """
    if isinstance(source, FileSource):
        yield source.path
        return
    with tempfile.NamedTemporaryFile(prefix="minga-import-") as file, source.open() as reading:
        _copy(reading, file)
        file.flush()
        yield Path(file.name)


@contextmanager
def seekable(source: Source) -> Iterator[IO[bytes]]:
    """Yield a source as a file in which one can go back; what lies in an archive is unpacked without a
    name.
    """
    if isinstance(source, FileSource):
        with source.open() as file:
            yield file
        return
    with tempfile.TemporaryFile(prefix="minga-import-") as file, source.open() as reading:
        _copy(reading, file)
        file.seek(0)
        yield file


def _copy(reading: BinaryIO, writing: IO[bytes]) -> None:
    while chunk := reading.read(_CHUNK_SIZE_BYTES):
        writing.write(chunk)


class _Unpacked:
    """A member as it is unpacked, which ends in `Unreadable` where more comes out of it than is allowed."""

    def __init__(self, path: Path, member: str, name: str) -> None:
        self._name = name
        self._archive = _open_archive(path)
        try:
            self._packed_bytes = self._archive.getinfo(member).compress_size
            self._member = self._archive.open(member)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as error:
            self._archive.close()
            raise Unreadable(f"{name} cannot be unpacked: {error}") from None
        self._taken_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes, all of them where negative.  Raises `Unreadable`."""
        wanted = FILE_SIZE_MAX_BYTES + 1 - self._taken_bytes
        try:
            data = self._member.read(wanted if size < 0 else min(size, wanted))
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
            raise Unreadable(f"{self._name} is damaged: {error}") from None
        self._taken_bytes += len(data)
        if self._taken_bytes > FILE_SIZE_MAX_BYTES:
            raise Unreadable(
                f"{self._name} unpacks to more than {FILE_SIZE_MAX_BYTES} bytes: cut it into several files"
            )
        if self._taken_bytes > max(RATIO_FROM_BYTES, RATIO_MAX * self._packed_bytes):
            raise Unreadable(
                f"{self._name} unpacks to more than {RATIO_MAX} times its size: "
                "it was made to fill a disk, do not trust it"
            )
        return data

    def readinto(self, buffer: "bytearray | memoryview") -> int:
        """Fill a buffer; return how many bytes were read."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def writable(self) -> bool:
        """Say that it cannot be written."""
        return False

    def seekable(self) -> bool:
        """Say that one cannot go back in it."""
        return False

    def flush(self) -> None:
        """Do nothing: nothing is written."""

    @property
    def closed(self) -> bool:
        """Whether it has been closed."""
        return self._member.closed

    def close(self) -> None:
        """Close the member and its archive."""
        self._member.close()
        self._archive.close()

    def __enter__(self) -> "_Unpacked":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    archive = _open_archive(path)
    try:
        yield archive
    finally:
        archive.close()


def _open_archive(path: Path) -> zipfile.ZipFile:
    _require_small_directory(path)
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise Unreadable(f"{path.name} is no whole archive: {error}; copy it again") from None


def _require_small_directory(path: Path) -> None:
    """Look at the end of an archive (APPNOTE.TXT §4.3.16) for how large its directory is."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SIZE_BYTES - _COMMENT_SIZE_MAX_BYTES - 20))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END_SIZE_BYTES:
        raise Unreadable(f"{path.name} is no whole archive: its end is missing; copy it again")
    directory_bytes = int.from_bytes(tail[at + 12 : at + 16], "little")
    # Directories of the larger sort (ZIP64) begin with a locator before the end.
    if tail[max(at - 20, 0) : at].startswith(b"PK\x06\x07") or directory_bytes > DIRECTORY_SIZE_MAX_BYTES:
        raise Unreadable(f"{path.name} holds more than {MEMBERS_MAX} files: take out the one to import")
