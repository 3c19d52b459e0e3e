"""Where a feature lies on the map: its spot, from which zoom its outline is drawn, and that outline with less
detail for the zooms at which nobody could see it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from node.atlas.feature import Feature
from node.atlas.outline import POSITION_SIZE_BYTES
from node.atlas.tile_encoding import EXTENT
from node.atlas.tile_shapes import GRID, Numbers, tile_positions
from node.atlas.world import LATITUDE_MAX_DEGREES, ZOOM_MAX, Spot, outline_zoom, spot_of

# Nothing but a point is drawn of it at any zoom.
NEVER_OUTLINED = ZOOM_MAX + 1

# What tiles show of which collections.
MAPPED = frozenset({"commons", "alerts"})

# Outlines below this are drawn as they are.
GENERALISED_FROM_POSITIONS = 256
GENERALISED_ZOOMS = (11, 8, 5, 2)

_RING_MIN_POSITIONS = 4
_AREA = 2  # of dimensions

# Kept where it is no more than this part of the next better one.
_LESS = 0.6


@dataclass(frozen=True, slots=True)
class OnMap:
    """A spot, the zoom from which an outline is drawn, and outlines (WKB) up to some zooms.

    `is_sound`: it is an area whose outline does not cross itself.
    """

    spot: Spot
    zoom: int
    is_sound: bool
    generalised: tuple[tuple[int, bytes], ...]


def on_map(feature: Feature) -> OnMap | None:
    """Return where a feature lies on the map; None where it has no place there."""
    if feature.geometry is None or feature.box is None or feature.columns["collection"] not in MAPPED:
        return None
    geometry: Any = shapely.from_wkb(feature.geometry)
    spot = spot_of(*_middle(geometry, feature))
    if geometry.geom_type == "Point":
        return OnMap(spot, NEVER_OUTLINED, False, ())
    zoom = outline_zoom(feature.box)
    is_sound = bool(shapely.get_dimensions(geometry) == _AREA and shapely.is_valid(geometry))
    return OnMap(spot, zoom, is_sound, tuple(_generalised(feature.geometry, geometry, zoom)))


def _middle(geometry: Any, feature: Feature) -> tuple[float, float]:
    """Return a longitude and a latitude within a place."""
    if geometry.geom_type == "Point":
        return geometry.x, geometry.y
    try:
        middle = shapely.point_on_surface(geometry)
        if not middle.is_empty:
            return middle.x, middle.y
    except shapely.errors.GEOSException:
        pass
    first = shapely.get_coordinates(geometry)[0]
    return float(first[0]), float(first[1])


def _generalised(wkb: bytes, geometry: Any, from_zoom: int) -> list[tuple[int, bytes]]:
    found: list[tuple[int, bytes]] = []
    size = len(wkb)
    for zoom in GENERALISED_ZOOMS:
        if zoom < from_zoom or size < GENERALISED_FROM_POSITIONS * POSITION_SIZE_BYTES:
            break
        less = _with_less(geometry, zoom)
        if less is not None and len(less) <= size * _LESS:
            found.append((zoom, less))
            size = len(less)
    return found


def _with_less(geometry: Any, zoom: int) -> bytes | None:
    """Return an outline whose positions are half a pixel apart at a zoom; None where nothing is left."""
    made: list[Any] = []
    for part in shapely.get_parts(shapely.get_parts(geometry)):
        match part.geom_type:
            case "Polygon":
                outer, *holes = (_thinned(ring, zoom) for ring in shapely.get_rings(part))
                if len(outer) >= _RING_MIN_POSITIONS:
                    made.append(shapely.Polygon(outer, [h for h in holes if len(h) >= _RING_MIN_POSITIONS]))
            case "LineString":
                line = _thinned(part, zoom)
                if len(line) > 1:
                    made.append(shapely.linestrings(line))
            case _:
                made.append(part)
    if not made:
        return None
    kinds = {part.geom_type for part in made}
    if kinds == {"Polygon"}:
        return bytes(shapely.to_wkb(shapely.multipolygons(made)))
    if kinds == {"LineString"}:
        return bytes(shapely.to_wkb(shapely.multilinestrings(made)))
    return bytes(shapely.to_wkb(shapely.geometrycollections(made)))


def _thinned(line: Any, zoom: int) -> Numbers:
    """Return the positions of a line or a ring on a grid, none the same as the one before it."""
    grid = np.rint(tile_positions(shapely.get_coordinates(line), zoom, 0, 0) / GRID)
    again = np.zeros(len(grid), bool)
    again[1:] = (grid[1:] == grid[:-1]).all(axis=1)
    return _degrees(grid[~again] * GRID / EXTENT / (1 << zoom))


def _degrees(world: Numbers) -> Numbers:
    """Return places on the square of the map, from 0 to 1, in degrees."""
    found = np.empty_like(world)
    found[:, 0] = (world[:, 0] - 0.5) * 360
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * world[:, 1]))))
    found[:, 1] = np.clip(lat, -LATITUDE_MAX_DEGREES, LATITUDE_MAX_DEGREES)
    return found
