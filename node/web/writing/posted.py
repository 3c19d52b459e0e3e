"""What is posted to a node: from a page of its own, in time, and no more than it can take.

A form is believed where the browser says that it comes from this node (Fetch Metadata, Origin) and it carries
the proof of the session that it was made for.  Anything else is somebody else's page (CSRF).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from aiohttp import BodyPartReader, web

from node.accounts.tokens import proves_form
from node.web.exchange.problem import Problem
from node.web.words.speech import N_

# The largest payload is 512 KB, a pact in two languages; written out with percent signs, three times that.  A
# form of any other kind takes a few KB.
BODY_SIZE_MAX_BYTES = 1_536 * 1_024
SMALL_BODY_SIZE_MAX_BYTES = 16 * 1_024

# 1.5 MB over 15 KB/s.  The whole connection is cut after 300 s (`node.crowd`).
BODY_MAX_S = 100.0

# Whoever sends nothing for so long has gone.
PIECE_MAX_S = 20.0

# A pact of 64 parties with four fields each.
FIELDS_MAX = 500

FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Posted:
    """The fields of a form, each with all that was given for it, line ends as `\\n`."""

    fields: Mapping[str, tuple[str, ...]]

    def text(self, name: str) -> str:
        """Return what was given for a field, empty where nothing was."""
        values = self.fields.get(name, ())
        return values[0] if values else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return all that was given for a field."""
        return self.fields.get(name, ())


def require_own_page(request: web.Request) -> None:
    """Check that a browser says the form comes from a page of this node.  Raises `Problem`.

    Old browsers say nothing; for them the proof in the form stands alone.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in ("same-origin", "none"):
        raise _foreign()
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise _foreign()


def require_proof(posted: Posted, token: str | None) -> None:
    """Check that a form was made for who holds `token`.  Raises `Problem`."""
    if token is None or not proves_form(posted.text("proof"), token):
        raise Problem(
            403,
            "form-expired",
            N_("This form has expired"),
            N_(
                "Nothing was changed. It was opened in another session, or your browser keeps no cookies. "
                "Go back, "
                "reload the page and send it again."
            ),
        )


async def read_posted(request: web.Request, size_max_bytes: int = SMALL_BODY_SIZE_MAX_BYTES) -> Posted:
    """Read a form whole.  Raises `Problem` where it is too large, too slow, or no form."""
    if request.content_type not in FORM_TYPES:
        raise _no_form()
    if request.content_length is not None and request.content_length > size_max_bytes:
        raise _too_large(size_max_bytes)
    try:
        async with asyncio.timeout(BODY_MAX_S):
            if request.content_type == FORM_TYPES[0]:
                pairs = _pairs_of(await _read(request, size_max_bytes))
            else:
                pairs = await _parts_of(request, size_max_bytes)
    except TimeoutError:
        raise Problem(
            408,
            "too-slow",
            N_("What you sent did not arrive in time"),
            N_("Nothing was changed. The link may be slow just now: try again, or send less at once."),
            headers={"Connection": "close"},
        ) from None
    except (ValueError, AssertionError, ConnectionError, web.HTTPException):
        raise _no_form() from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\r", "\n"))
    return Posted({name: tuple(values) for name, values in fields.items()})


async def _read(request: web.Request, size_max_bytes: int) -> bytes:
    data = bytearray()
    while True:
        async with asyncio.timeout(PIECE_MAX_S):
            piece = await request.content.readany()
        if not piece:
            return bytes(data)
        data += piece
        if len(data) > size_max_bytes:
            raise _too_large(size_max_bytes)


def _pairs_of(data: bytes) -> list[tuple[str, str]]:
    return parse_qsl(
        data.decode("utf-8"),
        keep_blank_values=True,
        encoding="utf-8",
        errors="strict",
        max_num_fields=FIELDS_MAX,
    )


async def _parts_of(request: web.Request, size_max_bytes: int) -> list[tuple[str, str]]:
    """Return the fields of a form with files; of a file its text, and never its name."""
    pairs: list[tuple[str, str]] = []
    size_bytes = 0
    reader = await request.multipart()
    while True:
        async with asyncio.timeout(PIECE_MAX_S):
            part = await reader.next()
        if part is None:
            return pairs
        if not isinstance(part, BodyPartReader) or part.name is None or len(pairs) >= FIELDS_MAX:
            raise _no_form()
        data = bytearray()
        while True:
            async with asyncio.timeout(PIECE_MAX_S):
                piece = await part.read_chunk()
            if not piece:
                break
            data += piece
            size_bytes += len(piece)
            if size_bytes > size_max_bytes:
                raise _too_large(size_max_bytes)
        pairs.append((part.name, bytes(data).decode("utf-8-sig" if part.filename else "utf-8")))


def _foreign() -> Problem:
    return Problem(
        403,
        "other-page",
        N_("This form did not come from this node"),
        N_(
            "Nothing was changed. Your browser says that another page sent it. Open the form here and fill "
            "it in."
        ),
    )


def _no_form() -> Problem:
    return Problem(
        400,
        "no-form",
        N_("That was not understood"),
        N_(
            "Nothing was changed. What was sent is not a form of this node, or a file in it is not text "
            "(UTF-8)."
        ),
        headers={"Connection": "close"},
    )


def _too_large(size_max_bytes: int) -> Problem:
    return Problem(
        413,
        "too-large",
        N_("What you sent is too large"),
        N_(
            "Nothing was changed. This form takes {n} KB at most; of limits with many points, leave some out."
        ),
        {"n": size_max_bytes // 1_024},
        headers={"Connection": "close"},
    )
