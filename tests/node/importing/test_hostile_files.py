"""Files that are broken, cut, misnamed or made to do harm: one clear sentence in both languages, or rows;
never more.
"""

import json
import os
import re
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from node.errors import ConfigError
from node.importing import readers
from node.importing.drafts import Drafted
from node.importing.far_reading import FarReading, HowRead
from node.importing.headings import Chosen, reading_of
from node.importing.preview import SHOWN_MAX, candidates_geojson, preview
from node.importing.readers import open_input
from node.importing.rows import Unreadable
from node.locale.sentences import sentence_in
from tests.node.importing.drawing import archived, gpx, kml, placemark, track, waypoint
from tests.node.importing.test_forms_and_workbooks import cells, workbook
from tests.node.importing.test_gis_files import in_package, package, wkb_point

POINT = {"type": "Point", "coordinates": [-78.91234, -2.91234]}
RING = [(-78.9, -2.9), (-78.91, -2.9), (-78.91, -2.91), (-78.9, -2.91), (-78.90005, -2.90005)]
# Words that no Spanish sentence has.
ENGLISH = re.compile(r"\b(?:the|is|are|it|its|of|with|than|which|cannot|more)\b")


def collection(*features: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def feature(geometry: Any = POINT, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"nombre": "Uno", "recurso": "agua", **properties},
    }


def sound(tmp_path: Path) -> dict[str, bytes]:
    """A sound file of every format that needs nothing installed."""
    geopackage = package(tmp_path / "sound.gpkg", in_package(wkb_point(-78.91234, -2.9)))
    return {
        "m.geojson": collection(feature(), feature(nombre="Dos")),
        "m.csv": b"nombre;recurso;lon;lat\nUno;agua;-78,91234;-2,9\n",
        "m.gpx": gpx(waypoint("Uno") + track("Dos", RING)).encode(),
        "m.kml": kml(placemark("Uno")).encode(),
        "m.kmz": archived({"doc.kml": kml(placemark("Uno"))}),
        "m.zip": archived({"a/m.geojson": collection(feature())}),
        "m.xlsx": archived(workbook(cells("nombre", "lon", "lat"), cells("Uno", -78.91234, -2.9))),
        "m.gpkg": geopackage.read_bytes(),
    }


def looked_at(path: Path) -> Any:
    file = open_input(path)
    return preview(file, reading_of(file, None, Chosen(), guess=True).mapping)


def test_every_format_gives_its_first_place(tmp_path: Path) -> None:
    for name, data in sound(tmp_path).items():
        (tmp_path / name).write_bytes(data)
        found = looked_at(tmp_path / name)
        assert found.candidates[0].place is not None, name
        assert not found.skipped, name


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_file_that_was_cut_is_refused_in_both_languages_or_lacks_rows(tmp_path: Path, part: float) -> None:
    for name, data in sound(tmp_path).items():
        (tmp_path / name).write_bytes(data[: max(1, int(len(data) * part))])
        try:
            found = looked_at(tmp_path / name)
        except ConfigError as refused:
            said = str(refused)
            assert said.isprintable(), name
            assert len(said) < 400, name
            # What a library says of bytes stands at the end; the sentence around it is ours, and translated.
            assert sentence_in(said, "es") != said, said
        except sqlite3.Error as fault:
            raise AssertionError(name) from fault
        else:
            # Only a table may end anywhere, and a package lacks what was in its last pages.
            assert name in ("m.csv", "m.gpkg"), (name, part, found.summary)


REFUSED: dict[str, bytes] = {
    "empty.geojson": b"",
    "blank.csv": b"\n\n",
    "nan.geojson": b'{"type":"Point","coordinates":[NaN,1]}',
    "inf.geojson": b'{"type":"Point","coordinates":[Infinity,1]}',
    "huge.geojson": b'{"type":"Point","coordinates":[1e99999,1]}',
    "twice.geojson": b'{"type":"Point","type":"Point"}',
    "deep.geojson": b"[" * 200,
    "deep.kml": b"<kml>" + b"<Folder>" * 200,
    "twice.csv": b"nombre,nombre\na,b\n",
    "quote.csv": b'nombre,recurso\n"a,b\n',
    "nul.csv": b"nombre,recurso\n\0,b\n",
    "wrong.kml": b"<html><body/></html>",
    "doctype.kml": b'<!DOCTYPE kml SYSTEM "http://127.0.0.1:1/x"><kml/>',
    "nothing.gpx": b"<gpx/>",
    "nothing.kml": b"<kml/>",
    "odd.zip": b"PK\x03\x04",
    "odd.gpkg": b"SQLite format 3\0" + b"\0" * 200,
    "odd.xls": b"\xd0\xcf\x11\xe0" + b"\0" * 600,
    "odd.bin": b"\x00\x01\x02",
    "none.csv": b"a,b\n1,2\n",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_with_one_sentence_in_both_languages(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(REFUSED[name])
    with pytest.raises(Exception, match=re.escape(name)) as caught:
        looked_at(path)
    said = str(caught.value)
    spanish = sentence_in(said, "es")
    assert said.isprintable()
    assert len(said) < 400
    assert spanish != said
    assert not ENGLISH.search(spanish.partition(":")[2]) or "no es XML" in spanish or "dañado" in spanish, (
        spanish
    )


@pytest.mark.parametrize(
    ("geometry", "says"),
    [
        ({"type": "Point", "coordinates": []}, "longitude and a latitude"),
        ({"type": "Point", "coordinates": ["a", "b"]}, "not a number"),
        ({"type": "Point", "coordinates": [True, False]}, "not a number"),
        ({"type": "Point", "coordinates": [[1, 2]]}, "longitude and a latitude"),
        ({"type": "Point", "coordinates": [10**400, 1]}, "off the globe"),
        ({"type": "Point", "coordinates": [1e300, 1]}, "lie off the globe"),
        ({"type": "Point", "coordinates": [9_679_536, 721_942]}, "metres, not degrees"),
        ({"type": "Point", "coordinates": [-2.9, -178.9]}, "exchanged"),
        ({"type": "Point"}, "longitude and a latitude"),
        ({"type": "Circle", "coordinates": [1, 2]}, "is not one of"),
        ({"type": 7}, "an object with a type"),
        ({}, "an object with a type"),
        ({"type": "LineString", "coordinates": [[1, 2]]}, "at least two positions"),
        ({"type": "Polygon", "coordinates": []}, "empty part"),
        ({"type": "Polygon", "coordinates": [[[1, 1], [1, 1], [1, 1], [1, 1]]]}, "cannot be used"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [2, 2], [0, 0]]]}, "encloses nothing"),
        ({"type": "LineString", "coordinates": [[179, 0], [-179, 0]]}, "antimeridian"),
        ({"type": "GeometryCollection", "geometries": []}, "nothing in it"),
        ({"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection"}]}, "nothing in it"),
        ({"type": "GeometryCollection"}, "nothing in it"),
    ],
)
def test_a_row_that_cannot_be_placed_is_left_out_alone_and_says_why(
    tmp_path: Path, geometry: Any, says: str
) -> None:
    path = tmp_path / "t.geojson"
    path.write_bytes(collection(feature(geometry, nombre="Malo"), feature()))
    found = looked_at(path)
    assert [one.label for one in found.candidates] == ["Uno"]
    (left_out,) = found.skipped
    assert (left_out.row, left_out.label) == (1, "Malo")
    assert says in left_out.reason
    assert sentence_in(left_out.reason, "es") != left_out.reason


def test_markup_in_every_property_is_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"'&amp;</title>{{7*7}}${x}%s=cmd|' /C calc'!A0"
    names = ("descripcion", "reglas", "usuarios", "situacion_legal", "parroquia", "fuente", "codigo")
    path = tmp_path / "t.geojson"
    path.write_bytes(collection(feature(nombre=evil, **dict.fromkeys(names, evil), **{evil: evil})))
    file = open_input(path)
    reading = reading_of(file, None, Chosen(columns={"name": "nombre"}), guess=True)
    found = preview(file, reading.mapping)
    (one,) = found.candidates
    assert one.label == evil
    assert candidates_geojson(found)["features"][0]["properties"]["label"] == evil
    assert evil in reading.unread


def test_as_many_rows_as_allowed_and_one_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "ROWS_MAX", 30)
    path = tmp_path / "t.csv"
    lines = [f"L{n},agua,{-78 - n / 1000},-2.91234\n" for n in range(31)]
    path.write_text("nombre,recurso,lon,lat\n" + "".join(lines[:30]))
    assert looked_at(path).summary.new["commons"] == 30
    path.write_text("nombre,recurso,lon,lat\n" + "".join(lines))
    with pytest.raises(Unreadable, match="more than 30 rows"):
        looked_at(path)


def test_as_large_a_file_as_allowed_and_one_byte_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.geojson"
    path.write_bytes(collection(feature()))
    monkeypatch.setattr(readers, "FILE_SIZE_MAX_BYTES", path.stat().st_size)
    assert looked_at(path).candidates
    path.write_bytes(collection(feature()) + b" ")
    with pytest.raises(Unreadable, match="cut it into several files"):
        looked_at(path)


def test_of_a_long_file_every_row_is_counted_and_the_first_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "t.gpx"
    path.write_text(gpx("".join(waypoint(f"W{n}", -78 - n * 1e-5, -2.91234) for n in range(SHOWN_MAX + 5))))
    found = looked_at(path)
    assert found.summary.new["commons"] == SHOWN_MAX + 5
    assert (len(found.candidates), found.more) == (SHOWN_MAX, 5)


@pytest.mark.slow
def test_many_points_are_read_in_the_memory_of_a_few(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "t.gpx"
    with path.open("w") as file:
        file.write("<gpx>")
        for n in range(readers.ROWS_MAX // 20):
            file.write(f'<wpt lat="-2.9" lon="-78.{n}"/>')
        file.write("</gpx>")
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_input(path).rows()) == readers.ROWS_MAX // 20
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


async def test_a_file_is_read_apart_from_the_node(tmp_path: Path) -> None:
    path = tmp_path / "t.gpx"
    path.write_text(gpx("".join(waypoint(f"W{n}", -78 - n * 1e-4) for n in range(600))))
    reading = FarReading()
    try:
        begun = await reading.begin(path, tmp_path, HowRead(Chosen()), {})
        assert begun.taken["name"] == ["name"]
        first = await reading.more()
        assert all(isinstance(one, Drafted) for one in first)
        # A process that falls over a file takes nothing with it.
        process = reading._process._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(Unreadable, match="more memory or time"):
            await reading.more()
    finally:
        await reading.end()


async def test_what_cannot_be_read_apart_says_why(tmp_path: Path) -> None:
    path = tmp_path / "t.gpx"
    path.write_text(gpx(waypoint("a"))[:-9])
    reading = FarReading()
    try:
        with pytest.raises(Unreadable, match="ends in the middle"):
            await reading.begin(path, tmp_path, HowRead(Chosen()), {})
    finally:
        await reading.end()
