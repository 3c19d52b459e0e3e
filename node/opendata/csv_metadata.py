"""What the columns of a table mean, for programs (W3C CSV on the Web, https://www.w3.org/TR/tabular-metadata/)."""

from typing import Any

from node.opendata.about import About, Column
from node.opendata.csv_table import BETWEEN_ITEMS, csv_columns

_TYPES: dict[str, Any] = {
    "integer": "integer",
    "number": "double",
    "boolean": "boolean",
    "date-time": "dateTimeStamp",
    "object": "json",
}


def csv_metadata(about: About, name: str) -> dict[str, Any]:
    """Return the description of the table that lies at `name` beside it."""
    described: dict[str, Any] = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": about.language}],
        "url": name,
        "dc:title": about.title,
        "dc:description": about.description,
        "dc:license": {"@id": about.licence} if about.licence else None,
        "dc:rights": about.attribution,
        "dc:modified": {"@value": about.made, "@type": "xsd:dateTime"},
        "dc:source": {"@id": about.base + "/open-data"} if about.base else None,
        "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "header": True},
        "tableSchema": {
            "columns": [_column(column) for column in csv_columns(about)],
            "primaryKey": "id",
            "aboutUrl": "urn:minga:thing:{id}",
        },
    }
    return {name: value for name, value in described.items() if value is not None}


def _column(column: Column) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:title": column.title,
        "dc:description": column.description,
        "datatype": _TYPES.get(column.type, "string"),
        "required": column.name == "id",
    }
    if column.type == "array":
        said["separator"] = BETWEEN_ITEMS
    return said
