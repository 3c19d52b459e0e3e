"""Boxes and times as parameters give them."""

from hypothesis import given
from hypothesis import strategies as st

from node.atlas.paging import PAGE_LENGTH_MAX
from node.web.exchange.problem import Problem
from node.web.ogc.parameters import LIMIT_MAX, bbox_of, datetime_of
from protocol.geometry_units import BoundingBox


@given(st.text(max_size=40) | st.from_regex(r"[-+0-9.,eE/T:Z]{0,40}", fullmatch=True))
def test_any_box_and_time_is_understood_or_refused(text: str) -> None:
    for read_one in (bbox_of, datetime_of):
        try:
            made = read_one(text)
        except Problem as problem:
            assert problem.status == 400
        else:
            assert made


def test_boxes_are_widened_to_whole_units_and_no_further() -> None:
    assert bbox_of("0.1,-0.1,0.3,0.7") == BoundingBox(1_000_000, -1_000_000, 3_000_000, 7_000_000)
    assert bbox_of("0.00000001,0,0.00000011,1e-9") == BoundingBox(0, 0, 2, 1)
    assert bbox_of(" -180 , -90 , 180 , 90 ") == BoundingBox(
        -1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000
    )
    assert PAGE_LENGTH_MAX < LIMIT_MAX


def test_a_map_that_looks_past_the_edges_of_the_globe_means_what_is_there() -> None:
    whole = (-1_800_000_000, -900_000_000, 1_800_000_000, 900_000_000)
    for text, box in (
        ("-250,-120,250,120", whole),
        ("-180,-90,180,90", whole),
        ("0,-90,360,90", whole),
        ("170,0,190,10", (1_700_000_000, 0, -1_700_000_000, 100_000_000)),
        ("-190,0,-170,10", (1_700_000_000, 0, -1_700_000_000, 100_000_000)),
        ("190,0,200,10", (-1_700_000_000, 0, -1_600_000_000, 100_000_000)),
        ("-540,0,-530,10", (-1_800_000_000, 0, -1_700_000_000, 100_000_000)),
        ("170,0,-170,10", (1_700_000_000, 0, -1_700_000_000, 100_000_000)),
        ("0,80,1,540", (0, 800_000_000, 10_000_000, 900_000_000)),
        ("180,0,180,1", (1_800_000_000, 0, 1_800_000_000, 10_000_000)),
    ):
        assert bbox_of(text) == box, text
