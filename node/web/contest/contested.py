"""What others say of a thing, on its page: challenges, how it stands to other things, assessments."""

from collections.abc import Sequence

from node.claims.voices import Voices
from node.web.frame.layout import facts, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.pacts.pact_course import excerpt
from node.web.words.contest_vocabulary import (
    FINDING_WORDS,
    GROUND_WORDS,
    LINK_SENTENCES,
    PRINCIPLE_WORDS,
    TURNED_LINK_SENTENCES,
)
from node.web.words.procedure_vocabulary import REMARK_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.identifiers import SubjectId
from protocol.kinds.contesting import PRINCIPLES, Assessment
from protocol.state.contest import Answer, Challenged, ChallengeState
from protocol.state.fold import ThingState
from protocol.state.links import Linked
from protocol.state.statements import Said

# The latest of each; the data has all.
CHALLENGES_SHOWN_MAX = 12
ANSWERS_SHOWN_MAX = 6
LINKS_SHOWN_MAX = 12
CHAIN_SHOWN_MAX = 12

# Columns that a phone can still be pushed through.
ASSESSMENTS_SHOWN_MAX = 4

_STATES = {
    ChallengeState.OPEN: N_("Not answered yet."),
    ChallengeState.ANSWERED: N_("Answered."),
    ChallengeState.UNANSWERED: N_("Not answered by {date}."),
    ChallengeState.REPLACED: N_("Its author has put it otherwise since."),
    ChallengeState.WITHDRAWN: N_("Taken back by its author."),
}


def challenges_section(here: Surroundings, voices: Voices) -> Node:
    """Return who holds that something here is wrong, and what is answered."""
    say, found = here.say, voices.challenges
    if not found:
        return None
    return e(
        "section",
        e("h2", say("Challenged")),
        e(
            "p",
            say("Nothing is hidden because it is challenged. Each side speaks here for itself."),
            class_="quiet small",
        ),
        e("ol", [_challenge(here, one) for one in found[:CHALLENGES_SHOWN_MAX]], class_="entries"),
        more_of(here, len(found) - CHALLENGES_SHOWN_MAX),
        id="challenges",
    )


def _challenge(here: Surroundings, one: Challenged) -> Element:
    say, content = here.say, one.said.content
    who, date = here.actor(one.said.author), say.moment(one.said.moment_ms)
    ground = None if content.ground is None else word(say, GROUND_WORDS, content.ground)
    opening = (
        say.rich(N_("{who} challenged this on {date}."), who=who, date=date)
        if ground is None
        else say.rich(N_("{who} challenged this on {date}: {ground}."), who=who, date=date, ground=ground)
    )
    return e(
        "li",
        e("p", opening),
        excerpt(here, content.text),
        e("p", _standing(here, one), " ", here.record(one.said.record, say("Record")), class_="quiet small"),
        e("ol", [_answer(here, a) for a in one.answers[:ANSWERS_SHOWN_MAX]], class_="timeline answers")
        if one.answers
        else None,
        more_of(here, len(one.answers) - ANSWERS_SHOWN_MAX),
        class_=None if one.said.stands else "quiet",
    )


def _standing(here: Surroundings, one: Challenged) -> str:
    say, until = here.say, one.said.content.until
    if one.state is ChallengeState.OPEN and until is not None:
        return say("To be answered until {date}.", date=say.day(until))
    return say(_STATES[one.state], date="" if until is None else say.day(until))


def _answer(here: Surroundings, answer: Answer) -> Element:
    say = here.say
    who, date = here.actor(answer.author), say.moment(answer.moment_ms)
    message = (
        N_("{who}, whom it concerns, answered on {date}.")
        if answer.of_the_challenged
        else N_("{who} had something to say of it on {date}.")
    )
    outcome = answer.content.outcome
    return e(
        "li",
        e(
            "p",
            say.rich(message, who=who, date=date),
            None if outcome is None else [" ", word(say, REMARK_WORDS, outcome)],
            class_="when",
        ),
        excerpt(here, answer.content.text),
        class_=None if answer.of_the_challenged else "uncounted",
    )


def links_section(here: Surroundings, thing: ThingState, voices: Voices) -> Node:
    """Return how a thing is said to stand to others, and what it is part of step by step."""
    say, found = here.say, voices.links
    if not found:
        return None
    return e(
        "section",
        e("h2", say("How it stands to others")),
        _chain(here, thing, voices),
        e("ul", [_link(here, thing, one) for one in found[:LINKS_SHOWN_MAX]], class_="entries"),
        more_of(here, len(found) - LINKS_SHOWN_MAX),
        e("p", say("More things here say how they stand to it."), class_="more")
        if voices.more_links
        else None,
        id="links",
    )


def _link(here: Surroundings, thing: ThingState, one: Linked) -> Element:
    say, turned = here.say, one.subject != thing.subject
    other = here.thing(one.subject if turned else one.other)
    who, relation = here.actor(one.said.author), one.said.content.relation
    sentence = (TURNED_LINK_SENTENCES if turned else LINK_SENTENCES).get(relation)
    if sentence is not None:
        said = say.rich(sentence, who=who, other=other)
    else:
        bare = e("bdi", relation.replace("_", " "))
        message = (
            N_("{who} says of {other} and this: {relation}.")
            if turned
            else N_("{who} says of this and {other}: {relation}.")
        )
        said = say.rich(message, who=who, other=other, relation=bare)
    if one.mutual:
        weight = say("Both say so of each other.")
    elif one.own:
        weight = say("It says so of its own.")
    else:
        weight = say("Said by somebody else than those who care for it.")
    date = say.moment(one.said.moment_ms)
    return e(
        "li",
        e("p", said),
        excerpt(here, one.said.content.text),
        e("p", date, " · ", weight, " ", here.record(one.said.record, say("Record")), class_="quiet small"),
    )


def _chain(here: Surroundings, thing: ThingState, voices: Voices) -> Node:
    say, found = here.say, voices.within
    if found.cycle:
        through = say.joined([here.thing(name) for name in found.cycle[:CHAIN_SHOWN_MAX]])
        return e(
            "p",
            say.rich(
                N_(
                    "By what is said, this would be part of itself, through {things}: so it counts as part "
                    "of nothing."
                ),
                things=through,
            ),
            class_="note",
        )
    if not found.things:
        return None
    steps: list[Node] = []
    for name in found.things[:CHAIN_SHOWN_MAX]:
        steps += [" → ", here.thing(name)] if steps else [here.thing(name)]
    if found.more or len(found.things) > CHAIN_SHOWN_MAX:
        steps.append(" …")
    return facts([(say("It is part of"), steps)])


def assessments_section(here: Surroundings, voices: Voices) -> Node:
    """Return a commons held against the eight principles: a row for each, a column for each assessment."""
    say, found = here.say, voices.assessments
    if not found:
        return None
    shown = found[:ASSESSMENTS_SHOWN_MAX]
    head = e(
        "tr",
        e("th", say("Principle"), scope="col"),
        [
            e(
                "th",
                here.actor(one.author),
                e("span", say.moment(one.moment_ms), class_="level quiet"),
                scope="col",
            )
            for one in shown
        ],
    )
    rows = [
        e(
            "tr",
            e("th", word(say, PRINCIPLE_WORDS, principle), scope="row"),
            [_finding(here, one, principle) for one in shown],
        )
        for principle in PRINCIPLES
    ]
    return e(
        "section",
        e("h2", say("Held against the eight principles of lasting commons")),
        e(
            "p",
            say(
                "What commons that last for generations have in common, as Elinor Ostrom found it. Whoever "
                "signs says what they found on that day; nobody gives marks."
            ),
            class_="quiet small",
        ),
        scrolled(e("table", e("thead", head), e("tbody", rows), class_="principles"), say("Assessments")),
        [_remarks(here, one) for one in shown],
        more_of(here, len(found) - ASSESSMENTS_SHOWN_MAX),
        id="assessments",
    )


def _finding(here: Surroundings, one: Said[Assessment], principle: str) -> Element:
    found = getattr(one.content.principles, principle)
    if found is None:
        return e("td", "–", class_="quiet")
    return e("td", word(here.say, FINDING_WORDS, found.finding), class_=f"finding {found.finding}")


def _remarks(here: Surroundings, one: Said[Assessment]) -> Node:
    say = here.say
    rows: list[tuple[str, Node]] = []
    for principle in PRINCIPLES:
        found = getattr(one.content.principles, principle)
        if found is not None and found.text is not None:
            rows.append((word(say, PRINCIPLE_WORDS, principle), excerpt(here, found.text)))
    if not rows and one.content.text is None:
        return None
    who, date = here.actor(one.author), say.moment(one.moment_ms)
    return [
        e("h3", say.rich(N_("{who} on {date}"), who=who, date=date)),
        excerpt(here, one.content.text),
        facts(rows),
    ]


def more_of(here: Surroundings, number: int) -> Node:
    """Return that there are more, and where."""
    if number <= 0:
        return None
    text = here.say.count(
        "{n} more, in the data of this page.", "{n} more, in the data of this page.", number
    )
    return e("p", text, class_="more")


def ends_of(voices: Voices) -> Sequence[SubjectId]:
    """Return the things that the sections name."""
    named = [name for one in voices.links for name in (one.subject, one.other)]
    return [*voices.within.things, *voices.within.cycle, *named]
