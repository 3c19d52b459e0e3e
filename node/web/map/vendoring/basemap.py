"""The lines of the earth that lie under the map, as small as they can be drawn from.

Two files: `far`, for whole continents, and `near`, which a browser asks for once somebody looks closer.  Each
is an object of layers, a layer a list of shapes, a shape a list of lines, and a line a list of whole numbers:
x and y of the first point, then how far each next one lies from the last, in steps of 1/`scale` degree.
`node/web/static/map/ground.js` and `node/web/map/ground.py` read them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from shapely import clip_by_rect, maximum_inscribed_circle
from shapely.geometry import LineString, Polygon
from shapely.geometry.base import BaseGeometry

from node.web.map.vendoring.topology import Line, Topology

# Steps of a degree: 1.1 km, and 220 m.  Where `far` gives way a pixel is 1.2 km; `near` is drawn on from
# there, until its corners show and what people have drawn themselves says more.
FAR_SCALE, NEAR_SCALE = 100, 500
FAR_TOLERANCE, NEAR_TOLERANCE, PROVINCE_TOLERANCE = 0.01, 0.003, 0.01

# An island smaller than this, in square degrees, is not drawn from afar: about 3 km across.
FAR_ISLAND_MIN = 0.0008

# Rivers and lakes come in a file for each continent, cut at its frame: where each counts (west, south, east,
# north).
CONTINENTS = {
    "south-america": (-180.0, -90.0, -30.0, 13.0),
    "north-america": (-180.0, 13.0, -30.0, 90.0),
    "africa": (-30.0, -90.0, 60.0, 35.0),
    "europe": (-30.0, 35.0, 60.0, 90.0),
    "asia": (60.0, -90.0, 180.0, 90.0),
}

# Without a number of its own in ISO 3166-1, and so without a name that a browser could give it.
UNNAMED = "000"

Shape = list[Line]


def far_file(countries: bytes, waters: Mapping[str, bytes]) -> bytes:
    """Return the file for whole continents: land, borders, waters, and where a country's name stands."""
    world = Topology(countries, FAR_TOLERANCE)
    land = [
        polygon
        for shape in world.shapes("land")
        for rings in world.polygons(shape)
        for polygon in flat(rings)
        if Polygon(polygon[0]).area >= FAR_ISLAND_MIN
    ]
    lakes, rivers = _waters(waters, FAR_TOLERANCE)
    return _written(
        FAR_SCALE,
        land=land,
        borders=[[line] for line in world.shared("countries")],
        lakes=lakes,
        rivers=rivers,
        extra={"countries": _names(world)},
    )


def near_file(countries: bytes, waters: Mapping[str, bytes], provinces: Iterable[bytes]) -> bytes:
    """Return the file for regions: the same in more detail, and the borders of provinces."""
    world = Topology(countries, NEAR_TOLERANCE)
    within = [
        [line]
        for data in provinces
        for topology in [Topology(data, PROVINCE_TOLERANCE)]
        for name in topology.objects
        for line in topology.shared(name)
    ]
    lakes, rivers = _waters(waters, NEAR_TOLERANCE)
    return _written(
        NEAR_SCALE,
        land=[
            polygon
            for shape in world.shapes("land")
            for rings in world.polygons(shape)
            for polygon in flat(rings)
        ],
        borders=[[line] for line in world.shared("countries")],
        lakes=lakes,
        rivers=rivers,
        provinces=within,
    )


def _waters(files: Mapping[str, bytes], tolerance: float) -> tuple[list[Shape], list[Shape]]:
    lakes: list[Shape] = []
    rivers: list[Shape] = []
    for name, (west, south, east, north) in CONTINENTS.items():
        topology = Topology(files[name], tolerance)
        for shape in topology.shapes("lakes"):
            for rings in topology.polygons(shape):
                lake = Polygon(rings[0], rings[1:]).buffer(0)
                lakes += _shapes(clip_by_rect(lake, west, south, east, north))
        for shape in topology.shapes("rivers"):
            for path in topology.paths(shape):
                river = clip_by_rect(LineString(path), west, south, east, north)
                rivers += [[list(part.coords)] for part in _parts(river, "LineString")]
    return lakes, rivers


def flat(rings: list[Line]) -> list[Shape]:
    """Return a polygon of the globe as polygons of a flat map, cut where the map has its edges.

    A ring of this data runs on across the antimeridian, and one around a pole does not come back to where it
    began.
    """
    if all(abs(x - last) <= 180 for ring in rings for (last, _), (x, _) in pairwise(ring)):
        return [rings]
    outer, *holes = (_unrolled(ring) for ring in rings)
    if abs(outer[-1][0] - outer[0][0]) > 180:
        pole = -90.0 if outer[0][1] < 0 else 90.0
        outer = [*outer, (outer[-1][0], pole), (outer[0][0], pole)]
    whole = Polygon(outer, holes).buffer(0)
    found: list[Shape] = []
    for turn in (-360.0, 0.0, 360.0):
        part = clip_by_rect(whole, turn - 180.0, -90.0, turn + 180.0, 90.0)
        found += [[[(x - turn, y) for x, y in ring] for ring in shape] for shape in _shapes(part)]
    return found


def _unrolled(ring: Line) -> Line:
    unrolled = ring[:1]
    for x, y in ring[1:]:
        last = unrolled[-1][0]
        unrolled.append((last + (x - last + 180) % 360 - 180, y))
    return unrolled


def _shapes(geometry: BaseGeometry) -> list[Shape]:
    return [
        [list(part.exterior.coords), *(list(hole.coords) for hole in part.interiors)]
        for part in _parts(geometry, "Polygon")
    ]


def _parts(geometry: BaseGeometry, kind: str) -> list[Any]:
    return [
        part
        for part in getattr(geometry, "geoms", [geometry])
        if part.geom_type == kind and not part.is_empty
    ]


def _names(world: Topology) -> list[list[int | str]]:
    """Return number (ISO 3166-1), place of the name, and rank by size, of every country."""
    found: list[tuple[float, str, float, float]] = []
    for shape in world.shapes("countries"):
        parts = [Polygon(rings[0]) for rings in world.polygons(shape)]
        if not parts or shape.get("id", UNNAMED) == UNNAMED:
            continue
        largest = max(parts, key=lambda part: part.area)
        if largest.area:
            x, y = maximum_inscribed_circle(largest, 0.1).coords[0]
            found.append((sum(part.area for part in parts), shape["id"], x, y))
    return [
        [number, round(x * FAR_SCALE), round(y * FAR_SCALE), rank]
        for rank, (_, number, x, y) in enumerate(sorted(found, reverse=True))
    ]


def _written(scale: int, *, extra: Mapping[str, Any] | None = None, **layers: Sequence[Shape]) -> bytes:
    file: dict[str, Any] = {"scale": scale}
    for name, shapes in layers.items():
        least = 4 if name in ("land", "lakes") else 2
        steps = [
            [line for line in (_steps(line, scale) for line in shape) if len(line) >= 2 * least]
            for shape in shapes
        ]
        file[name] = [shape for shape in steps if shape]
    file |= extra or {}
    return json.dumps(file, separators=(",", ":")).encode("ascii")


def _steps(line: Line, scale: int) -> list[int]:
    """Return a line as its first point and the steps from there; points that fall together are one."""
    steps: list[int] = []
    x = y = 0
    for lon, lat in line:
        east, north = round(lon * scale), round(lat * scale)
        if not steps or (east, north) != (x, y):
            steps += [east - x, north - y]
        x, y = east, north
    return steps
