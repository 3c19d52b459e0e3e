"""Kind `alert`: a commons is being enclosed, encroached upon or harmed (docs/protocol.md §6.11).

Its users raise and document it (paper 1, 4.4), also where the commons has no record yet: so it is a thing of
its own, not an act about one.  Others answer and dispute it; it has versions until it is over.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.evidence import Evidence
from protocol.kinds.pact import PactCommons
from protocol.kinds.privacy import PersonalData, Sealed, Sensitivity, check_sensitivity
from protocol.kinds.text import Names, Part, PartialDate, Salt, Short, Slug, Source, Texts
from protocol.limits import LIST_LENGTH_MAX, UNCERTAINTY_MAX_M

ALERTS = (
    "enclosure",  # taken for private or State gain, or its users kept out
    "encroachment",  # somebody settles, builds, grazes or digs inside its bounds
    "concession",  # a permit given or asked for over the heads of its users
    "damage",
    "pollution",
    "threat",  # to people who defend it
    "other",
)

Few = Meta(max_length=LIST_LENGTH_MAX)


class Alert(Part, frozen=True, omit_defaults=True):
    """One version of an alert; `state` says whether it goes on, was settled, or was a mistake."""

    title: Names
    type: Slug
    licence: Short
    text: Texts | None = None
    commons: Annotated[list[PactCommons], Few] = []
    geometry: dict[str, Any] | None = None
    uncertainty_m: Annotated[int, Meta(ge=0, le=UNCERTAINTY_MAX_M)] | None = None
    sensitivity: Sensitivity = "public"
    sealed: Sealed | None = None
    since: PartialDate | None = None
    evidence: Annotated[list[Evidence], Few] = []
    state: Literal["open", "resolved", "withdrawn"] = "open"
    outcome: Texts | None = None  # what came of it
    source: Source | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


def check_alert(content: Alert) -> None:
    """Check what the types cannot say.  Raises `Malformed`."""
    check_sensitivity(content)
    for entry in content.commons:
        if entry.subject is None and entry.name is None:
            raise Malformed("a commons of an alert has neither a record nor a name")
