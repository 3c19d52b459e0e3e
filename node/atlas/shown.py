"""What features of every kind say of a thing: which version, who speaks, since when, from where."""

from collections.abc import Mapping, Sequence
from typing import Any

from node.atlas.feature import Around, one_text
from node.present import present_ms
from protocol.identifiers import id_text
from protocol.kinds.commons import Territory
from protocol.kinds.text import Source
from protocol.state.contest import challenges
from protocol.state.fold import ThingState
from protocol.state.versions import Version, Voice


def shown_version(thing: ThingState) -> Version | None:
    """Return the version shown of a thing, None where there is none, or its content is gone."""
    if thing.display is None or thing.display in thing.erased:
        return None
    version = thing.versions.all.get(thing.display)
    return None if version is None or version.content is None else version


def said_of_every_kind(
    thing: ThingState, shown: Version, around: Around, now_ms: int, source: Source | None
) -> Mapping[str, Any]:
    """Return the properties that features of every kind have."""
    names = dict(thing.title)
    first_ms = min(version.time_ms for version in thing.versions.all.values())
    return {
        "name": one_text(names),
        "names": names,
        "status": thing.status,
        "voice": "own" if shown.voice is Voice.OWN else "other",
        "contested": int(_is_contested(thing, now_ms)),
        "author": id_text(shown.author),
        "author_name": around.author_name,
        "licence": shown.content.licence,
        "source": _source_text(source),
        "since": min(first_ms, shown.time_ms),
        "changed": shown.time_ms,
        "url": f"/thing/{id_text(thing.subject)}",
    }


def territory_text(territory: Sequence[Territory]) -> str | None:
    """Return what a thing lies in, in one line."""
    return ", ".join(one_text(one.name) or "" for one in territory) or None


def _is_contested(thing: ThingState, now_ms: int) -> bool:
    """Whether versions of a thing rival each other, or a challenge to it stands."""
    if len(thing.heads) > 1 or thing.status == "contested":
        return True
    if len(thing.judged) == 1:
        return False
    return any(one.said.stands for one in challenges(thing, present_ms(thing, now_ms)))


def _source_text(source: Source | None) -> str | None:
    if source is None:
        return None
    name = one_text(source.name)
    return name if source.url is None else f"{name} ({source.url})"
