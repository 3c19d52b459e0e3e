"""When to try again what could not be done: soon at first, then ever more seldom, never not at all."""

# The first rest is short: most full disks are noticed by somebody at once.  The longest costs one try of a
# few records an hour, and is what a fault that nobody sees mended can cost in time.
REST_MIN_MS = 60_000
REST_MAX_MS = 3_600_000


class Patience:
    """Rests after a failure, twice as long after each one that follows; time is given, none is read."""

    __slots__ = ("_rest_ms", "_until_ms")

    def __init__(self) -> None:
        self._rest_ms = 0
        self._until_ms: int | None = None

    @property
    def is_resting(self) -> bool:
        """Whether nothing is to be tried for now."""
        return self._until_ms is not None

    @property
    def is_trying(self) -> bool:
        """Whether it is not known yet that the next try will do better than the last."""
        return self._until_ms is None and self._rest_ms > 0

    def failed(self, now_ms: int) -> bool:
        """Note a failure; whether a rest begins with it.

        What fails during a rest was tried before it, and says nothing new.
        """
        if self._until_ms is not None:
            return False
        self._rest_ms = min(max(2 * self._rest_ms, REST_MIN_MS), REST_MAX_MS)
        self._until_ms = now_ms + self._rest_ms
        return True

    def is_over(self, now_ms: int) -> bool:
        """Whether the rest comes to its end at this moment: true once for each rest."""
        if self._until_ms is None or now_ms < self._until_ms:
            return False
        self._until_ms = None
        return True

    def break_off(self) -> None:
        """Try now, because somebody asks for it: that nothing has changed is still likely."""
        self._until_ms = None

    def succeeded(self) -> None:
        """Forget all failures: what stood in the way has gone."""
        self._rest_ms = 0
        self._until_ms = None
