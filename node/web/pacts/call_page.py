"""The page of what an administration offers: a call for proposals, an available asset, a module for pacts."""

from node.web.commons.commons_page import heading, source_section, voice_note
from node.web.contest.remarks import said_and_ways
from node.web.frame.layout import facts, page
from node.web.frame.listing import line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, title_words
from node.web.pacts.pact_page import clauses_section, commons_named
from node.web.records.paper import paper_section
from node.web.records.proof import proof_section
from node.web.records.versions import versions_section
from node.web.words.speech import N_
from protocol.identifiers import id_text
from protocol.kinds.procedure import Call
from protocol.state.fold import ThingState

_SENTENCES = {
    "call": N_("A call for proposals."),
    "asset": N_("A commons that is available to be cared for."),
    "module": N_("A module: clauses for pacts of a frequent kind."),
}


def call_page(here: Surroundings, thing: ThingState, content: Call) -> Element:
    """Return the page of a call, an asset or a module."""
    assert thing.display is not None
    say = here.say
    rows: list[tuple[str, Node]] = [
        (say("Offered by"), here.party(content.organiser) if content.organiser else None),
        (say("Commons"), commons_named(here, content.commons) if content.commons else None),
        (say("From"), say.day(content.opens) if content.opens else None),
        (say("Until"), say.day(content.closes) if content.closes else None),
    ]
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            e("p", say(_SENTENCES[content.type]), _open_now(here, content), class_="lead"),
            voice_note(here, thing),
            here.text(content.text) if content.text else None,
            facts(rows),
            clauses_section(here, content.clauses),
            said_and_ways(here, thing),
            versions_section(here, thing),
            source_section(here, content.source, content.licence),
            proof_section(here, thing, thing.display, thing.judged.get(thing.display)),
            paper_section(here, thing.display, f"/thing/{id_text(thing.subject)}"),
            class_=line_of(thing.status, thing.voice),
        ),
        icons=["other"],
    )


def _open_now(here: Surroundings, content: Call) -> Node:
    """Return whether proposals may be made today, where it gives days."""
    say, today = here.say, here.today
    if content.closes is not None and content.closes < today:
        return [" ", say("Proposals were taken until {date}.", date=say.day(content.closes))]
    if content.opens is not None and today < content.opens:
        return [" ", say("Proposals are taken from {date}.", date=say.day(content.opens))]
    if content.closes is not None:
        return [" ", say("Proposals are taken until {date}.", date=say.day(content.closes))]
    return None
