"""A place as a feature: the territory that it documents, and what the commons in it come to."""

from node.atlas.feature import Around, Feature, made
from node.atlas.shown import said_of_every_kind, shown_version, territory_text
from protocol.kinds import placing
from protocol.kinds.place import Place
from protocol.state.fold import ThingState
from protocol.state.territories import IN_FORCE, Figures


def territory_feature(thing: ThingState, around: Around, now_ms: int) -> Feature | None:
    """Return the feature of a place; None where nothing of it is shown."""
    shown = shown_version(thing)
    if shown is None or not isinstance(shown.content, Place):
        return None
    content = shown.content
    documents = None if around.placing is None else around.placing.documents
    figures = around.figures or Figures()
    properties = {
        **said_of_every_kind(thing, shown, around, now_ms, content.source),
        "level": content.level,
        "code": content.code,
        "territory": territory_text(content.territory),
        "commons": figures.commons.number,
        "area_m2": figures.commons.area_m2,
        "area_known_of": figures.commons.measured,
        "pacts_in_force": sum(figures.pacts[status] for status in IN_FORCE),
        "uncertainty_m": content.uncertainty_m,
        "figures": None if documents is None else f"/territory/{placing.territory_text(documents)}",
    }
    return made("territories", thing.subject, properties, content.geometry, thing.bbox)
