"""Names of towns, so that whoever looks at the map knows where they are."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

# Steps of a degree: 1.1 km, a dot on the map at most.
TOWNS_SCALE = 100

# Capitals and seats of provinces whatever their size, others from here on.
PEOPLE_MIN = 30_000
SEATS = {"PPLC": 0, "PPLA": 1}

# Districts and what is no more, by GeoNames' own codes.
NOT_TOWNS = frozenset({"PPLX", "PPLH", "PPLQ", "PPLW"})


@dataclass(frozen=True, slots=True)
class Town:
    """A town; `code`: what GeoNames calls its kind (https://www.geonames.org/export/codes.html)."""

    name: str
    code: str
    people: int
    lon: float
    lat: float


def towns_file(data: bytes) -> bytes:
    """Return the towns as JSON, the largest first: name, x and y in steps; 0 a capital, 1 a seat, else 2."""
    kept = [
        town
        for town in _towns(data)
        if town.code not in NOT_TOWNS and (town.code in SEATS or town.people >= PEOPLE_MIN)
    ]
    kept.sort(key=lambda town: (-town.people, town.name, town.lon, town.lat))
    rows = [
        [town.name, round(town.lon * TOWNS_SCALE), round(town.lat * TOWNS_SCALE), SEATS.get(town.code, 2)]
        for town in kept
    ]
    text = json.dumps({"scale": TOWNS_SCALE, "towns": rows}, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def _towns(data: bytes) -> Iterator[Town]:
    """Yield the towns of the package's file: messages of protocol buffers, each after its length
    (https://protobuf.dev/programming-guides/encoding/); positions count on from the town before."""
    lon = lat = at = 0
    while at < len(data):
        length, at = _whole(data, at)
        end = at + length
        name, code, people = "", "", 0
        while at < end:
            tag, at = _whole(data, at)
            value, at = _whole(data, at)
            text = b""
            if tag & 7 == 2:  # a text: what was read is its length
                text, at = data[at : at + value], at + value
            match tag >> 3:
                case 2:
                    name = text.decode("utf-8")
                case 7:
                    code = text.decode("utf-8")
                case 9:
                    people = value
                case 10:
                    lon += _signed(value)
                case 11:
                    lat += _signed(value)
        yield Town(name, code, people, lon / 1e5, lat / 1e5)


def _whole(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
