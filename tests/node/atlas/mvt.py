"""Vector tiles read as the specification says, strictly (https://github.com/mapbox/vector-tile-spec, 2.1).

tile = read_tile(data)
tile["commons"].features[0].attributes["name"]
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

Position = tuple[int, int]


@dataclass
class TileFeature:
    """`parts`: points, lines, or rings (without the first position again)."""

    kind: int
    parts: list[list[Position]]
    attributes: dict[str, Any]


@dataclass
class TileLayer:
    name: str = ""
    features: list[TileFeature] = field(default_factory=list)


def read_tile(data: bytes) -> dict[str, TileLayer]:
    layers = {}
    for number, value in fields(data):
        assert number == 3
        layer = read_layer(value)
        assert layer.name not in layers
        layers[layer.name] = layer
    return layers


def read_layer(data: bytes) -> TileLayer:
    layer, raw, keys, values, extent, version = TileLayer(), [], [], [], 0, 0
    for number, value in fields(data):
        match number:
            case 1:
                layer.name = value.decode()
            case 2:
                raw.append(value)
            case 3:
                keys.append(value.decode())
            case 4:
                values.append(read_value(value))
            case 5:
                extent = value
            case 15:
                version = value
    assert (extent, version) == (4096, 2)
    assert raw
    assert len(set(keys)) == len(keys)
    layer.features = [read_feature(one, keys, values) for one in raw]
    return layer


def read_value(data: bytes) -> Any:
    [(number, value)] = fields(data)
    match number:
        case 1:
            return value.decode()
        case 5:
            return value
        case 6:
            return value >> 1 ^ -(value & 1)
    raise AssertionError(f"a value of type {number}")


def read_feature(data: bytes, keys: list[str], values: list[Any]) -> TileFeature:
    parts = dict(fields(data))
    tags = list(varints(parts.get(2, b"")))
    attributes = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return TileFeature(parts[3], read_geometry(parts[3], list(varints(parts[4]))), attributes)


def read_geometry(kind: int, numbers: list[int]) -> list[list[Position]]:
    found: list[list[Position]] = []
    at, x, y = 0, 0, 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == 7:
            assert (kind, count) == (3, 1)
            assert len(found[-1]) > 2
            continue
        assert count > 0
        if command == 1:
            assert kind == 1 or count == 1
            found.append([])
        else:
            assert command == 2
            assert len(found[-1]) == 1
        for _ in range(count):
            dx, dy = (n >> 1 ^ -(n & 1) for n in numbers[at : at + 2])
            assert command == 1 or (dx, dy) != (0, 0)
            x, y, at = x + dx, y + dy, at + 2
            found[-1].append((x, y))
    assert found
    if kind == 3:
        assert doubled_area(found[0]) > 0, "the first ring is an outer one"
        assert all(doubled_area(ring) != 0 for ring in found)
    return found


def doubled_area(ring: list[Position]) -> int:
    """Positive where it is clockwise as people see a tile."""
    return sum(x * v - u * y for (x, y), (u, v) in pairwise([*ring, ring[0]]))


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
            yield key >> 3, value
        else:
            assert key & 7 == 2
            length, at = varint(data, at)
            assert at + length <= len(data)
            yield key >> 3, data[at : at + length]
            at += length


def varints(data: bytes) -> Iterator[int]:
    at = 0
    while at < len(data):
        number, at = varint(data, at)
        yield number


def varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while data[at] & 128:
        number |= (data[at] & 127) << shift
        shift, at = shift + 7, at + 1
    return number | data[at] << shift, at + 1
