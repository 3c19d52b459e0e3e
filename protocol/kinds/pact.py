"""Kinds `pact`, `consent` and `erasure` (docs/protocol.md §6.4–6.6).

A pact holds what Reg. art. 5.2 a–m asks for, one field a letter (the Italian alphabet has no j and k).
"""

from typing import Annotated, Literal

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.evidence import Authorisation
from protocol.kinds.privacy import PersonalData
from protocol.kinds.proof import Proof, check_proof
from protocol.kinds.text import (
    Date,
    Identifier,
    Names,
    Part,
    PartialDate,
    Party,
    Salt,
    Short,
    Source,
    Texts,
    require_calendar_date,
)
from protocol.limits import LIST_LENGTH_MAX

Few = Meta(max_length=LIST_LENGTH_MAX)

# Reg. art. 17.3: nine years, longer only with reasons.
TERM_MAX_MONTHS = 9 * 12


class PactCommons(Part, frozen=True, omit_defaults=True):
    """A commons the pact is about: by its id where it has a record, by name where it has none."""

    subject: Identifier | None = None
    name: Names | None = None


class Clauses(Part, frozen=True, omit_defaults=True):
    """The contents of a pact, in the order of Reg. art. 5.2."""

    objectives: Texts | None = None  # a: objectives and shared actions
    duration: Texts | None = None  # b: duration, causes of suspension and early end
    manner: Texts | None = None  # c: how action is carried out, roles, mutual obligations, limits
    enjoyment: Texts | None = None  # d: how the commons stays open to collective enjoyment
    damage: Texts | None = None  # e: consequences of damage, insurance, responsibility
    guarantees: Texts | None = None  # f: guarantees for failure to perform
    support: Texts | None = None  # g: forms of support
    publicity: Texts | None = None  # h: publicity, documentation, monitoring and reporting
    supervision: Texts | None = None  # i: staff support, supervision, conflicts, sanctions
    conclusion: Texts | None = None  # l: exclusion, what happens at the end
    amendment: Texts | None = None  # m: how it is adapted and modified


CLAUSE_LETTERS = dict(zip(Clauses.__struct_fields__, "abcdefghilm", strict=True))


class Term(Part, frozen=True, omit_defaults=True):
    """When the pact holds: from a day, until a day (the last one included)."""

    start: Date | None = None
    end: Date | None = None
    reasons: Texts | None = None  # why longer than nine years


class Reported(Part, frozen=True, omit_defaults=True):
    """What a source says of a pact that was not signed here; the words are the source's."""

    status: Short
    source: Source
    as_of: PartialDate | None = None
    note: Texts | None = None


class Ending(Part, frozen=True, omit_defaults=True):
    """An agreed end: the version that carries it ends the pact once every party consents to it."""

    on: Date
    cause: Texts


class Pact(Part, frozen=True, omit_defaults=True):
    """One version of a pact of collaboration between administration and community."""

    title: Names
    parties: Annotated[list[Party], Meta(min_length=1, max_length=LIST_LENGTH_MAX)]
    licence: Short
    commons: Annotated[list[PactCommons], Few] = []
    clauses: Clauses = Clauses()
    intensity: Literal["occasional", "constant", "shared_management", "regeneration"] | None = None
    term: Term = Term()
    reported: Reported | None = None
    ending: Ending | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


class Consent(Part, frozen=True, omit_defaults=True):
    """A party's answer to the exact version it names as parent."""

    decision: Literal["consent", "decline"]
    reasons: Texts | None = None
    authorised_by: Authorisation | None = None
    proof: Proof | None = None  # for verifiers elsewhere, over the JSON form of the version consented to
    salt: Salt | None = None


class Erasure(Part, frozen=True, omit_defaults=True):
    """The author's actor has the content of the records named as parents erased everywhere."""

    basis: Literal["author", "habeas_data", "court_order", "mistake"]
    reason: Texts | None = None


def check_pact(content: Pact) -> None:
    """Check what the types cannot say.  Raises `Malformed`."""
    actors = [party.actor for party in content.parties if party.actor is not None]
    if len(set(actors)) != len(actors):
        raise Malformed("a pact names one party twice")
    if content.reported is None and len(content.parties) < 2:
        raise Malformed("a pact has at least two parties")
    for entry in content.commons:
        if entry.subject is None and entry.name is None:
            raise Malformed("a pact's commons has neither a record nor a name")
    term = content.term
    for day in (term.start, term.end, content.ending.on if content.ending else None):
        if day is not None:
            require_calendar_date(day)
    if term.start is not None and term.end is not None:
        if term.end < term.start:
            raise Malformed("a pact's term ends before it starts")
        if longer_than_nine_years(term.start, term.end) and term.reasons is None:
            raise Malformed("a term of more than nine years needs reasons (Reg. art. 17.3)")


def check_consent(content: Consent) -> None:
    """Check an authorisation's days, and what comes with a proof.  Raises `Malformed`."""
    check_proof(content.proof)
    if content.proof is not None and content.decision != "consent":
        raise Malformed("a refusal carries a proof, which would show it elsewhere as a consent")
    if content.authorised_by is not None:
        for day in (content.authorised_by.on, content.authorised_by.mandate_end):
            if day is not None:
                require_calendar_date(day)


def longer_than_nine_years(start: str, end: str) -> bool:
    """Return whether a term, of which `end` is the last day, needs reasons (Reg. art. 17.3)."""
    years = int(end[:4]) - int(start[:4])
    # The ninth anniversary of the first day is one day too many.
    return years > TERM_MAX_MONTHS // 12 or (years == TERM_MAX_MONTHS // 12 and end[5:] >= start[5:])
