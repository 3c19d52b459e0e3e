"""GeoPackages: valid by GDAL's own examination, read whole by GDAL, bounded in size."""

import json
import random
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
import shapely

from node.atlas.reading import FeatureRow
from node.opendata.geopackage import GeoPackage, moment
from tests.node.opendata.feature_rows import ABOUT, HOSTILE_NAMES, places, row
from tests.patience import PATIENCE_S

ROWS = [row(number, name=name) for number, name in enumerate(HOSTILE_NAMES)] + [
    row(100 + number, place) for number, place in enumerate(places(random.Random(5)))
]
# Both sides of the antimeridian.
ACROSS = row(
    200,
    {
        "type": "MultiPolygon",
        "coordinates": [
            [[1_790_000_000, 0, 1_800_000_000, 0, 1_800_000_000, 10, 1_790_000_000, 0]],
            [[-1_800_000_000, 0, -1_790_000_000, 0, -1_800_000_000, 10, -1_800_000_000, 0]],
        ],
    },
)


def packed(path: Path, rows: list[FeatureRow]) -> Path:
    package = GeoPackage(path, ABOUT)
    package.add(rows[:3])
    package.add(rows[3:])
    package.finish()
    return path


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed(tmp_path_factory.mktemp("packed") / "commons.gpkg", [*ROWS, ACROSS])


@pytest.mark.parametrize("rows", [[*ROWS, ACROSS], []])
def test_gdal_finds_no_fault_in_it(rows: list[FeatureRow], tmp_path: Path) -> None:
    path = packed(tmp_path / "x.gpkg", rows)
    # Part of the system's GDAL, which its own Python can load.
    examine = ["/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", str(path)]
    done = subprocess.run(examine, capture_output=True, text=True, timeout=PATIENCE_S)
    if "No module named" in done.stderr:
        pytest.skip("no python3-gdal on this machine")
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_gdal_reads_every_feature_with_its_place(package: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    info = pyogrio.read_info(package)
    assert (info["crs"], info["features"], info["layer_name"]) == ("EPSG:4326", len(ROWS) + 1, "commons")
    assert "«Laguna»" in info["layer_metadata"]["DESCRIPTION"]
    meta, _, geometry, columns = pyogrio.raw.read(package)
    fields: dict[str, Any] = dict(zip(meta["fields"], columns, strict=True))
    assert list(fields["name"][: len(HOSTILE_NAMES)]) == list(HOSTILE_NAMES)
    assert set(fields["licence"]) == {"CC-BY-4.0"}
    assert json.loads(fields["labels"][0]) == ["TK A"]
    assert list(geometry) == [one.geometry for one in [*ROWS, ACROSS]]
    assert str(fields["since"][1]) == "2023-11-14T22:13:20.001"
    assert fields["url"][0] == "https://node.example/thing/0"


def test_the_index_finds_what_is_in_a_box(package: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    for one in ROWS:
        if one.geometry is None:
            continue
        place = shapely.from_wkb(one.geometry)
        _, found, _, _ = pyogrio.raw.read(package, bbox=tuple(shapely.bounds(place)), return_fids=True)
        assert ROWS.index(one) + 1 in found
    _, found, _, _ = pyogrio.raw.read(package, bbox=(-180, -1, -179, 1), return_fids=True)
    assert len(ROWS) + 1 in found


def test_licence_and_source_are_in_its_tables_for_metadata(package: Path) -> None:
    db = sqlite3.connect(package)
    [(uri, text)] = db.execute("SELECT md_standard_uri, metadata FROM gpkg_metadata")
    assert uri == "http://www.w3.org/ns/dcat#"
    assert json.loads(text)["dct:license"] == {"@id": ABOUT.licence}
    titles = dict(db.execute("SELECT column_name, title FROM gpkg_data_columns"))
    assert titles["area_m2"] == "Area"
    assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


def test_features_can_be_changed_by_whoever_has_it(package: Path, tmp_path: Path) -> None:
    """The triggers that keep the index are such that a program with their functions can run them."""
    copy = tmp_path / "copy.gpkg"
    copy.write_bytes(package.read_bytes())
    db = sqlite3.connect(copy)
    db.create_function("ST_IsEmpty", 1, lambda blob: 0)
    for name, value in (("ST_MinX", 1.0), ("ST_MaxX", 2.0), ("ST_MinY", 3.0), ("ST_MaxY", 4.0)):
        db.create_function(name, 1, lambda blob, value=value: value)
    last = len(ROWS) + 1
    db.execute("UPDATE commons SET geom = geom WHERE fid = ?", (last,))
    boxes = db.execute("SELECT minx, maxx, miny, maxy FROM rtree_commons_geom WHERE id = ?", (last,))
    assert boxes.fetchall() == [(1.0, 2.0, 3.0, 4.0)]
    db.execute("UPDATE commons SET fid = 999 WHERE fid = ?", (last,))
    assert db.execute("SELECT id FROM rtree_commons_geom WHERE id >= ?", (last,)).fetchall() == [(999,)]
    db.execute("UPDATE commons SET geom = NULL WHERE fid = 999")
    db.execute("DELETE FROM commons")
    assert db.execute("SELECT count(*) FROM rtree_commons_geom").fetchone() == (0,)
    db.close()


def test_a_package_that_grows_too_large_is_given_up(tmp_path: Path) -> None:
    package = GeoPackage(tmp_path / "x.gpkg", ABOUT, size_max_bytes=300_000)
    rows = [row(number) for number in range(2_000)]
    with pytest.raises(sqlite3.OperationalError, match="full"):
        package.add(rows)
    package.close()
    assert (tmp_path / "x.gpkg").stat().st_size <= 300_000


def test_moments_have_thousandths() -> None:
    assert moment("2026-01-02T03:04:05Z") == "2026-01-02T03:04:05.000Z"
    assert moment("2026-01-02T03:04:05.678Z") == "2026-01-02T03:04:05.678Z"
