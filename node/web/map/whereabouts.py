"""Where things are, on pages that are not the map: one of them in small, or all that lie in a territory."""

from collections.abc import Iterable

from node.web.frame.listing import Entry, line_of
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import middle_of
from node.web.frame.surroundings import Surroundings
from node.web.map.drawing import draw
from node.web.map.mark import Mark, box_of, lines_of, shape_of
from node.web.map.sheet import Sheet
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from protocol.identifiers import id_text
from protocol.kinds.commons import Commons
from protocol.kinds.geometry import Geometry
from protocol.kinds.privacy import COARSE

SMALL_WIDTH, SMALL_HEIGHT, SMALL_NAMES_MAX = 320, 220, 5

# A country or two: where that is, most people know.
SMALL_ZOOM = 4.4

WIDTH, HEIGHT, MARGIN = 672, 420, 44

# From here one sees a valley; the map itself leads on.
LINK_ZOOM_MAX = 11.0


def whereabouts(here: Surroundings, box: BoundingBox, mark: Mark, words: Node) -> Element:
    """Return a small map of where something lies, beside words about it, with the way to the map."""
    say = here.say
    lon, lat = middle_of(box)
    sheet = Sheet(lon, lat, SMALL_ZOOM, SMALL_WIDTH, SMALL_HEIGHT)
    point = Mark(mark.href, mark.name, mark.resource, mark.told, "point", [[lon, lat]], 1.0)
    title = say("Where {name} lies", name=mark.name)
    return e(
        "div",
        draw(sheet, [point], title, say, names_max=SMALL_NAMES_MAX),
        e("div", words, e("p", e("a", say("See it on the map"), href=mark.href))),
        class_="whereabouts",
    )


def mark_of_record(
    here: Surroundings, subject: bytes, geometry: Geometry, content: object, told: str, name: str
) -> Mark:
    """Return the mark of a record's own geometry, leading to the map."""
    commons = content if isinstance(content, Commons) else None
    mark = Mark(
        "",
        name,
        commons.resources[0] if commons is not None else "place",
        told,
        shape_of(geometry["type"]),
        lines_of(geometry),
        UNITS_PER_DEGREE,
        commons is not None and commons.sensitivity in COARSE,
        None if commons is None else commons.uncertainty_m,
    )
    sheet = Sheet.around([box_of(mark)], WIDTH, HEIGHT, MARGIN)
    assert sheet is not None
    zoom = min(sheet.zoom, LINK_ZOOM_MAX)
    href = here.asked.link("/", map=f"{zoom:.1f}/{sheet.lat:.4f}/{sheet.lon:.4f}", thing=id_text(subject))
    return mark.leading_to(href)


def territory_sheet(here: Surroundings, entries: Iterable[Entry], title: str) -> Node:
    """Return a map of the commons of a list that have a place; nothing where none has."""
    marks = list(_marks(here, entries))
    sheet = Sheet.around([box_of(mark) for mark in marks], WIDTH, HEIGHT, MARGIN)
    if sheet is None:
        return None
    say = here.say
    closer = here.asked.link("/")
    closer += "&" if "?" in closer else "?"
    where = f"{min(sheet.zoom, LINK_ZOOM_MAX):.1f}/{sheet.lat:.4f}/{sheet.lon:.4f}"
    return e(
        "figure",
        draw(sheet, marks, say("Map of {name}", name=title), say, closer=closer),
        e(
            "figcaption",
            say("The commons listed below that have a place."),
            " ",
            e("a", say("See them on the map"), href=here.asked.link("/", map=where)),
        ),
        class_="sheet",
    )


def _marks(here: Surroundings, entries: Iterable[Entry]) -> Iterable[Mark]:
    for entry in entries:
        content = entry.content
        if isinstance(content, Commons) and content.geometry is not None:
            told = line_of(entry.row.status, entry.row.voice)
            name = here.plain_name(content.name)
            mark = mark_of_record(here, entry.row.subject, content.geometry, content, told, name)
            yield mark.leading_to(here.asked.link(f"/thing/{id_text(entry.row.subject)}"))
