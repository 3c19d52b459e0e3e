"""Everything up to a signature: what a record will say and count for, before a key is asked for.

A rehearsal runs the very functions that sign.  What it gives differs from a signed record in the signature,
which nobody would accept, and in what is random; two that say the same have one `meaning`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

from node.authoring.signer import Signer, now_ms
from node.authoring.things import payload_of
from protocol.canonical import encode_unchecked
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SIGNATURE_SIZE_BYTES, PublicKey, SigningKey
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord

# Random in what is signed, or made by the signature itself.
_RANDOM = frozenset({"salt", "proof", "sealed"})

# Signatures of others' words, and boxes whose every byte is random.
_MEANS_NOTHING_NEW = frozenset({"cosign", "seal"})


@dataclass(frozen=True, slots=True)
class _Unsigning:
    """Stands where a key signs, and leaves the place of the signature empty."""

    public: PublicKey

    def sign(self, _: bytes) -> bytes:
        return bytes(SIGNATURE_SIZE_BYTES)


@dataclass(frozen=True, slots=True)
class Rehearsal(Signer):
    """A signer without keys: what it returns is for the eyes alone, and would be refused by every node."""

    async def sign(
        self,
        actor: ActorId,
        kind: str,
        payload: dict[str, Any],
        *,
        subject: SubjectId | None = None,
        parents: Iterable[RecordId] = (),
    ) -> list[VerifiedRecord]:
        """Check what would be signed, as `Signer.sign` does, and return it without a signature."""
        head, _, held = await self.holding(actor)
        payload = await self.fit(kind, payload, subject)
        author = Author(cast(SigningKey, _Unsigning(held[0])), actor, head)
        return [sign_record(author, kind, payload, now_ms(), subject=subject, parents=list(parents))]


def meaning_of(records: Sequence[VerifiedRecord]) -> bytes:
    """Return a digest of what records say, in whose name, and of which records they follow.

    When they were signed, by which keys, and what is random in them is left out.
    """
    said = []
    for record in records:
        header = record.header
        if header.kind in _MEANS_NOTHING_NEW:
            continue
        payload = {name: value for name, value in payload_of(record).items() if name not in _RANDOM}
        said.append([header.kind, header.actor, header.subject, list(header.parents), payload])
    return blake2b(encode_unchecked(said), digest_size=32, person=b"minga meaning").digest()
