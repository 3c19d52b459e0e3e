"""The proof that a signature of a consent may carry for other people's verifiers (docs/protocol.md §16)."""

from typing import Annotated

from msgspec import Meta

from protocol.keys import SIGNATURE_SIZE_BYTES
from protocol.kinds.text import Part, require_calendar_date

# An XSD dateTimeStamp in UTC, to the second: what verifiers read.
CREATED = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z\Z"
)


class Proof(Part, frozen=True):
    """When a proof was made, and its Ed25519 signature; the key is that of the record's signer."""

    created: Annotated[str, Meta(pattern=CREATED)]
    value: Annotated[bytes, Meta(min_length=SIGNATURE_SIZE_BYTES, max_length=SIGNATURE_SIZE_BYTES)]


def check_proof(proof: Proof | None) -> None:
    """Check that a proof's day is one of the calendar.  Raises `Malformed`.

    Whether it proves anything is seen beside the pact (`protocol.proofs`), never here.
    """
    if proof is not None:
        require_calendar_date(proof.created[:10])
