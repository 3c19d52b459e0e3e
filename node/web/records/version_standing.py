"""What has become of one version of a thing: whether it is the one that counts, and if not, why not."""

from enum import StrEnum

from protocol.identifiers import RecordId
from protocol.state.authority import Standing
from protocol.state.effect import Effect
from protocol.state.fold import ThingState


class VersionStanding(StrEnum):
    """What a version is worth beside the others, as this node's records have it."""

    IN_FORCE = "in_force"  # of a pact: what its parties agreed
    SHOWN = "shown"  # the version that stands, or the first of those that do
    BESIDE = "beside"  # another is shown, and nothing chooses between the two
    REPLACED = "replaced"
    ERASED = "erased"
    AWAITING = "awaiting"  # signatures
    AWAITING_CONSENT = "awaiting_consent"  # that of the stewards to a change of stewards
    CONTESTED = "contested"  # signed while it is contested who may sign for its author
    UNKNOWN_AUTHOR = "unknown_author"
    VOID = "void"
    NO_VERSION = "no_version"  # an act about a thing: a consent, a report, a signature


_OF_EFFECT = {
    Effect.AWAITING: VersionStanding.AWAITING,
    Effect.CONTESTED: VersionStanding.CONTESTED,
    Effect.UNKNOWN_AUTHOR: VersionStanding.UNKNOWN_AUTHOR,
    Effect.VOID: VersionStanding.VOID,
}


def standing_of(thing: ThingState, record: RecordId) -> VersionStanding:
    """Return what has become of a held record as a version of the thing that it is about."""
    if thing.actor is not None:
        return _of_actor(thing, record)
    version = thing.versions.all.get(record)
    if version is None:
        verdict = thing.judged.get(record)
        is_version = verdict is not None and verdict.record.header.kind == thing.kind
        return VersionStanding.VOID if is_version else VersionStanding.NO_VERSION
    if record in thing.erased or version.content is None:
        return VersionStanding.ERASED
    if version.effect is not Effect.EFFECTIVE:
        return _OF_EFFECT[version.effect]
    if version.awaiting_consent:
        return VersionStanding.AWAITING_CONSENT
    if thing.pact is not None and thing.pact.in_force == record:
        return VersionStanding.IN_FORCE
    if record == thing.display:
        return VersionStanding.SHOWN
    return VersionStanding.BESIDE if record in thing.heads else VersionStanding.REPLACED


def _of_actor(thing: ThingState, record: RecordId) -> VersionStanding:
    state = thing.actor
    assert state is not None
    if record not in state.contents:
        return VersionStanding.NO_VERSION
    if state.contested and record in state.rivals:
        return VersionStanding.BESIDE
    if record == thing.display:
        return VersionStanding.SHOWN if state.founded else VersionStanding.AWAITING
    match state.standing_of(record):
        case Standing.STANDS:
            return VersionStanding.REPLACED
        case Standing.RIVAL:
            return VersionStanding.CONTESTED
    return VersionStanding.VOID
