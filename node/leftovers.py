"""Looking through the files of a home for what was erased: bytes and words that stood in it.

What is looked for is a sample: the random bytes that every content is signed with, and its longest texts.  An
index cuts words up, and not finding one means little: that none is left there is `node.store.purging`'s work.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from node.bundles import read_bundle
from protocol.bundle import MAGIC, Block
from protocol.errors import ProtocolError
from protocol.record.verification import VerifiedRecord

# Each is one more pass over every file: 0.3 s for a store of 200 MB.
MARKS_MAX = 32

# A text as short as a name that many have says nothing.
TEXT_MIN_BYTES = 16
TEXT_MAX_BYTES = 96
WORD_MIN_CHARS = 10

# Of one content, so many texts and words beside its salt.
TEXTS_OF_ONE_MAX = 4

PIECE_SIZE_BYTES = 4 * 1_024 * 1_024


@dataclass(frozen=True, slots=True)
class Mark:
    """Bytes that stood in a content; `word` where they are a word as an index has it."""

    data: bytes
    word: str = ""


@dataclass(slots=True)
class Looked:
    """What was looked through, and which marks stand in which files."""

    files: int = 0
    size_bytes: int = 0
    found: dict[Path, list[Mark]] = field(default_factory=dict)


def marks_of(records: Sequence[VerifiedRecord]) -> list[Mark]:
    """Return what to look for of records that still have their content, at most `MARKS_MAX`."""
    plain = [msgspec.to_builtins(r.content, builtin_types=(bytes,)) for r in records if not r.is_erased]
    salts = [Mark(content["salt"]) for content in plain if isinstance(content.get("salt"), bytes)]
    texts: list[Mark] = []
    for content in plain:
        longest = sorted(set(_texts_in(content)), key=lambda text: (-len(text), text))
        texts += _marks_in(longest[:TEXTS_OF_ONE_MAX])
    return list(dict.fromkeys([*salts, *texts]))[:MARKS_MAX]


def look_through(home: Path, marks: Sequence[Mark]) -> Looked:
    """Look through every file of a home; those that cannot be read are left out.

    Not for a process that has the store of that home open: SQLite's locks on a file go with any descriptor of
    it that the process closes (https://www.sqlite.org/howtocorrupt.html, 2.2).
    """
    looked = Looked()
    for path in sorted(home.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        try:
            size_bytes = path.stat().st_size
            here = [mark for mark in marks if mark in _found_in(path, marks)]
        except OSError:
            continue
        looked.files += 1
        looked.size_bytes += size_bytes
        if here:
            looked.found[path] = here
    return looked


def _found_in(path: Path, marks: Sequence[Mark]) -> set[Mark]:
    found: set[Mark] = set()
    longest = max((len(mark.data) for mark in marks), default=1)
    before = b""
    for piece in _pieces_of(path):
        joined = before + piece
        folded = joined.lower() if any(mark.word for mark in marks) else b""
        found.update(mark for mark in marks if mark.data in (folded if mark.word else joined))
        before = joined[len(joined) - longest + 1 :] if longest > 1 else b""
    return found


def _pieces_of(path: Path) -> Iterator[bytes]:
    """Yield what a file holds, piece by piece; of a bundle, what is packed in it."""
    with path.open("rb") as file:
        first = file.read(PIECE_SIZE_BYTES)
        if not first.startswith(MAGIC):
            yield first
            while piece := file.read(PIECE_SIZE_BYTES):
                yield piece
            return
    try:
        for item in read_bundle(path, salvage=True):
            if isinstance(item, Block):
                yield b"".join(item.envelopes)
    except ProtocolError:
        return


def _marks_in(texts: Iterable[str]) -> Iterator[Mark]:
    for text in texts:
        data = text.encode()
        if len(data) >= TEXT_MIN_BYTES:
            yield Mark(data[:TEXT_MAX_BYTES])
        word = max(_words_of(text), key=len, default="")
        if len(word) >= WORD_MIN_CHARS:
            yield Mark(word.encode(), word)


def _words_of(text: str) -> list[str]:
    """Return the words of a text that an index keeps as they are written, but for their case."""
    letters = "".join(c if c.isalnum() else " " for c in text.lower())
    return [word for word in letters.split() if word.isascii()]


def _texts_in(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _texts_in(part)
        case list() | tuple():
            for part in value:
                yield from _texts_in(part)
