"""The page of a pact: a sentence that sums it up, who has signed and who is awaited, its text by letters."""

from collections.abc import Mapping, Sequence

from node.exports import ExportedPact
from node.present import present_course
from node.web.commons.commons_page import PARTIES_SHOWN_MAX, heading, source_section, voice_note
from node.web.frame.layout import facts, icon, page
from node.web.frame.listing import line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, clipped, title_words
from node.web.frame.ways import ways_section
from node.web.pacts.elsewhere import elsewhere_section
from node.web.pacts.office import by_office
from node.web.pacts.pact_accounts import disputes_section, reports_section, support_section
from node.web.pacts.pact_course import standing_section, timeline_section
from node.web.records.paper import paper_section
from node.web.records.personal import personal_row
from node.web.records.proof import proof_section
from node.web.records.versions import versions_section
from node.web.words.speech import N_
from node.web.words.vocabulary import (
    ANSWER_WORDS,
    CLAUSE_WORDS,
    INTENSITY_WORDS,
    SIDE_WORDS,
    STATUS_WORDS,
    word,
)
from protocol.identifiers import SubjectId, id_text
from protocol.kinds.pact import CLAUSE_LETTERS, Clauses, Consent, Pact, PactCommons
from protocol.state.course import Course
from protocol.state.effect import Effect
from protocol.state.fold import ThingState
from protocol.state.pacts import Answer, PartyAnswer

# Named in the sentence that sums a pact up; the list below names all.
_NAMED_IN_SENTENCE = 4

# Acts and reasons shown of one party; it may have answered any number of times.
_ANSWERS_SHOWN_MAX = 4

_SENTENCES: Mapping[str, str] = {
    "proposed": N_("{parties} are asked to care together for {commons}. Nobody has signed yet."),
    "under_observation": N_(
        "{parties} are to care together for {commons}. Anybody may now say what they think of the proposal."
    ),
    "under_evaluation": N_(
        "{parties} are to care together for {commons}. The administration is examining the proposal."
    ),
    "awaiting_information": N_(
        "{parties} are to care together for {commons}. The administration has asked for more information."
    ),
    "evaluated": N_(
        "{parties} are to care together for {commons}. The proposal is evaluated; the decision is awaited."
    ),
    "accepted": N_(
        "{parties} are to care together for {commons}. The proposal is accepted; it is still to be signed."
    ),
    "refused": N_("{parties} were to care together for {commons}. The proposal was refused, with reasons."),
    "shelved": N_("{parties} were to care together for {commons}. The proposal was filed away undecided."),
    "partly_signed": N_("{parties} are to care together for {commons}. Signed by {signed} of {all}."),
    "declined": N_("{parties} were to care together for {commons}. It was declined."),
    "in_force": N_("{parties} care together for {commons}. Signed by all {all}; in force since {since}."),
    "under_review": N_("{parties} care together for {commons}. What has come of it is under review."),
    "suspended": N_("{parties} care together for {commons}. The pact is suspended."),
    "ended": N_("{parties} cared together for {commons}. The pact has ended."),
    "expired": N_("{parties} cared together for {commons}. The pact’s term is over."),
    "not_yet_started": N_(
        "{parties} are going to care together for {commons}. Signed by all {all}; not yet begun."
    ),
    "reported": N_(
        "{parties}: a pact about {commons}, known only from what others report. Nobody has signed it here."
    ),
    "reported_otherwise": N_(
        "{parties}: a pact about {commons}, known only from what others report: “{said}”."
    ),
    "contested": N_(
        "{parties}: several texts about {commons} were agreed, none by everybody. Nothing here chooses "
        "between them."
    ),
}

# In force by what a paper or an archive says, without the signatures of all here.
_IN_FORCE_ELSEWHERE = N_("{parties} care together for {commons}, in force by what is reported below.")


def pact_page(
    here: Surroundings,
    thing: ThingState,
    content: Pact,
    competing: Node = None,
    exported: ExportedPact | None = None,
) -> Element:
    """Return the page of a pact; `competing` are the sections on what it competes with, `exported` is the
    version that can be verified elsewhere.
    """
    assert thing.pact is not None
    assert thing.display is not None
    found = present_course(thing, here.now_ms)
    status = found.status
    answers = thing.pact.answers.get(thing.display, ())
    in_effect = thing.status == thing.pact.status.value
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            _seal(here, status) if in_effect else None,
            e("p", _sentence(here, thing, content, found, answers), class_="lead"),
            voice_note(here, thing)
            if content.reported is None or not in_effect
            else _reported(here, thing, content),
            _parties(here, thing, content, answers),
            standing_section(here, found) if in_effect else None,
            competing,
            timeline_section(here, thing, found),
            _terms(here, content),
            clauses_section(here, content.clauses),
            support_section(here, thing, found),
            reports_section(here, thing, found),
            disputes_section(here, thing, found),
            ways_section(here, thing),
            versions_section(here, thing),
            source_section(here, content.reported.source if content.reported else None, content.licence),
            elsewhere_section(here, thing, exported) if exported is not None else None,
            proof_section(here, thing, thing.display, thing.judged.get(thing.display)),
            paper_section(here, thing.display, f"/thing/{id_text(thing.subject)}"),
            class_=f"pact {line_of(thing.status, thing.voice)}",
        ),
        icons=["pact"],
        styles=["charts"],
    )


def _seal(here: Surroundings, status: str) -> Element:
    """Return the mark of a pact's status; in force, it is a seal."""
    said = word(here.say, STATUS_WORDS, status)
    if status == "in_force":
        return e("p", icon("pact"), " ", said, class_="status seal")
    return e("p", said, class_="status")


def _sentence(
    here: Surroundings, thing: ThingState, content: Pact, found: Course, answers: tuple[PartyAnswer, ...]
) -> Node:
    say, status = here.say, found.status
    names: list[Node] = [here.party(party) for party in content.parties[:_NAMED_IN_SENTENCE]]
    more = len(content.parties) - len(names)
    if more > 0:
        names.append(say.count("{n} other", "{n} others", more))
    if len(content.parties) == 1:
        # Nobody cares together alone: an archive may name one side of a pact and leave out the other.
        names.append(say("others whom the source does not name"))
    since = thing.pact.in_force_since_ms if thing.pact is not None else None
    sentence = _SENTENCES.get(status, _SENTENCES["proposed"])
    if status in ("in_force", "not_yet_started") and since is None:
        sentence = _IN_FORCE_ELSEWHERE
    summed_up = say.rich(
        sentence,
        parties=say.joined(names),
        commons=commons_named(here, content.commons),
        signed=say.number(sum(answer.answer is Answer.CONSENT for answer in answers)),
        all=say.number(len(content.parties)),
        since=say.moment(since) if since is not None else "",
        said=e("bdi", clipped(found.said)),
    )
    until = None
    if status in ("in_force", "not_yet_started") and content.term.end is not None:
        until = [" ", say("It holds until {date}.", date=say.day(content.term.end))]
    return [summed_up, until]


def commons_named(here: Surroundings, commons: Sequence[PactCommons]) -> Node:
    """Return the commons that a pact or a call is about."""
    say = here.say
    named: list[Node] = []
    for entry in commons[:_NAMED_IN_SENTENCE]:
        if entry.subject is not None:
            named.append(here.thing(SubjectId(entry.subject), entry.name))
        elif entry.name is not None:
            named.append(here.name(entry.name))
    more = len(commons) - len(named)
    if more > 0:
        named.append(say.count("{n} other", "{n} others", more))
    return say.joined(named) if named else say("a commons that it does not name")


def _reported(here: Surroundings, thing: ThingState, content: Pact) -> Node:
    assert content.reported is not None
    assert thing.display is not None
    say, reported = here.say, content.reported
    who, source = here.actor(thing.versions.all[thing.display].author), here.source(reported.source)
    return e(
        "div",
        e(
            "p",
            say.rich(
                N_("Reported by {who} from {source}, where its status is “{status}”."),
                who=who,
                source=source,
                status=e("bdi", reported.status),
            ),
        ),
        e("p", say("As of {date}.", date=say.day(reported.as_of))) if reported.as_of else None,
        here.text(reported.note) if reported.note else None,
        class_="says voice other",
    )


def _parties(
    here: Surroundings, thing: ThingState, content: Pact, answers: tuple[PartyAnswer, ...]
) -> Element:
    say = here.say
    shown = content.parties if here.whole else content.parties[:PARTIES_SHOWN_MAX]
    rows = []
    for index, party in enumerate(shown):
        answer = answers[index] if index < len(answers) else None
        side = e("span", word(say, SIDE_WORDS, party.side), class_="quiet") if party.side else None
        rows.append(
            e(
                "li",
                e("span", here.party(party), side),
                e(
                    "span",
                    _answer(here, content, answer),
                    class_=f"answer {answer.answer.value if answer else 'none'}",
                ),
                _said_with_it(here, thing, answer),
            )
        )
    more = len(content.parties) - len(shown)
    if more:
        rows.append(
            e(
                "li",
                e("a", say.count("and {n} other", "and {n} others", more), href=here.asked.same(whole="yes")),
            )
        )
    return e("section", e("h2", say("Parties")), e("ul", rows, class_="signers"))


def _answer(here: Surroundings, content: Pact, answer: PartyAnswer | None) -> Node:
    say = here.say
    if content.reported is not None:
        return say("named by the source, has not signed here")
    if answer is None:
        return say("awaited")
    if answer.actor is None:
        return say("awaited: has no keys yet")
    said = say(ANSWER_WORDS[answer.answer])
    return (
        say("{answer} on {date}", answer=said, date=say.moment(answer.at_ms))
        if answer.at_ms is not None
        else said
    )


def _said_with_it(here: Surroundings, thing: ThingState, answer: PartyAnswer | None) -> Node:
    """Return the act by which an office signed, and the reasons that a party gave."""
    if answer is None or answer.actor is None or answer.answer in (Answer.NONE, Answer.AWAITING):
        return None
    said: list[Node] = []
    for verdict in thing.judged.values():
        header, consent = verdict.record.header, verdict.record.content
        if header.actor != answer.actor or thing.display not in header.parents:
            continue
        if verdict.effect is not Effect.EFFECTIVE or verdict.record.id in thing.erased:
            continue
        if isinstance(consent, Consent) and len(said) < _ANSWERS_SHOWN_MAX:
            said.append(by_office(here, consent.authorised_by, header.time_ms))
            said.append(here.text(consent.reasons) if consent.reasons else None)
    return e("div", said, class_="said") if any(said) else None


def _terms(here: Surroundings, content: Pact) -> Node:
    say, term = here.say, content.term
    rows: list[tuple[str, Node]] = [
        (say("Commons"), commons_named(here, content.commons) if content.commons else None),
        (say("From"), say.day(term.start) if term.start else None),
        (say("Until"), say.day(term.end) if term.end else None),
        (say("Why longer than nine years"), here.text(term.reasons) if term.reasons else None),
        (say("Kind of care"), word(say, INTENSITY_WORDS, content.intensity) if content.intensity else None),
    ]
    if content.ending is not None:
        rows.append(
            (say("Agreed end"), [e("p", say.day(content.ending.on)), here.text(content.ending.cause)])
        )
    rows.append(personal_row(here, content))
    listed = facts(rows)
    return e("section", e("h2", say("Terms")), listed) if listed else None


def clauses_section(here: Surroundings, clauses: Clauses) -> Node:
    """Return the clauses that were written, in the order of the regulation's letters."""
    say = here.say
    written = [
        (letter, name, getattr(clauses, name))
        for name, letter in CLAUSE_LETTERS.items()
        if getattr(clauses, name)
    ]
    if not written:
        return None
    return e(
        "section",
        e("h2", say("Text of the pact")),
        e("p", say("In the order of the letters of the regulation (art. 5.2)."), class_="quiet small"),
        here.other_languages(texts for _letter, _name, texts in written),
        e(
            "div",
            [
                [
                    e("h3", e("span", f"{letter}) ", class_="letter"), say(CLAUSE_WORDS[name])),
                    here.text(texts, languages=False),
                ]
                for letter, name, texts in written
            ],
            class_="text",
        ),
        class_="clauses",
    )
