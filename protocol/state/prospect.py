"""The prospect of a pact: each status that its course has from a moment on, should nothing be added.

    prospect(state, from_ms) → ((since_ms, status), …)

What happened up to a moment is in the records; what is left is the calendar, and what acts say of days to
come.  So the course need not be asked again for every day: only its turns are kept.
"""

from collections.abc import Iterable
from typing import NamedTuple

from protocol.state.course import Known, as_of
from protocol.state.fold import ThingState
from protocol.state.step_rights import DAY_MS, day_of, day_start_ms
from protocol.state.timeline import moment_of

# Moments of acts dated ahead; each is a course of its own, 0.3 ms for 100 records, and anybody may write any
# number of them.
MOMENTS_AHEAD_MAX = 8


class Stretch(NamedTuple):
    """From a moment (milliseconds since 1970 UTC) until the next stretch: the status, None where only the
    course itself tells."""

    since_ms: int
    status: str | None


def prospect(state: ThingState, from_ms: int) -> tuple[Stretch, ...]:
    """Return the statuses of a pact from a moment on, each unlike the one before; the first begins then.

    For every moment that a stretch holds, its status is that of the `course` as of that moment.
    """
    ahead = {moment_of(one, state.erased) for one in state.judged.values()}
    moments = sorted(moment for moment in ahead if moment > from_ms)
    begins: list[int] = [from_ms, *moments[:MOMENTS_AHEAD_MAX]]
    stretches: list[Stretch] = []
    for number, begin in enumerate(begins):
        known = as_of(state, begin)
        end = moments[number] if number < len(moments) else None
        standing = known.standing_on(day_of(begin))
        _add(stretches, Stretch(begin, standing.status))
        for turn in _turns(known, standing.end, begin, end):
            _add(stretches, Stretch(turn, known.standing_on(day_of(turn)).status))
    if len(moments) > MOMENTS_AHEAD_MAX:
        _add(stretches, Stretch(moments[MOMENTS_AHEAD_MAX], None))
    return tuple(stretches)


def _turns(known: Known, last_day: str | None, begin_ms: int, end_ms: int | None) -> Iterable[int]:
    """Return the moments between two others at which the calendar alone may change what is known."""
    content = known.pact.content
    turns = set()
    if content is not None and content.term.start is not None:
        turns.add(day_start_ms(content.term.start))
    if content is not None and content.ending is not None:
        turns.add(day_start_ms(content.ending.on))
    if last_day is not None:
        turns.add(day_start_ms(last_day) + DAY_MS)
    return sorted(turn for turn in turns if begin_ms < turn and (end_ms is None or turn < end_ms))


def _add(stretches: list[Stretch], following: Stretch) -> None:
    if not stretches or stretches[-1].status != following.status:
        stretches.append(following)
