"""Two versions of a thing beside each other: which fields changed, in which words, and on which ground."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from node.web.exchange.answer import data_answer, page_answer
from node.web.exchange.problem import Problem, not_held
from node.web.frame.about_thing import header_of, path_of, thing_at
from node.web.frame.layout import page
from node.web.frame.markup import Element, Node, e
from node.web.frame.surroundings import Surroundings, title_words
from node.web.records.change_view import Changed, ChangeView, Marked
from node.web.records.content_fields import Field, fields_of, is_texts
from node.web.records.field_view import field_name
from node.web.records.versions import Written, versions_written
from node.web.records.word_changes import Budget, changes
from node.web.words.speech import N_
from protocol.identifiers import RecordId, id_text
from protocol.state.fold import ThingState

# Fields shown beside each other: what people change at once; the rest are named.
CHANGES_SHOWN_MAX = 24

# Versions offered to choose from, the newest first.
OFFERED_MAX = 100


async def compare_answer(here: Surroundings, text: str) -> web.Response:
    """Answer `/thing/{id}/compare` as a page or as data.  Raises `Problem`."""
    thing = await thing_at(here, text)
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
    view = ChangeView(here)
    nothing = e("p", say("Nothing differs between these two versions."), class_="note")
    return page(
        here.asked,
        here.node_name,
        say("What changed: {name}", name=title_words(here, thing)),
        e(
            "article",
            header_of(here, thing, say("What changed")),
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
            [view.section(one, older, newer) for one in changed[:CHANGES_SHOWN_MAX]] or nothing,
            _named_changes(here, changed[CHANGES_SHOWN_MAX:]),
            _kept(here, kept),
            _choice(here, versions, older, newer, path_of(thing)),
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


def _named_changes(here: Surroundings, changed: list[Changed]) -> Node:
    """Return the names of changes that are too many to be shown."""
    if not changed:
        return None
    names = [e("li", field_name(here, one.path)) for one in changed]
    return e(
        "section",
        e("h2", here.say("Changed too; the data of this page says how")),
        e("ul", names, class_="columns"),
        class_="change",
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
