"""Everything that a node holds that has to do with somebody, record by record, and whose it is."""

from collections.abc import Callable
from dataclasses import dataclass

from node.privacy.person import Mention, Person
from node.store.interface import Store
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import PublicKey
from protocol.record.envelope import split_envelope
from protocol.record.header import decode_header
from protocol.state.authority import ActorState

_SEAL = b"\xa4seal"  # the kind as it stands in a header


@dataclass(frozen=True, slots=True)
class Found:
    """A record that has to do with somebody, and how; `author` is the actor in whose name it is."""

    id: RecordId
    kind: str
    subject: SubjectId
    author: ActorId
    time_ms: int
    mentions: tuple[Mention, ...]
    has_content: bool

    @property
    def names_them(self) -> bool:
        """Whether one of their names stands in a text of it."""
        return any(mention.how == "words" for mention in self.mentions)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is held of somebody, oldest first; and how many sealed contents nobody can look into here."""

    found: list[Found]
    sealed: int


def person_of(
    actors: list[ActorState], keys: frozenset[PublicKey], names: tuple[str, ...], *, with_names: bool = True
) -> Person:
    """Return whom a request is about: actors, with the keys and names of all their versions; more of both."""
    contents = [content for state in actors for content in state.contents.values()]
    own_names = {text for content in contents for text in content.name.values()} if with_names else set()
    return Person(
        frozenset(state.actor for state in actors),
        keys | {PublicKey(entry.key) for content in contents for entry in content.keys},
        tuple(sorted({*names, *own_names})),
    )


async def held_of(store: Store, person: Person, progress: Callable[[int], None] | None = None) -> Holdings:
    """Return everything held that has to do with a person; it reads every record there is.

    `progress` is told how many were read so far.
    """
    found: list[Found] = []
    sealed = 0
    number = 0
    async for record_id, envelope in store.all_records():
        number += 1
        mentions = person.mentions(envelope)
        if ActorId(record_id) in person.actors:  # the first record of an actor does not hold its id
            mentions = [Mention("author"), *mentions]
        if not mentions and _SEAL not in envelope:
            if progress is not None:
                progress(number)
            continue
        parts = split_envelope(envelope)
        header = decode_header(parts.header)
        sealed += header.kind == "seal" and parts.payload is not None
        if mentions:
            found.append(
                Found(
                    record_id,
                    header.kind,
                    SubjectId(record_id) if header.subject is None else header.subject,
                    ActorId(record_id) if header.actor is None else header.actor,
                    header.time_ms,
                    tuple(dict.fromkeys(mentions)),
                    parts.payload is not None,
                )
            )
        if progress is not None:
            progress(number)
    return Holdings(sorted(found, key=lambda one: (one.time_ms, one.id)), sealed)
