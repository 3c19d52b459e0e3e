"""Versions of a thing: what follows what, the heads, and the one shown first (docs/protocol.md §8.1–8.3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.kinds import KINDS
from protocol.kinds.gist import linked_actors
from protocol.kinds.pact import Consent
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
    linked: frozenset[ActorId]  # stewards or parties; where the content is gone, those of what it followed
    voice: Voice
    awaiting_consent: frozenset[ActorId]  # stewards who have not agreed to a change of stewards

    @property
    def live(self) -> bool:
        """Whether it takes effect as a version."""
        return self.effect is Effect.EFFECTIVE and not self.awaiting_consent


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of a thing; `heads` in the order they are shown.

    `line` is the first version and what follows it, each step by somebody who may: not what others started.
    """

    all: Mapping[RecordId, Version]
    heads: tuple[RecordId, ...]
    line: frozenset[RecordId]


def arrange_versions(
    subject: SubjectId, kind: str, judged: Mapping[RecordId, Judged], erased: frozenset[RecordId]
) -> Versions:
    """Arrange the versions of a thing of `kind` into a graph with its heads."""
    found = {
        verdict.record.id: verdict
        for verdict in judged.values()
        if verdict.record.header.kind == kind
        and verdict.record.header.actor is not None
        and _is_version(kind, verdict.record.id == RecordId(subject))
    }
    contents = {v: None if v in erased else verdict.record.content for v, verdict in found.items()}
    parents = {v: verdict.record.header.parents for v, verdict in found.items()}
    linked: dict[RecordId, frozenset[ActorId]] = {}
    for version in parents_first(parents):
        # Taking the content out gives nobody a say and takes it from nobody.
        linked[version] = (
            linked_actors(contents[version])
            if contents[version] is not None
            else frozenset().union(*(linked[p] for p in parents[version] if p in linked))
        )
    consents = _consents_given(judged, erased)
    versions: dict[RecordId, Version] = {}
    for version, verdict in found.items():
        author = verdict.record.header.actor
        assert author is not None  # only an actor's first record has none
        versions[version] = Version(
            id=version,
            author=author,
            effect=verdict.effect,
            content=contents[version],
            parents=parents[version],
            time_ms=verdict.record.header.time_ms,
            linked=linked[version],
            voice=Voice.OWN if author in linked[version] else Voice.OTHER,
            awaiting_consent=_consent_missing(version, found, linked, consents)
            if kind == "commons"
            else frozenset(),
        )
    line = _line_of(RecordId(subject), versions)
    return Versions(versions, _heads(versions, line), frozenset(line))


def may_follow(version: Version, parent: Version) -> bool:
    """Whether the author of `version` may replace `parent`: its own author, or one of those it names."""
    return version.author == parent.author or version.author in parent.linked


def parents_first(parents: Mapping[RecordId, tuple[RecordId, ...]]) -> list[RecordId]:
    """Return the versions in an order in which each comes after those of its parents that are held."""
    children: dict[RecordId, list[RecordId]] = {}
    missing = {}
    for version, followed in parents.items():
        held = [parent for parent in followed if parent in parents]
        missing[version] = len(held)
        for parent in held:
            children.setdefault(parent, []).append(version)
    order = [version for version, count in missing.items() if count == 0]
    for version in order:  # grows while it is read
        for child in children.get(version, ()):
            missing[child] -= 1
            if not missing[child]:
                order.append(child)
    return order


def _is_version(kind: str, first: bool) -> bool:
    known = KINDS.get(kind)
    return first or known is None or known.is_version


def _heads(versions: Mapping[RecordId, Version], line: set[RecordId]) -> tuple[RecordId, ...]:
    superseded: set[RecordId] = set()
    for version in versions.values():
        if not version.live:
            continue
        for parent_id in version.parents:
            parent = versions.get(parent_id)
            if parent is not None and parent.live and may_follow(version, parent):
                superseded.add(parent_id)
    heads = [version for version in versions.values() if version.live and version.id not in superseded]
    heads.sort(key=lambda v: (v.voice is not Voice.OWN, v.id not in line, -v.time_ms, v.id))
    return tuple(version.id for version in heads)


def _line_of(root: RecordId, versions: Mapping[RecordId, Version]) -> set[RecordId]:
    """Return the versions that follow the first one, each by somebody who may."""
    line: set[RecordId] = set()
    for version_id in parents_first({v.id: v.parents for v in versions.values()}):
        version = versions[version_id]
        if version.live and (
            version_id == root or any(p in line and may_follow(version, versions[p]) for p in version.parents)
        ):
            line.add(version_id)
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
    found: Mapping[RecordId, Judged],
    linked: Mapping[RecordId, frozenset[ActorId]],
    consents: Mapping[RecordId, frozenset[ActorId]],
) -> frozenset[ActorId]:
    """Return the present stewards whose consent a change of stewards still lacks.

    Only where the stewards speak for themselves: who merely documents may correct whom they named.
    """
    header, after = found[version].record.header, linked[version]
    missing: set[ActorId] = set()
    for parent in header.parents:
        if parent not in found:
            continue
        before = linked[parent]
        spoke_for_itself = found[parent].record.header.actor in before
        if spoke_for_itself and header.actor in before and before != after:
            missing |= before - {header.actor} - consents.get(version, frozenset())
    return frozenset(missing)
