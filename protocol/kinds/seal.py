"""Kind `seal`: a content that only named actors can read (docs/protocol.md §6.11, §17).

It travels and is kept like any record; what it holds is opened by `protocol.sealing`.
"""

from typing import Annotated, Literal

from msgspec import Meta

from protocol.errors import Malformed
from protocol.keys import require_public_key
from protocol.kinds.text import Identifier, KeyBytes, Part, Texts
from protocol.limits import SEAL_RECIPIENTS_MAX, SEALED_SIZE_MAX_BYTES

# A content key of 32 bytes and the tag of 16 (RFC 8439).
BOX_SIZE_BYTES = 48


class Recipient(Part, frozen=True):
    """Whom the content key is boxed for: one key of an actor."""

    actor: Identifier
    key: KeyBytes
    box: Annotated[bytes, Meta(min_length=BOX_SIZE_BYTES, max_length=BOX_SIZE_BYTES)]


class Seal(Part, frozen=True, omit_defaults=True):
    """What was sealed, for whom; its parents are the versions that commit to it."""

    suite: Literal["x25519-chacha20poly1305"]
    commitment: Identifier
    ephemeral: Identifier  # an X25519 public key, of this seal alone
    recipients: Annotated[list[Recipient], Meta(min_length=1, max_length=SEAL_RECIPIENTS_MAX)]
    sealed: Annotated[bytes, Meta(min_length=17, max_length=SEALED_SIZE_MAX_BYTES)]
    note: Texts | None = None


def check_seal(content: Seal) -> None:
    """Check that each recipient is named once, by a key of a known type.

    Raises `Malformed`, or `Unsupported` for another key type.
    """
    keys = [(recipient.actor, require_public_key(recipient.key)) for recipient in content.recipients]
    if len(set(keys)) != len(keys):
        raise Malformed("a seal names one recipient twice")
