"""What a page needs beside the thing it shows: who the actors are that it names, what things are called.

Looked up first, so that everything after is a plain function from what was found to a page.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from node.store.interface import Store
from node.trust.blocks import Blocks
from node.web.exchange.asked import Asked
from node.web.frame.markup import Element, Node, e
from node.web.words.languages import language_name
from node.web.words.speech import N_, Speech, day_of
from protocol.identifiers import ActorId, RecordId, SubjectId, id_text
from protocol.kinds.gist import title_of
from protocol.kinds.text import Party, Source
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState
from protocol.state.fold import ThingState

# Actors and things that a page names by name; each is a look-up, and the rest are shown by their id.
ACTORS_NAMED_MAX = 40
THINGS_NAMED_MAX = 20

# A name of 500 characters is allowed; in a list or a sentence this much of it tells which one is meant.
NAME_SHOWN_MAX_CHARS = 120

# Some two screens of a phone; the rest of a longer text is one link away.
TEXT_SHOWN_MAX_CHARS = 3_000

# A text may be in any number of languages; a page in so many is more than any community speaks.
LANGUAGES_OFFERED_MAX = 12

# Enough of an id to tell it from any other here, and to find it by.
ID_SHOWN_CHARS = 12


class Surroundings:
    """One answer in the making: the reader, the moment, and the names of those whom it mentions."""

    def __init__(
        self, store: Store, node_name: str, asked: Asked, now_ms: int, blocks: Blocks | None = None
    ) -> None:
        """`store` says of what `blocks` names only that it is blocked (`node.trust.veil`)."""
        self.store = store
        self.blocks = Blocks() if blocks is None else blocks
        self.node_name = node_name
        self.asked = asked
        self.say: Speech = asked.say
        self.now_ms = now_ms
        self.actors: dict[ActorId, ActorState | None] = {}
        self.titles: dict[SubjectId, Mapping[str, str]] = {}
        self.author: Node = None  # who vouches for the author of what is shown, for its proof
        self.marks: Node = None  # what others say of it that a reader should know first
        self.voices: Node = None  # the sections on what others say of it
        self.overlapping: Node = None  # whose claims overlap with its place

    @property
    def today(self) -> str:
        """The day of the answer, UTC."""
        return day_of(self.now_ms)

    @property
    def whole(self) -> bool:
        """Whether the reader asked for everything, however long."""
        return "whole" in self.asked.query

    def address(self, path: str) -> str:
        """Return the whole address of a page of this node, as its reader reaches it."""
        return f"{self.asked.origin}{path}"

    async def meet(self, actors: Iterable[ActorId]) -> None:
        """Look up who some actors are, as many as a page names."""
        for actor in dict.fromkeys(actors):
            if len(self.actors) >= ACTORS_NAMED_MAX:
                return
            if actor not in self.actors:
                self.actors[actor] = await self.store.actor(actor)

    async def learn_titles(self, subjects: Iterable[SubjectId]) -> None:
        """Look up what some things are called, as many as a page names."""
        for subject in dict.fromkeys(subjects):
            if len(self.titles) >= THINGS_NAMED_MAX:
                return
            if subject not in self.titles:
                thing = await self.store.thing(subject)
                self.titles[subject] = thing.title if thing is not None else {}

    def name(self, texts: Mapping[str, str]) -> Element:
        """Return a name, short enough for a sentence, in an isolate of its own."""
        tag, text = self.say.chosen(texts, self.asked.texts_in())
        return foreign("bdi", clipped(text), tag)

    def plain_name(self, texts: Mapping[str, str]) -> str:
        """Return a name as a text for titles."""
        return clipped(self.say.chosen(texts, self.asked.texts_in())[1]) if texts else ""

    def short_id(self, identifier: bytes) -> Element:
        """Return the beginning of an id."""
        return e("code", id_text(identifier)[:ID_SHOWN_CHARS] + "…")

    def actor(self, actor: ActorId) -> Element:
        """Return the name of an actor, or its id, as a link to its page."""
        state = self.actors.get(actor)
        content = None
        if state is not None:
            content = state.current or state.contents.get(RecordId(actor))
        shown = self.name(content.name) if content is not None else self.short_id(actor)
        return e("a", shown, href=self.asked.link(f"/thing/{id_text(actor)}"))

    def plain_actor(self, actor: ActorId) -> str:
        """Return the name of an actor, or its id, as a text."""
        state = self.actors.get(actor)
        content = None if state is None else state.current or state.contents.get(RecordId(actor))
        return id_text(actor)[:ID_SHOWN_CHARS] + "…" if content is None else self.plain_name(content.name)

    def thing(self, subject: SubjectId, name: Mapping[str, str] | None = None) -> Element:
        """Return the title of a thing as a link to its page."""
        title = self.titles.get(subject) or name
        shown = self.name(title) if title else self.short_id(subject)
        return e("a", shown, href=self.asked.link(f"/thing/{id_text(subject)}"))

    def record(self, record_id: RecordId, text: Node = None) -> Element:
        """Return a link to the page of a record."""
        address = self.asked.link(f"/record/{id_text(record_id)}")
        return e("a", text or self.short_id(record_id), href=address)

    def party(self, party: Party) -> Node:
        """Return somebody named: a link to their page once they have keys."""
        name = self.name(party.name)
        return name if party.actor is None else self.thing_of_actor(ActorId(party.actor), name)

    def thing_of_actor(self, actor: ActorId, name: Node) -> Element:
        """Return a name as a link to the page of an actor."""
        return e("a", name, href=self.asked.link(f"/thing/{id_text(actor)}"))

    def source(self, source: Source) -> Node:
        """Return where something comes from: its name, and a link if it is an ordinary one."""
        named: Node = clipped(source.name) if isinstance(source.name, str) else self.name(source.name)
        if source.url is not None and source.url.lower().startswith(("https://", "http://")):
            return e("a", named, href=source.url, rel="noopener noreferrer nofollow external")
        return e("bdi", named)

    def text(self, texts: Mapping[str, str], languages: bool = True) -> Node:
        """Return a text in paragraphs, in one language, with links to the rest of it and to the other
        `languages`."""
        tag, text = self.say.chosen(texts, self.asked.texts_in())
        shown = text if self.whole else cut(text, TEXT_SHOWN_MAX_CHARS)
        paragraphs = [_paragraph(part, tag) for part in shown.split("\n\n") if part.strip()]
        rest = None
        if len(shown) < len(text):
            rest = e(
                "p", e("a", self.say("Read the whole text"), href=self.asked.same(whole="yes")), class_="more"
            )
        return [paragraphs, rest, self.other_languages([texts]) if languages else None]

    def other_languages(self, texts: Iterable[Mapping[str, str]]) -> Node:
        """Return links to this page with its texts in the languages that some of them have beside the one
        shown, each language by its own name."""
        others: set[str] = set()
        for one in texts:
            others |= one.keys() - {self.say.chosen(one, self.asked.texts_in())[0]} if one else set()
        if not others:
            return None
        named = [
            e("a", language_name(tag), href=self.asked.same(in_=tag), lang=tag, hreflang=tag, dir="auto")
            for tag in sorted(others)[:LANGUAGES_OFFERED_MAX]
        ]
        return e("p", self.say("Also in:"), [[" ", one] for one in named], class_="also quiet small")


def foreign(name: str, text: Node, tag: str, class_: str | None = None) -> Element:
    """Return an element for a record's own words: they say their language, and turn nothing around them."""
    return e(name, text, lang=None if tag == "und" else tag, dir="auto", class_=class_)


def clipped(text: str, length: int = NAME_SHOWN_MAX_CHARS) -> str:
    """Return a text on one line, at most so long."""
    return cut(" ".join(text.split()), length)


def cut(text: str, length: int) -> str:
    """Return the beginning of a text; `…` says that there was more."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def title_words(here: Surroundings, thing: ThingState) -> str:
    """Return what a thing is called, in plain text; it always is called something."""
    if thing.title:
        return here.plain_name(thing.title)
    return here.say(N_("Without a name: {id}"), id=id_text(thing.subject)[:ID_SHOWN_CHARS] + "…")


def title_of_record(record: VerifiedRecord) -> Mapping[str, str]:
    """Return the name that a record gives its thing."""
    content: Any = record.content
    return title_of(content)


def _paragraph(text: str, tag: str) -> Element:
    lines: list[Node] = []
    for line in text.strip().split("\n"):
        lines += [e("br"), line] if lines else [line]
    return foreign("p", lines, tag)
