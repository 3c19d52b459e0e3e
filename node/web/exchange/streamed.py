"""An answer that is sent as it is made, piece by piece, so that a large one needs no more memory than a small
one; whoever takes it too slowly is cut off.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping

from aiohttp import ETag, web

from node.log import shown
from node.store.errors import StoreError
from node.web.exchange.answer import HEADERS, OPEN_HEADERS

log = logging.getLogger(__name__)

# What waits for a reader at most; a piece that takes longer than this comes at less than 2 KB/s, which is
# what a poor mobile link has.
PIECE_SIZE_BYTES = 64 * 1_024
PIECE_MAX_S = 32.0

# 100 MB at 10 KB/s.  A reader who takes one byte a second would else keep a place for ever.
STREAM_MAX_S = 3.0 * 60 * 60

Pieces = AsyncGenerator[bytes, None]


class Streamed(web.StreamResponse):
    """An answer of unknown length.  `pieces` is not begun before `begin` is called."""

    def __init__(
        self,
        pieces: Pieces,
        content_type: str,
        etag: str,
        headers: Mapping[str, str],
        length: int | None = None,
    ) -> None:
        """`etag` names what is sent, whatever its bytes are when it is compressed."""
        super().__init__(status=200, headers={**HEADERS, **OPEN_HEADERS, **headers})
        self.content_type = content_type
        if content_type.startswith("text/") or content_type.endswith("json"):
            self.charset = "utf-8"
        self.headers["Cache-Control"] = "no-cache"
        self.headers["Vary"] = "Accept, Accept-Language, Accept-Encoding"
        self.etag = ETag(etag, is_weak=True)
        self._pieces = pieces
        self._first = b""

    async def begin(self) -> None:
        """Make the first piece: what goes wrong until then can still be explained.

        Raises what making it raises.
        """
        self._first = await anext(self._pieces, b"")

    async def send(self, request: web.Request) -> None:
        """Send everything; a reader who is too slow, or to whom not all can be given, is cut off.

        Cut off, so that a reader knows that it is not all: what has been sent cannot be taken back.
        """
        try:
            async with asyncio.timeout(STREAM_MAX_S):
                if request.method != "HEAD":  # an answer without a body would get the end of a packed one
                    self.enable_compression()
                await self.prepare(request)
                if request.method != "HEAD":
                    await self._send(self._first)
                    async for piece in self._pieces:
                        await self._send(piece)
                await self.write_eof()
        except TimeoutError:
            self._cut_off(request)
        except StoreError as error:
            log.warning("%s could not be sent to its end: %s", shown(request.path), error)
            self._cut_off(request)
        finally:
            await self._pieces.aclose()

    async def _send(self, data: bytes) -> None:
        self._first = b""
        view = memoryview(data)
        for at in range(0, len(view), PIECE_SIZE_BYTES):
            async with asyncio.timeout(PIECE_MAX_S):
                await self.write(view[at : at + PIECE_SIZE_BYTES])

    def _cut_off(self, request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()
