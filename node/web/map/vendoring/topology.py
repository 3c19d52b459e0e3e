"""TopoJSON read: lines that neighbours share, and the shapes made of them (https://github.com/topojson/topojson-specification)."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from shapely.geometry import LineString

Line = list[tuple[float, float]]


class Topology:
    """One file: its lines, made simpler once, so that what shares them still fits together."""

    def __init__(self, data: bytes, tolerance: float) -> None:
        """`tolerance`: how far a line may stray from the true one, in degrees."""
        read = json.loads(data)
        self.objects: Mapping[str, Any] = read["objects"]
        scale, translate = read["transform"]["scale"], read["transform"]["translate"]
        self.lines = [_simple(_absolute(arc, scale, translate), tolerance) for arc in read["arcs"]]

    def shapes(self, name: str) -> list[Mapping[str, Any]]:
        """Return the geometries of a layer."""
        found: list[Mapping[str, Any]] = self.objects[name]["geometries"]
        return found

    def polygons(self, shape: Mapping[str, Any]) -> Iterator[list[Line]]:
        """Yield the polygons of a shape, each as its rings, the outer one first."""
        match shape.get("type"):
            case "Polygon":
                yield [self._joined(ring) for ring in shape["arcs"]]
            case "MultiPolygon":
                for rings in shape["arcs"]:
                    yield [self._joined(ring) for ring in rings]

    def paths(self, shape: Mapping[str, Any]) -> Iterator[Line]:
        """Yield the lines of a shape made of lines."""
        match shape.get("type"):
            case "LineString":
                yield self._joined(shape["arcs"])
            case "MultiLineString":
                for path in shape["arcs"]:
                    yield self._joined(path)

    def shared(self, name: str) -> list[Line]:
        """Return the lines between two shapes of a layer: borders, without the coast."""
        users = Counter[int]()
        for shape in self.shapes(name):
            users.update(set(_arcs_of(shape.get("arcs", []))))
        return [self.lines[arc] for arc, count in sorted(users.items()) if count > 1]

    def _joined(self, arcs: Iterable[int]) -> Line:
        joined: Line = []
        for arc in arcs:
            line = self.lines[arc] if arc >= 0 else self.lines[~arc][::-1]
            joined += line[1:] if joined else line
        return joined


def _absolute(arc: list[list[int]], scale: list[float], translate: list[float]) -> Line:
    x = y = 0
    line: Line = []
    for step in arc:
        x, y = x + step[0], y + step[1]
        line.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
    return line


def _simple(line: Line, tolerance: float) -> Line:
    if len(line) < 3 or all(one == other for one, other in pairwise(line)):
        return line
    # A ring keeps enough of itself to stay one.
    kept: Line = [(x, y) for x, y in LineString(line).simplify(tolerance, preserve_topology=True).coords]
    return kept


def _arcs_of(arcs: Any) -> Iterator[int]:
    for arc in arcs:
        if isinstance(arc, int):
            yield arc if arc >= 0 else ~arc
        else:
            yield from _arcs_of(arc)
