"""The page of figures on privacy: requests of people about themselves, and what is kept back or erased."""

from typing import Any

from aiohttp import web

from node.web.exchange.answer import data_answer, page_answer
from node.web.frame.layout import page, scrolled
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings
from node.web.words.speech import N_

_ASKED = {
    "access": N_("to see what is held of them"),
    "rectify": N_("to have it put right"),
    "erase": N_("to have it taken out"),
}
_HELD = {
    "generalised": N_("Place told roughly"),
    "sealed": N_("Place sealed"),
    "withheld": N_("Place kept back"),
    "erased": N_("Content erased"),
    "blocked_here": N_("Blocked on this node"),
}


def transparency_answer(here: Surroundings, figures: dict[str, Any]) -> web.Response:
    """Answer `/transparency` as a page or as data."""
    if here.asked.as_data:
        return data_answer(figures)
    return page_answer(_page(here, figures), here.say.language)


def _page(here: Surroundings, figures: dict[str, Any]) -> Element:
    say = here.say
    return page(
        here.asked,
        here.node_name,
        say("Transparency"),
        e(
            "article",
            e("h1", say("Transparency")),
            e(
                "p",
                say(
                    "What people have asked of this node about themselves, and what it holds that is kept "
                    "back or was erased. Only how many, never of whom."
                ),
                class_="lead",
            ),
            e("section", e("h2", say("Requests")), _requests(here, figures)),
            e("section", e("h2", say("Records")), _held(here, figures)),
            e(
                "section",
                e("h2", say("If it is about you")),
                e(
                    "p",
                    say(
                        "Whoever is named in a record may ask the people who run this node what it holds of "
                        "them, and have it put right or taken out. What others wrote, only they can erase; "
                        "this node says who they are. Other nodes answer for themselves."
                    ),
                ),
            ),
        ),
    )


def _requests(here: Surroundings, figures: dict[str, Any]) -> Node:
    say = here.say
    if not figures["requests"]:
        return e("p", say("No request has been noted here."))
    least = figures["published_from"]
    told = {(one["request"], one["year"]): one for one in figures["requests"]}
    years = sorted({one["year"] for one in figures["requests"]}, reverse=True)
    rows: list[tuple[str, list[str]]] = []
    for what, words in _ASKED.items():
        asked = [told.get((what, year)) for year in years]
        if any(asked):
            rows.append((say(words), [_number(here, one, "number", least) for one in asked]))
        if any(one is not None and one["refused"] for one in asked):
            rows.append((say("of these refused"), [_number(here, one, "refused", least) for one in asked]))
    return [
        _table(say("Requests by year"), years, rows),
        e(
            "p",
            say(
                "Fewer than {number} are not told apart: where few people live, a small number says who "
                "asked.",
                number=say.number(least),
            ),
            class_="quiet",
        ),
    ]


def _number(here: Surroundings, one: dict[str, Any] | None, name: str, least: int) -> str:
    if one is None:
        return here.say.number(0)
    if one[name] is None:
        return "–" if name == "refused" else here.say("fewer than {number}", number=here.say.number(least))
    return here.say.number(one[name])


def _held(here: Surroundings, figures: dict[str, Any]) -> Node:
    say = here.say
    if not figures["held"]:
        return e("p", say("Nothing held here is kept back or erased."))
    years = [one["year"] for one in figures["held"]]
    rows = [(say(words), [say.number(one[what]) for one in figures["held"]]) for what, words in _HELD.items()]
    return [
        _table(say("Records by their own year"), years, rows),
        e(
            "p",
            say(
                "Of a place told roughly the precise one is in no record here; of one sealed, only those can "
                "read it whom its authors named. Erased is what its author took back. Blocked is what the "
                "people who run this node chose not to show, since that year."
            ),
            class_="quiet",
        ),
    ]


def _table(caption: str, years: list[int], rows: list[tuple[str, list[str]]]) -> Element:
    """Return a table with a column for each year, the latest first: few enough for a phone."""
    head = e("thead", e("tr", e("td"), [e("th", str(year), scope="col") for year in years]))
    body = [
        e("tr", e("th", words, scope="row"), [e("td", number) for number in numbers])
        for words, numbers in rows
    ]
    return scrolled(e("table", e("caption", caption), head, e("tbody", body), class_="figures"), caption)
