"""Who may sign for an actor, and what a record's signatures are worth: §7."""

from collections.abc import Iterable

from .records import Record
from .values import digest

Ids = set[bytes]


class Held:
    """A set of verified records; where an id is held with and without its payload, the one with it counts."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.records: dict[bytes, Record] = {}
        for record in records:
            if record.id not in self.records or self.records[record.id].payload is None:
                self.records[record.id] = record
        self.about: dict[bytes, dict[bytes, Record]] = {}
        self.cosigns: dict[bytes, list[Record]] = {}
        for record in self.records.values():
            self.about.setdefault(record.about, {})[record.id] = record
            if record.kind == "cosign":
                self.cosigns.setdefault(record.parents[0], []).append(record)
        self._actors: dict[bytes, Actor] = {}

    def actor(self, actor: bytes) -> "Actor":
        if actor not in self._actors:
            self._actors[actor] = Actor(self, actor)
        return self._actors[actor]

    def ancestors(self, start: Record) -> Ids:
        """The lineage of a record (§7.4): itself, and what parents lead to about the same subject."""
        return ancestors_in(self.about[start.about], start.id)

    def signatures(self, record: Record) -> list[Record]:
        """The record and the held cosigns that have it as parent, with its subject, actor and auth."""
        return [record] + [
            cosign
            for cosign in self.cosigns.get(record.id, [])
            if (cosign.about, cosign.actor, cosign.auth) == (record.about, record.actor, record.auth)
        ]

    def effect(self, record: Record) -> str:
        """§7.4, for a record that is no cosign and no actor's first record."""
        actor = self.actor(record.actor)
        worth = actor.worth(record.auth)
        if not actor.founded:
            return "unknown_author"
        if worth != "stands":
            return "contested" if worth == "rival" else "void"
        counted = {s.signer for s in self.signatures(record) if actor.counts(s)}
        if not counted:
            return "void"
        return "effective" if len(counted) >= actor.versions[record.auth].payload["threshold"] else "awaiting"


def ancestors_in(graph: dict[bytes, Record], start: bytes) -> Ids:
    found, ahead = {start}, [start]
    while ahead:
        for parent in graph[ahead.pop()].parents:
            if parent in graph and parent not in found:
                found.add(parent)
                ahead.append(parent)
    return found


def keys_of(version: Record) -> Ids:
    return {entry["key"] for entry in version.payload["keys"]}


class Actor:
    def __init__(self, held: Held, actor: bytes) -> None:
        self.held, self.id = held, actor
        about = held.about.get(actor, {})
        self.versions = {i: r for i, r in about.items() if r.kind == "actor"}
        self.signers = {
            i: {v.signer} | {c.signer for c in held.cosigns.get(i, []) if c.about == actor}
            for i, v in self.versions.items()
        }
        self.ancestors = {i: ancestors_in(self.versions, i) for i in self.versions}
        first = self.versions.get(actor)
        self.founded = first is not None and self._enough(first, keys_of(first) & self.signers[actor])
        self.tips = self._tips() if self.founded else set()
        common = set.intersection(*(self.ancestors[t] for t in self.tips)) if self.tips else set()
        self.standing = sorted(common, key=lambda i: (self._depth(i), i))
        self.head = next(iter(self.tips)) if len(self.tips) == 1 else None
        self.rivals = sorted(self.tips) if len(self.tips) > 1 else []
        self.branches = self._rival_branches()
        self.state = "awaiting" if not self.founded else "contested" if self.rivals else "founded"

    @staticmethod
    def _enough(version: Record, signed: Ids) -> bool:
        return len(signed) >= version.payload["threshold"]

    def _rotates(self, v: bytes, p: bytes) -> bool:
        parent, committed = self.versions[p], self.versions[p].payload.get("recovery")
        if committed is not None:
            own = self.versions[v].payload.get("recovery")
            if own is None or any(own[f] != committed[f] for f in ("digests", "threshold")):
                return False
        return self._enough(parent, keys_of(parent) & self.signers[v])

    def _recovers(self, v: bytes, p: bytes) -> bool:
        committed = self.versions[p].payload.get("recovery")
        if committed is None:
            return False
        known = {digest("recovery", key) for key in self.signers[v]} & set(committed["digests"])
        return len(known) >= committed["threshold"]

    def _is_recovery(self, v: bytes) -> bool:
        parents = self.versions[v].parents
        return bool(parents) and all(p in self.versions and self._recovers(v, p) for p in parents)

    def _epoch(self, root: bytes) -> Ids:
        epoch, grew = {root}, True
        while grew:
            more = {
                i
                for i, v in self.versions.items()
                if i not in epoch and v.parents and epoch.issuperset(v.parents) and not self._is_recovery(i)
                if all(self._rotates(i, p) for p in v.parents)
            }
            epoch |= more
            grew = bool(more)
        return epoch

    def _tips(self) -> Ids:
        root = self.id
        while True:
            epoch = self._epoch(root)
            heads = epoch - {p for i in epoch for p in self.versions[i].parents}
            recoveries = {
                i
                for i, v in self.versions.items()
                if i not in epoch and self._is_recovery(i) and epoch.issuperset(v.parents)
                if all(self._recovers(i, h) for h in heads)
            }
            if not recoveries:
                return heads
            if len(recoveries) > 1:
                joins = {
                    i
                    for i, v in self.versions.items()
                    if self._is_recovery(i) and recoveries <= set(v.parents)
                }
                joins = {j for j in joins if not any(k != j and j in self.ancestors[k] for k in joins)}
                if len(joins) != 1:
                    return joins or recoveries
                recoveries = joins
            (root,) = recoveries

    def _depth(self, i: bytes) -> int:
        parents = [p for p in self.versions[i].parents if p in self.versions]
        return 1 + max(map(self._depth, parents)) if parents else 0

    def _rival_branches(self) -> Ids:
        followers, grew = set(self.rivals), bool(self.rivals)
        while grew:
            more = {
                i
                for i, v in self.versions.items()
                if i not in followers and v.parents and followers.issuperset(v.parents)
                if all(self._rotates(i, p) or self._recovers(i, p) for p in v.parents)
            }
            followers |= more
            grew = bool(more)
        before = {a for r in self.rivals for a in self.ancestors[r]}
        return (followers | before) - set(self.standing)

    def worth(self, version: bytes) -> str:
        if version not in self.versions:
            return "not_held"
        if version in self.standing:
            return "stands"
        return "rival" if version in self.branches else "rejected"

    def _removals(self, version: bytes, key: bytes) -> Ids:
        found, seen, ahead = set(), {version}, [version]
        while ahead:
            at = ahead.pop()
            for i in self.standing:
                if at in self.versions[i].parents and i not in seen:
                    seen.add(i)
                    (ahead.append if key in keys_of(self.versions[i]) else found.add)(i)
        return found

    def _upholds(self, removal: bytes, signature: Record) -> bool:
        for entry in self.versions[removal].payload.get("upholds", []):
            if entry["key"] == signature.signer:
                about = self.held.about[signature.about]
                named = [r for r in entry.get("records") or [] if r in about]
                by_name = any(signature.id in ancestors_in(about, r) for r in named)
                return bool(entry.get("everything")) or by_name
        return False

    def counts(self, signature: Record) -> bool:
        """Whether a signature under a standing version counts (§7.4)."""
        if signature.signer not in keys_of(self.versions[signature.auth]):
            return False
        removals = self._removals(signature.auth, signature.signer)
        return all(self._upholds(r, signature) for r in removals)
