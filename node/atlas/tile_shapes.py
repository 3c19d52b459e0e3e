"""Outlines on a tile: from WKB in degrees to whole positions within it, cut off at its edges, generalised.

What strangers draw crosses itself, encloses nothing, or has 40,000 positions within a pixel: nothing of it
may cost more than its length, and nothing break a tile.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from node.atlas.tile_encoding import EXTENT, LINE, POINT, POLYGON, Strokes, Whole
from node.atlas.world import BUFFER_PX, LATITUDE_MAX_DEGREES, TILE_SIZE_PX

BUFFER = BUFFER_PX * EXTENT // TILE_SIZE_PX

# Positions are put on a grid of half a pixel, which nobody can see, and those that fall together are one.
GRID = EXTENT // TILE_SIZE_PX // 2

# What reaches farther than this beyond a tile is cut off; less costs nothing.
_REACH = EXTENT

Numbers = npt.NDArray[np.float64]


def tile_positions(degrees: Numbers, zoom: int, x: int, y: int) -> Numbers:
    """Return positions in degrees as positions within a tile, not yet whole."""
    tiles = float(1 << zoom)
    lat = np.clip(degrees[:, 1], -LATITUDE_MAX_DEGREES, LATITUDE_MAX_DEGREES)
    sine = np.sin(np.radians(lat))
    found = np.empty_like(degrees)
    found[:, 0] = ((degrees[:, 0] / 360 + 0.5) * tiles - x) * EXTENT
    found[:, 1] = ((0.5 - np.log((1 + sine) / (1 - sine)) / (4 * np.pi)) * tiles - y) * EXTENT
    return found


def shapes_on_tile(outlines: Sequence[bytes], zoom: int, x: int, y: int) -> dict[int, Strokes]:
    """Return what of some outlines (WKB) is on a tile, by kind: `POINT`, `LINE`, `POLYGON`.

    The owners of strokes are the numbers of the outlines.
    """
    read: Any = shapely.from_wkb(np.array(outlines, dtype=object), on_invalid="ignore")
    moved = shapely.transform(read, lambda degrees: tile_positions(degrees, zoom, x, y))
    parts, owners = _parts(moved, np.arange(len(outlines)))
    bounds = shapely.bounds(parts)
    low, high = -BUFFER, EXTENT + BUFFER
    inside = (bounds[:, 0] <= high) & (bounds[:, 2] >= low) & (bounds[:, 1] <= high) & (bounds[:, 3] >= low)
    parts, owners, bounds = parts[inside], owners[inside], bounds[inside]
    wide = (bounds[:, :2] < low - _REACH).any(axis=1) | (bounds[:, 2:] > high + _REACH).any(axis=1)
    cut, of = _clipped(parts[wide], owners[wide], low, high)
    parts, owners = np.concatenate((parts[~wide], cut)), np.concatenate((owners[~wide], of))
    order = np.argsort(owners, kind="stable")
    parts, owners = parts[order], owners[order]
    kinds = shapely.get_type_id(parts)
    areas, thin = _polygons(parts[kinds == 3], owners[kinds == 3])
    found = {
        POINT: _points(parts[kinds == 0], owners[kinds == 0]),
        LINE: _joined(_lines(parts[kinds == 1], owners[kinds == 1]), thin),
        POLYGON: areas,
    }
    return {kind: strokes for kind, strokes in found.items() if len(strokes.starts)}


def _parts(geometries: Any, owners: Whole) -> tuple[Any, Whole]:
    """Return the points, lines and polygons that geometries are made of, none of them empty."""
    for _ in range(2):  # a collection of collections, at most
        geometries, index = shapely.get_parts(geometries, return_index=True)
        owners = owners[index]
    kept = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries))
    return geometries[kept], owners[kept]


def _clipped(parts: Any, owners: Whole, low: int, high: int) -> tuple[Any, Whole]:
    """Return what of some points, lines and polygons is within bounds, and of which owner each is."""
    if not len(parts):
        return parts, owners
    try:
        cut = shapely.clip_by_rect(parts, low, low, high, high)
    except shapely.errors.GEOSException:
        cut = np.array([_clipped_alone(part, low, high) for part in parts], dtype=object)
    found, index = _parts(cut, np.arange(len(parts)))
    # A polygon that only touches the edge leaves a line.
    alike = shapely.get_dimensions(found) == shapely.get_dimensions(parts)[index]
    return found[alike], owners[index[alike]]


def _clipped_alone(part: Any, low: int, high: int) -> Any:
    try:
        return shapely.clip_by_rect(part, low, low, high, high)
    except shapely.errors.GEOSException:
        return None  # a point stands for it


def _points(parts: Any, owners: Whole) -> Strokes:
    positions = _whole(shapely.get_coordinates(parts))
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    return Strokes(positions, starts, owners[starts])


def _lines(parts: Any, owners: Whole) -> Strokes:
    coordinates, line = shapely.get_coordinates(parts, return_index=True)
    positions, line = _without_repeats(_whole(coordinates), line)
    starts = np.flatnonzero(np.diff(line, prepend=-1))
    long = np.diff(starts, append=len(line)) > 1
    return _kept(Strokes(positions, starts, owners[line[starts]]), long)


def _polygons(parts: Any, owners: Whole) -> tuple[Strokes, Strokes]:
    """Return the rings of polygons; and as lines, the outer ones too thin to enclose anything."""
    rings, polygon = shapely.get_rings(parts, return_index=True)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(coordinates):
        nothing = Strokes(_whole(coordinates), ring, ring)
        return nothing, nothing
    positions, ring = _without_repeats(_whole(coordinates), ring)
    # The last position of a ring is its first again.
    last = np.diff(ring, append=-1) != 0
    first_of = np.flatnonzero(np.diff(ring, prepend=-1))
    lone = np.zeros(len(ring), bool)
    lone[first_of] = True
    positions, ring = positions[~last | lone], ring[~last | lone]
    starts = np.flatnonzero(np.diff(ring, prepend=-1))
    of_ring = ring[starts]
    areas = _doubled_areas(positions, starts)
    lengths = np.diff(starts, append=len(positions))
    outer = np.diff(polygon, prepend=-1) != 0
    # A hole stays where what it is in does.
    there = (lengths > 2) & (areas != 0)
    outer_of = np.maximum.accumulate(np.where(outer, np.arange(len(polygon)), 0))
    stays = np.zeros(len(polygon), bool)
    stays[of_ring[there]] = True
    there &= stays[outer_of[of_ring]]
    turned = there & ((areas > 0) != outer[of_ring])
    strokes = Strokes(positions, starts, owners[polygon[of_ring]])
    thin = outer[of_ring] & (areas == 0) & (lengths > 1)
    return _kept(_reversed(strokes, turned), there), _kept(strokes, thin)


def _whole(coordinates: Numbers) -> Whole:
    whole: Whole = np.rint(coordinates / GRID).astype(np.int64) * GRID
    return whole


def _without_repeats(positions: Whole, line: Whole) -> tuple[Whole, Whole]:
    """Leave out positions that are those before them on the same line."""
    again = np.zeros(len(line), bool)
    again[1:] = (positions[1:] == positions[:-1]).all(axis=1) & (line[1:] == line[:-1])
    return positions[~again], line[~again]


def _doubled_areas(positions: Whole, starts: Whole) -> Whole:
    """Return twice the area of each ring (shoelace formula); positive is clockwise as people see a tile."""
    following = np.arange(1, len(positions) + 1)
    following[np.append(starts[1:], len(positions)) - 1] = starts
    here, there = positions, positions[following]
    across = here[:, 0] * there[:, 1] - there[:, 0] * here[:, 1]
    areas: Whole = np.add.reduceat(across, starts)
    return areas


def _reversed(strokes: Strokes, which: npt.NDArray[np.bool_]) -> Strokes:
    """Turn some strokes round."""
    lengths = strokes.lengths
    stroke = np.repeat(np.arange(len(lengths)), lengths)
    at = np.arange(len(strokes.positions))
    back = strokes.starts[stroke] * 2 + lengths[stroke] - 1 - at
    return Strokes(strokes.positions[np.where(which[stroke], back, at)], strokes.starts, strokes.owners)


def _joined(some: Strokes, others: Strokes) -> Strokes:
    """Return the strokes of two together, in the order of their owners."""
    if not len(others.starts):
        return some
    positions = np.concatenate((some.positions, others.positions))
    lengths = np.concatenate((some.lengths, others.lengths))
    starts = np.concatenate((some.starts, others.starts + len(some.positions)))
    owners = np.concatenate((some.owners, others.owners))
    order = np.argsort(owners, kind="stable")
    ends = np.cumsum(lengths[order])
    begins = ends - lengths[order]
    at = np.arange(len(positions)) - np.repeat(begins - starts[order], lengths[order])
    return Strokes(positions[at], begins, owners[order])


def _kept(strokes: Strokes, which: npt.NDArray[np.bool_]) -> Strokes:
    """Return some of the strokes."""
    lengths = strokes.lengths
    positions = strokes.positions[np.repeat(which, lengths)]
    ends = np.cumsum(lengths[which])
    return Strokes(positions, ends - lengths[which], strokes.owners[which])
