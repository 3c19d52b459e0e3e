"""What is new on a node, as a feed (Atom, RFC 4287; its pages by RFC 5005): the list of the front page for
programs that look at it again and again.
"""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from node.atlas.feature import moment_text
from node.opendata.licences import licence_address
from node.web.exchange.answer import document_answer
from node.web.exchange.asked import Asked
from node.web.exchange.problem import Problem
from node.web.frame.listing import Entry, read_entries, status_words
from node.web.frame.markup import showable
from node.web.frame.surroundings import Surroundings, clipped, cut
from node.web.words.speech import N_
from node.web.words.vocabulary import RESOURCE_WORDS, kind_word, word
from protocol.identifiers import ActorId, id_text
from protocol.kinds.actor import Actor
from protocol.kinds.commons import Commons

FEED_PATH = "/feed.atom"
ATOM = "application/atom+xml"
_NAMESPACE = "http://www.w3.org/2005/Atom"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# The collections of open data, by the kinds of things in them.
KINDS: Mapping[str, str] = {"commons": "commons", "pacts": "pact", "territories": "place", "alerts": "alert"}

# Of a description; the rest is on its page.
CONTENT_LENGTH_MAX_CHARS = 2_000

# A feed without entries has changed when there was nothing yet.
_NEVER_MS = 0

ET.register_namespace("", _NAMESPACE)


async def feed_answer(here: Surroundings, node_id: str) -> web.Response:
    """Answer `/feed.atom`; `collection`, `kind`, `q`, `author` and `limit` choose what is in it.

    Raises `Problem`, `StoreError`.
    """
    asked = here.asked
    author = asked.identifier("author")
    listed = await here.store.things(
        kind=_kind(asked),
        text=asked.text("q"),
        author=None if author is None else ActorId(author),
        now_ms=here.now_ms,
        limit=asked.length(),
        after=asked.after(),
    )
    entries = await read_entries(here, listed)
    for entry in entries:  # as many as are named on a page; the others go by their ids
        if entry.record is not None and entry.record.header.actor is not None:
            await here.meet([entry.record.header.actor])
    feed = ET.Element(_tag("feed"), {_LANGUAGE: here.say.language})
    _describe(feed, here, node_id, entries, listed.after)
    for entry in entries:
        _add_entry(feed, here, entry)
    return document_answer(ET.tostring(feed, encoding="utf-8", xml_declaration=True), ATOM)


def _kind(asked: Asked) -> str | None:
    collection = asked.text("collection")
    if collection is None:
        return asked.kind()
    if collection not in KINDS:
        raise Problem(
            400,
            "not-understood",
            N_("That was not understood"),
            N_("“{name}” takes one of these: {known}."),
            {"name": "collection", "known": ", ".join(KINDS)},
        )
    return KINDS[collection]


def _describe(
    feed: ET.Element, here: Surroundings, node_id: str, entries: list[Entry], after: str | None
) -> None:
    say, asked = here.say, here.asked
    chosen = {
        name: asked.query[name] for name in ("collection", "kind", "q", "author") if asked.query.get(name)
    }
    page = {**chosen, **{name: asked.query[name] for name in ("limit", "lang") if asked.query.get(name)}}
    _add(feed, "id", f"urn:minga:feed:{node_id.rpartition(':')[2]}{_query(chosen).replace('?', ':')}")
    _add(feed, "title", say(N_("What is new on {node}"), node=here.node_name))
    _add(
        feed,
        "subtitle",
        say(N_("Commons, pacts, alerts and all else that this node holds, what was said last first.")),
    )
    _add(feed, "updated", moment_text(max(map(_time_ms, entries), default=_NEVER_MS)))
    _add(feed, "generator", "Minga")
    author = ET.SubElement(feed, _tag("author"))
    _add(author, "name", here.node_name)
    _add(author, "uri", here.address("/"))
    _link(feed, "self", here.address(FEED_PATH + _query({**page, "after": asked.after()})), ATOM)
    _link(feed, "alternate", here.address("/"), "text/html")
    _link(feed, "first", here.address(FEED_PATH + _query(page)), ATOM)
    if after is not None:
        _link(feed, "next", here.address(FEED_PATH + _query({**page, "after": after})), ATOM)


def _add_entry(feed: ET.Element, here: Surroundings, entry: Entry) -> None:
    row, record = entry.row, entry.record
    identifier = id_text(row.subject)
    added = ET.SubElement(feed, _tag("entry"))
    _add(added, "id", f"urn:minga:thing:{identifier}")
    _say(added, "title", here, row.title or {here.say.language: here.say(N_("Without a name"))}, clipped)
    _add(added, "updated", moment_text(_time_ms(entry)))
    author = ET.SubElement(added, _tag("author"))
    signer = None if record is None else record.header.actor
    _add(author, "name", _name_of(here, signer) if signer is not None else here.node_name)
    if signer is not None:
        _add(author, "uri", here.address(f"/thing/{id_text(signer)}"))
    page = here.address(f"/thing/{identifier}")
    _link(added, "alternate", page, "text/html")
    _link(added, "alternate", f"{page}?format=json", "application/json")
    licence = getattr(entry.content, "licence", None)
    if isinstance(licence, str):
        _add(added, "rights", licence)
        address = licence_address(licence)
        if address is not None:
            _link(added, "license", address)  # RFC 4946
    _add_words(added, here, entry)
    description = getattr(entry.content, "description", None) or getattr(entry.content, "text", None)
    if isinstance(description, dict) and description:
        _say(added, "content", here, description, lambda text: cut(text, CONTENT_LENGTH_MAX_CHARS))


def _add_words(added: ET.Element, here: Surroundings, entry: Entry) -> None:
    """Add what kind of thing it is and how it stands, as a sentence and as categories."""
    say, row = here.say, entry.row
    words = [kind_word(say, row.kind), status_words(here, row.kind, row.status)]
    _category(added, "kind", row.kind, words[0])
    _category(added, "status", row.status, words[1])
    if isinstance(entry.content, Commons):
        for slug in dict.fromkeys(entry.content.resources):
            words.append(word(say, RESOURCE_WORDS, slug))
            _category(added, "resource", slug, words[-1])
    _add(added, "summary", " · ".join(words))


def _time_ms(entry: Entry) -> int:
    return _NEVER_MS if entry.record is None else entry.record.header.time_ms


def _name_of(here: Surroundings, actor: ActorId) -> str:
    state = here.actors.get(actor)
    content: Any = None if state is None else state.current
    return here.plain_name(content.name) if isinstance(content, Actor) else id_text(actor)


def _say(parent: ET.Element, name: str, here: Surroundings, texts: Mapping[str, str], short: Any) -> None:
    tag, text = here.say.chosen(texts, here.asked.texts_in())
    said = _add(parent, name, short(text))
    said.set("type", "text")
    if tag not in ("und", here.say.language):
        said.set(_LANGUAGE, tag)


def _category(parent: ET.Element, scheme: str, term: str, label: str) -> None:
    ET.SubElement(
        parent,
        _tag("category"),
        {"scheme": f"urn:minga:{scheme}", "term": showable(term), "label": showable(label)},
    )


def _link(parent: ET.Element, rel: str, href: str, kind: str | None = None) -> None:
    ET.SubElement(parent, _tag("link"), {"rel": rel, "href": href, **({"type": kind} if kind else {})})


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, _tag(name))
    element.text = showable(text)
    return element


def _tag(name: str) -> str:
    return f"{{{_NAMESPACE}}}{name}"


def _query(parameters: Mapping[str, str]) -> str:
    given = {name: text for name, text in parameters.items() if text}
    return f"?{urlencode(given)}" if given else ""
