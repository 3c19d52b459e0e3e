"""Sealing what is kept among named actors, and opening it with the keys of a home (docs/protocol.md §17).

What is sealed is in memory alone, here and where it is shown: neither the store nor a log has any of it.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from node.authoring.signer import CannotSign, Signer
from node.authoring.things import payload_of
from node.errors import ConfigError
from node.store.interface import Store
from protocol.identifiers import ActorId, RecordId, id_text
from protocol.keys import PublicKey
from protocol.kinds.seal import Seal
from protocol.record.verification import VerifiedRecord
from protocol.sealing import (
    BLIND_SIZE_BYTES,
    CannotSeal,
    NotAsPublished,
    NotForThisKey,
    Opened,
    check_sealable,
    commitment_of,
    open_seal,
    plaintext_of,
    seal_for,
)
from protocol.state.fold import ThingState

Reader = tuple[ActorId, PublicKey]
"""Whom something is sealed for: a key of an actor."""


class Unsealed(NamedTuple):
    """What a seal holds, the seal, and the seals of others that do not hold what was published."""

    opened: Opened
    seal: VerifiedRecord
    false: list[VerifiedRecord]


class Readers(NamedTuple):
    """Who can read one seal: its keys that their actors still have, and those they have given up."""

    seal: VerifiedRecord
    current: list[Reader]
    former: list[Reader]


async def keys_of(store: Store, actors: Iterable[ActorId]) -> list[Reader]:
    """Return the present keys of actors.  Raises `CannotSign` where one has none that count."""
    found: list[Reader] = []
    for actor in dict.fromkeys(actors):
        state = await store.actor(actor)
        if state is None or not state.founded or state.head is None:
            raise CannotSign(
                f"nothing can be sealed for {id_text(actor)[:10]}…: it is not held here, waits for "
                "signatures or is contested, so its keys are not certain"
            )
        found += [(actor, PublicKey(entry.key)) for entry in state.contents[state.head].keys]
    return found


def commit(kind: str, payload: Mapping[str, Any], secret: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the field `sealed` of a version that is to commit to `secret`, and the plaintext to seal.

    Raises `ConfigError`, or the `ProtocolError` of a field that no such record could have.
    """
    try:
        check_sealable(kind, payload, secret)
        plaintext = plaintext_of(secret, secrets.token_bytes(BLIND_SIZE_BYTES))
    except CannotSeal as fault:
        raise ConfigError(str(fault)) from None
    return {"commitment": commitment_of(plaintext)}, plaintext


async def sign_seal(
    signer: Signer,
    actor: ActorId,
    version: VerifiedRecord,
    plaintext: bytes,
    readers: Iterable[Reader],
) -> list[VerifiedRecord]:
    """Return a seal of what `version` commits to, for keys of actors.  Raises `ConfigError`."""
    random = (secrets.token_bytes(BLIND_SIZE_BYTES) for _ in range(2))
    try:
        payload = seal_for(plaintext, readers, *random)
    except CannotSeal as fault:
        raise ConfigError(str(fault)) from None
    return await signer.sign(actor, "seal", payload, subject=version.subject, parents=[version.id])


async def sealed_version(store: Store, thing: ThingState) -> VerifiedRecord:
    """Return the version of a thing that is shown, if it is a sealed one.  Raises `ConfigError`."""
    shown = None if thing.display is None else await store.record(thing.display)
    if shown is None or getattr(shown.content, "sealed", None) is None:
        raise ConfigError("nothing of this is sealed: what is known of it is what everybody sees")
    return shown


def seals_of(thing: ThingState, version: VerifiedRecord) -> list[VerifiedRecord]:
    """Return the seals of a version: those by its author first, then the newest first."""
    commitment = version.content.sealed.commitment
    found = [
        verdict.record
        for verdict in thing.judged.values()
        if isinstance(verdict.record.content, Seal)
        and verdict.record.content.commitment == commitment
        and verdict.record.id not in thing.erased
    ]
    author = version.header.actor
    return sorted(found, key=lambda r: (r.header.actor != author, -r.header.time_ms, r.id))


async def unseal(signer: Signer, thing: ThingState) -> Unsealed:
    """Return what is sealed of the version shown, opened with a key of this home.

    Raises `CannotSign` where no key here is among those it is for, and `NotAsPublished` where none of its
    seals holds what was published.
    """
    version = await sealed_version(signer.store, thing)
    payload = payload_of(version)
    here = {info.public for info in signer.keyring.list() if info.kind == "actor"}
    false: list[VerifiedRecord] = []
    for seal in seals_of(thing, version):
        ours = [PublicKey(one.key) for one in seal.content.recipients if one.key in here]
        for key in dict.fromkeys(ours):
            try:
                opened = open_seal(signer.unlock(key), seal.content, version.header.kind, payload)
            except NotAsPublished:
                false.append(seal)
                break
            except NotForThisKey:
                continue
            return Unsealed(opened, seal, false)
    if false:
        raise NotAsPublished(
            "what this seal holds is not what was published with it: whoever sealed it made a mistake, or "
            "wants to mislead; ask the author to seal it again"
        )
    raise CannotSign(
        "no key of this home is among those that it is sealed for; `minga seal show` says who can read it"
    )


async def readers_of(store: Store, seal: VerifiedRecord) -> Readers:
    """Return who can read a seal, as its actors are known here now."""
    current: list[Reader] = []
    former: list[Reader] = []
    for one in seal.content.recipients:
        state = await store.actor(ActorId(RecordId(one.actor)))
        content = None if state is None else state.current
        has = content is not None and any(entry.key == one.key for entry in content.keys)
        (current if has else former).append((ActorId(RecordId(one.actor)), PublicKey(one.key)))
    return Readers(seal, current, former)


async def not_yet_readers(store: Store, seals: Iterable[VerifiedRecord]) -> list[Reader]:
    """Return the present keys, of actors that some seals are for, that none of the seals is for."""
    actors: dict[ActorId, None] = {}
    boxed: set[Reader] = set()
    for seal in seals:
        for one in seal.content.recipients:
            actors[ActorId(RecordId(one.actor))] = None
            boxed.add((ActorId(RecordId(one.actor)), PublicKey(one.key)))
    missing: list[Reader] = []
    for actor in actors:
        try:
            missing += [reader for reader in await keys_of(store, [actor]) if reader not in boxed]
        except CannotSign:
            continue
    return missing


def actors_of(seals: Iterable[VerifiedRecord]) -> list[ActorId]:
    """Return the actors that seals are for, each once."""
    return list(dict.fromkeys(ActorId(RecordId(r.actor)) for seal in seals for r in seal.content.recipients))
