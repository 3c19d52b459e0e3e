"""The map on a page: drawn by the server, with what a script needs to draw it anew, and the key beside it."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from node.atlas.gathering import Gathered, gathered
from node.atlas.reading import Atlas, Extent
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.map.chosen import Chosen
from node.web.map.drawing import draw
from node.web.map.legend import legend, signs
from node.web.map.map_files import address
from node.web.map.mark import Mark, mark_of_feature
from node.web.map.sheet import Sheet
from node.web.map.told import name_of
from node.web.words.speech import N_
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.kinds.commons import RESOURCES

WIDTH, HEIGHT, MARGIN = 960, 720, 56

# Drawn one by one on a sheet by the server; of more it is drawn how many lie where.
MARKS_DRAWN_MAX = 150

# A drawing of some 50 KB takes half a second to make; the front page is mostly asked for as it is.
DRAWINGS_KEPT_MAX = 16

# The whole earth, where nothing is held that has a place.
WHOLE_EARTH = Sheet(5.0, 22.0, 0.6, WIDTH, HEIGHT)

_read: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])

# What the script says, under the names by which it knows it.
WORDS = {
    "map": N_("Map of the commons"),
    "zoom_in": N_("Come closer"),
    "zoom_out": N_("Go further away"),
    "whole": N_("Show all that is held here"),
    "failed": N_("The list could not be read. Move the map a little to try again."),
    "close": N_("Close"),
    "several": N_("Several lie here"),
    "more": N_("More"),
    "today": N_("Today"),
    "as_of": N_("As of {month}"),
    "nothing": N_("Nothing found here"),
    "results": N_("What was found"),
    "clear": N_("Show everything"),
    "made_with": N_("Ground: Natural Earth. Towns: GeoNames, CC BY 4.0."),
    "undrawn": N_("This browser cannot draw the moving map; this one stands still."),
}


class Drawings:
    """The last drawings that were made, so that a page that many ask for is drawn once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Element] = OrderedDict()

    async def drawn(self, here: Surroundings, atlas: Atlas, chosen: Chosen, sheet: Sheet) -> Element:
        """Return the drawing of a sheet.  Raises `StoreError`, or `SearchTooLong`."""
        key = (await atlas.version(), sheet, chosen, here.say.language, here.asked.language_chosen)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        box, where = sheet.box, chosen.where()
        when = None if chosen.at_ms is None else (chosen.at_ms, chosen.at_ms)
        page = await atlas.features("commons", bbox=box, when=when, where=where, limit=MARKS_DRAWN_MAX)
        features, cells = page.features, list[Gathered]()
        if page.after is not None:  # more than can be shown one by one: how many are where
            features, cells = [], await gathered(atlas, "commons", sheet.zoom, box, when, where)
        closer = here.asked.link("/", **chosen.query())
        closer += "&" if "?" in closer else "?"
        made = await asyncio.to_thread(_drawn, here, features, cells, sheet, closer)
        self._kept[key] = made
        while len(self._kept) > DRAWINGS_KEPT_MAX:
            self._kept.popitem(last=False)
        return made


def _drawn(
    here: Surroundings, features: Sequence[bytes], cells: Sequence[Gathered], sheet: Sheet, closer: str
) -> Element:
    marks: list[Mark] = []
    for text in features:
        feature = _read.decode(text)
        href = here.asked.link(feature["properties"]["url"])
        mark = mark_of_feature(feature, name_of(here, feature), href)
        if mark is not None:
            marks.append(mark)
    return draw(sheet, marks, here.say(WORDS["map"]), here.say, closer=closer, gathered=cells)


async def map_figure(here: Surroundings, atlas: Atlas, drawings: Drawings, chosen: Chosen) -> Element:
    """Return the map of all commons as a figure.  Raises `StoreError`, or `SearchTooLong`."""
    extent = await atlas.extent("commons")
    sheet = sheet_of(chosen, extent)
    drawing = await drawings.drawn(here, atlas, chosen, sheet)
    first = here.now_ms if extent is None else extent.since_ms
    return e(
        "figure",
        e("div", drawing, id="chart", class_="chart"),
        legend(here, chosen, _month(min(first, here.now_ms)), _month(here.now_ms)),
        e("figcaption", _creed(here), signs(here), class_="creed"),
        id="map",
        class_="map",
        data_setup=_setup(here, sheet, extent),
    )


def sheet_of(chosen: Chosen, extent: Extent | None) -> Sheet:
    """Return the sheet to look at: the one chosen, else one with all that is held, else the whole earth."""
    if chosen.view is not None:
        return Sheet(chosen.view.lon, chosen.view.lat, chosen.view.zoom, WIDTH, HEIGHT)
    if extent is None or extent.box is None:
        return WHOLE_EARTH
    return Sheet.around([extent.box], WIDTH, HEIGHT, MARGIN) or WHOLE_EARTH


def _creed(here: Surroundings) -> Node:
    return here.say("An empty place on this map does not mean that nobody claims it.")


def _month(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1_000, UTC).strftime("%Y-%m")


def _setup(here: Surroundings, sheet: Sheet, extent: Extent | None) -> str:
    """Return what the script needs to know, as JSON."""
    say = here.say
    box = None if extent is None or extent.box is None else [side / UNITS_PER_DEGREE for side in extent.box]
    setup = {
        "files": address(""),
        "language": say.language,
        "chosen_language": say.language if here.asked.language_chosen else None,
        "extent": box,
        "view": [sheet.zoom, sheet.lat, sheet.lon],
        "resources": list(RESOURCES),
        "tiles": "/tiles/{z}/{x}/{y}.mvt",
        "words": {
            name: say(text) if "{" not in text else say(text, month="{month}") for name, text in WORDS.items()
        },
    }
    return json.dumps(setup, ensure_ascii=False, separators=(",", ":"))
