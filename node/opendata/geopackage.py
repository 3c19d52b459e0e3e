"""Features as a GeoPackage (OGC 12-128r17, version 1.3): one SQLite file that QGIS opens as it is.

    package = GeoPackage(path, about)
    package.add(rows)       # as often as there are any
    package.finish()

One table of features in degrees (WGS 84), with a spatial index; descriptions of its columns (extension
`gpkg_schema`); and licence, attribution and source as DCAT in the tables for metadata (`gpkg_metadata`).
"""

import json
import sqlite3
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from node.atlas.outline import geometry_of
from node.atlas.reading import FeatureRow
from node.opendata.about import About, page_address, told
from node.opendata.geopackage_tables import (
    APPLICATION_ID,
    EXTENSIONS,
    GEOMETRY_COLUMN,
    JSON_COLUMNS,
    SRS_ID,
    SRS_ROWS,
    TABLES,
    VERSION,
    features_table,
    index_table,
    index_triggers,
    quoted,
)
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.kinds.geometry import Geometry

# What SQLite keeps of a file that is being written; the rest of what a package needs is a step's rows.
CACHE_SIZE_BYTES = 16 * 1_024 * 1_024
PAGE_SIZE_BYTES = 4_096

_HEAD = b"GP\x00"
_LITTLE_ENDIAN, _WITH_ENVELOPE = 1, 1 << 1

Envelope = tuple[float, float, float, float]
"""West, east, south, north, in degrees."""


class GeoPackage:
    """A package in the making."""

    def __init__(self, path: Path, about: About, size_max_bytes: int | None = None) -> None:
        """Begin a package at `path`, where nothing is yet.

        Here and afterwards raises `sqlite3.Error`; `sqlite3.OperationalError` where it would be larger than
        `size_max_bytes` or the disk.
        """
        self._about = about
        self._table = about.collection
        self._count = 0
        self._box: Envelope | None = None
        self._db = db = sqlite3.connect(path, isolation_level=None)
        try:
            for pragma in (
                f"page_size = {PAGE_SIZE_BYTES}",
                # A file that was not finished is removed: no need to be able to go back.
                "journal_mode = OFF",
                "synchronous = OFF",
                "locking_mode = EXCLUSIVE",
                f"cache_size = -{CACHE_SIZE_BYTES // 1_024}",
                f"application_id = {APPLICATION_ID}",
                f"user_version = {VERSION}",
            ):
                db.execute(f"PRAGMA {pragma}").fetchall()
            if size_max_bytes is not None:
                db.execute(f"PRAGMA max_page_count = {max(size_max_bytes // PAGE_SIZE_BYTES, 1)}").fetchall()
            db.execute("BEGIN")
            for statement in TABLES:
                db.execute(statement)
            db.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", SRS_ROWS)
            db.execute(features_table(self._table, about.columns))
            db.execute(index_table(self._table))
        except BaseException:
            db.close()
            raise
        columns = ["fid", GEOMETRY_COLUMN, "id", *(column.name for column in about.columns)]
        names = ", ".join(map(quoted, columns))
        self._insert = f"INSERT INTO {quoted(self._table)} ({names}) VALUES ({', '.join('?' * len(columns))})"
        self._index = f"INSERT INTO {quoted(f'rtree_{self._table}_{GEOMETRY_COLUMN}')} VALUES (?, ?, ?, ?, ?)"

    def add(self, rows: Iterable[FeatureRow]) -> None:
        """Add features."""
        listed = list(rows)
        features, places = [], []
        for row, feature in zip(listed, told(listed), strict=True):
            self._count += 1
            # `row.columns` has the number that the feature has in the atlas; it means nothing elsewhere.
            blob = None
            if row.geometry is not None:
                envelope = _envelope(geometry_of(row.geometry))
                blob = geometry_blob(row.geometry, envelope)
                places.append((self._count, *envelope))
                self._box = envelope if self._box is None else _around(self._box, envelope)
            properties = {**feature.properties, "url": page_address(self._about, feature.properties)}
            values = (_value(properties.get(one.name), one.type) for one in self._about.columns)
            features.append((self._count, blob, feature.id, *values))
        self._db.executemany(self._insert, features)
        self._db.executemany(self._index, places)

    def finish(self) -> None:
        """Write what the package says of itself, and close it."""
        self._describe()
        for statement in index_triggers(self._table):
            self._db.execute(statement)
        self._db.execute("COMMIT")
        self.close()

    def close(self) -> None:
        """Close the file, finished or not."""
        self._db.close()

    def _describe(self) -> None:
        about, table = self._about, self._table
        west, east, south, north = self._box or (None, None, None, None)
        self._db.execute(
            "INSERT INTO gpkg_contents VALUES (?, 'features', ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(table, about.title, f"{about.description} {about.attribution}", moment(about.made)),
                *(west, south, east, north, SRS_ID),
            ),
        )
        self._db.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, 'GEOMETRY', ?, 0, 0)",
            (table, GEOMETRY_COLUMN, SRS_ID),
        )
        self._db.executemany(
            "INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)",
            [(one.table or table, *one[1:]) for one in EXTENSIONS],
        )
        self._db.executemany(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, NULL, ?, ?, ?, NULL)",
            [
                (
                    *(table, one.name, one.title, one.description),
                    "application/json" if one.type in JSON_COLUMNS else None,
                )
                for one in about.columns
            ],
        )
        self._db.execute(
            "INSERT INTO gpkg_metadata VALUES (1, 'dataset', ?, 'application/ld+json', ?)",
            ("http://www.w3.org/ns/dcat#", json.dumps(dataset_of(about), ensure_ascii=False)),
        )
        self._db.execute(
            "INSERT INTO gpkg_metadata_reference VALUES ('table', ?, NULL, NULL, ?, 1, NULL)",
            (table, moment(about.made)),
        )


def dataset_of(about: About) -> dict[str, Any]:
    """Return what a file says of itself as a DCAT dataset."""
    licence = {"dct:license": {"@id": about.licence}} if about.licence else {}
    page = {"dcat:landingPage": {"@id": f"{about.base}/open-data"}} if about.base else {}
    return {
        "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/"},
        "@type": "dcat:Dataset",
        "dct:title": {"@value": about.title, "@language": about.language},
        "dct:description": {"@value": about.description, "@language": about.language},
        "dct:rights": {"@value": about.attribution, "@language": about.language},
        "dct:modified": about.made,
        **licence,
        **page,
    }


def geometry_blob(wkb: bytes, envelope: Envelope) -> bytes:
    """Return a geometry as a package holds it (§2.1.3): a header with the box around it, then its WKB."""
    return b"".join(
        (
            _HEAD,
            bytes([_LITTLE_ENDIAN | _WITH_ENVELOPE]),
            SRS_ID.to_bytes(4, "little"),
            struct.pack("<4d", *envelope),
            wkb,
        )
    )


def moment(text: str) -> str:
    """Return a moment (RFC 3339, UTC) with its thousandths, as version 1.3 writes it."""
    return text if "." in text else text.replace("Z", ".000Z")


def _value(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind in JSON_COLUMNS:
        return msgspec.json.encode(value).decode("utf-8")
    return moment(value) if kind == "date-time" else value


def _envelope(geometry: Geometry) -> Envelope:
    """Return the box of all positions as they are: of a place across the antimeridian, round the globe."""
    lines = list(_lines(geometry))
    return (
        min(min(line[0::2]) for line in lines) / UNITS_PER_DEGREE,
        max(max(line[0::2]) for line in lines) / UNITS_PER_DEGREE,
        min(min(line[1::2]) for line in lines) / UNITS_PER_DEGREE,
        max(max(line[1::2]) for line in lines) / UNITS_PER_DEGREE,
    )


def _lines(geometry: Geometry) -> Iterable[list[int]]:
    for part in geometry.get("geometries", ()):
        yield from _lines(part)
    yield from _flat(geometry.get("coordinates", ()))


def _flat(coordinates: Any) -> Iterable[list[int]]:
    if coordinates and isinstance(coordinates[0], int):
        yield coordinates
    else:
        for part in coordinates:
            yield from _flat(part)


def _around(one: Envelope, other: Envelope) -> Envelope:
    return (
        *(min(one[0], other[0]), max(one[1], other[1])),
        *(min(one[2], other[2]), max(one[3], other[3])),
    )
