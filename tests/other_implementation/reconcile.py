"""Range-based set reconciliation in the form of Negentropy V1: §10."""

from bisect import bisect_left
from hashlib import sha256

from .values import Fault, need

VERSION = 0x61
INFINITY = (2**64 - 1, b"")
SKIP, FINGERPRINT, IDS = range(3)
BUCKETS, LISTED_BELOW, ROOM = 16, 32, 200
EMPTY = bytes.fromhex("7f9c9e31ac8256ca2f258583df262dbc")

Bound = tuple[int, bytes]
Range = tuple[Bound, int, bytes | list[bytes]]


def varint(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | 0x80)
    return bytes(reversed(digits))


def _whole(bound: Bound) -> Bound:
    return bound[0], bound[1].ljust(32, b"\0")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 1

    def take(self, size: int) -> bytes:
        need(size <= len(self.data) - self.at, "cut off")
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self) -> int:
        number = 0
        for nth in range(10):
            digit = self.take(1)[0]
            need(nth or digit != 0x80, "more digits than needed")
            number = number << 7 | digit & 0x7F
            if digit < 0x80:
                need(number < 2**64, "number")
                return number
        raise Fault("malformed", "more than ten digits")

    def ranges(self) -> list[Range]:
        found: list[Range] = []
        before: Bound = (0, b"")
        time = 0
        while self.at < len(self.data):
            step, length = self.number(), self.number()
            need(length <= 32, "prefix")
            if step == 0:
                need(length == 0, "infinity with a prefix")
                bound = INFINITY
            else:
                time += step - 1
                need(time <= 2**64 - 2, "time")
                bound = (time, self.take(length))
            rises = _whole(before) < _whole(bound)
            need(rises or (found and before == bound == INFINITY), "bounds do not ascend")
            mode = self.number()
            need(mode in (SKIP, FINGERPRINT, IDS), "mode")
            payload: bytes | list[bytes] = b""
            if mode == FINGERPRINT:
                payload = self.take(16)
            elif mode == IDS:
                payload = [self.take(32) for _ in range(self.number())]
                need(len(set(payload)) == len(payload), "an id twice")
            found.append((bound, mode, payload))
            before = bound
        return found


class _Writer:
    def __init__(self) -> None:
        self.data, self.time = bytes([VERSION]), 0
        self.skip: Bound | None = None  # written only before a range that is none
        self.items = 0  # before the end of what is written

    def range(self, bound: Bound, mode: int, payload: bytes) -> bytes:
        """The bytes of a range, with the Skip that is due before it."""
        data, time = b"", self.time
        skip = [] if self.skip is None else [(self.skip, SKIP, b"")]
        for (when, prefix), what, content in [*skip, (bound, mode, payload)]:
            data += varint(0 if when == INFINITY[0] else when - time + 1) + varint(len(prefix)) + prefix
            data += varint(what) + content
            time = when
        self.time, self.skip = time, None
        return data


class Negentropy:
    """One side.  `items` are (seconds, id); `limit` is the frame size in bytes, 0 for none."""

    def __init__(self, items: list[tuple[int, bytes]], limit: int = 0) -> None:
        self.items, self.limit = sorted(items), limit
        self.have: list[bytes] = []
        self.need: list[bytes] = []

    def fingerprint(self, begin: int, end: int) -> bytes:
        total = sum(int.from_bytes(i, "little") for _, i in self.items[begin:end]) % 2**256
        return sha256(total.to_bytes(32, "little") + varint(end - begin)).digest()[:16]

    def _cut(self, at: int) -> Bound:
        """The bound between an item and the one before it."""
        (earlier, a), (seconds, b) = self.items[at - 1], self.items[at]
        if earlier < seconds:
            return seconds, b""
        shared = next(n for n in range(32) if a[n] != b[n])
        return seconds, b[: shared + 1]

    def _id_list(self, begin: int, end: int) -> bytes:
        return varint(end - begin) + b"".join(i for _, i in self.items[begin:end])

    def _split(self, out: _Writer, begin: int, end: int, bound: Bound) -> bytes:
        count = end - begin
        if count < LISTED_BELOW:
            return out.range(bound, IDS, self._id_list(begin, end))
        data = b""
        for bucket in range(BUCKETS):
            upper = begin + count // BUCKETS + (bucket < count % BUCKETS)
            last = bucket == BUCKETS - 1
            data += out.range(
                bound if last else self._cut(upper), FINGERPRINT, self.fingerprint(begin, upper)
            )
            begin = upper
        return data

    def open(self) -> bytes:
        return bytes([VERSION]) + self._split(_Writer(), 0, len(self.items), INFINITY)

    def answer(self, message: bytes) -> bytes:
        """The responder's answer."""
        ranges = self._ranges(message)
        return bytes([VERSION]) if ranges is None else self._work(ranges, initiator=False)

    def advance(self, message: bytes) -> bytes | None:
        """The initiator's next message, None when all is found; `have` and `need` grow."""
        ranges = self._ranges(message)
        if ranges is None:
            raise Fault("unsupported", "another version")
        following = self._work(ranges, initiator=True)
        return following if len(following) > 1 else None

    @staticmethod
    def _ranges(message: bytes) -> list[Range] | None:
        need(message and 0x60 <= message[0] <= 0x6F, "no version")
        return _Reader(message).ranges() if message[0] == VERSION else None

    def _full(self, size: int) -> bool:
        return bool(self.limit) and size > self.limit - ROOM

    def _close(self, out: _Writer, begin: int) -> bytes:
        out.skip = None
        return out.data + out.range(INFINITY, FINGERPRINT, self.fingerprint(begin, len(self.items)))

    def _work(self, ranges: list[Range], initiator: bool) -> bytes:
        out, begin = _Writer(), 0
        for bound, mode, payload in ranges:
            end = bisect_left(self.items, _whole(bound))
            if mode == FINGERPRINT and payload != self.fingerprint(begin, end):
                time, skip = out.time, out.skip
                data = self._split(out, begin, end, bound)
                if self._full(len(out.data) + len(data)):
                    out.time, out.skip = time, skip
                    return self._close(out, out.items if payload == EMPTY else end)
                out.data, out.items = out.data + data, end
            elif mode == IDS and not initiator:
                upto = begin
                while upto < end and not self._full(len(out.data) + 32 * (upto - begin)):
                    upto += 1
                until = bound if upto == end else self.items[upto]
                out.data += out.range(until, IDS, self._id_list(begin, upto))
                out.items = upto
                if upto < end or self._full(len(out.data)):
                    return self._close(out, upto)
            else:
                if mode == IDS:
                    mine, theirs = {i for _, i in self.items[begin:end]}, payload
                    self.have += sorted(mine - set(theirs))
                    self.need += [i for i in theirs if isinstance(i, bytes) and i not in mine]
                out.skip = bound
            begin = end
        return out.data
