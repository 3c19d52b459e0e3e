"""How two places meet, and what is told of it between the node and the process that measures it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec
from msgspec import Struct


class Relation(StrEnum):
    """How one place stands to the other, read from the first."""

    SAME = "same"
    WITHIN = "within"  # nearly all of the first lies in the other
    CONTAINS = "contains"
    OVERLAPS = "overlaps"
    UNMEASURED = "unmeasured"  # their boxes meet; too intricate to be worked out


@dataclass(frozen=True, slots=True)
class Meeting:
    """How two places meet.

    `square_metres` is None where one of them has no area.  `share` is how much of the first, `other_share`
    how much of the other is common to both, from 0 to 1: of its area, length or points.  `rough`:
    one of them is known only to within some distance.
    """

    relation: Relation
    square_metres: float | None
    share: float
    other_share: float
    rough: bool

    def turned(self) -> "Meeting":
        """Return the same, read from the other place."""
        relation = _TURNED.get(self.relation, self.relation)
        return Meeting(relation, self.square_metres, self.other_share, self.share, self.rough)


_TURNED = {Relation.WITHIN: Relation.CONTAINS, Relation.CONTAINS: Relation.WITHIN}


class Job(Struct, array_like=True):
    """Envelopes as they are stored: of the version shown of a place, and of others."""

    one: bytes
    others: Sequence[bytes]


_encoder = msgspec.msgpack.Encoder()
_jobs = msgspec.msgpack.Decoder(Job)
_answers = msgspec.msgpack.Decoder(list[Meeting | None])


def encode_job(one: bytes, others: Sequence[bytes]) -> bytes:
    """Return the job of measuring how `others` meet `one`."""
    return _encoder.encode(Job(one, others))


def decode_job(body: bytes) -> Job:
    """Return what `encode_job` was given."""
    return _jobs.decode(body)


def encode_answer(meetings: Sequence[Meeting | None]) -> bytes:
    """Return the answer to a job: how each of the others meets the place, in order."""
    return _encoder.encode(meetings)


def decode_answer(body: bytes) -> list[Meeting | None]:
    """Return what `encode_answer` was given.  Raises `ValueError`."""
    return _answers.decode(body)
