"""Who asks for what at an address of the API: in which form and language, with which parameters."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from aiohttp import web

from node.web.exchange.asked import Asked, asked_by, wanted_kinds
from node.web.exchange.problem import Problem
from node.web.words.catalogue import catalogues
from node.web.words.speech import N_

if TYPE_CHECKING:
    from node.web.ogc.pages.frame import PageAsked

JSON_FORMS = (
    "application/json",
    "application/geo+json",
    "application/schema+json",
    "application/problem+json",
)
PAGE_FORMS = ("text/html", "application/xhtml+xml")

# What every address takes: the form, and the language of titles and explanations.
EVERYWHERE = ("f", "lang")


@dataclass
class Reader:
    """One request.

    `as_page`: whether a page is wanted.  `base`: the address of the API, without a slash.  `leaving`: what is
    to be done when the answer has been delivered.
    """

    request: web.Request
    language: str  # of the node; `auto` for that of each reader
    as_page: bool
    query: Mapping[str, str]
    leaving: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def base(self) -> str:
        """Where the API begins, as the reader reaches it; from the host on where that is not said."""
        return f"{self.asked.origin}/ogc"

    @cached_property
    def asked(self) -> Asked:
        """The same, as pages have it."""
        return asked_by(self.request, self.language)

    @cached_property
    def page_asked(self) -> "PageAsked":
        """The same, for a page of the API."""
        from node.web.ogc.pages.frame import page_asked

        return page_asked(self.asked)

    def require_known(self, parameters: Collection[str]) -> None:
        """Refuse parameters that the address does not take (OGC 17-069r4, /req/core/query-param-unknown).

        Raises `Problem`.
        """
        for name in self.query:
            if name not in parameters and name not in EVERYWHERE:
                raise Problem(
                    400,
                    "unknown-parameter",
                    N_("That was not understood"),
                    N_("“{name}” is no parameter of this address. It takes: {known}."),
                    {"name": name[:40], "known": ", ".join([*parameters, *EVERYWHERE])},
                )


def reader_of(request: web.Request, language: str) -> Reader:
    """Return who asks.  A form that is not known is left to `require_form`."""
    form = request.query.get("f")
    as_page = form == "html" if form is not None else _prefers_page(request.headers.get("Accept"))
    # What is left empty in a form of a page was not asked.
    query = {name: text for name, text in request.query.items() if text} if as_page else request.query
    return Reader(request, language, as_page, query)


def require_form(reader: Reader) -> None:
    """Refuse what cannot be read in one way.  Raises `Problem`."""
    query = reader.request.query
    if query.get("f", "json") not in ("json", "html"):
        raise wrong_value("f", N_("“{name}” is either json or html."))
    if "lang" in query and query["lang"] not in catalogues():
        known = ", ".join(sorted(catalogues()))
        raise wrong_value("lang", N_("“{name}” is one of these: {known}."), known=known)
    if len(set(query)) < len(query):
        raise Problem(
            400,
            "given-twice",
            N_("That was not understood"),
            N_("A parameter is given more than once."),
        )


def wrong_value(name: str, detail: str, **values: object) -> Problem:
    """Return the answer to a parameter whose value is none that it takes."""
    return Problem(400, "wrong-value", N_("That was not understood"), detail, {"name": name, **values})


def _prefers_page(accept: str | None) -> bool:
    if accept is None or "html" not in accept:
        return False  # a program, which asks thousands of times
    wanted = wanted_kinds(accept)
    page = max(wanted.get(kind, 0.0) for kind in PAGE_FORMS)
    return page > max(wanted.get(kind, 0.0) for kind in JSON_FORMS)
