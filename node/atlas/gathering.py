"""How many features lie where, for a drawing that cannot show each of them."""

from dataclasses import dataclass

from node.atlas.answers import Period, Where
from node.atlas.reading import Atlas
from node.atlas.world import SPOT_BITS, SPOT_GRID, latitude_at
from node.store.search import parts_of
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox

# Cells of some 64 pixels: no more than 200 of them on a sheet of 960 × 720.
CELL_BITS = 3

# Of the cells of a whole earth at the zooms of a sheet.
CELLS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class Gathered:
    """Features of one cell: the middle of them in degrees, how many, and of what, where all are of one."""

    lon: float
    lat: float
    number: int
    resource: str | None


async def gathered(
    atlas: Atlas,
    collection: str,
    zoom: float,
    bbox: BoundingBox,
    when: Period | None = None,
    where: Where | None = None,
) -> list[Gathered]:
    """Return how many features of a collection lie in each cell of a box, as seen at a zoom.

    Raises `StoreError`, which may be `SearchTooLong`.
    """
    shift = 2 * max(0, round(SPOT_BITS - zoom - CELL_BITS))
    inside = " OR ".join(["f.west <= ? AND f.east >= ?"] * len(parts_of(bbox)))
    sides = [value for west, east, _, _ in parts_of(bbox) for value in (east, west)]
    parts = ["f.collection = ?", "f.spot IS NOT NULL", f"({inside})", "f.south <= ? AND f.north >= ?"]
    values: list[int | float | str | None] = [collection, *sides, bbox.north, bbox.south]
    if when is not None and when[1] is not None:
        parts.append("f.since <= ? AND (f.until IS NULL OR f.until >= ?)")
        values += [when[1], when[0]]
    if where is not None:
        parts.append(f"({where.sql})")
        values += where.values
    rows = await atlas.rows(
        "SELECT count(*), sum(f.spot_column), sum(f.spot_row), min(f.resource), max(f.resource)"
        f" FROM feature f WHERE {' AND '.join(parts)} GROUP BY f.spot >> ? ORDER BY 1 DESC LIMIT {CELLS_MAX}",
        (*values, shift),
    )
    return [
        Gathered(
            columns / number / SPOT_GRID * 360 - 180,
            latitude_at(spot_rows / number / SPOT_GRID) / UNITS_PER_DEGREE,
            number,
            first if first == last else None,
        )
        for number, columns, spot_rows, first, last in rows
    ]
