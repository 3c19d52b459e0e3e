"""Rows of registers whose records were erased on purpose: an import does not bring them back.

What is kept of a row is a digest of its source and its number there, in a file of the home: what the row said
is nowhere in it.
"""

from collections.abc import Container, Iterable
from hashlib import blake2b
from pathlib import Path

from node.durable_files import write_durably
from node.importing.cells import Unusable
from node.importing.drafts import SourceKey
from protocol.canonical import encode

FILE_NAME = "erased-rows.txt"

_DIGEST_SIZE_BYTES = 16


class ErasedRows:
    """The rows that one home has erased."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE_NAME
        try:
            self._marks = set(self._path.read_text(encoding="ascii").split())
        except (FileNotFoundError, UnicodeDecodeError):
            self._marks = set()

    def __contains__(self, key: object) -> bool:
        return isinstance(key, SourceKey) and _mark(key) in self._marks

    def add(self, keys: Iterable[SourceKey]) -> None:
        """Remember rows, on disk when this returns.  Raises `OSError`."""
        fresh = {_mark(key) for key in keys} - self._marks
        if fresh:
            self._marks |= fresh
            write_durably(self._path, "".join(f"{mark}\n" for mark in sorted(self._marks)).encode("ascii"))


def require_not_erased(key: SourceKey, erased: Container[SourceKey], known: Container[SourceKey]) -> None:
    """Raise `Unusable` where a row was erased and is not recorded again."""
    if key in erased and key not in known:
        raise Unusable("its record was erased on purpose; --erased-too records it again")


def _mark(key: SourceKey) -> str:
    named = encode([key.kind, key.source, key.identifier])
    return blake2b(named, digest_size=_DIGEST_SIZE_BYTES, person=b"minga erased row").hexdigest()
