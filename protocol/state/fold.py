"""The fold: from all records about a subject to the state that people see (docs/protocol.md §8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocol.geometry_units import BoundingBox
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds import KINDS
from protocol.kinds.alert import Alert
from protocol.kinds.gist import search_text_of, title_of
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState, resolve_actor
from protocol.state.effect import ActorLookup, Effect, Judged, Lineage, judge_all
from protocol.state.erasures import erased_among
from protocol.state.pacts import PactState, judge_pact
from protocol.state.versions import Versions, Voice, arrange_versions


@dataclass(frozen=True, slots=True)
class ThingState:
    """What the records about one subject amount to.

    `status` does not depend on the moment; for a pact, `pact.status_on(day)` adds the calendar.
    `display` is the version shown first, None where nothing may be shown yet.
    """

    subject: SubjectId
    kind: str
    status: str
    display: RecordId | None
    heads: tuple[RecordId, ...]
    voice: str
    title: Mapping[str, str]
    search_text: str
    bbox: BoundingBox | None
    actors: frozenset[ActorId]  # whose state the verdict depends on
    linked: frozenset[ActorId]  # stewards or parties of the version shown
    erased: frozenset[RecordId]
    judged: Mapping[RecordId, Judged]
    versions: Versions
    pact: PactState | None = None
    actor: ActorState | None = None


def fold(subject: SubjectId, records: Iterable[VerifiedRecord], actors: ActorLookup) -> ThingState:
    """Return the state of a subject from every held record about it; their order does not matter.

    `actors` gives the judged state of an actor, or None where no record of it is held.
    """
    held = sorted(records, key=lambda record: record.id)
    lineage = Lineage(held)
    kind = _kind_of(subject, held)
    judged = judge_all(lineage, actors)
    erased = erased_among(judged)
    if kind == "actor":
        return _fold_actor(subject, held, judged, erased)
    versions = arrange_versions(subject, kind, judged, erased)
    pact = judge_pact(RecordId(subject), versions, judged, erased) if kind == "pact" else None
    display = _display(subject, versions, pact)
    content = versions.all[display].content if display is not None else None
    header = judged[display].record.header if display is not None else None
    return ThingState(
        subject=subject,
        kind=kind,
        status=_status(display, versions, pact),
        display=display,
        heads=versions.heads,
        voice=versions.all[display].voice.value if display is not None else "",
        title=title_of(content),
        search_text=search_text_of(content),
        bbox=header.bbox if header is not None and content is not None else None,
        actors=frozenset(r.header.actor for r in held if r.header.actor is not None),
        linked=versions.all[display].linked if display is not None else frozenset(),
        erased=erased,
        judged=judged,
        versions=versions,
        pact=pact,
    )


def _kind_of(subject: SubjectId, held: list[VerifiedRecord]) -> str:
    """Return the kind of the thing: that of its first record, or of its versions while that is not held."""
    kinds = []
    for record in held:
        if record.id == RecordId(subject):
            return record.header.kind
        known = KINDS.get(record.header.kind)
        if known is not None and known.is_version:
            kinds.append(record.header.kind)
    return min(kinds, default="")


def _display(subject: SubjectId, versions: Versions, pact: PactState | None) -> RecordId | None:
    if pact is not None and pact.in_force is not None:
        return pact.in_force
    if versions.heads:
        return versions.heads[0]
    # A council's proposal that waits for signatures is shown as just that.
    waiting = [v for v in versions.all.values() if v.effect in (Effect.AWAITING, Effect.CONTESTED)]
    return min(waiting, key=lambda v: (v.id != RecordId(subject), -v.time_ms, v.id)).id if waiting else None


def _status(display: RecordId | None, versions: Versions, pact: PactState | None) -> str:
    if display is None:
        effects = {version.effect for version in versions.all.values()}
        return Effect.UNKNOWN_AUTHOR.value if Effect.UNKNOWN_AUTHOR in effects else Effect.VOID.value
    shown = versions.all[display]
    if not shown.live:
        return shown.effect.value if shown.effect is not Effect.EFFECTIVE else "awaiting_consent"
    if shown.content is None:
        return "erased"
    if pact is not None:
        return pact.status.value
    if isinstance(shown.content, Alert):
        return shown.content.state
    claims = [versions.all[h] for h in versions.heads if versions.all[h].voice is Voice.OWN]
    speakers = {claim.author for claim in claims}
    if not all(speakers <= claim.linked for claim in claims):
        return "contested"
    return shown.voice.value


def _fold_actor(
    subject: SubjectId,
    held: list[VerifiedRecord],
    judged: Mapping[RecordId, Judged],
    erased: frozenset[RecordId],
) -> ThingState:
    state = resolve_actor(ActorId(subject), held)
    shown = state.standing[-1] if state.standing else None
    content = state.current
    status = "contested" if state.contested else "founded" if state.founded else "awaiting"
    if content is None and RecordId(subject) in state.contents:
        shown, content = RecordId(subject), state.contents[RecordId(subject)]
    return ThingState(
        subject=subject,
        kind="actor",
        status=status,
        display=shown,
        heads=state.rivals or ((state.head,) if state.head else ()),
        voice=Voice.OWN.value,
        title=title_of(content),
        search_text=search_text_of(content),
        bbox=None,
        # Others make statements about an actor, too.
        actors=frozenset({ActorId(subject), *(r.header.actor for r in held if r.header.actor is not None)}),
        linked=frozenset(),
        erased=erased,
        judged=judged,
        versions=Versions({}, (), frozenset()),
        actor=state,
    )
