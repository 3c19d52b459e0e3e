"""Whether a place meets a box, to the last unit: the box around a crooked border holds much beside it.

In whole units of 10⁻⁷ degree, so that nothing is rounded: no two machines can differ.  Edges are straight in
longitude and latitude (RFC 7946 §3.1.1).  What touches meets.
"""

from array import array
from collections.abc import Iterator, Sequence
from sys import byteorder

from node.atlas.outline import geometry_of
from protocol.geometry_units import LONGITUDE_MAX, UNITS_PER_DEGREE, BoundingBox
from protocol.kinds.geometry import Geometry

# A polygon of one ring as `node.atlas.outline` writes it, up to its first position: by far the most are such.
_ONE_RING = bytes((1, 3, 0, 0, 0, 1, 0, 0, 0))
_ONE_RING_SIZE_BYTES = len(_ONE_RING) + 4


def meets_wkb(wkb: bytes, box: BoundingBox) -> bool:
    """Whether a geometry of the atlas, as its WKB, and a box have a position in common."""
    if wkb.startswith(_ONE_RING) and box.west <= box.east and byteorder == "little":
        west, south, east, north = (edge / UNITS_PER_DEGREE for edge in box)
        degrees = array("d")
        degrees.frombytes(wkb[_ONE_RING_SIZE_BYTES:])
        # As degrees they lie as they do as units: both were divided alike.
        for x, y in zip(degrees[::2], degrees[1::2], strict=True):
            if west <= x <= east and south <= y <= north:
                return True
    return meets(geometry_of(wkb), box)


def meets(geometry: Geometry, box: BoundingBox) -> bool:
    """Whether a geometry and a box, which may cross the antimeridian, have a position in common."""
    if box.west > box.east:
        return meets(geometry, box._replace(east=LONGITUDE_MAX)) or meets(
            geometry, box._replace(west=-LONGITUDE_MAX)
        )
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return any(meets(part, box) for part in geometry["geometries"])
    coordinates = geometry["coordinates"]
    match kind:
        case "Point" | "MultiPoint":
            return _any_inside(coordinates, box)
        case "LineString":
            return _line_meets(coordinates, box)
        case "MultiLineString":
            return any(_line_meets(line, box) for line in coordinates)
        case "Polygon":
            return _area_meets(coordinates, box)
    return any(_area_meets(rings, box) for rings in coordinates)


def _any_inside(line: Sequence[int], box: BoundingBox) -> bool:
    west, south, east, north = box
    xs, ys = line[::2], line[1::2]
    return any(west <= x <= east and south <= y <= north for x, y in zip(xs, ys, strict=True))


def _line_meets(line: Sequence[int], box: BoundingBox) -> bool:
    """Whether a position or a segment of a line meets a box."""
    return _any_inside(line, box) or any(_crosses(*segment, box) for segment in _segments(line))


def _area_meets(rings: Sequence[Sequence[int]], box: BoundingBox) -> bool:
    """Whether what rings enclose meets a box: where no border does, all of the box is inside or none."""
    if any(_line_meets(ring, box) for ring in rings):
        return True
    x, y = box.west, box.south
    inside = False
    for ring in rings:
        for x0, y0, x1, y1 in _segments(ring):
            # Borders that a line from the corner to the west crosses: an odd number around what is inside.
            if (y0 > y) != (y1 > y):
                left = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
                inside ^= (left < 0) == (y1 > y0)
    return inside


def _segments(line: Sequence[int]) -> Iterator[tuple[int, int, int, int]]:
    for at in range(0, len(line) - 2, 2):
        yield line[at], line[at + 1], line[at + 2], line[at + 3]


def _crosses(x0: int, y0: int, x1: int, y1: int, box: BoundingBox) -> bool:
    """Whether a segment meets a box: neither lies wholly to one side of the other (separating axes)."""
    west, south, east, north = box
    if max(x0, x1) < west or min(x0, x1) > east or max(y0, y1) < south or min(y0, y1) > north:
        return False
    dx, dy = x1 - x0, y1 - y0
    sides = [dx * (y - y0) - dy * (x - x0) for x in (west, east) for y in (south, north)]
    return min(sides) <= 0 <= max(sides)
