"""An alert as a feature: where it says that it is, else where the commons are that it is about."""

from node.atlas.feature import Around, Feature, made
from node.atlas.shown import said_of_every_kind, shown_version
from protocol.identifiers import id_text
from protocol.kinds.alert import Alert
from protocol.state.fold import ThingState
from protocol.state.versions import Voice

_IN_EFFECT = frozenset({Voice.OWN.value, Voice.OTHER.value})


def alert_feature(thing: ThingState, around: Around, now_ms: int) -> Feature | None:
    """Return the feature of an alert; None where nothing of it is shown."""
    shown = shown_version(thing)
    if shown is None or not isinstance(shown.content, Alert):
        return None
    content = shown.content
    # Where an alert keeps its own place back, it is not put on the map by another's.
    elsewhere = content.geometry is None and content.sensitivity == "public"
    properties = {
        **said_of_every_kind(thing, shown, around, now_ms, content.source),
        "type": content.type,
        "state": alert_state(thing, content),
        "since_when": content.since,
        "commons": [id_text(one.subject) for one in content.commons if one.subject is not None],
        "uncertainty_m": around.uncertainty_m if elsewhere else content.uncertainty_m,
        "sensitivity": content.sensitivity,
    }
    geometry, box = (around.geometry, around.box) if elsewhere else (content.geometry, thing.bbox)
    return made("alerts", thing.subject, properties, geometry, box)


def alert_state(thing: ThingState, content: Alert) -> str:
    """Return whether an alert goes on; of one that is not in effect, how its record stands."""
    return content.state if thing.status in _IN_EFFECT else thing.status
