"""What is asked of the features of a collection: parameters of its address (OGC 17-069r4 §7.15)."""

import re
from dataclasses import dataclass
from math import ceil, floor

from node.atlas.collections import Collection
from node.atlas.reading import Period, Where
from node.web.ogc.filters.meaning import FilterMeaning, queryable
from node.web.ogc.filters.operands import ID, joined
from node.web.ogc.filters.parsing import parsed
from node.web.ogc.filters.places import box_around, needs_shapes
from node.web.ogc.moments import period_ms
from node.web.ogc.reader import Reader, wrong_value
from node.web.words.speech import N_
from protocol.geometry_units import LATITUDE_MAX, LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS84H = "http://www.opengis.net/def/crs/OGC/0/CRS84h"
CQL2_TEXT = "cql2-text"

# A hundred outlines are some 100 KB.
LIMIT_DEFAULT = 100
LIMIT_MAX = 10_000

# People read no more at once.
PAGE_LIMIT_MAX = 100

# Features passed over one by one: a program that goes through more of them follows the links.
OFFSET_MAX = 100_000

# Of 64 bits: SQLite’s whole numbers, and `int64` of OpenAPI.
INTEGER_MAX = 2**63 - 1

PARAMETERS = (
    *("bbox", "bbox-crs", "crs", "datetime", "limit", "offset", "after"),
    *("filter", "filter-lang", "filter-crs"),
)

# Once around the globe, and half of it more, to either side.
DEGREES_MAX = 540

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[0-9]{1,19}")
_OPEN = ("", "..")
# Of a condition on a day GDAL makes `2025-06-01T`.
_SHORT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T(?=/|$)")


@dataclass(frozen=True, slots=True)
class ItemsAsked:
    """Which features are wanted.

    `box`: places meet it, by their own boxes or, where it is `exact`, themselves.  `shapes`: whether `where`
    needs a geometry library.
    """

    box: BoundingBox | None
    exact: bool
    when: Period | None
    where: Where | None
    shapes: bool
    limit: int
    offset: int
    after: int


def items_asked(reader: Reader, collection: Collection) -> ItemsAsked:
    """Return what a reader asks of a collection.  Raises `Problem`."""
    query = reader.query
    queryables = [ID.name, *(one.name for one in collection.properties if queryable(one))]
    reader.require_known([*PARAMETERS, *queryables])
    _require_crs(reader, "crs", (CRS84,))
    _require_crs(reader, "bbox-crs", (CRS84, CRS84H))
    _require_crs(reader, "filter-crs", (CRS84,))
    box = bbox_of(query["bbox"]) if "bbox" in query else None
    meaning = FilterMeaning(collection)
    wheres = [meaning.where_equal(name, query[name]) for name in queryables if name in query]
    shapes, exact = False, True
    if "filter-lang" in query and query["filter-lang"] != CQL2_TEXT:
        raise wrong_value("filter-lang", N_("Filters are written in cql2-text here."))
    if "filter" in query:
        term = parsed(query["filter"])
        wheres.append(meaning.where(term))
        shapes = needs_shapes(term)
        exact = box is not None
        box = box or box_around(term)
    return ItemsAsked(
        box=box,
        exact=exact,
        when=datetime_of(query["datetime"]) if "datetime" in query else None,
        where=joined(" AND ", wheres) if wheres else None,
        shapes=shapes,
        limit=min(whole(reader, "limit", LIMIT_DEFAULT, 1), PAGE_LIMIT_MAX if reader.as_page else LIMIT_MAX),
        offset=whole(reader, "offset", 0, 0, OFFSET_MAX),
        after=whole(reader, "after", 0, 0),
    )


def whole(reader: Reader, name: str, default: int, low: int, high: int = INTEGER_MAX) -> int:
    """Return a whole number that a parameter gives.  Raises `Problem`."""
    text = reader.query.get(name)
    if text is None:
        return default
    if not _WHOLE.fullmatch(text) or not low <= int(text) <= high:
        if high < INTEGER_MAX:
            raise wrong_value(
                name, N_("“{name}” is a whole number from {low} to {high}."), low=low, high=high
            )
        raise wrong_value(name, N_("“{name}” is a whole number from {low}."), low=low)
    return int(text)


def bbox_of(text: str) -> BoundingBox:
    """Return a box of four or six numbers; heights are passed over, for no place here has one.

    One whose west is more than its east crosses the antimeridian.  Maps that show the globe more than once,
    or what is beyond the poles, ask past its edges: up to `DEGREES_MAX` they mean what is there.  Widened to
    whole units of 10⁻⁷ degree.  Raises `Problem`.
    """
    parts = text.split(",", 6)
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise wrong_value("bbox", N_("“{name}” is four numbers: west, south, east, north, in degrees."))
    degrees = [float(part) for part in parts]
    if len(degrees) == 6:
        del degrees[5], degrees[2]
    if max(map(abs, degrees)) > DEGREES_MAX:
        raise wrong_value("bbox", N_("“{name}” lies off the globe: west, south, east, north, in degrees."))
    # To a thousandth of a unit first: 0.1 is a little more than that in binary.
    west, south, east, north = (round(d * UNITS_PER_DEGREE, 3) for d in degrees)
    if south > north:
        raise wrong_value("bbox", N_("The south of “{name}” lies north of its north."))
    around = east - west >= 2 * LONGITUDE_MAX
    return BoundingBox(
        -LONGITUDE_MAX if around else _on_globe(floor(west)),
        max(-LATITUDE_MAX, min(floor(south), LATITUDE_MAX)),
        LONGITUDE_MAX if around else _on_globe(ceil(east)),
        max(-LATITUDE_MAX, min(ceil(north), LATITUDE_MAX)),
    )


def _on_globe(longitude: int) -> int:
    """Return a longitude within ±180 degrees."""
    if abs(longitude) <= LONGITUDE_MAX:
        return longitude
    return (longitude + LONGITUDE_MAX) % (2 * LONGITUDE_MAX) - LONGITUDE_MAX


def datetime_of(text: str) -> Period:
    """Return the period of a moment, a day, or an interval of them, open where `..` stands (§7.15.4).

    Raises `Problem`.
    """
    start, slash, end = _SHORT.sub(r"\1", text).partition("/")
    first = None if slash and start in _OPEN else period_ms(start)
    last = None if slash and end in _OPEN else period_ms(end if slash else start)
    if (first is None and not (slash and start in _OPEN)) or (last is None and not (slash and end in _OPEN)):
        raise wrong_value(
            "datetime",
            N_(
                "“{name}” is a moment such as 2025-06-01T12:00:00Z, a day such as 2025-06-01, or two of "
                "them with a slash between, where .. leaves one end open."
            ),
        )
    period = (None if first is None else first[0], None if last is None else last[1])
    if period[0] is not None and period[1] is not None and period[0] > period[1]:
        raise wrong_value("datetime", N_("“{name}” ends before it starts."))
    return period


def _require_crs(reader: Reader, name: str, known: tuple[str, ...]) -> None:
    value = reader.query.get(name)
    if value is not None and value not in known:
        raise wrong_value(
            name,
            N_("Places are given in longitude and latitude here: “{name}” can only be {known}."),
            known=known[0],
        )
