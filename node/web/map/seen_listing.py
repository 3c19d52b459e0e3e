"""What is seen of the map as a list on the page, for browsers that run no scripts."""

from collections.abc import Mapping
from typing import Any

from node.web.frame.layout import icon
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, foreign
from node.web.map.seen import Seen, how_many
from node.web.map.told import line_told


def seen_listing(here: Surroundings, seen: Seen) -> Node:
    """Return the list, how many there are in all, and the way to the next page."""
    say, asked = here.say, here.asked
    links: list[Node] = []
    if asked.query.get("after"):
        links.append(e("a", say("Back to the beginning"), href=asked.same()))
    if seen.after is not None:
        links.append(e("a", say("Next page"), href=asked.same(after=seen.after), rel="next", class_="next"))
    return [
        e("p", how_many(here, seen), class_="quiet"),
        e("ol", [_line(line_told(here, feature)) for feature in seen.features], class_="things")
        if seen.features
        else None,
        e("p", e("a", say("Show everything"), href=asked.link("/"))),
        e("nav", links, class_="paging", aria_label=say("Pages of this list")) if links else None,
    ]


def _line(told: Mapping[str, Any]) -> Element:
    return e(
        "li",
        icon(told["icon"]),
        e(
            "div",
            e("a", foreign("bdi", told["name"], told["lang"]), href=told["href"], class_="name"),
            e("p", e("bdi", told["about"]), class_="about") if told["about"] else None,
            e("p", e("bdi", told["says"]), class_="says"),
            e(
                "p",
                [e("span", mark["text"], class_=f"tag {mark['kind']}") for mark in told["marks"]],
                class_="tags",
            )
            if told["marks"]
            else None,
        ),
        class_=f"thing {told['told']}",
    )
