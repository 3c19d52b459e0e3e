"""People for the tests: keys by name, actors with M of N of them, all they sign, from fixed seeds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any

from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.kinds.actor import recovery_digest
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord
from protocol.state.authority import ActorState, resolve_actor
from protocol.state.fold import ThingState, fold

T0 = 1_750_000_000_000  # a day in June 2025, in milliseconds since 1970


@cache
def key(name: str) -> SigningKey:
    """The signing key of that name, the same in every run."""
    return SigningKey(blake2b(name.encode(), digest_size=32).digest())


def actor_payload(
    name: str,
    keys: Iterable[SigningKey],
    threshold: int,
    recovery: Sequence[SigningKey] = (),
    recovery_threshold: int = 1,
    **more: Any,
) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "name": {"es": name},
        "type": "community",
        "keys": [{"key": k.public} for k in keys],
        "threshold": threshold,
        **more,
    }
    if recovery:
        digests = [recovery_digest(k.public) for k in recovery]
        payload["recovery"] = {"digests": digests, "threshold": recovery_threshold}
    return payload


def cosign(record: VerifiedRecord, signer: SigningKey, time_ms: int = T0) -> VerifiedRecord:
    """A further signature of `record` under the version that it was signed under."""
    header = record.header
    actor = ActorId(record.id) if header.actor is None else header.actor
    author = Author(signer, actor, RecordId(actor) if header.auth is None else header.auth)
    return sign_record(author, "cosign", {}, time_ms, subject=record.subject, parents=[record.id])


@dataclass
class Person:
    """An actor under a name, with the records that made it; `head` is the version it signs under."""

    name: str
    keys: list[SigningKey]
    threshold: int = 1
    recovery: list[SigningKey] = field(default_factory=list)
    recovery_threshold: int = 1
    records: list[VerifiedRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        payload = actor_payload(self.name, self.keys, self.threshold, self.recovery, self.recovery_threshold)
        founding = sign_record(Author(self.keys[0], None, None), "actor", payload, T0)
        self.id = ActorId(founding.id)
        self.head = founding.id
        self.records += [founding, *(cosign(founding, k) for k in self.keys[1 : self.threshold])]

    def version(
        self,
        signers: Sequence[SigningKey],
        keys: Sequence[SigningKey],
        parents: Sequence[RecordId] | None = None,
        *,
        threshold: int = 1,
        recovery: Sequence[SigningKey] | None = None,
        recovery_threshold: int | None = None,
        time_ms: int = T0,
        **more: Any,
    ) -> list[VerifiedRecord]:
        """A version of this actor signed by `signers`, whoever they are, and its cosigns; kept nowhere."""
        payload = actor_payload(
            self.name,
            keys,
            threshold,
            self.recovery if recovery is None else recovery,
            self.recovery_threshold if recovery_threshold is None else recovery_threshold,
            **more,
        )
        followed = [self.head] if parents is None else parents
        record = sign_record(
            Author(signers[0], self.id, followed[0]),
            "actor",
            payload,
            time_ms,
            subject=SubjectId(self.id),
            parents=followed,
        )
        return [record, *(cosign(record, k) for k in signers[1:])]

    def become(self, records: list[VerifiedRecord], keys: list[SigningKey], threshold: int = 1) -> RecordId:
        """Take a version made by `version` as the one to sign under from now on."""
        self.records += records
        self.keys, self.threshold, self.head = keys, threshold, records[0].id
        return self.head

    def sign(
        self,
        kind: str,
        payload: dict[str, Any],
        *,
        subject: SubjectId | None = None,
        parents: Iterable[RecordId] = (),
        time_ms: int = T0,
        signers: Sequence[SigningKey] | None = None,
        auth: RecordId | None = None,
    ) -> list[VerifiedRecord]:
        """A record in this actor's name and the cosigns that give it effect (or those of `signers`)."""
        signing = self.keys[: self.threshold] if signers is None else signers
        author = Author(signing[0], self.id, self.head if auth is None else auth)
        record = sign_record(author, kind, payload, time_ms, subject=subject, parents=parents)
        return [record, *(cosign(record, k, time_ms) for k in signing[1:])]


def party(person: Person | str, **more: Any) -> dict[str, Any]:
    """How a thing names a steward or a party: with its actor, or by name alone."""
    if isinstance(person, str):
        return {"name": {"es": person}, **more}
    return {"name": {"es": person.name}, "actor": person.id, **more}


def commons(*stewards: Person | str, **more: Any) -> dict[str, Any]:
    return {
        "name": {"es": "Páramo de Pesillo"},
        "resources": ["paramo", "water"],
        "licence": "CC-BY-4.0",
        "stewards": [party(s) for s in stewards],
        **more,
    }


def pact(*parties: Person | str, **more: Any) -> dict[str, Any]:
    return {
        "title": {"es": "Pacto del páramo"},
        "parties": [party(p) for p in parties],
        "licence": "CC-BY-4.0",
        **more,
    }


class Held:
    """What a node holds, judged as the specification says: nothing but the set of records matters."""

    def __init__(self, *groups: Iterable[VerifiedRecord]) -> None:
        self.records: dict[RecordId, VerifiedRecord] = {}
        for group in groups:
            self.add(group)

    def add(self, records: Iterable[VerifiedRecord]) -> None:
        self.records.update((record.id, record) for record in records)

    def about(self, subject: SubjectId) -> list[VerifiedRecord]:
        return [record for record in self.records.values() if record.subject == subject]

    def actor(self, actor: ActorId) -> ActorState | None:
        about = self.about(SubjectId(actor))
        return resolve_actor(actor, about) if about else None

    def thing(self, subject: RecordId | SubjectId) -> ThingState:
        known: dict[ActorId, ActorState | None] = {}

        def lookup(actor: ActorId) -> ActorState | None:
            if actor not in known:
                known[actor] = self.actor(actor)
            return known[actor]

        return fold(SubjectId(subject), self.about(SubjectId(subject)), lookup)
