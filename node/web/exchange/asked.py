"""What a reader asks for: a page or data, in which language, of what; every part of it bounded."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from node.web.exchange.own_address import own_address
from node.web.exchange.problem import Problem, not_understood
from node.web.words.catalogue import WRITTEN_IN, catalogues
from node.web.words.contest_vocabulary import ALERT_STATE_WORDS
from node.web.words.deciding_vocabulary import VOTE_WORDS
from node.web.words.speech import N_, Speech
from protocol.errors import Malformed
from protocol.identifiers import RecordId, parse_id
from protocol.limits import KIND_LENGTH_MAX_BYTES

# A dozen words: more than people type, and a small part of what the index takes.
QUERY_LENGTH_MAX_CHARS = 200

# Some 35 KB; twice that is still a page for a thin link.  A script that wants everything leafs through.
PAGE_LENGTH_DEFAULT = 50
PAGE_LENGTH_MAX = 100

# Browsers send some 100 bytes; what is past this is not read.
ACCEPT_LENGTH_MAX_CHARS = 1_000

# What a form is about (`node.web.writing.sheet`), kept where its reader takes another language.
OF_FORM = ("thing", "record", "commons", "base")

# On an application: whether there is a desk where people of this node write.
WRITING = web.AppKey("writing", bool)

# On an application: whether visitors may leave comments.
COMMENTING = web.AppKey("commenting", bool)

# What is chosen of the map (`node.web.map.chosen`), and of that what a form may send several of.
OF_MAP = ("map", "resource", "voice", "mark", "at")
SEVERAL = frozenset({"resource", "voice", "mark"})

_KIND = re.compile(r"[a-z][a-z0-9_]*(?:[.-][a-z0-9_]+)*")
_PAGE_MARK = re.compile(r"[0-9]{1,19}\.[0-9]{1,19}")
_THIS_MACHINE = re.compile(r"(?:localhost|127\.[0-9.]+|\[::1\])(?::[0-9]+)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A reader's request.

    `language_chosen`: by a link of ours, so that further links keep it.  `origin`: how the reader reaches
    this node, `https://host`.  `writing`: people of this node can sign in; `commenting`: visitors may leave
    comments; `person`: who has, on the pages that are theirs alone.
    """

    path: str
    query: Mapping[str, str]
    as_data: bool
    say: Speech
    language_chosen: bool
    origin: str = ""
    writing: bool = False
    commenting: bool = False
    person: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the reader's address of this node means this machine on every machine."""
        return bool(_THIS_MACHINE.fullmatch(self.origin.partition("://")[2]))

    def text(self, name: str, length_max: int = QUERY_LENGTH_MAX_CHARS) -> str | None:
        """Return a text asked for, None where it is blank.  Raises `Problem`."""
        text = self.query.get(name, "").strip()
        if len(text) > length_max:
            raise Problem(
                400,
                "query-too-long",
                N_("What you asked is too long"),
                N_("“{name}” takes at most {n} characters. Use fewer words."),
                {"name": name, "n": length_max},
            )
        return text or None

    def kind(self) -> str | None:
        """Return the kind asked for.  Raises `Problem`."""
        kind = self.text("kind", KIND_LENGTH_MAX_BYTES)
        if kind is not None and not _KIND.fullmatch(kind):
            raise not_understood("kind")
        return kind

    def status(self) -> str | None:
        """Return the status asked for.  Raises `Problem`."""
        status = self.text("status")
        if status is not None and status not in VOTE_WORDS | ALERT_STATE_WORDS:
            raise not_understood("status")
        return status

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        """Return a whole number asked for.  Raises `Problem`."""
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise not_understood(name)
        return int(text)

    def after(self) -> str:
        """Return where the page of a list starts, as the page before it said.  Raises `Problem`."""
        text = self.text("after") or ""
        if text and not _PAGE_MARK.fullmatch(text):
            raise not_understood("after")
        return text

    def length(self) -> int:
        """Return how many entries of a list are asked for.  Raises `Problem`."""
        return self.whole("limit", PAGE_LENGTH_DEFAULT, 1, PAGE_LENGTH_MAX)

    def identifier(self, name: str) -> RecordId | None:
        """Return an id asked for.  Raises `Problem`."""
        text = self.text(name)
        try:
            return None if text is None else parse_id(text)
        except Malformed:
            raise not_understood(name) from None

    def texts_in(self) -> tuple[str, ...]:
        """Return the language in which the texts of records are wanted, where that was said (`in`)."""
        tag = self.query.get("in", "")
        return (tag,) if _LANGUAGE.fullmatch(tag) else ()

    def link(self, path: str, **query: str | int | None) -> str:
        """Return an address of this node; it keeps the language that the reader chose."""
        parts = {name.rstrip("_"): str(value) for name, value in query.items() if value is not None}
        if self.language_chosen:
            parts.setdefault("lang", self.say.language)
        return f"{path}?{urlencode(parts)}" if parts else path

    def same(self, **changes: str | int | None) -> str:
        """Return the address of this page with some of what was asked changed; None leaves a part out."""
        names = ("q", "kind", "status", "author", "linked", "in", "whole", "next", *OF_FORM, *OF_MAP)
        kept: dict[str, str | int | None] = {n: self.query[n] for n in names if self.query.get(n)}
        return self.link(
            self.path, **{**kept, **{name.rstrip("_"): value for name, value in changes.items()}}
        )


def asked_by(request: web.Request, language: str = "auto") -> Asked:
    """Return what a request asks for.  `language` is the node's own, `auto` for that of each reader."""
    # Of a name that is given twice, the first counts, unless several are meant.
    query = {
        name: ",".join(request.query.getall(name)) if name in SEVERAL else request.query.getone(name)
        for name in request.query
    }
    chosen = query.get("lang", "")
    known = catalogues()
    spoken = chosen if chosen in known else language if language in known else _preferred_language(request)
    return Asked(
        path=request.path,
        query=query,
        as_data=_wants_data(request, query),
        say=Speech(spoken, known[spoken]),
        language_chosen=chosen in known,
        origin=own_address(request),
        writing=request.app.get(WRITING, False),
        commenting=request.app.get(COMMENTING, False),
    )


def _wants_data(request: web.Request, query: Mapping[str, str]) -> bool:
    form = query.get("format")
    if form in ("json", "html"):
        return form == "json"
    if request.path.endswith(".json"):
        return True
    weights = wanted_kinds(request.headers.get("Accept", ""))
    data = max(
        (weights.get(kind, 0.0) for kind in ("application/json", "application/problem+json")), default=0
    )
    page = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    return data > page


def _preferred_language(request: web.Request) -> str:
    """Return the reader's language by RFC 9110 §12.5.4, English where none of theirs is spoken here."""
    weights: dict[str, float] = {}
    for tag, weight in wanted_kinds(request.headers.get("Accept-Language", "")).items():
        language = tag.partition("-")[0]
        weights[language] = max(weight, weights.get(language, 0.0))
    spoken = [language for language in weights if language in catalogues() and weights[language] > 0]
    return max(spoken, key=lambda language: weights[language], default=WRITTEN_IN)


def wanted_kinds(header: str) -> dict[str, float]:
    """Return what a header accepts, with how much each is wanted; what is malformed counts as 0."""
    weights: dict[str, float] = {}
    for part in header[:ACCEPT_LENGTH_MAX_CHARS].split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                match = re.fullmatch(r"q=([01](?:\.[0-9]{0,3})?)", parameter)
                weight = min(float(match[1]), 1.0) if match else 0.0
        if name:
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights
