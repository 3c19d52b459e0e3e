"""Coordinates in metres, or on another datum, come out in the right place or not at all."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from node.importing.angles import angle
from node.importing.cells import Cells, Unusable
from node.importing.headings import Chosen, reading_of
from node.importing.preview import Preview, preview
from node.importing.readers import open_input
from node.importing.reference_systems import System, system_defined, system_named, turning_from
from node.importing.rows import Row, Unreadable
from protocol.geometry_units import UNITS_PER_DEGREE

pyproj = pytest.importorskip("pyproj", reason="pyproj is absent: pip install 'minga[gis]'")

# Cuenca's Parque Calderón: 2°53'51" S 79°0'16" W, by PROJ in the systems that Ecuador's maps are in.
LON, LAT = -79.00444, -2.89750
UTM_17_SOUTH = (721_942.6, 9_679_536.0)
UTM_17_SOUTH_PSAD56 = (722_193.0, 9_679_903.0)

PRJ_UTM = (
    'PROJCS["WGS_1984_UTM_Zone_17S",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,'
    '298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],'
    'PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],PARAMETER["Central_Meridian",-81.0],'
    'PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
PRJ_WGS84 = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)


def seen(tmp_path: Path, text: str, name: str, crs: str | None = None) -> Preview:
    path = tmp_path / name
    path.write_text(text)
    file = open_input(path, system=None if crs is None else system_named(crs))
    return preview(file, reading_of(file, None, Chosen(), guess=True).mapping)


def metres_off(found: Preview) -> float:
    (one,) = found.candidates
    assert one.place is not None
    x, y = one.place["coordinates"]
    return float(max(abs(x / UNITS_PER_DEGREE - LON), abs(y / UNITS_PER_DEGREE - LAT)) * 111_000)


def table(x: object, y: object) -> str:
    return f"nombre,recurso,x,y\nParque,urbano,{x},{y}\n"


def test_a_table_in_utm_comes_out_where_it_is_once_it_is_said(tmp_path: Path) -> None:
    x, y = pyproj.Transformer.from_crs(4326, 32717, always_xy=True).transform(LON, LAT)
    text = table(round(x, 2), round(y, 2))
    unsaid = seen(tmp_path, text, "t.csv")
    assert not unsaid.candidates
    assert "metres, not degrees: say their coordinate system" in unsaid.skipped[0].reason
    for crs in ("EPSG:32717", "32717", "utm 17 sur", "WGS 84 / UTM zone 17S"):
        assert metres_off(seen(tmp_path, text, "t.csv", crs)) < 0.05
    assert (
        metres_off(
            seen(
                tmp_path,
                table(f"{x:.2f}".replace(".", ","), y)
                .replace("nombre,recurso,x,y", "nombre;recurso;x;y")
                .replace("Parque,urbano,", "Parque;urbano;")
                .replace(f",{y}", f";{y}"),
                "t.csv",
                "32717",
            )
        )
        < 0.05
    )


def test_another_zone_or_hemisphere_is_doubted(tmp_path: Path) -> None:
    x, y = pyproj.Transformer.from_crs(4326, 32717, always_xy=True).transform(LON, LAT)
    north = seen(tmp_path, table(round(x, 2), round(y, 2)), "t.csv", "EPSG:32617")
    assert not north.candidates or north.doubtful
    # A point of zone 17 said to be of 18 comes out six degrees further east, and nothing can tell but the
    # rest.
    assert seen(tmp_path, table(1, 2), "t.csv", "EPSG:32717").doubtful


def test_an_old_datum_is_turned_with_what_is_known_of_it_and_says_how_exactly(tmp_path: Path) -> None:
    x, y = pyproj.Transformer.from_crs(4326, 24877, always_xy=True).transform(LON, LAT)
    found = seen(tmp_path, table(round(x, 2), round(y, 2)), "t.csv", "EPSG:24877")
    assert metres_off(found) < 50
    assert any("exact to about" in note for note in found.file_notes)
    # Taken for WGS 84 it would lie some 400 m off: the difference is not lost.
    assert metres_off(seen(tmp_path, table(round(x, 2), round(y, 2)), "t.csv", "EPSG:32717")) > 250


def test_geojson_of_before_2016_says_its_system(tmp_path: Path) -> None:
    x, y = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(LON, LAT)
    feature = {
        "type": "Feature",
        "properties": {"nombre": "Parque", "recurso": "urbano"},
        "geometry": {"type": "Point", "coordinates": [x, y]},
    }
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    collection: dict[str, Any] = {"type": "FeatureCollection", "crs": crs, "features": [feature]}
    assert metres_off(seen(tmp_path, json.dumps(collection), "t.geojson")) < 0.05
    last = {"features": [feature], "type": "FeatureCollection", "crs": crs}
    with pytest.raises(Unreadable, match="only at its end"):
        seen(tmp_path, json.dumps(last), "t.geojson")
    assert metres_off(seen(tmp_path, json.dumps(last), "t.geojson", "EPSG:3857")) < 0.05
    for odd in (
        {},
        [],
        7,
        {"properties": 7},
        {"properties": {"name": 7}},
        {"properties": {"name": "x" * 10_000}},
    ):
        with pytest.raises(Unreadable):
            seen(tmp_path, json.dumps(collection | {"crs": odd}), "t.geojson")


@pytest.mark.parametrize("code", [4326, 4674, 4258, 4269, 4686, 4171])
def test_datums_that_lie_within_a_few_metres_are_taken_as_they_are(code: int) -> None:
    assert turning_from(system_named(f"EPSG:{code}"), "f", []) is None
    crs = pyproj.CRS(code)
    assert system_defined(crs.to_wkt("WKT1_ESRI")).is_wgs84
    assert system_defined(crs.to_wkt("WKT1_GDAL")).is_wgs84
    assert crs.is_geographic


@pytest.mark.parametrize("code", [32717, 24877, 4248, 3857, 25830, 31370, 4618, 4230])
def test_anything_else_is_turned_or_refused(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for wkt in ("WKT1_ESRI", "WKT1_GDAL", "WKT2_2019"):
        assert not system_defined(pyproj.CRS(code).to_wkt(wkt)).is_wgs84
    assert turning_from(System(f"EPSG:{code}", code), "f", []) is not None
    monkeypatch.setitem(sys.modules, "pyproj", None)
    with pytest.raises(Unreadable, match="minga\\[gis\\]"):
        turning_from(System(f"EPSG:{code}", code), "f", [])


@pytest.mark.parametrize(
    "text",
    [
        "EPSG:999999",
        "nonsense",
        'LOCAL_CS["x"]',
        'PROJCS["x"',
        "+proj=longlat +R=1",
        "file:///etc/passwd",
        "\0",
    ],
)
def test_a_system_that_nobody_knows_is_refused(text: str) -> None:
    for system in (system_named(text), system_defined(text)):
        with pytest.raises(Unreadable):
            turning_from(system, "f", [])


def test_the_definitions_that_files_carry_are_recognised() -> None:
    assert system_defined(PRJ_WGS84).is_wgs84
    assert not system_defined(PRJ_UTM).is_wgs84
    turning = turning_from(system_defined(PRJ_UTM), "f", [])
    assert turning is not None
    lon, lat = turning.position(Decimal("721942.6"), Decimal("9679536.0"), Cells(Row(1, 1, {})))
    assert abs(float(lon) - LON) < 0.01
    assert abs(float(lat) - LAT) < 0.01


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("2°53'51\"S", "-2.8975"),
        ("S 2° 53' 51\"", "-2.8975"),
        ("2º53′51″ S", "-2.8975"),
        ("2 53 51 S", "-2.8975"),
        ("79° 0,267' O", "-79.00445"),
        ("79°00'16.0\"W", "-79.004444444"),
        ("-79.00444", "-79.00444"),
        ("-79,00444", "-79.00444"),
        ("79.00444 W", "-79.00444"),
        ("79.00444°", "79.00444"),
        ("−2,5", "-2.5"),
        ("-2°30'", "-2.5"),
        ("12°30'E", "12.5"),
        ("0°30'0\"N", "0.5"),
    ],
)
def test_angles_are_read_as_people_write_them(text: str, degrees: str) -> None:
    assert angle(text, Cells(Row(1, 1, {}))) == Decimal(degrees)


@pytest.mark.parametrize(
    "text",
    [
        "2°61'S",
        "2°10'75\"",
        "-2°30'S",
        "2.5°30'",
        "S",
        "two",
        "2°",
        "1 2 3 4",
        "9" * 61,
        "2°5.5'30\"",
        "NaN",
        "inf",
        "1e400",
    ],
)
def test_what_is_no_angle_is_said_to_be_none(text: str) -> None:
    if text == "2°":
        assert angle(text, Cells(Row(1, 1, {}))) == 2
        return
    with pytest.raises(Unusable):
        angle(text, Cells(Row(1, 1, {})))


def test_blanks_are_no_angle() -> None:
    assert angle("", Cells(Row(1, 1, {}))) is None
    assert angle(None, Cells(Row(1, 1, {}))) is None
