"""How many requests were answered, how, and how long it took."""

from bisect import bisect_left
from collections import Counter
from itertools import accumulate

# Upper bounds in seconds: a list on a laptop takes 10 ms; a reader gives up at ten seconds.
BUCKETS_S = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Traffic:
    """The requests to the pages of a node since it started, by the address's pattern."""

    def __init__(self) -> None:
        self.answered: Counter[tuple[str, str, str]] = Counter()
        self.seconds: dict[str, float] = {}
        self._buckets: dict[str, list[int]] = {}

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answer.  `route` is a pattern of ours, so that strangers cannot make up rows."""
        # One of nine: a stranger may use any word as a method.
        known = method if method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        self.answered[route, known, f"{status // 100}xx"] += 1
        self.seconds[route] = self.seconds.get(route, 0.0) + seconds
        counts = self._buckets.setdefault(route, [0] * (len(BUCKETS_S) + 1))
        counts[bisect_left(BUCKETS_S, seconds)] += 1

    def buckets(self, route: str) -> list[tuple[str, float]]:
        """Return how many requests took no longer than each bound, as Prometheus has it; the last is all."""
        bounds = [*map(str, BUCKETS_S), "+Inf"]
        return list(zip(bounds, map(float, accumulate(self._buckets[route])), strict=True))
