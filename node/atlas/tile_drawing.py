"""Drawing a tile: outlines that can be seen at its zoom, a point for each of them, and clusters of the rest.

    commons         the outlines of commons (areas, lines, groups of points) that are large enough to be seen
    commons_points  a point for each of these; of the others a point each, or where many are near, one for all
    alerts          outlines and points of alerts, likewise

Attributes of a commons: `id`, `name`, `resource`, `status`, `voice` (`own`, `other`), `contested` (0, 1),
`uncertainty_m`, `since` (ms), `pact` (1 where one is in force) and `alert` (1 where one is open).  Of a point
also `kind`: `label` where its outline is drawn too, else `place`.  Of a cluster: `kind` is `cluster`,
`count`, `resource` where all have the same one, `n_water`, `n_forest` … for how many there are of which;
`contested`, `pact` and `alert` are 1 where any of them is or has.  Of an alert: `id`, `name`, `type`,
`state`, `since`, `contested`.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from node.atlas.tile_encoding import EXTENT, POINT, Layer, encoded_geometries, point, tile_of
from node.atlas.tile_filters import TileFilters
from node.atlas.tile_shapes import shapes_on_tile
from node.atlas.world import CELL_BITS, SPOT_BITS, SPOT_GRID, ZOOM_MAX, spots_in, tile_box

# Outlines in one tile, the largest first: 3,000 of 15 positions take some 40 ms and 150 KB.
OUTLINES_MAX = 3_000

# Of all outlines in a tile together, as WKB: 250,000 positions.
OUTLINES_SIZE_MAX_BYTES = 4_000_000

# Clusters are of a cell of 64 pixels; at the greatest zoom everything is shown for itself, up to a number.
CLUSTER_BITS = 3
POINTS_MAX = 4_000

_COMMONS = (
    "f.seq, f.id, f.name, f.resource, f.status, f.voice, f.contested, f.uncertainty_m, f.since,"
    " f.pacts_in_force > 0, f.alerts_open > 0, f.spot_column, f.spot_row"
)
_COMMONS_KEYS = (
    *("id", "name", "resource", "status", "voice", "contested", "uncertainty_m", "since"),
    *("pact", "alert"),
)
_ALERTS = "f.seq, f.id, f.name, f.type, f.status, f.since, f.contested, f.spot_column, f.spot_row"
_ALERTS_KEYS = ("id", "name", "type", "state", "since", "contested")

_OUTLINES = (
    "SELECT {columns} FROM outline_place p CROSS JOIN feature f ON f.seq = p.id >> 1"
    " WHERE p.west <= ? AND p.east >= ? AND p.south <= ? AND p.north >= ? AND p.from_zoom <= ?"
    " AND f.collection = ? AND {where} ORDER BY f.zoom, f.seq LIMIT {limit}"
)
_GEOMETRY = (
    "SELECT coalesce((SELECT g.geometry FROM generalised g WHERE g.seq = d.seq AND g.zoom >= ?"
    " ORDER BY g.zoom LIMIT 1), d.geometry) FROM drawing d WHERE d.seq = ?"
)
_POINTS = (
    "SELECT {columns}, f.zoom <= ? FROM feature f WHERE f.collection = ? AND f.spot BETWEEN ? AND ?"
    " AND {where} LIMIT {limit}"
)
_SUMS = (
    " f.resource, count(*), sum(f.spot_column), sum(f.spot_row), max(f.contested),"
    " max(f.pacts_in_force > 0), max(f.alerts_open > 0), max(f.seq) FROM feature f"
)
_CELLS = (
    f"SELECT f.spot >> ?,{_SUMS}"
    " WHERE f.collection = ? AND f.spot BETWEEN ? AND ? AND f.zoom > ? AND {where} GROUP BY 1, 2"
)
# The same for tiles of many large cells, added up further by whoever reads the rows.
_LARGE_CELLS = (
    f"SELECT f.cell,{_SUMS}"
    " WHERE f.collection = ? AND f.cell BETWEEN ? AND ? AND f.zoom > ? AND {where}"
    " GROUP BY f.cell, f.resource"
)
_LABELS = (
    "SELECT {columns}, 1 FROM feature f WHERE f.seq IN (SELECT id >> 1 FROM outline_place"
    " WHERE west <= ? AND east >= ? AND south <= ? AND north >= ? AND from_zoom <= ?)"
    " AND f.collection = ? AND f.spot BETWEEN ? AND ? AND {where} ORDER BY f.zoom, f.seq LIMIT {limit}"
)


@dataclass(frozen=True, slots=True)
class TileAt:
    """Which tile: its zoom, its column from the west, its row from the north."""

    zoom: int
    x: int
    y: int


@dataclass(slots=True)
class _Cell:
    """What is in one cell of the grid of clusters."""

    count: int = 0
    columns: int = 0
    rows: int = 0
    contested: int = 0
    pact: int = 0
    alert: int = 0
    last: int = 0
    resources: dict[str, int] = field(default_factory=dict)


def draw_tile(db: sqlite3.Connection, at: TileAt, filters: TileFilters) -> bytes:
    """Return a tile.  Raises `sqlite3.Error`."""
    commons, alerts = filters.condition(), _alerts_shown(filters)
    return tile_of(
        [
            _outlines(db, at, "commons", _COMMONS, _COMMONS_KEYS, commons),
            _points(db, at, "commons", "commons_points", _COMMONS, _COMMONS_KEYS, commons),
            _alerts(db, at, alerts),
        ]
    )


def _alerts_shown(filters: TileFilters) -> tuple[str, list[Any]]:
    moment, values = filters.moment()
    return f"f.status IN ('open', 'resolved') AND {moment}", values


def _alerts(db: sqlite3.Connection, at: TileAt, where: tuple[str, list[Any]]) -> Layer:
    layer = _outlines(db, at, "alerts", _ALERTS, _ALERTS_KEYS, where)
    return _points(db, at, "alerts", "alerts", _ALERTS, _ALERTS_KEYS, where, layer)


def _outlines(
    db: sqlite3.Connection,
    at: TileAt,
    collection: str,
    columns: str,
    keys: Sequence[str],
    where: tuple[str, list[Any]],
) -> Layer:
    layer = Layer(collection)
    condition, bound = where
    sql = _OUTLINES.format(columns=columns, where=condition, limit=OUTLINES_MAX)
    found = db.execute(sql, (*tile_box(at.zoom, at.x, at.y), at.zoom, collection, *bound))
    rows = {row[0]: row for row in found}
    outlines: list[bytes] = []
    shown: list[tuple[Any, ...]] = []
    size_bytes = 0
    for seq, row in rows.items():
        [(geometry,)] = db.execute(_GEOMETRY, (at.zoom, seq)).fetchall()
        size_bytes += len(geometry)
        if outlines and size_bytes > OUTLINES_SIZE_MAX_BYTES:
            break
        outlines.append(geometry)
        shown.append(row)
    if not outlines:
        return layer
    for kind, strokes in shapes_on_tile(outlines, at.zoom, at.x, at.y).items():
        for row, encoded in zip(shown, encoded_geometries(kind, strokes, len(shown)), strict=True):
            if encoded:
                layer.add(kind, encoded, dict(zip(keys, row[1:], strict=False)))
    return layer


def _points(
    db: sqlite3.Connection,
    at: TileAt,
    collection: str,
    name: str,
    columns: str,
    keys: Sequence[str],
    where: tuple[str, list[Any]],
    layer: Layer | None = None,
) -> Layer:
    layer = Layer(name) if layer is None else layer
    condition, bound = where
    least, greatest = spots_in(at.zoom, at.x, at.y)
    if at.zoom == ZOOM_MAX:
        sql = _POINTS.format(columns=columns, where=condition, limit=POINTS_MAX)
        rows = db.execute(sql, (at.zoom, collection, least, greatest, *bound)).fetchall()
        _add_points(layer, at, rows, keys)
        return layer
    sql = _LABELS.format(columns=columns, where=condition, limit=POINTS_MAX)
    box = tile_box(at.zoom, at.x, at.y)
    rows = db.execute(sql, (*box, at.zoom, collection, least, greatest, *bound)).fetchall()
    _add_points(layer, at, rows, keys)
    cells = _cells(db, at, collection, where)
    alone = [cell.last for cell in cells if cell.count == 1]
    marks = ", ".join("?" * len(alone))
    rows = db.execute(f"SELECT {columns}, 0 FROM feature f WHERE f.seq IN ({marks})", alone).fetchall()
    _add_points(layer, at, rows, keys)
    for cell in cells:
        if cell.count > 1:
            layer.add(POINT, _spot(at, cell.columns // cell.count, cell.rows // cell.count), _cluster(cell))
    return layer


def _add_points(layer: Layer, at: TileAt, rows: Iterable[tuple[Any, ...]], keys: Sequence[str]) -> None:
    for row in rows:
        *values, column, spot_row, outlined = row
        attributes = dict(zip(keys, values[1:], strict=True))
        attributes["kind"] = "label" if outlined else "place"
        layer.add(POINT, _spot(at, column, spot_row), attributes)


def _cells(db: sqlite3.Connection, at: TileAt, collection: str, where: tuple[str, list[Any]]) -> list[_Cell]:
    """Return what there is in each cell of a tile, of which no outline is drawn at its zoom."""
    condition, bound = where
    least, greatest = spots_in(at.zoom, at.x, at.y)
    depth, shift = at.zoom + CLUSTER_BITS, 0
    if depth <= CELL_BITS:
        shift, to_cell = 2 * (CELL_BITS - depth), 2 * (SPOT_BITS - CELL_BITS)
        values = [collection, least >> to_cell, greatest >> to_cell, at.zoom, *bound]
        rows = db.execute(_LARGE_CELLS.format(where=condition), values)
    else:
        values = [2 * (SPOT_BITS - depth), collection, least, greatest, at.zoom, *bound]
        rows = db.execute(_CELLS.format(where=condition), values)
    cells: dict[int, _Cell] = {}
    for number, resource, count, columns, spot_rows, contested, pact, alert, last in rows:
        cell = cells.setdefault(number >> shift, _Cell())
        cell.count += count
        cell.columns += columns
        cell.rows += spot_rows
        cell.contested |= contested
        cell.pact |= pact or 0
        cell.alert |= alert or 0
        cell.last = max(cell.last, last)
        if resource is not None:
            cell.resources[resource] = cell.resources.get(resource, 0) + count
    return list(cells.values())


def _cluster(cell: _Cell) -> Mapping[str, str | int | None]:
    only = next(iter(cell.resources)) if len(cell.resources) == 1 else None
    counts = {f"n_{resource}": count for resource, count in sorted(cell.resources.items())}
    return {
        "kind": "cluster",
        "count": cell.count,
        "resource": only,
        "contested": cell.contested,
        "pact": cell.pact,
        "alert": cell.alert,
        **counts,
    }


def _spot(at: TileAt, column: int, row: int) -> bytes:
    """Return a spot as an encoded point of a tile."""
    scale = SPOT_GRID >> at.zoom
    return point((column - at.x * scale) * EXTENT // scale, (row - at.y * scale) * EXTENT // scale)
