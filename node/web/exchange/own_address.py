"""This node's own address as whoever asks knows it, for links in what is carried away from it.

It is what the request itself was sent to, so it leads back also from behind a proxy or a port that is passed
on.  A `Host` that is no name or address of a machine is not repeated: the address is then the one that was
listened on.
"""

import re

from aiohttp import web

# A name of the longest kind and a port (RFC 1035 §2.3.4).
HOST_LENGTH_MAX_CHARS = 260

_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?"
    r"|\[[0-9A-Fa-f:.]{2,45}\])(?::([0-9]{1,5}))?"
)


def own_address(request: web.BaseRequest) -> str:
    """Return scheme and authority, without a slash at the end: `https://node.example.org`.

    The scheme is what a trusted proxy says it is (`node.proxies`).
    """
    host = request.headers.get("Host", "")
    if not is_host(host):
        host = _listening(request)
    return f"{'https' if request.scheme == 'https' else 'http'}://{host}"


def is_host(text: str) -> bool:
    """Whether a text is a name or an address of a machine, with or without a port (RFC 9110 §7.2)."""
    found = _HOST.fullmatch(text) if len(text) <= HOST_LENGTH_MAX_CHARS else None
    return found is not None and (found[1] is None or 0 < int(found[1]) < 65_536)


def _listening(request: web.BaseRequest) -> str:
    transport = request.transport
    place = None if transport is None else transport.get_extra_info("sockname")
    if not isinstance(place, tuple):
        return "localhost"
    host = f"[{place[0].partition('%')[0]}]" if ":" in place[0] else place[0]
    return f"{host}:{place[1]}"
