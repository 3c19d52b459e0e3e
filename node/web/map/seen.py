"""What is seen of the commons: what lies where somebody looks, and what was chosen of it."""

from dataclasses import dataclass
from typing import Any

import msgspec
from aiohttp import web

from node.atlas.reading import Atlas
from node.store.errors import SearchTooLong
from node.store.interface import ThingPage
from node.web.exchange.answer import data_answer
from node.web.exchange.problem import not_held
from node.web.frame.listing import Entry, icon_of, line_of, read_entries, status_words
from node.web.frame.markup import showable
from node.web.frame.surroundings import Surroundings, clipped
from node.web.map.chosen import Chosen, box_asked, chosen_of
from node.web.map.told import card_told, line_told, widened
from node.web.words.vocabulary import kind_word
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.identifiers import id_text
from protocol.kinds.commons import Commons
from protocol.kinds.place import Place

# Some three screens of a phone.
SEEN_LENGTH_DEFAULT = 40
SEEN_LENGTH_MAX = 100

# Under a search field more than these would have to be read through.
FOUND_LENGTH_MAX = 8

# Of where something lies, beside its name.
TERRITORIES_NAMED_MAX = 2

# Numbers of a feature of the atlas have at most so many digits; they mean nothing elsewhere.
AFTER_MAX = 2**53 - 1

_read: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Seen:
    """A page of what is seen: features as the atlas has them, how many there are in all (None where counting
    took too long), where the next page begins, and whether all that is held was drawn by then."""

    features: list[dict[str, Any]]
    total: int | None
    after: int | None
    whole: bool


async def seen(
    atlas: Atlas,
    chosen: Chosen,
    box: BoundingBox | None,
    limit: int,
    after: int = 0,
    collection: str = "commons",
) -> Seen:
    """Return what lies in a box, of what was chosen.  Raises `StoreError`, or `SearchTooLong`."""
    whole = await atlas.is_complete()  # asked first: what is drawn meanwhile makes it no less true
    at_ms = chosen.at_ms
    when = None if at_ms is None else (at_ms, at_ms)
    where = chosen.where()
    page = await atlas.features(collection, bbox=box, when=when, where=where, limit=limit, after=after)
    if page.after is None and after == 0:
        total: int | None = len(page.features)
    else:
        total = await atlas.count(collection, bbox=box, when=when, where=where)
    return Seen([_read.decode(feature) for feature in page.features], total, page.after, whole)


async def seen_answer(here: Surroundings, atlas: Atlas) -> web.Response:
    """Answer `/map/seen.json`: the list beside the map.  Raises `Problem`."""
    asked = here.asked
    limit = asked.whole("limit", SEEN_LENGTH_DEFAULT, 1, SEEN_LENGTH_MAX)
    after = asked.whole("after", 0, 0, AFTER_MAX)
    found = await seen(atlas, chosen_of(asked), box_asked(asked), limit, after)
    return data_answer(
        {
            "told": how_many(here, found),
            "total": found.total,
            "rows": [line_told(here, feature) for feature in found.features],
            "after": found.after,
        }
    )


async def card_answer(here: Surroundings, atlas: Atlas, identifier: str) -> web.Response:
    """Answer `/map/card/{id}.json`: what the map says of one commons or alert.  Raises `Problem`."""
    for collection in ("commons", "alerts"):
        feature = await atlas.feature(collection, identifier)
        if feature is not None:
            return data_answer(card_told(here, _read.decode(feature)))
    raise not_held()


async def found_answer(here: Surroundings) -> web.Response:
    """Answer `/map/found.json`: what a search finds, as somebody types.  Raises `Problem`."""
    words = here.asked.text("q")
    if words is None:
        return data_answer({"told": "", "rows": []})
    try:
        listed = await here.store.things(text=words, now_ms=here.now_ms, limit=FOUND_LENGTH_MAX)
    except SearchTooLong:
        listed = ThingPage([], None)
    entries = await read_entries(here, listed)
    say = here.say
    number = len(entries)
    told = (
        say.count("{n} found", "{n} found", number)
        if listed.after is None
        else say("The first {n} found", n=number)
    )
    return data_answer({"told": told, "rows": [_found_row(here, entry) for entry in entries]})


def how_many(here: Surroundings, found: Seen) -> str:
    """Return in words how many commons are seen, and whether more may come once all is drawn."""
    told = _counted(here, found.total)
    return told if found.whole else f"{told}. {here.say('This node is still putting its map together')}."


def _counted(here: Surroundings, number: int | None) -> str:
    """Return how many in words; None: too many to count."""
    say = here.say
    if number is None:
        return say("More commons in this part of the map than can be counted at once")
    if not number:
        return say("Nothing is drawn in this part of the map")
    return say.count("{n} commons in this part of the map", "{n} commons in this part of the map", number)


def _found_row(here: Surroundings, entry: Entry) -> dict[str, Any]:
    row, say = entry.row, here.say
    tag, name = (
        say.chosen(row.title, here.asked.texts_in()) if row.title else (say.language, say("Without a name"))
    )
    parts = [kind_word(say, row.kind), status_words(here, row.kind, row.status)]
    if isinstance(entry.content, Commons | Place) and entry.content.territory:
        levels = entry.content.territory[:TERRITORIES_NAMED_MAX]
        parts.insert(1, ", ".join(showable(here.plain_name(level.name)) for level in levels))
    uncertainty_m = getattr(entry.content, "uncertainty_m", None) or 0
    box = None
    if row.bbox is not None:
        box = widened([side / UNITS_PER_DEGREE for side in row.bbox], uncertainty_m)
    return {
        "id": id_text(row.subject),
        "href": here.asked.link(f"/thing/{id_text(row.subject)}"),
        "name": clipped(showable(name)),
        "lang": tag,
        "icon": icon_of(entry),
        "told": line_of(row.status, row.voice),
        "about": " · ".join(parts),
        "box": box,
        "mapped": row.kind in ("commons", "alert") and row.bbox is not None,
    }
