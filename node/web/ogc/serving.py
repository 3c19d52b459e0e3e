"""How addresses of the API are answered: within the limits of all pages, and with little else.

A thousand answers a second leave no room for the rest.  Everybody's programs may read, also in a page of
another site, unless the node keeps to a private federation.
"""

import asyncio
import logging
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import msgspec
from aiohttp import web
from multidict import CIMultiDict

from node.atlas.reading import Atlas, AtlasUnfinished
from node.log import shown
from node.peers.inbound import source_of
from node.store.errors import SearchTooLong, StoreError
from node.web.exchange.answer import COMPRESSED_FROM_BYTES, HEADERS, OPEN_HEADERS, PROBLEM_JSON, deliver
from node.web.exchange.asked import wanted_kinds
from node.web.exchange.gate import Gate
from node.web.exchange.problem import Problem, being_drawn, own_fault, search_too_long, store_silent, too_busy
from node.web.frame.error_page import error_page
from node.web.frame.markup import Element, render
from node.web.ogc.links import PAGE
from node.web.ogc.reader import Reader, reader_of, require_form
from node.web.operation.traffic import Traffic

log = logging.getLogger(__name__)

# Half again as large as at the usual level, in a third of the time: 1 ms for a page of a hundred outlines.
COMPRESSION_LEVEL = 1

# Half a megabyte takes five milliseconds, in which nobody else is answered.
PACKED_ASIDE_FROM_BYTES = 524_288

# gzip (RFC 1952) rather than zlib's own wrapping.
_GZIP_WINDOW_BITS = 31

_ALWAYS = {
    **HEADERS,
    "Cache-Control": "no-cache",
    "Vary": "Accept, Accept-Language, Accept-Encoding",
}

json_bytes = msgspec.json.Encoder().encode

_started = f"{time.time_ns():x}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader is sent.  `tag` changes whenever it does; None where it is to be asked for anew."""

    body: bytes
    kind: str
    tag: str | None = None
    language: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)


class Unchanged(Exception):
    """The reader has what it asks for, by its tag."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


Answering = Callable[[Reader], Awaitable[Answer]]


class Places:
    """Places for answers of which only so many may be in memory at once."""

    def __init__(self, number: int) -> None:
        self._left = number

    def take(self, reader: Reader) -> None:
        """Take a place until the answer has been delivered.  Raises `Problem`."""
        if not self._left:
            raise too_busy()
        self._left -= 1
        reader.leaving.append(self._give_back)

    def _give_back(self) -> None:
        self._left += 1


def version_tag(reader: Reader, version: int, *, words: bool = False) -> str:
    """Return the entity tag of what is made of a version of the atlas; `words`: in the reader's language.

    Weak, for it is one for every way of compressing (RFC 9110 §8.8.1); of one address, so that this need not
    be in it.  A node that was started again may be another software.
    """
    spoken = reader.asked.say.language if words or reader.as_page else ""
    return f'W/"{version:x}-{_started}{"p" if reader.as_page else ""}{spoken}"'


async def require_changed(reader: Reader, atlas: Atlas, *, words: bool = False) -> None:
    """Raise `Unchanged` where the reader has the version that there is.  Raises `StoreError`."""
    known = reader.request.headers.get("If-None-Match")
    if known is not None:
        tag = version_tag(reader, await atlas.version(), words=words)
        if known.strip() == "*" or tag[2:] in known:
            raise Unchanged(tag)


def page_answer(reader: Reader, page: Element, tag: str) -> Answer:
    """Return a page as an answer."""
    return Answer(render(page).encode("utf-8"), PAGE, tag, reader.asked.say.language)


def served(
    answering: Answering,
    gate: Gate,
    traffic: Traffic,
    node_name: Callable[[], str],
    language: str,
    shared: bool,
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Wrap what answers an address: within limits, faults explained, delivered or cut off.

    `shared`: whether scripts of other sites may read it.
    """
    headers = {**_ALWAYS, **OPEN_HEADERS} if shared else _ALWAYS

    async def serve(request: web.Request) -> web.StreamResponse:
        began = time.monotonic()
        source = source_of(request.remote or "")
        reader = reader_of(request, language)
        try:
            gate.enter(source)
        except Problem as problem:
            response = await deliver(request, await _explained(problem, reader, node_name(), headers))
        else:
            try:
                response = await deliver(request, await _response(answering, reader, node_name, headers))
            finally:
                gate.leave(source)
                for leave in reader.leaving:
                    leave()
        resource = request.match_info.route.resource
        pattern = "other" if resource is None else resource.canonical
        traffic.note(pattern, request.method, response.status, time.monotonic() - began)
        return response

    return serve


async def _response(
    answering: Answering, reader: Reader, node_name: Callable[[], str], headers: Mapping[str, str]
) -> web.Response:
    try:
        require_form(reader)
        return await _sent(reader, await answering(reader), headers)
    except Unchanged as unchanged:
        return web.Response(status=304, headers={**headers, "ETag": unchanged.tag})
    except Problem as problem:
        return await _explained(problem, reader, node_name(), headers)
    except SearchTooLong:
        return await _explained(search_too_long(), reader, node_name(), headers)
    except AtlasUnfinished:
        return await _explained(being_drawn(), reader, node_name(), headers)
    except (StoreError, TimeoutError) as error:
        log.warning("features could not be read: %s", error)
        return await _explained(store_silent(), reader, node_name(), headers)
    except Exception:  # a reader gets an explanation, the operator the trace
        log.exception("a mistake of ours at %s", shown(reader.request.path))
        return await _explained(own_fault(), reader, node_name(), headers)


async def _sent(reader: Reader, answer: Answer, always: Mapping[str, str], status: int = 200) -> web.Response:
    headers = CIMultiDict(always)
    headers["Content-Type"] = f"{answer.kind}; charset=utf-8" if answer.kind == PAGE else answer.kind
    if answer.tag is not None:
        headers["ETag"] = answer.tag
    if answer.language is not None:
        headers["Content-Language"] = answer.language
    headers.update(answer.more)
    body = answer.body
    if len(body) >= COMPRESSED_FROM_BYTES and _reads_gzip(reader.request.headers.get("Accept-Encoding")):
        headers["Content-Encoding"] = "gzip"
        pack = partial(zlib.compress, body, COMPRESSION_LEVEL, _GZIP_WINDOW_BITS)
        body = pack() if len(body) < PACKED_ASIDE_FROM_BYTES else await asyncio.to_thread(pack)
    return web.Response(body=body, status=status, headers=headers)


def _reads_gzip(accepted: str | None) -> bool:
    if accepted is None or "gzip" not in accepted:
        return False
    return ";" not in accepted or wanted_kinds(accepted).get("gzip", 0.0) > 0


async def _explained(
    problem: Problem, reader: Reader, node_name: str, headers: Mapping[str, str]
) -> web.Response:
    say = reader.asked.say
    if reader.as_page:
        body = render(error_page(problem, reader.page_asked, node_name)).encode("utf-8")
        answer = Answer(body, PAGE, language=say.language, more=problem.headers)
    else:
        data = json_bytes(problem.data(say, reader.request.path))
        answer = Answer(data, PROBLEM_JSON, more=problem.headers)
    return await _sent(reader, answer, headers, problem.status)
