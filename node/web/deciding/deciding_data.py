"""A vote and a body as data: the tally with every ballot, and each seat and rule as of today."""

from typing import Any

from node.present import motion_of, present_tally
from node.web.deciding.vote_page import minutes_of
from node.web.frame.surroundings import Surroundings
from protocol.identifiers import id_text
from protocol.kinds.body import Body
from protocol.state.composition import act_is_over, composition, ends_soon, mandate_on
from protocol.state.fold import ThingState


def vote_data(here: Surroundings, thing: ThingState, ballots_max: int) -> dict[str, Any]:
    """Return how a vote stands: votes in the order of the options, each ballot, and why it does not count."""
    found = present_tally(thing, here.now_ms)
    motion = motion_of(thing, found)
    return {
        "outcome": found.outcome.value,
        "text_voted_on": None if found.motion is None else id_text(found.motion),
        "decided": found.option,
        "votes": list(found.votes),
        "blank": found.blank,
        "on_the_roll": 0 if motion is None else len(motion.roll),
        "not_voted": [id_text(voter) for voter in found.not_voted],
        "ballots": [
            {
                "record": id_text(cast.record),
                "voter": id_text(cast.voter),
                "option": cast.option,
                "time_ms": cast.time_ms,
                "counts": not cast.why_not,
                "why_not": cast.why_not or None,
            }
            for cast in found.ballots[:ballots_max]
        ],
        "ballots_total": len(found.ballots),
        "minutes": [
            {
                "record": id_text(record),
                "on": content.on,
                "attended": content.attended,
                "votes": list(content.votes),
                "decided": content.decided,
            }
            for record, content in minutes_of(thing, found)[:ballots_max]
        ],
    }


def composition_data(here: Surroundings, content: Body) -> dict[str, Any]:
    """Return each rule of a body and the standing of each of its seats, in the order of its content."""
    return {
        "on": here.today,
        "rules": [
            {"rule": one.rule, "kept": one.kept, "figures": list(one.figures), "why": one.why or None}
            for one in composition(content, here.today)
        ],
        "seats": [
            {
                "mandate": mandate_on(seat, here.today).value,
                "ends_soon": ends_soon(seat, here.today),
                "act_over": act_is_over(seat, here.today),
            }
            for seat in content.seats
        ],
    }
