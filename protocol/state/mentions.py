"""Which other things and actors a thing names, so that it can be found from there (docs/protocol.md §6).

A pact names its commons, a motion the proposals it decides between, a link its other end, an endorsement who
gives it.  What is named need not be held, and says nothing of who names it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from protocol.identifiers import ActorId, RecordId
from protocol.kinds.alert import Alert
from protocol.kinds.body import Body
from protocol.kinds.contesting import Link
from protocol.kinds.deciding import Motion
from protocol.kinds.endorsement import Endorsement
from protocol.kinds.pact import Pact
from protocol.kinds.procedure import Call
from protocol.state.effect import Effect
from protocol.state.fold import ThingState


class Role(IntEnum):
    """As what something is named.  Kept in stores: a number is never given another meaning."""

    COMMONS = 1  # by a pact, a call or an alert, which is about it
    OPTION = 2  # by a motion, which decides on it
    LINK = 3  # by a link, as its other end
    PLACE = 4  # by an endorsement, as a place that the endorsed actor speaks for
    ENDORSER = 5  # as the author of an endorsement, which is found at the actor endorsed
    SEAT = 6  # by a body, as the holder of a seat
    VOTER = 7  # by a motion, on its roll


# What the version shown of a thing names; the others are named by statements about it.
VERSION_ROLES = (Role.COMMONS, Role.OPTION, Role.SEAT, Role.VOTER)


@dataclass(frozen=True, slots=True)
class Mention:
    """A record names `of`, the 32 bytes of a thing's or an actor's id, in some role."""

    of: bytes
    role: Role
    record: RecordId


_STATEMENTS = frozenset({"link", "endorsement"})

# The kinds of records that can name something.
NAMING_KINDS = _STATEMENTS | {"pact", "call", "alert", "motion", "body"}


def mentions_of(state: ThingState) -> frozenset[Mention]:
    """Return what the version shown of a thing names, and what the effective statements about it name.

    Whether a statement stands at some moment is not looked at: whoever asks knows the moment.
    """
    found: set[Mention] = set()
    shown = state.versions.all.get(state.display) if state.display is not None else None
    if shown is not None:
        found.update(Mention(of, role, shown.id) for of, role in _named_by_version(shown.content))
    for record_id, verdict in state.judged.items():
        header = verdict.record.header
        if header.kind not in _STATEMENTS or record_id in state.erased:
            continue
        if verdict.effect is Effect.EFFECTIVE and header.actor is not None:
            named = _named_by_statement(verdict.record.content, header.actor)
            found.update(Mention(of, role, record_id) for of, role in named)
    return frozenset(found)


def named_in(content: Any) -> tuple[frozenset[bytes], frozenset[ActorId]]:
    """Return the ids of the things, and of the actors, that the content of one record names, in whatever role
    but as steward or party; whether it takes effect is not looked at."""
    found = [*_named_by_version(content), *_named_by_statement(content, b"")]
    actors = frozenset(ActorId(of) for of, role in found if role in (Role.SEAT, Role.VOTER))
    return frozenset(of for of, role in found if role is not Role.ENDORSER) - actors, actors


def _named_by_version(content: Any) -> Iterator[tuple[bytes, Role]]:
    match content:
        case Pact() | Call() | Alert():
            yield from (
                (entry.subject, Role.COMMONS) for entry in content.commons if entry.subject is not None
            )
        case Motion():
            yield from (
                (option.subject, Role.OPTION) for option in content.options if option.subject is not None
            )
            yield from ((voter.actor, Role.VOTER) for voter in content.roll)
        case Body():
            for seat in content.seats:
                if seat.holder is not None and seat.holder.actor is not None:
                    yield seat.holder.actor, Role.SEAT


def _named_by_statement(content: Any, author: bytes) -> Iterator[tuple[bytes, Role]]:
    match content:
        case Link():
            yield content.other, Role.LINK
        case Endorsement():
            yield author, Role.ENDORSER
            yield from (
                (place.subject, Role.PLACE) for place in content.speaks_for if place.subject is not None
            )
