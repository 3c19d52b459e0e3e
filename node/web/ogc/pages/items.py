"""Features as pages: a list that can be narrowed without a program, and one with all that is told of it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from node.atlas.collections import COLLECTIONS, Collection, Property
from node.atlas.reading import FeaturePage
from node.web.frame.layout import facts
from node.web.frame.markup import Element, Node, e
from node.web.ogc.pages.frame import PageAsked, api_page, copied, table
from node.web.words.collection_words import collection_title
from node.web.words.contest_vocabulary import ALERT_STATE_WORDS, ALERT_WORDS
from node.web.words.field_vocabulary import VALUE_WORDS
from node.web.words.speech import N_, Speech
from node.web.words.vocabulary import RESOURCE_WORDS, STATUS_WORDS

_decode = msgspec.json.Decoder().decode

# What a list shows of each feature beside its name, where it has it.
_SHOWN = ("resource", "level", "type", "status", "state", "since")

# By what a list is narrowed without writing a condition.
_CHOSEN = ("resource", "level", "type", "status", "state", "voice", "intensity")

# Words for what properties can be; what is in none stands as it is.
_WORDS: Mapping[str, Mapping[str, str]] = {
    **VALUE_WORDS,
    "resource": RESOURCE_WORDS,
    "status": STATUS_WORDS,
    "state": ALERT_STATE_WORDS,
    "type": ALERT_WORDS,
    "voice": {"own": N_("those who care for it or agree it"), "other": N_("others")},
}


def items_page(
    asked: PageAsked,
    node_name: str,
    name: str,
    page: FeaturePage,
    matched: int | None,
    after: Mapping[str, Any] | None,
) -> Element:
    """Return a page of a collection.  `after` are the parameters of the next one, None on the last."""
    say, collection = asked.say, COLLECTIONS[name]
    features = [_decode(one) for one in page.features]
    shown = [one for one in collection.properties if one.name in _SHOWN]
    number = (
        say.count("{n} feature", "{n} features", matched)
        if matched is not None
        else say("More than one page of features")
    )
    return api_page(
        asked,
        node_name,
        say("Features: {collection}", collection=collection_title(say, name)),
        _narrowing(asked, name, collection),
        e("p", number, class_="quiet") if features else None,
        table(
            say,
            N_("Features of this page"),
            [N_("Name"), *(one.title for one in shown)],
            [_row(asked, name, feature, shown) for feature in features],
        )
        if features
        else e(
            "p",
            say(
                "No feature is as you ask. That something is missing here says nothing about whether it "
                "exists."
            ),
        ),
        _ways(asked, after),
        way=((collection_title(say, name), f"/collections/{name}"),),
    )


def item_page(asked: PageAsked, node_name: str, name: str, body: bytes, base: str) -> Element:
    """Return the page of a feature."""
    say, collection = asked.say, COLLECTIONS[name]
    feature = _decode(body)
    told = feature["properties"]
    rows: list[tuple[str, Node]] = [(say("Id"), e("code", feature["id"]))]
    rows += [
        (say(one.title), _value(asked, one, told[one.name]))
        for one in collection.properties
        if one.name != "url" and told.get(one.name) not in (None, [], {})
    ]
    rows.append((say("Place"), _place(say, feature["geometry"])))
    return api_page(
        asked,
        node_name,
        told["name"] or say("Without a name"),
        e(
            "p",
            e("a", say("Its page, with who says so and the proof"), href=asked.link(told["url"])),
            class_="lead",
        ),
        facts(rows),
        e("p", say("The address for programs:")),
        copied(f"{base}/collections/{name}/items/{feature['id']}"),
        way=(
            (collection_title(say, name), f"/collections/{name}"),
            (say("All"), f"/collections/{name}/items"),
        ),
    )


def _narrowing(asked: PageAsked, name: str, collection: Collection) -> Element:
    say, query = asked.say, asked.query
    choices = [one for one in collection.properties if one.name in _CHOSEN and one.values]
    return e(
        "form",
        e("input", type="hidden", name="f", value="html"),
        e("input", type="hidden", name="lang", value=say.language) if asked.language_chosen else None,
        e("div", [_choice(say, one, query.get(one.name, "")) for one in choices], class_="choices"),
        e(
            "div",
            e("label", say("Box: west, south, east, north"), for_="bbox"),
            e("input", type="search", id="bbox", name="bbox", value=query.get("bbox", "")),
        ),
        e(
            "div",
            e("label", say("Condition in CQL2 text"), for_="filter"),
            e("input", type="search", id="filter", name="filter", value=query.get("filter", "")),
        ),
        e("button", say("Look"), type="submit"),
        action=f"/ogc/collections/{name}/items",
        method="get",
        class_="narrowing",
    )


def _choice(say: Speech, one: Property, chosen: str) -> Element:
    return e(
        "div",
        e("label", say(one.title), for_=one.name),
        e(
            "select",
            e("option", say("any"), value=""),
            [
                e("option", _word(say, one.name, value), value=value, selected=value == chosen)
                for value in one.values
            ],
            id=one.name,
            name=one.name,
        ),
    )


def _row(asked: PageAsked, name: str, feature: Mapping[str, Any], shown: list[Property]) -> Element:
    told = feature["properties"]
    title = told["name"] or asked.say("Without a name")
    address = asked.page(f"/collections/{name}/items/{feature['id']}")
    return e(
        "tr",
        e("td", e("a", e("bdi", title), href=address)),
        [e("td", _value(asked, one, told[one.name])) for one in shown],
    )


def _ways(asked: PageAsked, after: Mapping[str, Any] | None) -> Node:
    say = asked.say
    links: list[Node] = []
    if "after" in asked.query or "offset" in asked.query:
        links.append(e("a", say("Back to the beginning"), href=asked.same(after=None, offset=None)))
    if after is not None:
        links.append(
            e(
                "a",
                say("Next page"),
                href=asked.same(offset=None, after=after["after"]),
                rel="next",
                class_="next",
            )
        )
    return e("nav", links, class_="paging", aria_label=say("Pages of this list")) if links else None


def _value(asked: PageAsked, one: Property, value: Any) -> Node:
    say = asked.say
    if value is None:
        return "–"
    if one.name == "area_m2":
        return say.hectares(int(value))
    if one.name == "uncertainty_m":
        return say.distance(value)
    match one.type:
        case "boolean":
            return say("yes") if value else say("no")
        case "integer" | "number":
            return say.number(value)
        case "date-time":
            return say.day(value[:10])
        case "array":
            return [
                [", " if at else "", e("bdi", _word(say, one.name, item))] for at, item in enumerate(value)
            ]
        case "object":
            return [
                [", " if at else "", e("bdi", text, lang=tag), f" ({tag})"]
                for at, (tag, text) in enumerate(value.items())
            ]
    return e("bdi", _word(say, one.name, str(value)))


def _word(say: Speech, name: str, value: str) -> str:
    words = _WORDS.get(name, {})
    return say(words[value]) if value in words else value


def _place(say: Speech, geometry: Mapping[str, Any] | None) -> Node:
    if geometry is None:
        return say("not published")
    words = {
        "Point": N_("a point"),
        "MultiPoint": N_("points"),
        "LineString": N_("a line"),
        "MultiLineString": N_("lines"),
        "Polygon": N_("an outline"),
        "MultiPolygon": N_("outlines"),
        "GeometryCollection": N_("several places"),
    }
    return say(words[geometry["type"]])
