"""One side of a reconciliation: takes a message, gives the next one and what it learnt.

Range-based set reconciliation (Meyer, arXiv:2212.13567) in the form of Negentropy protocol V1 (NIP-77).
The initiator learns both differences; the responder keeps no state between messages.  Each message is
worked on by its bounds alone and ranks are looked up anew, so a set may change between messages: what
changes in a range already settled is found by the next session.
"""

from dataclasses import dataclass, field

from protocol.errors import OverLimit
from protocol.limits import (
    RECONCILE_FRAME_SIZE_MIN_BYTES,
    RECONCILE_HAVE_MAX_IDS,
    RECONCILE_MESSAGE_SIZE_MAX_BYTES,
    RECONCILE_ROUNDS_MAX,
)
from protocol.reconcile.items import EMPTY_FINGERPRINT, ItemSet
from protocol.reconcile.splitting import ID_LIST_BELOW_ITEMS, Split, bound_between, even_split
from protocol.reconcile.wire import (
    INFINITY,
    ORIGIN,
    VERSION_BYTE,
    VERSION_BYTES,
    Bound,
    FingerprintRange,
    IdListRange,
    RangeWriter,
    Skip,
    decode_message,
)

# What may follow once a frame counts as full: a skip, the head of an id list, one id and the last fingerprint
# (143 bytes).  Shared with other implementations: it decides where their frames end.
FRAME_RESERVE_BYTES = 200


@dataclass(frozen=True, slots=True)
class Step:
    """What the initiator does next: send `next` (None: finished), offer `have`, ask for `need`.

    An id can be reported twice in a session whose frames are limited.  A hostile peer can have us "need"
    anything: look in the store before asking.
    """

    next: bytes | None
    have: list[bytes]
    need: list[bytes]


@dataclass(slots=True)
class _Answer:
    """The message being written, and how far the incoming one has been worked through."""

    out: bytearray = field(default_factory=lambda: bytearray([VERSION_BYTE]))
    writer: RangeWriter = field(default_factory=RangeWriter)
    rank: int = 0  # of the first item not yet worked on
    behind: bool = False  # `rank` has not followed `bound` over a skip: it is looked up once it is needed
    bound: Bound = ORIGIN  # the upper bound of the last range worked on
    written: int = 0  # the rank up to which `out` speaks
    skipping: bool = False  # the range below `bound` needs no answer, and `out` does not say so yet


class Reconciler:
    """Reconciles one set with one peer, in one of two roles: `initiate` and `advance`, or `respond`.

    frame_size_limit_bytes: what a reply never exceeds; 0 for no limit, else at least 4096.
    split: where to cut ranges; others than `even_split` keep prepared collisions from working.
    message_size_max_bytes: what is accepted of the peer.
    have_max_ids: how many of our items one step goes through to report; the rest is asked about again.
    """

    def __init__(
        self,
        items: ItemSet,
        frame_size_limit_bytes: int = 0,
        split: Split = even_split,
        message_size_max_bytes: int = RECONCILE_MESSAGE_SIZE_MAX_BYTES,
        have_max_ids: int = RECONCILE_HAVE_MAX_IDS,
    ) -> None:
        if frame_size_limit_bytes and frame_size_limit_bytes < RECONCILE_FRAME_SIZE_MIN_BYTES:
            raise ValueError(f"a frame limit is 0 or at least {RECONCILE_FRAME_SIZE_MIN_BYTES} bytes")
        self._items = items
        self._limit = frame_size_limit_bytes
        self._split = split
        self._message_size_max = message_size_max_bytes
        self._have_max = have_max_ids
        self._rounds: int | None = None

    def initiate(self) -> bytes:
        """Return the first message of the initiator; at most once."""
        if self._rounds is not None:
            raise RuntimeError("the session is begun already")
        self._rounds = 0
        size = self._items.size()
        message = bytes([VERSION_BYTE]) + self._ranges(RangeWriter(), 0, size, INFINITY, self._split)
        if self._limit and len(message) > self._limit:
            message = bytes([VERSION_BYTE]) + self._ranges(RangeWriter(), 0, size, INFINITY, even_split)
        return message

    def respond(self, message: bytes) -> bytes:
        """Answer one message of an initiator.

        A message of another version is answered by the one byte of ours, so that the peer can try again
        with it.  Raises `Malformed` or `OverLimit`.
        """
        if self._rounds is not None:
            raise RuntimeError("an initiator does not respond")
        self._check_size(message)
        if message and message[0] in VERSION_BYTES and message[0] != VERSION_BYTE:
            return bytes([VERSION_BYTE])
        return bytes(self._work_through(message, None, None))

    def advance(self, message: bytes) -> Step:
        """Take the responder's answer.

        Raises `Malformed`, `OverLimit` (also for a session that does not end), or `Unsupported` where the
        peer speaks another version.
        """
        if self._rounds is None:
            raise RuntimeError("initiate the session first")
        self._check_size(message)
        self._rounds += 1
        if self._rounds > RECONCILE_ROUNDS_MAX:
            raise OverLimit(f"reconciliation: no end after {RECONCILE_ROUNDS_MAX} rounds")
        have: list[bytes] = []
        need: list[bytes] = []
        out = self._work_through(message, have, need)
        return Step(bytes(out) if len(out) > 1 else None, have, need)

    def _check_size(self, message: bytes) -> None:
        if len(message) > self._message_size_max:
            raise OverLimit(f"reconciliation: a message of {len(message)} bytes")

    def _full(self, size: int) -> bool:
        return bool(self._limit) and size > self._limit - FRAME_RESERVE_BYTES

    def _work_through(self, message: bytes, have: list[bytes] | None, need: list[bytes] | None) -> bytearray:
        ranges = decode_message(message)
        size = self._items.size()
        answer = _Answer()
        for received in ranges:
            if isinstance(received, Skip):
                answer.skipping = answer.behind = True
                answer.bound = received.upper
                continue
            if answer.behind:
                answer.rank = self._items.find_lower_bound(answer.rank, size, answer.bound)
                answer.behind = False
            end = self._items.find_lower_bound(answer.rank, size, received.upper)
            remaining_from: int | None = None
            match received:
                case FingerprintRange(upper, fingerprint):
                    remaining_from = self._answer_fingerprint(answer, end, upper, fingerprint)
                case IdListRange(upper, ids):
                    if have is None or need is None:
                        remaining_from = self._answer_id_list(answer, end, upper)
                    else:
                        remaining_from = self._learn(answer, end, upper, ids, have, need)
            if remaining_from is not None:
                rest = self._items.fingerprint(remaining_from, size)
                answer.out += answer.writer.fingerprint(INFINITY, rest)
                break
            answer.rank, answer.bound = end, received.upper
        return answer.out

    def _answer_fingerprint(self, answer: _Answer, end: int, upper: Bound, theirs: bytes) -> int | None:
        """Split the range where fingerprints differ.

        Returns None, or, where the frame is full, the rank that its last fingerprint counts from.
        """
        if self._items.fingerprint(answer.rank, end) == theirs:
            answer.skipping = True
            return None
        if self._append_split(answer, answer.rank, end, answer.bound, upper):
            answer.written = end
            return None
        # The frame ends before this range, and its last fingerprint speaks of everything from there on.
        # The other implementations leave this range's items out of it: a fingerprint that cannot match,
        # unless the peer has no items here, when it would match wrongly and items would be missed.
        return answer.written if theirs == EMPTY_FINGERPRINT else end

    def _append_split(self, answer: _Answer, begin: int, end: int, lower: Bound, upper: Bound) -> bool:
        """Write the ranges of [begin, end), after a skip where one is due; say if the frame took them."""
        mark = answer.writer.mark()
        splits = [self._split] if self._split is even_split else [self._split, even_split]
        for split in splits:
            out = b""
            if answer.skipping:
                out += answer.writer.skip(lower)
            out += self._ranges(answer.writer, begin, end, upper, split)
            if not self._full(len(answer.out) + len(out)):
                answer.out += out
                answer.skipping = False
                return True
            answer.writer.rewind(mark)
        return False

    def _answer_id_list(self, answer: _Answer, end: int, upper: Bound) -> int | None:
        """Send our ids of the range, as many as the frame takes.  Returns as `_answer_fingerprint`."""
        ids: list[bytes] = []
        size = len(answer.out)
        for item in self._items.iterate(answer.rank, end):
            if self._full(size):
                end = answer.rank + len(ids)
                upper = Bound(item.seconds, item.id)
                break
            ids.append(item.id)
            size += len(item.id)
        if answer.skipping:
            answer.out += answer.writer.skip(answer.bound)
            answer.skipping = False
        answer.out += answer.writer.id_list(upper, ids)
        answer.written = end
        return end if self._full(len(answer.out)) else None

    def _learn(
        self, answer: _Answer, end: int, upper: Bound, ids: list[bytes], have: list[bytes], need: list[bytes]
    ) -> int | None:
        """Compare the peer's ids of the range with ours.  Returns as `_answer_fingerprint`.

        Where that would list too many at once, the range is asked about again, in buckets.
        """
        if len(have) + end - answer.rank > self._have_max:
            if self._append_split(answer, answer.rank, end, answer.bound, upper):
                answer.written = end
                return None
            return answer.written
        theirs = dict.fromkeys(ids)
        for item in self._items.iterate(answer.rank, end):
            if item.id in theirs:
                del theirs[item.id]
            else:
                have.append(item.id)
        need.extend(theirs)
        answer.skipping = True
        return None

    def _ranges(self, writer: RangeWriter, begin: int, end: int, upper: Bound, split: Split) -> bytes:
        """Describe the items of [begin, end): by their ids where they are few, else by buckets."""
        count = end - begin
        if count < ID_LIST_BELOW_ITEMS:
            return writer.id_list(upper, [item.id for item in self._items.iterate(begin, end)])
        out = bytearray()
        start = begin
        for cut in split(count):
            middle = begin + cut
            bound = bound_between(self._items.item(middle - 1), self._items.item(middle))
            out += writer.fingerprint(bound, self._items.fingerprint(start, middle))
            start = middle
        out += writer.fingerprint(upper, self._items.fingerprint(start, end))
        return bytes(out)
