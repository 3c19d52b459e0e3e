"""The page of a territory, and that of all of them: what lies in it, and what its commons come to."""

from collections.abc import Iterable

from aiohttp import web

from node.store.interface import PARTS_LENGTH_MAX, TerritoryRow, TerritoryView, ThingPage
from node.territory_figures import code_of, csv_text, in_force
from node.web.exchange.answer import data_answer, page_answer, table_answer
from node.web.exchange.problem import not_held
from node.web.frame.layout import page
from node.web.frame.listing import Entry, icon_of, listing, paging, read_entries
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, foreign
from node.web.map.map_files import address
from node.web.map.whereabouts import territory_sheet
from node.web.records.paper import address_on_paper
from node.web.territories.territory_data import territory_data, territory_path
from node.web.territories.territory_tables import (
    pacts_table,
    parts_table,
    resources_table,
    standing_table,
    territory_link,
)
from node.web.words.speech import N_
from node.web.words.vocabulary import LEVEL_WORDS, word
from protocol.errors import Malformed
from protocol.kinds.placing import (
    EVERYWHERE,
    ID_TEXT_LENGTH,
    NOWHERE,
    TerritoryId,
    folded,
    territory_ids,
)
from protocol.state.territories import Sum

# Parts on a page, and in data; Spain's largest province has 371 municipalities.
PARTS_SHOWN_MAX = 100
PARTS_IN_DATA_MAX = 1_000

# Parts before a page of which nobody asks for more: ten million.
PARTS_BEFORE_MAX = 10_000_000

FOUND_SHOWN_MAX = 50


async def territories_answer(here: Surroundings) -> web.Response:
    """Answer `/territories`: all of them, or those of a name.  Raises `Problem`."""
    words = here.asked.text("q")
    if words is None or here.asked.as_data or _as_table(here):
        return await _answer(here, EVERYWHERE)
    found = await here.store.territories_called({words, folded(words), words.casefold()}, FOUND_SHOWN_MAX)
    return page_answer(_found_page(here, words, found), here.say.language)


async def territory_answer(here: Surroundings, text: str) -> web.Response:
    """Answer `/territory/{id}` as a page, as data or as a table.  Raises `Problem`."""
    if text == "none":
        return await _answer(here, NOWHERE)
    if len(text) != ID_TEXT_LENGTH:
        raise not_held()
    try:
        territory, _ = territory_ids(text)
    except Malformed:
        raise not_held() from None
    if territory in (EVERYWHERE, NOWHERE):
        raise not_held()  # these have addresses of their own
    return await _answer(here, TerritoryId(territory))


async def _answer(here: Surroundings, territory: TerritoryId) -> web.Response:
    asked = here.asked
    limit = PARTS_IN_DATA_MAX if asked.as_data else PARTS_SHOWN_MAX
    if _as_table(here):
        limit = PARTS_LENGTH_MAX
    before = asked.whole("parts", 0, 0, PARTS_BEFORE_MAX)
    view = await here.store.territory(territory, here.now_ms, limit, before)
    if view is None:
        raise not_held()
    if _as_table(here):
        return table_answer(csv_text(view, here.plain_name))
    listed = ThingPage([], None)
    if territory != EVERYWHERE:
        listed = await here.store.things_in(territory, here.now_ms, asked.length(), asked.after())
    entries = await read_entries(here, listed)
    if asked.as_data:
        return data_answer(territory_data(here, view, listed, entries))
    await here.meet(
        entry.record.header.actor
        for entry in entries
        if entry.record is not None and entry.record.header.actor is not None
    )
    return page_answer(_page(here, view, listed, entries), here.say.language)


def _as_table(here: Surroundings) -> bool:
    return here.asked.query.get("format") == "csv"


def _page(here: Surroundings, view: TerritoryView, listed: ThingPage, entries: list[Entry]) -> Element:
    say, row = here.say, view.row
    title = _plain_title(here, row)
    return page(
        here.asked,
        here.node_name,
        title,
        e(
            "article",
            _heading(here, row),
            e("p", _where(here, view.around), class_="names") if view.around else None,
            e("p", _lead(here, view), class_="lead"),
            territory_sheet(here, entries, title),
            _search_form(here) if row.id == EVERYWHERE else None,
            parts_table(here, view),
            resources_table(here, view),
            standing_table(here, view),
            pacts_table(here, view),
            e(
                "section",
                e("h2", say("How this is counted")),
                e("p", _how(here, view)),
                e("p", e("a", say("These figures as a table (CSV)"), href=here.asked.same(format="csv"))),
                class_="note",
            ),
            _things(here, view, listed, entries),
            _documents(here, view),
            _namesakes(here, view),
            address_on_paper(here, territory_path(row.id)),
        ),
        icons=[*view.figures.by_resource, *(icon_of(entry) for entry in entries), "place"],
        styles=[address("drawn.css")],
    )


def _plain_title(here: Surroundings, row: TerritoryRow) -> str:
    if row.id == EVERYWHERE:
        return here.say("Territories")
    if row.id == NOWHERE:
        return here.say("Without a territory")
    return here.plain_name(row.title) or here.say("Without a name")


def _heading(here: Surroundings, row: TerritoryRow) -> Element:
    say = here.say
    if row.step is None:
        return e("header", e("h1", _plain_title(here, row)))
    kind: Node = word(say, LEVEL_WORDS, row.step.level)
    code = code_of(row)
    if code is not None:
        kind = [kind, " · ", say("code"), " ", e("bdi", code)]
    if not row.title:
        return e("header", e("p", kind, class_="kind"), e("h1", _plain_title(here, row)))
    tag, text = say.chosen(row.title, here.asked.texts_in())
    others = [foreign("bdi", name, other) for other, name in row.title.items() if name != text]
    return e(
        "header",
        e("p", kind, class_="kind"),
        foreign("h1", text, tag),
        e("p", [[" · ", other] if at else other for at, other in enumerate(others)], class_="names")
        if others
        else None,
    )


def _where(here: Surroundings, around: Iterable[TerritoryRow]) -> Node:
    """Return what a territory lies in, the smallest first."""
    return [
        here.say("In"),
        " ",
        [
            [", ", territory_link(here, row)] if at else territory_link(here, row)
            for at, row in enumerate(around)
        ],
    ]


def _lead(here: Surroundings, view: TerritoryView) -> Node:
    say, figures = here.say, view.figures
    number = figures.commons.number
    if view.row.id == EVERYWHERE:
        held = say.count(
            "{n} commons is told of in the records that are held here.",
            "{n} commons are told of in the records that are held here.",
            number,
        )
    elif view.row.id == NOWHERE and not number:
        held = say("Every commons that is held here names a territory.")
    elif view.row.id == NOWHERE:
        held = say.count(
            "{n} commons names no territory that it lies in.",
            "{n} commons name no territory that they lie in.",
            number,
        )
    else:
        held = say.count(
            "{n} commons held here names this territory.",
            "{n} commons held here name this territory.",
            number,
        )
    pacts = say.count(
        "{n} pact about them is in force.", "{n} pacts about them are in force.", in_force(view)
    )
    return [held, " ", _area_sentence(here, figures.commons), " ", pacts if figures.pacts else None]


def _area_sentence(here: Surroundings, commons: Sum) -> str:
    say = here.say
    if not commons.number:
        return ""
    if not commons.measured:
        return say("The area of none is known.")
    area = say.hectares(commons.area_m2)
    if commons.measured == commons.number:
        return say("Together {area}.", area=area)
    return say.count(
        "Together {area}, for the {n} whose area is known.",
        "Together {area}, for the {n} whose area is known.",
        commons.measured,
        area=area,
    )


def _how(here: Surroundings, view: TerritoryView) -> Node:
    say = here.say
    parts: list[str] = [
        say(
            "Every figure is a sum over what records say; nothing is taken out, and no territory decides for "
            "another. Where claims overlap, or two records tell of one commons, the area is counted twice: "
            "the page of each says what else is told of its place."
        ),
        say(
            "A commons that lies in several parts counts in each of them, and one of several resources under "
            "each. Areas are as stated, otherwise measured from the limits where these are public."
        ),
    ]
    contested = view.figures.by_status.get("contested")
    if contested is not None:
        parts.append(
            say.count(
                "{n} commons is contested here: it is counted once, with the version shown first.",
                "{n} commons are contested here: each is counted once, with the version shown first.",
                contested.number,
            )
        )
    return " ".join(parts)


def _things(here: Surroundings, view: TerritoryView, listed: ThingPage, entries: list[Entry]) -> Node:
    if view.row.id == EVERYWHERE or not entries:
        return None
    return e("section", e("h2", here.say("Commons in it")), listing(here, entries), paging(here, listed))


def _documents(here: Surroundings, view: TerritoryView) -> Node:
    if not view.documented_by:
        return None
    say = here.say
    return e(
        "section",
        e("h2", say("Records about this territory")),
        e("ul", [e("li", here.thing(row.subject, row.title)) for row in view.documented_by]),
    )


def _namesakes(here: Surroundings, view: TerritoryView) -> Node:
    if not view.namesakes:
        return None
    say = here.say
    return e(
        "section",
        e("h2", say("Called alike")),
        e(
            "p",
            say(
                "They may be the same territory or another one: no record says so. Each is what records name "
                "with the territories around it."
            ),
        ),
        e("ul", [e("li", _in_context(here, row)) for row in view.namesakes]),
    )


def _in_context(here: Surroundings, row: TerritoryRow) -> Node:
    """Return a territory with what it lies in, so that namesakes can be told apart."""
    if not row.around_title:
        return [territory_link(here, row), " · ", here.say("in no other that is named")]
    return [
        territory_link(here, row),
        " · ",
        here.say.rich(N_("in {where}"), where=here.name(row.around_title)),
    ]


def _found_page(here: Surroundings, words: str, found: list[TerritoryRow]) -> Element:
    say = here.say
    return page(
        here.asked,
        here.node_name,
        say("Territories"),
        e("h1", say("Territories")),
        _search_form(here, words),
        e("ul", [e("li", _in_context(here, row)) for row in found])
        if found
        else e("p", say("No record held here names a territory that is called so.")),
        e("p", e("a", say("All territories"), href=here.asked.link("/territories"))),
    )


def _search_form(here: Surroundings, words: str = "") -> Element:
    say = here.say
    language = say.language if here.asked.language_chosen else None
    return e(
        "form",
        e("label", say("Search for a territory by its name or code"), for_="q"),
        e(
            "div",
            e(
                "input",
                id="q",
                name="q",
                type="search",
                value=words,
                maxlength=200,
                autocomplete="off",
                dir="auto",
            ),
            e("button", say("Search"), type="submit"),
            class_="field",
        ),
        e("input", type="hidden", name="lang", value=language) if language else None,
        action="/territories",
        method="get",
        role="search",
    )
