"""A file as it arrives from a browser: piece by piece onto the disk, in time, and no more than there is
room for.
"""

import asyncio
import os
from pathlib import Path
from typing import BinaryIO

import msgspec
from aiohttp import BodyPartReader, web

from node.accounts.uploads import UPLOAD_SIZE_MAX_BYTES, Upload, Uploads, UploadsFull
from node.durable_files import PRIVATE_FILE_MODE
from node.locale.sentences import sentence_in
from node.web.exchange.problem import Problem
from node.web.words.speech import N_
from node.web.writing.posted import PIECE_MAX_S, Posted, require_own_page, require_proof
from node.web.writing.sheet import sentence_case
from node.web.writing.visit import Visit

# 32 MB over 130 KB/s.  The whole connection is cut after 300 s (`node.crowd`).
FILE_MAX_S = 250.0

# The proof, and what a browser may add.
FIELDS_MAX = 8
FIELD_SIZE_MAX_BYTES = 4_096


class Arrived:
    """A file that has come, or why none has: `fault`, in the reader's language."""

    def __init__(self, upload: Upload | None, fault: str = "") -> None:
        self.upload = upload
        self.fault = fault


async def receive(visit: Visit, uploads: Uploads) -> Arrived:
    """Take in the file of a form; nothing stays of one that does not arrive whole.  Raises `Problem`."""
    require_own_page(visit.request)
    if visit.request.content_type != "multipart/form-data":
        raise _not_understood()
    if (visit.request.content_length or 0) > UPLOAD_SIZE_MAX_BYTES + FIELDS_MAX * FIELD_SIZE_MAX_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(FILE_MAX_S):
            return await _received(visit, uploads)
    except TimeoutError:
        raise Problem(
            408,
            "too-slow",
            N_("What you sent did not arrive in time"),
            N_("Nothing was changed. The link may be slow just now: try again, or send less at once."),
            headers={"Connection": "close"},
        ) from None
    except (ValueError, AssertionError, web.HTTPException):
        raise _not_understood() from None


async def _received(visit: Visit, uploads: Uploads) -> Arrived:
    reader = await visit.request.multipart()
    fields: dict[str, tuple[str, ...]] = {}
    for _ in range(FIELDS_MAX):
        async with asyncio.timeout(PIECE_MAX_S):
            part = await reader.next()
        if part is None:
            return Arrived(None, visit.say("Choose a file"))
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise _not_understood()
        if part.name != "file":
            fields[part.name] = ((await _small(part)).decode("utf-8"),)
            continue
        # The form begins with whose it is: of a stranger's not a byte is kept.
        require_proof(Posted(fields), visit.token)
        if not part.filename:
            return Arrived(None, visit.say("Choose a file"))
        return await _kept(visit, uploads, part, part.filename)
    raise _not_understood()


async def _kept(visit: Visit, uploads: Uploads, part: BodyPartReader, name: str) -> Arrived:
    try:
        upload = await asyncio.to_thread(uploads.begin, visit.account.id, name, visit.now_ms)
    except UploadsFull as full:
        return Arrived(None, sentence_case(sentence_in(str(full), visit.say.language)))
    try:
        size_bytes = await _write(uploads.path_of(upload), part)
        if not size_bytes:
            await asyncio.to_thread(uploads.delete, upload)
            return Arrived(None, visit.say("That file is empty. Choose another."))
        how = msgspec.structs.replace(upload.how, language=visit.say.language)
        upload = msgspec.structs.replace(upload, size_bytes=size_bytes, how=how)
        await asyncio.to_thread(uploads.keep, upload)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(uploads.delete, upload))
        raise
    return Arrived(upload)


async def _write(path: Path, part: BodyPartReader) -> int:
    size_bytes = 0
    with await asyncio.to_thread(_opened, path) as file:
        while True:
            async with asyncio.timeout(PIECE_MAX_S):
                piece = await part.read_chunk(65_536)
            if not piece:
                return size_bytes
            size_bytes += len(piece)
            if size_bytes > UPLOAD_SIZE_MAX_BYTES:
                raise _too_large()
            await asyncio.to_thread(file.write, piece)


def _opened(path: Path) -> BinaryIO:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE_MODE)
    return os.fdopen(descriptor, "wb")


async def _small(part: BodyPartReader) -> bytes:
    data = bytearray()
    while True:
        async with asyncio.timeout(PIECE_MAX_S):
            piece = await part.read_chunk()
        if not piece:
            return bytes(data)
        data += piece
        if len(data) > FIELD_SIZE_MAX_BYTES:
            raise _not_understood()


def _not_understood() -> Problem:
    return Problem(
        400,
        "no-form",
        N_("That was not understood"),
        N_("Nothing was changed. What was sent is not a file from a form of this node."),
        headers={"Connection": "close"},
    )


def _too_large() -> Problem:
    return Problem(
        413,
        "too-large",
        N_("That file is too large"),
        N_(
            "Nothing was changed. Here a file has {n} MB at most: cut it up, or bring it in on the node’s "
            "own machine with minga commons import."
        ),
        {"n": UPLOAD_SIZE_MAX_BYTES // (1_024 * 1_024)},
        headers={"Connection": "close"},
    )
