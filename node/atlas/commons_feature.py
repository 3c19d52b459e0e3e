"""A commons as a feature: what the version shown of it says, and nothing that it does not say in public."""

from collections.abc import Sequence
from typing import Any

from node.atlas.feature import Around, Feature, made, one_text
from node.present import present_ms
from protocol.identifiers import id_text
from protocol.kinds.commons import Commons, Territory
from protocol.kinds.placing import placing_of
from protocol.kinds.text import Source
from protocol.state.contest import challenges
from protocol.state.fold import ThingState
from protocol.state.versions import Version, Voice


def commons_feature(thing: ThingState, around: Around, now_ms: int) -> Feature | None:
    """Return the feature of a commons; None where nothing of it is shown."""
    shown = shown_version(thing)
    if shown is None or not isinstance(shown.content, Commons):
        return None
    content = shown.content
    placing = placing_of(content)
    properties = {
        "name": one_text(content.name),
        "names": content.name,
        "resource": content.resources[0],
        "resources": list(dict.fromkeys(content.resources)),
        "status": thing.status,
        "voice": voice_of(shown),
        "contested": int(is_contested(thing, now_ms)),
        "stewards": [one_text(party.name) for party in content.stewards],
        "author": id_text(shown.author),
        "author_name": around.author_name,
        "territory": ", ".join(one_text(one.name) or "" for one in content.territory) or None,
        "country": _country(content.territory),
        "area_m2": None if placing is None else placing.area_m2,
        "uncertainty_m": content.uncertainty_m,
        "sensitivity": content.sensitivity,
        "legal": None if content.legal is None else one_text(content.legal.text),
        "pacts_in_force": around.pacts_in_force,
        "alerts_open": around.alerts_open,
        "labels": [label.code for label in content.labels],
        "licence": content.licence,
        "source": source_text(content.source),
        **times_of(thing, shown),
        "url": f"/thing/{id_text(thing.subject)}",
    }
    return made("commons", thing.subject, properties, content.geometry, thing.bbox, until=None)


def shown_version(thing: ThingState) -> Version | None:
    """Return the version shown of a thing, None where there is none, or its content is gone."""
    if thing.display is None or thing.display in thing.erased:
        return None
    version = thing.versions.all.get(thing.display)
    return None if version is None or version.content is None else version


def voice_of(version: Version) -> str:
    """Return who speaks, as features say it."""
    return "own" if version.voice is Voice.OWN else "other"


def is_contested(thing: ThingState, now_ms: int) -> bool:
    """Whether versions of a thing rival each other, or a challenge to it stands."""
    if len(thing.heads) > 1 or thing.status == "contested":
        return True
    if len(thing.judged) == 1:
        return False
    return any(one.said.stands for one in challenges(thing, present_ms(thing, now_ms)))


def times_of(thing: ThingState, shown: Version) -> dict[str, int]:
    """Return when a thing was first told of, and when the version shown was signed."""
    first = min(version.time_ms for version in thing.versions.all.values())
    return {"since": min(first, shown.time_ms), "changed": shown.time_ms}


def source_text(source: Source | None) -> str | None:
    """Return what a source is called, with its address."""
    if source is None:
        return None
    name: Any = one_text(source.name)
    return name if source.url is None else f"{name} ({source.url})"


def _country(territory: Sequence[Territory]) -> str | None:
    for one in territory:
        if one.level == "nation":
            return one.code or one_text(one.name)
    return None
