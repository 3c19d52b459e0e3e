"""What the atlas gives: its collections, and the properties of the features in each.

From this table come the properties of GeoJSON, what can be asked for, columns of tables, and their
descriptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from protocol.kinds.alert import ALERTS as ALERTS_KNOWN
from protocol.kinds.commons import RESOURCES, TERRITORY_LEVELS
from protocol.state.course import STATUSES

PropertyType = Literal["string", "integer", "number", "boolean", "date-time", "array", "object"]
"""Types of JSON, and moments (RFC 3339); an array is of strings, an object has texts by language tag."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property: `column` of the table `feature` that holds it, None where it cannot be asked for.

    A `date-time` is a whole number of milliseconds since 1970 UTC in its column, a `boolean` 0 or 1, and an
    `array` its words with a space before and after each.  `values` are all that it can be, where these are
    few and known.  A `large` whole number may have more than 32 bits: GeoJSON has it with a point, by which
    GDAL, which takes the first that it meets for all, knows to leave room.
    """

    name: str
    type: PropertyType
    column: str | None
    title: str
    description: str
    values: tuple[str, ...] = ()
    large: bool = False


@dataclass(frozen=True, slots=True)
class Collection:
    """A collection of features, in the order of what its properties are given in."""

    title: str
    description: str
    properties: tuple[Property, ...]

    def property(self, name: str) -> Property | None:
        """Return a property by its name."""
        return next((one for one in self.properties if one.name == name), None)


SENSITIVITIES = ("public", "generalised", "sealed", "withheld")

# How a record stands: in effect, told of by its own or by others, or waiting for something.
THING_STATUSES = ("own", "documented", "awaiting", "awaiting_consent", "contested")
ALERT_STATES = ("open", "resolved", "withdrawn", "awaiting", "contested")

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
    Property("author", "string", "author", "Author", "The id of the actor who signed the version shown."),
    Property("author_name", "string", None, "Author's name", "What that actor is called."),
)
_SOURCE = (
    Property("licence", "string", "licence", "Licence", "The SPDX identifier of the licence of its data."),
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
    large=True,
)
_IN_FORCE = Property(
    *("pacts_in_force", "integer", "pacts_in_force", "Pacts in force"),
    "How many pacts of collaboration about it are in force.",
)
_ABOUT = Property("commons", "array", "about", "Commons", "The ids of the commons that it is about.")

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
            SENSITIVITIES,
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

PACTS = Collection(
    "Pacts",
    "Pacts of collaboration between administrations and communities, each with where it stands; on the map"
    " where the commons are that they are about.",
    (
        _NAME,
        _NAMES,
        Property(
            *("status", "string", "status", "Status"),
            "Where it stands in its procedure at present.",
            (*STATUSES, "awaiting"),
        ),
        _VOICE,
        _CONTESTED,
        Property("parties", "array", None, "Parties", "Who agrees it, by name."),
        _ABOUT,
        Property("start", "string", "first_day", "First day", "The day from which it holds: YYYY-MM-DD."),
        Property("end", "string", "last_day", "Last day", "The last day on which it holds: YYYY-MM-DD."),
        Property("in_force", "boolean", "in_force", "In force", "Whether it is in force at present."),
        Property(
            *("intensity", "string", "intensity", "Intensity"),
            "How much is done: from occasional care to regeneration.",
            ("occasional", "constant", "shared_management", "regeneration"),
        ),
        _UNCERTAINTY,
        *_AUTHOR,
        *_SOURCE,
        *_TIMES,
        _URL,
    ),
)

TERRITORIES = Collection(
    "Territories",
    "Territories as their records draw them, each with what the commons in it come to: a sum over all that"
    " name it, with nothing taken out where claims overlap.",
    (
        _NAME,
        _NAMES,
        Property("level", "string", "level", "Level", "From community to nation.", TERRITORY_LEVELS),
        Property("code", "string", "code", "Code", "The code that an official register gives it."),
        Property("territory", "string", None, "What it lies in", "From the smallest to the largest."),
        Property("commons", "integer", "commons", "Commons", "How many commons say that they lie in it."),
        Property(
            *("area_m2", "integer", "area_m2", "Area of the commons"),
            "Square metres of those commons whose area is known, added up.",
            large=True,
        ),
        Property("area_known_of", "integer", None, "Areas known", "Of how many of them the area is known."),
        _IN_FORCE,
        Property(
            *("status", "string", "status", "Status"),
            "How its record stands: in effect (`own`, `documented`), or waiting for something.",
            THING_STATUSES,
        ),
        _CONTESTED,
        _UNCERTAINTY,
        *_AUTHOR,
        *_SOURCE,
        *_TIMES,
        _URL,
        Property("figures", "string", None, "Figures", "The path of the page on what it comes to."),
    ),
)

ALERTS = Collection(
    "Alerts",
    "Alerts that a commons is enclosed, encroached upon or harmed; where they do not say where, they are on"
    " the map where the commons are that they are about.",
    (
        _NAME,
        _NAMES,
        Property("type", "string", "type", "Type", "What is happening.", ALERTS_KNOWN),
        Property(
            *("state", "string", "status", "State"),
            "Whether it goes on, was settled or was a mistake; or else that its record is not in effect.",
            ALERT_STATES,
        ),
        Property(
            *("since_when", "string", "first_day", "Since when"),
            "Since when it goes on: a day, month or year.",
        ),
        _CONTESTED,
        _ABOUT,
        _UNCERTAINTY,
        Property(
            *("sensitivity", "string", "sensitivity", "Sensitivity"),
            "How much of its place is published.",
            SENSITIVITIES,
        ),
        *_AUTHOR,
        *_SOURCE,
        *_TIMES,
        _URL,
    ),
)

COLLECTIONS: Mapping[str, Collection] = MappingProxyType(
    {"commons": COMMONS, "pacts": PACTS, "territories": TERRITORIES, "alerts": ALERTS}
)
"""By name, as in addresses and in the column `collection`."""
