"""GeoPackage (OGC 12-128r19): one layer of features of an SQLite file, read with the library that is here.

The file is a stranger's: it is opened read-only, without its views, triggers, virtual tables or functions,
and a question that runs on without an answer is broken off.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from node.importing.reference_systems import System, Turning, system_defined, system_named, turning_from
from node.importing.rows import Row, Unreadable, remark
from node.importing.sources import Source, on_disk
from node.importing.well_known_bytes import exact, geometry_of_bytes
from node.log import shown

# As for one value of a JSON file.
VALUE_SIZE_MAX_BYTES = 16 * 1_024 * 1_024

# Layers of one file: a ministry's whole atlas has a hundred.
LAYERS_MAX = 1_000

# Open-data layers have tens of columns.
COLUMNS_MAX = 1_024

# Steps of SQLite's machine between two rows: reading one takes some hundred.
STEPS_MAX = 5_000_000
_STEPS_COUNTED = 50_000

# Envelope sizes by the code in the header (§2.1.3): none, xy, xyz, xym, xyzm.
_ENVELOPES_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER_SIZE_BYTES = 8
_IS_EXTENDED, _IS_EMPTY = 0x20, 0x10


@dataclass(frozen=True, slots=True)
class _Layer:
    """A table of features: its geometry's column, the others, and its reference system."""

    table: str
    geometry: str
    columns: tuple[str, ...]
    system: System | None


class GeoPackageReader:
    """Rows of one layer.  `layer` names it where there are several; `notes` fills while reading."""

    def __init__(self, source: Source, system: System | None = None, layer: str | None = None) -> None:
        self.notes: list[str] = []
        self._source, self._system, self._wanted = source, system, layer
        self._steps = 0

    def rows(self) -> Iterator[Row]:
        """Yield every feature, from the start.  Raises `Unreadable`."""
        with on_disk(self._source) as path:
            if path.with_name(path.name + "-wal").exists():
                raise Unreadable(
                    f"{self._source.name} is open in another program, which has not written all of it yet: "
                    "close it there first"
                )
            try:
                with closing(self._connected(path)) as connection:
                    yield from self._features(connection)
            except (sqlite3.Error, UnicodeError, OverflowError) as error:
                # What SQLite says may hold names out of the file.
                why = shown(str(error))
                raise Unreadable(f"{self._source.name} is damaged, or no GeoPackage: {why}") from None

    def _connected(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_SIZE_MAX_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        connection.set_progress_handler(self._count_steps, _STEPS_COUNTED)
        return connection

    def _count_steps(self) -> int:
        self._steps += _STEPS_COUNTED
        return self._steps > STEPS_MAX

    def _features(self, connection: sqlite3.Connection) -> Iterator[Row]:
        layer = self._layer(connection)
        turning = self._turning(layer)
        named = ", ".join(_quoted(column) for column in (layer.geometry, *layer.columns))
        found = connection.execute(f"SELECT rowid, {named} FROM {_quoted(layer.table)} ORDER BY rowid")
        for number, (rowid, data, *values) in enumerate(found, start=1):
            self._steps = 0
            properties = {column: _value(value) for column, value in zip(layer.columns, values, strict=True)}
            try:
                geometry = _geometry(data)
            except ValueError as error:
                yield Row(number, rowid, properties, problem=str(error))
                continue
            yield Row(number, rowid, properties, geometry, turning=turning)

    def _turning(self, layer: _Layer) -> Turning | None:
        system = layer.system or self._system
        if system is None:
            raise Unreadable(
                f"{self._source.name} does not say which coordinate system its coordinates are in: "
                "say it, for example EPSG:32717 (--crs)"
            )
        return turning_from(system, self._source.name, self.notes)

    def _layer(self, connection: sqlite3.Connection) -> _Layer:
        """Return the layer that is meant.  Raises `Unreadable`."""
        rows = connection.execute(
            "SELECT contents.table_name, columns.column_name, columns.srs_id FROM gpkg_contents AS contents"
            " JOIN gpkg_geometry_columns AS columns ON columns.table_name = contents.table_name"
            " JOIN sqlite_master AS made ON made.name = contents.table_name"
            " WHERE contents.data_type = 'features' AND made.type = 'table'"
            " AND made.sql LIKE 'CREATE TABLE%' ORDER BY contents.table_name LIMIT ?",
            (LAYERS_MAX,),
        ).fetchall()
        names = [name for name, _, _ in rows]
        if not rows:
            raise Unreadable(f"{self._source.name} holds no layer of features")
        if self._wanted is None and len(rows) > 1:
            raise Unreadable(
                f"{self._source.name} holds several layers ({shown(', '.join(map(str, names[:10])))}): "
                "say which (--layer)"
            )
        if self._wanted is not None and self._wanted not in names:
            listed = shown(", ".join(map(str, names[:10])))
            raise Unreadable(f"{self._source.name} has no layer {self._wanted!r:.80}; it has {listed}")
        table, geometry, srs_id = rows[names.index(self._wanted)] if self._wanted is not None else rows[0]
        if self._wanted is None:
            self.notes.append(remark(f"its layer is {table!r:.80}"))
        columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({_quoted(table)})")]
        if geometry not in columns or len(columns) > COLUMNS_MAX:
            raise Unreadable(f"{self._source.name}: its layer {table!r:.80} is not as it says of itself")
        others = tuple(column for column in columns if column != geometry)
        return _Layer(table, geometry, others, self._system_of(connection, srs_id))

    def _system_of(self, connection: sqlite3.Connection, srs_id: Any) -> System | None:
        """Return a layer's reference system, None where it is not known (§1.1.2: -1 and 0)."""
        if srs_id in (None, -1, 0):
            return None
        found = connection.execute(
            "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys"
            " WHERE srs_id = ?",
            (srs_id,),
        ).fetchone()
        if found is None:
            return None
        organization, code, definition = found
        if str(organization).upper() == "EPSG" and isinstance(code, int):
            return system_named(f"EPSG:{code}")
        return system_defined(str(definition))


def _geometry(data: Any) -> dict[str, Any] | None:
    """Return the geometry of a GeoPackage's value (§2.1.3), None where there is none.  Raises
    `ValueError`.
    """
    if data is None:
        return None
    if not isinstance(data, bytes) or len(data) < _HEADER_SIZE_BYTES or data[:2] != b"GP":
        raise ValueError(remark("its geometry is damaged: it does not begin as a GeoPackage's does"))
    flags = data[3]
    envelope_bytes = _ENVELOPES_BYTES.get((flags >> 1) & 0x07)
    if envelope_bytes is None or flags & _IS_EXTENDED:
        raise ValueError(remark("its geometry is of a sort that is not read here, such as a curve"))
    if flags & _IS_EMPTY:
        return None
    return geometry_of_bytes(data[_HEADER_SIZE_BYTES + envelope_bytes :])


def _value(value: Any) -> Any:
    """Return a cell: exact numbers, no bytes (pictures, and what programs keep for themselves)."""
    if isinstance(value, float):
        return exact(value) if isfinite(value) else None
    return value if isinstance(value, str | int | Decimal) else None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
