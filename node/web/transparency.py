"""The page of figures on privacy: requests of people about themselves, and what is kept back or erased."""

from typing import Any

from aiohttp import web

from node.privacy.figures import HELD
from node.web.answer import data_answer, page_answer
from node.web.layout import page
from node.web.markup import Element, Node, e
from node.web.speech import N_
from node.web.surroundings import Surroundings

_ASKED = {
    "access": N_("to see what is held of them"),
    "rectify": N_("to have it put right"),
    "erase": N_("to have it taken out"),
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
    rows = [
        e(
            "tr",
            e("th", str(one["year"]), scope="row"),
            e("td", say(_ASKED[one["request"]])),
            e("td", _number(here, one["number"], least), class_="number"),
            e("td", "–" if one["refused"] is None else say.number(one["refused"]), class_="number"),
        )
        for one in figures["requests"]
    ]
    return [
        _table(
            say("Requests by year"),
            [say("Year"), say("What was asked"), say("Requests"), say("Of these refused")],
            rows,
        ),
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


def _number(here: Surroundings, number: int | None, least: int) -> str:
    if number is None:
        return here.say("fewer than {number}", number=here.say.number(least))
    return here.say.number(number)


def _held(here: Surroundings, figures: dict[str, Any]) -> Node:
    say = here.say
    if not figures["held"]:
        return e("p", say("Nothing held here is kept back or erased."))
    rows = [
        e(
            "tr",
            e("th", str(one["year"]), scope="row"),
            [e("td", say.number(one[what]), class_="number") for what in (*HELD, "blocked_here")],
        )
        for one in figures["held"]
    ]
    titles = [say("Year"), say("Place told roughly"), say("Place sealed"), say("Place kept back")]
    return [
        _table(
            say("Records by their own year"),
            [*titles, say("Content erased"), say("Blocked on this node")],
            rows,
        ),
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


def _table(caption: str, titles: list[str], rows: list[Element]) -> Element:
    head = e("thead", e("tr", [e("th", title, scope="col") for title in titles]))
    return e("div", e("table", e("caption", caption), head, e("tbody", rows)), class_="wide")
