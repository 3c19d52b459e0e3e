"""The cookies of writing: whose session it is, which browser, and one that a form before any session is bound
to.

Under TLS their names begin with `__Host-` (RFC 6265bis §4.1.3.2): set by this host, for this host, over TLS,
and by nobody else.  A node on a local network has no TLS; there the same cookies go without.  Behind a proxy
that is named in the settings the request says what the proxy says (`node.proxies`).
"""

from aiohttp import web

from node.accounts.tokens import TOKEN_LENGTH_MAX_CHARS

SESSION = "session"
DEVICE = "device"
FORM = "form"

# As long as a browser is remembered (`node.accounts.sessions.DEVICE_LIFE_MS`); the others end with the
# browser.
DEVICE_MAX_AGE_S = 180 * 24 * 60 * 60


def read_cookie(request: web.Request, kind: str, suffix: str) -> str | None:
    """Return the token in a cookie, None where there is none that can be one."""
    token = request.cookies.get(_name(request, kind, suffix), "")
    return token if 0 < len(token) <= TOKEN_LENGTH_MAX_CHARS else None


def set_cookie(response: web.Response, request: web.Request, kind: str, suffix: str, token: str) -> None:
    """Have a browser keep a token, out of reach of scripts and of other sites."""
    response.set_cookie(
        _name(request, kind, suffix),
        token,
        max_age=DEVICE_MAX_AGE_S if kind == DEVICE else None,
        path="/",
        secure=request.secure,
        httponly=True,
        samesite="Strict",
    )


def drop_cookie(response: web.Response, request: web.Request, kind: str, suffix: str) -> None:
    """Have a browser forget a token."""
    response.set_cookie(
        _name(request, kind, suffix),
        "",
        max_age=0,
        expires="Thu, 01 Jan 1970 00:00:00 GMT",
        path="/",
        secure=request.secure,
        httponly=True,
        samesite="Strict",
    )


def _name(request: web.Request, kind: str, suffix: str) -> str:
    """Return a cookie's name: browsers tell cookies apart by host and not by port, so it names the node."""
    return f"{'__Host-' if request.secure else ''}minga-{kind}-{suffix}"
