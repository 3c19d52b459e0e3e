"""The page of a commons, of a place, and of a thing whose content is not known or not shown."""

from collections.abc import Sequence
from typing import Any

from node.web.contest.remarks import said_and_ways
from node.web.frame.layout import facts, icon, page
from node.web.frame.listing import line_of, source_of_content
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import is_worth_drawing, outline, where_is
from node.web.frame.surroundings import NAME_SHOWN_MAX_CHARS, Surroundings, clipped, foreign, title_words
from node.web.map.map_files import address
from node.web.map.whereabouts import mark_of_record, whereabouts
from node.web.records.erasures import erasure_notes
from node.web.records.paper import paper_section
from node.web.records.personal import personal_row
from node.web.records.proof import proof_section
from node.web.records.versions import versions_section
from node.web.territories.territory_data import territory_path
from node.web.words.speech import N_
from node.web.words.vocabulary import (
    ACTOR_WORDS,
    BASIS_WORDS,
    LEVEL_WORDS,
    RESOURCE_WORDS,
    SENSITIVITY_WORDS,
    STATUS_WORDS,
    kind_word,
    word,
)
from protocol.identifiers import id_text
from protocol.kinds.commons import Commons, Territory
from protocol.kinds.geometry import check_geometry
from protocol.kinds.place import Place
from protocol.kinds.placing import ids_of, placing_of
from protocol.kinds.privacy import COARSE
from protocol.kinds.text import Party, Source
from protocol.state.fold import ThingState
from protocol.state.versions import Voice

# Stewards or parties listed before "and others"; an inter-municipal commons of Spain has 20.
PARTIES_SHOWN_MAX = 40


def commons_page(
    here: Surroundings, thing: ThingState, content: Commons | Place, pacts: Node = None
) -> Element:
    """Return the page of a commons or of a place; `pacts` is the section on those about it."""
    assert thing.display is not None
    name = title_words(here, thing)
    return page(
        here.asked,
        here.node_name,
        name,
        e(
            "article",
            heading(here, thing),
            e("p", _sentence(here, content), class_="lead"),
            voice_note(here, thing),
            _figure(here, thing, content, name),
            _commons_facts(here, content) if isinstance(content, Commons) else _place_facts(here, content),
            pacts,
            said_and_ways(here, thing),
            versions_section(here, thing),
            source_section(here, content.source, content.licence),
            proof_section(here, thing, thing.display, thing.judged.get(thing.display)),
            paper_section(here, thing.display, f"/thing/{id_text(thing.subject)}"),
            class_=line_of(thing.status, thing.voice),
        ),
        icons=[*content.resources, "pact", "alert"] if isinstance(content, Commons) else ["place"],
        styles=[address("drawn.css")],
    )


def other_page(here: Surroundings, thing: ThingState) -> Element:
    """Return the page of a thing whose content is withdrawn, of an unknown kind, or not come yet."""
    say = here.say
    explained = {
        "erased": N_(
            "Its author has withdrawn the content. That it existed, and who signed it, can still be checked."
        ),
        "unknown_author": N_(
            "A record about this has arrived, but its author’s own record has not: it is shown once that "
            "comes."
        ),
        "void": N_(
            "Records about this have arrived, but none was signed by a key that may: nothing of them is "
            "shown."
        ),
    }
    shown = thing.display or next(iter(sorted(thing.judged)), None)
    message = explained.get(thing.status)
    if message is None:
        message = N_("This is of a kind that this node keeps and passes on, and does not know how to show.")
    return page(
        here.asked,
        here.node_name,
        title_words(here, thing),
        e(
            "article",
            heading(here, thing),
            e("p", say(message), class_="lead"),
            erasure_notes(here, thing, shown) if shown is not None and thing.status == "erased" else None,
            voice_note(here, thing) if thing.display is not None and thing.status != "erased" else None,
            versions_section(here, thing),
            proof_section(here, thing, shown, thing.judged.get(shown)) if shown is not None else None,
            class_=line_of(thing.status, thing.voice),
        ),
        icons=["other"],
    )


def heading(here: Surroundings, thing: ThingState) -> Element:
    """Return the name of a thing, its other names below, and what kind of thing it is."""
    say = here.say
    kind = e("p", kind_word(say, thing.kind), class_="kind")
    if not thing.title:
        return e("header", kind, e("h1", title_words(here, thing)), here.marks)
    tag, _ = say.chosen(thing.title, here.asked.texts_in())
    others = [
        foreign("bdi", clipped(text), other) for other, text in sorted(thing.title.items()) if other != tag
    ]
    return e(
        "header",
        kind,
        foreign(
            "h1", thing.title[tag], tag, "long" if len(thing.title[tag]) > NAME_SHOWN_MAX_CHARS else None
        ),
        e("p", [[" · ", other] if at else other for at, other in enumerate(others)], class_="names")
        if others
        else None,
        here.marks,
    )


def voice_note(here: Surroundings, thing: ThingState) -> Node:
    """Return who speaks, in the line that is theirs: solid, dashed or hatched."""
    assert thing.display is not None
    say, version = here.say, thing.versions.all[thing.display]
    who = here.actor(version.author)
    source = source_of_content(version.content)
    said: Node
    if thing.status == "contested":
        said = say(
            "Contested: several who say they care for it speak here, and do not name one another. "
            "Nothing here chooses between them."
        )
    elif version.voice is Voice.OWN and thing.kind == "pact":
        said = say.rich(N_("Proposed by {who}, one of its parties."), who=who)
    elif version.voice is Voice.OWN and thing.kind == "call":
        said = say.rich(N_("Published by {who}, who offers it."), who=who)
    elif version.voice is Voice.OWN:
        said = say.rich(N_("{who} speaks here for itself: it is among those who care for this."), who=who)
    elif thing.kind == "place" and source is not None:
        said = say.rich(N_("Documented by {who} from {source}."), who=who, source=here.source(source))
    elif source is not None:
        message = N_(
            "Documented by {who} from {source}. Those who care for it have not spoken here themselves."
        )
        said = say.rich(message, who=who, source=here.source(source))
    else:
        message = N_("Documented by {who}. Those who care for it have not spoken here themselves.")
        said = say.rich(message, who=who)
    return said_by(here, thing, said, line_of(thing.status, thing.voice))


def said_by(here: Surroundings, thing: ThingState, said: Node, line: str) -> Element:
    """Return who speaks, and what a version that is not in effect waits for."""
    assert thing.display is not None
    say, waiting = here.say, None
    if not thing.versions.all[thing.display].live:
        waiting = e("p", say("Not in effect yet: {status}.", status=word(say, STATUS_WORDS, thing.status)))
    return e("div", e("p", said), waiting, class_=f"says voice {line}")


def territory_row(here: Surroundings, levels: Sequence[Territory]) -> Node:
    """Return the nesting a thing lies in, the smallest first, each with a link to what is in it."""
    shown = list(zip(levels, ids_of(levels), strict=True))[:PARTIES_SHOWN_MAX]
    return [
        e(
            "span",
            e("a", here.name(level.name), href=here.asked.link(territory_path(territory))),
            " ",
            e("span", word(here.say, LEVEL_WORDS, level.level), class_="quiet"),
            class_="level",
        )
        for level, territory in shown
    ]


def parties_row(here: Surroundings, parties: Sequence[Party]) -> Node:
    """Return those named, as a list; a link for those who have keys."""
    shown = parties if here.whole else parties[:PARTIES_SHOWN_MAX]
    items = [e("li", here.party(party)) for party in shown]
    more = len(parties) - len(shown)
    if more:
        text = here.say.count("and {n} other", "and {n} others", more)
        items.append(e("li", e("a", text, href=here.asked.same(whole="yes"))))
    return e("ul", items, class_="parties") if items else None


def source_section(here: Surroundings, source: Source | None, licence: str) -> Element:
    """Return where the content comes from, and under which licence it may be used."""
    say = here.say
    rows: list[tuple[str, Node]] = []
    if source is not None:
        rows = [
            (say("Source"), here.source(source)),
            (
                say("Its own number for this"),
                None if source.identifier is None else e("bdi", source.identifier),
            ),
            (say("Read on"), None if source.retrieved is None else say.day(source.retrieved)),
            (say("Licence of the source"), None if source.licence is None else e("bdi", source.licence)),
            (say("Note"), None if source.note is None else here.text(source.note)),
        ]
    rows.append((say("Licence of this record"), e("bdi", licence)))
    return e("section", e("h2", say("Source and licence")), facts(rows))


def _sentence(here: Surroundings, content: Commons | Place) -> Node:
    """Return in one sentence what it is and where."""
    say = here.say
    where: Node = None
    if content.territory:
        where = [
            [", ", here.name(level.name)] if at else here.name(level.name)
            for at, level in enumerate(content.territory[:3])
        ]
    if isinstance(content, Place):
        level = word(say, LEVEL_WORDS, content.level)
        if where:
            return say.rich(N_("A territory ({level}) in {where}."), level=level, where=where)
        return say(N_("A territory: {level}."), level=level)
    named = [word(say, RESOURCE_WORDS, slug) for slug in content.resources if slug != "other"]
    if not named:
        return say.rich(N_("A commons in {where}."), where=where) if where else say(N_("A commons."))
    resources = say.joined(named)
    if where:
        return say.rich(N_("A commons: {resources}, in {where}."), resources=resources, where=where)
    return say.rich(N_("A commons: {resources}."), resources=resources)


def _figure(here: Surroundings, thing: ThingState, content: Commons | Place, name: str) -> Node:
    say = here.say
    if content.geometry is None:
        return None
    pattern = "contested" if here.overlapping else line_of(thing.status, thing.voice)
    resource = content.resources[0] if isinstance(content, Commons) else "other"
    rough = isinstance(content, Commons) and content.sensitivity in COARSE
    told = {
        "own": N_("Solid line: told by those who care for it."),
        "other": N_("Dashed line: documented by others."),
        "contested": N_("Hatched: contested."),
    }
    caption: list[Node] = [say(N_("Soft edge: known only roughly.") if rough else told[pattern])]
    if here.overlapping and not rough:
        caption = [
            say.rich(N_("Hatched: claims of others overlap with it: {names}."), names=here.overlapping)
        ]
    if content.uncertainty_m:
        caption.append(say("Known to within {distance}.", distance=say.distance(content.uncertainty_m)))
    elif content.geometry["type"] == "Point":
        caption.append(say("A point: its extent is not known."))
    if thing.bbox is not None:
        caption.append(
            say("Middle: {position}.", position=where_is(thing.bbox, content.uncertainty_m or 0, say))
        )
    drawn = is_worth_drawing(content.geometry, content.uncertainty_m)
    # Where there is no line to tell it by, whose word it is, and who else claims it, stands elsewhere.
    said = caption if drawn else caption[1:]
    words: Node = [[" ", part] if at else part for at, part in enumerate(said)]
    box = check_geometry(content.geometry)
    mark = mark_of_record(here, thing.subject, content.geometry, content, pattern, name)
    if not drawn:
        return whereabouts(here, box, mark, e("p", words, class_="quiet"))
    return e(
        "figure",
        outline(content.geometry, pattern, content.uncertainty_m, rough, name, say),
        e("figcaption", whereabouts(here, box, mark, e("p", words))),
        class_=f"i-{resource.replace('_', '-')}" if resource in RESOURCE_WORDS else "i-other",
    )


def _commons_facts(here: Surroundings, content: Commons) -> Element:
    say = here.say
    sensitivity = SENSITIVITY_WORDS.get(content.sensitivity)
    return e(
        "section",
        e("h2", say("What it is")),
        facts(
            [
                (say("Resources"), _resources(here, content.resources)),
                (say("Description"), _text(here, content.description)),
                (say("Where"), territory_row(here, content.territory)),
                (say("Area"), _area(here, content)),
                (say("Who cares for it"), parties_row(here, content.stewards) or say("It does not say.")),
                (say("Who uses it"), _text(here, content.users)),
                (say("Rules of use"), _text(here, content.rules)),
                (say("Legal standing"), _legal(here, content)),
                (say("Other facts"), _text(here, content.facts)),
                (say("Consent to publish"), _publication(here, content)),
                (say("Place"), say(sensitivity) if sensitivity else None),
                (say("Labels"), _labels(here, content)),
                personal_row(here, content),
            ]
        ),
    )


def _place_facts(here: Surroundings, content: Place) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("What it is")),
        facts(
            [
                (say("Level"), word(say, LEVEL_WORDS, content.level)),
                (say("Official code"), None if content.code is None else e("bdi", content.code)),
                (
                    say("Administration"),
                    None if content.type is None else word(say, ACTOR_WORDS, content.type),
                ),
                (say("Where"), territory_row(here, content.territory)),
                (say("What lies in it"), _what_lies_in(here, content)),
                (say("Other facts"), _text(here, content.facts)),
            ]
        ),
    )


def _what_lies_in(here: Surroundings, content: Place) -> Node:
    placing = placing_of(content)
    assert placing is not None
    assert placing.documents is not None
    address = here.asked.link(territory_path(placing.documents))
    return e("a", here.say("Commons, areas and pacts of this territory"), href=address)


def _text(here: Surroundings, texts: Any) -> Node:
    return here.text(texts) if texts else None


def _resources(here: Surroundings, slugs: Sequence[str]) -> Node:
    return [
        e("span", icon(slug), " ", word(here.say, RESOURCE_WORDS, slug), class_="resource") for slug in slugs
    ]


def _area(here: Surroundings, content: Commons) -> Node:
    if content.area is None:
        return None
    parts: list[Node] = []
    if content.area.square_metres is not None:
        parts.append(here.say.hectares(content.area.square_metres))
    if content.area.local is not None:
        parts.append(e("bdi", content.area.local))
    return [[" · ", part] if at else part for at, part in enumerate(parts)]


def _legal(here: Surroundings, content: Commons) -> Node:
    if content.legal is None:
        return None
    say, legal = here.say, content.legal
    return [
        here.text(legal.text),
        e("p", say("Since {date}.", date=say.day(legal.since))) if legal.since else None,
        e("p", say.rich(N_("Register: {number}"), number=e("bdi", legal.register)))
        if legal.register
        else None,
    ]


def _publication(here: Surroundings, content: Commons) -> Node:
    publication = content.publication
    if publication is None:
        return None
    say = here.say
    return [
        e(
            "p",
            say(BASIS_WORDS[publication.basis]),
            [" ", say.day(publication.on), "."] if publication.on else None,
        ),
        _text(here, publication.text),
    ]


def _labels(here: Surroundings, content: Commons) -> Node:
    """Return Local Contexts labels as the community set them: shown, never assigned here."""
    return [
        e(
            "div",
            e("b", label.code),
            [" · ", here.name(label.community)] if label.community else None,
            _text(here, label.text),
        )
        for label in content.labels[:PARTIES_SHOWN_MAX]
    ]
