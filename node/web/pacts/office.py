"""The act by which an office signed, and whether its mandate had ended by then."""

from node.present import mandate_ended
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings, clipped
from node.web.words.speech import N_
from protocol.kinds.evidence import Authorisation


def by_office(here: Surroundings, act: Authorisation | None, moment_ms: int) -> Node:
    """Return the act that authorised what was done at a moment; nothing where none is named."""
    if act is None:
        return None
    say, ended = here.say, mandate_ended(act, moment_ms)
    named: Node = [
        e("bdi", clipped(act.act)),
        [", ", e("bdi", clipped(act.office))] if act.office else None,
    ]
    if act.on is None:
        said = say.rich(N_("By {act}."), act=named)
    else:
        said = say.rich(N_("By {act} of {date}."), act=named, date=say.day(act.on))
    over = None
    if ended is not None:
        over = e("p", say("The mandate had ended on {date}.", date=say.day(ended)), class_="overdue")
    return [e("p", said), over]
