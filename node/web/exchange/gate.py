"""How many requests are answered at once, in all and of one source."""

from collections import Counter

from node.peers.inbound import source_of
from node.web.exchange.problem import too_busy

# Each holds one page (100 KB, data at most some 2 MB) until its reader has taken it.
REQUESTS_MAX = 32

# A browser opens six connections to one place; a village behind one router is more than one browser.
REQUESTS_PER_SOURCE_MAX = 16

# Behind a proxy everybody comes from this machine.
_LOOPBACK = frozenset({"127.0.0.1", source_of("::1")})


class Gate:
    """How many requests are being answered, in all and from each source."""

    def __init__(self) -> None:
        self._sources: Counter[str] = Counter()

    def enter(self, source: str) -> None:
        """Let a request in.  Raises `Problem`."""
        if self._sources.total() >= REQUESTS_MAX:
            raise too_busy()
        if source not in _LOOPBACK and self._sources[source] >= REQUESTS_PER_SOURCE_MAX:
            raise too_busy()
        self._sources[source] += 1

    def leave(self, source: str) -> None:
        """Count a request out."""
        self._sources[source] -= 1
        if not self._sources[source]:
            del self._sources[source]
