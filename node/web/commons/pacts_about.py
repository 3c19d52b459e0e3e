"""The pacts about a commons: found, and listed on its page and in its data."""

from dataclasses import dataclass

from node.store.errors import SearchTooLong
from node.store.interface import ThingPage
from node.web.frame.listing import Entry, listing, read_entries
from node.web.frame.markup import Node, e
from node.web.frame.surroundings import Surroundings
from protocol.identifiers import SubjectId

# The newest; a commons with more of them is a district rather than a field.
PACTS_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class PactsAbout:
    """The newest pacts that name a commons, and whether there are more; None where they took too long."""

    entries: list[Entry] | None
    more: bool = False


async def pacts_about(here: Surroundings, commons: SubjectId) -> PactsAbout:
    """Find the pacts that name a commons, and who wrote them."""
    try:
        rows = await here.store.pacts_about(commons, PACTS_SHOWN_MAX + 1, here.now_ms)
    except SearchTooLong:
        return PactsAbout(None)
    entries = await read_entries(here, ThingPage(rows[:PACTS_SHOWN_MAX], None))
    await here.meet(e.record.header.actor for e in entries if e.record is not None and e.record.header.actor)
    return PactsAbout(entries, len(rows) > PACTS_SHOWN_MAX)


def pacts_section(here: Surroundings, pacts: PactsAbout) -> Node:
    """Return the list of the pacts about a commons, nothing where there are none."""
    say = here.say
    if pacts.entries is None:
        note = e("p", say("This node holds too many pacts to look through all of them for this page."))
        return e("section", e("h2", say("Pacts about it")), note)
    if not pacts.entries:
        return None
    more = e("p", say("There are more; these are the newest."), class_="more") if pacts.more else None
    return e("section", e("h2", say("Pacts about it")), listing(here, pacts.entries), more)
