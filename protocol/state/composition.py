"""Whether a body is composed as its rules ask, on a day (docs/protocol.md §8.9; paper 1, 4.1.2–4.1.3).

A broken rule is shown, and breaks nothing: what a body signs counts by its keys.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from protocol.kinds.body import Body, Seat
from protocol.state.course import DAY_MS, day_start_ms

# Terms of the chair (4.1.3).
CHAIR_TERM_MAX_YEARS = 2

NON_MEMBERS_MAX_PERCENT = 20
OWNERS_MIN_PERCENT = 66

# A successor is chosen by an assembly, and an assembly is called some weeks ahead.
ENDING_SOON_DAYS = 60


class Mandate(StrEnum):
    """Where the mandate on a seat stands on a day."""

    HELD = "held"
    VACANT = "vacant"  # nobody is named
    COMING = "coming"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule of a body and whether it is kept, None where the word or the figure is not known.

    `figures` are what was counted.  `why` is how chair and vice-chair break their rule: `not_one_each`,
    `one_side`, `too_long`, `no_turns`.
    """

    rule: str
    kept: bool | None
    figures: tuple[int, ...]
    why: str = ""


def composition(body: Body, day: str) -> tuple[Finding, ...]:
    """Check each of a body's rules on a day (`YYYY-MM-DD`), in the order in which it gives them."""
    sitting = [seat for seat in body.seats if holds(seat, day)]
    return tuple(_check(rule, body, sitting, day) for rule in body.rules)


def holds(seat: Seat, day: str) -> bool:
    """Whether somebody holds a seat on a day: the last day of a mandate counts."""
    return mandate_on(seat, day) is Mandate.HELD


def mandate_on(seat: Seat, day: str) -> Mandate:
    """Return where the mandate on a seat stands on a day (`YYYY-MM-DD`)."""
    if seat.until is not None and seat.until < day:
        return Mandate.PAST
    if seat.since is not None and day < seat.since:
        return Mandate.COMING
    return Mandate.VACANT if seat.holder is None else Mandate.HELD


def ends_soon(seat: Seat, day: str) -> bool:
    """Whether a seat is held on a day, and `ENDING_SOON_DAYS` later is not any more."""
    if seat.until is None or not holds(seat, day):
        return False
    return day_start_ms(seat.until) - day_start_ms(day) < ENDING_SOON_DAYS * DAY_MS


def act_is_over(seat: Seat, day: str) -> bool:
    """Whether somebody sits on a day by an act that gave a mandate which had ended before."""
    end = None if seat.authorised_by is None else seat.authorised_by.mandate_end
    return end is not None and end < day and holds(seat, day)


def _check(rule: str, body: Body, sitting: Sequence[Seat], day: str) -> Finding:
    sides = Counter(seat.side for seat in sitting)
    categories = Counter(seat.category for seat in sitting)
    total = len(sitting)
    match rule:
        case "parity":
            state, civil = sides["state"], sides["civil"]
            return Finding(rule, state == civil and state > 0, (state, civil))
        case "alternating_chair":
            return _check_chair(rule, body, sitting, day)
        case "users_majority":
            users = categories["user"]
            return Finding(rule, 2 * users > total, (users, total))
        case "few_non_members":
            others = categories["non_member"]
            return Finding(rule, 100 * others <= NON_MEMBERS_MAX_PERCENT * total, (others, total))
        case "owners_two_thirds":
            if body.share_percent is None:
                return Finding(rule, None, ())
            return Finding(rule, body.share_percent >= OWNERS_MIN_PERCENT, (body.share_percent,))
        case _:
            return Finding(rule, None, ())


def _check_chair(rule: str, body: Body, sitting: Sequence[Seat], day: str) -> Finding:
    """Chair and vice-chair are of different sides, no chair stays over two years, and sides take turns."""
    chairs = [seat for seat in sitting if seat.role == "chair"]
    vices = [seat for seat in sitting if seat.role == "vice_chair"]
    figures = (len(chairs), len(vices))
    if figures != (1, 1):
        return Finding(rule, kept=False, figures=figures, why="not_one_each")
    past = [s for s in body.seats if s.role == "chair" and s.since is not None and s.since <= day]
    terms = sorted(past, key=lambda seat: (seat.since or "", seat.until or ""))
    why = ""
    if chairs[0].side == vices[0].side:
        why = "one_side"
    elif any(_longer_than_term(seat, day) for seat in terms):
        why = "too_long"
    elif any(one.side == other.side for one, other in pairwise(terms)):
        why = "no_turns"
    return Finding(rule, not why, figures, why)


def _longer_than_term(seat: Seat, day: str) -> bool:
    assert seat.since is not None
    end = min(seat.until or day, day)
    years = int(end[:4]) - int(seat.since[:4])
    return years > CHAIR_TERM_MAX_YEARS or (years == CHAIR_TERM_MAX_YEARS and end[5:] >= seat.since[5:])
