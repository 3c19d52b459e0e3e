"""The schema of each kind, held to what receivers check: it takes what they take, and refuses much that they
refuse.
"""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from node.cli.plain_form import to_plain
from node.published_form import published
from node.schemas.made import DIALECT, schema_id, schema_of, schema_text
from node.schemas.shapes import SHAPES
from node.schemas.words import field_words, known_words
from protocol.errors import ProtocolError
from protocol.kinds import KINDS, examine
from protocol.kinds.geometry import to_geojson
from tests.vectors.reading import bytes_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "records.json").read_text(encoding="utf-8"))
VALIDATORS = {kind: Draft202012Validator(schema_of(kind)) for kind in KINDS}

# What is beyond a schema, as its description says; the line feed only for Python, where `$` lets one follow.
NOT_SAID = {
    "actor: a key twice",
    "actor: operational key among the recovery keys",
    "actor: threshold past its keys",
    "alert: generalised, off the grid",
    "body: a mandate that ends before it begins",
    "body: an office that ended before it began",
    "call: closes before it opens",
    "challenge: to be answered the day before",
    "commons: a steward twice",
    "commons: generalised, off the grid",
    "commons: generalised, one number of a shape off the grid",
    "commons: salt as text in base64",
    "commons: sealed, off the grid",
    "endorsement: ends before it begins",
    "endorsement: until 31 June",
    "motion: a quorum above the roll",
    "motion: a voter twice",
    "motion: closes before it opens",
    "motion: no day",
    "pact: 29 February 2025",
    "pact: a term past nine years without reasons",
    "report: an indicator twice",
    "report: ends before it starts",
    "seal: a recipient twice",
    "seal: of no content",
    "step: a mandate that ends before its act",
    "step: in the year 0",
    "step: on 29 February 2025",
    "step: on a day with a line feed",
    "step: renewed for nine years without reasons",
    "step: until the day before",
}


def as_json(value: Any) -> Any:
    """A value as it is once it was written and read as JSON."""
    return json.loads(json.dumps(value))


def payloads(cases: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """Name, kind and content of each vector of a known kind that has its content."""
    found = []
    for case in cases:
        header, _, payload = msgpack.unpackb(bytes_of(case["envelope"]))
        kind = msgpack.unpackb(header)[1]
        if kind in KINDS and payload is not None:
            found.append((case["name"], kind, msgpack.unpackb(payload)))
    return found


GOOD = payloads(VECTORS["accepted"])


def test_every_kind_has_a_schema_by_the_book() -> None:
    assert {kind for _, kind, _ in GOOD} == KINDS.keys()
    for kind in KINDS:
        schema = schema_of(kind)
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == DIALECT
        assert schema["$id"] == schema_id(kind) == f"urn:minga:schema:{kind}:1"
        assert "Apache-2.0" in schema["$comment"]
        assert json.loads(schema_text(kind)) == schema
        text = schema_text(kind)
        assert "\\Z" not in text, "an expression is not one of ECMA-262"
        for name in schema["$defs"]:
            assert f'"#/$defs/{name}"' in text, f"{kind}: nothing refers to {name}"


def test_every_field_is_told_what_it_is() -> None:
    for kind in KINDS:
        schema = schema_of(kind)
        parts = [schema, *(part for name, part in schema["$defs"].items() if name not in SHAPES)]
        for part in parts:
            assert part["title"]
            assert part["description"].endswith("."), (kind, part["title"])
            for field, told in part["properties"].items():
                assert told["description"] != field, f"say in node/schemas/words.py: {part['title']}.{field}"


def test_words_are_of_fields_that_are_there() -> None:
    from node.schemas import words

    fields = {
        f"{part['title']}.{field}"
        for kind in KINDS
        for part in [schema_of(kind), *schema_of(kind)["$defs"].values()]
        for field in part.get("properties", {})
    }
    assert words._OF_ONE_PART.keys() | words._KNOWN.keys() <= fields
    assert words._FIELDS.keys() <= {field.partition(".")[2] for field in fields}
    assert known_words("Commons", "resources")[0] == "water"
    assert field_words("Nobody", "said_this") == "said_this"


@pytest.mark.parametrize(("name", "kind", "payload"), GOOD, ids=[name for name, _, _ in GOOD])
def test_what_receivers_take_is_taken(name: str, kind: str, payload: Any) -> None:
    VALIDATORS[kind].validate(as_json(published(payload)))
    VALIDATORS[kind].validate(as_json(to_plain(examine(kind, payload)[0])))


def test_what_receivers_refuse_is_refused_wherever_a_schema_can_say_it() -> None:
    taken, refused = set(), set()
    for name, kind, payload in payloads([case for case in VECTORS["refused"] if case["step"] == 6]):
        try:
            examine(kind, payload)
        except ProtocolError:
            valid = VALIDATORS[kind].is_valid(as_json(published(payload)))
            (taken if valid else refused).add(name)
    assert sorted(taken - NOT_SAID) == []
    assert sorted(NOT_SAID - taken) == [], "a schema says more than it is said to"
    assert len(refused) > 100


def test_what_belongs_to_a_kind_is_no_other_kinds() -> None:
    least = {kind: payload for _, kind, payload in reversed(GOOD)}
    assert not VALIDATORS["pact"].is_valid(as_json(published(least["commons"])))
    assert not VALIDATORS["commons"].is_valid(as_json(published(least["pact"])))
    assert not VALIDATORS["commons"].is_valid({**as_json(published(least["commons"])), "owner": None})


SQUARE = {"type": "Polygon", "coordinates": [[0, 0, 10, 0, 10, 10, 0, 0]]}


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [1_800_000_000, -900_000_000]},
        {"type": "MultiPoint", "coordinates": [0, 0]},
        {"type": "LineString", "coordinates": [0, 0, 1, 1]},
        {"type": "MultiLineString", "coordinates": [[0, 0, 1, 1]]},
        SQUARE,
        {"type": "MultiPolygon", "coordinates": [SQUARE["coordinates"]]},
    ],
)
def test_geometries(geometry: dict[str, Any]) -> None:
    commons = {"name": {"es": "x"}, "resources": ["water"], "licence": "CC0-1.0", "geometry": geometry}
    examine("commons", commons)
    form = as_json(published(commons))
    assert form["geometry"] == to_geojson(geometry)
    VALIDATORS["commons"].validate(form)
    for bad in (
        {**form["geometry"], "crs": "EPSG:4326"},
        {**form["geometry"], "type": "Circle"},
        {"type": geometry["type"]},
        geometry if geometry["type"] != "Point" else {**geometry, "coordinates": [1_800_000_001, 0]},
        {**form["geometry"], "coordinates": []},
    ):
        assert not VALIDATORS["commons"].is_valid({**form, "geometry": bad}), bad


def places_in(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a value: the container and the key or index."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in list(items):
        found += [(value, key), *places_in(part)]
    return found


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10_000_000_000),
    st.sampled_from(
        ["", "a", "es", "2025-02-28", "1483", "sealed", "withheld", "excluded", "decline", "x y"]
    ),
    st.sampled_from([b"", bytes(16), bytes(32), bytes(34), b"\xed\x01" + bytes(32)]),
    st.sampled_from(
        [{}, {"es": "x"}, {"ES": "x"}, {"name": {"es": "x"}}, [], [{}], [{"subject": bytes(32)}]]
    ),
)


@given(st.data())
def test_whatever_receivers_take_is_taken(data: st.DataObject) -> None:
    _, kind, whole = data.draw(st.sampled_from(GOOD))
    payload = msgpack.unpackb(msgpack.packb(whole))
    for _ in range(data.draw(st.integers(1, 3))):
        within, key = data.draw(st.sampled_from([*places_in(payload), (payload, "salt"), (payload, "extra")]))
        if data.draw(st.booleans()):
            within[key] = deepcopy(data.draw(ANYTHING))
        elif isinstance(within, dict):
            within.pop(key, None)
    try:
        examine(kind, payload)
    except ProtocolError:
        return
    VALIDATORS[kind].validate(as_json(published(payload)))
