"""What filters find: what a slow and obvious reading of them finds, whatever they ask."""

import re
import sqlite3
from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from node.atlas.collections import COLLECTIONS
from node.atlas.file import COLUMNS, make_tables
from node.atlas.meeting import meets_wkb
from node.atlas.where_functions import accenti, casei
from node.web.exchange.problem import Problem
from node.web.ogc.filters.meaning import FILTER_DEPTH_MAX, FILTER_OPERATIONS_MAX, FilterMeaning
from node.web.ogc.filters.parsing import parsed
from node.web.ogc.filters.places import box_around, needs_shapes
from node.web.ogc.filters.tree import Call, Name, Operation, Several, Shape, Term, Value
from protocol.geometry_units import UNITS_PER_DEGREE, BoundingBox
from tests.node.web.ogc.slow_filters import holds, rectangle

MEANING = FilterMeaning(COLLECTIONS["commons"])
DAY_MS = 86_400_000
START_MS = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp() * 1_000)

NAMES = ["Laguna", "laguna", "LAGUNA Ñ", "Páramo", "Paramo*", "a_b%c", "[x]", "a\nb", "", None, "ß", "Straße"]
PLACES = [
    shapely.Polygon([(-78, -2), (-77, -2), (-78, -1), (-78, -2)]),
    shapely.box(-78.5, -2.5, -77.5, -1.5),
    shapely.Polygon(
        [(-79, -3), (-76, -3), (-76, 0), (-79, 0), (-79, -3)],
        [[(-78, -2), (-77, -2), (-77, -1), (-78, -1), (-78, -2)]],
    ),
    shapely.LineString([(-80, -4), (-75, 1)]),
    shapely.MultiPoint([(-78, -2), (-70, -2)]),
    shapely.Point(-77.5, -1.5),
    shapely.MultiPolygon([shapely.box(179, 1, 180, 2), shapely.box(-180, 1, -179, 2)]),
    None,
]


def feature(number: int) -> dict[str, Any]:
    """One of two dozen, with every odd value in some of them."""
    return {
        "id": f"{number:052}",
        "name": NAMES[number % len(NAMES)],
        "resource": ["water", "forest", "seeds"][number % 3],
        "resources": [["water"], ["forest", "water"], ["seeds"]][number % 3],
        "contested": number % 5 == 0,
        "since": START_MS + number * DAY_MS // 2,
        "changed": START_MS + (number * 7 % 24) * DAY_MS,
        "area_m2": None if number % 4 == 0 else number * 1_000,
        "uncertainty_m": None if number % 3 else number,
        "geometry": PLACES[number % len(PLACES)],
    }


FEATURES = [feature(number) for number in range(24)]


@pytest.fixture(scope="module")
def db() -> sqlite3.Connection:
    made = sqlite3.connect(":memory:")
    make_tables(made)
    made.create_function("casei", 1, lambda t: None if t is None else casei(t))
    made.create_function("accenti", 1, lambda t: None if t is None else accenti(t))
    made.create_function("meets", 5, lambda g, *b: None if g is None else meets_wkb(g, BoundingBox(*b)))
    for seq, one in enumerate(FEATURES):
        place = one["geometry"]
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row |= {"seq": seq, "collection": "commons", "status": "own", "voice": "own"}
        row |= {key: value for key, value in one.items() if key in COLUMNS}
        row["resources"] = f" {' '.join(one['resources'])} "
        if place is not None:
            units = [round(edge * UNITS_PER_DEGREE) for edge in place.bounds]
            if isinstance(place, shapely.MultiPolygon):
                units[0], units[2] = 1_790_000_000, -1_790_000_000
            row |= dict(zip(("west", "south", "east", "north"), units, strict=True))
        marks = ", ".join("?" * len(COLUMNS))
        made.execute(f"INSERT INTO feature VALUES ({marks})", [row[name] for name in COLUMNS])
        wkb = None if place is None else shapely.to_wkb(place, byte_order=1)
        made.execute("INSERT INTO drawing VALUES (?, ?, ?)", (seq, wkb, b""))
    return made


TEXTS = st.sampled_from([one for one in NAMES if one is not None] + ["water", "x' OR '1'='1", '"', "?", "{}"])
PATTERNS = st.lists(st.sampled_from([*"%%%__*?[]\\", "aguna", "L", "a", "b", "Ñ"]), max_size=6).map("".join)
DAYS = st.integers(-2, 26).map(
    lambda n: datetime.fromtimestamp((START_MS + n * DAY_MS) / 1_000, UTC).strftime("%Y-%m-%d")
)
MOMENTS = (
    st.tuples(DAYS, st.sampled_from(["00:00:00", "12:00:00", "23:59:59.999"])).map("T".join).map("{}Z".format)
)
DAY = DAYS.map(lambda text: Call("DATE", (Value(text),)))
MOMENT = MOMENTS.map(lambda text: Call("TIMESTAMP", (Value(text),)))
TIME_NAMES = st.sampled_from([Name("since"), Name("changed")])
ENDS = DAYS.map(Value) | MOMENTS.map(Value) | st.just(Value("..")) | TIME_NAMES
SPANS = st.tuples(ENDS, ENDS).map(lambda ends: Call("INTERVAL", ends))
OPERATORS = st.sampled_from(["=", "<>", "<", ">", "<=", ">="])
TEXT_TERMS = st.recursive(
    st.sampled_from([Name("name"), Name("resource")]) | TEXTS.map(Value),
    lambda inner: st.builds(Call, st.sampled_from(["CASEI", "ACCENTI"]), st.tuples(inner)),
    max_leaves=2,
)
NUMBER_TERMS = st.sampled_from([Name("area_m2"), Name("uncertainty_m")]) | st.sampled_from(
    [0, 3, 1_000, 2_500.5, -1, 10**15]
).map(Value)
TIME_TERMS = TIME_NAMES | DAY | MOMENT
WORDS = st.lists(st.sampled_from(["water", "forest", "seeds", "coast"]), min_size=1, max_size=3).map(
    lambda words: Several(tuple(map(Value, words)))
)
EDGES = st.sampled_from([-80, -79, -78, -77.75, -77.5, -77, -76, -70, 179, 179.5, 180, -180, -179])
HEIGHTS = st.sampled_from([-4, -3, -2, -1.75, -1.5, -1, 0, 1, 1.5, 2])


def box_of(west: float, east: float, heights: tuple[float, float]) -> Term:
    """A BBOX, which may cross the antimeridian."""
    south, north = sorted(heights)
    return Call("BBOX", tuple(Value(edge) for edge in (west, south, east, north)))


PLACE_TERMS = st.builds(box_of, EDGES, EDGES, st.tuples(HEIGHTS, HEIGHTS)) | st.builds(
    lambda x, y: Shape("Point", (float(x), float(y))), EDGES, HEIGHTS
)
TIME_FUNCTIONS = st.sampled_from(
    ["T_AFTER", "T_BEFORE", "T_DURING", "T_CONTAINS", "T_INTERSECTS", "T_DISJOINT", "T_MEETS", "T_METBY"]
)
LEAVES = st.one_of(
    st.builds(lambda o, a, b: Operation(o, (a, b)), OPERATORS, TEXT_TERMS, TEXT_TERMS),
    st.builds(lambda o, a, b: Operation(o, (a, b)), OPERATORS, NUMBER_TERMS, NUMBER_TERMS),
    st.builds(lambda o, a, b: Operation(o, (a, b)), OPERATORS, TIME_TERMS, TIME_TERMS),
    st.builds(lambda a, p: Operation("LIKE", (a, Value(p))), TEXT_TERMS, PATTERNS),
    st.builds(lambda a, b, c: Operation("BETWEEN", (a, b, c)), NUMBER_TERMS, NUMBER_TERMS, NUMBER_TERMS),
    st.builds(
        lambda a, s: Operation("IN", (a, *s)), TEXT_TERMS, st.lists(TEXT_TERMS, min_size=1, max_size=4)
    ),
    st.builds(
        lambda a, s: Operation("IN", (a, *s)), TIME_NAMES, st.lists(DAY | MOMENT, min_size=1, max_size=3)
    ),
    st.sampled_from(["name", "area_m2", "since", "geometry"]).map(lambda n: Operation("IS NULL", (Name(n),))),
    st.builds(lambda f, a, b: Call(f, (a, b)), TIME_FUNCTIONS, TIME_NAMES | SPANS, SPANS | DAY | MOMENT),
    st.builds(
        lambda f, b: Call(f, (Name("resources"), b)),
        st.sampled_from(["A_CONTAINS", "A_CONTAINEDBY", "A_EQUALS", "A_OVERLAPS"]),
        WORDS,
    ),
    st.builds(lambda p: Call("S_INTERSECTS", (Name("geometry"), p)), PLACE_TERMS),
    st.builds(lambda p: Call("S_INTERSECTS", (p, Name("geometry"))), PLACE_TERMS),
    st.sampled_from([Name("contested"), Value(True), Value(False)]),
    st.builds(
        lambda o, b: Operation(o, (Name("contested"), Value(b))), st.sampled_from(["=", "<>"]), st.booleans()
    ),
)
FILTERS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(
            Operation, st.sampled_from(["AND", "OR"]), st.lists(inner, min_size=2, max_size=3).map(tuple)
        )
        | st.builds(Operation, st.just("NOT"), st.tuples(inner))
    ),
    max_leaves=5,
)


@settings(max_examples=400)
@given(FILTERS)
def test_a_filter_finds_what_a_slow_reading_of_it_finds(db: sqlite3.Connection, term: Term) -> None:
    where = MEANING.where(term)
    found = {seq for (seq,) in db.execute(f"SELECT f.seq FROM feature f WHERE {where.sql}", where.values)}
    expected = {seq for seq, one in enumerate(FEATURES) if holds(term, one)}
    assert found == expected
    around = box_around(term)
    if around is not None and around.west <= around.east:
        box = rectangle(*(edge / UNITS_PER_DEGREE for edge in around))
        assert all(box.intersects(FEATURES[seq]["geometry"]) for seq in expected)


@settings(max_examples=200)
@given(FILTERS)
def test_nothing_that_was_written_is_in_the_sql(term: Term) -> None:
    """But names of columns and functions, and numbers of ours."""
    sql = MEANING.where(term).sql
    assert "'" not in re.sub(r"= ''", "", re.sub(r"' '", "", re.sub(r"relates\('[A-Z_]+'", "", sql)))
    assert '"' not in sql
    assert "--" not in sql
    assert sql.count("?") == len(MEANING.where(term).values)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(("stewards = 'x'", "stewards"), ("nothing = 1", "nothing"), ("names IS NULL", "names")),
        *(("area_m2 = 'x'", "area_m2"), ("name = 1", "name"), ("contested = 1", "contested")),
        *(
            ("since = '2025-01-01'", "since"),
            ("resources = 'water'", "resources"),
            ("geometry = 1", "geometry"),
        ),
        *(
            ("1 = 'x'", None),
            ("1", None),
            ("name", None),
            ("area_m2 + 1 = 2", None),
            ("-area_m2 = 2", None),
        ),
        *(("avg(area_m2) > 1", None), ("CASEI(area_m2) = 'x'", None), ("CASEI(name, name) = 'x'", None)),
        *(("name LIKE name", None), ("name LIKE 5", None), ("area_m2 LIKE 'x'", "area_m2")),
        *(("T_AFTER(name, DATE('2025-01-01'))", "name"), ("T_AFTER(since)", None)),
        *(("T_AFTER(since, DATE('2025-02-30'))", None), ("T_AFTER(since, TIMESTAMP('2025-02-03'))", None)),
        *(("A_CONTAINS(name, ('x'))", None), ("A_CONTAINS(resources, (1, 2))", None)),
        *(("A_CONTAINS(resources, ('a b'))", None), ("S_INTERSECTS(POINT(1 1), POINT(1 1))", None)),
        *(("S_INTERSECTS(geometry, BBOX(1, 2, 3))", None), ("S_INTERSECTS(geometry, POINT(181 0))", None)),
        *(("S_INTERSECTS(geometry, BBOX(1, 3, 2, 2))", None), ("S_INTERSECTS(name, POINT(1 1))", None)),
        *(("S_WITHIN(geometry, POLYGON((0 0, 1 1, 0 1)))", None), ("area_m2 = 1e999", None)),
        *(("1 IS NULL", None), ("area_m2 = " + "9" * 1_000, None), ("name BETWEEN 1 AND 2", "name")),
        ("S_INTERSECTS(geometry, BBOX(1e999, 2, 3, 4))", None),
    ],
)
def test_what_cannot_be_asked_is_said_to_be_so(text: str, name: str | None) -> None:
    with pytest.raises(Problem) as refused:
        MEANING.where(parsed(text))
    assert refused.value.code == "filter-not-understood"
    sentence = refused.value.detail.format(**refused.value.values)
    assert name is None or f"“{name}”" in sentence


def test_a_filter_has_a_greatest_depth_and_number_of_conditions() -> None:
    deepest: Term = Value(True)
    for _ in range(FILTER_DEPTH_MAX):
        deepest = Operation("NOT", (deepest,))
    assert MEANING.where(deepest)
    with pytest.raises(Problem, match="filter-not-understood"):
        MEANING.where(Operation("NOT", (deepest,)))
    most = Operation("OR", (Value(True),) * (FILTER_OPERATIONS_MAX - 1))
    assert MEANING.where(most)
    with pytest.raises(Problem, match="filter-not-understood"):
        MEANING.where(Operation("OR", (*most.terms, Value(True))))


def test_only_more_than_boxes_and_points_asks_for_a_geometry_library() -> None:
    for text, needed in (
        ("S_INTERSECTS(geometry, BBOX(1, 2, 3, 4)) AND name = 'x'", False),
        ("S_DISJOINT(geometry, POINT(1 2))", False),
        ("NOT S_WITHIN(geometry, BBOX(1, 2, 3, 4))", True),
        ("name = 'x' OR S_INTERSECTS(POLYGON((0 0, 1 1, 0 1, 0 0)), geometry)", True),
    ):
        assert needs_shapes(parsed(text)) is needed


@pytest.mark.parametrize(
    ("text", "found"),
    [("%a" * 900, 0), ("%" * 1_900, 22), ("_" * 1_900 + "%", 0), ("%a" * 20 + "%b", 0), ("%a" * 20, 1)],
)
def test_no_pattern_takes_for_ever(db: sqlite3.Connection, text: str, found: int) -> None:
    where = MEANING.where(Operation("LIKE", (Name("name"), Value(text))))
    db.execute("UPDATE feature SET name = ? WHERE seq = 0", ("a" * 500,))
    try:
        [(number,)] = db.execute(f"SELECT count(*) FROM feature f WHERE {where.sql}", where.values)
    finally:
        db.execute("UPDATE feature SET name = ? WHERE seq = 0", (FEATURES[0]["name"],))
    assert number == found
