"""The forms in which a collection is given: what each is called, and how files of it are named."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Form:
    """A form of files.  `packed`: it is made as a whole by a process of its own, before it can be sent."""

    ending: str
    name: str
    media_type: str
    packed: bool = False


GEOJSON = Form("geojson", "GeoJSON", "application/geo+json")
CSV = Form("csv", "CSV", "text/csv")
GEOPACKAGE = Form("gpkg", "GeoPackage", "application/geopackage+sqlite3", packed=True)
FLATGEOBUF = Form("fgb", "FlatGeobuf", "application/flatgeobuf", packed=True)

FORMS: Mapping[str, Form] = MappingProxyType(
    {form.ending: form for form in (GEOJSON, CSV, GEOPACKAGE, FLATGEOBUF)}
)
"""By the ending of a file's name."""

# What describes a table stands beside it (W3C Model for Tabular Data §5.2).
METADATA_ENDING = "csv-metadata.json"
METADATA_TYPE = "application/csvm+json"


def has_flatgeobuf() -> bool:
    """Whether the library is there that writes FlatGeobuf (the extra `gis`)."""
    return find_spec("pyogrio") is not None


def forms_here() -> list[Form]:
    """Return the forms that this node can make."""
    return [form for form in FORMS.values() if form is not FLATGEOBUF or has_flatgeobuf()]
