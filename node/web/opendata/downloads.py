"""Downloads of a whole collection, or of a part of it: `/download/commons.geojson` and the like."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import BinaryIO

from aiohttp import web

from node.atlas.collections import COLLECTIONS
from node.atlas.reading import Atlas
from node.opendata.about import About
from node.opendata.csv_metadata import csv_metadata
from node.opendata.formats import (
    CSV,
    FLATGEOBUF,
    FORMS,
    METADATA_ENDING,
    METADATA_TYPE,
    Form,
    has_flatgeobuf,
)
from node.opendata.packer import CannotPack, NoRoomToPack, Packer, PackerBusy
from node.opendata.packing_jobs import Wanted
from node.opendata.survey import Surveyor
from node.opendata.text_files import text_of
from node.peers.inbound import source_of
from node.web.exchange.answer import data_answer
from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem, not_here, too_busy
from node.web.exchange.streamed import Pieces, Streamed
from node.web.opendata.datasets import about_dataset, file_path, read_dataset
from node.web.opendata.part import part_asked
from node.web.words.speech import N_

# A quarter of the requests that a node answers at once: however slowly these are read, pages are still read.
DOWNLOADS_MAX = 8
DOWNLOADS_PER_SOURCE_MAX = 4

FILE_PIECE_SIZE_BYTES = 256 * 1_024

# Raised whenever the same features give other files.
FILES_VERSION = 1

# Behind a proxy that is not named everybody comes from this machine.
_LOOPBACK = frozenset({"127.0.0.1", source_of("::1")})


class Downloads:
    """The downloads of a node: how many there are at once, and what makes the files.  End with `aclose`."""

    def __init__(self, atlas: Atlas) -> None:
        self.surveyor = Surveyor(atlas)
        self._atlas = atlas
        # A connection of their own: who goes through everything should keep nobody else waiting.
        self._read_through = Atlas(atlas.home)
        self._packer = Packer(atlas.home)
        self._sources: Counter[str] = Counter()

    async def aclose(self) -> None:
        """Let go of the atlas, and of files that nobody will take any more."""
        await self._packer.aclose()
        await self._read_through.aclose()

    async def answer(self, request: web.Request, asked: Asked, node_name: str) -> web.StreamResponse:
        """Answer `/download/{name}`.  Raises `Problem`, `StoreError`."""
        name, _, ending = request.match_info["name"].partition(".")
        if name not in COLLECTIONS or ending not in (*FORMS, METADATA_ENDING):
            raise not_here()
        if ending == FLATGEOBUF.ending and not has_flatgeobuf():
            raise _no_flatgeobuf()
        version = await self._atlas.version()
        dataset = await read_dataset(self.surveyor, name)
        about = about_dataset(asked.say, asked.origin, node_name, dataset)
        if ending == METADATA_ENDING:
            return data_answer(csv_metadata(about, f"{name}.csv"), content_type=METADATA_TYPE)
        form = FORMS[ending]
        wanted = part_asked(request, name)
        return Streamed(
            self._pieces(request, form, about, wanted),
            form.media_type,
            _tag(version, form, about, wanted),
            _headers(form, about),
        )

    async def _pieces(self, request: web.Request, form: Form, about: About, wanted: Wanted) -> Pieces:
        async with self._place(source_of(request.remote or "")):
            making = (
                self._packed(request, form, about, wanted)
                if form.packed
                else text_of(form, about, self._read_through, wanted)
            )
            async with aclosing(making) as pieces:
                async for piece in pieces:
                    yield piece

    async def _packed(self, request: web.Request, form: Form, about: About, wanted: Wanted) -> Pieces:
        file = await self._file(request, form, about, wanted)
        try:
            while piece := await asyncio.to_thread(file.read, FILE_PIECE_SIZE_BYTES):
                yield piece
        finally:
            file.close()

    async def _file(self, request: web.Request, form: Form, about: About, wanted: Wanted) -> BinaryIO:
        def is_awaited() -> bool:
            return request.transport is not None and not request.transport.is_closing()

        try:
            return await self._packer.packed(form.ending, about, wanted, is_awaited)
        except PackerBusy:
            raise too_busy() from None
        except NoRoomToPack:
            raise _no_room() from None
        except CannotPack:
            raise _not_made() from None

    @asynccontextmanager
    async def _place(self, source: str) -> AsyncIterator[None]:
        """Take a place among those who download.  Raises `Problem` where there is none."""
        most = DOWNLOADS_MAX if source in _LOOPBACK else DOWNLOADS_PER_SOURCE_MAX
        if self._sources.total() >= DOWNLOADS_MAX or self._sources[source] >= most:
            raise too_busy()
        self._sources[source] += 1
        try:
            yield
        finally:
            self._sources[source] -= 1
            if not self._sources[source]:
                del self._sources[source]
            if not self._sources:
                # A file that was replaced would be held on to, with what was erased.
                await self._read_through.aclose()


def _tag(version: int, form: Form, about: About, wanted: Wanted) -> str:
    said = f"{FILES_VERSION} {form.ending} {about.base} {about.language} {about.attribution} {wanted}"
    return f"{version:x}-{hashlib.blake2b(said.encode('utf-8'), digest_size=8).hexdigest()}"


def _headers(form: Form, about: About) -> Mapping[str, str]:
    links = [f'<{about.licence}>; rel="license"']
    if form is CSV:
        description = f"{about.base}{file_path(about.collection, METADATA_ENDING)}"
        links.append(f'<{description}>; rel="describedby"; type="{METADATA_TYPE}"')
    return {
        "Content-Disposition": f'attachment; filename="{about.collection}.{form.ending}"',
        "Content-Language": about.language,
        "Link": ", ".join(links),
    }


def _no_flatgeobuf() -> Problem:
    return Problem(
        404,
        "no-flatgeobuf",
        N_("This node makes no FlatGeobuf files"),
        N_(
            "The library that writes them is not installed here. The same features are there as GeoPackage "
            "and GeoJSON. Whoever runs this node can install it: pip install pyogrio."
        ),
    )


def _no_room() -> Problem:
    return Problem(
        503,
        "no-room",
        N_("There is no room to make that file"),
        N_(
            "It is made on the disk of this node before it is sent, and that is nearly full. GeoJSON and CSV "
            "need no room: take one of these."
        ),
        headers={"Retry-After": "3600"},
    )


def _not_made() -> Problem:
    return Problem(
        503,
        "not-made",
        N_("That file could not be made"),
        N_(
            "Nothing was lost, and why was written down in the node’s log. GeoJSON and CSV are made in "
            "another way."
        ),
        headers={"Retry-After": "60"},
    )
