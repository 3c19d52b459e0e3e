"""Tiles: whatever people draw, each commons is once on the map at every zoom, and no tile breaks."""

import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.atlas import tile_cache
from node.atlas.file import atlas_path
from node.atlas.tile_drawing import TileAt, draw_tile
from node.atlas.tile_encoding import LINE, POINT, POLYGON, Layer, Strokes, encoded_geometries, tile_of
from node.atlas.tile_filters import NO_FILTERS, BadFilter, TileFilters, filters_asked
from node.atlas.world import ZOOM_MAX, tile_box
from node.home import Home
from node.store.sqlite import SqliteStore
from protocol.identifiers import id_text
from protocol.kinds.geometry import from_geojson
from protocol.record.signing import sign_record
from protocol.record.verification import VerifiedRecord
from tests.node.atlas.drawn import draw
from tests.node.atlas.mvt import TileLayer, read_tile
from tests.node.claims.outlines import box, comb, polygon
from tests.node.store.samples import NOW_MS, Person, point

ANA, BEA = Person("Ana"), Person("Bea")


def circle(positions: int) -> dict[str, Any]:
    angles = np.linspace(0, 2 * np.pi, positions)
    ring = np.stack((-78 + np.cos(angles), np.sin(angles)), axis=1).round(7)
    return polygon([*ring[:-1].tolist(), ring[0].tolist()])


def scribble(dice: random.Random, positions: int) -> dict[str, Any]:
    ring = [[dice.uniform(-79, -78), dice.uniform(0, 1)] for _ in range(positions)]
    return polygon([*ring, ring[0]])


ODD: dict[str, dict[str, Any]] = {
    "a bow tie": polygon([[0, 0], [2, 1], [2, 0], [0, 1.5], [0, 0]]),
    "a ring that touches itself": polygon([[0, 0], [4, 0], [2, 2], [4, 4], [0, 4], [2, 2], [0, 0]]),
    "a hole outside": polygon(
        [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], [[5, 5], [5, 6], [6, 6], [6, 5], [5, 5]]
    ),
    "a hole larger than what it is in": polygon(
        [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], [[-1, -1], [-1, 2], [2, 2], [2, -1], [-1, -1]]
    ),
    "a sliver": polygon([[10, 0], [20, 0], [20, 0.0000001], [10, 0]]),
    "a speck": box(30, 0, 30.0000002, 0.0000002),
    "the whole earth": polygon(
        [[-180, -90], [0, -90], [180, -90], [180, 90], [0, 90], [-180, 90], [-180, -90]]
    ),
    "the north pole": box(-60, 80, 60, 90),
    "a point at the south pole": {"type": "Point", "coordinates": [0, -90]},
    "a point at the antimeridian": {"type": "Point", "coordinates": [180, 0]},
    "islands across the antimeridian": {
        "type": "MultiPolygon",
        "coordinates": [box(179, 1, 180, 2)["coordinates"], box(-180, 1, -179.5, 2)["coordinates"]],
    },
    "a line across the tiles": {"type": "LineString", "coordinates": [[-170, 0], [0, 60], [170, 0]]},
    "lines": {"type": "MultiLineString", "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]},
    "points": {"type": "MultiPoint", "coordinates": [[0, 0], [40, 40], [0, 0]]},
    "a line of one place": {"type": "LineString", "coordinates": [[5, 5], [5, 5.0000001]]},
    "a comb of 40,000 positions": comb(9_999, upright=True),
    "a scribble": scribble(random.Random(1), 2_000),
    "a circle of 40,000 positions": circle(39_999),
}


def told(geometry: dict[str, Any], name: str, who: Person = ANA, **more: Any) -> VerifiedRecord:
    return who.commons(name, geometry=from_geojson(geometry), **more)


async def home_with(path: Path, records: Sequence[VerifiedRecord]) -> Home:
    home = Home.at(path)
    home.create()
    async with await SqliteStore.open(home.store_path, "NORMAL") as store:
        await store.add([ANA.founding, BEA.founding, *records])
    await draw(home.path)
    return home


def tile(home: Home, zoom: int, x: int, y: int, filters: TileFilters = NO_FILTERS) -> dict[str, TileLayer]:
    db = sqlite3.connect(atlas_path(home.path))
    try:
        return read_tile(draw_tile(db, TileAt(zoom, x, y), filters))
    finally:
        db.close()


def on_the_map(home: Home, zoom: int, filters: TileFilters = NO_FILTERS) -> int:
    """How many commons all the tiles of a zoom show."""
    found = 0
    for x in range(1 << zoom):
        for y in range(1 << zoom):
            layer = tile(home, zoom, x, y, filters).get("commons_points", TileLayer())
            found += sum(one.attributes.get("count", 1) for one in layer.features)
    return found


async def test_whatever_is_drawn_is_once_on_the_map(tmp_path: Path) -> None:
    odd = [told(geometry, name) for name, geometry in ODD.items()]
    home = await home_with(tmp_path / "home", odd)
    for zoom in range(5):
        assert on_the_map(home, zoom) == len(odd)
    outlines = [name for name, geometry in ODD.items() if geometry["type"] != "Point"]
    seen: dict[str, set[int]] = {}
    for zoom in range(4):
        for x in range(1 << zoom):
            for y in range(1 << zoom):
                for one in tile(home, zoom, x, y).get("commons", TileLayer()).features:
                    seen.setdefault(one.attributes["name"], set()).add(one.kind)
                    numbers = [n for part in one.parts for p in part for n in p]
                    assert min(numbers) >= -4096 - 64
                    assert max(numbers) <= 2 * 4096 + 64
    assert set(seen) == set(outlines) - {"a speck", "a line of one place"}
    assert seen["points"] == {POINT}
    assert seen["lines"] == seen["a line across the tiles"] == seen["a sliver"] == {LINE}
    assert seen["the whole earth"] == seen["a scribble"] == seen["the north pole"] == {POLYGON}


@pytest.mark.parametrize("name", ODD)
async def test_it_can_be_seen_close_by(tmp_path: Path, name: str) -> None:
    home = await home_with(tmp_path / "home", [told(ODD[name], name)])
    db = sqlite3.connect(atlas_path(home.path))
    [(column, row)] = db.execute("SELECT spot_column, spot_row FROM feature").fetchall()
    db.close()
    for zoom in range(ZOOM_MAX + 1):
        layers = tile(home, zoom, column >> 26 - zoom, row >> 26 - zoom)
        [one] = layers["commons_points"].features
        assert one.attributes["name"] == name
        assert one.attributes["kind"] == "label" or "commons" not in layers


async def test_names_are_told_as_they_are(tmp_path: Path) -> None:
    names = ["<script>", "\u202eabc", "a" * 200, "\x00\n", "مرعى", "𝕬", "=1+1", "id"]
    home = await home_with(
        tmp_path / "home", [told(box(n * 4, 0, n * 4 + 3, 2), name) for n, name in enumerate(names)]
    )
    shown = [one.attributes["name"] for one in tile(home, 1, 1, 0)["commons"].features]
    assert sorted(shown) == sorted(names)


async def test_clusters_count_by_resource(tmp_path: Path) -> None:
    many = [
        told(box(-78 + n / 1e5, 0, -78 + n / 1e5 + 1e-6, 1e-6), f"n {n}", resources=[resource])
        for n, resource in enumerate(["water"] * 3 + ["forest"] * 2)
    ]
    home = await home_with(tmp_path / "home", [*many, told(point_at(60, 10), "lejos", resources=["coast"])])
    features = tile(home, 3, 2, 3)["commons_points"].features
    [cluster] = features
    assert cluster.attributes == {
        "kind": "cluster",
        "count": 5,
        "n_water": 3,
        "n_forest": 2,
        "contested": 0,
        "pact": 0,
        "alert": 0,
    }
    only = tile(home, 3, 2, 3, TileFilters(resource=("water",)))["commons_points"].features
    assert [one.attributes["resource"] for one in only] == ["water"]
    assert on_the_map(home, 2) == 6
    assert on_the_map(home, 2, TileFilters(resource=("coast", "water"))) == 4
    assert on_the_map(home, 2, TileFilters(resource=("wa_er",))) == 0
    assert on_the_map(home, 2, TileFilters(at_ms=NOW_MS - 1)) == 0
    assert on_the_map(home, 2, TileFilters(voice=("own",), status=("own",))) == 6


def point_at(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


async def test_pacts_and_alerts_are_told(tmp_path: Path) -> None:
    one = told(box(-78, 0, -70, 5), "Páramo", stewards=[])
    pact = ANA.pact(BEA, "Pacto", about=[one])
    alert = sign_record(
        BEA.author(),
        "alert",
        {
            "title": {"es": "Cerca"},
            "type": "enclosure",
            "licence": "CC0-1.0",
            "commons": [{"subject": one.subject}],
            "geometry": point(-75, 2),
        },
        NOW_MS,
    )
    home = await home_with(tmp_path / "home", [one, pact, ANA.consent(pact), BEA.consent(pact), alert])
    layers = tile(home, 3, 2, 3)
    [outline] = layers["commons"].features
    assert outline.attributes == {
        "id": id_text(one.subject),
        "name": "Páramo",
        "resource": "paramo",
        "status": "documented",
        "voice": "other",
        "contested": 0,
        "since": NOW_MS,
        "pact": 1,
        "alert": 1,
    }
    [shown] = layers["alerts"].features
    assert shown.attributes["state"] == "open"
    assert shown.attributes["type"] == "enclosure"
    assert on_the_map(home, 1, TileFilters(pact=True)) == 1
    assert on_the_map(home, 1, TileFilters(alert=True)) == 1


rings = st.lists(st.tuples(st.integers(-4096, 8192), st.integers(-4096, 8192)), min_size=1, max_size=9)


@given(st.lists(st.tuples(st.integers(0, 3), rings), min_size=1, max_size=8), st.sampled_from([LINE, POINT]))
def test_what_is_encoded_is_what_is_read(drawn: list[tuple[int, list[tuple[int, int]]]], kind: int) -> None:
    drawn.sort(key=lambda one: one[0])
    if kind == LINE:
        drawn = [
            (owner, [p for n, p in enumerate(line) if n == 0 or p != line[n - 1]]) for owner, line in drawn
        ]
        drawn = [(owner, line) for owner, line in drawn if len(line) > 1]
    else:
        drawn = list({owner: (owner, line) for owner, line in drawn}.values())
    positions = np.array([p for _, line in drawn for p in line], dtype=np.int64).reshape(-1, 2)
    lengths = np.array([len(line) for _, line in drawn], dtype=np.int64)
    owners = np.array([owner for owner, _ in drawn], dtype=np.int64)
    found = encoded_geometries(kind, Strokes(positions, np.cumsum(lengths) - lengths, owners), 4)
    layer = Layer("x")
    for owner, geometry in enumerate(found):
        if geometry:
            layer.add(kind, geometry, {"owner": owner, "less": -owner, "none": None})
    read = read_tile(tile_of([layer]))
    features = [one for layer in read.values() for one in layer.features]
    assert [(one.attributes["owner"], part) for one in features for part in one.parts] == drawn


def test_filters_are_the_same_however_they_are_said() -> None:
    said = {"resource": "water,forest,water,", "voice": "own", "contested": "1", "pact": "0", "x": "y"}
    filters = filters_asked(said)
    assert filters == TileFilters(resource=("forest", "water"), voice=("own",), contested=True)
    assert filters.key == filters_asked({"contested": "1", "voice": "own", "resource": "forest,water"}).key
    day = filters_asked({"at": "2025-06-01"})
    assert day == filters_asked({"at": "2025-06-01T18:59:59.999-05:00"})
    assert NO_FILTERS.key == ""


@pytest.mark.parametrize(
    "asked",
    [
        {"resource": "a;DROP"},
        {"resource": "%"},
        {"resource": "A"},
        {"resource": "x" * 49},
        {"status": ",".join(f"a{n}" for n in range(17))},
        {"contested": "2"},
        {"pact": "true"},
        {"at": "2025-13-01"},
        {"at": "2025"},
        {"at": "2025-06-01T00:00:00"},
        {"at": "٢٠٢٥-٠٦-٠١"},
        {"at": "x" * 10_000},
    ],
)
def test_filters_that_cannot_be_are_refused(asked: dict[str, str]) -> None:
    with pytest.raises(BadFilter):
        filters_asked(asked)


def test_what_can_be_asked_at_most() -> None:
    filters_asked({"resource": "x" * 48, "status": ",".join(f"a{n}" for n in range(16))})


def test_tiles_make_room_for_newer_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_cache, "TILES_SIZE_MAX_BYTES", 1_000)
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID")
    db.execute("CREATE TABLE tile (name TEXT PRIMARY KEY, made, version, data)")
    for number in range(30):
        tile_cache.keep_tile(db, str(number % 25), 1, bytes(100), number)
        [(count, size)] = db.execute("SELECT count(*), sum(length(data)) FROM tile").fetchall()
        assert size <= 1_000
        assert db.execute("SELECT value FROM meta WHERE name = 'tiles_size'").fetchone()[0] == size
    assert count >= 9
    kept = {name for (name,) in db.execute("SELECT name FROM tile")}
    assert {"4", "3", "2"} <= kept


async def test_a_change_elsewhere_leaves_a_tile_what_it_was(tmp_path: Path) -> None:
    home = await home_with(tmp_path / "home", [told(box(-78, 0, -70, 5), "Páramo")])
    db = sqlite3.connect(atlas_path(home.path), isolation_level=None)
    [(version,)] = db.execute("SELECT value FROM meta WHERE name = 'version'").fetchall()
    names = {"here": (4, 4, 7), "far": (4, 12, 5)}
    for name in names:
        tile_cache.keep_tile(db, name, version, name.encode(), 1)

    def good() -> set[str]:
        asked = {name: (name, *tile_box(*at)) for name, at in names.items()}
        return {
            name for name, values in asked.items() if db.execute(tile_cache.STILL_GOOD, values).fetchall()
        }

    assert good() == {"here", "far"}

    async def good_after(*records: VerifiedRecord) -> set[str]:
        async with await SqliteStore.open(home.store_path, "NORMAL") as store:
            await store.add(records)
        await draw(home.path)
        return good()

    assert await good_after(ANA.commons("Semillas")) == {"here", "far"}
    assert await good_after(told(box(-79, 1, -78.9, 1.1), "Bosque")) == {"far"}
    assert await good_after(told(box(90, 50, 91, 51), "Taiga")) == set()
    db.close()
