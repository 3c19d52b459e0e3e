"""Where a pact stands, what is due from whom, and what happened: the procedure on the page of a pact."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, clipped, cut, foreign
from node.web.frame.ways import answer_link
from node.web.pacts.office import by_office
from node.web.words.procedure_vocabulary import (
    BY_WORDS,
    DUE_WORDS,
    EVENT_WORDS,
    REMARK_WORDS,
    STEP_WORDS,
    SUPPORT_WORDS,
    WHY_NOT_WORDS,
)
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.identifiers import RecordId, id_text
from protocol.kinds.evidence import Act, Evidence
from protocol.kinds.pact import Pact
from protocol.kinds.procedure import Observation, Reply, Step, Support
from protocol.state.course import DAY_MS, Course, Due, Event
from protocol.state.fold import ThingState

# The newest entries of the timeline, and answers to one of them; a link leads to more, and the data has all.
EVENTS_SHOWN_MAX = 10
EVENTS_OF_THE_WHOLE_MAX = 300
ANSWERS_SHOWN_MAX = 5

# What is written down this much after it took effect says so.
WRITTEN_LATER_MS = 2 * DAY_MS

# Of what an entry says; the rest is in its record.
EXCERPT_MAX_CHARS = 500


def standing_section(here: Surroundings, found: Course) -> Node:
    """Return since when a pact stands as it does, and what is due."""
    say = here.say
    since = None
    if found.since_ms is not None:
        since = e("p", say("It has stood so since {date}.", date=say.moment(found.since_ms)))
    due = e("ul", [_due(here, one) for one in found.due], class_="due") if found.due else None
    if since is None and due is None:
        return None
    nothing = e("p", say("Nothing is due at present."), class_="quiet") if due is None else None
    return e("section", e("h2", say("Where it stands")), since, due, nothing)


def _due(here: Surroundings, due: Due) -> Element:
    say = here.say
    by = here.actor(due.actor) if due.actor is not None else word(say, BY_WORDS, due.by)
    values: dict[str, Node] = {
        "what": word(say, DUE_WORDS, due.what),
        "by": by,
        "date": say.day(due.until) if due.until is not None else "",
    }
    if due.until is None:
        return e("li", say.rich(N_("Due from {by}: {what}"), **values))
    if due.overdue:
        return e("li", say.rich(N_("Overdue since {date}, from {by}: {what}"), **values), class_="overdue")
    return e("li", say.rich(N_("Due until {date} from {by}: {what}"), **values))


def timeline_section(here: Surroundings, thing: ThingState, found: Course) -> Node:
    """Return what happened, oldest first, who says so and whether it counts; answers under their question."""
    say = here.say
    answers = _answers(thing, found.timeline)
    under = {event.record for those in answers.values() for event in those}
    entries = [event for event in found.timeline if event.record not in under]
    shown = entries[-(EVENTS_OF_THE_WHOLE_MAX if here.whole else EVENTS_SHOWN_MAX) :]
    if not shown:
        return None
    before = len(entries) - len(shown)
    more: Node = None
    if before:
        said = say.count("{n} earlier entry", "{n} earlier entries", before)
        more = e("p", said if here.whole else e("a", said, href=here.asked.same(whole="yes")), class_="more")
    listed = [_entry(here, thing, event, answers.get(event.record, ())) for event in shown]
    return e(
        "section", e("h2", say("What happened")), more, e("ol", listed, class_="timeline"), class_="course"
    )


def _answers(thing: ThingState, timeline: Sequence[Event]) -> Mapping[RecordId, list[Event]]:
    """Return the answers to each entry of the timeline."""
    listed = {event.record for event in timeline if event.kind != "reply"}
    found: dict[RecordId, list[Event]] = {}
    for event in timeline:
        if event.kind == "reply":
            for parent in thing.judged[event.record].record.header.parents:
                if parent in listed and thing.judged[parent].record.header.kind != "pact":
                    found.setdefault(parent, []).append(event)
                    break
    return found


def _entry(here: Surroundings, thing: ThingState, event: Event, answers: Sequence[Event]) -> Element:
    say = here.say
    content = shown_content(thing, event.record)
    if isinstance(content, Pact) and content.reported is not None:
        what = say("text as the source gives it")
    else:
        what = word(say, STEP_WORDS if event.kind == "step" else EVENT_WORDS, event.what)
    worth: Node = None
    if not event.counts:
        why = word(say, WHY_NOT_WORDS, event.why_not)
        worth = e("p", say("Shown, but does not count: {why}.", why=why), class_="worth")
    under = [_entry(here, thing, answer, ()) for answer in answers[:ANSWERS_SHOWN_MAX]]
    more = len(answers) - len(under)
    if more:
        under.append(e("li", say.count("and {n} other", "and {n} others", more), class_="quiet"))
    return e(
        "li",
        e(
            "p",
            here.record(event.record, say.moment(event.moment_ms)),
            answer_link(here, event.record) if isinstance(content, Observation) else None,
            class_="when",
        ),
        e(
            "div",
            e("p", e("strong", what, class_="what"), " · ", here.actor(event.author)),
            _said(here, content, event),
            worth,
            e("ol", under, class_="timeline") if under else None,
        ),
        class_=None if event.counts else "uncounted",
    )


def shown_content(thing: ThingState, record: RecordId) -> Any:
    """Return what a record about a pact says, None where it was withdrawn."""
    return None if record in thing.erased else thing.judged[record].record.content


def _said(here: Surroundings, content: Any, event: Event) -> Node:
    """Return what an entry says; reports, support and disputes have sections of their own."""
    say = here.say
    said: list[Node] = []
    match content:
        case Step():
            if content.outcome is not None:
                said.append(e("p", word(say, REMARK_WORDS, content.outcome)))
            if content.said is not None:
                said.append(
                    e("p", say.rich(N_("The source says “{said}”."), said=e("bdi", clipped(content.said))))
                )
            if content.until is not None:
                said.append(e("p", say("Until {date}.", date=say.day(content.until))))
            said += [excerpt(here, content.text), excerpt(here, content.reasons)]
        case Observation():
            said += [_remark(here, content.stance), excerpt(here, content.text)]
        case Reply():
            said += [_remark(here, content.outcome), excerpt(here, content.text)]
        case Support():
            said.append(e("p", word(say, SUPPORT_WORDS, content.type)))
        case _:
            pass
    if isinstance(content, Act):
        said += [paper(here, one) for one in content.evidence[:ANSWERS_SHOWN_MAX]]
        said.append(by_office(here, content.authorised_by, event.moment_ms))
        if content.source is not None:
            said.append(e("p", say.rich(N_("As reported by {source}."), source=here.source(content.source))))
        said.append(excerpt(here, content.note))
    if event.counts and event.signed_ms - event.moment_ms >= WRITTEN_LATER_MS:
        said.append(
            e("p", say("Written down on {date}.", date=say.moment(event.signed_ms)), class_="quiet small")
        )
    return said


def _remark(here: Surroundings, slug: str | None) -> Node:
    return e("p", word(here.say, REMARK_WORDS, slug)) if slug is not None else None


def excerpt(here: Surroundings, texts: Mapping[str, str] | None) -> Node:
    """Return the beginning of a text, in one paragraph and one language."""
    if not texts:
        return None
    tag, text = here.say.chosen(texts, here.asked.texts_in())
    return foreign("p", cut(" ".join(text.split()), EXCERPT_MAX_CHARS), tag)


def paper(here: Surroundings, evidence: Evidence) -> Element:
    """Return the paper that something was done on, and who holds it."""
    say = here.say
    title: Node = (
        e("bdi", clipped(evidence.title)) if isinstance(evidence.title, str) else here.name(evidence.title)
    )
    if evidence.held_by is None:
        return e("p", say.rich(N_("On paper: {title}."), title=title))
    holder = e("bdi", clipped(evidence.held_by))
    return e("p", say.rich(N_("On paper: {title}, held by {holder}."), title=title, holder=holder))


def course_data(thing: ThingState, found: Course, events_max: int) -> dict[str, Any]:
    """Return the course of a pact as data, its newest entries last."""
    return {
        "status": found.status,
        "since_ms": found.since_ms,
        "said": found.said or None,
        "due": [
            {
                "what": due.what,
                "by": due.by,
                "actor": None if due.actor is None else id_text(due.actor),
                "until": due.until,
                "because": None if due.because is None else id_text(due.because),
                "overdue": due.overdue,
            }
            for due in found.due
        ],
        "timeline": [
            {
                "record": id_text(event.record),
                "kind": event.kind,
                "what": event.what,
                "time_ms": event.moment_ms,
                "signed_ms": event.signed_ms,
                "author": id_text(event.author),
                "on_paper": event.on_paper,
                "reported": event.reported,
                "counts": event.counts,
                "why_not": event.why_not or None,
                "about": [id_text(one) for one in thing.judged[event.record].record.header.parents],
            }
            for event in found.timeline[-events_max:]
        ],
        "timeline_total": len(found.timeline),
    }
