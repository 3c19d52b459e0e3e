"""The present of a thing: this node's clock, and not before what was signed by a clock ahead of it."""

from protocol.limits import CLOCK_SKEW_MAX_MS
from protocol.state.course import Course, course
from protocol.state.fold import ThingState


def present_ms(thing: ThingState, now_ms: int) -> int:
    """Return the moment that is the present where `now_ms` is this node's clock, both since 1970 UTC.

    Clocks of authors may be ahead by what is allowed of them; what is held has been signed, so it is not
    passed over as of the future.
    """
    signed = [one.record.header.time_ms for one in thing.judged.values()]
    return max(now_ms, *(ms for ms in signed if ms <= now_ms + CLOCK_SKEW_MAX_MS), now_ms)


def present_course(thing: ThingState, now_ms: int) -> Course:
    """Return the course of a pact up to the present."""
    return course(thing, present_ms(thing, now_ms))
