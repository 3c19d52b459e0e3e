"""Kind `body`: a council or board, its seats and who sits on them (docs/protocol.md §6.10; paper 1, 4.1).

A body that signs is an actor; this says who sits on it, by which act and until when, so that its composition
can be read against the rules it has given itself.
"""

from typing import Annotated

from msgspec import Meta

from protocol.kinds.evidence import Authorisation, check_days
from protocol.kinds.privacy import PersonalData
from protocol.kinds.text import Date, Identifier, Names, Part, Party, Salt, Short, Slug, Source, Texts
from protocol.limits import LIST_LENGTH_MAX

# The rules that `protocol.state.composition` checks; another word is kept and shown.
RULES = (
    "parity",  # as many seats of the State as of civil society (4.1.3)
    "alternating_chair",  # chair and vice-chair from different sides, in turns of two years (4.1.3)
    "users_majority",  # users hold the majority of a shared-service board (4.1.2)
    "few_non_members",  # non-members hold 20 % at most (4.1.2)
    "owners_two_thirds",  # 66 % of what stands on the place (Reg. art. 15.4)
)


class Seat(Part, frozen=True, omit_defaults=True):
    """One mandate on a seat, and the act that says so.

    `side` is `state` or `civil`, `category` `user`, `worker`, `non_member` …, `role` `chair` or `vice_chair`,
    otherwise a member's; or other words.
    """

    side: Slug
    holder: Party | None = None  # vacant without one
    category: Slug | None = None
    role: Slug | None = None
    since: Date | None = None
    until: Date | None = None
    authorised_by: Authorisation | None = None


class Body(Part, frozen=True, omit_defaults=True):
    """One version of what is said of a council or board."""

    name: Names
    type: Slug  # council, shared_service_board, assembly …
    licence: Short
    actor: Identifier | None = None  # what it signs as
    rules: Annotated[list[Slug], Meta(max_length=LIST_LENGTH_MAX)] = []
    seats: Annotated[list[Seat], Meta(max_length=LIST_LENGTH_MAX)] = []
    share_percent: Annotated[int, Meta(ge=0, le=100)] | None = None  # of owners, who have joined
    text: Texts | None = None
    source: Source | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


def check_body(content: Body) -> None:
    """Check the days of the mandates.  Raises `Malformed`."""
    for seat in content.seats:
        check_days(seat.since, seat.until)
        if seat.authorised_by is not None:
            check_days(seat.authorised_by.on, seat.authorised_by.mandate_end)
