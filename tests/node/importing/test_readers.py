"""Reading: every broken file ends in one clear error, every sound one in rows."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.importing.csv_rows import CELL_LENGTH_MAX_CHARS, LINE_LENGTH_MAX_CHARS
from node.importing.json_text import CHUNK_SIZE_BYTES, NESTING_MAX, VALUE_LENGTH_MAX_CHARS
from node.importing.readers import open_input
from node.importing.rows import NotGeoJson, Row, Unreadable
from node.importing.tables import COLUMNS_MAX
from tests.shared_inputs import shared_path

# JSON leaves the meaning of repeated keys open (RFC 8259 §4); a register must not hold two answers.
REPEATED_KEYS = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}

POINT = {"type": "Point", "coordinates": [1, 2]}


def feature(**properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": "f", "geometry": POINT, "properties": properties}


def read(tmp_path: Path, data: str | bytes, name: str = "file.geojson", **options: Any) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(open_input(path, **options).rows())


def suite(prefix: str) -> list[Path]:
    found = sorted(shared_path("vectors", "jsontestsuite-test_parsing").glob(f"{prefix}_*.json"))
    assert len(found) > 30
    return found


def test_everything_that_is_not_json_is_refused_with_one_clear_error() -> None:
    for path in suite("n"):
        with pytest.raises(Unreadable) as caught:
            list(open_input(path).rows())
        text = str(caught.value)
        assert text.startswith(path.name), text
        assert len(text) < 300
        assert text.isprintable(), text


def test_everything_that_is_json_is_read_or_called_not_geojson() -> None:
    for path in suite("y"):
        try:
            rows = list(open_input(path).rows())
        except Unreadable as error:
            assert isinstance(error, NotGeoJson) != (path.name in REPEATED_KEYS), error
        else:
            assert json.loads(path.read_bytes()) == rows == []


def test_what_parsers_may_decide_is_decided_without_a_crash() -> None:
    for path in suite("i"):
        with pytest.raises(Unreadable):
            list(open_input(path).rows())


@settings(max_examples=300)
@given(st.data())
def test_any_change_to_a_sound_file_ends_in_rows_or_one_error(
    tmp_path_factory: Any, data: st.DataObject
) -> None:
    sound = json.dumps(
        {"type": "FeatureCollection", "features": [feature(name='é"\\'), feature(a=[1.5, None])]}
    )
    raw = bytearray(sound.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    path = tmp_path_factory.getbasetemp() / "changed.geojson"
    path.write_bytes(raw)
    try:
        rows = list(open_input(path).rows())
    except Unreadable:
        return
    assert all(isinstance(row, Row) for row in rows)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (json.dumps({"type": "FeatureCollection", "features": []}), 0),
        (json.dumps({"features": [feature(), feature()], "type": "FeatureCollection"}), 2),
        (json.dumps(feature()), 1),
        (json.dumps(POINT), 1),
        (json.dumps([feature(), POINT]), 2),
        (json.dumps(feature()) + "\n" + json.dumps(feature()) + "\r\n\n", 2),
        ("\x1e" + json.dumps(feature()) + "\n\x1e" + json.dumps(POINT), 2),
        ("\ufeff" + json.dumps(feature(), indent=1), 1),
    ],
)
def test_the_shapes_geojson_comes_in(tmp_path: Path, text: str, count: int) -> None:
    rows = read(tmp_path, text)
    assert [row.number for row in rows] == list(range(1, count + 1))
    assert all(row.geometry == POINT for row in rows)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        (" \n ", "is empty"),
        ('{"type": "FeatureCollection", "features": [' + json.dumps(feature()) + ",\n{]}", "line 2"),
        ('{"type": "Feature", "properties": {"a": 1, "a": 2}, "geometry": null}', "'a' is repeated"),
        ('{"type": "Feature", "type": "Feature"}', "'type' is repeated"),
        ('{"type": "Point", "coordinates": [NaN, 1]}', "not JSON"),
        ('{"type": "Point", "coordinates": [1e999999999, 1]}', "beyond what a computer's number holds"),
        ('{"type": "Topology", "objects": {}}', "neither a Feature nor a geometry"),
        (json.dumps([feature()]) + json.dumps(POINT), "something follows"),
        ('{"type": "FeatureCollection", "features": {}}', "no FeatureCollection"),
        ('{"type": "Feature", "geometry": 7}', "its geometry is not an object"),
        ('{"type": "Feature", "properties": []}', "its properties are not an object"),
        ('{"type": "Feature", "id": true}', "its id is neither"),
        ('{"type": "Feature", "properties": {"a": "\\ud800"}}', "surrogate"),
        ("[" * 100_000, f"deeper than {NESTING_MAX}"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says.replace("(", r"\(")):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("EPSG:4326", True),
        ("urn:ogc:def:crs:EPSG::4326", True),
        ("urn:ogc:def:crs:EPSG::32717", False),
        ("EPSG:3857", False),
    ],
)
def test_coordinates_in_metres_are_refused_with_a_way_out_where_nothing_here_turns_them(
    tmp_path: Path, name: str, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyproj", None)
    crs = {"type": "name", "properties": {"name": name}}
    text = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature()]})
    if good:
        assert len(read(tmp_path, text)) == 1
    else:
        with pytest.raises(Unreadable, match="ogr2ogr"):
            read(tmp_path, text)


def test_values_may_lie_across_the_pieces_a_file_is_read_in(tmp_path: Path) -> None:
    for shift in range(24):
        padding = " " * (CHUNK_SIZE_BYTES - 40 - shift)
        text = '{"type":"FeatureCollection","features":[' + padding + json.dumps(feature(a='x\\"]}')) + "]}"
        assert [row.properties for row in read(tmp_path, text)] == [{"a": 'x\\"]}'}]


def test_a_value_beyond_its_limit_is_refused_before_it_is_read_whole(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=str(VALUE_LENGTH_MAX_CHARS)):
        read(
            tmp_path,
            '{"type": "Feature", "properties": {"a": "' + "x" * (VALUE_LENGTH_MAX_CHARS + CHUNK_SIZE_BYTES),
        )
    long = "x" * (VALUE_LENGTH_MAX_CHARS - 2 * CHUNK_SIZE_BYTES)
    assert read(tmp_path, json.dumps(feature(a=long)))[0].properties["a"] == long


def test_numbers_keep_every_digit(tmp_path: Path) -> None:
    row = read(tmp_path, '{"type": "Point", "coordinates": [-78.12345678901234567, -1]}')[0]
    assert row.geometry is not None
    assert str(row.geometry["coordinates"][0]) == "-78.12345678901234567"


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ('nombre,uso\nPáramo,"agua; pasto"\n'.encode(), None),
        ("\ufeffnombre;uso\r\nPáramo;agua; pasto\r\n".encode(), "cells are separated by ';'"),
        ("nombre\tuso\nPáramo\tagua\n".encode(), "cells are separated by tabs"),
        ("nombre,uso\nPáramo,agua\n".encode("latin-1"), "read as latin-1"),
    ],
)
def test_tables_as_spreadsheets_write_them(tmp_path: Path, data: bytes, note: str | None) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    file = open_input(path)
    first = next(file.rows())
    assert first.properties["nombre"] == "Páramo"
    assert first.properties["uso"].startswith("agua")
    assert (note is None and file.notes == ()) or any((note or "?") in one for one in file.notes)


def test_quoted_cells_hold_line_breaks_and_rows_know_their_line(tmp_path: Path) -> None:
    rows = read(tmp_path, 'a,b\n1,"two\nlines"\n2,"say ""yes"""\n', "t.csv")
    assert [row.properties["b"] for row in rows] == ["two\nlines", 'say "yes"']
    assert [row.line for row in rows] == [2, 4]


def test_a_row_that_is_wrong_by_itself_leaves_the_others(tmp_path: Path) -> None:
    rows = read(tmp_path, "a,b\n1,2\n\n1,2,3\n1\n4,5,,\n", "t.csv")
    assert [row.problem is None for row in rows] == [True, False, False, True, True]
    assert rows[2].problem is not None
    assert "3 cells under 2 headings" in rows[2].problem
    assert rows[3].notes
    assert rows[3].properties == {"a": "1", "b": ""}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,a\n1,2\n", "two columns called 'a'"),
        ('a,b\n1,"open\n', "closing quote is missing"),
        ('a,b\n1,"x"y\n', "double the quotes"),
        ("a,b\n1,\0\n", "not text"),
        ('a,b\n1,"' + "x" * (CELL_LENGTH_MAX_CHARS + 1) + '"\n', str(CELL_LENGTH_MAX_CHARS)),
        ("a," + "b" * LINE_LENGTH_MAX_CHARS, str(LINE_LENGTH_MAX_CHARS)),
        (",".join(f"c{n}" for n in range(COLUMNS_MAX + 1)), str(COLUMNS_MAX)),
    ],
)
def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        read(tmp_path, text, "t.csv")


def test_cells_and_columns_are_read_up_to_their_limit(tmp_path: Path) -> None:
    longest = "x" * CELL_LENGTH_MAX_CHARS
    assert read(tmp_path, f'a,b\n1,"{longest}"\n', "t.csv")[0].properties["b"] == longest
    names = [f"c{n}" for n in range(COLUMNS_MAX)]
    assert (
        len(read(tmp_path, ",".join(names) + "\n" + "," * (COLUMNS_MAX - 1) + "1\n", "t.csv")[0].properties)
        == COLUMNS_MAX
    )


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_one_error(tmp_path_factory: Any, noise: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "noise.csv"
    path.write_bytes(noise)
    try:
        rows = list(open_input(path).rows())
    except Unreadable:
        return
    assert all(isinstance(row, Row) for row in rows)


def test_options_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    for options in ({"encoding": "ebcdic"}, {"delimiter": ";;"}, {"delimiter": '"'}):
        with pytest.raises(Unreadable):
            read(tmp_path, "a,b\n1,2\n", "t.csv", **options)
    with pytest.raises(Unreadable, match="--format"):
        read(tmp_path, "a", "t.odd")
    with pytest.raises(Unreadable, match="No such file"):
        open_input(tmp_path / "nothing.csv")
    with pytest.raises(Unreadable, match="not a file"):
        open_input(tmp_path)
    with pytest.raises(Unreadable, match="latin-1"):
        read(tmp_path, b"a,b\n\xe9,2\n", "t.csv", encoding="utf-8")
