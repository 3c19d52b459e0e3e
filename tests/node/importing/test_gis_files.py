"""What GIS offices bring: GeoPackages, shapefiles, and whatever GDAL writes of the same places, all read
alike.
"""

import json
import shutil
import sqlite3
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.importing import geopackage_rows
from node.importing.headings import Chosen, reading_of
from node.importing.preview import Preview, preview
from node.importing.readers import open_input
from node.importing.reference_systems import system_named
from node.importing.rows import Row, Unreadable
from node.importing.well_known_bytes import NESTING_MAX, geometry_of_bytes
from protocol.geometry_units import UNITS_PER_DEGREE
from protocol.kinds.geometry import check_geometry
from tests.node.importing.drawing import archive
from tests.patience import PATIENCE_S
from tests.shared_inputs import shared_path

pytest.importorskip("shapefile", reason="pyshp is absent: pip install 'minga[gis]'")
pytest.importorskip("pyproj", reason="pyproj is absent: pip install 'minga[gis]'")

PLACES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"nombre": "Páramo de Ñuñu", "recurso": "páramo", "area_ha": 150.5},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[-78.9, -2.9], [-78.89, -2.9], [-78.89, -2.89], [-78.9, -2.89], [-78.9, -2.9]],
                    [
                        [-78.897, -2.897],
                        [-78.897, -2.895],
                        [-78.895, -2.895],
                        [-78.895, -2.897],
                        [-78.897, -2.897],
                    ],
                ],
            },
        },
        {
            "type": "Feature",
            "properties": {"nombre": "=Loma", "recurso": "pasto", "area_ha": None},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-78.8, -2.8], [-78.79, -2.8], [-78.79, -2.79], [-78.8, -2.8]]],
            },
        },
    ],
}


def ogr(*arguments: str) -> None:
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is absent: apt-get install gdal-bin")
    done = subprocess.run(["ogr2ogr", *arguments], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 0, done.stderr


def seen(path: Path, **options: Any) -> Preview:
    file = open_input(path, **options)
    return preview(file, reading_of(file, None, Chosen(), guess=True).mapping)


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        list(open_input(path, **options).rows())
    text = str(caught.value)
    assert text.isprintable(), text
    assert len(text) < 400
    return text


def boxes(found: Preview) -> list[list[float]]:
    return [
        [round(side / UNITS_PER_DEGREE, 5) for side in check_geometry(one.place)]
        for one in found.candidates
        if one.place is not None
    ]


@pytest.fixture
def places(tmp_path: Path) -> Path:
    path = tmp_path / "places.geojson"
    path.write_text(json.dumps(PLACES), encoding="utf-8")
    return path


FORMATS = [
    ("gpkg", "GPKG", []),
    ("gpkg", "GPKG", ["-t_srs", "EPSG:32717"]),
    ("gpkg", "GPKG", ["-t_srs", "EPSG:4674"]),
    ("shp", "ESRI Shapefile", ["-lco", "ENCODING=UTF-8"]),
    ("shp", "ESRI Shapefile", ["-t_srs", "EPSG:32717", "-lco", "ENCODING=ISO-8859-1"]),
    ("shp", "ESRI Shapefile", ["-t_srs", "EPSG:24877", "-lco", "ENCODING=UTF-8"]),
    ("kml", "KML", []),
    ("geojson", "GeoJSON", ["-t_srs", "EPSG:3857"]),
    ("csv", "CSV", ["-lco", "GEOMETRY=AS_WKT", "-lco", "SEPARATOR=SEMICOLON"]),
]


@pytest.mark.parametrize(("suffix", "driver", "options"), FORMATS)
def test_the_same_places_come_out_of_whatever_gdal_makes_of_them(
    places: Path, tmp_path: Path, suffix: str, driver: str, options: list[str]
) -> None:
    there = tmp_path / f"out.{suffix}"
    ogr("-f", driver, *options, str(there), str(places))
    found = seen(there)
    assert [one.label for one in found.candidates] == ["Páramo de Ñuñu", "=Loma"]
    assert dict(found.resources) == {"paramo": 1, "pasture": 1}
    exact = 5e-4 if "EPSG:24877" in options else 2e-5
    for box, known in zip(boxes(found), boxes(seen(places)), strict=True):
        assert box == pytest.approx(known, abs=exact)
    first = found.candidates[0].place
    assert first is not None
    assert (first["type"], len(first["coordinates"])) in {("Polygon", 2), ("MultiPolygon", 1)}
    assert not [text for one in found.candidates for text in one.doubts if "crosses" in text]


def test_gpx_of_gdal_comes_in(tmp_path: Path) -> None:
    points = {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"name": "Ojo"},
                "geometry": {"type": "Point", "coordinates": [-78.91234, -2.9]},
            }
        ],
    }
    (tmp_path / "p.geojson").write_text(json.dumps(points))
    ogr("-f", "GPX", str(tmp_path / "p.gpx"), str(tmp_path / "p.geojson"))
    assert [one.label for one in seen(tmp_path / "p.gpx").candidates] == ["Ojo"]


@pytest.mark.slow
def test_the_spanish_commons_come_out_of_every_format_as_they_went_in(tmp_path: Path) -> None:
    source = shared_path("data", "es_comunales.geojson")
    known = boxes(seen(source))
    for suffix, driver, options in (
        ("gpkg", "GPKG", []),
        (
            "shp",
            "ESRI Shapefile",
            ["-nlt", "POLYGON", "-skipfailures", "-where", "OGR_GEOMETRY LIKE '%POLYGON%'"],
        ),
        ("kml", "KML", []),
    ):
        there = tmp_path / f"out.{suffix}"
        ogr("-f", driver, *options, str(there), str(source))
        found = seen(there)
        assert not found.skipped
        assert len(found.candidates) == (64 if suffix == "shp" else 81)
        if suffix != "shp":
            assert boxes(found) == [pytest.approx(box, abs=2e-5) for box in known]


def test_a_zipped_shapefile_is_read_in_its_archive(places: Path, tmp_path: Path) -> None:
    ogr("-f", "ESRI Shapefile", "-t_srs", "EPSG:32717", str(tmp_path / "out.shp"), str(places))
    parts = {f"mapas/Out{one.suffix.upper()}": one.read_bytes() for one in tmp_path.glob("out.*")}
    assert boxes(seen(archive(tmp_path / "out.zip", parts))) == boxes(seen(tmp_path / "out.shp"))
    without = {name: data for name, data in parts.items() if not name.endswith(".DBF")}
    assert "(.dbf) is missing" in refusal(archive(tmp_path / "no.zip", without))
    without = {name: data for name, data in parts.items() if not name.endswith(".PRJ")}
    path = archive(tmp_path / "nowhere.zip", without)
    assert "(--crs)" in refusal(path)
    assert boxes(seen(path, system=system_named("utm 17 sur"))) == boxes(seen(tmp_path / "out.shp"))


def test_a_shapefile_in_pieces_ends_in_rows_or_one_error(places: Path, tmp_path: Path) -> None:
    ogr("-f", "ESRI Shapefile", "-lco", "ENCODING=UTF-8", str(tmp_path / "out.shp"), str(places))
    whole = {suffix: (tmp_path / f"out.{suffix}").read_bytes() for suffix in ("shp", "dbf")}
    for suffix, data in whole.items():
        for cut in (1, 50, 99, 101, 120, len(data) - 10):
            (tmp_path / f"out.{suffix}").write_bytes(data[:cut])
            refusal(tmp_path / "out.shp")
        (tmp_path / f"out.{suffix}").write_bytes(data)
    many = bytearray(whole["shp"])
    struct.pack_into("<I", many, 100 + 8 + 36, 0x7FFFFFFF)  # so many parts, it says
    (tmp_path / "out.shp").write_bytes(many)
    refusal(tmp_path / "out.shp")


def test_without_what_reads_shapefiles_it_is_said_what_to_install(
    places: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ogr("-f", "ESRI Shapefile", str(tmp_path / "out.shp"), str(places))
    monkeypatch.setitem(sys.modules, "shapefile", None)
    assert "minga[gis]" in refusal(tmp_path / "out.shp")


# --- GeoPackages made by hand ------------------------------------------------------------


def wkb_point(x: float, y: float) -> bytes:
    return struct.pack("<BIdd", 1, 1, x, y)


def in_package(wkb: bytes, flags: int = 1, envelope: bytes = b"") -> bytes:
    return b"GP" + bytes([0, flags]) + struct.pack("<i", 4326) + envelope + wkb


def package(
    path: Path, *geometries: Any, srs_id: int = 4326, layers: tuple[str, ...] = ("lugares",), before: str = ""
) -> Path:
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE gpkg_contents(table_name TEXT, data_type TEXT);"
        "CREATE TABLE gpkg_geometry_columns(table_name TEXT, column_name TEXT, srs_id INTEGER);"
        "CREATE TABLE gpkg_spatial_ref_sys(srs_id INTEGER, organization TEXT,"
        " organization_coordsys_id INTEGER, definition TEXT);"
        "INSERT INTO gpkg_spatial_ref_sys VALUES (4326, 'EPSG', 4326, ''), (32717, 'epsg', 32717, ''),"
        " (99, 'NONE', 7, 'PROJCS[\"nobody knows\"]');" + before
    )
    for layer in layers:
        table = '"' + layer.replace('"', '""') + '"'
        connection.execute(
            f"CREATE TABLE {table}(fid INTEGER PRIMARY KEY, nombre TEXT, foto BLOB, geom BLOB)"
        )
        connection.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", (layer,))
        connection.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?)", (layer, srs_id))
        for number, geometry in enumerate(geometries):
            values = (f"L{number}", b"\xff", geometry)
            connection.execute(f"INSERT INTO {table}(nombre, foto, geom) VALUES (?, ?, ?)", values)
    connection.commit()
    connection.close()
    return path


def rows(path: Path, **options: Any) -> list[Row]:
    return list(open_input(path, **options).rows())


def test_geometries_of_a_package_are_read_in_all_their_writings(tmp_path: Path) -> None:
    big_endian = struct.pack(">BIdd", 0, 1, -78.9, -2.9)
    with_height = struct.pack("<BIddd", 1, 1001, -78.9, -2.9, 2600)
    of_postgis = struct.pack("<BIIddd", 1, 0x80000001 | 0x20000000, 4326, -78.9, -2.9, 2600)
    path = package(
        tmp_path / "l.gpkg",
        in_package(wkb_point(-78.9, -2.9)),
        in_package(big_endian, 3, struct.pack("<4d", 0, 0, 0, 0)),
        in_package(with_height, 5, b"\0" * 48),
        in_package(of_postgis, 9, b"\0" * 64),
        None,
        in_package(struct.pack("<BIdd", 1, 1, float("nan"), float("nan"))),
        in_package(b"", 0x11),
    )
    found = rows(path)
    assert [row.geometry is None for row in found] == [False] * 4 + [True] * 3
    assert {str(row.geometry["coordinates"]) for row in found if row.geometry} == {
        "[Decimal('-78.9'), Decimal('-2.9')]"
    }
    assert found[0].properties == {"fid": 1, "nombre": "L0", "foto": None}
    assert not [row.problem for row in found if row.problem]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "does not begin"),
        ("text", "does not begin"),
        (7, "does not begin"),
        (in_package(wkb_point(1, 2))[:-1], "ends in the middle"),
        (in_package(wkb_point(1, 2) + b"\0"), "something follows"),
        (in_package(struct.pack("<BII", 1, 2, 0xFFFFFFFF)), "ends in the middle"),
        (in_package(struct.pack("<BII", 1, 6, 0x0FFFFFFF)), "ends in the middle"),
        (in_package(struct.pack("<BII", 1, 10, 0)), "such as a curve"),
        (in_package(struct.pack("<BII", 1, 4, 1) + struct.pack("<BII", 1, 2, 0)[:9] + b""), None),
        (in_package(struct.pack("<BII", 1, 2, 2) + struct.pack("<4d", 1, 2, float("inf"), 4)), "finite"),
        (in_package(struct.pack("<BII", 7, 2, 0)), "order of bytes"),
        (in_package(struct.pack("<BII", 1, 7, 1) * (NESTING_MAX + 2)), "nested deeper"),
        (in_package(wkb_point(1, 2), 0x0F), "such as a curve"),
    ],
)
def test_a_damaged_geometry_is_left_out_alone(tmp_path: Path, data: Any, says: str | None) -> None:
    wrong, sound = rows(package(tmp_path / "l.gpkg", data, in_package(wkb_point(1, 2))))
    assert sound.problem is None
    if says is None:
        assert wrong.geometry is None
    else:
        assert wrong.problem is not None
        assert says in wrong.problem


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_geometry_or_one_error(data: bytes) -> None:
    for bytes_read in (data, b"\x01" + data, struct.pack("<BI", 1, 7) + data):
        try:
            geometry = geometry_of_bytes(bytes_read)
        except ValueError:
            continue
        assert geometry is None or geometry["type"]


def test_a_package_says_what_its_coordinates_are_in_or_is_not_read(tmp_path: Path) -> None:
    utm = package(tmp_path / "u.gpkg", in_package(wkb_point(721_942.6, 9_679_536.0)), srs_id=32717)
    (box,) = boxes(seen(utm))
    assert box[0] == pytest.approx(-79.0044, abs=0.01)
    for srs_id in (0, -1, 5):
        unsaid = package(tmp_path / f"{srs_id}.gpkg", in_package(wkb_point(-78.9, -2.9)), srs_id=srs_id)
        assert "(--crs)" in refusal(unsaid)
        assert len(rows(unsaid, system=system_named("EPSG:4326"))) == 1
    assert "nobody knows" in refusal(package(tmp_path / "n.gpkg", in_package(wkb_point(1, 2)), srs_id=99))


def test_of_several_layers_one_has_to_be_named(tmp_path: Path) -> None:
    path = package(tmp_path / "s.gpkg", in_package(wkb_point(1, 2)), layers=("agua", 'bos"que; DROP TABLE x'))
    assert "agua" in refusal(path)
    assert len(rows(path, layer='bos"que; DROP TABLE x')) == 1
    assert "has no layer 'nada'" in refusal(path, layer="nada")
    assert "no layer of features" in refusal(package(tmp_path / "e.gpkg", layers=()))


def test_what_is_no_sound_package_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = package(tmp_path / "l.gpkg", in_package(wkb_point(1, 2)))
    data = path.read_bytes()
    for cut in (100, 1_000, 5_000):
        (tmp_path / "cut.gpkg").write_bytes(data[:cut])
        refusal(tmp_path / "cut.gpkg")
    plain = tmp_path / "plain.gpkg"
    connection = sqlite3.connect(plain)
    connection.execute("CREATE TABLE a(b)")
    connection.close()
    refusal(plain)
    (tmp_path / "l.gpkg-wal").write_bytes(b"")
    assert "close it there first" in refusal(path)
    # A view that never ends is no table, and a table that takes too long to answer is not waited for.
    endless = (
        "CREATE VIEW lugares AS WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n)"
        " SELECT fid, 'x' AS nombre, NULL AS foto, NULL AS geom FROM n;"
        "INSERT INTO gpkg_contents VALUES ('lugares', 'features');"
        "INSERT INTO gpkg_geometry_columns VALUES ('lugares', 'geom', 4326);"
    )
    assert "no layer of features" in refusal(package(tmp_path / "v.gpkg", layers=(), before=endless))
    (tmp_path / "l.gpkg-wal").unlink()
    monkeypatch.setattr(geopackage_rows, "STEPS_MAX", -1)
    monkeypatch.setattr(geopackage_rows, "_STEPS_COUNTED", 1)
    assert "interrupted" in refusal(path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_change_to_a_package_ends_in_rows_or_one_error(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("g") / "l.gpkg"
    raw = bytearray(package(path, in_package(wkb_point(1, 2)), in_package(wkb_point(3, 4))).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw)
    try:
        found = rows(path, file_format="gpkg")
    except Unreadable as error:
        assert str(error).isprintable()
        return
    assert all(isinstance(row, Row) for row in found)
