"""Founding an actor, changing its keys, and taking it back after a loss or a theft (docs/protocol.md §7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from node.authoring.fit_words import require_fit
from node.authoring.signer import CannotSign, Signer, cosign, now_ms
from node.errors import ConfigError
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import PublicKey, SigningKey
from protocol.kinds.actor import Actor, recovery_digest
from protocol.limits import UPHELD_MAX
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord


@dataclass(frozen=True, slots=True)
class KeyHolder:
    """An operational key and whose it is."""

    key: PublicKey
    label: str | None = None


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """Recovery keys (only their digests are published) and how many of them must sign."""

    keys: Sequence[PublicKey]
    threshold: int


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What a new version changes: keys added and removed, the threshold, what is upheld of removed keys."""

    add: Sequence[KeyHolder] = ()
    remove: Sequence[PublicKey] = ()
    threshold: int | None = None
    # Records of removed keys that stay in effect: None for all that is known here, a list for just those.
    uphold: Sequence[RecordId] | None = None
    # Everything that removed keys signed, or may yet turn out to have: for keys that nobody else has had.
    uphold_everything: bool = False
    profile: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SignedBy:
    """What is held here of what a key signed in the name of an actor; times are the author's, in ms."""

    key: PublicKey
    records: int
    first_ms: int
    last_ms: int


def recovery_plan(keys: list[PublicKey], threshold: int | None) -> RecoveryPlan | None:
    """Return the recovery commitment that was asked for.  Raises `ConfigError` where half is missing."""
    if not keys:
        if threshold is not None:
            raise ConfigError("--recovery-threshold needs recovery keys: add --recovery-keys N")
        return None
    if threshold is None:
        if len(keys) > 1:
            raise ConfigError("say how many of the recovery keys must sign, with --recovery-threshold")
        threshold = 1
    if threshold > len(keys):
        raise ConfigError(f"{threshold} recovery keys cannot sign where there are {len(keys)}")
    return RecoveryPlan(keys, threshold)


async def signed_by_each(signer: Signer, actor: ActorId, keys: Iterable[PublicKey]) -> list[SignedBy]:
    """Return what is held of each key that signed anything: all of it is upheld where nothing is named."""
    found = []
    for key in keys:
        times = [record.header.time_ms for record in await signer.store.signed_by(actor, key)]
        if times:
            found.append(SignedBy(key, len(times), min(times), max(times)))
    return found


def found_actor(
    name: dict[str, str],
    actor_type: str,
    holders: Sequence[KeyHolder],
    threshold: int,
    signing: Sequence[SigningKey],
    recovery: RecoveryPlan | None = None,
    profile: dict[str, Any] | None = None,
) -> list[VerifiedRecord]:
    """Return an actor's first record, and the cosigns of the `signing` keys beyond the first."""
    if not signing:
        raise CannotSign(
            "an actor's first record is signed by one of its own keys; make one with `minga key new`"
        )
    payload: dict[str, Any] = {
        "name": name,
        "type": actor_type,
        "keys": [_key_entry(holder) for holder in holders],
        "threshold": threshold,
        **(profile or {}),
    }
    if recovery is not None:
        payload["recovery"] = _recovery_entry(recovery)
    require_fit(payload)
    first = sign_record(Author(signing[0], None, None), "actor", payload, now_ms())
    actor = ActorId(first.id)
    return [first, *(cosign(Author(key, actor, first.id), first) for key in signing[1:threshold])]


async def rotate(signer: Signer, actor: ActorId, change: KeyChange) -> list[VerifiedRecord]:
    """Return a new version of `actor` signed by its present keys, as far as they are held here."""
    state = await signer.actor(actor)
    assert state.head is not None
    before = state.contents[state.head]
    payload = await _changed(signer, actor, before, change)
    if before.recovery is not None:
        payload["recovery"] = _as_committed(before)
    return await signer.sign(actor, "actor", payload, subject=SubjectId(actor), parents=[state.head])


async def recover(
    signer: Signer,
    actor: ActorId,
    recovery_keys: Sequence[SigningKey],
    change: KeyChange,
    next_recovery: RecoveryPlan | None,
    after: RecordId | None = None,
) -> list[VerifiedRecord]:
    """Return a version signed by recovery keys: it outranks whatever operational keys have signed.

    `after` is the last version the community stands by; left out, the last one before any fork.  Keys that
    the change does not name are all dropped, since a recovery follows a loss.
    """
    state = await signer.store.actor(actor)
    if state is None or not state.standing:
        raise CannotSign("the actor is not held here: sync or import its records first")
    base = after or state.standing[-1]
    before = state.contents.get(base)
    if before is None:
        raise ConfigError("the version to recover from is not held here")
    if before.recovery is None:
        raise CannotSign("this actor never committed to recovery keys")
    committed = set(before.recovery.digests)
    fitting = [key for key in recovery_keys if recovery_digest(key.public) in committed]
    if len(fitting) < before.recovery.threshold:
        raise CannotSign(
            f"{before.recovery.threshold} of the actor's recovery keys must sign, "
            f"and {len(fitting)} were given"
        )
    payload = await _changed(signer, actor, before, change)
    if next_recovery is not None:
        payload["recovery"] = _recovery_entry(next_recovery)
    else:
        payload["recovery"] = _as_committed(before)
    require_fit(payload)
    first = sign_record(
        Author(fitting[0], actor, base), "actor", payload, now_ms(), subject=SubjectId(actor), parents=[base]
    )
    return [
        first,
        *(cosign(Author(key, actor, base), first) for key in fitting[1 : before.recovery.threshold]),
    ]


async def _changed(signer: Signer, actor: ActorId, before: Actor, change: KeyChange) -> dict[str, Any]:
    removed = set(change.remove)
    unknown = removed - {PublicKey(entry.key) for entry in before.keys}
    if unknown:
        raise ConfigError("a key to remove is not one of the actor's; `minga actor show` lists them")
    kept = [entry for entry in before.keys if entry.key not in removed]
    keys = [{"key": e.key, **({"label": e.label} if e.label else {})} for e in kept]
    keys += [_key_entry(holder) for holder in change.add]
    payload: dict[str, Any] = {
        "name": before.name,
        "type": before.type,
        "keys": keys,
        "threshold": change.threshold or min(before.threshold, len(keys)),
    }
    if before.speaks_for:
        payload["speaks_for"] = [
            {"subject": v.subject, **({"name": v.name} if v.name else {})} for v in before.speaks_for
        ]
    for name in ("description", "website"):
        if getattr(before, name) is not None:
            payload[name] = getattr(before, name)
    if before.personal_data is not None:
        payload["personal_data"] = msgspec.to_builtins(before.personal_data)
    payload |= change.profile
    if removed:
        payload["upholds"] = [
            {"key": key, "everything": True}
            if change.uphold_everything
            else await _upheld(signer, actor, key, change.uphold)
            for key in sorted(removed)
        ]
    return payload


async def _upheld(
    signer: Signer, actor: ActorId, key: PublicKey, named: Sequence[RecordId] | None
) -> dict[str, Any]:
    """Return what is upheld of a removed key: what it gave the named records, or all that is known here."""
    known = await signer.store.signed_by(actor, key)
    if named is not None:
        meant = await _with_ancestors(signer, named)
        # The key may have written a record, or have cosigned what another key of the actor wrote.
        known = [
            r for r in known if r.id in meant or (r.header.kind == "cosign" and r.header.parents[0] in meant)
        ]
    chosen = _latest(known)
    if len(chosen) > UPHELD_MAX:
        raise ConfigError(f"more than {UPHELD_MAX} records of one key to uphold; name the ones that matter")
    return {"key": key, "records": chosen}


async def _with_ancestors(signer: Signer, named: Iterable[RecordId]) -> set[RecordId]:
    meant: set[RecordId] = set()
    waiting = list(named)
    while waiting:
        here = waiting.pop()
        if here not in meant:
            meant.add(here)
            record = await signer.store.record(here)
            waiting += () if record is None else record.header.parents
    return meant


def _latest(records: Iterable[VerifiedRecord]) -> list[RecordId]:
    """Return the records that none of the others follows; their ancestors are upheld with them."""
    held = list(records)
    followed = {parent for record in held for parent in record.header.parents}
    return sorted(record.id for record in held if record.id not in followed)


def _key_entry(holder: KeyHolder) -> dict[str, Any]:
    return {"key": holder.key, **({"label": holder.label} if holder.label else {})}


def _recovery_entry(plan: RecoveryPlan) -> dict[str, Any]:
    return {"digests": [recovery_digest(key) for key in plan.keys], "threshold": plan.threshold}


def _as_committed(before: Actor) -> dict[str, Any]:
    assert before.recovery is not None
    return {"digests": before.recovery.digests, "threshold": before.recovery.threshold}
