"""The entries of a list: what each thing is called, what it is, and who says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.store.held import restore
from node.store.interface import ThingPage, ThingRow
from node.web.frame.layout import icon
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import middle_of
from node.web.frame.surroundings import Surroundings, clipped
from node.web.words.contest_vocabulary import ALERT_STATE_WORDS, ALERT_WORDS
from node.web.words.deciding_vocabulary import BODY_WORDS, VOTE_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import ACTOR_WORDS, LEVEL_WORDS, RESOURCE_WORDS, STATUS_WORDS, kind_word, word
from protocol.identifiers import id_text
from protocol.kinds.actor import Actor
from protocol.kinds.alert import Alert
from protocol.kinds.body import Body
from protocol.kinds.commons import Commons
from protocol.kinds.deciding import Motion
from protocol.kinds.pact import Pact
from protocol.kinds.place import Place
from protocol.kinds.text import Source
from protocol.record.verification import VerifiedRecord
from protocol.state.composition import holds

# What is read of the records behind one page of the list; the last are listed by name alone where it is more.
CONTENTS_SIZE_MAX_BYTES = 2_000_000

# Of the parties of a pact in a list of pacts; its page names them all.
PARTIES_NAMED_MAX = 3

# Kinds with an icon of their own; a commons has that of its resource.
KINDS_FIRST = ("commons", "pact", "alert", "motion", "body", "place", "actor")


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing in the list, with the record that is shown of it where that could be read."""

    row: ThingRow
    record: VerifiedRecord | None

    @property
    def content(self) -> Any:
        """What the version shown says; None where that is not known."""
        return self.record.content if self.record is not None else None


async def read_entries(here: Surroundings, listed: ThingPage) -> list[Entry]:
    """Return the things of a page of a list, with the records shown of them."""
    displayed = [row.display for row in listed.rows if row.display is not None]
    held = dict(await here.store.envelopes(displayed, CONTENTS_SIZE_MAX_BYTES)) if displayed else {}
    return [
        Entry(row, restore(row.display, held[row.display]) if row.display in held else None)
        for row in listed.rows
    ]


def listing(here: Surroundings, entries: list[Entry]) -> Element:
    """Return the list."""
    return e("ol", [_list_entry(here, entry) for entry in entries], class_="things")


def paging(here: Surroundings, listed: ThingPage) -> Node:
    """Return the ways to the next page of a list, and back to its beginning."""
    say, asked = here.say, here.asked
    length = asked.query.get("limit")
    links: list[Node] = []
    if asked.after():
        links.append(e("a", say("Back to the beginning"), href=asked.same(limit=length)))
    if listed.after is not None:
        links.append(
            e(
                "a",
                say("Next page"),
                href=asked.same(after=listed.after, limit=length),
                rel="next",
                class_="next",
            )
        )
    return e("nav", links, class_="paging", aria_label=say("Pages of this list")) if links else None


def entry_data(entry: Entry) -> dict[str, Any]:
    """Return an entry as data."""
    row, header = entry.row, entry.record.header if entry.record is not None else None
    return {
        "id": id_text(row.subject),
        "kind": row.kind,
        "title": dict(row.title),
        "status": row.status,
        "voice": row.voice,
        "versions_side_by_side": row.heads,
        "author": id_text(header.actor) if header is not None and header.actor is not None else None,
        "record": None if row.display is None else id_text(row.display),
        "middle": None if row.bbox is None else list(middle_of(row.bbox)),
        "page": f"/thing/{id_text(row.subject)}",
    }


def _list_entry(here: Surroundings, entry: Entry) -> Element:
    say, row = here.say, entry.row
    name: Node = here.name(row.title) if row.title else say("Without a name")
    about = _about(here, entry)
    return e(
        "li",
        icon(icon_of(entry)),
        e(
            "div",
            e("a", name, href=here.asked.link(f"/thing/{id_text(row.subject)}"), class_="name"),
            e("p", kind_word(say, row.kind), [[" · ", part] for part in about], class_="about"),
            e("p", _who_says_so(here, entry), class_="says"),
        ),
        class_=f"thing {_line(entry)}",
    )


def _line(entry: Entry) -> str:
    """Return the line by which an entry is told; a vote and an alert are their author’s own, unless they name
    a source.
    """
    if entry.row.kind not in ("motion", "alert"):
        return line_of(entry.row.status, entry.row.voice)
    own = isinstance(entry.content, Motion | Alert) and entry.content.source is None
    line = line_of(entry.row.status, "own" if own else "other")
    going_on = entry.row.kind == "alert" and entry.row.status == "open"
    return f"{line} alert" if going_on else line


def status_words(here: Surroundings, kind: str, status: str) -> str:
    """Return what a status of a thing of some kind is called."""
    if kind == "body" and status == "own":
        return here.say("told by itself")
    if kind == "call" and status == "own":
        return here.say("published by its own office")
    words = {"motion": VOTE_WORDS, "alert": ALERT_STATE_WORDS}.get(kind, STATUS_WORDS)
    return word(here.say, words, status)


def line_of(status: str, voice: str) -> str:
    """Return the line by which a status is told: solid, dashed, hatched."""
    if status == "contested":
        return "contested"
    return "own" if voice == "own" else "other"


def icon_of(entry: Entry) -> str:
    """Return the name of an entry's icon."""
    if entry.row.kind == "commons":
        return entry.content.resources[0] if isinstance(entry.content, Commons) else "other"
    return entry.row.kind if entry.row.kind in KINDS_FIRST else "other"


def _about(here: Surroundings, entry: Entry) -> list[Node]:
    say, content = here.say, entry.content
    match content:
        case Commons():
            resources = [word(say, RESOURCE_WORDS, slug) for slug in content.resources]
            return [say.joined(resources), *_territory(here, content.territory)]
        case Place():
            return [word(say, LEVEL_WORDS, content.level), *_territory(here, content.territory)]
        case Pact():
            named: list[Node] = [here.name(party.name) for party in content.parties[:PARTIES_NAMED_MAX]]
            more = len(content.parties) - len(named)
            return [say.joined([*named, say.count("{n} other", "{n} others", more)] if more else named)]
        case Actor():
            return [word(say, ACTOR_WORDS, content.type)]
        case Alert():
            what = word(say, ALERT_WORDS, content.type)
            since = [] if content.since is None else [say("since {date}", date=say.day(content.since))]
            return [what, *since]
        case Motion():
            options = say.count("{n} option", "{n} options", len(content.options))
            return [options, say("until {date}", date=say.day(content.closes))]
        case Body():
            held = sum(holds(seat, here.today) for seat in content.seats)
            seats = say.count("{n} seat held", "{n} seats held", held)
            return [word(say, BODY_WORDS, content.type), seats]
    return []


def _territory(here: Surroundings, territory: Sequence[Any]) -> list[Node]:
    if not territory:
        return []
    return [
        [
            [", ", here.name(level.name)] if at else here.name(level.name)
            for at, level in enumerate(territory[:3])
        ]
    ]


def _who_says_so(here: Surroundings, entry: Entry) -> Node:
    say, status = here.say, entry.row.status
    said = status_words(here, entry.row.kind, status)
    author = entry.record.header.actor if entry.record is not None else None
    content = entry.content
    if author is None:
        return said
    source = source_of_content(content)
    if status == "reported" and isinstance(content, Pact) and content.reported is not None:
        message = N_("reported by {who} from {source}: “{status}”")
        return say.rich(
            message,
            who=here.actor(author),
            source=_source_name(here, content.reported.source),
            status=e("bdi", clipped(content.reported.status)),
        )
    if status == "documented" and source is not None:
        return say.rich(
            N_("documented by {who} from {source}"), who=here.actor(author), source=_source_name(here, source)
        )
    if status == "documented":
        return say.rich(N_("documented by {who}"), who=here.actor(author))
    if status == "own" and entry.row.kind == "call":
        return say.rich(N_("published by {who}"), who=here.actor(author))
    if status == "own":
        return say.rich(N_("told by {who}"), who=here.actor(author))
    return [said, " · ", here.actor(author)]


def source_of_content(content: Any) -> Source | None:
    """Return where a content says it comes from."""
    source = (
        content.reported.source
        if isinstance(content, Pact) and content.reported
        else getattr(content, "source", None)
    )
    return source if isinstance(source, Source) else None


def _source_name(here: Surroundings, source: Source) -> Element:
    if isinstance(source.name, str):
        return e("bdi", clipped(source.name))
    return here.name(source.name)
