"""What the atlas is asked under which conditions, and what it answers."""

from dataclasses import dataclass
from typing import Any

from node.store.errors import StoreError
from protocol.geometry_units import BoundingBox


class AtlasUnfinished(StoreError):
    """The atlas is still being drawn, and does not show all that is held."""


@dataclass(frozen=True, slots=True)
class Where:
    """A condition on the columns of `feature`, which it calls `f`: SQL, and values for its question marks.

    It may call what `node.atlas.where_functions` adds.  To be made from the columns that
    `node.atlas.collections` names, and from bound values: never from text that somebody sent.
    """

    sql: str
    values: tuple[int | float | str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class FeaturePage:
    """GeoJSON Features, each as UTF-8, and what to pass as `after` for the next page; None on the last.

    `version` is that of the atlas they are from.
    """

    features: list[bytes]
    after: int | None
    version: int = 0


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """A feature: its columns by name, its place as WKB (None where it has none), and as a GeoJSON Feature."""

    columns: dict[str, Any]
    geometry: bytes | None
    geojson: bytes


@dataclass(frozen=True, slots=True)
class Extent:
    """What a collection reaches over: the box around all places that do not cross the antimeridian (None
    where there is none), and since when, milliseconds since 1970 UTC."""

    box: BoundingBox | None
    since_ms: int


Period = tuple[int | None, int | None]
"""From one moment to another, both included, milliseconds since 1970 UTC; None where it is open."""
