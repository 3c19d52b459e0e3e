"""From a page or data to the bytes sent: headers, entity tags, and delivery that does not wait for ever."""

import asyncio
import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from aiohttp import ETag, web

from node.web.frame.markup import Element, render

# Nothing but what this node serves; no script at all, and nobody may frame these pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

# The map draws by scripts of this node, in processes of their own, and asks this node for what it draws.
MAP_POLICY = CONTENT_SECURITY_POLICY.replace(
    "default-src 'none';",
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self';",
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "minga",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

# Data may be read by scripts of any site: it is there for everybody, and who reads it is asked nothing.
OPEN_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Crs, ETag, Link, Content-Disposition, Content-Language",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

# What another site's browser asks before it sends a request with headers of its own.
PREFLIGHT_HEADERS = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Accept, Accept-Language, If-None-Match",
    "Access-Control-Max-Age": "86400",
}

# 100 KB over 2 KB/s, a poor mobile link, and twice that to be patient.
DELIVERY_MAX_S = 100.0

# Below it compression saves less than a packet.
COMPRESSED_FROM_BYTES = 1_024

HTML = "text/html"
JSON = "application/json"
CSV = "text/csv"
LINKED_DATA = "application/ld+json"
PROBLEM_JSON = "application/problem+json"


def page_answer(
    root: Element, language: str, status: int = 200, *, policy: str = CONTENT_SECURITY_POLICY
) -> web.Response:
    """Return a page as a response; `policy`: what it may load."""
    response = _answer(render(root).encode("utf-8"), HTML, status)
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = policy
    return response


def data_answer(data: Mapping[str, Any], status: int = 200, content_type: str = JSON) -> web.Response:
    """Return data as a JSON response."""
    text = json.dumps(data, ensure_ascii=False, indent=1)
    # Half of a surrogate pair is no text: no record holds one, and a request may.
    return opened(_answer(text.encode("utf-8", "replace") + b"\n", content_type, status))


def document_answer(data: bytes, content_type: str = JSON) -> web.Response:
    """Return a document as it was made, to the byte."""
    return opened(_answer(data, content_type, 200))


def table_answer(text: str) -> web.Response:
    """Return a table as a response, for spreadsheets (RFC 4180)."""
    return opened(_answer(text.encode("utf-8", "replace"), CSV, 200))


def file_answer(
    data: bytes, content_type: str, max_age_s: int, *, encoding: str | None = None
) -> web.Response:
    """Return a file of ours as a response; `encoding`: how its bytes are compressed already."""
    response = _answer(data, content_type, 200, packed=encoding is not None)
    if encoding is not None:
        response.headers["Content-Encoding"] = encoding
    response.headers["Cache-Control"] = f"public, max-age={max_age_s}"
    return response


def redirect_answer(location: str, status: int = 303) -> web.Response:
    """Return a response that leads elsewhere on this node."""
    return web.Response(status=status, headers={**HEADERS, "Location": location, "Cache-Control": "no-cache"})


def preflight_answer() -> web.Response:
    """Return the answer to a browser that asks whether another site may read here (Fetch §3.3.6)."""
    return web.Response(status=204, headers={**HEADERS, **OPEN_HEADERS, **PREFLIGHT_HEADERS})


def opened(response: web.Response) -> web.Response:
    """Let other sites read what this node answers."""
    response.headers.update(OPEN_HEADERS)
    return response


def kept_here(response: web.StreamResponse) -> None:
    """Let no other site read what this node answers."""
    for name in OPEN_HEADERS:
        if name in HEADERS:
            response.headers[name] = HEADERS[name]
        else:
            response.headers.pop(name, None)


def _answer(body: bytes, content_type: str, status: int, *, packed: bool = False) -> web.Response:
    charset = "utf-8" if content_type.startswith("text/") or content_type.endswith("json") else None
    response = web.Response(
        body=body, status=status, content_type=content_type, charset=charset, headers=HEADERS
    )
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept, Accept-Language, Accept-Encoding"
    if status == 200:
        # Weak: the compressed form has other bytes (RFC 9110 §8.8.1).
        response.etag = ETag(blake2b(body, digest_size=12).hexdigest(), is_weak=True)
    if len(body) >= COMPRESSED_FROM_BYTES and content_type != "font/woff2" and not packed:
        response.enable_compression()
    return response


def unchanged(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return 304 in place of a response that the reader has already (RFC 9110 §13.1.2)."""
    tag, known = response.etag, request.if_none_match
    if response.status != 200 or tag is None or known is None:
        return response
    if not any(other.value in (tag.value, "*") for other in known):
        return response
    # A browser takes these in place of those it has kept with the page (RFC 9111 §3.2), its policy too.
    of_page = ("Content-Language", "Content-Security-Policy", "Link")
    kept = ("ETag", "Cache-Control", "Vary", *of_page, *OPEN_HEADERS)
    headers = {name: response.headers[name] for name in kept if name in response.headers}
    return web.Response(status=304, headers={**HEADERS, **headers})


async def deliver(
    request: web.Request, response: web.StreamResponse, within_s: float = DELIVERY_MAX_S
) -> web.StreamResponse:
    """Send a response; cut off a reader who has not taken it `within_s` seconds, let go one who has left."""
    try:
        async with asyncio.timeout(within_s):
            await response.prepare(request)
            await response.write_eof()
    except ConnectionError:
        pass  # who has gone needs no answer
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
    return response
