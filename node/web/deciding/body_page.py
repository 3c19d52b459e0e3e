"""The page of a council or board: who sits on it by side, what is vacant, and which of its rules it keeps."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from node.web.commons.commons_page import heading, said_by, source_section
from node.web.frame.layout import facts, page
from node.web.frame.listing import line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, clipped, title_words
from node.web.records.paper import paper_section
from node.web.records.personal import personal_row
from node.web.records.proof import proof_section
from node.web.records.versions import versions_section
from node.web.words.deciding_vocabulary import (
    BODY_WORDS,
    CHAIR_WORDS,
    COMPOSITION_WORDS,
    KEPT_WORDS,
    SEAT_SIDE_WORDS,
    SEAT_WORDS,
)
from node.web.words.speech import N_
from node.web.words.vocabulary import word
from protocol.identifiers import ActorId, id_text
from protocol.kinds.body import Body, Seat
from protocol.state.composition import Finding, Mandate, act_is_over, composition, ends_soon, mandate_on
from protocol.state.fold import ThingState
from protocol.state.versions import Voice

# Of those who sit today, of mandates to come, of those that are over; all where a reader asks for the whole.
SEATS_SHOWN_MAX = 40
RULES_SHOWN_MAX = 20


def body_page(here: Surroundings, thing: ThingState, content: Body) -> Element:
    """Return the page of a council or board."""
    assert thing.display is not None
    say, mandates = here.say, _by_mandate(here, content)
    seats = [*mandates[Mandate.HELD], *mandates[Mandate.VACANT]]
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            e("p", _sentence(here, content, mandates), class_="lead"),
            said_by(here, thing, _voice(here, thing, content), line_of(thing.status, thing.voice)),
            here.text(content.text) if content.text else None,
            facts(
                [
                    (say("Signs as"), here.actor(ActorId(content.actor)) if content.actor else None),
                    personal_row(here, content),
                ]
            ),
            _rules_section(here, content),
            _sides_section(here, seats),
            _others_section(here, say("To come"), mandates[Mandate.COMING]),
            _others_section(here, say("Past mandates"), mandates[Mandate.PAST]),
            versions_section(here, thing),
            source_section(here, content.source, content.licence),
            proof_section(here, thing, thing.display, thing.judged.get(thing.display)),
            paper_section(here, thing.display, f"/thing/{id_text(thing.subject)}"),
            class_=f"body {line_of(thing.status, thing.voice)}",
        ),
        icons=["body"],
    )


def _by_mandate(here: Surroundings, content: Body) -> Mapping[Mandate, list[Seat]]:
    found: dict[Mandate, list[Seat]] = {mandate: [] for mandate in Mandate}
    for seat in content.seats:
        found[mandate_on(seat, here.today)].append(seat)
    return found


def _sentence(here: Surroundings, content: Body, mandates: Mapping[Mandate, list[Seat]]) -> Node:
    say, kind = here.say, word(here.say, BODY_WORDS, content.type)
    held, vacant = len(mandates[Mandate.HELD]), len(mandates[Mandate.VACANT])
    sentence = say.count(
        "{kind}: {n} seat held on {date}.",
        "{kind}: {n} seats held on {date}.",
        held,
        kind=kind[:1].upper() + kind[1:],
        date=say.day(here.today),
    )
    if not vacant:
        return sentence
    return [sentence, " ", say.count("{n} seat is vacant.", "{n} seats are vacant.", vacant)]


def _voice(here: Surroundings, thing: ThingState, content: Body) -> Node:
    """Return who says all this: the body, whoever has its keys, or somebody else."""
    assert thing.display is not None
    say, version = here.say, thing.versions.all[thing.display]
    who = here.actor(version.author)
    if version.voice is Voice.OWN:
        return say.rich(N_("{who} says this of itself."), who=who)
    if content.source is not None:
        source = here.source(content.source)
        return say.rich(N_("Documented by {who} from {source}."), who=who, source=source)
    return say.rich(N_("Documented by {who}."), who=who)


def _rules_section(here: Surroundings, content: Body) -> Node:
    say, findings = here.say, composition(content, here.today)
    if not findings:
        return None
    shown = findings[:RULES_SHOWN_MAX]
    rows = [
        e(
            "li",
            e("strong", say(KEPT_WORDS[finding.kept]), class_="kept"),
            e("span", _rule(here, finding.rule), e("span", _counted(here, finding), class_="quiet small")),
            class_={True: "yes", False: "no", None: "unknown"}[finding.kept],
        )
        for finding in shown
    ]
    more = len(findings) - len(shown)
    return e(
        "section",
        e("h2", say("Its rules")),
        e(
            "p",
            say("As its seats are today. A broken rule is shown, and undoes nothing."),
            class_="quiet small",
        ),
        e("ul", rows, class_="rules"),
        e("p", say.count("and {n} other", "and {n} others", more), class_="quiet") if more else None,
    )


def _rule(here: Surroundings, rule: str) -> Node:
    shown = word(here.say, COMPOSITION_WORDS, rule)
    return [e("bdi", shown[:1].upper() + shown[1:]), ". "]


def _counted(here: Surroundings, finding: Finding) -> str:
    """Return what was counted, or why nothing could be."""
    say, figures = here.say, [here.say.number(figure) for figure in finding.figures]
    match finding.rule:
        case "parity":
            return say("{state} of the State, {civil} of civil society.", state=figures[0], civil=figures[1])
        case "users_majority":
            return say("{users} of {all} are users.", users=figures[0], all=figures[1])
        case "few_non_members":
            return say("{others} of {all} are no members.", others=figures[0], all=figures[1])
        case "owners_two_thirds" if figures:
            return say("{percent} % have joined.", percent=figures[0])
        case "owners_two_thirds":
            return say("Nobody says what share has joined.")
        case "alternating_chair" if finding.why == "not_one_each":
            return say(
                "{chairs} chair, {vices} vice-chair; there should be one of each.",
                chairs=figures[0],
                vices=figures[1],
            )
        case "alternating_chair":
            told = say(CHAIR_WORDS[finding.why])
            return f"{told[:1].upper()}{told[1:]}."
    return say("A rule of its own, which nodes do not check.")


def _sides_section(here: Surroundings, seats: Sequence[Seat]) -> Node:
    """Return who sits today, side by side."""
    say, sides = here.say, dict[str, list[Seat]]()
    if not seats:
        return None
    ordered = sorted(seats, key=_rank)
    for seat in _shown(here, ordered):
        sides.setdefault(seat.side, []).append(seat)
    held = Counter(seat.side for seat in seats if seat.holder is not None)
    columns = [
        e(
            "div",
            e(
                "h3",
                e("bdi", word(say, SEAT_SIDE_WORDS, side)),
                e("span", " ", say.number(held[side]), class_="count"),
            ),
            e("ol", [_seat(here, seat) for seat in own], class_="entries seats"),
        )
        for side, own in sides.items()
    ]
    return e(
        "section",
        e("h2", say("Who sits on it today")),
        e("div", columns, class_="sides"),
        _rest(here, ordered),
    )


def _rank(seat: Seat) -> int:
    """Return the place of a seat within its side: the chair, the vice-chair, members, vacant ones."""
    if seat.holder is None:
        return 3
    return {"chair": 0, "vice_chair": 1}.get(seat.role or "", 2)


def _shown(here: Surroundings, seats: Sequence[Seat]) -> Sequence[Seat]:
    return seats if here.whole else seats[:SEATS_SHOWN_MAX]


def _rest(here: Surroundings, seats: Sequence[Seat]) -> Node:
    """Return how many seats are not shown, as a link to all of them."""
    more = len(seats) - len(_shown(here, seats))
    if not more:
        return None
    said = here.say.count("and {n} other", "and {n} others", more)
    return e("p", e("a", said, href=here.asked.same(whole="yes")), class_="more")


def _seat(here: Surroundings, seat: Seat) -> Element:
    say = here.say
    name: Node = e("span", say("Vacant"), class_="quiet") if seat.holder is None else here.party(seat.holder)
    about = [word(say, SEAT_WORDS, slug) for slug in (seat.role, seat.category) if slug is not None]
    over = None
    if act_is_over(seat, here.today) and seat.authorised_by is not None and seat.authorised_by.mandate_end:
        day = say.day(seat.authorised_by.mandate_end)
        over = e("p", say("The act gave a mandate until {date}, which is past.", date=day), class_="overdue")
    return e(
        "li",
        e("p", e("strong", name), [[" · ", e("bdi", one)] for one in about]),
        e("p", _term(here, seat), class_="quiet small") if seat.since or seat.until else None,
        _act(here, seat),
        over,
    )


def _term(here: Surroundings, seat: Seat) -> Node:
    """Return from when and until when a mandate runs, and whether its end is near."""
    say = here.say
    if seat.since and seat.until:
        term = say("From {first} to {last}.", first=say.day(seat.since), last=say.day(seat.until))
    elif seat.until:
        term = say("Until {date}.", date=say.day(seat.until))
    else:
        term = say("From {date} on.", date=say.day(seat.since or here.today))
    soon = e("strong", say("It ends soon."), class_="soon") if ends_soon(seat, here.today) else None
    return [term, [" ", soon] if soon else None]


def _act(here: Surroundings, seat: Seat) -> Node:
    act = seat.authorised_by
    if act is None:
        return None
    say = here.say
    named: Node = [e("bdi", clipped(act.act)), [", ", e("bdi", clipped(act.office))] if act.office else None]
    if act.on is None:
        return e("p", say.rich(N_("By {act}."), act=named), class_="quiet small")
    said = say.rich(N_("By {act} of {date}."), act=named, date=say.day(act.on))
    return e("p", said, class_="quiet small")


def _others_section(here: Surroundings, title: str, seats: Iterable[Seat]) -> Node:
    """Return mandates that are to come, or over, the latest first, each with its side."""
    say = here.say
    ordered = sorted(seats, key=lambda seat: (seat.since or "", seat.until or ""), reverse=True)
    if not ordered:
        return None
    items = [
        e(
            "li",
            e(
                "p",
                say("Vacant") if seat.holder is None else here.party(seat.holder),
                [
                    [" · ", e("bdi", word(say, words, slug))]
                    for words, slug in (
                        (SEAT_SIDE_WORDS, seat.side),
                        (SEAT_WORDS, seat.role),
                        (SEAT_WORDS, seat.category),
                    )
                    if slug is not None
                ],
            ),
            e("p", _term(here, seat), class_="quiet small") if seat.since or seat.until else None,
        )
        for seat in _shown(here, ordered)
    ]
    return e("section", e("h2", title), e("ol", items, class_="entries seats"), _rest(here, ordered))
