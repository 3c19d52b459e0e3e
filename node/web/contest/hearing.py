"""What others say of a thing, heard before its page is made: looked up once, told in sections and as data."""

from dataclasses import replace
from typing import Any

from node.claims.finding import Beside, ClaimFinder
from node.claims.meeting import Relation
from node.claims.telling import voices_data, without_blocked_names
from node.claims.voices import Voices, voices_about
from node.store.interface import ThingPage
from node.web.commons.claims_beside import alerts_section, claims_section
from node.web.contest.contested import assessments_section, challenges_section, ends_of, links_section
from node.web.frame.listing import Entry, read_entries
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_
from protocol.identifiers import ActorId, id_text
from protocol.state.contest import ChallengeState
from protocol.state.fold import ThingState

# The newest alerts about a commons.
ALERTS_SHOWN_MAX = 6

# Named under the drawing; the section on other claims has more.
OVERLAPPING_NAMED_MAX = 3

# Nobody waits longer for a page: claims that take more are there when it is loaded again.
CLAIMS_WAIT_MAX_S = 3.0


async def hear(here: Surroundings, thing: ThingState, finder: ClaimFinder) -> dict[str, Any]:
    """Look up what others say of a thing, for its page: its marks and its sections; return it as data."""
    voices = await voices_about(here.store, thing, here.now_ms, finder, CLAIMS_WAIT_MAX_S)
    words = {here.say.language: here.say("blocked by this node")}
    beside = voices.beside and without_blocked_names(voices.beside, here.blocks, words)
    voices = replace(voices, beside=beside)
    if not here.asked.as_data:
        alerts = await read_entries(here, ThingPage(list(voices.alerts[:ALERTS_SHOWN_MAX]), None))
        await here.meet(voices.authors())
        await here.meet(_author_of(entry) for entry in alerts if entry.record is not None)
        await here.learn_titles(ends_of(voices))
        here.marks = _marks(here, voices, alerts)
        here.overlapping = _overlapping(here, voices.beside)
        here.voices = [
            alerts_section(here, alerts, len(voices.alerts) > len(alerts)),
            challenges_section(here, voices),
            links_section(here, thing, voices),
            assessments_section(here, voices),
            claims_section(here, voices.beside) if thing.kind == "commons" else None,
        ]
    return voices_data(voices)


def _overlapping(here: Surroundings, beside: Beside | None) -> Node:
    """Return the claims by others that lie over a commons and beside it too: neither in it nor around it."""
    claims = [] if beside is None else beside.claims
    names = [
        e("a", here.name(claim.row.title), href=here.asked.link(f"/thing/{id_text(claim.row.subject)}"))
        for claim in claims
        if claim.meeting is not None
        and claim.meeting.relation in (Relation.OVERLAPS, Relation.SAME)
        and not (claim.same_author or claim.meeting.rough)
        and claim.row.title
    ]
    return here.say.joined(names[:OVERLAPPING_NAMED_MAX]) if names else None


def _author_of(entry: Entry) -> ActorId:
    assert entry.record is not None
    actor = entry.record.header.actor
    assert actor is not None  # an alert is no actor's first record
    return actor


def _marks(here: Surroundings, voices: Voices, alerts: list[Entry]) -> Node:
    """Return what a reader should know before anything else, each with the way to it."""
    say, marks = here.say, list[Element]()
    going_on = sum(row.status == "open" for row in voices.alerts)
    if going_on:
        text = say.count("{n} alert about it goes on.", "{n} alerts about it go on.", going_on)
        marks.append(e("p", e("a", text, href="#alerts"), class_="mark alert"))
    unanswered = [one for one in voices.standing_challenges if one.state is not ChallengeState.ANSWERED]
    if unanswered:
        text = say.count(
            "{n} challenge to it is not answered.", "{n} challenges to it are not answered.", len(unanswered)
        )
        marks.append(e("p", e("a", text, href="#challenges"), class_="mark"))
    elif voices.standing_challenges:
        text = say(N_("It is challenged, and the challenge is answered."))
        marks.append(e("p", e("a", text, href="#challenges"), class_="mark"))
    return marks
