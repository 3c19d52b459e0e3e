"""Opens the ports of a node: peers' links and pages on one, or the pages on one of their own."""

import asyncio
import errno
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from node.crowd import Crowd, CrowdLimits
from node.errors import ConfigError
from node.settings.listening import ListenAddress

SYNC_PATH = "/sync"

# A peer or a reader that does not take its goodbye may not keep the node from stopping.
STOP_MAX_S = 5.0

_requests = logging.getLogger(f"{__name__}.requests")


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether a fault is this node's: aiohttp logs all nonsense as an error, with a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_requests.addFilter(_is_ours)


async def listen(
    app: web.Application,
    addresses: Sequence[ListenAddress],
    stack: AsyncExitStack,
    limits: CrowdLimits | None = None,
) -> list[tuple[str, int]]:
    """Serve `app` at some addresses until the stack is left; return hosts and ports, as they came to be.

    Raises `ConfigError` for an address that cannot be listened on.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOP_MAX_S, logger=_requests)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server is not None
    crowd = Crowd(SYNC_PATH, limits)
    loop = asyncio.get_running_loop()
    places = []
    for address in addresses:
        try:
            server = await loop.create_server(
                crowd.guard(runner.server), address.bind_host, address.port, backlog=128
            )
        except OSError as error:
            raise _cannot_listen(address, error) from None
        stack.callback(server.close)
        places.append((address.host, server.sockets[0].getsockname()[1]))
    return places


def _cannot_listen(address: ListenAddress, error: OSError) -> ConfigError:
    where = f"{address.host}:{address.port}"
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            f"another program listens on {where} already; stop it, or choose another port with --listen"
        )
    return ConfigError(f"the node cannot listen on {where} ({error.strerror}); choose another with --listen")
