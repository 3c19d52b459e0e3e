"""Tables: read by Python and by GDAL, whole; nothing in them is a formula."""

import csv
import io
import json
import random
import re
from pathlib import Path

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from node.opendata.csv_metadata import csv_metadata
from node.opendata.csv_table import BETWEEN_ITEMS, csv_columns, csv_head, csv_rows, harmless
from tests.node.opendata.feature_rows import ABOUT, HOSTILE_NAMES, places, row

ROWS = [row(number, name=name) for number, name in enumerate(HOSTILE_NAMES)] + [
    row(100 + number, place) for number, place in enumerate(places(random.Random(5)))
]
TABLE = csv_head(ABOUT) + csv_rows(ABOUT, ROWS)

# Where a spreadsheet may begin a cell, whatever it parts cells by.
CELL_START = re.compile(r"(?:^|[,;\t\r\n])(.)")


def read(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline="")))


def given_back(text: str) -> str:
    """A text as it was before it was made harmless, by the rule that is stated."""
    return re.sub(r"(?<![^;\t\r\n])'(?=['=+\-@＝＋－＠])|\A'(?=[\t\r\n])", "", text)


def test_every_row_and_cell_is_read_back() -> None:
    rows = read(TABLE)
    assert len(rows) == len(ROWS)
    assert list(rows[0]) == [column.name for column in csv_columns(ABOUT)]
    assert TABLE.startswith(b"\xef\xbb\xbfid,name,")
    assert [given_back(one["name"]) for one in rows[: len(HOSTILE_NAMES)]] == list(HOSTILE_NAMES)
    first = rows[0]
    assert first["resources"].split(BETWEEN_ITEMS) == ["water", "forest"]
    assert first["stewards"].split(BETWEEN_ITEMS) == ["Ana", "Be¦to"]
    assert json.loads(first["names"])["es"] == "Laguna 0"
    assert (first["contested"], first["area_m2"], first["uncertainty_m"]) == ("false", "12345678901", "")
    assert first["url"] == "https://node.example/thing/0"
    assert (first["longitude"], first["wkt"]) == ("", "")
    for one in rows[len(HOSTILE_NAMES) :]:
        place = shapely.from_wkt(one["wkt"])
        assert shapely.distance(place, shapely.Point(float(one["longitude"]), float(one["latitude"]))) < 1e-6


def test_lines_end_as_the_standard_has_it() -> None:
    assert TABLE.count(b"\r\n") == len(ROWS) + 1
    assert csv_rows(ABOUT, []) == b""


def test_no_cell_begins_a_formula_however_the_table_is_cut() -> None:
    name_cells = [one["name"] for one in read(TABLE)]
    for cell in name_cells:
        for start in CELL_START.findall(cell.removeprefix('"')):
            assert start not in "=+-@＝＋－＠", cell


@given(st.text(alphabet=st.sampled_from("=+-@'\t\r\n;, a＝|\""), max_size=12))
def test_a_text_is_harmless_and_can_be_had_back(text: str) -> None:
    said = harmless(text)
    assert given_back(said) == text
    assert not re.search(r"(?:^|[;\t\r\n])[=+\-@＝＋－＠]", said)
    assert said[:1] not in ("\t", "\r", "\n")


def test_the_description_of_a_table_describes_it() -> None:
    described = csv_metadata(ABOUT, "commons.csv")
    names = [column["name"] for column in described["tableSchema"]["columns"]]
    assert names == list(read(TABLE)[0])
    assert described["url"] == "commons.csv"
    assert described["dc:license"] == {"@id": ABOUT.licence}
    by_name = {column["name"]: column for column in described["tableSchema"]["columns"]}
    assert by_name["resources"]["separator"] == BETWEEN_ITEMS
    assert by_name["area_m2"]["datatype"] == "integer"


def test_gdal_reads_places_out_of_a_table(tmp_path: Path) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    path = tmp_path / "commons.csv"
    path.write_bytes(TABLE)
    meta, _, geometry, fields = pyogrio.raw.read(path)
    assert len(geometry) == len(ROWS)
    assert sum(one is not None for one in geometry) == 7
    names = fields[list(meta["fields"]).index("name")]
    assert [given_back(name) for name in names[: len(HOSTILE_NAMES)]] == list(HOSTILE_NAMES)
