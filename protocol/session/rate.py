"""A token bucket: how many messages a peer may send."""

from protocol.errors import Misbehaviour
from protocol.limits import MESSAGES_BURST_MAX, MESSAGES_RATE_MAX_PER_S


class MessageRate:
    """Allows `burst` messages at once and `rate_per_s` in the long run."""

    __slots__ = ("_at_ms", "_burst", "_rate_per_s", "_tokens")

    def __init__(
        self, now_ms: int, burst: int = MESSAGES_BURST_MAX, rate_per_s: int = MESSAGES_RATE_MAX_PER_S
    ) -> None:
        self._burst = burst
        self._rate_per_s = rate_per_s
        self._tokens = float(burst)
        self._at_ms = now_ms

    def spend(self, now_ms: int) -> None:
        """Count one message.  Raises `Misbehaviour` where there are too many; a clock set back counts as
        standing."""
        elapsed_ms = max(0, now_ms - self._at_ms)
        self._at_ms = now_ms
        self._tokens = min(self._burst, self._tokens + elapsed_ms * self._rate_per_s / 1_000) - 1
        if self._tokens < 0:
            raise Misbehaviour(
                f"more than {self._burst} messages at once, or {self._rate_per_s} a second for long"
            )
