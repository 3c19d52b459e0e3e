"""What field teams bring: workbooks, exports of KoboToolbox and ODK, of CoMapeo and Mapeo."""

import json
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.importing import workbook_rows
from node.importing.form_places import FormPlaces
from node.importing.headings import Chosen, reading_of
from node.importing.preview import Preview, preview
from node.importing.readers import open_input
from node.importing.rows import Row, Unreadable
from node.importing.tables import COLUMNS_MAX
from node.importing.well_known_text import TEXT_LENGTH_MAX_CHARS, geometry_of_text
from tests.node.importing.drawing import archive, archived
from tests.patience import PATIENCE_S

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(
    *rows: str, shared: tuple[str, ...] = (), names: tuple[str, ...] = ("Hoja",), formats: str = ""
) -> dict[str, bytes | str]:
    """Return the members of a workbook whose first sheet has these rows, as they are written."""
    sheets = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(names, 1))
    related = "".join(
        f'<Relationship Id="rId{n}" Type="x" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in enumerate(names, 1)
    )
    texts = "".join(f"<si>{text}</si>" for text in shared)
    body = f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(rows)}</sheetData></worksheet>'
    return {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
        f"<sheets>{sheets}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships>{related}</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{formats}</styleSheet>',
        **{f"xl/worksheets/sheet{n}.xml": body for n, _ in enumerate(names, 1)},
    }


def cells(*values: Any) -> str:
    """Return a row of texts and numbers."""
    written = ""
    for value in values:
        written += (
            f"<c><v>{value}</v></c>"
            if isinstance(value, int | float)
            else f'<c t="inlineStr"><is><t>{value}</t></is></c>'
        )
    return f"<row>{written}</row>"


def rows(path: Path, **options: Any) -> list[Row]:
    return list(open_input(path, **options).rows())


def seen(path: Path, **chosen: Any) -> Preview:
    file = open_input(path)
    return preview(file, reading_of(file, None, Chosen(**chosen), guess=True).mapping)


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(Unreadable) as caught:
        rows(path, **options)
    text = str(caught.value)
    assert text.isprintable(), text
    return text


def test_a_workbook_is_the_table_in_its_first_sheet(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "t.xlsx",
        workbook(
            '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>2</v></c>'
            '<c r="E1" t="str"><v>día</v></c></row>',
            '<row r="3"><c r="A3" t="s"><v>3</v></c><c r="B3"><v>-78.950000000000003</v></c>'
            '<c r="C3"><f>1+1</f><v>2</v></c><c r="E3" s="1"><v>45658</v></c></row>',
            '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4" t="e"><v>#N/A</v></c>'
            '<c r="E4" s="2"><v>45658.5</v></c></row>',
            '<row r="9"/>',
            shared=(
                "<t>nombre</t>",
                "<t>lon</t>",
                "<t>lat</t>",
                "<r><t>Pá</t></r><r><t>ramo</t></r><rPh><t>x</t></rPh>",
            ),
            names=("Datos", "Notas"),
            formats='<numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts>'
            '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/></cellXfs>',
        ),
    )
    file = open_input(path)
    first, second = file.rows()
    assert first.properties == {"nombre": "Páramo", "lon": Decimal("-78.95"), "lat": 2, "día": "2025-01-01"}
    assert second.properties == {"nombre": "true", "lon": "", "lat": "", "día": "2025-01-01 12:00:00"}
    assert (first.line, second.line) == (3, 4)
    assert "'Datos'" in file.notes[0]
    assert len(rows(path, layer="Notas")) == 2
    assert "has no sheet 'x'" in refusal(path, layer="x")


def test_a_workbook_that_gdal_wrote_is_read(tmp_path: Path) -> None:
    if shutil.which("ogr2ogr") is None:
        pytest.skip("ogr2ogr is absent: apt-get install gdal-bin")
    source = tmp_path / "t.csv"
    source.write_text(
        "nombre,recurso,lon,lat\nLa Peña,agua,-78.91234,-2.9\n=1+1,bosque,-78.9,-2.91234\n", encoding="utf-8"
    )
    done = subprocess.run(
        ["ogr2ogr", "-f", "XLSX", str(tmp_path / "t.xlsx"), str(source), "-oo", "AUTODETECT_TYPE=YES"],
        capture_output=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    written = [row.properties for row in rows(tmp_path / "t.xlsx")]
    assert written[0] == {
        "nombre": "La Peña",
        "recurso": "agua",
        "lon": Decimal("-78.91234"),
        "lat": Decimal("-2.9"),
    }
    assert seen(tmp_path / "t.xlsx").candidates[0].label == "La Peña"


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (workbook(), "no line of headings"),
        (workbook(*["<row>"] * 1), "not XML"),
        (workbook(cells("a", "a")), "two columns called 'a'"),
        (workbook(f'<row><c r="{"AMK"}1"><v>1</v></c></row>'), f"more than {COLUMNS_MAX} columns"),
        (workbook('<row><c r="XFD1"><v>1</v></c></row>'), f"more than {COLUMNS_MAX} columns"),
        (
            workbook(cells("a")) | {"xl/worksheets/sheet1.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet/>"},
            "entities",
        ),
        (workbook(cells("a")) | {"xl/workbook.xml": "<x/>"}, "not WORKBOOK"),
        (workbook(cells("a")) | {"xl/_rels/workbook.xml.rels": "<Relationships/>"}, "is missing"),
        (
            workbook(cells("a"))
            | {
                "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" '
                'Target="../../etc/passwd"/></Relationships>'
            },
            "is missing",
        ),
        ({"xl/workbook.bin": b"x"}, "save it as .xlsx or as CSV"),
    ],
)
def test_a_workbook_that_is_not_sound_says_why(tmp_path: Path, members: dict[str, Any], says: str) -> None:
    assert says in refusal(archive(tmp_path / "t.xlsx", members))


def test_two_cells_in_far_corners_cost_nothing(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "t.xlsx",
        workbook(
            '<row r="1"><c r="A1" t="str"><v>nombre</v></c></row>',
            '<row r="1048576"><c r="A1048576"><v>1</v></c></row>',
        ),
    )
    (row,) = rows(path)
    assert (row.number, row.line) == (1, 1_048_576)


def test_a_workbook_has_limits_and_old_ones_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archive(
        tmp_path / "t.xlsx", workbook('<row><c t="s"><v>0</v></c></row>', shared=("<t>ab</t>",) * 3)
    )
    monkeypatch.setattr(workbook_rows, "SHARED_TEXTS_MAX", 3)
    monkeypatch.setattr(workbook_rows, "SHARED_LENGTH_MAX_CHARS", 6)
    assert rows(path) == []
    monkeypatch.setattr(workbook_rows, "SHARED_LENGTH_MAX_CHARS", 5)
    assert "more text than is read" in refusal(path)
    monkeypatch.setattr(workbook_rows, "SHARED_LENGTH_MAX_CHARS", 6)
    monkeypatch.setattr(workbook_rows, "SHARED_TEXTS_MAX", 2)
    assert "more text than is read" in refusal(path)
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    refusal(tmp_path / "old.xls")
    archive(tmp_path / "t.ods", {"mimetype": "x", "content.xml": "<x/>"})
    assert "save it as .xlsx or as CSV" in refusal(tmp_path / "t.ods")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_any_change_to_a_workbook_ends_in_rows_or_one_error(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    raw = bytearray(archived(workbook(cells("nombre", "lon"), cells("a", 1.5))))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "c.xlsx"
    path.write_bytes(raw)
    try:
        found = rows(path)
    except Unreadable as error:
        assert str(error).isprintable()
        return
    assert all(isinstance(row, Row) for row in found)


# --- KoboToolbox and ODK -------------------------------------------------------------------

KOBO = (
    '"start";"end";"Nombre del lugar";"Tipo";"Ubicación";"_Ubicación_latitude";"_Ubicación_longitude";'
    '"_Ubicación_altitude";"_Ubicación_precision";"Recorrido";"Área";"Teléfono";"_id";"_uuid";"_submission_time";'
    '"_submitted_by";"_index"\n'
)


def kobo(*answers: tuple[str, ...]) -> str:
    lines = [
        f'"2025";"2025";"{name}";"bosque";"{point}";"{lat}";"{lon}";"2600";"{off}";"{trace}";"{area}";"099";"{n}";"u-{n}";'
        f'"2025";"rosa";"{n}"\n'
        for n, (name, point, lat, lon, off, trace, area) in enumerate(answers, 1)
    ]
    return KOBO + "".join(lines)


TRACE = "-2.9 -78.9 2600 4.5;-2.91 -78.9 2600 5;-2.91 -78.91 0 0"


def test_an_export_of_kobo_comes_in_with_its_places(tmp_path: Path) -> None:
    path = tmp_path / "kobo.csv"
    path.write_text(
        "\ufeff"
        + kobo(
            ("Uno", "-2.90011 -78.91234 2600 4.2", "-2.90011", "-78.91234", "4.2", "", ""),
            ("Dos", "-2.9 -78.9 0 0", "-2.9", "-78.9", "0", TRACE, f"{TRACE};-2.9 -78.9 2600 4.5"),
            ("Tres", "", "", "", "", TRACE, ""),
            ("Cuatro", "", "-2.90011", "-78.91234", "", "", ""),
            ("Cinco", "", "", "", "", "", ""),
            ("Seis", "-2.9 -78.9 x y", "", "", "", "", ""),
            ("Siete", "", "", "", "", "-2.9 -78.9 0 0;mal", ""),
        ),
        encoding="utf-8",
    )
    found = seen(path)
    sorts = {one.label: None if one.place is None else one.place["type"] for one in found.candidates}
    assert sorts == {
        "Uno": "Point",
        "Dos": "Polygon",
        "Tres": "LineString",
        "Cuatro": "Point",
        "Cinco": None,
        "Seis": None,
    }
    assert [(one.row, one.reason[:30]) for one in found.skipped] == [(7, "'-2.9 -78.9 0 0;mal' is no pla")]
    assert found.personal == ["Teléfono", "_submitted_by"]
    first, second = rows(path)[:2]
    assert first.properties["@accuracy_m"] == 5
    assert second.notes == ("the row has several places; the most detailed of them is taken",)
    assert reading_of(open_input(path), None, Chosen(), guess=True).taken["identifier"] == ("_uuid", "_id")


def test_the_same_answers_in_a_workbook_and_as_geojson(tmp_path: Path) -> None:
    table = archive(
        tmp_path / "k.xlsx",
        workbook(
            cells("Nombre", "Tipo", "grupo/Área", "_uuid", "_submission_time"),
            cells("Uno", "bosque", f"{TRACE};-2.9 -78.9 2600 4.5", "u1", 45658),
        ),
    )
    assert [one.place["type"] for one in seen(table).candidates if one.place] == ["Polygon"]
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [-78.91234, -2.9, 2600.5]},
        "properties": {"Nombre": "Uno", "Tipo": "bosque", "_uuid": "u1", "_Ubicación_latitude": "-2.9"},
    }
    path = tmp_path / "k.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "name": "Encuesta", "features": [feature]}))
    assert [one.label for one in seen(path).candidates] == ["Uno"]


def test_numbers_in_answers_are_no_places_where_the_table_is_of_no_form() -> None:
    row = {"nombre": "-2.9 -78.9 0 0", "codigo": "1 2"}
    assert FormPlaces(list(row)).of(row).geometry is None
    form = {**row, "_uuid": "x"}
    assert FormPlaces(list(form)).of(form).geometry is not None


@settings(max_examples=200, deadline=None)
@given(st.text("-0123456789. ;eE,x", max_size=60))
def test_any_answer_is_a_place_or_none(text: str) -> None:
    place = FormPlaces(["a", "_uuid"]).of({"a": text})
    assert place.geometry is None or place.problem is None


# --- CoMapeo and Mapeo -----------------------------------------------------------------------


def comapeo() -> dict[str, Any]:
    observation = {
        "type": "Feature",
        "properties": {
            "$id": "ab12",
            "$createdAt": "2025-03-01T10:00:00Z",
            "name": "Ojo de agua",
            "natural": "agua",
        },
        "$comapeo": {"createdBy": "device-1", "metadata": {"position": {"coords": {"accuracy": 4.1}}}},
        "geometry": {"type": "Point", "coordinates": [-78.91234, -2.91234, 2600]},
    }
    walk = {
        "type": "Feature",
        "properties": {
            "docId": "cd34",
            "schemaName": "track",
            "createdBy": "device-1",
            "tags": {"name": "Lindero", "type": "bosque"},
            "locations": [{"coords": {"latitude": -2.9, "longitude": -78.9}}],
        },
        "geometry": {"type": "LineString", "coordinates": [[-78.9, -2.9], [-78.91, -2.9]]},
    }
    nowhere = {"type": "Feature", "properties": {"$id": "ef56", "name": "Sin lugar"}, "geometry": None}
    return {"type": "FeatureCollection", "features": [walk, observation, nowhere]}


def test_an_export_of_comapeo_comes_in_without_its_devices(tmp_path: Path) -> None:
    members = {
        "CoMapeo_Loma_Obsvns_Tracks_2025_03_01.geojson": json.dumps(comapeo()),
        "CoMapeo_Loma_Media/a.jpg": b"\xff",
    }
    found = seen(archive(tmp_path / "c.zip", members))
    assert [one.label for one in found.candidates] == ["Lindero", "Ojo de agua", "Sin lugar"]
    assert [one.resources for one in found.candidates] == [("forest",), ("water",), ("other",)]
    assert "device-1" not in repr(found.candidates)
    assert "it has no place: it will be in lists, and not on the map" in found.candidates[2].doubts


def test_an_export_of_mapeo_comes_in(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "id": "0a1b",
        "geometry": {"type": "Point", "coordinates": [-78.91234, -2.91234]},
        "properties": {
            "$created": "2024",
            "$photos": ["a.jpg"],
            "notes": "Saladero",
            "name": "Uno",
            "categoryId": "x",
        },
    }
    path = tmp_path / "m.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    (one,) = seen(path).candidates
    assert one.label == "Uno"
    assert any("saladero" in doubt for doubt in one.doubts)


# --- well-known text ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "geometry"),
    [
        ("POINT (1 2)", {"type": "Point", "coordinates": [1, 2]}),
        ("SRID=4326;POINT Z(1 2 3)", {"type": "Point", "coordinates": [1, 2, 3]}),
        ("MULTIPOINT (1 2, 3 4)", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
        ("multipoint((1 2),(3 4))", {"type": "MultiPoint", "coordinates": [[1, 2], [3, 4]]}),
        ("LineString(1 2,3 4)", {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}),
        (
            "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))",
            {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]},
        ),
        ("POLYGON EMPTY", None),
    ],
)
def test_well_known_text_is_read(text: str, geometry: Any) -> None:
    assert geometry_of_text(text) == geometry


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "POINT",
            "POINT(",
            "POINT(1 2",
            "POINT(1 2))",
            "POINT(1 2) x",
            "CIRCLE(1 2)",
            "SRID=32717;POINT(1 2)",
        ),
        *(
            "POINT((1 2))",
            "POLYGON((((1 2))))",
            "LINESTRING(1 2,,",
            "POINT(nan 2)",
            "POINT(1e999 2)",
            "POINT)1 2(",
        ),
        "POINT(" + "1" * TEXT_LENGTH_MAX_CHARS + ")",
    ],
)
def test_text_that_is_no_geometry_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"geometry|coordinate"):
        geometry_of_text(text)
