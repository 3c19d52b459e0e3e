"""Documents that are checked without a node, made from what a store holds: the same from pages and commands.

pact.json            a pact with the proofs of its parties, which other people's software verifies
pact.history.json    whose the keys are that gave them, with the records that say so
pact.archive.json    both, closed by one proof of the node that exported them
record.json          a record with the exact bytes that were signed, and the history of its author's keys
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from node.store.interface import Store
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.proofs.archive import archive_text, spelt_in_one_way
from protocol.proofs.data_integrity import Document
from protocol.proofs.pact_document import pact_document
from protocol.proofs.proof_set import PartyProofs, party_proofs, proven_document
from protocol.proofs.travelling import (
    KINDS_ABOUT_KEYS,
    actors_behind,
    history_document,
    record_document,
    records_of_consents,
)
from protocol.record.verification import VerifiedRecord
from protocol.state.fold import ThingState


class WhyNot(StrEnum):
    """Why a version of a pact is not exported."""

    NOT_IN_FORCE = "not_in_force"
    NO_VERSION = "no_version"  # the record named is no version of this pact
    ERASED = "erased"
    NO_PROOF = "no_proof"  # no consent to it carries a proof for others
    TWO_SPELLINGS = "two_spellings"  # no archive: a byte of it could be another and be read the same


class NotExported(Exception):
    """There is nothing to export."""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class ExportedPact:
    """A version of a pact, what is proven of its parties, and the records that show it."""

    version: VerifiedRecord
    parties: Sequence[PartyProofs]
    records: Sequence[VerifiedRecord]

    @property
    def proven(self) -> bool:
        """Whether anything of it can be verified elsewhere."""
        return any(party.proofs for party in self.parties)

    def bare(self) -> Document:
        """Return the pact as it was signed, without proofs."""
        return pact_document(self.version)

    def verifiable(self) -> Document:
        """Return the pact with the proofs of its parties.  Raises `NotExported` where there are none."""
        if not self.proven:
            raise NotExported(WhyNot.NO_PROOF)
        return proven_document(self.version, self.parties)

    def history(self) -> Document:
        """Return whose the keys are, with the records that say so."""
        return history_document(self.version, self.parties, self.records)

    @property
    def archivable(self) -> bool:
        """Whether there is an archive of it."""
        return self.proven and spelt_in_one_way([self.verifiable(), self.history()])

    def archive(self, key: SigningKey) -> bytes:
        """Return the pact and the history, closed by one proof of this node's `key`: a file, to the byte.

        Raises `NotExported` where there are no proofs, or where not every byte of it would count.
        """
        pact, history = self.verifiable(), self.history()
        if not spelt_in_one_way([pact, history]):
            raise NotExported(WhyNot.TWO_SPELLINGS)
        return archive_text(pact, history, key)


async def export_pact(store: Store, thing: ThingState, version: RecordId | None = None) -> ExportedPact:
    """Return the version of a pact that is in force, or the one named.  Raises `NotExported`."""
    chosen = version or (None if thing.pact is None else thing.pact.in_force)
    if chosen is None:
        raise NotExported(WhyNot.NOT_IN_FORCE)
    about = await store.records_of(thing.subject)
    shown = next((one for one in about if one.id == chosen and one.header.kind == "pact"), None)
    if shown is None:
        raise NotExported(WhyNot.NO_VERSION)
    if shown.is_erased or shown.id in thing.erased:
        raise NotExported(WhyNot.ERASED)
    parties = party_proofs(shown, thing, about)
    consents = records_of_consents(shown, parties, about)
    keys = await _keys_of(store, actors_behind(parties, consents))
    return ExportedPact(shown, parties, [*consents, *keys])


async def export_record(store: Store, record: VerifiedRecord) -> Document:
    """Return a record as JSON, with its further signatures and the history of its author's keys."""
    about = await store.records_of(record.subject)
    actor = record.header.actor or ActorId(record.id)
    return record_document(record, _cosigns(about, {record.id}), await _keys_of(store, [actor]))


def _cosigns(records: Iterable[VerifiedRecord], of: set[RecordId]) -> list[VerifiedRecord]:
    return [one for one in records if one.header.kind == "cosign" and one.header.parents[0] in of]


async def _keys_of(store: Store, actors: Iterable[ActorId]) -> list[VerifiedRecord]:
    """Return every version of some actors, and the signatures of those."""
    return [
        record
        for actor in actors
        for record in await store.records_of(SubjectId(actor))
        if record.header.kind in KINDS_ABOUT_KEYS
    ]
