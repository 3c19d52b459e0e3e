"""The lines of the earth as the server draws them, read once from the smaller of the files for browsers."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from node.web.map.map_files import paths

LAYERS = ("land", "lakes", "rivers", "borders")


@dataclass(frozen=True, slots=True)
class Line:
    """A line or ring: x and y in turn, in degrees times the scale, and the box around it in the same."""

    points: Sequence[int]
    west: int
    south: int
    east: int
    north: int


@dataclass(frozen=True, slots=True)
class Ground:
    """Shapes by layer, each as its lines; `scale`: steps of a degree."""

    scale: int
    layers: dict[str, list[list[Line]]]


@cache
def ground() -> Ground:
    """Return the lines of the earth, about 1 MB of them."""
    read: dict[str, Any] = msgspec.json.decode(paths()["ground-far.json"].read_bytes())
    layers = {name: [[_line(steps) for steps in shape] for shape in read[name]] for name in LAYERS}
    return Ground(read["scale"], layers)


def _line(steps: list[int]) -> Line:
    points = array("i")
    x = y = 0
    for east, north in zip(steps[0::2], steps[1::2], strict=True):
        x, y = x + east, y + north
        points.append(x)
        points.append(y)
    xs, ys = points[0::2], points[1::2]
    return Line(points, min(xs), min(ys), max(xs), max(ys))


# Of the largest towns; what is smaller is named by the map in the browser.
TOWNS_READ_MAX = 6_000


@dataclass(frozen=True, slots=True)
class Town:
    """A town, in degrees."""

    name: str
    lon: float
    lat: float


@cache
def towns() -> tuple[Town, ...]:
    """Return the larger towns of the earth, the largest first."""
    read = msgspec.json.decode(paths()["towns.json"].read_bytes())
    scale = read["scale"]
    return tuple(Town(name, x / scale, y / scale) for name, x, y, _ in read["towns"][:TOWNS_READ_MAX])
