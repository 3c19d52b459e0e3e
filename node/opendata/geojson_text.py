"""Features as one GeoJSON FeatureCollection (RFC 7946), a feature on each line.

What the file says of itself stands before the features as foreign members (§6.1), so that whoever reads a
large one as it comes knows from the start under which licence it is.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from node.atlas.reading import FeatureRow
from node.opendata.about import About

END = b"\n]}\n"

# `url` is the last property, so that this stands nowhere after it; in a text the quotes would be escaped.
_ADDRESS = b'"url":"/'


def geojson_head(about: About) -> bytes:
    """Return the beginning of a collection, up to its first feature."""
    said: dict[str, Any] = {
        "type": "FeatureCollection",
        "name": about.collection,
        "title": about.title,
        "description": about.description,
        "licence": about.licence,
        "licences": about.licences,
        "attribution": about.attribution,
        "timeStamp": about.made,
        "language": about.language,
    }
    if about.base:
        said["source"] = f"{about.base}/open-data"
    return msgspec.json.encode(said)[:-1] + b',"features":[\n'


def geojson_rows(about: About, rows: Iterable[FeatureRow], first: bool) -> bytes:
    """Return features, with a comma before each but the `first` of the file."""
    text = b",\n".join(with_whole_address(row.geojson, about.base) for row in rows)
    return text if first or not text else b",\n" + text


def with_whole_address(feature: bytes, base: str) -> bytes:
    """Return a feature whose page is named by its whole address."""
    before, found, path = feature.rpartition(_ADDRESS)
    return before + _ADDRESS[:-1] + base.encode("ascii") + b"/" + path if found and base else feature
