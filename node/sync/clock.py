"""The clock of a running node: it begins with this machine's and is never set back."""

import time


def now_ms() -> int:
    """Return milliseconds since 1970 UTC that do not go back while the process runs, nor stand still while
    the machine sleeps."""
    return _START_MS + (_since_boot_ns() - _START_NS) // 1_000_000


def _since_boot_ns() -> int:
    # Linux stops its monotonic clock while the machine sleeps, and has another for that (clock_gettime(2)).
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic_ns() if clock is None else time.clock_gettime_ns(clock)


_START_NS = _since_boot_ns()
_START_MS = time.time_ns() // 1_000_000
