"""Features as a table of comma-separated values (RFC 4180), for spreadsheets and for programs.

UTF-8 with a mark at the beginning, without which Excel reads `Páramo` as `PÃ¡ramo`; lines end in CR LF.
Beside the properties there are `longitude` and `latitude` of a point on the place, and `wkt`, all of it.

A spreadsheet takes a text that begins with `=`, `+`, `-` or `@` for a formula, and calculates it: a name
could send what stands beside it to a stranger.  Where semicolons part cells in its language, it may cut this
table there, and at a line break.  So an apostrophe is put before such a sign, its wide form, and another
apostrophe, where it stands first: in a text, or after a semicolon, a tab or a line break in it; and before a
tab or a line break at the beginning of a text.  Whoever takes one apostrophe away at these places has every
text as it was.  Numbers are left as they are.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from node.atlas.outline import geometry_of
from node.atlas.reading import FeatureRow
from node.opendata.about import About, Column, page_address, told
from node.opendata.inner_point import inner_point
from node.opendata.wkt import wkt_of
from protocol.geometry_units import UNITS_PER_DEGREE

MARK = "\ufeff"
END_OF_LINE = "\r\n"

# Between the items of a list; in an item it becomes a broken bar.
BETWEEN_ITEMS = "|"
_IN_ITEM = "¦"

# Past it Excel cuts a cell off, and puts the rest in the row below.
EXCEL_CELL_MAX_CHARS = 32_767

BEFORE = Column("id", "string", "Id", "The id of the thing, in 52 letters.")
AFTER = (
    Column("longitude", "number", "Longitude", "Of a point on the place, in degrees east (WGS 84)."),
    Column("latitude", "number", "Latitude", "Of a point on the place, in degrees north (WGS 84)."),
    Column("wkt", "string", "Place", "The whole place as well-known text, longitude before latitude."),
)

_BEFORE_A_FORMULA = re.compile(r"(?<![^;\t\r\n])(?=['=+\-@＝＋－＠])|\A(?=[\t\r\n])")
_TO_QUOTE = re.compile(r'[",\r\n]|^\s|\s$')


def csv_columns(about: About) -> tuple[Column, ...]:
    """Return all columns of a table, in their order."""
    return (BEFORE, *about.columns, *AFTER)


def csv_head(about: About) -> bytes:
    """Return the beginning of a table: the mark, and the names of its columns."""
    return (MARK + _line([column.name for column in csv_columns(about)])).encode("utf-8")


def csv_rows(about: About, rows: Iterable[FeatureRow]) -> bytes:
    """Return lines of a table."""
    listed = list(rows)
    lines = []
    for row, feature in zip(listed, told(listed), strict=True):
        properties: Mapping[str, Any] = {**feature.properties, "url": page_address(about, feature.properties)}
        cells = [feature.id, *(_cell(properties.get(one.name), one.type) for one in about.columns)]
        if row.geometry is None:
            cells += ["", "", ""]
        else:
            point = inner_point(geometry_of(row.geometry))
            cells += ["", ""] if point is None else [_degrees(number) for number in point]
            cells.append(wkt_of(feature.geometry))
        lines.append(_line(cells))
    return "".join(lines).encode("utf-8")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return _BEFORE_A_FORMULA.sub("'", text)


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    match kind:
        case "boolean":
            return "true" if value else "false"
        case "integer":
            return str(int(value))
        case "number":
            return str(value)
        case "array":
            return harmless(BETWEEN_ITEMS.join(item.replace(BETWEEN_ITEMS, _IN_ITEM) for item in value))
        case "object":
            return json.dumps(value, ensure_ascii=False)
    return harmless(str(value))


def _degrees(number: int) -> str:
    return f"{number / UNITS_PER_DEGREE:.7f}".rstrip("0").rstrip(".")


def _line(cells: Iterable[str]) -> str:
    quoted = ('"' + cell.replace('"', '""') + '"' if _TO_QUOTE.search(cell) else cell for cell in cells)
    return ",".join(quoted) + END_OF_LINE
