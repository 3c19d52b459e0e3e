"""What an answer to a want shows of the peer that gave it."""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.errors import Misbehaviour, ProtocolError, Severity
from protocol.session.events import Link


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an admission showed of the peer: `fault` is the worst, None where all is well."""

    link: Link
    fault: ProtocolError | None


def worst_of(faults: Sequence[ProtocolError], strange: bool, untold: int) -> ProtocolError | None:
    """Return the worst that can be said of an answer.

    strange: a record came that was not asked for.  untold: how many records were neither accounted for nor
    found at fault.
    """
    worst = max(faults, key=lambda fault: fault.severity, default=None)
    if worst is not None and worst.severity is Severity.HOSTILE:
        return worst
    if strange:
        return Misbehaviour("a record came that was not asked for")
    if untold > 0:
        return Misbehaviour("an answer holds one record twice in place of another")
    return worst
