"""The tables on the page of a territory: its parts, and its commons and pacts by resource and standing."""

from collections.abc import Iterable, Mapping, Sequence

from node.store.interface import TerritoryRow, TerritoryView
from node.web.frame.layout import icon, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.territories.territory_data import territory_path
from node.web.words.speech import SQUARE_METRES_PER_HECTARE
from node.web.words.vocabulary import LEVEL_WORDS, RESOURCE_WORDS, STATUS_WORDS, kind_word, word
from protocol.kinds.placing import EVERYWHERE, NOWHERE
from protocol.state.territories import Sum


def parts_table(here: Surroundings, view: TerritoryView) -> Node:
    """Return the territories within one, with their figures; those without commons by name alone."""
    say = here.say
    lived_in = [row for row in view.parts if row.commons.number]
    rest = [row for row in view.parts if not row.commons.number]
    rows = [
        e(
            "tr",
            e("th", territory_link(here, row), scope="row"),
            *_sum_cells(here, row.commons),
            e("td", say.number(row.in_force) if row.in_force else "–"),
        )
        for row in lived_in
    ]
    caption = say("Territories within, those of most commons first")
    if view.row.id == EVERYWHERE:
        caption = say("Territories that lie in no other, those of most commons first")
    headings = [
        *(say("Territory"), kind_word(say, "commons", several=True)),
        *(say("Hectares"), say("Pacts in force")),
    ]
    return [
        _table(caption, headings, rows) if rows else None,
        _without_commons(here, rest),
        e("p", e("a", say("More territories"), href=here.asked.same(parts=view.after)), class_="more")
        if view.after is not None
        else None,
        _nowhere(here, view),
    ]


def _without_commons(here: Surroundings, rest: Sequence[TerritoryRow]) -> Node:
    """Return the territories that records name, and that no commons held here lies in."""
    if not rest:
        return None
    heading = here.say.count(
        "{n} territory within, that no commons held here names",
        "{n} territories within, that no commons held here names",
        len(rest),
    )
    links: list[Node] = []
    for row in rest:
        links += [" · ", territory_link(here, row)] if links else [territory_link(here, row)]
    return e("details", e("summary", heading), e("p", links))


def _nowhere(here: Surroundings, view: TerritoryView) -> Node:
    if view.row.id != EVERYWHERE:
        return None
    link = e("a", here.say("Commons that name no territory"), href=here.asked.link(territory_path(NOWHERE)))
    return e("p", link)


def resources_table(here: Surroundings, view: TerritoryView) -> Node:
    """Return the figures by resource."""
    say, figures = here.say, view.figures
    rows = [
        e(
            "tr",
            e(
                "th",
                e("span", icon(slug), " ", word(say, RESOURCE_WORDS, slug), class_="resource"),
                scope="row",
            ),
            *_sum_cells(here, one),
            e("td", say.number(figures.in_force[slug]) if figures.in_force[slug] else "–"),
        )
        for slug, one in _largest(figures.by_resource)
    ]
    if not rows:
        return None
    headings = [
        say("Resource"),
        kind_word(say, "commons", several=True),
        say("Hectares"),
        say("Pacts in force"),
    ]
    return _table(say("By resource"), headings, rows)


def standing_table(here: Surroundings, view: TerritoryView) -> Node:
    """Return the figures by who tells of the commons."""
    say = here.say
    rows = [
        e("tr", e("th", word(say, STATUS_WORDS, status), scope="row"), *_sum_cells(here, one))
        for status, one in _largest(view.figures.by_status)
    ]
    if not rows:
        return None
    return _table(
        say("By who tells of it"),
        [say("Standing"), kind_word(say, "commons", several=True), say("Hectares")],
        rows,
    )


def pacts_table(here: Surroundings, view: TerritoryView) -> Node:
    """Return how many pacts stand where today."""
    say = here.say
    counted = sorted(view.figures.pacts.items(), key=lambda one: (-one[1], one[0]))
    rows = [
        e("tr", e("th", word(say, STATUS_WORDS, status), scope="row"), e("td", say.number(number)))
        for status, number in counted
    ]
    if not rows:
        return None
    caption = say("Pacts about these commons")
    if view.row.id == NOWHERE:
        caption = say("Pacts about these, or about no commons that is held here")
    headings = [say("Where they stand today"), kind_word(say, "pact", several=True)]
    return _table(caption, headings, rows)


def _largest(sums: Mapping[str, Sum]) -> list[tuple[str, Sum]]:
    return sorted(sums.items(), key=lambda one: (-one[1].number, one[0]))


def _sum_cells(here: Surroundings, one: Sum) -> list[Node]:
    """Return how many commons, and their area, with of how many it is known where not of all."""
    say = here.say
    area: Node = "–"
    if one.measured:
        area = _hectares(here, one.area_m2)
        if one.measured < one.number:
            known = say("known of {n}", n=say.number(one.measured))
            area = [area, e("span", known, class_="quiet small under")]
    return [e("td", say.number(one.number) if one.number else "–"), e("td", area)]


def _hectares(here: Surroundings, square_metres: int) -> str:
    """Return an area as a number of hectares, small ones with decimals."""
    hectares = square_metres / SQUARE_METRES_PER_HECTARE
    return here.say.decimal(hectares, 2 if hectares < 10 else 1 if hectares < 100 else 0)


def _table(caption: str, headings: Iterable[str], rows: Sequence[Node]) -> Element:
    table = e(
        "table",
        e("caption", caption),
        e("thead", e("tr", [e("th", heading, scope="col") for heading in headings])),
        e("tbody", rows),
        class_="figures",
    )
    return scrolled(table, caption)


def territory_link(here: Surroundings, row: TerritoryRow) -> Node:
    """Return the name of a territory, with its level, as a link to its page."""
    name: Node = here.name(row.title) if row.title else here.say("Without a name")
    level = e("span", word(here.say, LEVEL_WORDS, row.step.level), class_="quiet") if row.step else None
    return [e("a", name, href=here.asked.link(territory_path(row.id))), " ", level]
