"""Tables (CSV, RFC 4180, as spreadsheets write it) read line by line.

The encoding is UTF-8, with or without a byte-order mark, or else Latin-1; the delimiter is the one that cuts
most lines alike.  Quoted cells may hold line breaks.  What was assumed is said in `notes`.
"""

import codecs
import csv
from collections.abc import Iterator
from io import TextIOWrapper
from itertools import islice
from typing import TextIO

from node.importing.reference_systems import System
from node.importing.rows import Row, Unreadable, remark
from node.importing.sources import Source
from node.importing.tables import table_rows

# Three times the longest text a record holds (40,000 characters).  A forgotten quote ends here.
CELL_LENGTH_MAX_CHARS = 131_072

# A line of cells, not quoted; a table wider than this is no table.
LINE_LENGTH_MAX_CHARS = 1_048_576

DELIMITERS = (",", ";", "\t", "|")

# Enough lines to see which delimiter cuts them alike, and quickly read.
LINES_SNIFFED = 50

_CHUNK_SIZE_BYTES = 1_048_576
_ENCODINGS = {"utf-8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "latin-1": "latin-1", "iso-8859-1": "latin-1"}

csv.field_size_limit(CELL_LENGTH_MAX_CHARS)


class CsvReader:
    """Rows of a table with a line of headings.  `encoding` and `delimiter` are found out unless given."""

    def __init__(
        self,
        source: Source,
        encoding: str | None = None,
        delimiter: str | None = None,
        system: System | None = None,
    ) -> None:
        self.notes: list[str] = []
        self._source, self._system = source, system
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise Unreadable(f"{encoding!r:.40} is not an encoding known here: say utf-8 or latin-1")
        if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
            raise Unreadable("a delimiter is one character, such as , or ;")
        self._encoding = _ENCODINGS[encoding.lower()] if encoding else self._encoding_of_file()
        self._delimiter = delimiter or self._delimiter_of_file()

    def rows(self) -> Iterator[Row]:
        """Yield every line under the headings.  Raises `Unreadable`."""
        yield from table_rows(self._records(self._delimiter), self._source.name, self.notes, self._system)

    def _records(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the cells of each record and the line on which it starts."""
        try:
            with TextIOWrapper(self._source.open(), encoding=self._encoding, newline="") as file:
                reader = csv.reader(self._lines(file), delimiter=delimiter, strict=True)
                while True:
                    line = reader.line_num + 1
                    try:
                        cells = next(reader)
                    except StopIteration:
                        return
                    except csv.Error as error:
                        where = remark(f"{self._source.name}, from line {line}")
                        raise Unreadable(f"{where}: not a table: {_plain(error)}") from None
                    yield line, cells
        except UnicodeDecodeError:
            raise Unreadable(f"{self._source.name} is not {self._encoding}: say --encoding latin-1") from None

    def _lines(self, file: TextIO) -> Iterator[str]:
        """Yield lines with their ends; refuse what no text file holds."""
        number = 0
        while line := file.readline(LINE_LENGTH_MAX_CHARS):
            number += 1
            if len(line) == LINE_LENGTH_MAX_CHARS:
                raise Unreadable(
                    f"{self._source.name}, line {number}: longer than {LINE_LENGTH_MAX_CHARS} characters"
                )
            if "\0" in line:
                raise Unreadable(f"{self._source.name}, line {number}: not text: save it as CSV in UTF-8")
            yield line

    def _encoding_of_file(self) -> str:
        """Return utf-8-sig where the whole file is UTF-8, otherwise latin-1, and note it."""
        decoder = codecs.getincrementaldecoder("utf-8")("strict")
        try:
            with self._source.open() as file:
                while chunk := file.read(_CHUNK_SIZE_BYTES):
                    decoder.decode(chunk)
                decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            self.notes.append(remark("read as latin-1, since it is not UTF-8: look at the accents"))
            return "latin-1"
        except OSError as error:
            raise Unreadable(f"{self._source.name}: {error.strerror or error}") from None
        return "utf-8-sig"

    def _delimiter_of_file(self) -> str:
        """Return the delimiter that cuts most of the first lines into as many cells as the headings."""
        best, best_score = DELIMITERS[0], (0, 0)
        for delimiter in DELIMITERS:
            try:
                counts = [len(cells) for _, cells in islice(self._records(delimiter), LINES_SNIFFED) if cells]
            except Unreadable:
                continue
            if counts and counts[0] > 1 and (counts.count(counts[0]), counts[0]) > best_score:
                best, best_score = delimiter, (counts.count(counts[0]), counts[0])
        if best != DELIMITERS[0]:
            self.notes.append(
                remark("cells are separated by tabs")
                if best == "\t"
                else remark(f"cells are separated by {best!r}")
            )
        return best


def _plain(error: csv.Error) -> str:
    text = str(error)
    if "field larger than field limit" in text:
        return remark(f"a cell has more than {CELL_LENGTH_MAX_CHARS} characters: is a closing quote missing?")
    if "unexpected end of data" in text:
        return remark("the file ends inside a quoted cell: a closing quote is missing")
    if "expected after" in text:
        return remark("text follows a closing quote: double the quotes inside a quoted cell")
    return text
