"""Answering for the front page: what is asked for is found, and given to the page or as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from node.atlas.reading import Atlas
from node.store.errors import SearchTooLong, StoreError
from node.store.interface import Counts, ThingPage
from node.web.about.front_page import Front, front_page
from node.web.about.listening import listening_data
from node.web.exchange.answer import (
    CONTENT_SECURITY_POLICY,
    MAP_POLICY,
    data_answer,
    page_answer,
    redirect_answer,
)
from node.web.frame.listing import Entry, entry_data, read_entries
from node.web.frame.markup import Element
from node.web.frame.surroundings import Surroundings
from node.web.map.chosen import Chosen, chosen_of
from node.web.map.figure import Drawings, map_figure, sheet_of
from node.web.map.seen import AFTER_MAX, Seen, seen
from protocol.errors import Malformed
from protocol.identifiers import ID_TEXT_LENGTH, ActorId, id_text, parse_id


@dataclass(frozen=True, slots=True)
class FrontView:
    """What the front page is about: the node's key, how it is, its atlas (None: no map), drawings of it."""

    node_id_text: str
    status: Mapping[str, Any]
    atlas: Atlas | None
    drawings: Drawings


async def front_answer(here: Surroundings, view: FrontView) -> web.Response:
    """Answer `/` as a page or as data.  Raises `Problem`."""
    asked = here.asked
    words = asked.text("q")
    if words is not None and len(words) == ID_TEXT_LENGTH:
        try:
            found = await here.store.record(parse_id(words))
        except Malformed:
            found = None  # a word of 52 letters
        if found is not None:
            return redirect_answer(asked.link(f"/thing/{id_text(found.subject)}"))
    chosen = chosen_of(asked)
    # With something of the map chosen, what is seen of it is the list.
    of_map = view.atlas is not None and not asked.as_data and _is_of_map(here, chosen)
    author, linked = asked.identifier("author"), asked.identifier("linked")
    listed = ThingPage([], None)
    if not of_map:
        listed = await here.store.things(
            kind=asked.kind(),
            text=words,
            author=None if author is None else ActorId(author),
            linked=None if linked is None else ActorId(linked),
            status=asked.status(),
            now_ms=here.now_ms,
            limit=asked.length(),
            after=asked.after(),
        )
    counts = await here.store.counts()
    entries = await read_entries(here, listed)
    await here.meet(e.record.header.actor for e in entries if e.record is not None and e.record.header.actor)
    await here.meet(ActorId(actor) for actor in (author, linked) if actor is not None)
    node = {
        "name": here.node_name,
        "node": view.node_id_text,
        "software": view.status.get("software"),
        "network": view.status.get("network"),
        "peers_connected": _number_of_peers(view.status),
        **listening_data(view.status),
    }
    if asked.as_data:
        return data_answer(_data(here, node, counts, listed, entries))
    figure = await _map(here, view, chosen)
    seen_there = await _seen(here, view.atlas, chosen) if of_map and view.atlas is not None else None
    front = Front(node, counts, listed, entries, figure, seen_there)
    policy = CONTENT_SECURITY_POLICY if figure is None else MAP_POLICY
    return page_answer(front_page(here, front), here.say.language, policy=policy)


def _is_of_map(here: Surroundings, chosen: Chosen) -> bool:
    """Whether the list is to be what the map shows: something of it was chosen, and nothing else was."""
    names = ("q", "kind", "status", "author", "linked")
    return not (chosen.is_everything and chosen.view is None) and not any(
        here.asked.query.get(name) for name in names
    )


async def _map(here: Surroundings, view: FrontView, chosen: Chosen) -> Element | None:
    """Return the map, where there is an atlas; a page without it is better than none."""
    if view.atlas is None or not await view.atlas.version():
        return None
    try:
        return await map_figure(here, view.atlas, view.drawings, chosen)
    except (StoreError, SearchTooLong):
        return None


async def _seen(here: Surroundings, atlas: Atlas, chosen: Chosen) -> Seen:
    asked = here.asked
    box = None if chosen.view is None else sheet_of(chosen, None).box
    return await seen(atlas, chosen, box, asked.length(), asked.whole("after", 0, 0, AFTER_MAX))


def _number_of_peers(status: Mapping[str, Any]) -> int | None:
    peers = status.get("peers")
    if isinstance(peers, int):
        return peers
    return len(peers) if isinstance(peers, Sequence) and not isinstance(peers, str) else None


def _data(
    here: Surroundings,
    node: Mapping[str, Any],
    counts: Counts,
    listed: ThingPage,
    entries: list[Entry],
) -> dict[str, Any]:
    following = None
    if listed.after is not None:
        following = here.asked.same(after=listed.after, limit=here.asked.length(), format="json")
    return {
        "node": node,
        "records": counts.records,
        "records_by_kind": dict(counts.records_by_kind),
        "things_by_kind": dict(counts.things_by_kind),
        "things": [entry_data(entry) for entry in entries],
        "next": following,
    }
