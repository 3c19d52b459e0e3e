"""What the map says of a feature, in the reader's language: a line of the list, and the card of one."""

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

from node.web.frame.layout import icon_name
from node.web.frame.markup import showable
from node.web.frame.outline import METRES_PER_DEGREE
from node.web.frame.surroundings import Surroundings, clipped
from node.web.words.contest_vocabulary import ALERT_WORDS
from node.web.words.speech import N_
from node.web.words.vocabulary import RESOURCE_WORDS, SENSITIVITY_WORDS, STATUS_WORDS, word

# Other names shown beside the first, resources and stewards named; the page of the thing has all.
NAMES_SHOWN_MAX = 3
RESOURCES_NAMED_MAX = 4
STEWARDS_SHOWN_MAX = 6


def line_told(here: Surroundings, feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature as a line of the list: plain texts, to be shown as they stand."""
    told = feature["properties"]
    tag, name = _name(here, told)
    return {
        "id": feature["id"],
        "href": here.asked.link(told["url"]),
        "name": name,
        "lang": tag,
        "icon": _icon(told),
        "told": told_by(told),
        "about": _about(here, told),
        "says": _who_says_so(here, told),
        "marks": _marks(here, told),
        "box": _box(feature["geometry"], told.get("uncertainty_m") or 0),
    }


def card_told(here: Surroundings, feature: Mapping[str, Any]) -> dict[str, Any]:
    """Return a feature as a card: its line, its other names, and rows of what is known of it."""
    say, told = here.say, feature["properties"]
    stewards = [clipped(str(name)) for name in told.get("stewards") or ()]
    rows = [
        (say("Area"), say.hectares(int(told["area_m2"])) if told.get("area_m2") else None),
        (say("Where"), told.get("territory")),
        (say("Who cares for it"), _several(here, stewards)),
        (say("Legal standing"), told.get("legal")),
        (say("How well its place is known"), _how_sure(here, told)),
        (say("Licence"), told.get("licence")),
    ]
    line = line_told(here, feature)
    own = [
        {"lang": tag, "text": _plain(text)}
        for tag, text in (told.get("names") or {}).items()
        if _plain(text) != line["name"]
    ]
    kept = [{"name": name, "text": _plain(text, 300)} for name, text in rows if text]
    return line | {"names": own[:NAMES_SHOWN_MAX], "rows": kept, "open": say("Open")}


def told_by(told: Mapping[str, Any]) -> str:
    """Return by which line a feature is told: `own`, `other` or `contested`."""
    if told.get("contested"):
        return "contested"
    return "own" if told.get("voice") == "own" else "other"


def name_of(here: Surroundings, feature: Mapping[str, Any]) -> str:
    """Return what a feature is called, in the reader's language where it has a name in it."""
    return _name(here, feature["properties"])[1]


def _name(here: Surroundings, told: Mapping[str, Any]) -> tuple[str, str]:
    names = told.get("names")
    if not names:
        return here.say.language, _plain(told.get("name") or here.say("Without a name"))
    tag, text = here.say.chosen(names, here.asked.texts_in())
    return tag, _plain(text)


def _plain(text: str, length: int = 120) -> str:
    """Return a text as it may be shown: no controls, nothing that turns the text around it."""
    return clipped(showable(text), length)


def _icon(told: Mapping[str, Any]) -> str:
    return icon_name(told.get("resource") or ("alert" if "state" in told else "other"))


def _about(here: Surroundings, told: Mapping[str, Any]) -> str:
    say = here.say
    if told.get("resources"):
        words = [word(say, RESOURCE_WORDS, slug) for slug in told["resources"][:RESOURCES_NAMED_MAX]]
        parts = [", ".join(words)]
    else:
        parts = [word(say, ALERT_WORDS, told["type"])] if told.get("type") else []
    territory = ", ".join((told.get("territory") or "").split(", ")[:2])
    return _plain(" · ".join(part for part in (*parts, territory) if part), 200)


def _who_says_so(here: Surroundings, told: Mapping[str, Any]) -> str:
    say, who, status = here.say, told.get("author_name"), told.get("status")
    who = None if who is None else _plain(who)
    if who is None:
        return word(say, STATUS_WORDS, str(status))
    if status == "documented" and told.get("source"):
        source = _plain(told["source"].partition(" (http")[0])
        return say(N_("documented by {who} from {source}"), who=who, source=source)
    if status == "documented":
        return say(N_("documented by {who}"), who=who)
    if status == "own":
        return say(N_("told by {who}"), who=who)
    return f"{word(say, STATUS_WORDS, str(status))} · {who}"


def _marks(here: Surroundings, told: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what a reader should know at first sight: contested, a pact in force, alerts."""
    say = here.say
    marks: list[dict[str, str]] = []
    if told.get("contested"):
        marks.append({"kind": "contested", "text": say("contested")})
    if told.get("pacts_in_force"):
        marks.append({"kind": "pact", "text": _pacts(here, told) or ""})
    if told.get("alerts_open"):
        marks.append(
            {"kind": "alert", "text": say.count("{n} open alert", "{n} open alerts", told["alerts_open"])}
        )
    return marks


def _pacts(here: Surroundings, told: Mapping[str, Any]) -> str | None:
    number = told.get("pacts_in_force")
    return here.say.count("{n} pact in force", "{n} pacts in force", number) if number else None


def _how_sure(here: Surroundings, told: Mapping[str, Any]) -> str | None:
    say, parts = here.say, []
    if told.get("sensitivity") in SENSITIVITY_WORDS:
        parts.append(say(SENSITIVITY_WORDS[told["sensitivity"]]))
    if told.get("uncertainty_m"):
        parts.append(say("Known to within {distance}.", distance=say.distance(told["uncertainty_m"])))
    return " ".join(parts) or None


def _several(here: Surroundings, names: Sequence[str]) -> str:
    more = len(names) - STEWARDS_SHOWN_MAX
    shown = list(names[:STEWARDS_SHOWN_MAX])
    if more > 0:
        shown.append(here.say.count("{n} other", "{n} others", more))
    if len(shown) < 2:
        return "".join(shown)
    return here.say(N_("{several} and {last}"), several=", ".join(shown[:-1]), last=shown[-1])


def _box(geometry: Mapping[str, Any] | None, uncertainty_m: int) -> list[float] | None:
    """Return the box around all that a geometry may mean, in degrees: where the map goes when chosen."""
    if geometry is None:
        return None
    xs: list[float] = []
    ys: list[float] = []
    _gather(geometry["coordinates"], xs, ys)
    return widened([min(xs), min(ys), max(xs), max(ys)], uncertainty_m) if xs else None


def widened(box: Sequence[float], uncertainty_m: int) -> list[float]:
    """Return a box of degrees with room around it for how far off it may be."""
    west, south, east, north = box
    tall = uncertainty_m / METRES_PER_DEGREE
    wide = tall / max(cos(radians(min(max(abs(south), abs(north)), 85.0))), 0.05)
    return [max(west - wide, -180), max(south - tall, -90), min(east + wide, 180), min(north + tall, 90)]


def _gather(coordinates: Any, xs: list[float], ys: list[float]) -> None:
    if not coordinates:
        return
    if isinstance(coordinates[0], int | float):
        xs.append(coordinates[0])
        ys.append(coordinates[1])
    else:
        for part in coordinates:
            _gather(part, xs, ys)
