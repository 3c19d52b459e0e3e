"""The rules of docs/protocol.md §7 in the plainest way, however slow: what the quick code is held against."""

from collections.abc import Iterable
from itertools import combinations

from protocol.identifiers import ActorId, RecordId
from protocol.keys import PublicKey
from protocol.kinds.actor import recovery_digest
from protocol.record.verification import VerifiedRecord


class PlainActor:
    """One actor's versions and their signers; `settle` gives (standing as a set, heads)."""

    def __init__(self, actor: ActorId, records: Iterable[VerifiedRecord]) -> None:
        about = [r for r in records if r.subject == actor]
        self.versions = {r.id: r for r in about if r.header.kind == "actor"}
        self.root = RecordId(actor)
        self.signers = {
            v: {r.header.signer}
            | {c.header.signer for c in about if c.header.kind == "cosign" and v in c.header.parents}
            for v, r in self.versions.items()
        }

    def ancestors(self, version: RecordId) -> set[RecordId]:
        if version not in self.versions:
            return set()
        return {version}.union(*(self.ancestors(p) for p in self.versions[version].header.parents))

    def keys(self, version: RecordId) -> set[PublicKey]:
        return {entry.key for entry in self.versions[version].content.keys}

    def rotates(self, version: RecordId, parent: RecordId) -> bool:
        before, after = self.versions[parent].content, self.versions[version].content
        kept = before.recovery is None or after.recovery == before.recovery
        return kept and len(self.signers[version] & self.keys(parent)) >= before.threshold

    def recovers(self, version: RecordId, parent: RecordId) -> bool:
        recovery = self.versions[parent].content.recovery if parent in self.versions else None
        return recovery is not None and any(
            {recovery_digest(k) for k in some} <= set(recovery.digests)
            for some in combinations(sorted(self.signers[version]), recovery.threshold)
        )

    def is_recovery(self, version: RecordId) -> bool:
        return all(self.recovers(version, p) for p in self.versions[version].header.parents)

    def closure(self, root: RecordId) -> set[RecordId]:
        members = {root}
        while True:
            more = {
                v
                for v, r in self.versions.items()
                if v not in members
                and r.header.parents
                and set(r.header.parents) <= members
                and all(self.rotates(v, p) for p in r.header.parents)
                and not self.is_recovery(v)
            }
            if not more:
                return members
            members |= more

    def settle(self) -> tuple[set[RecordId], set[RecordId]]:
        if self.root not in self.versions:
            return set(), set()
        first = self.versions[self.root].content
        if len(self.signers[self.root] & self.keys(self.root)) < first.threshold:
            return set(), set()
        root = self.root
        while True:
            members = self.closure(root)
            followed = {p for v in members for p in self.versions[v].header.parents}
            heads = members - followed
            recoveries = {
                v
                for v, r in self.versions.items()
                if v not in members
                and r.header.parents
                and set(r.header.parents) <= members
                and self.is_recovery(v)
                and all(self.recovers(v, h) for h in heads)
            }
            if len(recoveries) > 1:
                joint = {
                    v
                    for v, r in self.versions.items()
                    if recoveries <= set(r.header.parents) and self.is_recovery(v)
                }
                joint = {v for v in joint if not any(v in self.ancestors(w) - {w} for w in joint)}
                recoveries = joint or recoveries
            if not recoveries:
                return set.intersection(*map(self.ancestors, heads)), heads
            if len(recoveries) > 1:
                return set.intersection(*map(self.ancestors, recoveries)), recoveries
            (root,) = recoveries

    def counts(
        self, standing: set[RecordId], record: VerifiedRecord, upheld: dict[RecordId, set[RecordId]]
    ) -> bool:
        """Whether one signature counts; `upheld` has each record's descendants and itself."""
        version, signer = record.header.auth, record.header.signer
        if version not in standing or signer not in self.keys(version):
            return False

        def kept_below(here: RecordId) -> bool:
            for child in standing:
                if here not in self.versions[child].header.parents:
                    continue
                if signer in self.keys(child):
                    if not kept_below(child):
                        return False
                    continue
                entry = next((u for u in self.versions[child].content.upholds if u.key == signer), None)
                if entry is None:
                    return False
                if not entry.everything and not upheld[record.id] & set(entry.records):
                    return False
            return True

        return kept_below(version)
