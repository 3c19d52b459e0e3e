"""Shapefiles (ESRI, 1998): .shp with its .dbf, .prj and .cpg beside it, or all of them in one archive.

Read by pyshp, of the extra `gis`, one shape after another.
"""

import codecs
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Any

from node.importing.reference_systems import System, Turning, system_defined, turning_from
from node.importing.rows import Row, Unreadable, remark
from node.importing.sources import FileSource, MemberSource, Source, members_of, seekable
from node.importing.well_known_bytes import exact
from node.log import shown
from protocol.limits import POSITIONS_MAX

# A coast with its islands; telling which hole lies in which island costs their square.
RINGS_MAX = 2_000

# The text of a .prj or .cpg file.
TEXT_SIZE_MAX_BYTES = 65_536

_SORTS = {1: "Point", 3: "Line", 5: "Area", 8: "Points"}
_NULL_SHAPE = 0
# What programs write into .cpg files, without blanks and hyphens, by the family of encodings that it is one
# of.
_FAMILIES = (
    (re.compile(r"(?:iso)?8859(\d{1,2})"), "iso8859-"),
    (re.compile(r"(?:ansi|cp|windows)?(125\d|437|85\d)"), "cp"),
)


class ShapefileReader:
    """Rows of a shapefile.  `notes` fills while reading."""

    def __init__(self, source: Source, system: System | None = None, encoding: str | None = None) -> None:
        self.notes: list[str] = []
        self._source, self._system, self._encoding = source, system, encoding

    def rows(self) -> Iterator[Row]:
        """Yield every shape, from the start.  Raises `Unreadable`."""
        try:
            import shapefile
        except ImportError:
            raise Unreadable(
                f"{self._source.name}: install what reads shapefiles (pip install 'minga[gis]'), "
                "or convert it first"
            ) from None
        table = _beside(self._source, ".dbf")
        if table is None:
            raise Unreadable(
                f"{self._source.name}: its table (.dbf) is missing: copy .shp, .shx, .dbf and .prj together"
            )
        turning = self._turning()
        with ExitStack() as stack:
            shp, dbf = (stack.enter_context(seekable(one)) for one in (self._source, table))
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # what is wrong with a header shows in what is read
                    reader = shapefile.Reader(
                        shp=shp, dbf=dbf, encoding=self._encoding_of(dbf), encodingErrors="replace"
                    )
                yield from self._shapes(reader, turning)
            except (
                *(shapefile.ShapefileException, struct.error, ValueError, IndexError, KeyError, TypeError),
                *(AssertionError, OverflowError, ArithmeticError, LookupError, MemoryError, AttributeError),
            ) as error:
                why = shown(str(error) or type(error).__name__)
                raise Unreadable(f"{self._source.name} is damaged: {why}") from None

    def _shapes(self, reader: Any, turning: Turning | None) -> Iterator[Row]:
        fields = [field.name for field in reader.fields if field.name != "DeletionFlag"]
        if len(set(fields)) != len(fields):
            repeated = next(name for name in fields if fields.count(name) > 1)
            raise Unreadable(f"{self._source.name} has two columns called {repeated!r:.60}: rename one")
        missing: Any = object()
        shapes: Iterator[Any] = reader.iterShapes()
        records: Iterator[Any] = reader.iterRecords(deleted_as_None=True)
        pairs = zip_longest(shapes, records, fillvalue=missing)
        number = 0
        for shape, record in pairs:
            if shape is missing or record is missing:
                raise Unreadable(
                    f"{self._source.name}: its shapes and its table differ in length after {number} rows: "
                    "copy all its files together"
                )
            if record is None:
                continue  # deleted, and not packed yet
            number += 1
            properties = {name: _value(value) for name, value in zip(fields, record, strict=True)}
            try:
                geometry = _geometry(shape)
            except ValueError as error:
                yield Row(number, number, properties, problem=str(error))
                continue
            yield Row(number, number, properties, geometry, turning=turning)

    def _turning(self) -> Turning | None:
        beside = _beside(self._source, ".prj")
        if beside is None:
            if self._system is None:
                raise Unreadable(
                    f"{self._source.name} does not say which coordinate system its coordinates are in "
                    "(its .prj is missing): say it, for example EPSG:32717 (--crs)"
                )
            return turning_from(self._system, self._source.name, self.notes)
        return turning_from(system_defined(_text(beside)), self._source.name, self.notes)

    def _encoding_of(self, dbf: Any) -> str:
        """Return the encoding of the table: as said, as its .cpg says, else UTF-8 where all of it is, else
        Latin-1.
        """
        named = self._encoding
        beside = _beside(self._source, ".cpg")
        if named is None and beside is not None:
            named = _encoding_called(_text(beside))
        if named is not None:
            try:
                "".encode(named)
            except (LookupError, ValueError):
                raise Unreadable(
                    f"{named!r:.40} is not an encoding known here: say utf-8 or latin-1"
                ) from None
            return named
        is_utf8 = _is_utf8(dbf)
        dbf.seek(0)
        if not is_utf8:
            self.notes.append(remark("read as latin-1, since it is not UTF-8: look at the accents"))
        return "utf-8" if is_utf8 else "latin-1"


def _encoding_called(text: str) -> str:
    said = re.sub(r"[^a-z0-9]", "", text.lower())
    if said in ("utf8", "65001"):
        return "utf-8"
    for pattern, family in _FAMILIES:
        matched = pattern.fullmatch(said)
        if matched is not None:
            return f"{family}{matched[1]}"
    return text[:40]


def _is_utf8(file: Any) -> bool:
    header = file.read(32)
    if len(header) < 32:
        return True
    file.seek(int.from_bytes(header[8:10], "little"))
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        while chunk := file.read(1_048_576):
            decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _geometry(shape: Any) -> dict[str, Any] | None:
    """Return the GeoJSON geometry of a shape.  Raises `ValueError`."""
    if shape is None or shape.shapeType == _NULL_SHAPE:
        return None
    sort = _SORTS.get(shape.shapeType % 10)
    points = shape.points
    if sort is None or shape.shapeType > 30:
        raise ValueError(remark("its geometry is of a sort that is not read here, such as a curve"))
    if len(points) > POSITIONS_MAX:
        raise ValueError(remark(f"its geometry has more than {POSITIONS_MAX} positions"))
    if not all(isfinite(point[0]) and isfinite(point[1]) for point in points):
        raise ValueError(remark("a position of its geometry is not a finite number"))
    if not points:
        return None
    if sort == "Point":
        return {"type": "Point", "coordinates": _position(points[0])}
    if sort == "Points":
        return {"type": "MultiPoint", "coordinates": [_position(point) for point in points]}
    if len(shape.parts) > RINGS_MAX:
        raise ValueError(remark(f"its geometry has more than {RINGS_MAX} parts"))
    return _exactly(shape.__geo_interface__)


def _exactly(geojson: Any) -> dict[str, Any]:
    return {"type": geojson["type"], "coordinates": _nested(geojson["coordinates"])}


def _nested(coordinates: Any) -> list[Any]:
    if coordinates and isinstance(coordinates[0], int | float):
        return _position(coordinates)
    return [_nested(part) for part in coordinates]


def _position(point: Any) -> list[Decimal]:
    return [exact(float(point[0])), exact(float(point[1]))]


def _value(value: Any) -> Any:
    if isinstance(value, float):
        return exact(value) if isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int) else None


def _text(source: Source) -> str:
    with source.open() as file:
        return file.read(TEXT_SIZE_MAX_BYTES).decode("utf-8", "replace").lstrip("\ufeff").strip()


def _beside(source: Source, suffix: str) -> Source | None:
    """Return the file of the same name with another ending, whatever its capitals; None where there is
    none.
    """
    if isinstance(source, MemberSource):
        wanted = str(PurePosixPath(source.member).with_suffix(suffix)).lower()
        found = next((name for name in members_of(source.archive) if name.lower() == wanted), None)
        return None if found is None else MemberSource(source.archive, found)
    assert isinstance(source, FileSource)
    named = source.path.with_suffix(suffix).name.lower()
    try:
        beside = next((one for one in source.path.parent.iterdir() if one.name.lower() == named), None)
    except OSError:
        beside = None
    return None if beside is None else FileSource(Path(beside))
