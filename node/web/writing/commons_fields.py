"""Between the answers about a commons and the fields of its record, both ways.

Of a version that is changed only what was answered otherwise is written anew: what the form does not ask, and
what a later version of the software added, stays as it was.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from node.web.words.speech import Speech
from node.web.writing.filled import Filled, filled_texts
from node.web.writing.naming_answers import shown_name
from node.web.writing.origin_answers import cleaned, filled_source, source_from, within
from node.web.writing.personal_answers import filled_personal, personal_from
from node.web.writing.place_answers import filled_place
from node.web.writing.sheet import Unfit
from protocol.kinds.commons import LABEL_CODE, RESOURCES, TERRITORY_LEVELS
from protocol.kinds.text import PARTIAL_DATE
from protocol.limits import INTEGER_MAX

SQUARE_METRES_PER_HECTARE = 10_000

_WORDED = ("name", "description", "users", "rules")


def filled_commons(say: Speech, payload: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return the answers that a version of a commons comes from."""
    answers: dict[str, tuple[str, ...]] = {}
    for name in _WORDED:
        answers |= filled_texts(name, payload.get(name))
    legal, area = payload.get("legal") or {}, payload.get("area") or {}
    publication = payload.get("publication") or {}
    answers |= filled_texts("legal", legal.get("text"))
    answers["resources"] = tuple(payload.get("resources", ()))
    answers["steward"] = tuple(shown_name(say, one["name"]) for one in payload.get("stewards", ()))
    answers["level"] = tuple(one["level"] for one in payload.get("territory", ()))
    answers["level-name"] = tuple(shown_name(say, one["name"]) for one in payload.get("territory", ()))
    if area.get("square_metres") is not None:
        answers["area-ha"] = (
            f"{area['square_metres'] / SQUARE_METRES_PER_HECTARE:.4f}".rstrip("0").rstrip("."),
        )
    answers["area-local"] = (area.get("local", ""),)
    answers["basis"] = (publication.get("basis", ""),)
    answers["basis-on"] = (publication.get("on", ""),)
    answers["labels"] = (", ".join(one["code"] for one in payload.get("labels", ())),)
    answers["licence"] = (payload.get("licence", ""),)
    answers |= filled_personal(payload.get("personal_data")) | filled_place(payload)
    answers |= filled_source(say, payload.get("source"))
    return {name: values for name, values in answers.items() if any(values)}


def commons_changes(
    say: Speech,
    filled: Filled,
    before: Mapping[str, Any],
    stewards: Sequence[Mapping[str, Any]],
    place: Mapping[str, Any],
    faults: dict[str, str],
) -> dict[str, Any]:
    """Return the fields that differ from those of the version before (all of them, for a new commons).

    None takes a field out.  Raises `Unfit` with what is wrong, and the `faults` that were found before.
    """
    fields: dict[str, Any] = {name: filled.texts(name) for name in _WORDED}
    if not fields["name"]:
        faults["name"] = say("Write its name")
    fields["resources"] = [slug for slug in filled.all("resources") if slug in RESOURCES]
    # Words of somebody's own stay where they were.
    fields["resources"] += [slug for slug in before.get("resources", ()) if slug not in RESOURCES]
    if not fields["resources"]:
        faults["resources"] = say("Choose what is held in common")
    fields["legal"] = within(before.get("legal"), text=filled.texts("legal"))
    fields["area"] = _area(say, filled, before, faults)
    fields["territory"] = _territory(say, filled, before.get("territory", ()))
    fields["stewards"] = [dict(one) for one in stewards]
    fields["publication"] = _publication(say, filled, before, faults)
    fields["labels"] = _labels(say, filled, before.get("labels", ()), faults)
    fields["licence"] = filled.text("licence") or before.get("licence") or "CC-BY-4.0"
    fields["source"] = source_from(say, filled, before, faults)
    fields["personal_data"] = personal_from(say, filled, faults)
    fields |= place
    if faults:
        raise Unfit(faults)
    answered = {name: value for name, value in fields.items() if value or value == 0}
    if not before:
        return answered
    changes: dict[str, Any] = {}
    for name in fields:
        value = answered.get(name)
        earlier = before.get(name, "public" if name == "sensitivity" else None)
        if value != (earlier or None):
            changes[name] = value
    return changes


def _area(
    say: Speech, filled: Filled, before: Mapping[str, Any], faults: dict[str, str]
) -> dict[str, Any] | None:
    text = filled.text("area-ha").replace(",", ".").replace(" ", "")
    square_metres = None
    if text:
        try:
            square_metres = round(float(text) * SQUARE_METRES_PER_HECTARE)
        except (ValueError, OverflowError):
            square_metres = -1
        if not 0 <= square_metres <= INTEGER_MAX:
            faults["area-ha"] = say("Write hectares as a number, such as 12.5")
    area = within(before.get("area"), square_metres=square_metres, local=filled.text("area-local"))
    return cleaned(area)


def _territory(say: Speech, filled: Filled, before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    levels = []
    for name, level in filled.rows("level-name", "level"):
        level = level if level in TERRITORY_LEVELS else "community"
        same = (one for one in before if one["level"] == level and shown_name(say, one["name"]) == name)
        levels.append(dict(next(same, {"level": level, "name": {filled.tag: name}})))
    return levels


def _publication(
    say: Speech, filled: Filled, before: Mapping[str, Any], faults: dict[str, str]
) -> dict[str, Any] | None:
    basis, on = filled.text("basis"), filled.text("basis-on")
    if filled.text("source") and not basis:
        basis = "public_source"
    if on and not re.match(PARTIAL_DATE, on):
        faults["basis-on"] = say("Write a year, a month or a day: 2026, 2026-05 or 2026-05-31")
    if on and not basis:
        faults["basis"] = say("Say how it was agreed to publish this")
    return cleaned(within(before.get("publication"), basis=basis, on=on)) if basis else None


def _labels(
    say: Speech, filled: Filled, before: Sequence[Mapping[str, Any]], faults: dict[str, str]
) -> list[dict[str, Any]]:
    labels = []
    for code in (" ".join(part.split()) for part in filled.text("labels").split(",")):
        if code and not re.match(LABEL_CODE, code):
            faults["labels"] = say("Write the code of a label such as TK A, with commas between several")
        elif code:
            labels.append(dict(next((one for one in before if one["code"] == code), {"code": code})))
    return labels
