"""What the atlas gives: its collections, and the properties of the features in each.

From this table come the properties of GeoJSON, what can be asked for, columns of tables, and their
descriptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from protocol.kinds.commons import RESOURCES

PropertyType = Literal["string", "integer", "number", "boolean", "date-time", "array", "object"]
"""Types of JSON, and moments (RFC 3339); an array is of strings, an object has texts by language tag."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property: `column` of the table `feature` that holds it, None where it cannot be asked for.

    A `date-time` is a whole number of milliseconds since 1970 UTC in its column, a `boolean` 0 or 1, and an
    `array` its words with a space before and after each.  `values` are all that it can be, where these are
    few and known.
    """

    name: str
    type: PropertyType
    column: str | None
    title: str
    description: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of features, in the order of what its properties are given in."""

    title: str
    description: str
    properties: tuple[Property, ...]

    def property(self, name: str) -> Property | None:
        """Return a property by its name."""
        return next((one for one in self.properties if one.name == name), None)


# Of a pact, an alert or a commons; others are possible where a record is not in effect.
THING_STATUSES = ("own", "documented", "awaiting", "awaiting_consent", "contested")
PACT_STATUSES = (
    *("proposed", "partly_signed", "declined", "in_force", "under_review", "suspended", "ended", "expired"),
    *("not_yet_started", "reported", "contested"),
)
ALERT_STATES = ("open", "resolved", "withdrawn")

_NAME = Property(
    "name", "string", "name", "Name", "What it is called, in the language its record gives first."
)
_NAMES = Property("names", "object", None, "Names", "What it is called in each language, by BCP 47 tag.")
_VOICE = Property(
    *("voice", "string", "voice", "Voice"),
    "Who speaks: `own` where its stewards or parties tell of it, `other` where somebody else does.",
    ("own", "other"),
)
_CONTESTED = Property(
    *("contested", "boolean", "contested", "Contested"),
    "Whether it is disputed: a standing challenge, rival versions, or another's claim on the same ground.",
)
_AUTHOR = (
    Property("author", "string", None, "Author", "The id of the actor who signed the version shown."),
    Property("author_name", "string", None, "Author's name", "What that actor is called."),
)
_SOURCE = (
    Property("licence", "string", None, "Licence", "The SPDX identifier of the licence of its data."),
    Property("source", "string", None, "Source", "Where its author has it from, if not from themselves."),
)
_TIMES = (
    Property("since", "date-time", "since", "Since", "When it was first told of."),
    Property("changed", "date-time", "changed", "Changed", "When the version shown was signed."),
)
_URL = Property("url", "string", None, "Page", "The path of its page on this node.")
_UNCERTAINTY = Property(
    *("uncertainty_m", "integer", "uncertainty_m", "Uncertainty"),
    "How far off the place may be, in metres; null where it is as precise as it says.",
)
_AREA = Property(
    *("area_m2", "integer", "area_m2", "Area"),
    "Square metres, as stated, else of the public geometry on the ellipsoid WGS 84; null where not known.",
)
_IN_FORCE = Property(
    *("pacts_in_force", "integer", "pacts_in_force", "Pacts in force"),
    "How many pacts of collaboration about it are in force.",
)

COMMONS = Collection(
    "Commons",
    "Resources whose use is open to a community that manages them in common, each as the version shown says.",
    (
        _NAME,
        _NAMES,
        Property(
            *("resource", "string", "resource", "Resource"),
            "What is held in common; the first where there are several.",
            RESOURCES,
        ),
        Property("resources", "array", "resources", "Resources", "Everything that is held in common there."),
        Property(
            *("status", "string", "status", "Status"),
            "How its record stands: in effect (`own`, `documented`), or waiting for something.",
            THING_STATUSES,
        ),
        _VOICE,
        _CONTESTED,
        Property("stewards", "array", None, "Stewards", "Who cares for it, by name."),
        *_AUTHOR,
        Property(
            "territory", "string", None, "Territory", "What it lies in, from the smallest to the largest."
        ),
        Property("country", "string", None, "Country", "The nation it lies in: its code, else its name."),
        _AREA,
        _UNCERTAINTY,
        Property(
            *("sensitivity", "string", "sensitivity", "Sensitivity"),
            "How much of its place is published.",
            ("public", "generalised", "sealed", "withheld"),
        ),
        Property("legal", "string", None, "Legal standing", "Its legal standing, in words."),
        _IN_FORCE,
        Property(
            "alerts_open", "integer", "alerts_open", "Open alerts", "How many alerts about it are open."
        ),
        Property("labels", "array", None, "Labels", "Local Contexts labels set by its community."),
        *_SOURCE,
        *_TIMES,
        _URL,
    ),
)

COLLECTIONS: Mapping[str, Collection] = MappingProxyType({"commons": COMMONS})
"""By name, as in addresses and in the column `collection`."""
