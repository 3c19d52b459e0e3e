"""A pact as a feature: where it stands at present, and where the commons are that it is about."""

from node.atlas.feature import Around, Feature, made, one_text
from node.atlas.shown import said_of_every_kind, shown_version
from node.present import present_ms, present_status
from protocol.identifiers import id_text
from protocol.kinds.pact import Pact
from protocol.state.course import DAY_MS, as_of, day_of, day_start_ms
from protocol.state.fold import ThingState
from protocol.state.territories import IN_FORCE


def pact_feature(thing: ThingState, around: Around, now_ms: int) -> Feature | None:
    """Return the feature of a pact; None where nothing of it is shown."""
    shown = shown_version(thing)
    if shown is None or not isinstance(shown.content, Pact):
        return None
    content = shown.content
    status = present_status(thing, now_ms)
    last_day = _last_day(thing, content, now_ms)
    properties = {
        **said_of_every_kind(
            thing, shown, around, now_ms, content.reported.source if content.reported else None
        ),
        "status": status,
        "parties": [one_text(party.name) for party in content.parties],
        "commons": [id_text(one.subject) for one in content.commons if one.subject is not None],
        "start": content.term.start,
        "end": last_day,
        "in_force": int(status in IN_FORCE),
        "intensity": content.intensity,
        "uncertainty_m": around.uncertainty_m,
    }
    until = None if last_day is None else day_start_ms(last_day) + DAY_MS - 1
    return made("pacts", thing.subject, properties, around.geometry, around.box, until=until)


def _last_day(thing: ThingState, content: Pact, now_ms: int) -> str | None:
    """Return the last day on which a pact holds, by what is known at present; None where it has none."""
    moment_ms = present_ms(thing, now_ms)
    end = as_of(thing, moment_ms).standing_on(day_of(moment_ms)).end
    return end or content.term.end
