"""What went wrong with a request: one shape for pages and data (RFC 9457)."""

from collections.abc import Mapping
from typing import Any

from node.web.words.speech import N_, Speech


class Problem(Exception):
    """An answer other than the one asked for.  `title` and `detail` are messages, translated when shown."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        detail: str,
        values: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.values = values or {}
        self.headers = headers or {}

    def data(self, say: Speech, path: str) -> dict[str, Any]:
        """Return the problem details object.  `code` is a word for programs, the same in every language."""
        return {
            "type": "about:blank",
            "title": say(self.title),
            "status": self.status,
            "detail": say(self.detail, **self.values),
            "instance": path,
            "code": self.code,
        }


def not_here() -> Problem:
    """Nothing is at this address."""
    return Problem(
        404,
        "not-here",
        N_("This page does not exist"),
        N_("Nothing is at this address. It may be mistyped; start from the list of what this node holds."),
    )


def not_understood(name: str) -> Problem:
    """A value given for a name that means nothing here."""
    return Problem(
        400,
        "not-understood",
        N_("That was not understood"),
        N_("This node does not understand the value given for “{name}”."),
        {"name": name},
    )


def not_held() -> Problem:
    """An id that nothing here has."""
    return Problem(
        404,
        "not-held",
        N_("This node does not hold that"),
        N_(
            "Another node may hold it, and it may arrive here yet. That it is missing here says nothing "
            "about whether it exists."
        ),
    )


def not_allowed() -> Problem:
    """A method other than reading."""
    return Problem(
        405,
        "read-only",
        N_("These pages are only for reading"),
        N_("Nothing was changed. Writing is done with the minga command, by those who hold the keys."),
        headers={"Allow": "GET, HEAD"},
    )


def store_silent() -> Problem:
    """The store does not answer."""
    return Problem(
        503,
        "store-silent",
        N_("This node cannot read its store just now"),
        N_("Nothing was lost. Try again in a moment; if you run this node, ask it: minga doctor."),
        headers={"Retry-After": "30"},
    )


def being_drawn() -> Problem:
    """What maps and open data are made of is not all there yet."""
    return Problem(
        503,
        "being-drawn",
        N_("This node is still putting its map together"),
        N_(
            "It does so after a first start or an upgrade, and could give only a part of what it holds. "
            "Nothing is missing from its pages. Try again in a minute."
        ),
        headers={"Retry-After": "20"},
    )


def search_too_long() -> Problem:
    """A search that was broken off."""
    return Problem(
        503,
        "search-too-long",
        N_("That search takes too long"),
        N_(
            "It was broken off, because others were waiting. Write more words, or longer ones, or choose "
            "one kind."
        ),
        headers={"Retry-After": "30"},
    )


def too_busy() -> Problem:
    """As many requests are being answered as this node takes on at once."""
    return Problem(
        503,
        "busy",
        N_("This node is busy"),
        N_("Many are reading it at once. Try again in a few seconds."),
        headers={"Retry-After": "5"},
    )


def own_fault() -> Problem:
    """A mistake in this software."""
    return Problem(
        500,
        "own-fault",
        N_("This node made a mistake"),
        N_(
            "Nothing was lost, and the mistake was written down in the node’s log. Please tell whoever "
            "runs it."
        ),
    )
