"""Who may sign for an actor: its versions, thresholds, recovery and removals (docs/protocol.md §7).

Everything here is computed from records alone, so every receiver that holds the same records says the
same, whatever order they came in.  Nothing depends on the times that authors wrote.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from protocol.identifiers import ActorId, RecordId, SubjectId, tagged_hash
from protocol.keys import PublicKey
from protocol.kinds.actor import Actor, recovery_digest
from protocol.record.verification import VerifiedRecord


class Standing(StrEnum):
    """What a version of an actor is worth to a record signed under it."""

    STANDS = "stands"  # in the accepted history: signatures under it can take effect
    RIVAL = "rival"  # on a branch of a contested actor: no effect until a higher rank resolves it
    REJECTED = "rejected"  # held, but not authorised, or on a branch that lost
    NOT_HELD = "not_held"  # not received yet


@dataclass(frozen=True)
class ActorState:
    """The verdict on an actor.  Two states with the same `digest` give every record the same effect.

    `standing` is the accepted history, oldest first; `head` its last version, None where the actor is not
    founded or is contested; `rivals` the heads of a contested actor's branches.
    """

    actor: ActorId
    standing: tuple[RecordId, ...]
    head: RecordId | None
    rivals: tuple[RecordId, ...]
    contents: Mapping[RecordId, Actor]
    parents: Mapping[RecordId, tuple[RecordId, ...]]
    signers: Mapping[RecordId, frozenset[PublicKey]]

    @property
    def founded(self) -> bool:
        """Whether the first version was signed by the threshold of its own keys."""
        return bool(self.standing)

    @property
    def contested(self) -> bool:
        """Whether rival successors of equal rank exist."""
        return bool(self.rivals)

    @property
    def current(self) -> Actor | None:
        """The version people are shown: the head, or the last one before the fork; None before founding."""
        return self.contents[self.standing[-1]] if self.standing else None

    @cached_property
    def digest(self) -> bytes:
        """32 bytes that change when, and only when, the verdict on some record could change."""
        held = b"".join(sorted(self.contents))
        lengths = len(self.standing).to_bytes(4) + len(self.rivals).to_bytes(4)
        return tagged_hash("actor-state", lengths + b"".join(self.standing) + b"".join(self.rivals) + held)

    @cached_property
    def _children(self) -> Mapping[RecordId, list[RecordId]]:
        children: dict[RecordId, list[RecordId]] = {}
        for version in self.standing:
            for parent in self.parents[version]:
                children.setdefault(parent, []).append(version)
        return children

    @cached_property
    def _branches(self) -> frozenset[RecordId]:
        seen: set[RecordId] = set()
        for rival in self.rivals:
            seen |= _ancestors(rival, self.parents)
        return frozenset(seen - set(self.standing))

    def standing_of(self, version: RecordId) -> Standing:
        """Return what a version is worth to records signed under it."""
        if version in self.standing:
            return Standing.STANDS
        if version in self._branches:
            return Standing.RIVAL
        return Standing.REJECTED if version in self.contents else Standing.NOT_HELD

    def lists(self, version: RecordId, key: PublicKey) -> bool:
        """Whether a held version lists `key` among its operational keys."""
        content = self.contents.get(version)
        return content is not None and any(entry.key == key for entry in content.keys)

    def removals(self, version: RecordId, key: PublicKey) -> list[RecordId]:
        """Return the accepted versions that first drop `key` after `version`, which lists it."""
        dropped: list[RecordId] = []
        waiting, seen = [version], {version}
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                if child in seen:
                    continue
                seen.add(child)
                if self.lists(child, key):
                    waiting.append(child)
                else:
                    dropped.append(child)
        return dropped

    def upheld_by(self, version: RecordId, key: PublicKey) -> frozenset[RecordId] | None:
        """Return the records that a version upholds of `key`, with their ancestors; None for all."""
        for entry in self.contents[version].upholds:
            if entry.key == key:
                return None if entry.everything else frozenset(RecordId(r) for r in entry.records)
        return frozenset()


def resolve_actor(actor: ActorId, records: Iterable[VerifiedRecord]) -> ActorState:
    """Judge an actor from the records about it (its versions and their cosigns; others are ignored)."""
    about = SubjectId(actor)
    versions: dict[RecordId, VerifiedRecord] = {}
    cosigns: list[VerifiedRecord] = []
    for record in records:
        header = record.header
        if header.kind == "actor" and record.subject == about:
            versions[record.id] = record
        elif header.kind == "cosign" and header.subject == about:
            cosigns.append(record)
    signers: dict[RecordId, set[PublicKey]] = {v: {r.header.signer} for v, r in versions.items()}
    for cosign in cosigns:
        if cosign.header.parents[0] in signers:
            signers[cosign.header.parents[0]].add(cosign.header.signer)
    graph = _VersionGraph(
        contents={v: r.content for v, r in versions.items()},
        parents={v: r.header.parents for v, r in versions.items()},
        signers={v: frozenset(keys) for v, keys in signers.items()},
    )
    standing, rivals = graph.settle(RecordId(actor))
    return ActorState(
        actor=actor,
        standing=standing,
        head=standing[-1] if standing and not rivals else None,
        rivals=rivals,
        contents=graph.contents,
        parents=graph.parents,
        signers=graph.signers,
    )


@dataclass(frozen=True)
class _VersionGraph:
    """The versions of one actor as a graph, and the walk from the first to the accepted one (§7.3)."""

    contents: dict[RecordId, Actor]
    parents: dict[RecordId, tuple[RecordId, ...]]
    signers: dict[RecordId, frozenset[PublicKey]]

    def settle(self, founding: RecordId) -> tuple[tuple[RecordId, ...], tuple[RecordId, ...]]:
        """Return the accepted history, oldest first, and the rivals that contest what comes after it."""
        if founding not in self.contents or not self._signed_by_own_keys(founding):
            return (), ()
        root, seen_roots = founding, {founding}
        while True:
            members = self._operational_closure(root)
            recoveries = self._successors(members, self._recovers)
            if not recoveries:
                return self._history(self._heads(members))
            chosen = recoveries if len(recoveries) == 1 else self._joint_recovery(recoveries)
            if len(chosen) != 1 or chosen[0] in seen_roots:
                return self._history(sorted(recoveries))
            root = chosen[0]
            seen_roots.add(root)

    def _operational_closure(self, root: RecordId) -> set[RecordId]:
        """Return `root` and all that follows from it by operational thresholds alone."""
        members = {root}
        while new := self._successors(members, self._rotates):
            members.update(new)
        return members

    def _successors(
        self, members: set[RecordId], authorised: Callable[[RecordId, RecordId], bool]
    ) -> list[RecordId]:
        return sorted(
            version
            for version, parents in self.parents.items()
            if version not in members
            and parents
            and all(p in members for p in parents)
            and all(authorised(version, p) for p in parents)
        )

    def _joint_recovery(self, rivals: list[RecordId]) -> list[RecordId]:
        """Return the versions that name all rival recoveries as parents and are a recovery of each."""
        return [
            version
            for version, parents in sorted(self.parents.items())
            if set(rivals) <= set(parents)
            and all(p in self.contents and self._recovers(version, p) for p in parents)
        ]

    def _heads(self, members: set[RecordId]) -> list[RecordId]:
        followed = {parent for version in members for parent in self.parents[version]}
        return sorted(members - followed)

    def _history(self, heads: list[RecordId]) -> tuple[tuple[RecordId, ...], tuple[RecordId, ...]]:
        """Return the versions that all heads share, oldest first, and the heads where there are several."""
        shared = set.intersection(*(_ancestors(head, self.parents) for head in heads))
        order = sorted(shared, key=lambda version: (len(_ancestors(version, self.parents)), version))
        return tuple(order), tuple(heads) if len(heads) > 1 else ()

    def _signed_by_own_keys(self, version: RecordId) -> bool:
        content = self.contents[version]
        return len(self.signers[version] & {e.key for e in content.keys}) >= content.threshold

    def _rotates(self, version: RecordId, parent: RecordId) -> bool:
        """Whether the parent's operational threshold signed, leaving the recovery commitment as it was."""
        before, after = self.contents[parent], self.contents[version]
        if before.recovery is not None and after.recovery != before.recovery:
            return False
        if self._recovers(version, parent):
            return False  # it outranks a rotation, and is judged as what it is
        return len(self.signers[version] & {e.key for e in before.keys}) >= before.threshold

    def _recovers(self, version: RecordId, parent: RecordId) -> bool:
        """Whether the threshold of the parent's committed recovery keys signed."""
        recovery = self.contents[parent].recovery
        if recovery is None:
            return False
        digests = set(recovery.digests)
        return sum(recovery_digest(key) in digests for key in self.signers[version]) >= recovery.threshold


def _ancestors(version: RecordId, parents: Mapping[RecordId, tuple[RecordId, ...]]) -> set[RecordId]:
    """Return `version` and every held version it descends from."""
    seen: set[RecordId] = set()
    waiting = [version]
    while waiting:
        here = waiting.pop()
        if here not in seen and here in parents:
            seen.add(here)
            waiting.extend(parents[here])
    return seen
