"""What stands behind an act: when it took effect, by what authority, on what paper (docs/protocol.md §6.8).

Paper counts: what was decided or signed away from any node is recorded by whoever holds the paper, and shown
as such.  What comes from an archive names its source.
"""

from typing import Annotated

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.privacy import PersonalData
from protocol.kinds.text import Date, Link, Names, Part, Salt, Short, Source, Texts, require_calendar_date
from protocol.limits import LIST_LENGTH_MAX, TIME_MAX_MS, TIME_MIN_MS

Sha256 = Annotated[bytes, Meta(min_length=32, max_length=32)]
Moment = Annotated[int, Meta(ge=TIME_MIN_MS, le=TIME_MAX_MS)]
"""Milliseconds since 1970 UTC, for what a source dates to the minute."""


class Evidence(Part, frozen=True, omit_defaults=True):
    """A paper or a file: what it is, who holds it, and the SHA-256 of a copy where there is one."""

    title: Short | Names
    held_by: Short | None = None
    url: Link | None = None
    sha256: Sha256 | None = None


class Authorisation(Part, frozen=True, omit_defaults=True):
    """The act by which an office may sign: number, day, office, term of its mandate."""

    act: Short
    on: Date | None = None
    office: Short | None = None
    mandate_end: Date | None = None


class Act(Part, frozen=True, omit_defaults=True, kw_only=True):
    """What every act of the procedure may say.

    It took effect `on` a day or at a moment; without either, when it was signed.
    """

    on: Date | None = None
    at_ms: Moment | None = None
    authorised_by: Authorisation | None = None
    evidence: Annotated[list[Evidence], Meta(max_length=LIST_LENGTH_MAX)] = []
    source: Source | None = None
    note: Texts | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


def check_act(act: Act) -> None:
    """Check what every act says of its time and authority.  Raises `Malformed`."""
    if act.on is not None and act.at_ms is not None:
        raise Malformed("an act took effect on a day or at a moment, not both")
    check_days(act.on)
    if act.authorised_by is not None:
        check_days(act.authorised_by.on, act.authorised_by.mandate_end)


def check_days(*days: str | None) -> None:
    """Raise `Malformed` unless all days given are days of the calendar, none before one given before it."""
    last = ""
    for day in days:
        if day is not None:
            require_calendar_date(day)
            if day < last:
                raise Malformed(f"{day} is before {last}, which it has to follow")
            last = day
