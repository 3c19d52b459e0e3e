"""Who asks, where a proxy stands before this node: what a trusted proxy says of its client is taken for it.

Behind a proxy every request comes from the proxy's address, over plain HTTP.  Limits and bans would take
everybody for one, and a fault of one would shut out all.
"""

import ipaddress
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler

ProxyNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# A chain of proxies is three or four long; what is past this is a client's own invention.
FORWARDED_LENGTH_MAX = 16

# What proxies add to the requests they pass on (RFC 9110 §7.6.3, RFC 7239, and the older custom).
_TRACES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


def application(proxies: Sequence[ProxyNetwork]) -> web.Application:
    """Return an application whose requests carry the address and the scheme of whoever asks."""
    return web.Application(middlewares=[_trusting(proxies)] if proxies else [])


def was_passed_on(request: web.Request) -> bool:
    """Whether anything between the reader and this node says that it passed the request on."""
    return any(name in request.headers for name in _TRACES)


def _trusting(proxies: Sequence[ProxyNetwork]) -> "web.middleware":  # type: ignore[valid-type]
    @web.middleware
    async def trust(request: web.Request, handler: Handler) -> web.StreamResponse:
        if _is_one(request.remote or "", proxies):
            client = client_of(request.headers.getall("X-Forwarded-For", []), proxies)
            scheme = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
            request = request.clone(
                remote=client or request.remote or "",
                scheme=scheme if scheme in ("http", "https") else "http",
            )
        return await handler(request)

    return trust


def client_of(forwarded: Sequence[str], proxies: Sequence[ProxyNetwork]) -> str | None:
    """Return the client's address from the values of `X-Forwarded-For`, None where they name none.

    Each proxy adds at the end whom it heard, so the last address that is no proxy of ours is the client;
    what stands before it the client may have written.
    """
    named = [part.strip() for value in forwarded for part in value.split(",")][-FORWARDED_LENGTH_MAX:]
    for name in reversed(named):
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return None
        if not _is_one(name, proxies):
            return str(address)
    return None


def _is_one(ip: str, proxies: Sequence[ProxyNetwork]) -> bool:
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in proxies)
