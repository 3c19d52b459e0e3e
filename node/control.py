"""The operator's door to a running node: HTTP over a Unix socket in the home directory, mode 0600.

The command line reads the store itself; what changes something goes through here while the daemon runs, so
that there is one writer, and what is written is announced to peers at once.  Records that come in here are
verified like a peer's.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from aiohttp import web

from node.errors import ConfigError
from node.store.errors import StoreError
from protocol.canonical import decode, encode
from protocol.errors import ProtocolError
from protocol.identifiers import RecordId, id_text, parse_id

SOCKET_NAME = "control.sock"

# One batch of records from the command line: many maximal envelopes, and little beside a node's memory.
BODY_SIZE_MAX_BYTES = 16 * 1024 * 1024

# Whoever waits for an answer, of a sync say, may not keep the node from stopping.
STOP_MAX_S = 5.0

# Linux keeps the address of a Unix socket in 108 bytes, the last of them zero (unix(7)).
SOCKET_PATH_LENGTH_MAX_BYTES = 107


class Refused(ConfigError):
    """The running node could not do what was asked; the message says why."""


class Controlled(Protocol):
    """What the command line can ask of a running node."""

    async def status(self) -> dict[str, Any]:
        """Return what `minga status` shows."""

    async def submit(self, envelopes: Sequence[bytes]) -> dict[str, Any]:
        """Verify, store and announce records; return ids as text and faults as sentences."""

    async def sync_with(self, address: str) -> dict[str, Any]:
        """Connect to a node, reconcile with it, and return what came and went."""

    async def change_peer(self, address: str, present: bool) -> None:
        """Keep a connection to an address from now on, or no longer."""

    async def blocks_changed(self) -> None:
        """Read the block list of the home again."""

    async def cleared(self, erasures: Sequence[RecordId]) -> dict[str, Any]:
        """Wait until what was erased is gone from the files, and for peers to take the erasures; say how far
        both have come."""


def control_application(node: Controlled) -> web.Application:
    """Return the application that serves the control socket."""

    async def status(_: web.Request) -> web.Response:
        return web.json_response(await node.status())

    async def records(request: web.Request) -> web.Response:
        envelopes = decode(await request.read(), BODY_SIZE_MAX_BYTES)
        if not isinstance(envelopes, list) or not all(isinstance(item, bytes) for item in envelopes):
            raise Refused("records come as an array of envelopes")
        return web.json_response(await node.submit(envelopes))

    async def sync(request: web.Request) -> web.Response:
        asked = await _asked(request, address=str)
        return web.json_response(await node.sync_with(asked["address"]))

    async def peer(request: web.Request) -> web.Response:
        asked = await _asked(request, address=str, present=bool)
        await node.change_peer(asked["address"], asked["present"])
        return web.json_response({})

    async def cleared(request: web.Request) -> web.Response:
        asked = await _asked(request, erasures=list)
        return web.json_response(await node.cleared([parse_id(str(one)) for one in asked["erasures"]]))

    async def blocks(_: web.Request) -> web.Response:
        await node.blocks_changed()
        return web.json_response({})

    app = web.Application(middlewares=[_explain], client_max_size=BODY_SIZE_MAX_BYTES)
    app.router.add_get("/status", status)
    app.router.add_post("/records", records)
    app.router.add_post("/sync", sync)
    app.router.add_post("/peer", peer)
    app.router.add_post("/blocks", blocks)
    app.router.add_post("/cleared", cleared)
    return app


async def _asked(request: web.Request, **fields: type) -> dict[str, Any]:
    """Return a request's JSON, which has these fields of these types.  Raises `Refused`."""
    try:
        asked = await request.json()
    except ValueError:
        raise Refused("the request is not JSON") from None
    if not isinstance(asked, dict):
        raise Refused("the request is not a JSON object")
    for name, kind in fields.items():
        if type(asked.get(name)) is not kind:
            raise Refused(f"the request lacks {name!r}, or it is no {kind.__name__}")
    return asked


@web.middleware
async def _explain(request: web.Request, handler: Any) -> web.StreamResponse:
    """Answer what an operator or a record did wrong with one sentence (RFC 9457)."""
    try:
        response: web.StreamResponse = await handler(request)
        return response
    except (ConfigError, ProtocolError) as error:
        return _problem(422, str(error))
    except StoreError as error:
        return _problem(503, str(error))


def _problem(status: int, title: str) -> web.Response:
    problem = {"title": title, "status": status}
    return web.json_response(problem, status=status, content_type="application/problem+json")


async def serve_control(node: Controlled, home: Path) -> web.AppRunner:
    """Open the control socket of a home and return its runner, to be cleaned up at the end.

    The home is locked by now, so that a socket left behind by a crash is nobody's.
    """
    path = home / SOCKET_NAME
    if len(os.fsencode(path)) > SOCKET_PATH_LENGTH_MAX_BYTES:
        raise ConfigError(
            f"the path of the home directory is too long for a socket: choose a shorter one than {home}"
        )
    path.unlink(missing_ok=True)
    runner = web.AppRunner(control_application(node), access_log=None, shutdown_timeout=STOP_MAX_S)
    await runner.setup()
    former = os.umask(0o177)
    try:
        await web.UnixSite(runner, str(path)).start()
    finally:
        os.umask(former)
    return runner


class ControlClient:
    """A running node, as the command line sees it.  Use as an async context manager."""

    def __init__(self, home: Path) -> None:
        self._path = home / SOCKET_NAME
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "ControlClient":
        self._session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(str(self._path)), timeout=aiohttp.ClientTimeout(total=None)
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._session is not None
        await self._session.close()

    async def running(self) -> bool:
        """Whether a node answers on this home."""
        if not self._path.is_socket():
            return False
        try:
            await self.status()
        except (aiohttp.ClientConnectionError, Refused):
            return False
        return True

    async def status(self) -> dict[str, Any]:
        """Return what the node says of itself.  Raises `Refused`, or aiohttp's `ClientConnectionError`."""
        return await self._ask("GET", "/status")

    async def submit(self, envelopes: Sequence[bytes]) -> dict[str, Any]:
        """Have records verified, stored and announced."""
        return await self._ask("POST", "/records", data=encode(list(envelopes)))

    async def sync_with(self, address: str) -> dict[str, Any]:
        """Have the node reconcile with another; returns when that is done."""
        return await self._ask("POST", "/sync", json={"address": address})

    async def change_peer(self, address: str, present: bool) -> None:
        """Have the node keep, or drop, a connection to an address."""
        await self._ask("POST", "/peer", json={"address": address, "present": present})

    async def blocks_changed(self) -> None:
        """Have the node read the block list again."""
        await self._ask("POST", "/blocks")

    async def cleared(self, erasures: Sequence[RecordId]) -> dict[str, Any]:
        """Have the node wait until what was erased is gone from its files, and its peers have heard of it."""
        return await self._ask("POST", "/cleared", json={"erasures": [id_text(one) for one in erasures]})

    async def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        assert self._session is not None
        async with self._session.request(method, f"http://node{path}", **content) as response:
            answer: dict[str, Any] = await response.json(content_type=None)
            if response.status >= 400:
                raise Refused(answer.get("title", f"the node answered with HTTP {response.status}"))
            return answer
