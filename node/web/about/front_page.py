"""The front page: the map and the list beside it, to search and to leaf through, and what this node is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.store.interface import Counts, ThingPage
from node.web.about.listening import listening_note
from node.web.frame.layout import page
from node.web.frame.listing import KINDS_FIRST, Entry, icon_of, listing, paging
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.map.map_files import address
from node.web.map.seen import Seen
from node.web.map.seen_listing import seen_listing
from node.web.words.contest_vocabulary import ALERT_STATE_WORDS, ALERT_STATES
from node.web.words.deciding_vocabulary import OUTCOMES, VOTE_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import STATUS_WORDS, kind_word, word
from protocol.identifiers import ActorId
from protocol.kinds.commons import RESOURCES
from protocol.state.course import STATUSES

# Filters shown; a stranger can make up any number of kinds.
KINDS_SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class Front:
    """What the front page shows: the node, what it holds, a page of the list; the map, and what is seen of it
    where something of it was chosen."""

    node: Mapping[str, Any]
    counts: Counts
    listed: ThingPage
    entries: list[Entry]
    map: Element | None = None
    seen: Seen | None = None


def front_page(here: Surroundings, front: Front) -> Element:
    """Return the whole page."""
    # Beside a map what there is to see comes first.
    lead = e("p", _lead(here, front.counts.records, front.node["peers_connected"]), class_="lead")
    panel: list[Node] = [
        e("h1", here.node_name, dir="auto"),
        None if front.map else lead,
        listening_note(here, front.node),
        _search_form(here) if front.counts.records else None,
        _filters(here, front.counts) if front.counts.records else None,
        _chosen_actor(here),
        e("section", _list(here, front), id="listed"),
        _this_node(here, front.node, lead if front.map else None),
    ]
    icons = [icon_of(entry) for entry in front.entries] + [k for k in KINDS_FIRST if k != "commons"]
    if front.map is None:
        return page(here.asked, here.node_name, here.node_name, panel, icons=icons)
    return page(
        here.asked,
        here.node_name,
        here.node_name,
        e("div", panel, id="panel", class_="panel"),
        front.map,
        icons=[*icons, *RESOURCES],
        styles=[address("drawn.css"), address("map.css")],
        scripts=[address("start.js")],
        kind="mapped",
    )


def _list(here: Surroundings, front: Front) -> Node:
    if front.seen is not None:
        return seen_listing(here, front.seen)
    names = ("q", "kind", "status", "author", "linked", "after")
    searching = any(here.asked.query.get(name) for name in names)
    shown: Node
    if front.entries:
        shown = listing(here, front.entries)
    else:
        shown = _nothing_found(here) if front.counts.records and searching else _nothing_held(here)
    return [shown, paging(here, front.listed)]


def _this_node(here: Surroundings, node: Mapping[str, Any], lead: Node) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("This node")),
        lead,
        e(
            "dl",
            [
                e("div", e("dt", name), e("dd", e("code", str(value)) if code else str(value)))
                for name, value, code in (
                    (say("Key"), node["node"], True),
                    (say("Network"), node["network"], False),
                    (say("Software"), node["software"], False),
                )
                if value
            ],
        ),
        class_="this-node",
    )


def _lead(here: Surroundings, records: int, peers: int | None) -> Node:
    """Return what the node holds and whom it is in touch with."""
    say = here.say
    held = say.count(
        "This node holds {n} signed record. It checked every signature itself before storing it.",
        "This node holds {n} signed records. It checked every signature itself before storing it.",
        records,
    )
    if peers is None:
        touch = ""
    elif peers:
        touch = say.count(
            "It is in touch with {n} other node.", "It is in touch with {n} other nodes.", peers
        )
    else:
        touch = say("It is in touch with no other node just now.")
    return " ".join(part for part in (held if records else "", touch) if part)


def _search_form(here: Surroundings) -> Element:
    say, asked = here.say, here.asked
    kept = {"lang": say.language if asked.language_chosen else None, "kind": asked.query.get("kind")}
    return e(
        "form",
        e("label", say("Search for a name, a place, a word, or an id"), for_="q"),
        e(
            "div",
            e(
                "input",
                id="q",
                name="q",
                type="search",
                value=asked.query.get("q", ""),
                maxlength=200,
                autocomplete="off",
                dir="auto",
            ),
            e("button", say("Search"), type="submit"),
            class_="field",
        ),
        _standing_choice(here, asked.query.get("kind", "")),
        [e("input", type="hidden", name=name, value=value) for name, value in kept.items() if value],
        action="/",
        method="get",
        role="search",
    )


def _standing_choice(here: Surroundings, kind: str) -> Node:
    """Return the choice of pacts, alerts or votes by where they stand."""
    say, chosen = here.say, here.asked.query.get("status", "")
    match kind:
        case "pact":
            label, offered = say("Where the pacts stand"), [(s, word(say, STATUS_WORDS, s)) for s in STATUSES]
        case "alert":
            label = say("How the alerts stand")
            offered = [(s, word(say, ALERT_STATE_WORDS, s)) for s in ALERT_STATES]
        case "motion":
            label, offered = say("How the votes stand"), [(s, word(say, VOTE_WORDS, s)) for s in OUTCOMES]
        case _:
            return None
    words = [("", say("Wherever they stand")), *offered]
    options = [
        e("option", text, value=value, selected=True if value == chosen else None) for value, text in words
    ]
    return e(
        "div",
        e("select", options, name="status", aria_label=label),
        e("button", say("Show"), type="submit"),
        class_="field",
    )


def _filters(here: Surroundings, counts: Counts) -> Element:
    say, asked = here.say, here.asked
    held = counts.things_by_kind
    kinds = [k for k in KINDS_FIRST if k in held] + [k for k in held if k not in KINDS_FIRST]
    chosen = asked.query.get("kind") or None
    links: list[Node] = [_filter(here, say("Everything"), sum(held.values()), None, chosen is None)]
    links += [
        _filter(here, kind_word(say, kind, several=True), held[kind], kind, kind == chosen)
        for kind in kinds[:KINDS_SHOWN_MAX]
        if kind
    ]
    links.append(e("a", say("By territory"), href=asked.link("/territories")))
    return e(
        "nav", e("ul", [e("li", link) for link in links]), class_="filters", aria_label=say("What to show")
    )


def _filter(here: Surroundings, name: str, number: int, kind: str | None, chosen: bool) -> Element:
    text: Node = [name, " ", e("span", here.say.number(number), class_="count")]
    return e("a", text, href=here.asked.same(kind=kind, status=None), aria_current="true" if chosen else None)


def _chosen_actor(here: Surroundings) -> Node:
    say, asked = here.say, here.asked
    author, linked = asked.identifier("author"), asked.identifier("linked")
    if author is None and linked is None:
        return None
    parts: list[Node] = []
    if author is not None:
        parts.append(e("p", say.rich(N_("Only what {who} wrote."), who=here.actor(ActorId(author)))))
    if linked is not None:
        message = N_("Only what names {who} as steward or party.")
        parts.append(e("p", say.rich(message, who=here.actor(ActorId(linked)))))
    parts.append(e("p", e("a", say("Show everything"), href=asked.link("/"))))
    return e("div", parts, class_="note")


def _nothing_held(here: Surroundings) -> Element:
    say = here.say
    return e(
        "section",
        e("h2", say("Nothing is held here yet")),
        e("p", say("Whoever runs this node can begin in one of three ways:")),
        e(
            "ol",
            e(
                "li",
                say("Write down a commons that your community cares for."),
                _command("minga commons add"),
            ),
            e(
                "li",
                say("Bring in a list you already have, a table or a map file."),
                _command("minga commons import"),
            ),
            e(
                "li",
                say("Get in touch with a neighbouring node, and receive what it holds."),
                _command("minga peer add"),
            ),
        ),
        class_="empty",
    )


def _nothing_found(here: Surroundings) -> Element:
    say, words = here.say, here.asked.query.get("q", "").strip()
    return e(
        "section",
        e(
            "h2",
            say.rich(N_("Nothing here matches “{words}”"), words=e("bdi", words))
            if words
            else say("Nothing here matches"),
        ),
        e(
            "p",
            say(
                "Each word may be the beginning of one; capitals and accents do not matter. Try fewer "
                "words, or another spelling."
            ),
        )
        if words
        else None,
        e(
            "p",
            say("Another node may hold it: that it is missing here says nothing about whether it exists."),
        ),
        e("p", e("a", say("Show everything"), href=here.asked.link("/"))),
        class_="empty",
    )


def _command(text: str) -> Node:
    return e("pre", e("code", text))
