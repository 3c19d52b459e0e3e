"""How much to ask of one peer at a time: as TCP's slow start does it, in records."""

from protocol.limits import RECORDS_SIZE_TARGET_BYTES, WANT_IDS_MAX

# Two of the smallest wants, 32 KB of ordinary records: a link of 2 KB/s delivers them within the stall time.
_WINDOW_START_IDS = 32
_WINDOW_MIN_IDS = 4
_WINDOW_MAX_IDS = 4 * WANT_IDS_MAX

# The window grows while answers come this fast, so that a full link stays full; it halves once an answer
# takes so long that a reconnect in the middle would waste much.
_QUICK_MS = 2_000
_SLOW_MS = 8_000

# Half of WANTS_SERVED_MAX: the receiver's limit is met by any reordering of what is counted here.
WANTS_OUTSTANDING_MAX = 4

# With wants outstanding: answers of at most 1 MiB each that wait for verification.
BATCHES_IN_WORK_MAX = 6

_RECORD_SIZE_START_BYTES = 1_024


class Pace:
    """The window of ids one peer is asked for at once, and the size of a want in it."""

    __slots__ = ("_record_size_bytes", "_window_ids")

    def __init__(self) -> None:
        self._window_ids = _WINDOW_START_IDS
        self._record_size_bytes = float(_RECORD_SIZE_START_BYTES)

    def want_size(self, outstanding_wants: int, outstanding_ids: int, batches_in_work: int) -> int:
        """Return how many ids the next want may list, 0 to wait."""
        if outstanding_wants >= WANTS_OUTSTANDING_MAX:
            return 0
        if outstanding_wants + batches_in_work >= BATCHES_IN_WORK_MAX:
            return 0
        fitting = max(1, int(RECORDS_SIZE_TARGET_BYTES / self._record_size_bytes))
        size = min(fitting, WANT_IDS_MAX, max(2, self._window_ids // 3))
        return size if outstanding_ids + size <= self._window_ids else 0

    def answered(self, records: int, size_bytes: int, took_ms: int) -> None:
        """Learn from an answer of `records` records, `size_bytes` before compression."""
        if records:
            self._record_size_bytes += (size_bytes / records - self._record_size_bytes) / 4
        if took_ms <= _QUICK_MS:
            self._window_ids = min(_WINDOW_MAX_IDS, self._window_ids + max(records, 1))
        elif took_ms > _SLOW_MS:
            self._window_ids = max(_WINDOW_MIN_IDS, self._window_ids // 2)
