"""Versions of a thing: what follows what, the heads, and the one shown first (docs/protocol.md §8.1–8.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds import KINDS
from protocol.kinds.commons import Commons
from protocol.kinds.pact import Consent, Pact
from protocol.state.effect import Effect, Judged


class Voice(StrEnum):
    """Who speaks in a version."""

    OWN = "own"  # the author is one of the stewards or parties that the version names
    OTHER = "documented"  # somebody else documents it


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a thing that takes effect or waits to."""

    id: RecordId
    author: ActorId
    effect: Effect
    content: Any  # None once erased
    parents: tuple[RecordId, ...]
    time_ms: int
    voice: Voice
    awaiting_consent: frozenset[ActorId]  # stewards who have not agreed to a change of stewards

    @property
    def live(self) -> bool:
        """Whether it takes effect as a version."""
        return self.effect is Effect.EFFECTIVE and not self.awaiting_consent


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a thing; `heads` in the order they are shown."""

    all: Mapping[RecordId, Version]
    heads: tuple[RecordId, ...]


def linked_actors(content: Any) -> frozenset[ActorId]:
    """Return the actors that a version names as stewards or parties."""
    if isinstance(content, Commons):
        parties = content.stewards
    elif isinstance(content, Pact):
        parties = content.parties
    else:
        return frozenset()
    return frozenset(ActorId(party.actor) for party in parties if party.actor is not None)


def arrange_versions(
    subject: SubjectId, kind: str, judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> Versions:
    """Arrange the versions of a thing of `kind` into a graph with its heads."""
    consents = _consents_given(judged, erased)
    versions: dict[RecordId, Version] = {}
    for verdict in judged.values():
        record = verdict.record
        if (
            record.header.kind != kind
            or record.header.actor is None
            or not _is_version(kind, record.id == RecordId(subject))
        ):
            continue
        content = None if record.id in erased else record.content
        own = record.header.actor in linked_actors(content)
        versions[record.id] = Version(
            id=record.id,
            author=record.header.actor,
            effect=verdict.effect,
            content=content,
            parents=record.header.parents,
            time_ms=record.header.time_ms,
            voice=Voice.OWN if own else Voice.OTHER,
            awaiting_consent=_consent_missing(record.id, kind, judged, erased, consents),
        )
    return Versions(versions, _heads(RecordId(subject), versions))


def may_follow(version: Version, parent: Version) -> bool:
    """Whether the author of `version` may replace `parent`: its own author, or one of those it names."""
    return version.author == parent.author or version.author in linked_actors(parent.content)


def _is_version(kind: str, first: bool) -> bool:
    known = KINDS.get(kind)
    return first or known is None or known.is_version


def _heads(root: RecordId, versions: Mapping[RecordId, Version]) -> tuple[RecordId, ...]:
    superseded: set[RecordId] = set()
    for version in versions.values():
        if not version.live:
            continue
        for parent_id in version.parents:
            parent = versions.get(parent_id)
            if parent is not None and parent.live and may_follow(version, parent):
                superseded.add(parent_id)
    heads = [version for version in versions.values() if version.live and version.id not in superseded]
    original = _line_of(root, versions)
    heads.sort(key=lambda v: (v.voice is not Voice.OWN, v.id not in original, -v.time_ms, v.id))
    return tuple(version.id for version in heads)


def _line_of(root: RecordId, versions: Mapping[RecordId, Version]) -> set[RecordId]:
    """Return the versions that follow the first one, each by somebody who may."""
    line = {root} if root in versions and versions[root].live else set()
    grown = bool(line)
    while grown:
        grown = False
        for version in versions.values():
            if version.id in line or not version.live:
                continue
            if any(p in line and may_follow(version, versions[p]) for p in version.parents):
                line.add(version.id)
                grown = True
    return line


def _consents_given(
    judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> Mapping[RecordId, frozenset[ActorId]]:
    """Return, for each version, the actors that effectively consent to it."""
    given: dict[RecordId, set[ActorId]] = {}
    for verdict in judged.values():
        record = verdict.record
        if record.header.kind != "consent" or verdict.effect is not Effect.EFFECTIVE or record.id in erased:
            continue
        if isinstance(record.content, Consent) and record.content.decision == "consent":
            for parent in record.header.parents:
                if record.header.actor is not None:
                    given.setdefault(parent, set()).add(record.header.actor)
    return {version: frozenset(actors) for version, actors in given.items()}


def _consent_missing(
    version: RecordId,
    kind: str,
    judged: Mapping[RecordId, Judged],
    erased: frozenset[RecordId],
    consents: Mapping[RecordId, frozenset[ActorId]],
) -> frozenset[ActorId]:
    """Return the present stewards whose consent a change of stewards still lacks.

    Only where the stewards speak for themselves: who merely documents may correct whom they named.
    """
    if kind != "commons":
        return frozenset()
    record = judged[version].record
    after = linked_actors(None if version in erased else record.content)
    missing: set[ActorId] = set()
    for parent_id in record.header.parents:
        parent = judged.get(parent_id)
        if parent is None or parent_id in erased or parent.record.header.actor is None:
            continue
        before = linked_actors(parent.record.content)
        spoke_for_itself = parent.record.header.actor in before
        if spoke_for_itself and record.header.actor in before and before != after:
            missing |= before - {record.header.actor} - consents.get(version, frozenset())
    return frozenset(missing)
