"""One row as a mapping sees it: named cells as clean text, lists, numbers and days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import category, normalize

from node.importing.rows import Row
from node.importing.vocabulary import folded

_PLACEHOLDER = re.compile(r"\{([^{}|]+)(\|fold)?\}")
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")
_NUMBERS = re.compile(r"\d+")
_ISO_DAY = re.compile(r"(\d{4}(?:-\d{2}(?:-\d{2})?)?)(?:[T ]\d{2}:\d{2}.*)?")

# Names under which a mapping reaches what is not a column: the feature's own id, the row's number.
ROW_ID, ROW_NUMBER = "@id", "@number"


class Unusable(Exception):
    """A row, or part of it, that cannot become part of a record; the text says why, in plain words."""


@dataclass(slots=True)
class Cells:
    """The cells of one row, with the entries of a list that is being stepped through laid over them.

    `notes` collects what was repaired, guessed or doubtful, `doubts` what of it somebody should look at;
    `links` the things that a payload refers to: the path of the field to fill, the thing's kind, its
    identifier.
    """

    row: Row
    overlay: Mapping[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    links: list[tuple[tuple[str | int, ...], str, str]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def raw(self, column: str) -> Any:
        """Return a cell as it was read; None where the row has no such column."""
        if column in self.overlay:
            return self.overlay[column]
        if column == ROW_ID:
            return self.row.identifier
        if column == ROW_NUMBER:
            return self.row.number
        return self.row.properties.get(column)

    def text(self, column: str) -> str:
        """Return a cell as clean text, "" where blank; a list's items are joined by commas."""
        raw = self.raw(column)
        return ", ".join(filter(None, map(clean, raw))) if isinstance(raw, list) else clean(raw)

    def items(self, column: str, separator: str | None) -> list[str]:
        """Return a cell as a list of texts: a JSON array as it stands, a text cut at `separator`."""
        raw = self.raw(column)
        parts = raw if isinstance(raw, list) else clean(raw).split(separator) if separator else [raw]
        return [text for text in map(clean, parts) if text]

    def fill_first(self, templates: tuple[str, ...]) -> str:
        """Return the first of several templates that can be filled; "" where none can."""
        return next(filter(None, map(self.fill, templates)), "")

    def under(self, entry: Mapping[str, Any]) -> "Cells":
        """Return the same row with `entry` laid over it; notes and links are shared."""
        return Cells(self.row, {**self.overlay, **entry}, self.notes, self.links, self.doubts)

    def fill(self, template: str) -> str:
        """Return `template` with `{column}` and `{column|fold}` filled in; "" where one of them is blank."""
        values = []
        for match in _PLACEHOLDER.finditer(template):
            text = self.text(match[1].strip())
            values.append(folded(text) if match[2] else text)
        if not all(values):
            return ""
        supply = iter(values)
        return clean(_PLACEHOLDER.sub(lambda _: next(supply), template))

    def note(self, text: str) -> None:
        """Add a note, once."""
        if text not in self.notes:
            self.notes.append(text)

    def doubt(self, text: str) -> None:
        """Add a note that somebody should look at before anything is signed, once."""
        self.note(text)
        if text not in self.doubts:
            self.doubts.append(text)


def clean(value: Any) -> str:
    """Return a value as text in NFC, without control characters, outer blanks or runs of blanks."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            text = format(value.normalize(), "f") if -20 < value.adjusted() < 20 else str(value)
        case str():
            text = value
        case _:
            text = str(value)
    lines = normalize("NFC", text).splitlines()
    kept = ("".join(" " if category(mark) == "Cc" else mark for mark in line) for line in lines)
    return "\n".join(" ".join(line.split()) for line in kept).strip()


def number(value: Any, cells: Cells) -> Decimal | None:
    """Return a cell as a number, None where blank; a decimal comma and blanks between digits are understood.

    Raises `Unusable`.
    """
    text = re.sub(r"[\s\u00a0\u202f']", "", clean(value))
    if not text:
        return None
    if "," in text and "." in text:
        last_comma = text.rfind(",") > text.rfind(".")
        text = text.replace(".", "").replace(",", ".") if last_comma else text.replace(",", "")
    elif "," in text:
        if _THOUSANDS.fullmatch(text):
            cells.doubt(f"{text} is read with a decimal comma: check that it does not mean thousands")
        text = text.replace(",", ".")
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise Unusable(f"{clean(value)!r:.60} is not a number") from None
    if not found.is_finite() or found.adjusted() > 15:
        raise Unusable(f"{clean(value)!r:.60} is not a number of any use")
    return found


def day(text: str, order: str) -> str:
    """Return a date as YYYY, YYYY-MM or YYYY-MM-DD; `order` is how the file writes it: ymd, dmy or mdy.

    Raises `Unusable`.
    """
    iso = _ISO_DAY.fullmatch(text)
    if iso:
        return iso[1]
    parts = _NUMBERS.findall(text)
    if len(parts) == 3 and sorted(order) == ["d", "m", "y"]:
        named = dict(zip(order, parts, strict=True))
        if len(named["y"]) == 4 and 1 <= int(named["m"]) <= 12 and 1 <= int(named["d"]) <= 31:
            return f"{named['y']}-{int(named['m']):02}-{int(named['d']):02}"
    raise Unusable(f"{text!r:.60} is not a date in the order {order}")
