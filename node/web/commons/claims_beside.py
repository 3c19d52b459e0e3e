"""Other claims to the same place, and alerts about it, on the page of a commons."""

from collections.abc import Sequence
from itertools import chain

from node.claims.finding import Beside, OtherClaim
from node.web.frame.listing import Entry, line_of, listing
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.contest_vocabulary import MEETING_WORDS, NAME_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import STATUS_WORDS, word
from protocol.identifiers import id_text

# Those with most in common; all of what was found with `whole`, and in the data.
CLAIMS_SHOWN_MAX = 12

# What is a hundredth or less is not written as nothing, nor what lacks as much as all.
_SHARE_MIN, _SHARE_ALL = 0.01, 0.995


def alerts_section(here: Surroundings, entries: Sequence[Entry], more: bool) -> Node:
    """Return the alerts about a commons, the newest first."""
    say = here.say
    if not entries:
        return None
    return e(
        "section",
        e("h2", say("Alerts about it")),
        listing(here, list(entries)),
        e("p", say("There are more; these are the newest."), class_="more") if more else None,
        id="alerts",
    )


def claims_section(here: Surroundings, beside: Beside | None) -> Node:
    """Return the claims beside a commons; None says that they are still being compared."""
    say = here.say
    if beside is None:
        text = say("Other claims to this place are still being compared. Load this page again in a while.")
        return e("section", e("h2", say("Other claims to this place")), e("p", text), id="claims")
    if not beside.claims and not beside.not_all:
        return None
    shown = beside.claims if here.whole else beside.claims[:CLAIMS_SHOWN_MAX]
    rest = len(beside.claims) - len(shown)
    return e(
        "section",
        e("h2", say("Other claims to this place")),
        e(
            "p",
            say(
                "This node compared outlines and names. It merges nothing and chooses nothing: who says so "
                "stands beside each."
            ),
            class_="quiet small",
        ),
        e("ul", [_claim(here, claim) for claim in shown], class_="entries claims") if shown else None,
        e("p", e("a", say("Show all that were found"), href=here.asked.same(whole="yes")), class_="more")
        if rest
        else None,
        e("p", say("There are more; these have most in common with it."), class_="more")
        if beside.untold and not rest
        else None,
        e("p", say("There are so many around it that not all were compared."), class_="note")
        if beside.not_all
        else None,
        id="claims",
    )


def _claim(here: Surroundings, claim: OtherClaim) -> Element:
    say, row = here.say, claim.row
    name: Node = here.name(row.title) if row.title else say("Without a name")
    link = e("a", name, href=here.asked.link(f"/thing/{id_text(row.subject)}"), class_="name")
    who = here.actor(claim.author)
    status = word(say, STATUS_WORDS, row.status)
    says = N_("Says {who}, who signed this one too") if claim.same_author else N_("Says {who}")
    return e(
        "li",
        e("p", link),
        e("p", _how(here, claim)),
        e("p", say.rich(says, who=who), " · ", status, class_="says"),
        class_=f"claim {line_of(row.status, row.voice)}",
    )


def _how(here: Surroundings, claim: OtherClaim) -> Node:
    """Return how the two stand to each other on the ground and by name, in one line."""
    say, meeting = here.say, claim.meeting
    parts: list[str] = []
    if meeting is not None:
        parts.append(say(MEETING_WORDS[meeting.relation]))
        if meeting.square_metres is not None:
            parts.append(say.hectares(round(meeting.square_metres)))
        if meeting.share:
            parts.append(say("{share} of this", share=_percent(here, meeting.share)))
        if meeting.other_share:
            parts.append(say("{share} of that one", share=_percent(here, meeting.other_share)))
        if meeting.rough:
            parts.append(say("one of them known only roughly"))
    if claim.name in NAME_WORDS:
        parts.append(say(NAME_WORDS[claim.name]))
    return list(chain.from_iterable((" · ", part) for part in parts))[1:]


def _percent(here: Surroundings, share: float) -> str:
    say = here.say
    if share < _SHARE_MIN:
        return say("less than 1 %")
    if _SHARE_ALL <= share < 1 - 1e-6:
        return say("nearly all")
    return say("{number} %", number=say.number(round(100 * share)))
