"""Kinds `challenge`, `link` and `assessment`: what people say about what others say (docs/protocol.md §6.11).

Nothing is hidden because it is disputed, and nobody but its author takes a statement back.
"""

from typing import Literal

from protocol.errors import Malformed
from protocol.kinds.evidence import Act, check_act, check_days
from protocol.kinds.text import Date, Identifier, Part, Slug, Texts

GROUNDS = (
    "not_so",  # what it says is not the case
    "boundary",
    "not_steward",  # who is named does not speak for the place
    "no_consent",  # those concerned did not agree to its publication
    "sensitive",  # it shows what should not be shown
    "duplicate",
    "other",
)

RELATIONS = (
    "same_as",
    "part_of",  # of the other
    "overlaps",
    "supersedes",  # the other
)

# Ostrom's design principles, as paper 1 has them in its note 38.
PRINCIPLES = (
    "boundaries",  # clear boundaries
    "local_rules",  # rules fit local conditions
    "participation",  # users take part in changing rules
    "monitoring",
    "sanctions",  # graduated
    "conflict_resolution",
    "self_organisation",  # the right to organise is recognised
    "nested",  # nested layers
)


class Statement(Act, frozen=True, omit_defaults=True, kw_only=True):
    """An act that its author may replace by a later one of its kind, or take back (§8.10)."""

    withdrawn: bool = False


class Challenge(Statement, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody holds that the records named as parents are wrong; `until` is the last day to answer."""

    text: Texts | None = None
    ground: Slug | None = None
    until: Date | None = None


class Link(Statement, frozen=True, omit_defaults=True, kw_only=True):
    """How the thing the act is about stands to another one, in the author's eyes."""

    relation: Slug
    other: Identifier  # the id of the other thing
    text: Texts | None = None


class Finding(Part, frozen=True, omit_defaults=True):
    """What was found of one principle."""

    finding: Literal["absent", "partial", "present", "unknown"]
    text: Texts | None = None


class Principles(Part, frozen=True, omit_defaults=True):
    """One finding for each of Ostrom's eight design principles that was looked at."""

    boundaries: Finding | None = None
    local_rules: Finding | None = None
    participation: Finding | None = None
    monitoring: Finding | None = None
    sanctions: Finding | None = None
    conflict_resolution: Finding | None = None
    self_organisation: Finding | None = None
    nested: Finding | None = None


class Assessment(Statement, frozen=True, omit_defaults=True, kw_only=True):
    """A commons held against the eight principles, by whoever signs it, on the day of the act."""

    principles: Principles = Principles()
    text: Texts | None = None


def check_challenge(content: Challenge) -> None:
    """Check that a challenge says why, and its days.  Raises `Malformed`."""
    check_act(content)
    check_days(content.on, content.until)
    if content.text is None and not content.withdrawn:
        raise Malformed("a challenge says what is wrong")
