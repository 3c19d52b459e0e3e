"""Reading files row by row: one `Row` for each feature of a map or each line of a table.

Nothing here guesses what a column means (see `mapping`).  A file that cannot be read to its end with
certainty is refused with one `Unreadable`, which says where and what to do; a row that is wrong by itself
carries its `problem` and the rows around it still come.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import assert_never

from node.importing.closing import closed
from node.importing.formats import Format, Recognised, recognise
from node.importing.reference_systems import System
from node.importing.rows import Reader, Row, Unreadable
from node.importing.sources import FILE_SIZE_MAX_BYTES, Source

# Spain's 8,000 municipalities, Mexico's 300,000 localities; past it somebody has picked the wrong file.
ROWS_MAX = 1_000_000

# Rows looked at to learn which columns a file has: features need not all have the same properties.
ROWS_PEEKED = 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that can be read: its format, the columns seen, and notes on how it was understood."""

    path: Path
    format: Format
    columns: frozenset[str]
    reader: Reader = field(repr=False)
    named: tuple[str, ...] = ()
    areas: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file was understood: its encoding, its delimiter, what was left out of it."""
        return tuple(dict.fromkeys((*self.named, *self.reader.notes)))

    def rows(self) -> Iterator[Row]:
        """Yield every row, from the start.  Raises `Unreadable`."""
        try:
            for row in self.reader.rows():
                if row.number > ROWS_MAX:
                    raise Unreadable(
                        f"{self.path.name} has more than {ROWS_MAX} rows: cut it into several files"
                    )
                yield closed(row) if self.areas else row
        except OSError as error:
            raise Unreadable(f"{self.path}: {error.strerror or error}") from None


def open_input(
    path: Path,
    *,
    file_format: Format | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    system: System | None = None,
    layer: str | None = None,
    areas: bool = False,
) -> InputFile:
    """Open a file for import; its format follows from its name unless given.

    `encoding` ("utf-8" or "latin-1") and `delimiter` hold for tables; both are found out where left out.
    `system` is the reference system of a file that does not say its own; `layer` or sheet, that of several.
    Raises `Unreadable`.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    if not path.is_file():
        raise Unreadable(f"{path} is not a file")
    if size > FILE_SIZE_MAX_BYTES:
        raise Unreadable(
            f"{path.name} has {size} bytes, more than {FILE_SIZE_MAX_BYTES}: cut it into several files"
        )
    try:
        found = recognise(path, file_format)
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror or error}") from None
    reader = _reader(found, encoding, delimiter, system, layer)
    opened = InputFile(path, found.format, frozenset(), reader, found.notes, areas)
    columns = frozenset[str]().union(*(row.properties for row in islice(opened.rows(), ROWS_PEEKED)))
    return replace(opened, columns=frozenset(column for column in columns if not column.startswith("@")))


def _reader(
    found: Recognised, encoding: str | None, delimiter: str | None, system: System | None, layer: str | None
) -> Reader:
    """Return the reader of a format; each is loaded only where a file needs it."""
    source = found.source
    match found.format:
        case "geojson":
            from node.importing.geojson_rows import GeoJsonReader

            return GeoJsonReader(source, system)
        case "csv":
            from node.importing.csv_rows import CsvReader

            return CsvReader(source, encoding, delimiter, system)
        case "gpx":
            from node.importing.gpx_rows import GpxReader

            _require_none_given(source, system)
            return GpxReader(source)
        case "kml":
            from node.importing.kml_rows import KmlReader

            _require_none_given(source, system)
            return KmlReader(source)
        case "gpkg":
            from node.importing.geopackage_rows import GeoPackageReader

            return GeoPackageReader(source, system, layer)
        case "shp":
            from node.importing.shapefile_rows import ShapefileReader

            return ShapefileReader(source, system, encoding)
        case "xlsx":
            from node.importing.workbook_rows import WorkbookReader

            return WorkbookReader(source, system, layer)
        case _:
            assert_never(found.format)


def _require_none_given(source: Source, system: System | None) -> None:
    if system is not None and not system.is_wgs84:
        raise Unreadable(
            f"{source.name}: files of this format are always in degrees of WGS 84: say no other (--crs)"
        )
