"""Kind `endorsement`: trust between people, in place of a central certifier (docs/protocol.md §6.11).

What makes knowledge flow is trust between people (paper 2, 4).  An actor says of another: I know them, and
they speak for this place.
"""

from typing import Annotated

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.contesting import Statement
from protocol.kinds.evidence import check_act, check_days
from protocol.kinds.text import Date, Identifier, Names, Part, Texts
from protocol.limits import ENDORSEMENT_REACH_MAX, LIST_LENGTH_MAX


class SpeaksFor(Part, frozen=True, omit_defaults=True):
    """A place the endorsed actor speaks for: by its id where it has a record, by name where it has none."""

    subject: Identifier | None = None
    name: Names | None = None


class Endorsement(Statement, frozen=True, omit_defaults=True, kw_only=True):
    """The act is about the actor endorsed; its parent is the version of that actor that was known.

    `reach` bounds how many further endorsements may follow this one in a chain (0: only them, not whom they
    endorse); nothing bounds it where there is none.  It lapses after the day `until`.
    """

    speaks_for: Annotated[list[SpeaksFor], Meta(max_length=LIST_LENGTH_MAX)] = []
    text: Texts | None = None  # how they know them
    reach: Annotated[int, Meta(ge=0, le=ENDORSEMENT_REACH_MAX)] | None = None
    until: Date | None = None


def check_endorsement(content: Endorsement) -> None:
    """Check an endorsement's days, and that each place is named.  Raises `Malformed`."""
    check_act(content)
    check_days(content.on, content.until)
    for place in content.speaks_for:
        if place.subject is None and place.name is None:
            raise Malformed("a place that somebody speaks for has neither a record nor a name")
