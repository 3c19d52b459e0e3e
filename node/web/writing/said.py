"""What a record says before it is signed: in words, and in every language that it is said in."""

import json
import re
from collections.abc import Mapping
from typing import Any

from node.published_form import published
from node.web.frame.layout import facts
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import is_worth_drawing, outline, where_is
from node.web.frame.surroundings import Surroundings, foreign
from node.web.records.field_view import as_read
from node.web.words.contest_vocabulary import ALERT_STATE_WORDS, ALERT_WORDS
from node.web.words.languages import language_name
from node.web.words.procedure_vocabulary import SUPPORT_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import (
    BASIS_WORDS,
    CLAUSE_WORDS,
    INTENSITY_WORDS,
    LEVEL_WORDS,
    RESOURCE_WORDS,
    SENSITIVITY_WORDS,
    SIDE_WORDS,
    word,
)
from node.web.writing.filled import is_tag
from protocol.identifiers import ActorId, SubjectId, id_text
from protocol.kinds.geometry import check_geometry
from protocol.kinds.pact import CLAUSE_LETTERS
from protocol.kinds.privacy import COARSE
from protocol.kinds.text import PARTIAL_DATE

# What each field is called; the order is that in which they are read.
FIELD_WORDS = {
    "name": N_("Name"),
    "title": N_("Title"),
    "type": N_("What it is"),
    "decision": N_("Decision"),
    "resources": N_("Resources"),
    "description": N_("Description"),
    "stance": N_("In what sense"),
    "text": N_("In words"),
    "parties": N_("Parties"),
    "commons": N_("Commons"),
    "start": N_("From"),
    "end": N_("Until"),
    "term": N_("Term"),
    "intensity": N_("Kind of care"),
    "clauses": N_("Text of the pact"),
    "objectives": N_("Objectives and priorities"),
    "actions": N_("What was done"),
    "results": N_("What came of it"),
    "indicators": N_("Figures"),
    "geometry": N_("Place"),
    "uncertainty_m": N_("How far the place may be off"),
    "sensitivity": N_("How much of the place is told"),
    "area": N_("Area"),
    "territory": N_("Where"),
    "stewards": N_("Who cares for it"),
    "users": N_("Who uses it"),
    "rules": N_("Rules of use"),
    "legal": N_("Legal standing"),
    "since": N_("Since"),
    "evidence": N_("What shows it"),
    "state": N_("Where it stands"),
    "outcome": N_("Outcome"),
    "reasons": N_("Reasons"),
    "on": N_("Day"),
    "authorised_by": N_("By the act of an office"),
    "publication": N_("Consent to publish"),
    "labels": N_("Labels"),
    "source": N_("Source"),
    "personal_data": N_("Why people are named"),
    "note": N_("Remark"),
    "licence": N_("Licence"),
}

# Random, or for machines: in the whole record below, and not among what is read.
_UNREAD = frozenset({"salt", "proof", "sealed"})

STANCE_WORDS = {
    "supports": N_("In favour"),
    "opposes": N_("Against"),
    "asks": N_("A question"),
    "suggests": N_("A suggestion"),
}
REPLY_WORDS = {
    "taken_up": N_("Taken up"),
    "taken_up_in_part": N_("Taken up in part"),
    "not_taken_up": N_("Not taken up"),
    "noted": N_("Noted"),
}
DECISION_WORDS = {"consent": N_("Signs it"), "decline": N_("Declines it")}
PERSONAL_BASIS_WORDS = {
    "consent": N_("They agreed"),
    "public_office": N_("They hold a public office"),
    "public_source": N_("A public source names them"),
    "law": N_("A law asks for it"),
}
PUBLIC = N_("All of it, for everybody")

# Fields that hold a year, a month or a day.
_DAYS = frozenset({"on", "since", "start", "end", "until", "mandate_end", "retrieved"})

_PART_WORDS = {
    "register": N_("Register"),
    "square_metres": N_("Size"),
    "local": N_("As people there say it"),
    "basis": N_("How"),
    "purpose": N_("For what use"),
    "held_by": N_("Kept by"),
    "act": N_("Act"),
    "office": N_("Office"),
    "mandate_end": N_("End of the mandate"),
    "url": N_("Where it can be read"),
    "identifier": N_("Its own number for this"),
    "code": N_("Code"),
    "unit": N_("Unit"),
    "target": N_("Aim"),
    "text": N_("In words"),
    "community": N_("community"),
}

_SLUG_WORDS: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("commons", "outcome"): {},
    ("reply", "outcome"): REPLY_WORDS,
    ("alert", "type"): ALERT_WORDS,
    ("alert", "state"): ALERT_STATE_WORDS,
    ("support", "type"): SUPPORT_WORDS,
    ("", "stance"): STANCE_WORDS,
    ("", "decision"): DECISION_WORDS,
    ("", "intensity"): INTENSITY_WORDS,
    ("", "sensitivity"): {"public": PUBLIC, **SENSITIVITY_WORDS},
}


def said_fields(here: Surroundings, kind: str, payload: Mapping[str, Any]) -> Node:
    """Return what a payload says as names and values, in the order in which they are read."""
    ordered = [name for name in FIELD_WORDS if name in payload]
    ordered += [name for name in payload if name not in FIELD_WORDS and name not in _UNREAD]
    rows: list[tuple[str, Node]] = []
    for name in ordered:
        label = here.say(FIELD_WORDS[name]) if name in FIELD_WORDS else name
        rows.append((label, _value(here, kind, name, payload)))
    return facts(rows)


def whole_record(here: Surroundings, payload: Mapping[str, Any]) -> Element:
    """Return a payload to the last field, as pages and commands give it as data."""
    text = json.dumps(published(dict(payload)), ensure_ascii=False, indent=1)
    return e(
        "details",
        e("summary", here.say("All of it, as it is signed")),
        e("pre", e("code", text, dir="ltr")),
    )


def _value(here: Surroundings, kind: str, name: str, payload: Mapping[str, Any]) -> Node:
    say, value = here.say, payload[name]
    match name:
        case "geometry":
            return _place(here, payload)
        case "uncertainty_m":
            return say.distance(value)
        case "resources":
            return say.joined([word(say, RESOURCE_WORDS, slug) for slug in value])
        case "stewards" | "parties":
            return e("ul", [e("li", _party(here, one)) for one in value], class_="parties")
        case "commons":
            return e("ul", [e("li", _commons(here, one)) for one in value])
        case "territory":
            return [e("span", _level(here, one), class_="level") for one in value]
        case "clauses":
            return [_clause(here, clause, texts) for clause, texts in _in_order(value)]
        case "indicators":
            return e("ul", [e("li", _indicator(here, one)) for one in value])
        case "labels":
            return e("ul", [e("li", _parts(here, one)) for one in value])
        case "publication":
            rest = {key: part for key, part in value.items() if key != "basis"}
            return [e("p", say(BASIS_WORDS[value["basis"]])), _parts(here, rest)]
        case "personal_data":
            basis = e("p", word(say, PERSONAL_BASIS_WORDS, value["basis"]))
            return [basis, _parts(here, {key: part for key, part in value.items() if key != "basis"})]
        case "area":
            return _area(here, value)
        case _:
            words = _SLUG_WORDS.get((kind, name)) or _SLUG_WORDS.get(("", name))
            if words is not None and isinstance(value, str):
                return word(say, words, value)
            return _part(here, name, value)


def _any(here: Surroundings, value: Any) -> Node:
    match value:
        case bool():
            return here.say("Yes") if value else here.say("No")
        case bytes():
            return e("code", id_text(value) if len(value) == 32 else value.hex())
        case dict() if value and all(isinstance(part, str) for part in value.values()) and _are_tags(value):
            return texts_in_all(here, value)
        case dict():
            return _parts(here, value)
        case list():
            return e("ul", [e("li", _any(here, one)) for one in value])
        case int():
            return here.say.number(value)
        case _:
            return e("bdi", str(value))


def texts_in_all(here: Surroundings, texts: Mapping[str, str]) -> Node:
    """Return a text in every language that it is said in; which one, where there are several."""
    shown: list[Node] = []
    for tag, text in texts.items():
        if len(texts) > 1:
            shown.append(e("p", language_name(tag), class_="quiet small"))
        shown += [foreign("p", _lines(part), tag) for part in text.split("\n\n") if part.strip()]
    return shown


def _lines(text: str) -> Node:
    lines: list[Node] = []
    for line in text.strip().split("\n"):
        lines += [e("br"), line] if lines else [line]
    return lines


def _parts(here: Surroundings, value: Mapping[str, Any]) -> Node:
    return [
        e(
            "div",
            e("span", _part_word(here, name), ": ", class_="quiet"),
            _part(here, name, part),
        )
        for name, part in as_read(value)
    ]


def _part(here: Surroundings, name: str, part: Any) -> Node:
    if name in _DAYS and isinstance(part, str) and re.match(PARTIAL_DATE, part):
        return here.say.day(part)
    return _any(here, part)


def _part_word(here: Surroundings, name: str) -> str:
    found = _PART_WORDS.get(name) or FIELD_WORDS.get(name)
    return here.say(found) if found is not None else name


def _are_tags(value: Mapping[str, Any]) -> bool:
    named = _PART_WORDS.keys() | FIELD_WORDS.keys()
    return all(is_tag(name) and name not in named for name in value)


def _place(here: Surroundings, payload: Mapping[str, Any]) -> Node:
    say, geometry = here.say, payload["geometry"]
    uncertainty_m, rough = payload.get("uncertainty_m"), payload.get("sensitivity") in COARSE
    drawing = None
    if is_worth_drawing(geometry, uncertainty_m):
        drawing = e(
            "figure",
            outline(geometry, "own", uncertainty_m, rough, say("Place"), say),
            class_=f"i-{str((payload.get('resources') or ['other'])[0]).replace('_', '-')}",
        )
    if geometry["type"] == "Point":
        return [e("p", where_is(check_geometry(geometry), uncertainty_m or 0, say)), drawing]
    return drawing or e("bdi", geometry["type"])


def _party(here: Surroundings, party: Mapping[str, Any]) -> Node:
    say = here.say
    name = texts_inline(here, party["name"])
    side = f" · {word(say, SIDE_WORDS, party['side'])}" if party.get("side") else ""
    if party.get("actor") is None:
        return [name, e("span", side, " · ", say("only named: has no keys here"), class_="quiet")]
    return [here.thing_of_actor(ActorId(party["actor"]), name), e("span", side, class_="quiet")]


def _commons(here: Surroundings, commons: Mapping[str, Any]) -> Node:
    name = texts_inline(here, commons["name"]) if commons.get("name") else None
    if commons.get("subject") is None:
        return [name, e("span", " · ", here.say("only named: has no record"), class_="quiet")]
    return here.thing(SubjectId(commons["subject"]), commons.get("name"))


def texts_inline(here: Surroundings, texts: Mapping[str, str]) -> Node:
    """Return a name in every language, in a row."""
    return [
        [" · ", foreign("bdi", t, tag)] if at else foreign("bdi", t, tag)
        for at, (tag, t) in enumerate(texts.items())
    ]


def _level(here: Surroundings, level: Mapping[str, Any]) -> Node:
    return [
        texts_inline(here, level["name"]),
        " ",
        e("span", word(here.say, LEVEL_WORDS, level["level"]), class_="quiet"),
    ]


def _in_order(clauses: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, clauses[name]) for name in CLAUSE_LETTERS if name in clauses]


def _clause(here: Surroundings, name: str, texts: Mapping[str, str]) -> Node:
    letter = e("span", f"{CLAUSE_LETTERS[name]}) ", class_="letter")
    return e("div", e("p", e("b", letter, here.say(CLAUSE_WORDS[name]))), texts_in_all(here, texts))


def _indicator(here: Surroundings, one: Mapping[str, Any]) -> Node:
    decimals = one.get("decimals", 0)
    figure = here.say.figure(one["value"], decimals)
    aim = here.say.figure(one["target"], decimals) if "target" in one else None
    return [
        texts_inline(here, one["name"]),
        f": {figure}",
        [" ", e("bdi", one["unit"])] if one.get("unit") else None,
        [" · ", here.say("Aim"), f": {aim}"] if aim else None,
    ]


def _area(here: Surroundings, area: Mapping[str, Any]) -> Node:
    parts: list[Node] = []
    if area.get("square_metres") is not None:
        parts.append(here.say.hectares(area["square_metres"]))
    if area.get("local"):
        parts.append(e("bdi", area["local"]))
    return [[" · ", part] if at else part for at, part in enumerate(parts)]
