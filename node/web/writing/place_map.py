"""The map to draw a place on, in a form: what its script (static/map/place.js) needs to know."""

import json

from node.store.errors import SearchTooLong
from node.web.frame.markup import Element, e
from node.web.map.map_files import address
from node.web.words.speech import N_
from node.web.writing.acting import actors_for
from node.web.writing.visit import Visit
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.state.fold import ThingState

STYLES = ("drawn.css", "map.css")
SCRIPT = "place.js"

_WORDS = {
    "map": N_("Map to draw on"),
    "tap_point": N_("Tap the map where it lies. The mark can be moved."),
    "tap_limits": N_("Tap its corners one after another, all the way around. Each can be moved."),
    "more": N_("Go on: limits have three corners at least."),
    "as_text": N_("These limits are changed as a file or a text. Begin anew to draw others."),
    "undo": N_("Take back the last"),
    "anew": N_("Begin anew"),
    "here": N_("Where I am"),
    "nowhere": N_("This device does not say where it is."),
    "zoom_in": N_("Closer"),
    "zoom_out": N_("Further away"),
}


async def place_map(visit: Visit, thing: ThingState | None) -> Element:
    """Return the place of the map; nobody sees it before its script has come."""
    near = thing.bbox if thing is not None and thing.bbox is not None else await _near(visit)
    box = None if near is None else [side / UNITS_PER_DEGREE for side in near]
    if box is not None and box[0] > box[2]:
        box[2] += 360  # across the antimeridian
    words = {name: visit.say(text) for name, text in _WORDS.items()}
    setup = json.dumps({"files": address(""), "words": words, "box": box}, ensure_ascii=False)
    return e("div", id="draw", class_="draw", data_setup=setup, hidden=True)


async def _near(visit: Visit) -> BoundingBox | None:
    """Return where the latest commons lies that one of ours told of: the next one is seldom far."""
    try:
        for actor, _ in await actors_for(visit):
            page = await visit.desk.store.things(kind="commons", author=actor, limit=5)
            for row in page.rows:
                if row.bbox is not None:
                    return row.bbox
    except SearchTooLong:
        return None
    return None
