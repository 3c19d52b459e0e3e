"""Which parties of a pact's version gave proofs that others can verify (docs/protocol.md §16.3).

What a consent counts for is decided without them (§8.4): a consent that carries no proof, or a wrong one, is
as effective as any.  It is only not verifiable elsewhere, and named as such.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers import ActorId, RecordId
from protocol.keys import PublicKey
from protocol.kinds.actor import Cosign
from protocol.kinds.pact import Consent, Pact
from protocol.kinds.proof import Proof
from protocol.proofs.data_integrity import Document, proof_json, proves
from protocol.proofs.pact_document import pact_document
from protocol.record.verification import VerifiedRecord
from protocol.state.effect import Effect, Judged
from protocol.state.fold import ThingState


class Provable(StrEnum):
    """Whether others can verify a party's consent."""

    VERIFIABLE = "verifiable"  # as many keys as the party needs gave a proof
    NO_CONSENT = "no_consent"  # the party has not consented to this version, or not effectively
    NO_KEYS = "no_keys"  # the party was named without an actor
    NO_PROOF = "no_proof"  # effective, and fewer keys than needed gave a proof
    WRONG_PROOF = "wrong_proof"  # the same, and a proof was given that is not one of this document


@dataclass(frozen=True, slots=True)
class PartyProofs:
    """One party, in the order of the version's list: its consents that count, the keys behind them (with
    how many are needed), and its proofs by key.
    """

    index: int
    actor: ActorId | None
    provable: Provable
    consents: tuple[RecordId, ...]
    signed_by: frozenset[PublicKey]
    needed: int
    proofs: tuple[tuple[PublicKey, Proof], ...]


def party_proofs(
    version: VerifiedRecord, thing: ThingState, records: Iterable[VerifiedRecord]
) -> list[PartyProofs]:
    """Return what each party of `version` gave; `records` are all that are held about the pact.

    Raises `Malformed` where `version` is no version of a pact or was erased.
    """
    document = pact_document(version)
    content = version.content
    assert isinstance(content, Pact)
    cosigns: dict[RecordId, list[VerifiedRecord]] = {}
    for record in records:
        if record.header.kind == "cosign":
            cosigns.setdefault(record.header.parents[0], []).append(record)
    return [
        _party(
            index, None if party.actor is None else ActorId(party.actor), version, document, thing, cosigns
        )
        for index, party in enumerate(content.parties)
    ]


def proven_document(version: VerifiedRecord, parties: Iterable[PartyProofs]) -> Document:
    """Return the JSON form of `version` with the proofs of its parties: a proof set."""
    document = pact_document(version)
    proofs = [proof_json(document, key, proof) for party in parties for key, proof in party.proofs]
    return document | {"proof": proofs}


def _party(
    index: int,
    actor: ActorId | None,
    version: VerifiedRecord,
    document: Document,
    thing: ThingState,
    cosigns: dict[RecordId, list[VerifiedRecord]],
) -> PartyProofs:
    if actor is None:
        return PartyProofs(index, None, Provable.NO_KEYS, (), frozenset(), 0, ())
    consents = _consents(actor, version.id, thing)
    if not consents:
        return PartyProofs(index, actor, Provable.NO_CONSENT, (), frozenset(), 0, ())
    proofs: dict[PublicKey, Proof] = {}
    wrong = False
    # Enough of one consent's keys must have given a proof; their proofs are all over the same document.
    enough = False
    for verdict in consents:
        proven = set()
        for key, proof in _given(verdict, cosigns):
            if not proves(document, key, proof):
                wrong = True
                continue
            proven.add(key)
            # Of two by one key the earlier stays: every holder of the same records exports the same.
            proofs[key] = min(proofs.get(key, proof), proof, key=lambda p: (p.created, p.value))
        enough = enough or len(proven) >= verdict.needed
    provable = Provable.VERIFIABLE if enough else Provable.WRONG_PROOF if wrong else Provable.NO_PROOF
    return PartyProofs(
        index=index,
        actor=actor,
        provable=provable,
        consents=tuple(verdict.record.id for verdict in consents),
        signed_by=frozenset[PublicKey]().union(*(verdict.signed_by for verdict in consents)),
        needed=min(verdict.needed for verdict in consents),
        proofs=tuple(sorted(proofs.items())),
    )


def _consents(actor: ActorId, version: RecordId, thing: ThingState) -> list[Judged]:
    """Return an actor's effective consents to a version that no later answer of its own replaced (§8.4)."""
    effective = [
        verdict
        for verdict in thing.judged.values()
        if verdict.record.header.kind == "consent"
        and verdict.record.header.actor == actor
        and version in verdict.record.header.parents
        and verdict.effect is Effect.EFFECTIVE
    ]
    replaced = {parent for verdict in effective for parent in verdict.record.header.parents}
    last = [
        verdict
        for verdict in effective
        if isinstance(verdict.record.content, Consent)
        and verdict.record.id not in thing.erased
        and verdict.record.id not in replaced
    ]
    if any(verdict.record.content.decision != "consent" for verdict in last):
        return []
    return sorted(last, key=lambda verdict: verdict.record.id)


def _given(verdict: Judged, cosigns: dict[RecordId, list[VerifiedRecord]]) -> list[tuple[PublicKey, Proof]]:
    """Return the proofs that the keys which count for a consent gave, in it or in their cosigns."""
    header = verdict.record.header
    given = []
    for record in (verdict.record, *cosigns.get(verdict.record.id, ())):
        content, by = record.content, record.header
        if (by.actor, by.auth) != (header.actor, header.auth) or by.signer not in verdict.signed_by:
            continue
        if isinstance(content, Consent | Cosign) and content.proof is not None:
            given.append((by.signer, content.proof))
    return given
