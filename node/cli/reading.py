"""What verbs that read show of a thing that is asked for by name, and of what is blocked here.

Who asks for a thing by its name sees it, blocked or not: an operator must be able to look at what to let in
again.  What others said of it, and what stands beside it, is without what is blocked, as on the pages.
"""

from gettext import gettext as _

from node.cli.naming import find_thing
from node.cli.render import note, plain, wrapped
from node.cli.workplace import Workplace
from node.trust.blocks import Block
from protocol.state.fold import ThingState


async def find_shown(place: Workplace, text: str, kind: str | None = None) -> ThingState:
    """Return the thing that an id, the beginning of one, or an exact name means, as it is shown here.

    A word on standard error tells where it is blocked itself.  It is not for signing: what blocked authors
    wrote of it is replaced.  Raises what `find_thing` raises.
    """
    thing = await find_thing(place, text, kind)
    block = place.blocks.of_thing(thing)
    if block is not None:
        note(wrapped(blocked_words(block)))
        return thing
    return await place.shown.thing(thing.subject) or thing


def blocked_words(block: Block) -> str:
    """Return that something is blocked here, since when and why."""
    if block.reason:
        return _("Blocked here since {day}: {reason}. Readers of this node's pages do not see it.").format(
            day=block.since, reason=plain(block.reason).rstrip(".")
        )
    return _("Blocked here since {day}. Readers of this node's pages do not see it.").format(day=block.since)
