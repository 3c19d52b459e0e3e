"""The description of the API as a page: each address, what it takes, what comes back."""

from collections.abc import Mapping
from typing import Any

from node.web.frame.markup import Element, Node, e
from node.web.ogc.pages.frame import PageAsked, api_page, copied, table, told
from node.web.words.speech import N_, Speech

# Where several addresses take the same, it is told once.
_SHARED = "#/components/parameters/"


def description_page(asked: PageAsked, node_name: str, document: Mapping[str, Any]) -> Element:
    """Return the page of an OpenAPI description."""
    say = asked.say
    shared = document["components"]["parameters"]
    return api_page(
        asked,
        node_name,
        say("What can be asked, and what is answered"),
        e("p", document["info"]["description"], class_="lead"),
        e("p", say("Every address begins with:")),
        copied(document["servers"][0]["url"]),
        e(
            "p",
            say.rich(
                N_("Programs read the same as {form}."),
                form=e("a", "OpenAPI 3.0", href=asked.same(format="json")),
            ),
        ),
        [_part(asked, tag, document["paths"]) for tag in document["tags"]],
        e(
            "section",
            e("h2", say("What several addresses take")),
            _parameters(say, shared.values()),
            id="parameters",
        ),
        e(
            "section",
            e("h2", say("What goes wrong, and how it is said")),
            e(
                "p",
                say(
                    "A fault is told as problem details (RFC 9457): title and detail in words, and a code "
                    "that is the same in every language."
                ),
            ),
            e(
                "dl",
                [
                    e("div", e("dt", e("code", code)), e("dd", one["description"]))
                    for code, one in document["components"]["responses"].items()
                ],
            ),
        ),
    )


def _part(asked: PageAsked, tag: Mapping[str, str], paths: Mapping[str, Any]) -> Element:
    return e(
        "section",
        e("h2", tag["description"]),
        [
            _address(asked, path, one["get"])
            for path, one in paths.items()
            if tag["name"] in one["get"]["tags"]
        ],
    )


def _address(asked: PageAsked, path: str, operation: Mapping[str, Any]) -> Element:
    say = asked.say
    own = [one for one in operation["parameters"] if one.get("in") == "query"]
    shared = [one["$ref"].removeprefix(_SHARED) for one in operation["parameters"] if "$ref" in one]
    shown: Node = e("code", path)
    if "{" not in path:
        shown = e("a", shown, href=asked.page("" if path == "/" else path))
    return e(
        "section",
        e("h3", shown),
        e("p", operation["summary"]),
        e(
            "p",
            say("Takes:"),
            [[" ", e("a", e("code", name), href=f"#{name}")] for name in shared],
            class_="quiet small",
        ),
        e(
            "details",
            e(
                "summary",
                say.count("and {n} property by its name", "and {n} properties by their names", len(own)),
            ),
            _parameters(say, own, anchored=False),
        )
        if own
        else None,
    )


def _parameters(say: Speech, parameters: Any, anchored: bool = True) -> Element:
    return table(
        say,
        N_("Parameters"),
        [N_("Name"), N_("Values"), N_("What it is")],
        [
            e(
                "tr",
                e("td", e("code", one["name"]), class_="word", id=one["name"] if anchored else None),
                e("td", _values(say, one["schema"])),
                e("td", told(one["description"])),
            )
            for one in parameters
        ],
    )


def _values(say: Speech, schema: Mapping[str, Any]) -> Node:
    if "enum" in schema:
        return [[", " if at else "", e("code", value)] for at, value in enumerate(schema["enum"])]
    if "maximum" in schema:
        bounds = say("{low} to {high}", low=say.number(schema["minimum"]), high=say.number(schema["maximum"]))
        default = schema.get("default")
        if default is None or default == schema["minimum"]:
            return bounds
        return say("{range}, else {default}", range=bounds, default=say.number(default))
    words = {
        "array": N_("numbers, with commas between"),
        "integer": N_("whole number"),
        "number": N_("number"),
        "boolean": N_("true or false"),
    }
    kind = schema["type"]
    if kind == "string":
        return say("day") if schema.get("format") == "date" else say("text")
    return say(words[kind])
