"""Who is shut out, and until when: nodes by id, machines by IP address.  Every ban ends, longer each time.

Pure: time comes in as `now_ms`.  Ids cost nothing to make and addresses are shared by neighbours, so a ban is
a pause and not a judgement.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Self

from node.peers.addresses import Reach, reach_of_host
from node.peers.inbound import source_of
from protocol.channel.identity import NodeId
from protocol.errors import Severity

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS

# Long enough to make probing slow; a first mistake costs an honest node a coffee, a third one a day.
BAN_STEPS_MS: Final = (10 * _MINUTE_MS, _HOUR_MS, _DAY_MS)

# After a clean week the next ban is a first one again.
BAN_FORGET_MS: Final = 7 * _DAY_MS

# 1,024 × 200 bytes = 200 KB: bounds what somebody with many ids can make us remember.
BANS_MAX: Final = 1_024

# Doubtful acts (a clock that is ahead, a handshake that failed) within about an hour that make one ban.
DOUBTS_MAX: Final = 10
DOUBT_HALF_LIFE_MS: Final = _HOUR_MS

_ROW: Final = "ban/1 "


@dataclass(frozen=True, slots=True)
class Ban:
    """A past or present ban, or doubts that may come to one."""

    until_ms: int
    times: int
    doubts: float
    noted_ms: int


def node_target(node_id: NodeId) -> str:
    """Return the name under which a node is banned."""
    return f"node:{node_id.hex()}"


def source_target(ip: str) -> str | None:
    """Return the name under which a machine is banned; None for loopback: a proxy may be there."""
    return None if reach_of_host(ip) is Reach.LOOPBACK else f"ip:{source_of(ip)}"


class Bans:
    """The present bans and, for a while, the past ones."""

    def __init__(self) -> None:
        self._bans: dict[str, Ban] = {}

    def note(self, target: str, severity: Severity, now_ms: int) -> bool:
        """Count a fault of `target`; return whether it is banned for it.  Hostile acts ban at once."""
        match severity:
            case Severity.HARMLESS:
                return False
            case Severity.HOSTILE:
                self.ban(target, now_ms)
                return True
            case Severity.DOUBTFUL:
                known = self._known(target, now_ms)
                halvings = max(now_ms - known.noted_ms, 0) / DOUBT_HALF_LIFE_MS
                doubts = known.doubts * 0.5**halvings + 1
                # The first has already faded a little when the last comes.
                if doubts > DOUBTS_MAX - 1:
                    self.ban(target, now_ms)
                    return True
                self._put(target, replace(known, doubts=doubts, noted_ms=now_ms), now_ms)
                return False

    def ban(self, target: str, now_ms: int) -> int:
        """Ban `target` for the next step; return until when."""
        times = self._known(target, now_ms).times
        until_ms = now_ms + BAN_STEPS_MS[min(times, len(BAN_STEPS_MS) - 1)]
        self._put(target, Ban(until_ms, times + 1, 0, now_ms), now_ms)
        return until_ms

    def lift(self, target: str) -> None:
        """Forget whatever `target` has done."""
        self._bans.pop(target, None)

    def is_banned(self, target: str | None, now_ms: int) -> bool:
        """Whether `target` is shut out now; a clock that was set back shuts nobody out for longer."""
        ban = self._bans.get(target) if target is not None else None
        return ban is not None and now_ms < ban.until_ms <= now_ms + BAN_STEPS_MS[-1]

    def present(self, now_ms: int) -> dict[str, int]:
        """Return who is banned now, and until when."""
        return {target: ban.until_ms for target, ban in self._bans.items() if self.is_banned(target, now_ms)}

    def to_rows(self) -> dict[str, bytes]:
        """Return what to keep, by name."""
        return {
            _ROW + target: json.dumps([ban.until_ms, ban.times, ban.doubts, ban.noted_ms]).encode()
            for target, ban in self._bans.items()
        }

    @classmethod
    def from_rows(cls, rows: Mapping[str, bytes]) -> Self:
        """Return the bans that `to_rows` kept; rows of other kinds are passed over."""
        bans = cls()
        bans._bans = {
            name[len(_ROW) :]: Ban(*json.loads(row)) for name, row in rows.items() if name.startswith(_ROW)
        }
        return bans

    def _known(self, target: str, now_ms: int) -> Ban:
        ban = self._bans.get(target)
        if ban is None or now_ms - max(ban.until_ms, ban.noted_ms) > BAN_FORGET_MS:
            return Ban(until_ms=0, times=0, doubts=0, noted_ms=now_ms)
        return ban

    def _put(self, target: str, ban: Ban, now_ms: int) -> None:
        self._bans.pop(target, None)
        while len(self._bans) >= BANS_MAX:
            # Who is not banned goes first, then who would be free first.
            del self._bans[
                min(self._bans, key=lambda each: (self._bans[each].until_ms, self._bans[each].noted_ms))
            ]
        self._bans[target] = ban
