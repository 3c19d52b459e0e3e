"""Kind `place`: a territory or an administration's district, as a source has it (docs/protocol.md §6.7).

A municipality is not a commons, and it is an actor only once it holds keys of its own.  Until then others may
say where it lies and what it is called, so that commons can be read against it.  A place decides nothing:
governance nests without a higher level overruling a lower.
"""

from typing import Annotated, Any

from msgspec import Meta

from protocol.kinds.commons import Territory
from protocol.kinds.text import Names, Part, Salt, Short, Slug, Source, Texts
from protocol.limits import LIST_LENGTH_MAX, UNCERTAINTY_MAX_M


class Place(Part, frozen=True, omit_defaults=True):
    """One version of what is said of a territory: its level, its name, its official code, its limits."""

    name: Names
    level: Slug  # one of `TERRITORY_LEVELS`, or another register's word
    licence: Short  # SPDX identifier, such as CC-BY-4.0
    code: Short | None = None  # an official register's code for it
    type: Slug | None = None  # what its administration is, in the words of `ACTOR_TYPES`
    geometry: dict[str, Any] | None = None
    uncertainty_m: Annotated[int, Meta(ge=0, le=UNCERTAINTY_MAX_M)] | None = None
    territory: Annotated[list[Territory], Meta(max_length=LIST_LENGTH_MAX)] = []
    source: Source | None = None
    facts: Texts | None = None
    salt: Salt | None = None
