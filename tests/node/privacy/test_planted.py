"""The search for planted secrets finds them: in every form that it claims to know, and in no other bytes."""

import base64
import gzip
import io
import json
import random
import tarfile
import zlib
from pathlib import Path

import msgpack
import pytest

from tests.node.privacy.planted import plant

SECRET = plant(random.Random(7))
WORD = SECRET.words[2]
BEFORE, AFTER = b"\x00before ", b" after\xff"


def archived(data: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("store.sqlite")
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


@pytest.mark.parametrize(
    "said",
    [
        WORD.encode(),
        WORD.upper().encode(),
        WORD[4:].encode(),
        WORD.encode("utf-16-le"),
        WORD.encode("utf-16-be"),
        json.dumps({"x": WORD}).encode(),
        base64.b64encode(b"1" + WORD.encode() + b"23"),
        base64.urlsafe_b64encode(b"12" + SECRET.salt),
        WORD.encode().hex().encode(),
        SECRET.salt,
        SECRET.salt.hex().encode(),
        msgpack.packb(SECRET.geometry),
        json.dumps(SECRET.geometry).encode(),
        json.dumps([p / 1e7 for p in SECRET.positions]).encode(),
    ],
)
@pytest.mark.parametrize(
    "packed", [bytes, zlib.compress, gzip.compress, archived, lambda data: archived(zlib.compress(data))]
)
def test_every_form_is_found(said: bytes, packed: object) -> None:
    assert callable(packed)
    inner = packed(BEFORE + said + AFTER)
    assert SECRET.traces("file", inner)
    outer = b"" if inner[257:262] == b"ustar" else BEFORE
    assert SECRET.traces("file", outer + inner + AFTER)


def test_a_stream_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    packed = zlib.compress(WORD.encode() + random.Random(1).randbytes(5_000))
    assert SECRET.traces("file", packed[:-200])


def test_nothing_is_found_where_there_is_nothing() -> None:
    assert SECRET.traces("noise", random.Random(2).randbytes(1_000_000)) == []
    assert SECRET.traces("code", Path(__file__).read_bytes()) == []
    assert plant(random.Random(8)).traces("another", SECRET.text.encode()) == []
