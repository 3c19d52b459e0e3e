"""A FeatureCollection: licence first, a feature on each line, nothing in them touched but addresses."""

import json
import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from node.opendata.geojson_text import END, geojson_head, geojson_rows
from tests.node.opendata.feature_rows import ABOUT, HOSTILE_NAMES, places, row

ROWS = [row(number, name=name) for number, name in enumerate(HOSTILE_NAMES)] + [
    row(100 + number, place) for number, place in enumerate(places(random.Random(5)))
]


def whole(cuts: list[int]) -> bytes:
    """The rows as a document, given in steps that end at `cuts`."""
    text, before = geojson_head(ABOUT), 0
    first = True
    for cut in [*sorted(cuts), len(ROWS)]:
        step = geojson_rows(ABOUT, ROWS[before:cut], first)
        first = first and not step
        text, before = text + step, cut
    return text + END


@given(st.lists(st.integers(0, len(ROWS)), max_size=5))
def test_the_same_document_comes_of_any_steps(cuts: list[int]) -> None:
    text = whole(cuts)
    assert text == whole([])
    read = json.loads(text)
    assert len(read["features"]) == len(ROWS)
    for feature, given_row in zip(read["features"], ROWS, strict=True):
        before = msgspec.json.decode(given_row.geojson)
        assert feature["properties"].pop("url") == ABOUT.base + before["properties"].pop("url")
        assert feature == before


def test_the_file_says_whose_it_is_before_its_first_feature() -> None:
    text = whole([])
    head = text[: text.index(b'"features"')]
    for said in (ABOUT.licence, ABOUT.attribution, f"{ABOUT.base}/open-data"):
        assert said.encode() in head
    assert text.count(b"\n") == len(ROWS) + 2


def test_nothing_but_no_features_is_a_document_too() -> None:
    assert json.loads(geojson_head(ABOUT) + END)["features"] == []
