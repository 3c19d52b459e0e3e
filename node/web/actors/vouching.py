"""Who vouches for an actor, whom it vouches for, and how far it is from those who run this node."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from node.trust.circle import Neighbourhood, vouched_for, vouchers_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, foreign
from node.web.words.speech import N_
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.kinds.endorsement import Endorsement
from protocol.state.trust import Circle, Counting, Voucher

# Endorsements listed on a page, of either direction; the data names more.
VOUCHERS_SHOWN_MAX = 12

# In the data of an actor.
VOUCHERS_LISTED_MAX = 200

# A text says how somebody knows somebody; its beginning does on a page that lists many.
_TEXT_SHOWN_MAX_CHARS = 300


@dataclass(frozen=True, slots=True)
class Vouching:
    """The trust in one actor, as this node sees it; `ours` are the actors from which it counts."""

    actor: ActorId
    ours: Sequence[ActorId]
    circle: Circle
    vouchers: tuple[Voucher, ...]
    given: list[tuple[ActorId, Voucher]] = field(default_factory=list)

    def ordered(self) -> list[Voucher]:
        """Return the endorsements that count, the nearest first."""
        counting = [one for one in self.vouchers if one.counts]
        far = {one.said.author: self.circle.distance(one.said.author) for one in counting}
        return sorted(counting, key=lambda one: (far[one.said.author] is None, far[one.said.author] or 0))


async def find_vouching(here: Surroundings, near: Neighbourhood, actor: ActorId, given: bool) -> Vouching:
    """Return the trust in an actor, with whom it vouches for where `given`, and learn the names for it."""
    found = Vouching(
        actor,
        await near.ours(here.now_ms),
        await near.circle(here.now_ms),
        await vouchers_of(here.store, actor, here.now_ms),
        await vouched_for(here.store, actor, here.now_ms, VOUCHERS_LISTED_MAX) if given else [],
    )
    chain = found.circle.chain(actor) or ()
    await here.meet([actor, *(edge.of for edge in chain), *(edge.by for edge in chain)])
    await here.meet(found.ours[:VOUCHERS_SHOWN_MAX])
    if given:
        await here.meet(one.said.author for one in found.ordered()[:VOUCHERS_SHOWN_MAX])
        await here.meet(other for other, _ in found.given[:VOUCHERS_SHOWN_MAX])
        shown = [*found.ordered(), *(one for _, one in found.given)]
        places = [place.subject for one in shown for place in one.said.content.speaks_for]
        await here.learn_titles(SubjectId(place) for place in places if place is not None)
    return found


def distance_sentence(here: Surroundings, found: Vouching) -> Node:
    """Return how far an actor is from those who run this node, and by whom."""
    say = here.say
    if not any(one.counts for one in found.vouchers) and found.circle.chain(found.actor) != ():
        return say("Nobody vouches for it.")
    if not found.ours:
        return say("Nobody signs on this node, so it does not say how far away anybody is.")
    chain = found.circle.chain(found.actor)
    if chain is None:
        return say("No chain of endorsements leads to it from those who run this node.")
    if not chain:
        return say("Those who run this node sign for it.")
    steps = [chain[0].by, *(edge.of for edge in chain)]
    way: list[Node] = []
    for step in steps:
        way += [" → ", here.actor(step)] if way else [here.actor(step)]
    if len(chain) == 1:
        return say.rich(N_("Those who run this node vouch for it: {way}."), way=way)
    return say.rich(
        N_("It is {number} endorsements away from those who run this node: {way}."),
        number=say.number(len(chain)),
        way=way,
    )


def counted_from(here: Surroundings, found: Vouching) -> Node:
    """Return from whom this node counts."""
    if not found.ours:
        return None
    names = [here.actor(one) for one in found.ours[:VOUCHERS_SHOWN_MAX]]
    return e(
        "p",
        here.say.rich(
            N_("Counted from {names}. Another node counts from others, and nobody certifies anybody."),
            names=here.say.joined(names),
        ),
        class_="quiet small",
    )


def author_trust(here: Surroundings, found: Vouching) -> Node:
    """Return who vouches for the author of what a page shows, in the section of its proof."""
    say = here.say
    number = len({one.said.author for one in found.vouchers if one.counts})
    distance = found.circle.distance(found.actor)
    near = distance is not None
    if distance == 0 and not number:
        return e("p", say("Those who run this node sign for its author."))
    vouched = (
        say.count("{n} actor vouches for its author.", "{n} actors vouch for its author.", number)
        if number
        else say("Nobody vouches for its author.")
    )
    return e(
        "p",
        vouched,
        " ",
        distance_sentence(here, found) if found.ours and (number or near) else None,
    )


def vouchers_section(here: Surroundings, found: Vouching) -> Element:
    """Return who vouches for an actor: those whose word counts, and apart from them the others."""
    say = here.say
    counting = found.ordered()
    others = [one for one in found.vouchers if not one.counts]
    return e(
        "section",
        e("h2", say("Who vouches for it")),
        e("p", distance_sentence(here, found)),
        e("ul", [_line(here, found, one.said.author, one) for one in counting[:VOUCHERS_SHOWN_MAX]])
        if counting
        else None,
        _more(here, len(counting) - VOUCHERS_SHOWN_MAX),
        e(
            "details",
            e("summary", say("No longer counted")),
            e("ul", [_line(here, found, one.said.author, one) for one in others[:VOUCHERS_SHOWN_MAX]]),
            _more(here, len(others) - VOUCHERS_SHOWN_MAX),
        )
        if others
        else None,
        counted_from(here, found),
    )


def vouched_section(here: Surroundings, found: Vouching) -> Node:
    """Return for whom an actor vouches; nothing where that is nobody."""
    if not found.given:
        return None
    ordered = sorted(found.given, key=lambda pair: not pair[1].counts)
    return e(
        "section",
        e("h2", here.say("Whom it vouches for")),
        e("ul", [_line(here, found, other, one) for other, one in ordered[:VOUCHERS_SHOWN_MAX]]),
        _more(here, len(ordered) - VOUCHERS_SHOWN_MAX),
    )


def vouching_data(found: Vouching) -> dict[str, Any]:
    """Return the trust in an actor as data."""
    chain = found.circle.chain(found.actor)
    return {
        "counted_from": [id_text(one) for one in found.ours],
        "distance": found.circle.distance(found.actor),
        "chain": None if chain is None else [id_text(edge.record) for edge in chain],
        "vouched_for_by": [
            _entry(found, one.said.author, one) for one in found.vouchers[:VOUCHERS_LISTED_MAX]
        ],
        "vouches_for": [_entry(found, other, one) for other, one in found.given[:VOUCHERS_LISTED_MAX]],
    }


def _entry(found: Vouching, actor: ActorId, one: Voucher) -> dict[str, Any]:
    content = one.said.content
    return {
        "actor": id_text(actor),
        "distance": found.circle.distance(actor),
        "counts": one.counts,
        "why_not": None if one.counts else one.counting.value,
        "since_ms": one.said.moment_ms,
        "until": content.until,
        "reach": content.reach,
        "speaks_for": [
            {"subject": place.subject and id_text(SubjectId(place.subject)), "name": place.name}
            for place in content.speaks_for
        ],
        "record": id_text(one.said.record),
    }


def _line(here: Surroundings, found: Vouching, actor: ActorId, one: Voucher) -> Element:
    say, content = here.say, one.said.content
    about: list[Node] = [" · ", here.record(one.said.record, say.moment(one.said.moment_ms))]
    about += [" · ", _counting(here, one)] if _counting(here, one) else []
    about += [" · ", _away(here, found, actor)] if found.ours else []
    text = None
    if content.text is not None:
        tag, words = say.chosen(content.text, here.asked.texts_in())
        shown = words if len(words) <= _TEXT_SHOWN_MAX_CHARS else words[:_TEXT_SHOWN_MAX_CHARS].rstrip() + "…"
        text = foreign("p", shown, tag, class_="quiet")
    places = _places(here, content)
    return e(
        "li",
        here.actor(actor),
        e("span", about, class_="quiet"),
        e("p", say.rich(N_("Speaks for {places}."), places=places)) if places else None,
        text,
    )


def _places(here: Surroundings, content: Endorsement) -> Node:
    named: list[Node] = []
    for place in content.speaks_for[:VOUCHERS_SHOWN_MAX]:
        if place.subject is not None:
            named.append(here.thing(SubjectId(place.subject), place.name))
        elif place.name is not None:
            named.append(here.name(place.name))
    return here.say.joined(named) if named else None


def _counting(here: Surroundings, one: Voucher) -> Node:
    say, until = here.say, one.said.content.until
    match one.counting:
        case Counting.COUNTS:
            return say("until {date}", date=say.day(until)) if until is not None else None
        case Counting.LAPSED:
            assert until is not None
            return say("lapsed after {date}", date=say.day(until))
        case Counting.REPLACED:
            return say("replaced by a later one")
        case Counting.WITHDRAWN:
            return say("taken back")
        case Counting.ITSELF:
            return say("its own word for itself")


def _away(here: Surroundings, found: Vouching, actor: ActorId) -> str:
    distance = found.circle.distance(actor)
    if distance is None:
        return here.say("unknown to those who run this node")
    if distance == 0:
        return here.say("runs this node")
    return here.say.count("{n} endorsement away", "{n} endorsements away", distance)


def _more(here: Surroundings, number: int) -> Node:
    if number <= 0:
        return None
    return e("p", here.say.count("And {n} more.", "And {n} more.", number), class_="quiet")
