"""Kind `commons`: a resource that a community of users manages in common (docs/protocol.md §6.3).

There is no field for an owner, a price or a transfer, and the names that could be given that meaning
are refused: stewardship changes only with the present stewards' consent (Reg. art. 2a; P1 4.4).
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

from protocol.errors import Malformed
from protocol.kinds.privacy import PersonalData, Sealed, Sensitivity, check_sensitivity
from protocol.kinds.text import Identifier, Names, Part, PartialDate, Party, Salt, Short, Slug, Source, Texts
from protocol.limits import INTEGER_MAX, LIST_LENGTH_MAX, UNCERTAINTY_MAX_M

RESOURCES = (
    "water",
    "irrigation",
    "forest",
    "fishery",
    "pasture",
    "paramo",
    "wetland",
    "mangrove",
    "wild_harvest",
    "seeds",
    "coast",
    "territory",
    "urban",
    "other",
)

# From the smallest to the largest: governance nests, and no level overrules another.
TERRITORY_LEVELS = (
    "community",
    "neighbourhood",
    "parish",
    "municipality",
    "district",
    "canton",
    "province",
    "region",
    "nation",
)

# No extension may give a commons an owner or a price.
REFUSED_FIELDS = {
    name: f"a commons has no {name}: it cannot be sold or transferred"
    for name in (
        "owner",
        "owners",
        "ownership",
        "price",
        "sale",
        "for_sale",
        "buyer",
        "seller",
        "transfer",
        "transfer_to",
        "title_deed_to",
    )
}

Few = Meta(max_length=LIST_LENGTH_MAX)


class Territory(Part, frozen=True, omit_defaults=True):
    """One level of the nesting a commons lies in."""

    level: Slug
    name: Names
    code: Short | None = None
    actor: Identifier | None = None


class Area(Part, frozen=True, omit_defaults=True):
    """An area: square metres, and the figure in the local unit if that is how people say it."""

    square_metres: Annotated[int, Meta(ge=0, le=INTEGER_MAX)] | None = None
    local: Short | None = None


class Legal(Part, frozen=True, omit_defaults=True):
    """Legal standing: in words, with a date or a register's number where there is one."""

    text: Texts
    since: PartialDate | None = None
    register: Short | None = None


class Publication(Part, frozen=True, omit_defaults=True):
    """How the community consented to publication; `public_source` says that nobody asked it."""

    basis: Literal["assembly", "council", "stewards", "customary", "public_source", "unknown"]
    on: PartialDate | None = None
    text: Texts | None = None


LABEL_CODE = r"^[A-Z]{2,3}( [A-Z0-9]{1,6}){1,2}\Z"


class Label(Part, frozen=True, omit_defaults=True):
    """A Local Contexts label (such as `TK A`, `BC P`), set by the community, only shown here."""

    code: Annotated[str, Meta(pattern=LABEL_CODE)]
    community: Names | None = None
    text: Texts | None = None


class Commons(Part, frozen=True, omit_defaults=True):
    """One version of what is said of a commons."""

    name: Names
    resources: Annotated[list[Slug], Meta(min_length=1, max_length=16)]
    licence: Short  # SPDX identifier, such as CC-BY-4.0
    description: Texts | None = None
    geometry: dict[str, Any] | None = None
    uncertainty_m: Annotated[int, Meta(ge=0, le=UNCERTAINTY_MAX_M)] | None = None
    area: Area | None = None
    territory: Annotated[list[Territory], Few] = []
    stewards: Annotated[list[Party], Few] = []
    users: Texts | None = None
    rules: Texts | None = None
    legal: Legal | None = None
    publication: Publication | None = None
    labels: Annotated[list[Label], Few] = []
    sensitivity: Sensitivity = "public"
    sealed: Sealed | None = None
    source: Source | None = None
    facts: Texts | None = None
    personal_data: PersonalData | None = None
    salt: Salt | None = None


def check_commons(content: Commons) -> None:
    """Check what the types cannot say.  Raises `Malformed`."""
    check_sensitivity(content)
    actors = [party.actor for party in content.stewards if party.actor is not None]
    if len(set(actors)) != len(actors):
        raise Malformed("a commons names one steward twice")
