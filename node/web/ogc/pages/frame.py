"""What the pages of the API have in common: where they lie, links that keep to pages, addresses to copy."""

from dataclasses import dataclass, fields
from typing import Any

from node.web.exchange.asked import Asked
from node.web.frame.layout import page
from node.web.frame.markup import Element, Node, e
from node.web.words.speech import N_, Speech


@dataclass(frozen=True, slots=True)
class PageAsked(Asked):
    """A request for a page of the API: its links say so, for at the same address programs read data."""

    def same(self, **changes: str | int | None) -> str:
        """Return the address of this page with some of what was asked changed; None leaves a part out."""
        form = changes.pop("format", "html")
        kept: dict[str, Any] = {**self.query, **changes, "f": form}
        return self.link(self.path, **kept)

    def page(self, path: str, **query: str | int | None) -> str:
        """Return the address of another page of the API."""
        return self.link(f"/ogc{path}", **query, f="html")


def page_asked(asked: Asked) -> PageAsked:
    """Return a request as one for a page of the API."""
    return PageAsked(**{one.name: getattr(asked, one.name) for one in fields(asked)})


def api_page(
    asked: PageAsked, node_name: str, title: str, *content: Node, way: tuple[tuple[str, str], ...] = ()
) -> Element:
    """Return a page of the API.  `way` names the pages above it, each with its path, from the first down."""
    say = asked.say
    above = [(say(N_("Features")), ""), *way]
    return page(
        asked,
        node_name,
        title,
        e(
            "article",
            e(
                "nav",
                [
                    [" › " if at else None, e("a", name, href=asked.page(path))]
                    for at, (name, path) in enumerate(above)
                ],
                class_="way small quiet",
                aria_label=say("Where this page is"),
            )
            if title != above[0][0]
            else None,
            e("h1", title),
            *content,
        ),
        styles=("features",),
    )


def copied(text: str) -> Element:
    """Return what is to be copied as it stands."""
    return e("pre", e("code", text))


def told(text: str) -> Node:
    """Return a sentence whose `words` for programs are code."""
    return [e("code", part) if at % 2 else part for at, part in enumerate(text.split("`"))]


def table(say: Speech, caption: str, heads: list[str], rows: list[Node]) -> Element:
    """Return a table that scrolls by itself where it is wider than a phone."""
    return e(
        "div",
        e(
            "table",
            e("caption", say(caption)),
            e("thead", e("tr", [e("th", say(head), scope="col") for head in heads])),
            e("tbody", rows),
        ),
        class_="wide",
        tabindex="0",
        role="region",
        aria_label=say(caption),
    )
