"""Growing waits between guesses: at one account, from one place; never so long that its owner stays outside.

What is tried is counted before it is checked, and taken back where it was right, so that many at once are no
way around.  Three counts stand beside each other:

- of an account, from browsers that never signed in to it: at most a minute between two tries;
- of an account, from a browser that did: its own, so that no stranger can make its owner wait;
- of a place (an address, an IPv6 network), over all names: at most a quarter of an hour.

A link made at the node's own terminal (`minga account link`) waits for nothing.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from enum import StrEnum

# Someone who guesses nothing for an hour is taken to have stopped.
FORGOTTEN_MS = 60 * 60 * 1_000

# Places and names of nobody that are remembered; the longest unheard go first.  100 bytes each.
REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """How many tries are free, and how long the waits after them are, each twice the one before."""

    free: int
    first_ms: int
    longest_ms: int

    def wait_ms(self, tries: int) -> int:
        """Return how long to wait after so many tries."""
        over = tries - self.free
        return 0 if over < 0 else min(self.first_ms << min(over, 30), self.longest_ms)


class Guarded(StrEnum):
    """What is guarded against guesses."""

    ACCOUNT = "account"
    DEVICE = "device"
    PLACE = "place"
    KEY = "key"  # its passphrase, by somebody who is signed in
    COMMENT = "comment"  # of a visitor, from one place


POLICIES = {
    # 1,440 a day from everywhere together: nobody finds twelve characters in a lifetime of that.
    Guarded.ACCOUNT: Policy(free=5, first_ms=2_000, longest_ms=60_000),
    Guarded.DEVICE: Policy(free=10, first_ms=2_000, longest_ms=60_000),
    # An office behind one router mistypes more often than one person.
    Guarded.PLACE: Policy(free=20, first_ms=5_000, longest_ms=15 * 60_000),
    Guarded.KEY: Policy(free=5, first_ms=2_000, longest_ms=60_000),
    # A family has more to say than one person, and nobody has something new to say every minute.
    Guarded.COMMENT: Policy(free=3, first_ms=60_000, longest_ms=60 * 60_000),
}

Count = tuple[Guarded, Hashable]


@dataclass(slots=True)
class _Tried:
    tries: int
    last_ms: int


class Throttle:
    """Remembers who tried what, in memory: a node that starts again has forgotten it."""

    def __init__(self) -> None:
        self._tried: OrderedDict[Count, _Tried] = OrderedDict()

    def attempt(self, counts: Iterable[Count], now_ms: int) -> int:
        """Count a try and return 0; or how long to wait (ms) before the next one, which is then not
        counted."""
        counted = list(counts)
        wait_ms = max((self._wait_ms(one, now_ms) for one in counted), default=0)
        if wait_ms > 0:
            return wait_ms
        for one in counted:
            tried = self._tried.pop(one, None)
            if tried is None or now_ms - tried.last_ms >= FORGOTTEN_MS:
                tried = _Tried(0, now_ms)
            tried.tries += 1
            tried.last_ms = now_ms
            self._tried[one] = tried
        while len(self._tried) > REMEMBERED_MAX:
            self._tried.popitem(last=False)
        return 0

    def take_back(self, counts: Iterable[Count]) -> None:
        """Count a try no longer: it could not be checked."""
        for one in counts:
            if (tried := self._tried.get(one)) is not None:
                tried.tries -= 1
                if tried.tries <= 0:
                    del self._tried[one]

    def was_right(self, counts: Iterable[Count]) -> None:
        """Forget what was tried before at what is open now; of its place only this try."""
        for one in counts:
            if one[0] is Guarded.PLACE:
                self.take_back([one])
            else:
                self._tried.pop(one, None)

    def _wait_ms(self, count: Count, now_ms: int) -> int:
        tried = self._tried.get(count)
        if tried is None:
            return 0
        # A clock that was put back makes nobody wait for longer than the wait itself.
        wait_ms = POLICIES[count[0]].wait_ms(tried.tries)
        return max(0, min(wait_ms, tried.last_ms + wait_ms - now_ms))
