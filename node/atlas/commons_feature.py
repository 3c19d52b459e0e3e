"""A commons as a feature: what the version shown of it says, and nothing that it does not say in public."""

from collections.abc import Sequence

from node.atlas.feature import Around, Feature, made, one_text
from node.atlas.shown import said_of_every_kind, shown_version, territory_text
from protocol.kinds.commons import Commons, Territory
from protocol.state.fold import ThingState


def commons_feature(thing: ThingState, around: Around, now_ms: int) -> Feature | None:
    """Return the feature of a commons; None where nothing of it is shown."""
    shown = shown_version(thing)
    if shown is None or not isinstance(shown.content, Commons):
        return None
    content = shown.content
    said = said_of_every_kind(thing, shown, around, now_ms, content.source)
    properties = {
        **said,
        "contested": int(said["contested"] or around.claimed),
        "resource": content.resources[0],
        "resources": list(dict.fromkeys(content.resources)),
        "stewards": [one_text(party.name) for party in content.stewards],
        "territory": territory_text(content.territory),
        "country": _country(content.territory),
        "area_m2": None if around.placing is None else around.placing.area_m2,
        "uncertainty_m": content.uncertainty_m,
        "sensitivity": content.sensitivity,
        "legal": None if content.legal is None else one_text(content.legal.text),
        "pacts_in_force": around.pacts_in_force,
        "alerts_open": around.alerts_open,
        "labels": [label.code for label in content.labels],
    }
    return made("commons", thing.subject, properties, content.geometry, thing.bbox)


def _country(territory: Sequence[Territory]) -> str | None:
    for one in territory:
        if one.level == "nation":
            return one.code or one_text(one.name)
    return None
