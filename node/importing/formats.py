"""Which format a file has: by its name, and by its first bytes where the name says something else.

People rename files; what a file begins with cannot be mistaken.  An archive is looked into for the one
thing in it that can be read.
"""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from node.importing.rows import Unreadable
from node.importing.sources import FileSource, MemberSource, Source, members_of

Format = Literal["geojson", "csv", "gpx", "kml", "gpkg", "shp", "xlsx"]

FORMATS: tuple[Format, ...] = ("geojson", "csv", "gpx", "kml", "gpkg", "shp", "xlsx")

# How messages call them.
SPOKEN = {
    "geojson": "GeoJSON",
    "csv": "a table (CSV)",
    "gpx": "GPX",
    "kml": "KML",
    "gpkg": "a GeoPackage",
    "shp": "a shapefile",
    "xlsx": "a workbook",
}

_BY_SUFFIX: dict[str, Format] = {
    ".geojson": "geojson",
    ".json": "geojson",
    ".geojsonl": "geojson",
    ".geojsons": "geojson",
    ".ndjson": "geojson",
    ".jsonl": "geojson",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".gpx": "gpx",
    ".kml": "kml",
    ".gpkg": "gpkg",
    ".shp": "shp",
    ".xlsx": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
}

# Which of the things in one archive is meant, the most telling first: a table beside a map is its legend.
_IN_ARCHIVES: tuple[Format, ...] = ("shp", "gpkg", "geojson", "kml", "gpx", "csv", "xlsx")

_HEAD_SIZE_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Recognised:
    """What is to be read and how; `notes` say where the name of the file says something else."""

    source: Source
    format: Format
    notes: tuple[str, ...] = ()


def format_named(name: str) -> Format:
    """Return the format that a word stands for.  Raises `Unreadable`."""
    found = next((one for one in FORMATS if one == name.lower()), None)
    if found is None:
        raise Unreadable(f"{name!r:.40} is no format read here: {', '.join(FORMATS)}")
    return found


def recognise(path: Path, chosen: Format | None) -> Recognised:
    """Return how a file is read, in the format `chosen` where one is.  Raises `Unreadable` or `OSError`."""
    named = _BY_SUFFIX.get(path.suffix.lower())
    with path.open("rb") as file:
        head = file.read(_HEAD_SIZE_BYTES)
    if not head:
        raise Unreadable(f"{path.name} is empty")
    if chosen is not None:
        return Recognised(FileSource(path), chosen)
    found = _by_content(head)
    if found == "zip":
        return _archived(path)
    if found is None:
        if named is None:
            raise Unreadable(f"{path.name}: say which format it has (--format): {', '.join(FORMATS)}")
        return Recognised(FileSource(path), named)
    if named is None or _agree(named, found):
        return Recognised(FileSource(path), named or found)
    return Recognised(
        FileSource(path),
        found,
        (f"{path.name} is called like {SPOKEN[named]}, and is read as {SPOKEN[found]}, which it is",),
    )


def _by_content(head: bytes) -> Format | Literal["zip"] | None:
    """Return the format that the first bytes show; None where they show none, as of a table."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head.startswith(b"SQLite format 3\0"):
        return "gpkg"
    if head.startswith(b"\x00\x00\x27\x0a"):
        return "shp"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"
    text = head.decode("utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    text = text.lstrip("\ufeff \t\r\n\x1e")
    if text.startswith("<"):
        lowered = text.lower()
        if "<gpx" in lowered or ":gpx" in lowered:
            return "gpx"
        return "kml" if "<kml" in lowered or ":kml" in lowered else None
    return "geojson" if text.startswith(("{", "[")) else None


def _agree(named: Format, found: Format) -> bool:
    # A table may begin with a brace, and is then no JSON; a table called .json is.
    return named == found or (named == "csv" and found == "geojson")


def _archived(path: Path) -> Recognised:
    """Return the one thing in an archive that can be read.  Raises `Unreadable`."""
    members = members_of(path)
    if any(name == "xl/workbook.xml" or name == "xl/workbook.bin" for name in members) or (
        "content.xml" in members and "mimetype" in members
    ):
        return Recognised(FileSource(path), "xlsx")
    readable = [name for name in members if not _hidden(name)]
    for sort in _IN_ARCHIVES:
        of_sort = [name for name in readable if _BY_SUFFIX.get(PurePosixPath(name).suffix.lower()) == sort]
        if path.suffix.lower() == ".kmz":
            # The main file of a KMZ is the first at its top (OGC 12-007r2 §10.2); others are parts of it.
            of_sort = of_sort[:1]
        if len(of_sort) > 1:
            named = ", ".join(sorted(of_sort)[:5])
            raise Unreadable(
                f"{path.name} holds several files that could be meant ({named}): take out the one to import"
            )
        if of_sort:
            return Recognised(MemberSource(path, of_sort[0]), sort)
    raise Unreadable(
        f"{path.name} is an archive that holds none of the formats read here: {', '.join(FORMATS)}"
    )


def _hidden(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")
