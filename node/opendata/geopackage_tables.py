"""The tables that a GeoPackage has by its standard (OGC 12-128r17), as far as one of ours needs them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from node.opendata.about import Column

# `GPKG`, and 1.3.0 (§1.1.1.1.1).
APPLICATION_ID = 0x47504B47
VERSION = 10_300

SRS_ID = 4326
GEOMETRY_COLUMN = "geom"

# By the type of a property (§1.1.1.1.3, table 1).
COLUMN_TYPES: Mapping[str, str] = {
    "string": "TEXT",
    "integer": "INTEGER",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date-time": "DATETIME",
    "array": "TEXT",
    "object": "TEXT",
}
JSON_COLUMNS = frozenset({"array", "object"})

_WGS_84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
    'AUTHORITY["EPSG","4326"]]'
)

# The two undefined ones have to be there as well (§1.1.2.1.2).
SRS_ROWS = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinates"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinates"),
    ("WGS 84 geodetic", SRS_ID, "EPSG", SRS_ID, _WGS_84, "longitude and latitude in degrees on WGS 84"),
)

_NOW = "(strftime('%Y-%m-%dT%H:%M:%fZ','now'))"

TABLES = (
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    f"""CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT {_NOW},
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE,
        srs_id INTEGER REFERENCES gpkg_spatial_ref_sys (srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL UNIQUE REFERENCES gpkg_contents (table_name), column_name TEXT NOT NULL,
        geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL REFERENCES gpkg_spatial_ref_sys (srs_id),
        z TINYINT NOT NULL, m TINYINT NOT NULL, PRIMARY KEY (table_name, column_name))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL,
        scope TEXT NOT NULL, UNIQUE (table_name, column_name, extension_name))""",
    """CREATE TABLE gpkg_data_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT,
        mime_type TEXT, constraint_name TEXT, PRIMARY KEY (table_name, column_name),
        UNIQUE (table_name, name))""",
    """CREATE TABLE gpkg_data_column_constraints (
        constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC,
        min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
        UNIQUE (constraint_name, constraint_type, value))""",
    """CREATE TABLE gpkg_metadata (
        id INTEGER PRIMARY KEY ASC NOT NULL, md_scope TEXT NOT NULL DEFAULT 'dataset',
        md_standard_uri TEXT NOT NULL, mime_type TEXT NOT NULL DEFAULT 'text/xml',
        metadata TEXT NOT NULL DEFAULT '')""",
    f"""CREATE TABLE gpkg_metadata_reference (
        reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT, row_id_value INTEGER,
        timestamp DATETIME NOT NULL DEFAULT {_NOW},
        md_file_id INTEGER NOT NULL REFERENCES gpkg_metadata (id),
        md_parent_id INTEGER REFERENCES gpkg_metadata (id))""",
)


class Extension(NamedTuple):
    """A row of `gpkg_extensions`; an empty `table` stands for that of the features."""

    table: str
    column: str | None
    name: str
    definition: str
    scope: str = "read-write"


EXTENSIONS = (
    Extension(
        "",
        GEOMETRY_COLUMN,
        "gpkg_rtree_index",
        "http://www.geopackage.org/spec120/#extension_rtree",
        "write-only",
    ),
    Extension(
        "gpkg_data_columns", None, "gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema"
    ),
    Extension(
        "gpkg_data_column_constraints",
        None,
        "gpkg_schema",
        "http://www.geopackage.org/spec121/#extension_schema",
    ),
    Extension(
        "gpkg_metadata", None, "gpkg_metadata", "http://www.geopackage.org/spec121/#extension_metadata"
    ),
    Extension(
        "gpkg_metadata_reference",
        None,
        "gpkg_metadata",
        "http://www.geopackage.org/spec121/#extension_metadata",
    ),
)


def quoted(name: str) -> str:
    """Return the name of a table or a column as it may stand in SQL."""
    return '"' + name.replace('"', '""') + '"'


def features_table(table: str, columns: Iterable[Column]) -> str:
    """Return the statement that makes the table of features."""
    given = ", ".join(f"{quoted(one.name)} {COLUMN_TYPES[one.type]}" for one in columns)
    return (
        f"CREATE TABLE {quoted(table)} (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,"
        f" {GEOMETRY_COLUMN} GEOMETRY, id TEXT NOT NULL UNIQUE, {given})"
    )


def index_table(table: str) -> str:
    """Return the statement that makes the spatial index (§F.3)."""
    return f"CREATE VIRTUAL TABLE {quoted(_index_name(table))} USING rtree(id, minx, maxx, miny, maxy)"


def index_triggers(table: str) -> Iterator[str]:
    """Yield the statements that keep the index in step where somebody changes the features (§F.3).

    They call functions that programs for geographic data add to SQLite; nothing here does.
    """
    index, name = quoted(_index_name(table)), _index_name(table)
    there = f"NEW.{GEOMETRY_COLUMN} NOT NULL AND NOT ST_IsEmpty(NEW.{GEOMETRY_COLUMN})"
    gone = f"NEW.{GEOMETRY_COLUMN} IS NULL OR ST_IsEmpty(NEW.{GEOMETRY_COLUMN})"
    box = ", ".join(f"{side}(NEW.{GEOMETRY_COLUMN})" for side in ("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY"))
    put = f"INSERT OR REPLACE INTO {index} VALUES (NEW.fid, {box})"
    take = f"DELETE FROM {index} WHERE id = OLD.fid"
    of_place, of_any = f"UPDATE OF {GEOMETRY_COLUMN}", "UPDATE"
    for suffix, event, condition, act in (
        ("insert", "INSERT", f"({there})", put),
        ("update1", of_place, f"OLD.fid = NEW.fid AND ({there})", put),
        ("update2", of_place, f"OLD.fid = NEW.fid AND ({gone})", take),
        ("update3", of_any, f"OLD.fid != NEW.fid AND ({there})", f"{take}; {put}"),
        (
            "update4",
            of_any,
            f"OLD.fid != NEW.fid AND ({gone})",
            f"DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid)",
        ),
        ("delete", "DELETE", f"OLD.{GEOMETRY_COLUMN} NOT NULL", take),
    ):
        yield (
            f"CREATE TRIGGER {quoted(f'{name}_{suffix}')} AFTER {event} ON {quoted(table)}"
            f" WHEN {condition} BEGIN {act}; END"
        )


def _index_name(table: str) -> str:
    return f"rtree_{table}_{GEOMETRY_COLUMN}"
