"""What a pact competes with, and what an actor takes part in: votes and bodies, as pages and as data."""

from collections.abc import Sequence
from typing import Any

from node.competing import Competition, Vote
from node.web.frame.listing import Entry, entry_data
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.deciding_vocabulary import VOTE_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import STATUS_WORDS, word
from protocol.identifiers import ActorId, id_text
from protocol.kinds.body import Body
from protocol.state.composition import holds


def competition_section(here: Surroundings, found: Competition) -> Node:
    """Return other open proposals about the same commons, and the votes on a pact; nothing without any."""
    say = here.say
    rivals = [
        e(
            "li",
            e("p", _link(here, rival.row.subject, rival.row.title)),
            e("p", word(say, STATUS_WORDS, rival.row.status), class_="quiet small"),
            [e("p", _between(here, vote)) for vote in rival.votes],
        )
        for rival in found.rivals
    ]
    between = {vote.row.subject for rival in found.rivals for vote in rival.votes}
    votes = [e("li", e("p", _vote(here, vote))) for vote in found.votes if vote.row.subject not in between]
    if not rivals and not votes:
        return None
    told = None
    if rivals and found.open:
        told = say(
            "Proposals for one commons that cannot be joined are decided by those concerned (Reg. art. 10.7)."
        )
        if not found.votes:
            told += " " + say("No vote between them is held here.")
    return [
        e(
            "section",
            e("h2", say("Other open proposals for the same commons")),
            e("p", told) if told else None,
            e("ol", rivals, class_="entries rivals"),
        )
        if rivals
        else None,
        e("section", e("h2", say("Votes on it")), e("ol", votes, class_="entries votes")) if votes else None,
    ]


def _between(here: Surroundings, vote: Vote) -> Node:
    return here.say.rich(N_("A vote decides between them: {vote}"), vote=_vote(here, vote))


def _vote(here: Surroundings, vote: Vote) -> Node:
    """Return a vote: its question, how it stands, who put it."""
    say = here.say
    standing: Node = word(say, VOTE_WORDS, vote.row.status)
    if vote.decided is not None:
        standing = say.rich(N_("decided: {option}"), option=here.name(vote.decided))
    who = say.rich(N_("put to the vote by {who}"), who=here.actor(vote.by))
    return [_link(here, vote.row.subject, vote.row.title), " · ", standing, " · ", who]


def _link(here: Surroundings, subject: bytes, title: Any) -> Element:
    shown = here.name(title) if title else here.short_id(subject)
    return e("a", shown, href=here.asked.link(f"/thing/{id_text(subject)}"))


def competition_data(found: Competition) -> dict[str, Any]:
    """Return what a pact competes with as data."""
    return {
        "competing": [
            {
                "id": id_text(rival.row.subject),
                "title": dict(rival.row.title),
                "status": rival.row.status,
                "page": f"/thing/{id_text(rival.row.subject)}",
                "votes": [id_text(vote.row.subject) for vote in rival.votes],
            }
            for rival in found.rivals
        ],
        "votes": [
            {
                "id": id_text(vote.row.subject),
                "title": dict(vote.row.title),
                "status": vote.row.status,
                "by": id_text(vote.by),
                "decided": None if vote.decided is None else dict(vote.decided),
                "page": f"/thing/{id_text(vote.row.subject)}",
            }
            for vote in found.votes
        ],
    }


def bodies_section(
    here: Surroundings, actor: ActorId, signing: Sequence[Entry], seated: Sequence[Entry]
) -> Node:
    """Return the bodies that an actor is, and those on which it has or had a seat."""
    say = here.say
    items = [
        e("li", _entry(here, entry), e("span", " · ", say("signs as this"), class_="quiet"))
        for entry in signing
    ]
    for entry in seated:
        content = entry.content
        seats = content.seats if isinstance(content, Body) else []
        own = [seat for seat in seats if seat.holder is not None and seat.holder.actor == actor]
        sits = any(holds(seat, here.today) for seat in own)
        said = say("has a seat on it today") if sits else say("a mandate that is past, or to come")
        items.append(e("li", _entry(here, entry), e("span", " · ", said, class_="quiet")))
    return e("section", e("h2", say("Councils and boards")), e("ul", items)) if items else None


def roll_section(here: Surroundings, votes: Sequence[Entry]) -> Node:
    """Return the votes with an actor on their roll, and how each stands."""
    if not votes:
        return None
    items = [
        e(
            "li",
            _entry(here, entry),
            e("span", " · ", word(here.say, VOTE_WORDS, entry.row.status), class_="quiet"),
        )
        for entry in votes
    ]
    return e("section", e("h2", here.say("Votes with it on the roll")), e("ul", items))


def _entry(here: Surroundings, entry: Entry) -> Element:
    return _link(here, entry.row.subject, entry.row.title)


def taking_part_data(
    signing: Sequence[Entry], seated: Sequence[Entry], votes: Sequence[Entry]
) -> dict[str, Any]:
    """Return the bodies and votes of an actor as data."""
    return {
        "signs_as": [entry_data(entry) for entry in signing],
        "seats_on": [entry_data(entry) for entry in seated],
        "on_roll_of": [entry_data(entry) for entry in votes],
    }
