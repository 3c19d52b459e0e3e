"""Two versions of a thing beside each other: which fields changed, in which words, and on which ground."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from node.web.exchange.answer import data_answer, page_answer
from node.web.exchange.problem import Problem, not_held
from node.web.frame.layout import page
from node.web.frame.markup import Element, Node, e
from node.web.frame.outline import outline_of_two
from node.web.frame.surroundings import Surroundings, cut, foreign, title_words
from node.web.records.content_fields import Field, fields_of, is_texts
from node.web.records.field_view import ITEMS_SHOWN_MAX, field_name, field_node, plain_value
from node.web.records.versions import Written, versions_written
from node.web.records.word_changes import Budget, Change, Stretch, changes
from node.web.words.languages import language_name
from node.web.words.speech import N_
from protocol.errors import Malformed
from protocol.identifiers import RecordId, SubjectId, id_text, parse_id
from protocol.kinds.area import area_of
from protocol.kinds.geometry import Geometry
from protocol.state.fold import ThingState

# Some four screens of a phone for each field; the versions themselves are one link away.
STRETCH_SHOWN_MAX_CHARS = 4_000

# Versions offered to choose from, the newest first.
OFFERED_MAX = 100

Marked = list[Stretch]


@dataclass(frozen=True, slots=True)
class Changed:
    """A field that is not the same in both: its value in each, None where it is lacking, and the words of its
    texts by language."""

    path: tuple[str, ...]
    before: Any
    after: Any
    words: Mapping[str, Marked]


async def compare_answer(here: Surroundings, text: str) -> web.Response:
    """Answer `/thing/{id}/compare` as a page or as data.  Raises `Problem`."""
    thing = await _thing(here, text)
    versions = versions_written(thing)
    older, newer = _chosen(here, thing, versions)
    await here.meet([older.author, newer.author])
    await here.meet(version.author for version in versions.values())
    old, new = fields_of(older.content), fields_of(newer.content)
    changed = await asyncio.to_thread(compared, old, new)
    if here.asked.as_data:
        return data_answer(_data(thing, older, newer, changed))
    kept = [field.path for field in new if field in old]
    return page_answer(_page(here, thing, versions, older, newer, changed, kept), here.say.language)


def compared(old: list[Field], new: list[Field]) -> list[Changed]:
    """Return the fields that differ, in the order of the later content, those that are gone last."""
    before, after = ({field.path: field.value for field in fields} for fields in (old, new))
    budget, found = Budget(), list[Changed]()
    for path in [*after, *(path for path in before if path not in after)]:
        one, other = before.get(path), after.get(path)
        if one != other:
            found.append(Changed(path, one, other, _words(one, other, budget)))
    return found


def _words(before: Any, after: Any, budget: Budget) -> Mapping[str, Marked]:
    if not all(value is None or is_texts(value) for value in (before, after)):
        return {}
    old, new = before or {}, after or {}
    languages = [*new, *(tag for tag in old if tag not in new)]
    return {
        tag: changes(old.get(tag, ""), new.get(tag, ""), budget)
        for tag in languages
        if old.get(tag) != new.get(tag)
    }


async def _thing(here: Surroundings, text: str) -> ThingState:
    try:
        thing = await here.store.thing(SubjectId(parse_id(text)))
    except Malformed:
        raise not_held() from None
    if thing is None or here.blocks.of_thing(thing) is not None:
        raise not_held()
    return thing


def _chosen(
    here: Surroundings, thing: ThingState, versions: Mapping[RecordId, Written]
) -> tuple[Written, Written]:
    """Return the two versions asked for; without being asked, the one shown and the one before it."""
    newer = here.asked.identifier("to") or thing.display or next(iter(versions), None)
    if newer is None or newer not in versions:
        raise not_held()
    older = here.asked.identifier("from")
    if older is None:
        held = [parent for parent in versions[newer].parents if parent in versions]
        older = held[0] if held else next((v for v in versions if v != newer), newer)
    if older not in versions:
        raise not_held()
    for version in (older, newer):
        if versions[version].content is None:
            raise Problem(
                404,
                "no-content",
                N_("This version cannot be compared"),
                N_("Its content was erased, or has not come here. Choose another version."),
            )
    return versions[older], versions[newer]


def _page(
    here: Surroundings,
    thing: ThingState,
    versions: Mapping[RecordId, Written],
    older: Written,
    newer: Written,
    changed: list[Changed],
    kept: list[tuple[str, ...]],
) -> Element:
    say = here.say
    address = f"/thing/{id_text(thing.subject)}"
    nothing = e("p", say("Nothing differs between these two versions."), class_="note")
    return page(
        here.asked,
        here.node_name,
        say("What changed: {name}", name=title_words(here, thing)),
        e(
            "article",
            e(
                "header",
                e("p", e("a", title_words(here, thing), href=here.asked.link(address), dir="auto")),
                e("h1", say("What changed")),
            ),
            e(
                "p",
                say.rich(
                    N_("From the version of {before} to that of {after}."),
                    before=_named(here, older),
                    after=_named(here, newer),
                ),
                class_="lead",
            ),
            e(
                "p",
                say("Words taken out are struck through, words put in are underlined."),
                class_="quiet small",
            )
            if any(one.words for one in changed)
            else None,
            [_change(here, one, older, newer) for one in changed] or nothing,
            _kept(here, kept),
            _choice(here, versions, older, newer, address),
        ),
        styles=["reading"],
    )


def _named(here: Surroundings, version: Written) -> Node:
    say = here.say
    return [
        here.record(version.id, say.moment(version.time_ms)),
        " (",
        here.actor(version.author),
        ")",
    ]


def _change(here: Surroundings, one: Changed, older: Written, newer: Written) -> Element:
    before, after = (getattr(version.content, "geometry", None) for version in (older, newer))
    if one.path == ("geometry",) and before is not None and after is not None:
        body: Node = _places(here, one, before, after)
    elif one.words:
        body = [_texts(here, tag, marked, len(one.words) > 1) for tag, marked in one.words.items()]
    elif isinstance(one.before, list) and isinstance(one.after, list):
        body = _lists(here, one.path[-1], one.before, one.after)
    else:
        body = _sides(here, _whole(here, one, one.before, "del"), _whole(here, one, one.after, "ins"))
    return e("section", e("h2", field_name(here, one.path)), body, class_="change")


def _whole(here: Surroundings, one: Changed, value: Any, mark: str) -> Node:
    if value is None:
        return None
    if isinstance(value, list | dict):
        return e("div", _mark(here, mark, field_node(here, Field(one.path, value)), "div"))
    return e("p", _mark(here, mark, plain_value(here, one.path[-1], value)))


def _texts(here: Surroundings, tag: str, marked: Marked, named: bool) -> Node:
    """Return a text as it was and as it is, each with its own marks."""
    label = e("h3", language_name(tag), lang=tag, dir="auto") if named else None
    return [
        label,
        _sides(
            here,
            _side(here, tag, [s for s in marked if s.change is not Change.ADDED]),
            _side(here, tag, [s for s in marked if s.change is not Change.REMOVED]),
        ),
    ]


def _side(here: Surroundings, tag: str, stretches: Marked) -> Node:
    if not stretches:
        return None
    shown: list[Node] = []
    left = STRETCH_SHOWN_MAX_CHARS
    for one in stretches:
        text = cut(one.text, left)
        left -= len(text)
        match one.change:
            case Change.KEPT:
                shown.append(_lines(text))
            case Change.REMOVED:
                shown += [_mark(here, "del", _lines(text.rstrip())), _blank_after(text)]
            case Change.ADDED:
                shown += [_mark(here, "ins", _lines(text.rstrip())), _blank_after(text)]
        if left <= 1:
            break
    return foreign("p", shown, tag)


def _blank_after(text: str) -> Node:
    """Return the blanks at the end of a stretch: a line under them is read as a letter."""
    return _lines(text[len(text.rstrip()) :])


def _lines(text: str) -> Node:
    lines = text.split("\n")
    return [[e("br"), line] if at else line for at, line in enumerate(lines)]


def _mark(here: Surroundings, mark: str, content: Node, part: str = "span") -> Element:
    """Return what was taken out or put in: struck or underlined for the eye, said to those who listen."""
    begin, end = (
        (here.say("taken out:"), here.say("end of what was taken out"))
        if mark == "del"
        else (here.say("put in:"), here.say("end of what was put in"))
    )
    return e(
        mark,
        e("span", f" {begin} ", class_="heard"),
        content if part == "span" else e(part, content),
        e("span", f" {end} ", class_="heard"),
    )


def _lists(here: Surroundings, name: str, before: list[Any], after: list[Any]) -> Node:
    """Return which entries of a list are gone and which are new; those that stayed are counted."""
    say = here.say
    old, new = ([plain_value(here, name, one) for one in side] for side in (before, after))
    gone, come = (
        list((Counter(old) - Counter(new)).elements()),
        list((Counter(new) - Counter(old)).elements()),
    )
    stayed = len(new) - len(come)
    said = (
        say("The same entries, in another order.")
        if not gone and not come
        else say.count("{n} entry is the same.", "{n} entries are the same.", stayed)
    )
    return [
        _sides(here, _entries(here, "del", gone), _entries(here, "ins", come)) if gone or come else None,
        e("p", said, class_="quiet small"),
    ]


def _entries(here: Surroundings, mark: str, entries: list[str]) -> Node:
    shown = [e("li", _mark(here, mark, e("bdi", one))) for one in entries[:ITEMS_SHOWN_MAX]]
    more = len(entries) - len(shown)
    rest = e("p", here.say.count("and {n} other", "and {n} others", more), class_="quiet") if more else None
    return [e("ul", shown), rest] if shown else None


def _places(here: Surroundings, one: Changed, before: Geometry, after: Geometry) -> Node:
    """Return two places in one drawing, with what kind of place each is, and its area."""
    say = here.say
    drawn = outline_of_two(before, after, say("The place before, dashed, and after, with a whole line"), say)
    figure = None
    if drawn is not None:
        caption = say("Dashed line: before. Whole line: after.")
        figure = e("figure", drawn, e("figcaption", caption), class_="i-other two")
    return [figure, _sides(here, _ground(here, one.before, before), _ground(here, one.after, after))]


def _ground(here: Surroundings, published: Any, geometry: Geometry) -> Node:
    area, words = area_of(geometry), plain_value(here, "geometry", published)
    return e("p", words, [" · ", here.say.hectares(area)] if area else None)


def _sides(here: Surroundings, before: Node, after: Node) -> Element:
    say, nothing = here.say, e("p", here.say("nothing"), class_="quiet")
    return e(
        "div",
        e("div", e("p", say("Before"), class_="side"), before or nothing),
        e("div", e("p", say("After"), class_="side"), after or nothing),
        class_="beside",
    )


def _kept(here: Surroundings, kept: list[tuple[str, ...]]) -> Node:
    if not kept:
        return None
    say = here.say
    names = [field_name(here, path) for path in kept]
    return e(
        "details",
        e("summary", say.count("{n} field is the same", "{n} fields are the same", len(names))),
        e("ul", [e("li", name) for name in names], class_="columns"),
    )


def _choice(
    here: Surroundings, versions: Mapping[RecordId, Written], older: Written, newer: Written, address: str
) -> Node:
    say = here.say
    offered = [one for one in versions.values() if one.content is not None][:OFFERED_MAX]
    if len(offered) < 3:
        return None

    def choice(name: str, label: str, chosen: Written) -> Node:
        options = [
            e(
                "option",
                f"{say.moment(one.time_ms)} · {here.plain_actor(one.author)} · {id_text(one.id)[:6]}",
                value=id_text(one.id),
                selected=True if one.id == chosen.id else None,
            )
            for one in offered
        ]
        return e("div", e("label", label, for_=name), e("select", options, name=name, id=name))

    return e(
        "form",
        e("h2", say("Compare other versions")),
        choice("from", say("Before"), older),
        choice("to", say("After"), newer),
        e("button", say("Compare"), type="submit"),
        e("input", type="hidden", name="lang", value=say.language) if here.asked.language_chosen else None,
        action=f"{address}/compare",
        method="get",
        class_="choice",
    )


def _data(thing: ThingState, older: Written, newer: Written, changed: list[Changed]) -> dict[str, Any]:
    return {
        "thing": id_text(thing.subject),
        "kind": thing.kind,
        "from": id_text(older.id),
        "to": id_text(newer.id),
        "changed": [
            {
                "field": list(one.path),
                "before": one.before,
                "after": one.after,
                "words": {
                    tag: [[stretch.change.value, stretch.text] for stretch in marked]
                    for tag, marked in one.words.items()
                },
            }
            for one in changed
        ],
    }
