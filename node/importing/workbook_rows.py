"""Workbooks (ECMA-376, .xlsx): one sheet as a table, row by row, with the XML reader that maps have.

Numbers come out as numbers, days as days, formulas as what they came to when the workbook was saved.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from node.importing.positions import coordinate
from node.importing.reference_systems import System
from node.importing.rows import Row, Unreadable, remark
from node.importing.sources import FileSource, MemberSource, Source, members_of
from node.importing.tables import COLUMNS_MAX, table_rows
from node.importing.xml_events import Element, elements

# Texts that cells share: one for each cell of a form with 1,000 answers in 300 columns.
SHARED_TEXTS_MAX = 1_000_000
SHARED_LENGTH_MAX_CHARS = 64 * 1_024 * 1_024

# Sheets of one workbook.
SHEETS_MAX = 1_000

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# Days since 1899-12-31, with the leap day of 1900 that never was (ECMA-376 part 1, §18.17.4.1), or since
# 1904.
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001 (a sheet has no zone)
_DAY_FORMATS = frozenset({*range(14, 23), *range(45, 48)})
_DAYS_MAX = 80_000  # the year 2119


class WorkbookReader:
    """Rows of one sheet: the one named, or the first.  `notes` fills while reading."""

    def __init__(self, source: Source, system: System | None = None, sheet: str | None = None) -> None:
        self.notes: list[str] = []
        self._source, self._system, self._wanted = source, system, sheet
        self._shared: list[str] | None = None

    def rows(self) -> Iterator[Row]:
        """Yield every line under the headings.  Raises `Unreadable`."""
        yield from table_rows(self._records(), self._source.name, self.notes, self._system)

    def _records(self) -> Iterator[tuple[int, list[Any]]]:
        if not isinstance(self._source, FileSource):
            raise Unreadable(f"{self._source.name}: take the workbook out of the archive first")
        path = self._source.path
        members = set(members_of(path))
        if "xl/workbook.xml" not in members:
            raise Unreadable(f"{path.name} is no workbook of today (.xlsx): save it as .xlsx or as CSV")
        sheet, is_1904 = self._sheet(path)
        if sheet not in members:
            raise Unreadable(f"{path.name} is damaged: its sheet {sheet!r:.60} is missing")
        days = self._day_styles(path) if "xl/styles.xml" in members else frozenset()
        if self._shared is None:
            self._shared = self._shared_texts(path) if "xl/sharedStrings.xml" in members else []
        epoch = _EPOCH_1904 if is_1904 else _EPOCH
        expected = 1
        for found in self._elements(path, sheet, "worksheet", {"row"}):
            line = int(found.attributes["r"]) if found.attributes.get("r", "").isdecimal() else expected
            expected = line + 1
            cells = self._cells(found, days, epoch)
            if any(cell not in ("", None) for cell in cells):
                yield line, cells

    def _cells(self, row: Element, days: frozenset[int], epoch: datetime) -> list[Any]:
        """Return the cells of a row; those that are not written are blank."""
        cells: list[Any] = []
        for cell in row.all("c"):
            matched = _REFERENCE.fullmatch(cell.attributes.get("r", ""))
            at = _column(matched[1]) if matched else len(cells)
            if at >= COLUMNS_MAX:
                raise Unreadable(f"{self._source.name} has more than {COLUMNS_MAX} columns")
            cells += [""] * (at + 1 - len(cells))
            cells[at] = self._value(cell, days, epoch)
        return cells

    def _value(self, cell: Element, days: frozenset[int], epoch: datetime) -> Any:
        text = cell.text_of("v")
        match cell.attributes.get("t", "n"):
            case "s":
                assert self._shared is not None
                return self._shared[int(text)] if text.isdecimal() and int(text) < len(self._shared) else ""
            case "inlineStr":
                inline = cell.child("is")
                return "" if inline is None else _rich(inline)
            case "b":
                return "true" if text == "1" else "false"
            case "e":
                return ""  # what a formula could not work out
            case "n":
                style = cell.attributes.get("s", "0")
                return _number(text, epoch if style.isdecimal() and int(style) in days else None)
            case _:
                return text

    def _sheet(self, path: Path) -> tuple[str, bool]:
        """Return where the sheet lies that is meant, and whether its days count from 1904."""
        sheets: list[tuple[str, str]] = []
        is_1904 = False
        for found in self._elements(path, "xl/workbook.xml", "workbook", {"sheet", "workbookPr"}):
            if found.name == "workbookPr":
                is_1904 = found.attributes.get("date1904") in ("1", "true")
                continue
            number = next((v for k, v in found.attributes.items() if k.rpartition(":")[2] == "id"), "")
            sheets.append((found.attributes.get("name", ""), number))
            if len(sheets) > SHEETS_MAX:
                raise Unreadable(f"{path.name} has more than {SHEETS_MAX} sheets")
        names = [name for name, _ in sheets]
        if not sheets:
            raise Unreadable(f"{path.name} has no sheet")
        if self._wanted is not None and self._wanted not in names:
            raise Unreadable(f"{path.name} has no sheet {self._wanted!r:.80}; it has {', '.join(names[:10])}")
        at = 0 if self._wanted is None else names.index(self._wanted)
        if self._wanted is None and len(names) > 1:
            self.notes.append(
                remark(f"its first sheet {names[0]!r:.60} is read, another can be named (--layer)")
            )
        for found in self._elements(path, "xl/_rels/workbook.xml.rels", "Relationships", {"Relationship"}):
            if found.attributes.get("Id") == sheets[at][1]:
                target = found.attributes.get("Target", "")
                return target.removeprefix("/") if target.startswith("/") else f"xl/{target}", is_1904
        raise Unreadable(f"{path.name} is damaged: its sheet {names[at]!r:.60} is missing")

    def _day_styles(self, path: Path) -> frozenset[int]:
        """Return the styles under which a number is a day (§18.8.30)."""
        own: dict[str, str] = {}
        styles: list[str] = []
        for found in self._elements(path, "xl/styles.xml", "styleSheet", {"numFmt", "cellXfs"}):
            if found.name == "numFmt":
                own[found.attributes.get("numFmtId", "")] = found.attributes.get("formatCode", "")
            else:
                styles = [xf.attributes.get("numFmtId", "0") for xf in found.all("xf")]
        return frozenset(at for at, number in enumerate(styles) if _is_day(number, own))

    def _shared_texts(self, path: Path) -> list[str]:
        texts: list[str] = []
        length = 0
        for found in self._elements(path, "xl/sharedStrings.xml", "sst", {"si"}):
            texts.append(_rich(found))
            length += len(texts[-1])
            if len(texts) > SHARED_TEXTS_MAX or length > SHARED_LENGTH_MAX_CHARS:
                raise Unreadable(f"{path.name} holds more text than is read from a workbook: save it as CSV")
        return texts

    def _elements(self, path: Path, member: str, root: str, wanted: set[str]) -> Iterator[Element]:
        source = MemberSource(path, member)
        with source.open() as file:
            for found in elements(file, source.name, root, frozenset(wanted)):
                yield found.element


def _rich(element: Element) -> str:
    """Return the text of a string item: its own, or that of its runs, without the phonetic ones."""
    texts = [one for one in element.children if one.name in ("t", "r")]
    return "".join(
        "".join(one.parts) if one.name == "t" else "".join(run.parts) if (run := one.child("t")) else ""
        for one in texts
    )


def _column(letters: str) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1


def _number(text: str, epoch: datetime | None) -> Any:
    try:
        found: Decimal = coordinate(text)
    except ValueError:
        return text
    if epoch is None or not 0 <= found < _DAYS_MAX:
        # 0.1 + 0.2 is written as 0.30000000000000004: fifteen figures are what a sheet shows.
        return +found.quantize(Decimal(1).scaleb(found.adjusted() - 14)) if found else found
    moment = epoch + timedelta(seconds=round(float(found) * 86_400))
    return moment.date().isoformat() if found == int(found) else moment.isoformat(sep=" ")


def _is_day(number: str, own: dict[str, str]) -> bool:
    if number.isdecimal() and int(number) in _DAY_FORMATS:
        return True
    # In a format of one's own, what is quoted or in brackets is no letter of a day.
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", own.get(number, "")).lower()
    return any(letter in bare for letter in ("y", "d", "h"))
