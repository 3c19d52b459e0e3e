"""What the API is: where to begin, what there is, what it keeps to, what can be asked and what is told."""

from collections.abc import Mapping
from typing import Any

from node.atlas.collections import COLLECTIONS
from node.web.frame.markup import Element, Node, e
from node.web.ogc.conformance import CONFORMANCE_CLASSES
from node.web.ogc.pages.frame import PageAsked, api_page, copied, table, told
from node.web.ogc.schemas import QUERYABLES
from node.web.words.collection_words import collection_title
from node.web.words.speech import N_, Speech

Counts = Mapping[str, int | None]

# How a type of JSON Schema is called.
TYPE_WORDS = {
    "string": N_("text"),
    "integer": N_("whole number"),
    "number": N_("number"),
    "boolean": N_("true or false"),
    "array": N_("several texts"),
    "object": N_("texts by language"),
    "date-time": N_("moment"),
    "geometry-any": N_("place"),
}


def landing_page(
    asked: PageAsked, node_name: str, document: Mapping[str, Any], counts: Counts, base: str
) -> Element:
    """Return the page where people begin."""
    say = asked.say
    return api_page(
        asked,
        node_name,
        say("Features"),
        e("p", document["description"], class_="lead"),
        e(
            "p",
            say(
                "QGIS, GDAL and programs of your own read them here by the standard OGC API – Features, "
                "without an account and without asking."
            ),
        ),
        e("h2", say("What there is")),
        _collections(asked, counts),
        e("h2", say("In QGIS")),
        e(
            "p",
            say(
                "Choose Layer › Add Layer › Add WFS / OGC API – Features Layer, make a new connection, "
                "and copy this address into it:"
            ),
        ),
        copied(base),
        e("h2", say("With GDAL")),
        e("p", say("All that there is, and the commons as a GeoPackage:")),
        copied(f"ogrinfo OAPIF:{base}\nogr2ogr commons.gpkg OAPIF:{base} commons"),
        e("h2", say("In a program")),
        e("p", say("The features of a box, of one resource, told of since a day:")),
        copied(
            f"{base}/collections/commons/items?bbox=-79.5,-3.5,-78,-2&resource=water&datetime=2025-01-01/.."
        ),
        e("p", say("Or by any condition, in CQL2 text (encoded as addresses are):")),
        copied("filter=CASEI(name) LIKE CASEI('laguna%') AND pacts_in_force > 0"),
        e(
            "ul",
            e("li", e("a", say("What can be asked, and what is answered"), href=asked.page("/api"))),
            e("li", e("a", say("Standards that it keeps to"), href=asked.page("/conformance"))),
            e(
                "li",
                e(
                    "a",
                    say("Files of everything, tiles, and a feed of what is new"),
                    href=asked.link("/open-data"),
                ),
            ),
        ),
        e("h2", say("Licences")),
        e(
            "p",
            say.rich(
                N_("Each feature names its licence, and who tells it. Name them where you use it: {more}."),
                more=e("a", say("licences and labels"), href=asked.link("/open-data") + "#licences"),
            ),
        ),
    )


def collections_page(asked: PageAsked, node_name: str, counts: Counts) -> Element:
    """Return the page of all collections."""
    return api_page(asked, node_name, asked.say("What there is"), _collections(asked, counts))


def collection_page(
    asked: PageAsked, node_name: str, name: str, document: Mapping[str, Any], count: int | None, base: str
) -> Element:
    """Return the page of a collection."""
    say = asked.say
    extent = document.get("extent", {})
    [since, _] = extent.get("temporal", {}).get("interval", [[None, None]])[0]
    bbox = extent.get("spatial", {}).get("bbox", [None])[0]
    where = None if bbox is None else _degrees(say, bbox)
    return api_page(
        asked,
        node_name,
        document["title"],
        e("p", document["description"], class_="lead"),
        e(
            "dl",
            e("div", e("dt", say("How many")), e("dd", say.number(count))) if count is not None else None,
            e("div", e("dt", say("Since")), e("dd", say.day(since[:10]))) if since is not None else None,
            e("div", e("dt", say("Between")), e("dd", where)) if where is not None else None,
        )
        if count or since
        else None,
        e(
            "ul",
            e("li", e("a", say("Look through the features"), href=asked.page(f"/collections/{name}/items"))),
            e(
                "li",
                e("a", say("What can be asked of them"), href=asked.page(f"/collections/{name}/queryables")),
            ),
            e("li", e("a", say("What is told of them"), href=asked.page(f"/collections/{name}/schema"))),
            e("li", e("a", say("All of them as a file"), href=asked.link("/open-data") + f"#{name}")),
        ),
        e("p", say("The address for programs:")),
        copied(f"{base}/collections/{name}/items"),
    )


def conformance_page(asked: PageAsked, node_name: str) -> Element:
    """Return the page of standards that are kept to."""
    say = asked.say
    return api_page(
        asked,
        node_name,
        say("Standards that it keeps to"),
        e(
            "p",
            say(
                "The classes of requirements of the Open Geospatial Consortium that this API fulfils. "
                "Programs read them before they ask."
            ),
            class_="lead",
        ),
        e("ul", [e("li", e("code", one)) for one in CONFORMANCE_CLASSES]),
    )


def schema_page(
    asked: PageAsked, node_name: str, name: str, document: Mapping[str, Any], which: str
) -> Element:
    """Return the page of what can be asked of the features of a collection, or of what is told of them."""
    say = asked.say
    asking = which == QUERYABLES
    words = (
        N_("{collection}: what can be asked of them") if asking else N_("{collection}: what is told of them")
    )
    title = say(words, collection=collection_title(say, name))
    return api_page(
        asked,
        node_name,
        title,
        e(
            "p",
            say(
                "Each may stand in a filter by its name, and all but the place may be a parameter of "
                "an address."
            )
            if asking
            else say("The properties of each feature, as GeoJSON has them."),
            class_="lead",
        ),
        table(
            say,
            N_("Properties"),
            [N_("Name"), N_("Holds"), N_("What it is")],
            [_property(say, key, one) for key, one in document["properties"].items()],
        ),
        way=((collection_title(say, name), f"/collections/{name}"),),
    )


def _collections(asked: PageAsked, counts: Counts) -> Element:
    say = asked.say
    shown: list[Node] = []
    for name, one in COLLECTIONS.items():
        count = counts.get(name)
        shown.append(
            e(
                "div",
                e("dt", e("a", collection_title(say, name), href=asked.page(f"/collections/{name}"))),
                e(
                    "dd",
                    e("p", say(one.description)),
                    e("p", say.count("{n} feature", "{n} features", count), class_="quiet")
                    if count is not None
                    else None,
                ),
            )
        )
    return e("dl", shown, class_="collections")


def _property(say: Speech, name: str, one: Mapping[str, Any]) -> Element:
    kind = one.get("format", one.get("type", ""))
    holds = say(TYPE_WORDS[kind]) if kind in TYPE_WORDS else kind
    values = one.get("enum")
    return e(
        "tr",
        e("td", e("code", name), class_="word"),
        e("td", holds),
        e(
            "td",
            told(one.get("description", "")),
            e(
                "p",
                say("One of:"),
                [[", " if at else " ", e("code", value)] for at, value in enumerate(values)],
                class_="quiet small",
            )
            if values
            else None,
        ),
    )


def _degrees(say: Speech, bbox: list[float]) -> str:
    west, south, east, north = (say.decimal(edge, 2).replace("-", "−") for edge in bbox)
    return say(
        N_("longitude {west}° and {east}°, latitude {south}° and {north}°"),
        west=west,
        south=south,
        east=east,
        north=north,
    )
