"""What people say of a commons, an alert or a place, in comments and answers, on its page.

A pact has a course, in which they stand in their order (`node.web.pacts.pact_course`).
"""

from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.frame.ways import answer_link, ways_section
from node.web.pacts.pact_course import excerpt
from node.web.words.procedure_vocabulary import REMARK_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.identifiers import RecordId
from protocol.kinds.procedure import Observation, Reply
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect
from protocol.state.fold import ThingState

# The newest; the data of the page has all.
REMARKS_SHOWN_MAX = 12
ANSWERS_SHOWN_MAX = 6


def remarks_of(thing: ThingState) -> tuple[list[VerifiedRecord], dict[RecordId, list[VerifiedRecord]]]:
    """Return comments on a thing and answers to its versions, newest first, and the answers to each."""
    said = [
        verdict.record
        for verdict in thing.judged.values()
        if isinstance(verdict.record.content, Observation | Reply)
        and verdict.effect is Effect.EFFECTIVE
        and verdict.record.id not in thing.erased
        and verdict.record.header.actor is not None
    ]
    comments = {record.id for record in said if isinstance(record.content, Observation)}
    answers: dict[RecordId, list[VerifiedRecord]] = {}
    first: list[VerifiedRecord] = []
    for record in sorted(said, key=lambda one: (one.header.time_ms, one.id)):
        about = [parent for parent in record.header.parents if parent in comments]
        if isinstance(record.content, Reply) and about:
            answers.setdefault(about[0], []).append(record)
        elif (
            isinstance(record.content, Observation) or set(record.header.parents) & thing.versions.all.keys()
        ):
            first.append(record)
    return first[::-1], answers


def said_and_ways(here: Surroundings, thing: ThingState) -> Node:
    """Return what people say of a thing, and the ways to take part."""
    return [remarks_section(here, thing), ways_section(here, thing)]


def remarks_section(here: Surroundings, thing: ThingState) -> Node:
    """Return what people say of a thing."""
    remarks, answers = remarks_of(thing)
    if not remarks:
        return None
    more = len(remarks) - REMARKS_SHOWN_MAX
    return e(
        "section",
        e("h2", here.say("What people say of it")),
        e(
            "ol",
            [_remark(here, one, answers.get(one.id, [])) for one in remarks[:REMARKS_SHOWN_MAX]],
            class_="entries",
        ),
        e("p", here.say.count("and {n} other", "and {n} others", more), class_="quiet") if more > 0 else None,
        id="remarks",
    )


def _remark(here: Surroundings, record: VerifiedRecord, answers: list[VerifiedRecord]) -> Element:
    say, content = here.say, record.content
    assert record.header.actor is not None
    slug = content.stance if isinstance(content, Observation) else content.outcome
    return e(
        "li",
        e(
            "p",
            here.actor(record.header.actor),
            [" · ", word(say, REMARK_WORDS, slug)] if slug else None,
            " · ",
            here.record(record.id, say.moment(record.header.time_ms)),
            answer_link(here, record.id) if isinstance(content, Observation) else None,
            class_="quiet small",
        ),
        excerpt(here, content.text),
        e(
            "p",
            say.rich(N_("As reported by {source}."), source=here.source(content.source)),
            class_="quiet small",
        )
        if content.source is not None
        else None,
        e("ol", [_remark(here, one, []) for one in answers[:ANSWERS_SHOWN_MAX]], class_="timeline answers")
        if answers
        else None,
    )
