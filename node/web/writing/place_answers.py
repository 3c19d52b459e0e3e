"""The place of a thing as a form asks for it: a point, limits as GeoJSON, or none; how much of it is told, to
whom."""

import json
from collections.abc import Mapping
from typing import Any

from node.authoring.limits_given import one_geometry
from node.authoring.restricted import DEFAULT_GRID, GRIDS
from node.authoring.telling import Wish
from node.errors import ConfigError
from node.web.frame.markup import Node, e
from node.web.frame.outline import is_worth_drawing, outline
from node.web.words.speech import N_, Speech
from node.web.words.vocabulary import SENSITIVITY_WORDS
from node.web.writing.fields import Faults, choice, line, passage, ticks
from node.web.writing.filled import Filled
from node.web.writing.said import PUBLIC
from node.web.writing.sheet import Unfit, fault_of
from protocol.identifiers import ActorId
from protocol.kinds.geometry import from_geojson
from protocol.limits import UNCERTAINTY_MAX_M

PLAIN = ("place", "lat", "lon", "geojson", "uncertainty", "sensitivity", "grid", "reader")

_TIERS = ("public", "generalised", "withheld", "sealed")

_GRID_WORDS = {
    "0.001": N_("to some 100 metres"),
    "0.01": N_("to a kilometre"),
    "0.1": N_("to ten kilometres"),
}


def filled_place(payload: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the answers that the place of a record comes from."""
    answers: dict[str, tuple[str, ...]] = {"sensitivity": (payload.get("sensitivity", "public"),)}
    geometry = payload.get("geometry")
    answers["place"] = ("keep" if geometry is not None else "none",)
    if payload.get("uncertainty_m"):
        answers["uncertainty"] = (str(payload["uncertainty_m"]),)
    return answers


def place_questions(
    say: Speech,
    filled: Filled,
    faults: Faults,
    before: Mapping[str, Any] | None,
    readers: Node,
    chart: Node,
) -> Node:
    """Return the questions about a place; `before` is what the version that is changed says, `readers` those
    whom it can be sealed for, `chart` the map to draw on (`place_map`).
    """
    chosen = filled.text("place") or ("keep" if before and before.get("geometry") else "none")
    options: list[tuple[str, Node, Node]] = []
    if before and before.get("geometry"):
        options.append(("keep", say("As it is now"), _drawn(say, before)))
    options += [
        ("point", say("A point"), say("Its latitude and longitude, as a phone shows them.")),
        ("limits", say("Its limits"), say("A file of GeoJSON from a map program, or drawn here.")),
        ("none", say("No place"), None),
    ]
    tiers: list[tuple[str, Node, Node]] = [
        (tier, say(PUBLIC if tier == "public" else SENSITIVITY_WORDS[tier]), None) for tier in _TIERS
    ]
    return [
        e("h2", say("Where it lies")),
        ticks("place", say("Place"), options, [chosen], kind="radio", fault=faults.get("place")),
        # Drawn by a script where there is one; the fields below say the same.
        chart,
        e(
            "div",
            line(
                "lat",
                say("Latitude"),
                filled.typed("lat"),
                hint=say("In degrees; south of the equator with a minus: -0.9352"),
                fault=faults.get("lat"),
                width="w10",
                inputmode="text",
                autocomplete="off",
            ),
            line(
                "lon",
                say("Longitude"),
                filled.typed("lon"),
                hint=say("In degrees; west of Greenwich with a minus: -78.6155"),
                fault=faults.get("lon"),
                width="w10",
                inputmode="text",
                autocomplete="off",
            ),
            class_="when",
            data_when="place=point",
        ),
        e(
            "div",
            _limits(say, filled, faults),
            class_="when",
            data_when="place=limits",
        ),
        line(
            "uncertainty",
            say("How far it may be off, in metres"),
            filled.typed("uncertainty"),
            hint=say("Leave it empty if the place is exact."),
            fault=faults.get("uncertainty"),
            width="w10",
            inputmode="numeric",
            autocomplete="off",
        ),
        ticks(
            "sensitivity",
            say("How much of the place everybody may know"),
            tiers,
            [filled.text("sensitivity") or "public"],
            kind="radio",
            hint=say(
                "What is signed goes everywhere and cannot be taken back. Of a place that is kept back no "
                "text may "
                "say where it is."
            ),
            fault=faults.get("sensitivity"),
        ),
        e(
            "div",
            choice(
                "grid",
                say("How roughly"),
                [("", say("Not at all, where it is sealed")), *((g, say(w)) for g, w in _GRID_WORDS.items())],
                filled.text("grid") or (DEFAULT_GRID if filled.text("sensitivity") != "sealed" else ""),
                fault=faults.get("grid"),
            ),
            class_="when",
            data_when="sensitivity=generalised,sealed",
        ),
        e("div", readers, class_="when", data_when="sensitivity=sealed"),
    ]


def _limits(say: Speech, filled: Filled, faults: Faults) -> Node:
    text = filled.typed("geojson")
    drawn: Node = None
    try:
        geometry = one_geometry(json.loads(text), "") if text else None
        if geometry is not None and is_worth_drawing(geometry, None):
            drawn = e(
                "figure",
                outline(geometry, "own", None, False, say("Place"), say),
                class_="i-other small-figure",
            )
    except (ValueError, RecursionError, ConfigError):
        drawn = None
    return [
        drawn,
        line(
            "file",
            say("A file with the limits"),
            kind="file",
            hint=say("GeoJSON with one outline, as QGIS, geojson.io and many phones write it."),
            fault=faults.get("file"),
            accept=".geojson,.json,application/geo+json,application/json",
        ),
        passage(
            "geojson",
            say("Or the same as text"),
            text,
            fault=faults.get("geojson"),
            rows=4,
            spellcheck="false",
            autocomplete="off",
        ),
    ]


def place_from(say: Speech, filled: Filled, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a record that answers about its place amount to.  Raises `Unfit`."""
    faults: dict[str, str] = {}
    fields: dict[str, Any] = {"geometry": None}
    match filled.text("place"):
        case "keep":
            fields["geometry"] = before.get("geometry")
        case "point":
            lat = _degrees(say, filled, "lat", 90, faults)
            lon = _degrees(say, filled, "lon", 180, faults)
            if lat is not None and lon is not None:
                fields["geometry"] = from_geojson({"type": "Point", "coordinates": [lon, lat]})
        case "limits":
            fields["geometry"] = _geometry(say, filled, faults)
    fields["uncertainty_m"] = _uncertainty(say, filled, faults)
    tier = filled.text("sensitivity") or "public"
    fields["sensitivity"] = tier if tier in _TIERS else "public"
    if tier == "sealed" and fields["geometry"] is None and before.get("sealed") is None:
        faults["place"] = say("Say which place is to be sealed")
    if faults:
        raise Unfit(faults)
    return fields


def wish_from(filled: Filled, readers: list[ActorId]) -> Wish:
    """Return how a place is to be told: on which grid, and for whom it is sealed."""
    tier, grid = filled.text("sensitivity"), filled.text("grid")
    if tier not in ("generalised", "sealed") or grid not in GRIDS:
        grid = ""
    return Wish(grid or None, readers if tier == "sealed" else ())


def _geometry(say: Speech, filled: Filled, faults: dict[str, str]) -> dict[str, Any] | None:
    text = filled.typed("geojson").strip()
    if not text:
        faults["file"] = say("Choose a file with the limits, or give them as text")
        return None
    try:
        return one_geometry(json.loads(text), say("The file"))
    except (ValueError, RecursionError):
        faults["geojson"] = say(
            "That is not GeoJSON. Save it again from the map program, and choose that file."
        )
    except ConfigError as fault:
        faults["geojson"] = next(iter(fault_of(fault, say, {}).values()))
    return None


def _degrees(say: Speech, filled: Filled, name: str, most: int, faults: dict[str, str]) -> float | None:
    text = filled.text(name).replace(",", ".").replace("−", "-").removesuffix("°").strip()
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -most <= value <= most:
        faults[name] = say("Write degrees between -{most} and {most}, such as -0.9352", most=most)
        return None
    return value


def _uncertainty(say: Speech, filled: Filled, faults: dict[str, str]) -> int | None:
    text = filled.text("uncertainty").replace(" ", "").replace("\u00a0", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:9]) <= UNCERTAINTY_MAX_M):
        faults["uncertainty"] = say("Write metres as a whole number, such as 50")
        return None
    return int(text) or None


def _drawn(say: Speech, before: Mapping[str, Any]) -> Node:
    geometry, uncertainty_m = before["geometry"], before.get("uncertainty_m")
    if not is_worth_drawing(geometry, uncertainty_m):
        return None
    rough = before.get("sensitivity") in ("generalised", "sealed")
    return e(
        "span",
        outline(geometry, "own", uncertainty_m, rough, say("Place"), say),
        class_="i-other small-figure",
    )
