"""Whether a paper still holds: what this node has of the version that it was printed from, whichever node
printed it."""

import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from node.present import present_status
from node.web.exchange.answer import data_answer, page_answer
from node.web.exchange.problem import Problem
from node.web.frame.layout import facts, page
from node.web.frame.listing import status_words
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, title_of_record, title_words
from node.web.records.blocked_page import blocked_data
from node.web.records.erasures import erasure_notes, erasures_data
from node.web.records.version_standing import VersionStanding, standing_of
from node.web.records.versions import versions_written
from node.web.words.record_vocabulary import RECORD_WORDS, STANDING_SENTENCES
from node.web.words.speech import N_
from node.web.words.vocabulary import kind_word, word
from protocol.errors import Malformed
from protocol.identifiers import ID_TEXT_LENGTH, RecordId, id_text, parse_id
from protocol.kinds.pact import Pact
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState

# The longest text of a code, and blanks between the letters of an id that was typed.
ASKED_LENGTH_MAX_CHARS = 1_000

_ID = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z2-7]{{{ID_TEXT_LENGTH}}}(?![A-Za-z0-9])")
_BLANKS = re.compile(r"[\s\u00a0-]+")

# Of what stands there is nothing to fear; of what does not, the reader is told in more than colour.
_HOLDS = frozenset({VersionStanding.IN_FORCE, VersionStanding.SHOWN})


@dataclass(frozen=True, slots=True)
class Check:
    """What is held of an id: the record and the thing it is about; neither where the id is unknown here."""

    id: RecordId
    record: VerifiedRecord | None
    thing: ThingState | None
    standing: VersionStanding | None


def id_in(text: str) -> RecordId | None:
    """Return the id that a text holds: the last of an address or of the text of a code, or typed in groups.

    None where it holds none.
    """
    for candidate in [*reversed(_ID.findall(text)), _BLANKS.sub("", text)]:
        try:
            return parse_id(candidate)
        except Malformed:
            continue
    return None


async def check_answer(here: Surroundings, text: str | None) -> web.Response:
    """Answer `/check` and `/check/{id}` as a page or as data.  Raises `Problem`."""
    asked = (text or "").strip()
    if len(asked) > ASKED_LENGTH_MAX_CHARS:
        asked = asked[:ASKED_LENGTH_MAX_CHARS]
    found = id_in(asked)
    if found is None:
        if here.asked.as_data:
            raise _no_id()
        return page_answer(_page(here, asked, None), here.say.language, 400 if asked else 200)
    check = await _look_up(here, found)
    if here.asked.as_data:
        return data_answer(_data(here, check))
    if check.thing is not None and check.record is not None:
        await here.meet([a for a in (check.record.header.actor,) if a is not None])
    return page_answer(_page(here, id_text(found), check), here.say.language)


async def _look_up(here: Surroundings, record_id: RecordId) -> Check:
    record = await here.store.record(record_id)
    if record is None:
        return Check(record_id, None, None, None)
    thing = await here.store.thing(record.subject)
    return Check(record_id, record, thing, None if thing is None else standing_of(thing, record_id))


def _no_id() -> Problem:
    return Problem(
        400,
        "no-id",
        N_("There is no number in that"),
        N_("The number of a version has 52 letters and digits. The code on a paper holds it."),
    )


def _page(here: Surroundings, asked: str, check: Check | None) -> Element:
    say, title = here.say, here.say("Check a paper")
    result = None if check is None else _result(here, check)
    return page(
        here.asked,
        here.node_name,
        title,
        e(
            "article",
            e("h1", title),
            e(
                "p",
                say(
                    "Every printed page carries the number of the version that it was printed from. Any node "
                    "can say what it holds of it, whichever node printed the paper."
                ),
                class_="lead",
            ),
            result,
            _form(here, asked, wrong=bool(asked) and check is None),
            e("p", e("a", say("How to check this by hand"), href=here.asked.link("/checking"))),
        ),
    )


def _form(here: Surroundings, asked: str, wrong: bool) -> Element:
    say = here.say
    return e(
        "form",
        e("label", say("Number, or what the code says"), for_="q"),
        e(
            "p",
            say("There is no number in that: it has 52 letters and digits. Nothing was looked up."),
            class_="wrong",
            id="wrong",
        )
        if wrong
        else None,
        e(
            "div",
            e(
                "input",
                id="q",
                name="q",
                type="search",
                value=asked,
                maxlength=ASKED_LENGTH_MAX_CHARS,
                autocomplete="off",
                autocapitalize="off",
                spellcheck="false",
                dir="ltr",
                aria_invalid="true" if wrong else None,
                aria_describedby="wrong" if wrong else None,
            ),
            e("button", say("Check"), type="submit"),
            class_="field",
        ),
        e("input", type="hidden", name="lang", value=say.language) if here.asked.language_chosen else None,
        action="/check",
        method="get",
    )


def _result(here: Surroundings, check: Check) -> Element:
    say, record, thing = here.say, check.record, check.thing
    if record is None or thing is None or check.standing is None:
        return e(
            "section",
            e("h2", say("This node does not hold that version")),
            e(
                "p",
                say(
                    "Another node may hold it, and it may arrive here yet. That it is missing here says "
                    "nothing about whether it exists."
                ),
            ),
            class_="verdict unknown",
        )
    return verdict_section(here, record, thing, check.standing, _rows(here, check.standing, record, thing))


def verdict_section(
    here: Surroundings,
    record: VerifiedRecord,
    thing: ThingState,
    standing: VersionStanding,
    rows: list[tuple[str, Node]] | None = None,
) -> Element:
    """Return what has become of a record, with `rows` of facts about it, and the ways on."""
    say, block = here.say, here.blocks.of_record(record)
    if block is not None:
        return e(
            "section",
            e("h2", say("Not shown here")),
            e("p", say("Blocked by this node on {date}.", date=say.day(block.since))),
            e("p", e("bdi", block.reason)) if block.reason else None,
            e("p", say("It is held, and its signature was checked. Another node may show it.")),
            class_="verdict unknown",
        )
    heading, sentence = STANDING_SENTENCES[standing]
    colour = "holds" if standing in _HOLDS else "plain" if standing is VersionStanding.NO_VERSION else "not"
    return e(
        "section",
        e("h2", say(heading)),
        e("p", say(sentence)),
        erasure_notes(here, thing, record.id) if standing is VersionStanding.ERASED else None,
        facts(rows) if rows else None,
        e("div", _ways(here, record.id, thing, standing, checked=rows is not None), class_="ways"),
        class_=f"verdict {colour}",
    )


def _rows(
    here: Surroundings, standing: VersionStanding, record: VerifiedRecord, thing: ThingState
) -> list[tuple[str, Node]]:
    say = here.say
    title = {} if record.id in thing.erased or record.content is None else title_of_record(record)
    what: Node = kind_word(say, thing.kind)
    if standing is VersionStanding.NO_VERSION:
        what = word(say, RECORD_WORDS, record.header.kind)
    author = record.header.actor
    rows: list[tuple[str, Node]] = [
        (say("What it is"), what),
        (say("Name in that version"), here.name(title) if title else None),
        (say("Parties"), _parties(here, record.content)),
        (say("Signed by"), here.actor(author) if author is not None else None),
        (say("Dated by its author"), say.moment(record.header.time_ms)),
    ]
    if thing.display is not None and here.blocks.of_thing(thing) is None:
        status = status_words(here, thing.kind, present_status(thing, here.now_ms))
        rows.append((say("How it stands on {date}", date=say.day(here.today)), status))
    return rows


def _parties(here: Surroundings, content: Any) -> Node:
    if not isinstance(content, Pact):
        return None
    return e("ul", [e("li", here.party(party)) for party in content.parties[:PARTIES_SHOWN_MAX]])


# A paper is held against these; more than so many stand on the page of the pact.
PARTIES_SHOWN_MAX = 12


def _ways(
    here: Surroundings, record: RecordId, thing: ThingState, standing: VersionStanding, checked: bool
) -> Node:
    """Return the ways on: to the thing as it is now, to what changed, to the record that was `checked`."""
    say, address = here.say, f"/thing/{id_text(thing.subject)}"
    ways: list[Node] = [e("a", title_words(here, thing), href=here.asked.link(address), dir="auto")]
    shown = thing.display
    if standing not in _HOLDS and shown is not None and shown != record and _is_readable(thing, record):
        compare = here.asked.link(f"{address}/compare", from_=id_text(record), to=id_text(shown))
        ways.append(e("a", say("What changed since"), href=compare))
    if checked:
        ways.append(e("a", say("The record behind it"), href=here.asked.link(f"/record/{id_text(record)}")))
    return e("ul", [e("li", way) for way in ways])


def _is_readable(thing: ThingState, version: RecordId) -> bool:
    written = versions_written(thing).get(version)
    return written is not None and written.content is not None


def _data(here: Surroundings, check: Check) -> dict[str, Any]:
    record, thing = check.record, check.thing
    data: dict[str, Any] = {"id": id_text(check.id), "held": record is not None, "on": here.today}
    if record is None or thing is None or check.standing is None:
        return data | {"standing": "unknown"}
    block = here.blocks.of_record(record)
    data |= {
        "standing": check.standing.value,
        "kind": record.header.kind,
        "thing": id_text(thing.subject),
        "thing_kind": thing.kind,
        "status": present_status(thing, here.now_ms),
        "version_shown": None if thing.display is None else id_text(thing.display),
        "versions_side_by_side": [id_text(head) for head in thing.heads],
        "content_fingerprint": record.header.payload_hash.hex(),
        "erasures": erasures_data(thing, check.id),
        "data": f"/record/{id_text(check.id)}?format=json",
    }
    return data if block is None else data | {"blocked": blocked_data(block)}
