"""Rows of the atlas made up for tests of files: places of every kind, texts that could be something else."""

import math
import random
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from node.atlas.collections import COLLECTIONS
from node.atlas.feature import made
from node.atlas.reading import FeatureRow
from node.opendata.about import About, columns_of
from protocol.identifiers import SubjectId

ABOUT = About(
    collection="commons",
    title="Commons",
    description="All of them.",
    attribution="From the node «Laguna».",
    licence="https://creativecommons.org/licenses/by/4.0/",
    licences=("CC-BY-4.0",),
    base="https://node.example",
    made="2026-01-02T03:04:05Z",
    language="en",
    columns=columns_of(COLLECTIONS["commons"]),
)

# What is markup, a formula, the other way round, many lines, or a quote elsewhere.
HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://evil.example";"x")',
    "+593 2 222", "-1+1", "@SUM(A1)", "\t=1+1", "'=1", "a;=1+1", "a\n=1+1", "＝1+1",
    "مرعى مشترك", "\u202eqowt\u202c", "Páramo «ñandú»", 'says "hello", twice', "|¦|", "  blanks  ", "😀",
    '"url":"/x', '\\"url":"/',
)  # fmt: skip


def row(number: int, geometry: dict[str, Any] | None = None, **properties: Any) -> FeatureRow:
    """A commons with some properties of its own."""
    told = {one.name: None for one in COLLECTIONS["commons"].properties}
    told |= {
        "name": f"Laguna {number}",
        "names": {"es": f"Laguna {number}", "url": "/not/this"},
        "resource": "water",
        "resources": ["water", "forest"],
        "status": "own",
        "voice": "own",
        "contested": number % 2,
        "stewards": ["Ana", "Be|to"],
        "author": "a" * 52,
        "licence": "CC-BY-4.0",
        "labels": ["TK A"],
        "area_m2": 12_345_678_901,
        "since": 1_700_000_000_000 + number,
        "changed": 1_700_000_000_000,
        "pacts_in_force": 0,
        "alerts_open": 2,
        "sensitivity": "public",
        "url": f"/thing/{number}",
        **properties,
    }
    feature = made("commons", SubjectId(number.to_bytes(32)), told, geometry, None)
    return FeatureRow({"seq": number}, feature.geometry, feature.geojson)


def star(dice: random.Random, corners: int = 12, size: int = 100_000) -> list[int]:
    """A closed ring without crossings, its corners in and out around a middle."""
    lon, lat = dice.randint(-1_790_000_000, 1_790_000_000), dice.randint(-890_000_000, 890_000_000)
    ring: list[int] = []
    for corner in range(corners):
        reach = dice.uniform(0.05, 1) * size
        turn = 2 * math.pi * corner / corners
        ring += [lon + round(reach * math.cos(turn)), lat + round(reach * math.sin(turn))]
    return ring + ring[:2]


def shrunk(ring: list[int], times: float) -> list[int]:
    """A ring within a star, turned the other way."""
    lon, lat = (min(ring[0::2]) + max(ring[0::2])) // 2, (min(ring[1::2]) + max(ring[1::2])) // 2
    pairs = [
        (lon + round((x - lon) * times), lat + round((y - lat) * times))
        for x, y in zip(ring[0::2], ring[1::2], strict=True)
    ]
    return [number for pair in reversed(pairs) for number in pair]


def places(dice: random.Random) -> Iterator[dict[str, Any]]:
    """One place of each kind, a collection as well."""
    ring, other = star(dice), star(dice)
    yield {"type": "Point", "coordinates": ring[:2]}
    yield {"type": "MultiPoint", "coordinates": ring[:8]}
    yield {"type": "LineString", "coordinates": ring[:10]}
    yield {"type": "MultiLineString", "coordinates": [ring[:6], other[:12]]}
    yield {"type": "Polygon", "coordinates": [ring]}
    yield {"type": "MultiPolygon", "coordinates": [[ring], [other]]}
    parts = [{"type": "Point", "coordinates": [0, 1]}, {"type": "Polygon", "coordinates": [other]}]
    yield {"type": "GeometryCollection", "geometries": parts}


any_place = st.integers(0, 2**32).flatmap(lambda seed: st.sampled_from(list(places(random.Random(seed)))))
