"""Who may sign for an actor: its versions, thresholds, recovery and removals (docs/protocol.md §7).

Everything here is computed from records alone, so every receiver that holds the same records says the
same, whatever order they came in.  Nothing depends on the times that authors wrote.
"""

from collections.abc import Iterable, Mapping
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
    founded or is contested; `rivals` the heads of a contested actor's branches, and `branches` every
    version on one of them.
    """

    actor: ActorId
    standing: tuple[RecordId, ...]
    head: RecordId | None
    rivals: tuple[RecordId, ...]
    branches: frozenset[RecordId]
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
        """32 bytes that change whenever the verdict on some record could change.

        Versions that do not stand are left out: a stranger can sign any number of them, and what is signed
        under them counts as little before they come as after.
        """
        parts = (self.standing, self.rivals, sorted(self.branches))
        lengths = b"".join(len(part).to_bytes(4) for part in parts)
        return tagged_hash("actor-state", lengths + b"".join(b"".join(part) for part in parts))

    @cached_property
    def _accepted(self) -> frozenset[RecordId]:
        return frozenset(self.standing)

    @cached_property
    def _children(self) -> Mapping[RecordId, list[RecordId]]:
        children: dict[RecordId, list[RecordId]] = {}
        for version in self.standing:
            for parent in self.parents[version]:
                children.setdefault(parent, []).append(version)
        return children

    @cached_property
    def _listed(self) -> Mapping[RecordId, frozenset[PublicKey]]:
        return {v: frozenset(PublicKey(e.key) for e in content.keys) for v, content in self.contents.items()}

    @cached_property
    def _removals(self) -> dict[PublicKey, Mapping[RecordId, frozenset[RecordId]]]:
        return {}  # filled as keys are asked for

    @cached_property
    def _upheld(self) -> Mapping[tuple[RecordId, PublicKey], frozenset[RecordId] | None]:
        return {
            (version, PublicKey(entry.key)): None
            if entry.everything
            else frozenset(RecordId(record) for record in entry.records)
            for version in self.standing
            for entry in self.contents[version].upholds
        }

    def standing_of(self, version: RecordId) -> Standing:
        """Return what a version is worth to records signed under it."""
        if version in self._accepted:
            return Standing.STANDS
        if version in self.branches:
            return Standing.RIVAL
        return Standing.REJECTED if version in self.contents else Standing.NOT_HELD

    def lists(self, version: RecordId, key: PublicKey) -> bool:
        """Whether a held version lists `key` among its operational keys."""
        return key in self._listed.get(version, ())

    def removals(self, version: RecordId, key: PublicKey) -> frozenset[RecordId]:
        """Return the accepted versions that first drop `key` after an accepted `version`, which lists it."""
        dropped = self._removals.get(key)
        if dropped is None:
            dropped = self._removals[key] = self._removals_of(key)
        return dropped.get(version, frozenset())

    def _removals_of(self, key: PublicKey) -> Mapping[RecordId, frozenset[RecordId]]:
        dropped: dict[RecordId, frozenset[RecordId]] = {}
        for version in reversed(self.standing):  # children before parents
            found: frozenset[RecordId] = frozenset()
            for child in self._children.get(version, ()):
                below = dropped[child] if self.lists(child, key) else frozenset((child,))
                # One set is shared along a chain: a union would copy it at every version.
                found = below if not found else found if below <= found else found | below
            dropped[version] = found
        return dropped

    def upheld_by(self, version: RecordId, key: PublicKey) -> frozenset[RecordId] | None:
        """Return the records an accepted version upholds of `key`, with their ancestors; None for all."""
        return self._upheld.get((version, key), frozenset())


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
    standing, rivals, branches = graph.settle(RecordId(actor))
    return ActorState(
        actor=actor,
        standing=standing,
        head=standing[-1] if standing and not rivals else None,
        rivals=rivals,
        branches=branches,
        contents=graph.contents,
        parents=graph.parents,
        signers=graph.signers,
    )


# An actor's own keys can make any number of rivals: one pass over its versions serves so many heads.
_HEADS_AT_ONCE = 1_024

_Verdict = tuple[tuple[RecordId, ...], tuple[RecordId, ...], frozenset[RecordId]]


@dataclass(frozen=True)
class _VersionGraph:
    """The versions of one actor as a graph, and the walk from the first to the accepted one (§7.3)."""

    contents: dict[RecordId, Actor]
    parents: dict[RecordId, tuple[RecordId, ...]]
    signers: dict[RecordId, frozenset[PublicKey]]

    def settle(self, founding: RecordId) -> _Verdict:
        """Return the accepted history, oldest first, the rivals that contest what follows, their branches."""
        if founding not in self.contents or not self._signed_by_own_keys(founding):
            return (), (), frozenset()
        root = founding
        while True:
            members = self._operational_closure(root)
            heads = self._heads(members)
            # Rotations all keep a commitment.  Where there was none, one branch of a fork may have set its
            # own: that gives it no rank over the others, so a recovery has to satisfy every branch.
            recoveries = [v for v in self._recoveries(members) if all(self._recovers(v, h) for h in heads)]
            if not recoveries:
                return self._history(heads)
            chosen = recoveries if len(recoveries) == 1 else self._joint_recoveries(recoveries)
            if len(chosen) != 1:
                return self._history(chosen or recoveries)
            root = chosen[0]

    @cached_property
    def _children(self) -> Mapping[RecordId, list[RecordId]]:
        children: dict[RecordId, list[RecordId]] = {}
        for version in sorted(self.parents):
            for parent in self.parents[version]:
                children.setdefault(parent, []).append(version)
        return children

    @cached_property
    def _digests(self) -> Mapping[PublicKey, bytes]:
        return {key: recovery_digest(key) for keys in self.signers.values() for key in keys}

    def _successors(self, members: set[RecordId]) -> list[RecordId]:
        """Return the versions outside `members` all of whose parents are in it."""
        near = {child for member in members for child in self._children.get(member, ())} - members
        return sorted(version for version in near if members.issuperset(self.parents[version]))

    def _operational_closure(self, root: RecordId) -> set[RecordId]:
        """Return `root` and all that follows from it by operational thresholds alone."""
        members, waiting = {root}, [root]
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                parents = self.parents[child]
                if child in members or not members.issuperset(parents):
                    continue
                # A recovery outranks a rotation, and is judged as what it is.
                if all(self._rotates(child, p) for p in parents) and not self._recovers_all(child):
                    members.add(child)
                    waiting.append(child)
        return members

    def _recoveries(self, members: set[RecordId]) -> list[RecordId]:
        return [version for version in self._successors(members) if self._recovers_all(version)]

    def _joint_recoveries(self, rivals: list[RecordId]) -> list[RecordId]:
        """Return the last versions that name all rival recoveries as parents and are a recovery of each."""
        joint = [
            version
            for version in self._children.get(rivals[0], ())
            if set(rivals) <= set(self.parents[version]) and self._recovers_all(version)
        ]
        if len(joint) < 2:
            return joint
        # One that follows the others settles them: else two made at once could never be undone.
        followed = _ancestors([p for version in joint for p in self.parents[version]], self.parents)
        return [version for version in joint if version not in followed]

    def _heads(self, members: set[RecordId]) -> list[RecordId]:
        followed = {parent for version in members for parent in self.parents[version]}
        return sorted(members - followed)

    def _history(self, heads: list[RecordId]) -> _Verdict:
        """Return the versions that all heads share, oldest first; the heads where several; what they hold."""
        held = _ancestors(heads, self.parents)
        depth = self._depths(held)
        order = sorted(held, key=lambda version: (depth[version], version))
        if len(heads) == 1:
            return tuple(order), (), frozenset()
        shared = self._shared(heads, order)
        standing = tuple(version for version in order if version in shared)
        return standing, tuple(heads), frozenset((self._descendants(heads) | held) - shared)

    def _shared(self, heads: list[RecordId], order: list[RecordId]) -> set[RecordId]:
        """Return the versions, among those given parents first, that every head descends from or is."""
        shared = set(order)
        for start in range(0, len(heads), _HEADS_AT_ONCE):
            some = heads[start : start + _HEADS_AT_ONCE]
            reached = dict.fromkeys(order, 0)  # one bit a head
            for bit, head in enumerate(some):
                reached[head] |= 1 << bit
            for version in reversed(order):
                for parent in self.parents[version]:
                    if parent in reached:
                        reached[parent] |= reached[version]
            shared.intersection_update(v for v, bits in reached.items() if bits == (1 << len(some)) - 1)
        return shared

    def _depths(self, versions: set[RecordId]) -> Mapping[RecordId, int]:
        """Return for each version the length of the longest way to it from a version without held parents."""
        depth: dict[RecordId, int] = {}
        missing = {v: sum(p in versions for p in self.parents[v]) for v in versions}
        ready = [v for v, count in missing.items() if count == 0]
        while ready:
            version = ready.pop()
            depth[version] = 1 + max((depth[p] for p in self.parents[version] if p in versions), default=-1)
            for child in self._children.get(version, ()):
                if child in versions:
                    missing[child] -= 1
                    if not missing[child]:
                        ready.append(child)
        return depth

    def _descendants(self, heads: list[RecordId]) -> set[RecordId]:
        """Return what follows the rivals with the authority of what it follows: it waits with them."""
        found, waiting = set(heads), list(heads)
        while waiting:
            for child in self._children.get(waiting.pop(), ()):
                parents = self.parents[child]
                if child in found or not found.issuperset(parents):
                    continue
                if all(self._rotates(child, p) or self._recovers(child, p) for p in parents):
                    found.add(child)
                    waiting.append(child)
        return found

    def _signed_by_own_keys(self, version: RecordId) -> bool:
        content = self.contents[version]
        return len(self.signers[version] & {e.key for e in content.keys}) >= content.threshold

    def _rotates(self, version: RecordId, parent: RecordId) -> bool:
        """Whether the parent's operational threshold signed, leaving the recovery commitment as it was."""
        before, after = self.contents[parent], self.contents[version]
        if before.recovery is not None and after.recovery != before.recovery:
            return False
        return len(self.signers[version] & {e.key for e in before.keys}) >= before.threshold

    def _recovers(self, version: RecordId, parent: RecordId) -> bool:
        """Whether the threshold of the parent's committed recovery keys signed."""
        recovery = self.contents[parent].recovery
        if recovery is None:
            return False
        signed = {self._digests[key] for key in self.signers[version]}
        return len(signed.intersection(recovery.digests)) >= recovery.threshold

    def _recovers_all(self, version: RecordId) -> bool:
        return all(p in self.contents and self._recovers(version, p) for p in self.parents[version])


def _ancestors(
    versions: Iterable[RecordId], parents: Mapping[RecordId, tuple[RecordId, ...]]
) -> set[RecordId]:
    """Return `versions` and every held version they descend from."""
    seen: set[RecordId] = set()
    waiting = list(versions)
    while waiting:
        here = waiting.pop()
        if here not in seen and here in parents:
            seen.add(here)
            waiting.extend(parents[here])
    return seen
