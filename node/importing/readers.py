"""Reading files row by row: one `Row` for each GeoJSON feature or each line of a table.

Nothing here guesses what a column means (see `mapping`).  A file that cannot be read to its end with
certainty is refused with one `Unreadable`, which says where and what to do; a row that is wrong by itself
carries its `problem` and the rows around it still come.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from node.importing.csv_rows import CsvReader
from node.importing.geojson_rows import GeoJsonReader
from node.importing.rows import Reader, Row, Unreadable

# A national register with detailed boundaries; larger files are cut up by province before they are imported.
FILE_SIZE_MAX_BYTES = 512 * 1_024 * 1_024

# Spain's 8,000 municipalities, Mexico's 300,000 localities; past it somebody has picked the wrong file.
ROWS_MAX = 1_000_000

# Rows looked at to learn which columns a file has: features need not all have the same properties.
ROWS_PEEKED = 20

Format = Literal["geojson", "csv"]

_FORMATS: dict[str, Format] = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".geojsonl": "geojson",
    ".geojsons": "geojson",
    ".ndjson": "geojson",
    ".jsonl": "geojson",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
}


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that can be read: its format, the columns seen, and notes on how it was understood."""

    path: Path
    format: Format
    columns: frozenset[str]
    reader: Reader = field(repr=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file was understood: its encoding, its delimiter, what was left out of it."""
        return tuple(dict.fromkeys(self.reader.notes))

    def rows(self) -> Iterator[Row]:
        """Yield every row, from the start.  Raises `Unreadable`."""
        try:
            for row in self.reader.rows():
                if row.number > ROWS_MAX:
                    raise Unreadable(
                        f"{self.path.name} has more than {ROWS_MAX} rows: cut it into several files"
                    )
                yield row
        except OSError as error:
            raise Unreadable(f"{self.path}: {error.strerror or error}") from None


def open_input(
    path: Path,
    *,
    file_format: Format | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> InputFile:
    """Open a file for import; its format follows from its name unless given.

    `encoding` ("utf-8" or "latin-1") and `delimiter` hold for tables; both are found out where left out.
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
    chosen = file_format or _FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise Unreadable(f"{path.name}: say which format it has, geojson or csv")
    reader: Reader = GeoJsonReader(path) if chosen == "geojson" else CsvReader(path, encoding, delimiter)
    opened = InputFile(path, chosen, frozenset(), reader)
    columns = [row.properties.keys() for row in islice(opened.rows(), ROWS_PEEKED)]
    return replace(opened, columns=frozenset().union(*columns))
