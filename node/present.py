"""The present of a thing: this node's clock, and not before what was signed by a clock ahead of it."""

from collections.abc import Mapping

from protocol.kinds.deciding import Ballot, Motion
from protocol.kinds.evidence import Authorisation
from protocol.limits import CLOCK_SKEW_MAX_MS
from protocol.state.course import DAY_MS, NOT_YET_RECORDED, Course, course, day_of, day_start_ms
from protocol.state.fold import ThingState
from protocol.state.prospect import Stretch, prospect
from protocol.state.tally import Cast, Outcome, Tally, tally
from protocol.state.versions import Voice

# A vote whose first day has not come: to the protocol it is open, and no ballot counts yet.
NOT_OPEN_YET = "not_open_yet"


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


def present_status(thing: ThingState, now_ms: int) -> str:
    """Return a thing's status; of a pact, where its course has led up to the present, of a vote what has come
    of it."""
    if thing.kind == "motion":
        return status_of_vote(thing, present_tally(thing, now_ms), now_ms)
    return present_course(thing, now_ms).status if _shows_course(thing) else thing.status


def present_prospect(thing: ThingState) -> tuple[Stretch, ...]:
    """Return `present_status` for every reading of this node's clock, should nothing be added; empty where it
    is the thing's own status at any time.

    It says nothing of a clock that has not come to the day (UTC) of the newest signature, which keeps it the
    same whatever is signed on one day and moves nothing.
    """
    if thing.kind != "motion" and not _shows_course(thing):
        return ()
    newest_ms = max(one.record.header.time_ms for one in thing.judged.values())
    from_ms = newest_ms - newest_ms % DAY_MS
    if thing.kind == "motion":
        return _vote_prospect(thing, from_ms, newest_ms)
    first, *others = prospect(thing, newest_ms)
    return (first._replace(since_ms=from_ms), *others)


def _vote_prospect(thing: ThingState, from_ms: int, newest_ms: int) -> tuple[Stretch, ...]:
    """Return what is said of a vote from a moment on: it opens and closes, and what came of it stays."""
    motion = motion_of(thing, tally(thing, newest_ms))
    if motion is None:
        return (Stretch(from_ms, present_status(thing, from_ms)),)
    turns = {day_start_ms(motion.closes) + DAY_MS}
    if motion.opens is not None:
        turns.add(day_start_ms(motion.opens))
    found: list[Stretch] = []
    for since_ms in (from_ms, *sorted(turn for turn in turns if turn > from_ms)):
        status = present_status(thing, since_ms)
        if not found or found[-1].status != status:
            found.append(Stretch(since_ms, status))
    return tuple(found)


def _shows_course(thing: ThingState) -> bool:
    """Whether nothing else is to be said of a pact than where it stands."""
    return thing.pact is not None and thing.status == thing.pact.status.value


def present_tally(thing: ThingState, now_ms: int) -> Tally:
    """Return how a vote stands at present; it is over once this node's own clock says so, and not before."""
    moment_ms = present_ms(thing, now_ms)
    found = tally(thing, moment_ms)
    motion = motion_of(thing, found)
    if motion is None:
        return found
    last_ms = day_start_ms(motion.closes) + DAY_MS - 1
    return found if now_ms > last_ms or moment_ms <= last_ms else tally(thing, last_ms)


def motion_of(thing: ThingState, found: Tally) -> Motion | None:
    """Return the text that is voted on, None where nobody can tell which it is."""
    content = thing.versions.all[found.motion].content if found.motion is not None else None
    return content if isinstance(content, Motion) else None


def mandate_ended(act: Authorisation | None, moment_ms: int) -> str | None:
    """Return the last day of the mandate by which something was done, where that was before it was done."""
    end = None if act is None else act.mandate_end
    return end if end is not None and end < day_of(moment_ms) else None


def status_of_vote(thing: ThingState, found: Tally, moment_ms: int) -> str:
    """Return what has come of a vote whose tally at a moment is `found`."""
    motion = motion_of(thing, found)
    if found.outcome is Outcome.UNKNOWN:
        # In effect now, and not as of that moment.
        return NOT_YET_RECORDED if thing.status in (Voice.OWN, Voice.OTHER) else thing.status
    if found.outcome is Outcome.OPEN and motion is not None and (motion.opens or "") > day_of(moment_ms):
        return NOT_OPEN_YET
    return str(found.outcome)


def chosen_on(thing: ThingState, cast: Cast) -> Mapping[str, str] | None:
    """Return the option that a ballot is for, in the words of the text it was cast on.

    None where it is for none (`blank`), or nobody can tell any more.
    """
    if cast.option is None:
        return None
    for parent in thing.judged[cast.record].record.header.parents:
        version = thing.versions.all.get(parent)
        if version is not None and isinstance(version.content, Motion):
            options = version.content.options
            return options[cast.option].name if cast.option < len(options) else None
    return None


def is_blank(thing: ThingState, cast: Cast) -> bool:
    """Whether a ballot is for none of the options; one whose content is gone is for nobody knows which."""
    content = thing.judged[cast.record].record.content
    return isinstance(content, Ballot) and cast.record not in thing.erased and content.option is None
