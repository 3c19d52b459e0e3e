"""What a content says of those it could harm: how precise it is, what is sealed, why people are named.

docs/protocol.md §6.3, §6.11.  The precise is left out or made coarse before a record is signed: nothing that
is signed and sent can be taken back from everybody.
"""

from typing import Any, Literal

from protocol.errors import Malformed
from protocol.kinds.text import Identifier, Part, PartialDate, Short, Texts
from protocol.limits import GENERALISED_GRID_UNITS

Sensitivity = Literal["public", "generalised", "sealed", "withheld"]
"""How much of a place is published: all, on a coarse grid, that with the rest sealed, nothing."""

# Places of these are on the grid.
COARSE = frozenset({"generalised", "sealed"})


class Sealed(Part, frozen=True, omit_defaults=True):
    """The commitment to a content that is sealed for named actors: the digest of what a `seal` holds."""

    commitment: Identifier


class PersonalData(Part, frozen=True, omit_defaults=True):
    """Why a record names people, and by what right (habeas data): a purpose, and a basis with its day."""

    purpose: Texts
    basis: Literal["consent", "public_office", "public_source", "law"]
    on: PartialDate | None = None
    held_by: Short | None = None  # who keeps the consent


def check_sensitivity(content: Any) -> None:
    """Check that a content with a `sensitivity` shows no more of its place than that says.

    Raises `Malformed`.
    """
    tier, geometry = content.sensitivity, content.geometry
    if (content.sealed is not None) != (tier == "sealed"):
        raise Malformed("a sealed place names what was sealed, and no other does")
    if geometry is None:
        return
    if tier == "withheld":
        raise Malformed("a place that is withheld carries no geometry")
    if tier in COARSE:
        if content.uncertainty_m is None:
            raise Malformed("a generalised place states its uncertainty in metres")
        if not _on_grid(geometry.get("coordinates")):
            raise Malformed("a generalised place lies on the grid of 0.001 degrees")


def _on_grid(coordinates: Any) -> bool:
    if type(coordinates) is list:
        return all(_on_grid(part) for part in coordinates)
    # Whether these are numbers at all is seen with the geometry.
    return type(coordinates) is not int or coordinates % GENERALISED_GRID_UNITS == 0
