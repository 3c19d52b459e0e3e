"""The page of an alert: what happens to a commons, since when, who says so, what shows it."""

from node.web.commons.commons_page import heading, said_by, source_section
from node.web.contest.remarks import said_and_ways
from node.web.frame.layout import facts, page
from node.web.frame.listing import line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import is_worth_drawing, outline, where_is
from node.web.frame.surroundings import Surroundings, clipped, title_words
from node.web.pacts.pact_page import commons_named
from node.web.records.paper import paper_section
from node.web.records.personal import personal_row
from node.web.records.proof import proof_section
from node.web.records.versions import versions_section
from node.web.words.contest_vocabulary import ALERT_SENTENCES, ALERT_STATE_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import SENSITIVITY_WORDS, word
from protocol.identifiers import id_text
from protocol.kinds.alert import Alert
from protocol.kinds.evidence import Evidence
from protocol.state.fold import ThingState

# Papers and pictures listed; an alert may have 256 of them, which its data has.
EVIDENCE_SHOWN_MAX = 40


def alert_page(here: Surroundings, thing: ThingState, content: Alert) -> Element:
    """Return the page of an alert."""
    assert thing.display is not None
    say = here.say
    # Whoever raises an alert speaks for themselves, unless they pass it on.
    line = line_of(thing.status, "own" if content.source is None else "other")
    going_on = " alert" if content.state == "open" else ""
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            e("p", word(say, ALERT_STATE_WORDS, thing.status), class_=f"status{going_on}"),
            e("p", _sentence(here, content), class_="lead"),
            said_by(here, thing, _raised(here, thing, content), line),
            here.text(content.text) if content.text else None,
            _figure(here, thing, content, line),
            facts(
                [
                    (say("What came of it"), here.text(content.outcome) if content.outcome else None),
                    (say("Commons"), commons_named(here, content.commons) if content.commons else None),
                    (say("Since"), None if content.since is None else say.day(content.since)),
                    (say("Place"), _sensitivity(here, content)),
                    personal_row(here, content),
                ]
            ),
            _evidence_section(here, content),
            said_and_ways(here, thing),
            versions_section(here, thing),
            source_section(here, content.source, content.licence),
            proof_section(here, thing, thing.display, thing.judged.get(thing.display)),
            paper_section(here, thing.display, f"/thing/{id_text(thing.subject)}"),
            class_=line,
        ),
        icons=["alert", "pact", "place", "actor"],
    )


def _sentence(here: Surroundings, content: Alert) -> Node:
    say = here.say
    what = word(say, ALERT_SENTENCES, content.type)
    named = [entry.name for entry in content.commons if entry.name is not None]
    if len(named) != 1 or len(content.commons) != 1:
        return say("{what}.", what=what)
    return say.rich(N_("{what} – at {commons}."), what=what, commons=here.name(named[0]))


def _raised(here: Surroundings, thing: ThingState, content: Alert) -> Node:
    assert thing.display is not None
    say, version = here.say, thing.versions.all[thing.display]
    who, date = here.actor(version.author), say.moment(version.time_ms)
    if content.source is not None:
        message = N_("{who} passes this on from {source}, on {date}.")
        return say.rich(message, who=who, source=here.source(content.source), date=date)
    return say.rich(N_("{who} says so, on {date}."), who=who, date=date)


def _sensitivity(here: Surroundings, content: Alert) -> Node:
    told = SENSITIVITY_WORDS.get(content.sensitivity)
    return None if told is None else here.say(told)


def _figure(here: Surroundings, thing: ThingState, content: Alert, line: str) -> Node:
    say = here.say
    if content.geometry is None:
        return None
    rough = content.sensitivity != "public"
    caption: list[str] = []
    if content.uncertainty_m:
        caption.append(say("Known to within {distance}.", distance=say.distance(content.uncertainty_m)))
    if thing.bbox is not None:
        position = where_is(thing.bbox, content.uncertainty_m or 0, say)
        caption.append(say("Middle: {position}.", position=position))
    if not is_worth_drawing(content.geometry, content.uncertainty_m):
        return e("p", " ".join(caption), class_="quiet")
    drawn = outline(content.geometry, line, content.uncertainty_m, rough, title_words(here, thing), say)
    return e("figure", drawn, e("figcaption", " ".join(caption)), class_="i-alert")


def _evidence_section(here: Surroundings, content: Alert) -> Node:
    say = here.say
    if not content.evidence:
        return None
    shown = content.evidence[:EVIDENCE_SHOWN_MAX]
    more = len(content.evidence) - len(shown)
    return e(
        "section",
        e("h2", say("What shows it")),
        e("ul", [e("li", _evidence(here, one)) for one in shown]),
        e("p", say.count("{n} more, in the data of this page.", "{n} more, in the data of this page.", more))
        if more
        else None,
    )


def _evidence(here: Surroundings, one: Evidence) -> Node:
    say = here.say
    title: Node = e("bdi", clipped(one.title)) if isinstance(one.title, str) else here.name(one.title)
    if one.url is not None and one.url.lower().startswith(("https://", "http://")):
        title = e("a", title, href=one.url, rel="noopener noreferrer nofollow external")
    parts: list[Node] = [title]
    if one.held_by is not None:
        parts.append([" · ", say.rich(N_("held by {holder}"), holder=e("bdi", clipped(one.held_by)))])
    if one.sha256 is not None:
        parts.append(e("span", "SHA-256 ", e("code", one.sha256.hex()), class_="key small"))
    return parts
