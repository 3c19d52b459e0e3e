"""Kind `actor`: a version of who can sign (docs/protocol.md §6.1), and `cosign`, a further signature."""

from typing import Annotated

from msgspec import Meta

from protocol.errors import Malformed
from protocol.identifiers import tagged_hash
from protocol.keys import PublicKey, require_public_key
from protocol.kinds.privacy import PersonalData
from protocol.kinds.proof import Proof, check_proof
from protocol.kinds.text import Identifier, KeyBytes, Link, Names, Part, Salt, Short, Slug, Source, Texts
from protocol.limits import KEYS_MAX, LIST_LENGTH_MAX, UPHELD_MAX

# Domain vocabulary: what an actor can be; an unknown type is kept and shown as it stands.
ACTOR_TYPES = (
    "indigenous_people",
    "community",
    "comuna",
    "municipality",
    "ministry",
    "agency",
    "community_service_coop",
    "multi_stakeholder_coop",
    "cooperative",
    "association",
    "water_board",
    "school",
    "university",
    "council",
    "person",
    "other",
)


class Key(Part, frozen=True, omit_defaults=True):
    """An operational key and whose it is: a person, an office, a device."""

    key: KeyBytes
    label: Short | None = None


class Recovery(Part, frozen=True):
    """Commitment to keys kept on paper: their digests, and how many must sign to recover."""

    digests: Annotated[list[Identifier], Meta(min_length=1, max_length=KEYS_MAX)]
    threshold: Annotated[int, Meta(ge=1, le=KEYS_MAX)]


class Upheld(Part, frozen=True, omit_defaults=True):
    """What a version upholds of a key it drops: everything, or the named records with their ancestors."""

    key: KeyBytes
    everything: bool = False
    records: Annotated[list[Identifier], Meta(max_length=UPHELD_MAX)] = []


class Voice(Part, frozen=True, omit_defaults=True):
    """A thing in which this actor was named before it had keys, and the name it was given there."""

    subject: Identifier
    name: Short | None = None


class Actor(Part, frozen=True, omit_defaults=True):
    """One version of an actor: its operational keys and threshold, its recovery commitment, its profile."""

    name: Names
    type: Slug
    keys: Annotated[list[Key], Meta(min_length=1, max_length=KEYS_MAX)]
    threshold: Annotated[int, Meta(ge=1, le=KEYS_MAX)]
    recovery: Recovery | None = None
    upholds: Annotated[list[Upheld], Meta(max_length=KEYS_MAX)] = []
    speaks_for: Annotated[list[Voice], Meta(max_length=LIST_LENGTH_MAX)] = []
    description: Texts | None = None
    website: Link | None = None
    source: Source | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


class Cosign(Part, frozen=True, omit_defaults=True):
    """A further signature of the one record named as parent; beside a consent's, with a proof of its own."""

    proof: Proof | None = None
    salt: Salt | None = None


def recovery_digest(key: PublicKey) -> bytes:
    """Return the digest under which a recovery key is committed to before anybody sees it."""
    return tagged_hash("recovery", key)


def check_actor(content: Actor) -> None:
    """Check what the types cannot say: keys distinct and known, thresholds reachable.  Raises `Malformed`."""
    keys = [require_public_key(entry.key) for entry in content.keys]
    if len(set(keys)) != len(keys):
        raise Malformed("an actor lists one key twice")
    if content.threshold > len(keys):
        raise Malformed("an actor's threshold is higher than its number of keys")
    if content.recovery is not None:
        digests = content.recovery.digests
        if len(set(digests)) != len(digests):
            raise Malformed("an actor commits to one recovery key twice")
        if content.recovery.threshold > len(digests):
            raise Malformed("a recovery threshold is higher than its number of keys")
        # Who steals the operational keys must not hold a recovery key with them.
        if not set(digests).isdisjoint(recovery_digest(key) for key in keys):
            raise Malformed("an actor's operational key is one of its recovery keys as well")
    upheld = [entry.key for entry in content.upholds]
    if len(set(upheld)) != len(upheld):
        raise Malformed("an actor says twice what it upholds of one key")
    if set(upheld) & set(keys):
        raise Malformed("an actor upholds the signatures of a key that it keeps")
    for entry in content.upholds:
        if entry.everything and entry.records:
            raise Malformed("an actor upholds everything of a key, and a list as well")


def check_cosign(content: Cosign) -> None:
    """Check the day of a proof.  Raises `Malformed`."""
    check_proof(content.proof)
