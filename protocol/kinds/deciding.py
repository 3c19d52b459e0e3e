"""Kinds `motion`, `ballot` and `minutes`: how people decide (docs/protocol.md §6.9; Reg. art. 4.4, 10.7).

Competing proposals for one commons are decided by those concerned: in signed ballots with an open roll, or
face to face, with minutes.  One member, one vote.
"""

from typing import Annotated, Literal

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.evidence import Act, check_act, check_days
from protocol.kinds.privacy import PersonalData
from protocol.kinds.text import Date, Identifier, Names, Part, Salt, Short, Source, Texts
from protocol.limits import INTEGER_MAX, OPTIONS_MAX, ROLL_LENGTH_MAX

Count = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]


class Option(Part, frozen=True, omit_defaults=True):
    """What can be chosen: in words, and the record it stands for where there is one."""

    name: Names
    subject: Identifier | None = None


class Voter(Part, frozen=True, omit_defaults=True):
    """One line of the roll: the actor who votes, and who that is."""

    actor: Identifier
    name: Names | None = None


class Motion(Part, frozen=True, omit_defaults=True):
    """One version of a question that is put to a vote; `quorum` is how many must vote."""

    title: Names
    options: Annotated[list[Option], Meta(min_length=2, max_length=OPTIONS_MAX)]
    roll: Annotated[list[Voter], Meta(min_length=1, max_length=ROLL_LENGTH_MAX)]
    closes: Date  # the last day on which a ballot counts
    licence: Short
    opens: Date | None = None
    rule: Literal["most", "majority", "two_thirds", "all"] = "majority"
    quorum: Annotated[int, Meta(ge=1, le=ROLL_LENGTH_MAX)] | None = None
    text: Texts | None = None
    source: Source | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


class Ballot(Act, frozen=True, omit_defaults=True, kw_only=True):
    """A vote for one option, counted from 0; blank without one.  Its parent is the version voted on."""

    option: Annotated[int, Meta(ge=0, le=OPTIONS_MAX - 1)] | None = None


class Minutes(Act, frozen=True, omit_defaults=True, kw_only=True):
    """What an assembly decided face to face: `decided` is the option taken, `votes` those for each option."""

    text: Texts | None = None
    attended: Count | None = None
    votes: Annotated[list[Count], Meta(max_length=OPTIONS_MAX)] = []
    decided: Annotated[int, Meta(ge=0, le=OPTIONS_MAX - 1)] | None = None


def check_motion(content: Motion) -> None:
    """Check the days, the roll and the quorum.  Raises `Malformed`."""
    check_days(content.opens, content.closes)
    if len({voter.actor for voter in content.roll}) != len(content.roll):
        raise Malformed("a roll lists one voter twice")
    if content.quorum is not None and content.quorum > len(content.roll):
        raise Malformed("a quorum is higher than the number of voters")


def check_ballot(content: Ballot) -> None:
    """Check what a ballot says of itself: it is signed by the voter, when it is cast.  Raises `Malformed`."""
    check_act(content)
    if content.on is not None or content.at_ms is not None:
        raise Malformed("a ballot is cast when it is signed")
