"""Secrets that are planted in a record, and looking for them in any bytes, whatever form they are in.

    secret = plant(dice)
    record = ana.commons(secret.name, secret.text, geometry=secret.geometry, salt=secret.salt)
    assert secret.traces("store.sqlite", data) == []

A secret is random, so that nothing else says the same.
"""

import base64
import io
import json
import random
import re
import tarfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

# Letters that begin no word of Spanish, English or the samples: an index that leaves out what a word has in
# common with the one before it (FTS5) leaves out little of these.
_BEGINNINGS = ("qx", "xq", "zx", "jx")

# What a word index may leave out of a word, at most.
_TAIL_START = 4

# Archives in archives in archives: deeper is not looked.
_DEPTH_MAX = 4

# How a stream begins (RFC 1950, of a window of 32 KB at each level; RFC 1952), and what zlib calls it.
_STREAMS = (
    ("zlib", re.compile(rb"\x78[\x01\x5e\x9c\xda]"), 15),
    ("gzip", re.compile(rb"\x1f\x8b\x08"), 31),
)
_INFLATED_MAX_BYTES = 64 * 1_024 * 1_024

_TAR_SIZE_MIN_BYTES = 512


@dataclass(frozen=True)
class Planted:
    """One secret: words, bytes, a place; and the forms in which they could turn up."""

    words: tuple[str, ...]
    salt: bytes
    positions: tuple[int, ...]  # longitude, latitude, …, in 10⁻⁷ degrees
    others: dict[str, bytes] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """A name with a secret word in it."""
        return f"Vertiente {self.words[0]}"

    @property
    def text(self) -> str:
        """A text with the other secret words in it, one of them accented."""
        return "Nace donde " + ", luego ".join(self.words[1:]) + "."

    @property
    def geometry(self) -> dict[str, Any]:
        """A line whose inner positions stand in no box around it."""
        return {"type": "LineString", "coordinates": list(self.positions)}

    @cached_property
    def forms(self) -> dict[str, bytes]:
        """Bytes to look for, by what they are."""
        forms = {"salt": self.salt, "salt as hex": self.salt.hex().encode(), **self.others}
        for number, text in enumerate(_base64_cores(self.salt)):
            forms[f"salt as base64 {number}"] = text
        for word in self.words:
            forms |= {f"{word} in {name}": data for name, data in _forms_of_word(word).items()}
        for lon, lat in zip(self.positions[2:-2:2], self.positions[3:-2:2], strict=True):
            # Both in msgpack (int 32); either in digits, of the unit and of degrees.
            pair = b"".join(b"\xd2" + number.to_bytes(4, "big", signed=True) for number in (lon, lat))
            forms[f"position {lon}, {lat} in msgpack"] = pair
            for number in (lon, lat):
                forms[f"digits {number}"] = str(abs(number)).encode()
                degrees = f"{abs(number) / 1e7:.7f}"
                forms[f"degrees {degrees}"] = degrees[:-1].encode()
                forms[f"degrees {degrees} in UTF-16"] = degrees[:-1].encode("utf-16-le")
        return forms

    def traces(self, name: str, data: bytes) -> list[str]:
        """Return where in some bytes, or in what is packed in them, which form of the secret stands."""
        found = []
        for where, plain in unpacked(name, data):
            folded = plain.lower()
            for form, needle in self.forms.items():
                if needle in (folded if form.startswith(self.words) else plain):
                    found.append(f"{where}: {form}")
        return found


def plant(dice: random.Random, **others: bytes) -> Planted:
    """Make up a secret.  `others` are more bytes that are not to be found."""
    words = tuple(
        dice.choice(_BEGINNINGS) + "".join(dice.choice("bcdfghjklmnpqrstvwxyz") for _ in range(12)) + end
        for end in ("", "", "ñá", "")
    )
    line = [-790_000_000, -21_000_000]
    for _ in range(3):
        line += [dice.randint(-789_999_999, -770_000_001), dice.randint(-20_999_999, -10_000_001)]
    line += [-770_000_000, -10_000_000]
    return Planted(words, dice.randbytes(16), tuple(line), others)


def unpacked(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield bytes, and what they hold that is compressed or archived, and what that holds."""
    yield name, data
    if depth == _DEPTH_MAX:
        return
    for inner, plain in _inside(data):
        yield from unpacked(f"{name} › {inner}", plain, depth + 1)


def _inside(data: bytes) -> Iterator[tuple[str, bytes]]:
    for name, pattern, wbits in _STREAMS:
        for match in pattern.finditer(data):
            if plain := _inflated(memoryview(data)[match.start() :], wbits):
                yield f"{name} at {match.start()}", plain
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.namelist():
                yield entry, archive.read(entry)
    elif len(data) >= _TAR_SIZE_MIN_BYTES and data[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for member in tar:
                file = tar.extractfile(member) if member.isfile() else None
                if file is not None:
                    yield member.name, file.read()


def _inflated(data: memoryview, wbits: int) -> bytes:
    """Return what a compressed stream holds, also one that is cut off; nothing where there is none."""
    inflate = zlib.decompressobj(wbits)
    try:
        return inflate.decompress(data, _INFLATED_MAX_BYTES)
    except zlib.error:
        return b""


def _forms_of_word(word: str) -> dict[str, bytes]:
    tail = word[_TAIL_START:]
    forms = {
        "UTF-8": word.encode(),
        "UTF-8, the end": tail.encode(),
        "UTF-16 LE": word.encode("utf-16-le"),
        "UTF-16 BE": word.encode("utf-16-be"),
        "UTF-32": word.encode("utf-32-le"),
        "hex": word.encode().hex().encode(),
        "an address": urllib.parse.quote(word).lower().encode(),
        "JSON": json.dumps(word)[1:-1].encode(),
        "its letters alone": word.encode("ascii", "ignore"),
    }
    for number, text in enumerate(_base64_cores(word.encode())):
        forms[f"base64 {number}"] = text.lower()
    return forms


def _base64_cores(data: bytes) -> Iterator[bytes]:
    """Yield what of the base64 of some bytes does not depend on what stands around them."""
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + data)
        start = (8 * shift + 5) // 6
        end = (8 * (shift + len(data))) // 6
        yield text[start:end]
        yield text[start:end].replace(b"+", b"-").replace(b"/", b"_")
