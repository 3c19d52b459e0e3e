"""Keys that somebody left open for a while: in memory, for one session, and for minutes.

Whoever ticks it signs several things without typing the passphrase each time.  Nothing of it is written
anywhere; it ends with the time, with the session, and with the node.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from protocol.keys import PublicKey, SigningKey

# A meeting that signs one thing after another; a screen that somebody walked away from signs nothing for
# long.
OPEN_MS = 15 * 60 * 1_000

# Of all sessions together: a key takes 200 bytes, and more are some that nobody uses.
KEYS_MAX = 100


@dataclass(frozen=True, slots=True, repr=False)
class _Open:
    key: SigningKey
    until_ms: int


class OpenKeys:
    """Keys left open, by session and key."""

    def __init__(self) -> None:
        self._open: dict[tuple[bytes, PublicKey], _Open] = {}

    def leave_open(self, session: bytes, keys: Iterable[SigningKey], now_ms: int) -> int:
        """Leave keys open for a session; return until when (ms)."""
        self._close_old(now_ms)
        until_ms = now_ms + OPEN_MS
        for key in keys:
            if len(self._open) >= KEYS_MAX:
                del self._open[next(iter(self._open))]
            self._open[session, key.public] = _Open(key, until_ms)
        return until_ms

    def find(self, session: bytes, key: PublicKey, now_ms: int) -> SigningKey | None:
        """Return a key that is open for a session, None where it is not."""
        self._close_old(now_ms)
        found = self._open.get((session, key))
        return None if found is None else found.key

    def until(self, session: bytes, now_ms: int) -> int | None:
        """Return until when a session has keys open; None where it has none."""
        self._close_old(now_ms)
        return max((one.until_ms for (owner, _), one in self._open.items() if owner == session), default=None)

    def forget(self, session: bytes) -> None:
        """Forget the keys of a session."""
        for owner, key in list(self._open):
            if owner == session:
                del self._open[owner, key]

    def clear(self) -> None:
        """Forget all of them."""
        self._open.clear()

    def _close_old(self, now_ms: int) -> None:
        # A clock that was put back leaves nothing open for longer than it may be.
        over = [at for at, one in self._open.items() if not 0 < one.until_ms - now_ms <= OPEN_MS]
        for at in over:
            del self._open[at]
