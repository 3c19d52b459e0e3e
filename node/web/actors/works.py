"""What an actor does, as records have it: what it cares for, its pacts, what else it wrote."""

from collections.abc import Sequence
from dataclasses import dataclass

from node.web.frame.listing import Entry, icon_of, listing, read_entries
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.vocabulary import ANSWER_WORDS
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.kinds.gist import linked_actors
from protocol.state.pacts import Answer, PartyAnswer

# The newest of each; a link leads to all.
SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class Works:
    """The newest things of each kind, and whether there are more."""

    cares_for: Sequence[Entry]
    more_cared_for: bool
    pacts: Sequence[Entry]
    more_pacts: bool
    answers: dict[SubjectId, PartyAnswer]
    else_written: Sequence[Entry]
    more_written: bool

    def icons(self) -> list[str]:
        """The icons that the lists use."""
        return [icon_of(entry) for entry in (*self.cares_for, *self.pacts, *self.else_written)]


async def find_works(here: Surroundings, actor: ActorId) -> Works:
    """Return what an actor does, and how it answered the pacts it is a party to."""
    store, now_ms = here.store, here.now_ms
    commons = await store.things(kind="commons", linked=actor, limit=SHOWN_MAX, now_ms=now_ms)
    pacts = await store.things(kind="pact", linked=actor, limit=SHOWN_MAX, now_ms=now_ms)
    wrote = await store.things(author=actor, limit=2 * SHOWN_MAX, now_ms=now_ms)
    entries = await read_entries(here, commons), await read_entries(here, pacts)
    others = [entry for entry in await read_entries(here, wrote) if _is_other(entry, actor)]
    answers: dict[SubjectId, PartyAnswer] = {}
    for entry in entries[1]:
        answer = await _answer(here, entry.row.subject, actor)
        if answer is not None:
            answers[entry.row.subject] = answer
    for some in (*entries, others):
        await here.meet(e.record.header.actor for e in some if e.record and e.record.header.actor)
    return Works(
        entries[0],
        commons.after is not None,
        entries[1],
        pacts.after is not None,
        answers,
        others[:SHOWN_MAX],
        wrote.after is not None or len(others) > SHOWN_MAX,
    )


def _is_other(entry: Entry, actor: ActorId) -> bool:
    """Whether no other section of the page tells of a thing."""
    return entry.row.kind not in ("body", "actor") and not (
        entry.row.kind in ("commons", "pact") and actor in linked_actors(entry.content)
    )


async def _answer(here: Surroundings, subject: SubjectId, actor: ActorId) -> PartyAnswer | None:
    thing = await here.store.thing(subject)
    if thing is None or thing.pact is None or thing.display is None:
        return None
    answers = thing.pact.answers.get(thing.display, ())
    return next((answer for answer in answers if answer.actor == actor), None)


def works_sections(here: Surroundings, actor: ActorId, works: Works) -> Node:
    """Return what an actor does, a section for each."""
    say, text = here.say, id_text(actor)
    return [
        _section(
            here, say("What it cares for"), works.cares_for, works.more_cared_for, linked=text, kind="commons"
        ),
        _pacts(here, works, text),
        _section(here, say("What else it wrote"), works.else_written, works.more_written, author=text),
    ]


def _section(
    here: Surroundings, title: str, entries: Sequence[Entry], more: bool, **which: str
) -> Element | None:
    if not entries:
        return None
    return e("section", e("h2", title), listing(here, list(entries)), _all(here, more, **which))


def _pacts(here: Surroundings, works: Works, actor: str) -> Node:
    """Return the pacts an actor is a party to; how it stands with those that it has not signed is said."""
    say = here.say
    if not works.pacts:
        return None
    unsigned = [
        e("li", here.thing(subject, _title(works, subject)), ": ", _answered(here, answer))
        for subject, answer in works.answers.items()
        if answer.answer is not Answer.CONSENT
    ]
    return e(
        "section",
        e("h2", say("Pacts it is a party to")),
        listing(here, list(works.pacts)),
        e("h3", say("Not signed by it")) if unsigned else None,
        e("ul", unsigned) if unsigned else None,
        _all(here, works.more_pacts, linked=actor, kind="pact"),
    )


def _title(works: Works, subject: SubjectId) -> dict[str, str]:
    return next(dict(entry.row.title) for entry in works.pacts if entry.row.subject == subject)


def _answered(here: Surroundings, answer: PartyAnswer) -> str:
    said = here.say(ANSWER_WORDS[answer.answer])
    if answer.at_ms is None:
        return said
    return here.say("{answer} on {date}", answer=said, date=here.say.moment(answer.at_ms))


def _all(here: Surroundings, more: bool, **which: str) -> Node:
    if not more:
        return None
    return e("p", e("a", here.say("Show all"), href=here.asked.link("/", **which)), class_="more")
