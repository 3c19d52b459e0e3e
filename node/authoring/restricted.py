"""Places that are not told in full: made coarse or left out before signing, and kept out of every word.

What is signed and sent cannot be taken back from everybody, so the check stands where every writer passes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from node.authoring.place_words import places_told
from node.errors import ConfigError
from node.store.interface import Store
from protocol.generalising import GRIDS_UNITS, generalise
from protocol.identifiers import SubjectId
from protocol.kinds import KINDS
from protocol.kinds.privacy import COARSE

GRIDS = dict(zip(("0.001", "0.01", "0.1"), GRIDS_UNITS, strict=True))
"""The grids by their size in degrees, as people name them."""

# About a kilometre: hides which spring or field of a valley is meant, and still says in which valley.
DEFAULT_GRID = "0.01"

# From the most to the least told.
_TIERS = ("public", "generalised", "sealed", "withheld")

PLACE_FIELDS = ("geometry", "uncertainty_m", "sensitivity", "sealed")

# Things of a pact or an alert that are looked up: more than these are some that nobody keeps apart.
THINGS_LOOKED_UP_MAX = 256


class TellsPlace(ConfigError):
    """A text tells the place of what is kept back; the message names the field and the words."""


def coarsened(payload: Mapping[str, Any], grid: str | None = None) -> dict[str, Any]:
    """Return a payload whose place is as coarse as its `sensitivity` says: on a grid, left out, or as it is.

    A place that is coarse enough already stays.  Of what is sealed nothing stays but where a grid is named.
    Raises `OverLimit` where the grid is too fine for the place.
    """
    tier = payload.get("sensitivity", "public")
    kept = {name: value for name, value in payload.items() if name != "sealed" or tier == "sealed"}
    geometry = kept.get("geometry")
    if tier == "withheld" or (tier == "sealed" and grid is None and not _is_coarse(kept)):
        kept.pop("geometry", None)
        kept.pop("uncertainty_m", None)
    elif tier in COARSE and geometry is not None:
        coarse, uncertainty_m = generalise(geometry, GRIDS[grid or DEFAULT_GRID])
        before_m = kept.get("uncertainty_m") or 0
        if coarse != geometry or before_m < uncertainty_m:
            kept |= {"geometry": coarse, "uncertainty_m": uncertainty_m + before_m}
    return kept


def _is_coarse(payload: Mapping[str, Any]) -> bool:
    """Whether a place has been made coarse before, on any grid."""
    geometry, uncertainty_m = payload.get("geometry"), payload.get("uncertainty_m")
    if geometry is None or uncertainty_m is None:
        return False
    coarse = generalise(geometry, GRIDS_UNITS[0])
    return coarse.geometry == geometry and coarse.uncertainty_m <= int(uncertainty_m)


def place_changes(
    before: Mapping[str, Any], changes: Mapping[str, Any], grid: str | None = None
) -> dict[str, Any]:
    """Return `changes` to a payload such that what comes out tells no more of its place than it says.

    None takes a field out.  Raises what `coarsened` raises.
    """
    after = {**before, **changes}
    if changes.get("geometry") is not None and "uncertainty_m" not in changes:
        after["uncertainty_m"] = None  # it was that of another place
    coarse = coarsened({name: value for name, value in after.items() if value is not None}, grid)
    # The precise place is nowhere in what is returned, also where the coarse one is the same as before.
    told = {name: value for name, value in changes.items() if name not in PLACE_FIELDS}
    return told | {name: coarse.get(name) for name in PLACE_FIELDS if coarse.get(name) != before.get(name)}


def as_little_as_before(payload: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return a payload that tells no more of its place than the version before it, by the same actor.

    A table gives a place as it always did; that the actor keeps it back by now is not in the table.  Then all
    that is told of the place stays as it was told last: a coarse one must not become finer, and two coarse
    ones tell more than one.
    """
    mine, theirs = _tier(payload), _tier(before)
    finer = (payload.get("uncertainty_m") or 0) < (before.get("uncertainty_m") or 0)
    if mine > theirs or theirs == 0 or (mine == theirs and not finer):
        return payload
    told = {name: value for name, value in payload.items() if name not in PLACE_FIELDS}
    return told | {name: before[name] for name in PLACE_FIELDS if before.get(name) is not None}


def _tier(payload: Mapping[str, Any]) -> int:
    tier = payload.get("sensitivity", "public")
    # A word of somebody's own is no leave to publish.
    return _TIERS.index(tier) if tier in _TIERS else len(_TIERS)


def require_silence(payload: Mapping[str, Any]) -> None:
    """Check that no text of a payload tells a place.  Raises `TellsPlace`."""
    for field, text in texts_of(payload):
        for told in places_told(text):
            raise TellsPlace(
                f"the field {field} tells where it is, which is kept back or told only roughly: "
                f"{told.words!r} ({told.habit}); everybody will read this, so leave it out, or seal it for "
                "those who should know"
            )


async def require_kept(
    store: Store, kind: str, payload: Mapping[str, Any], subject: SubjectId | None
) -> None:
    """Check a record before it is signed: no text tells the place of anything it is about, where that is kept
    back.  Raises `TellsPlace`.
    """
    if kind in KINDS and "sensitivity" in KINDS[kind].content_type.__struct_fields__:
        kept = payload.get("sensitivity", "public") != "public"
    else:
        kept = subject is not None and await is_kept(store, subject)
    if await names_kept(store, payload):
        if payload.get("geometry") is not None and "sensitivity" not in payload:
            raise TellsPlace(
                "it is about a place that is kept back or told only roughly, and gives a place of its own: "
                "say with --sensitivity how much of it everybody may know"
            )
        kept = True
    if kept:
        require_silence(payload)


async def names_kept(store: Store, payload: Mapping[str, Any]) -> bool:
    """Whether a record is about a commons, by its id, whose place is kept back."""
    named = payload.get("commons")
    things = named if isinstance(named, list) else []
    for entry in things[:THINGS_LOOKED_UP_MAX]:
        subject = entry.get("subject") if isinstance(entry, dict) else None
        if isinstance(subject, bytes) and await is_kept(store, SubjectId(subject)):
            return True
    return False


async def is_kept(store: Store, subject: SubjectId) -> bool:
    """Whether somebody who may speak for a thing keeps its place back, or that of a commons it is about."""
    thing = await store.thing(subject)
    if thing is None:
        return False
    for head in {*thing.heads, *([thing.display] if thing.display else [])}:
        content = thing.versions.all[head].content if head in thing.versions.all else None
        if getattr(content, "sensitivity", "public") != "public":
            return True
        for commons in (getattr(content, "commons", None) or [])[:THINGS_LOOKED_UP_MAX]:
            other = None if commons.subject is None else await store.thing(SubjectId(commons.subject))
            shown = None if other is None or other.display is None else other.versions.all.get(other.display)
            if getattr(shown and shown.content, "sensitivity", "public") != "public":
                return True
    return False


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a payload with the field it stands in, such as `evidence 2, title, es`."""
    match value:
        case str():
            yield path, value
        case dict():
            for name, part in value.items():
                if name != "geometry":
                    yield from texts_of(part, f"{path}, {name}" if path else str(name))
        case list() | tuple():
            for number, part in enumerate(value, 1):
                yield from texts_of(part, f"{path} {number}")
