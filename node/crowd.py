"""Keeps strangers from filling a port: how many plain connections, from whom, and for how long.

aiohttp waits for a request for as long as its sender likes, and takes any number of connections.  Peers'
links have limits of their own (`node/peers/inbound.py`); what is counted here is everything else.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from node.peers.addresses import Reach, reach_of_host
from node.peers.inbound import source_of

# A file descriptor and some 20 KB each; half of what a process may have open by default.
CONNECTIONS_MAX: Final = 512

# A browser opens six; a village behind one router is more than one browser.
CONNECTIONS_PER_SOURCE_MAX: Final = 64

# The head of a first request is one packet; a satellite takes two seconds.
HEAD_MAX_S: Final = 15.0

# A page of 100 KB over 2 KB/s takes 50 s; a browser opens a new connection without anybody noticing.
LIFE_MAX_S: Final = 300.0

_HEAD_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class CrowdLimits:
    """How many plain connections a port takes, in all and from one source, and for how many seconds."""

    total_max: int = CONNECTIONS_MAX
    per_source_max: int = CONNECTIONS_PER_SOURCE_MAX
    head_max_s: float = HEAD_MAX_S
    life_max_s: float = LIFE_MAX_S


class Crowd:
    """The plain connections of one port.

    A connection that asks for `link_path` is a peer's from then on, and no longer counted.  From this
    machine, where a proxy may be, any number may come within the total.
    """

    def __init__(self, link_path: str, limits: CrowdLimits | None = None) -> None:
        self.limits = limits or CrowdLimits()
        self.link_request = b"GET " + link_path.encode()
        self._guarded: dict[Guarded, str] = {}
        self._sources: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._guarded)

    def guard(self, make: Callable[[], asyncio.Protocol]) -> Callable[[], asyncio.Protocol]:
        """Return a factory of protocols that stand before those that `make` makes."""
        return lambda: Guarded(self, make())

    def enter(self, guarded: "Guarded", ip: str) -> bool:
        """Take a connection, or refuse it where its source has enough; past the total the oldest goes."""
        source = "" if reach_of_host(ip) is Reach.LOOPBACK else source_of(ip)
        if source and self._sources[source] >= self.limits.per_source_max:
            return False
        if len(self._guarded) >= self.limits.total_max:
            next(iter(self._guarded)).abort()
        self._guarded[guarded] = source
        self._sources[source] += 1
        return True

    def leave(self, guarded: "Guarded") -> None:
        """Count a connection no longer."""
        source = self._guarded.pop(guarded, None)
        if source is None:
            return
        self._sources[source] -= 1
        if not self._sources[source]:
            del self._sources[source]


class Guarded(asyncio.Protocol):
    """Stands before the protocol of one connection, and hangs up where that takes too long."""

    def __init__(self, crowd: Crowd, inner: asyncio.Protocol) -> None:
        self._crowd = crowd
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._tail: bytes | None = b""  # the last bytes of a head that has not ended
        self._plain = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let a connection in, or break it."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if not self._crowd.enter(self, peer[0] if peer else ""):
            self._plain = False
            self._inner = asyncio.Protocol()
            self._transport.abort()
            return
        self._let_live(self._crowd.limits.head_max_s)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Look for the end of the first head, and for a peer's request; pass everything on."""
        if self._plain:
            if data.startswith(self._crowd.link_request):
                self._release()
            elif self._tail is not None:
                seen = self._tail + data
                self._tail = seen[-(len(_HEAD_END) - 1) :]
                if _HEAD_END in seen:
                    self._tail = None
                    self._let_live(self._crowd.limits.life_max_s)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass on that nothing more will come."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Pass on that the other side reads slowly."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass on that there is room again."""
        self._inner.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        """Count the connection no longer."""
        self._release()
        self._inner.connection_lost(error)

    def abort(self) -> None:
        """Break the connection."""
        self._release()
        if self._transport is not None:
            self._transport.abort()

    def _release(self) -> None:
        self._plain = False
        if self._timer is not None:
            self._timer.cancel()
        self._crowd.leave(self)

    def _let_live(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.abort)
