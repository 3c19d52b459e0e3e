"""Mappings: what they make of cells, and what is said where one cannot be used or a row cannot be taken."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.importing.drafts import Drafted, Known, Skipped, SourceKey, summarise
from node.importing.mapping import BadMapping, choose_mapping, parse_mapping, shipped_mappings
from node.importing.plan import plan, same_content
from node.importing.readers import open_input
from node.importing.vocabulary import folded, shipped_tables, vocabulary
from protocol.identifiers import SubjectId
from protocol.kinds.commons import RESOURCES
from protocol.limits import LABEL_LENGTH_MAX_CHARS

HEAD = 'name = "m"\ntitle = "t"\nsource = { name = "S" }\n'
COMMONS = """
[[records]]
kind = "commons"
identifier = "{id}"
label = "{nombre}"
[records.fields]
name.es = { column = "nombre" }
resources = { column = "recurso", split = ";", table = "resources", default = ["other"] }
licence = "CC-BY-4.0"
"""


def run(
    tmp_path: Path, table: str, mapping: str, known: dict[SourceKey, Known] | None = None, name: str = "t.csv"
) -> list[Drafted | Skipped]:
    path = tmp_path / name
    path.write_text(table, encoding="utf-8")
    return list(plan(open_input(path), parse_mapping(mapping, "m.toml"), known))


def one(tmp_path: Path, table: str, fields: str) -> Drafted:
    (draft,) = run(tmp_path, table, HEAD + COMMONS + fields)
    assert isinstance(draft, Drafted), draft
    return draft


def reason(tmp_path: Path, table: str, fields: str = "") -> str:
    (skipped,) = run(tmp_path, table, HEAD + COMMONS + fields)
    assert isinstance(skipped, Skipped), skipped
    return skipped.reason


def test_the_shipped_mappings_are_sound_and_found_by_name() -> None:
    names = [mapping.name for mapping in shipped_mappings()]
    assert names == [
        "commons-facts",
        "commons-table",
        "es-comunales",
        "es-municipios",
        "palermo-eventi",
        "palermo-patti",
    ]
    for name in names:
        assert choose_mapping(name, frozenset()).name == name


def test_the_shipped_words_stand_for_words_of_the_vocabulary() -> None:
    assert set(shipped_tables()["resources"].values()) <= set(RESOURCES)


def test_words_are_found_whatever_their_case_accents_and_blanks() -> None:
    words = vocabulary("w", {"Páramo": "paramo", "fishery": "fishery", "coastal": "coast"})
    assert words.look_up("  PARAMO ") == ("paramo", True)
    assert words.look_up("Coastal  fishery") in (("fishery", False), ("coast", False))
    assert words.look_up("montejurra") == (None, False)
    assert folded(" Árbol,  de la\tVIDA ") == "arbol de la vida"


def test_cells_become_fields(tmp_path: Path) -> None:
    draft = one(
        tmp_path,
        "id;nombre;recurso;ha;x;y;lengua;dia;gente\n"
        '7; Páramo  de Angla ;Páramo;"3.850,8";-78,1;0,25;qu;1/2/2024;"Ana | Luz |"\n',
        """
        description."{lengua}" = { template = "Día {dia}" }
        area.square_metres = { column = "ha", multiply = 10000 }
        geometry = { lon = "x", lat = "y" }
        publication = { basis = "assembly", on = { column = "dia", date = "dmy" } }
        stewards = [{ each = { who = { column = "gente", split = "|" } }, name.es = { column = "who" } }]
        [[records.fields.territory]]
        level = "parish"
        name.es = { column = "ausente" }
        [[records.fields.territory]]
        level = "nation"
        name.es = "Ecuador"
        """,
    )
    assert draft.payload == {
        "name": {"es": "Páramo de Angla"},
        "resources": ["paramo"],
        "licence": "CC-BY-4.0",
        "description": {"qu": "Día 1/2/2024"},
        "area": {"square_metres": 38_508_000},
        "geometry": {"type": "Point", "coordinates": [-781_000_000, 2_500_000]},
        "publication": {"basis": "assembly", "on": "2024-02-01"},
        "stewards": [{"name": {"es": "Ana"}}, {"name": {"es": "Luz"}}],
        "territory": [{"level": "nation", "name": {"es": "Ecuador"}}],
        "source": {"name": "S", "identifier": "7"},
    }
    assert draft.key == SourceKey("commons", "S", "7")


def test_a_word_that_is_not_known_is_noted_and_not_lost_silently(tmp_path: Path) -> None:
    draft = one(tmp_path, "id,nombre,recurso\n1,A,chakra; bosque nublado\n", "")
    assert draft.payload["resources"] == ["other", "forest"]
    assert any("'chakra' is not among the words known for resources" in note for note in draft.notes)
    assert any("'bosque nublado' is taken as forest" in note for note in draft.notes)


def test_strings_that_records_could_not_hold_are_put_right(tmp_path: Path) -> None:
    draft = one(tmp_path, "id,nombre,recurso\n1,Pa\u0301ramo\u0007  alto,agua\n", "")
    assert draft.payload["name"] == {"es": "Páramo alto"}


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ("1,,agua,1,1", "name is missing"),
        (",A,agua,1,1", "its identifier is blank"),
        ("x" * (LABEL_LENGTH_MAX_CHARS + 1) + ",A,agua,1,1", "its identifier has more than"),
        ("1,A,agua,95,10", None),
        ("1,A,agua,10,95", "are longitude and latitude exchanged?"),
        ("1,A,agua,500000,9990000", "are metres, not degrees"),
        ("1,A,agua,400,10", "are they degrees of WGS 84?"),
        ("1,A,agua,10,", "a longitude or a latitude, not both"),
        ("1,A,agua,ten,10", "'ten' is not a number"),
        ("1,A,agua,1e400,10", "not a number of any use"),
    ],
)
def test_a_draft_that_every_node_would_refuse_is_skipped_with_the_reason(
    tmp_path: Path, cells: str, says: str | None
) -> None:
    table = f"id,nombre,recurso,lon,lat\n{cells}\n"
    fields = 'geometry = { lon = "lon", lat = "lat" }'
    if says is None:
        one(tmp_path, table, fields)
    else:
        assert says in reason(tmp_path, table, fields)


def test_nobody_imports_an_owner(tmp_path: Path) -> None:
    assert "it cannot be sold or transferred" in reason(
        tmp_path, "id,nombre,recurso,dueño\n1,A,agua,Hacienda\n", 'owner.es = { column = "dueño" }'
    )


def test_the_same_identifier_twice_is_said(tmp_path: Path) -> None:
    first, second = run(tmp_path, "id,nombre,recurso\n1,A,agua\n1,B,agua\n", HEAD + COMMONS)
    assert isinstance(first, Drafted)
    assert isinstance(second, Skipped)
    assert second.reason == "row 1 has the same identifier '1'"


def test_namesakes_and_neighbours_are_kept_and_noted(tmp_path: Path) -> None:
    table = "id,nombre,recurso,x,y\n1,A,agua,1,2\n2,a ,agua,1,2\n"
    outcomes = run(tmp_path, table, HEAD + COMMONS + 'geometry = { lon = "x", lat = "y" }')
    assert [type(outcome) for outcome in outcomes] == [Drafted, Drafted]
    assert outcomes[1].notes == (
        "row 1 has the same name; both are kept",
        "row 1 has exactly the same geometry; both are kept",
    )


def test_a_later_import_finds_what_is_known(tmp_path: Path) -> None:
    key = SourceKey("commons", "S", "1")
    (draft,) = run(tmp_path, "id,nombre,recurso\n1,A,agua\n", HEAD + COMMONS)
    known = (
        {key: Known(SubjectId(bytes(32)), {**draft.payload, "salt": bytes(16)})}
        if isinstance(draft, Drafted)
        else {}
    )
    (same,) = run(tmp_path, "id,nombre,recurso\n1, A ,AGUA\n", HEAD + COMMONS, known)
    assert isinstance(same, Skipped)
    assert same.unchanged
    (changed,) = run(tmp_path, "id,nombre,recurso\n1,A,agua;bosque\n", HEAD + COMMONS, known)
    assert isinstance(changed, Drafted)
    assert changed.subject == SubjectId(bytes(32))


def test_salt_and_the_day_of_reading_do_not_make_a_difference() -> None:
    one_way = {"name": {"es": "A"}, "salt": bytes(16), "source": {"name": "S", "retrieved": "2025"}}
    assert same_content(one_way, {"name": {"es": "A"}, "source": {"name": "S", "retrieved": "2026-01-02"}})
    assert not same_content(one_way, {"name": {"es": "B"}, "source": {"name": "S"}})
    assert not same_content(one_way, {"name": {"es": "A"}, "source": {"name": "T"}})


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


@pytest.mark.parametrize(
    ("geometry", "kind", "note"),
    [
        ({"type": "Polygon", "coordinates": [SQUARE]}, "Polygon", None),
        ({"type": "Polygon", "coordinates": [SQUARE[::-1]]}, "Polygon", "wound the other way"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "Polygon", "was not closed"),
        ({"type": "Polygon", "coordinates": [SQUARE[:1] + SQUARE]}, "Polygon", "repeated"),
        ({"type": "Polygon", "coordinates": [[[*at, 5] for at in SQUARE]]}, "Polygon", "altitudes"),
        (
            {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[5, 5]] * 4]]},
            "MultiPolygon",
            "enclose nothing",
        ),
        (
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}]},
            "Point",
            None,
        ),
        ({"type": "Polygon", "coordinates": [[[5, 5]] * 4]}, None, "a ring"),
        (
            {"type": "Polygon", "coordinates": [[[500000, 1], [2, 2], [3, 1], [500000, 1]]]},
            None,
            "off the globe",
        ),
        ({"type": "Polygon", "coordinates": "here"}, None, "cannot be used"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, None, "cannot be used"),
        ({"type": "Polygon"}, None, "cannot be used"),
        ({"type": "MultiPolygon", "coordinates": [1, "x", [], [[]], [[1, 2]]]}, None, "cannot be used"),
        ({"type": "GeometryCollection", "geometries": []}, None, "collection"),
    ],
)
def test_geometry_is_put_right_where_that_takes_no_guess(
    tmp_path: Path, geometry: dict[str, Any], kind: str | None, note: str | None
) -> None:
    properties = {"id": "1", "nombre": "A", "recurso": "agua"}
    text = json.dumps({"type": "Feature", "properties": properties, "geometry": geometry})
    mapping = HEAD + COMMONS + 'geometry = { feature = "geometry" }'
    (outcome,) = run(tmp_path, text, mapping, name="f.geojson")
    if kind is None:
        assert isinstance(outcome, Skipped)
        assert note is not None
        assert note in outcome.reason
    else:
        assert isinstance(outcome, Drafted)
        assert outcome.payload["geometry"]["type"] == kind
        assert [note in one for one in outcome.notes] == ([True] if note else [])


def test_a_geometry_that_fails_gives_way_to_the_columns(tmp_path: Path) -> None:
    feature = {
        "type": "Feature",
        "properties": {"id": "1", "nombre": "A", "recurso": "agua", "lon": 1, "lat": 2},
        "geometry": {"type": "Polygon", "coordinates": [[[5, 5]] * 4]},
    }
    mapping = (
        HEAD + COMMONS + 'geometry = { first = [{ feature = "geometry" }, { lon = "lon", lat = "lat" }] }'
    )
    (draft,) = run(tmp_path, json.dumps(feature), mapping, name="f.geojson")
    assert isinstance(draft, Drafted)
    assert draft.payload["geometry"]["type"] == "Point"
    assert any("cannot be used" in note for note in draft.notes)


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("name = ", "not TOML"),
        ('name = "m"\ntitle = "t"\nsource = { name = "S" }', "at least one [[records]]"),
        ('name = "m"\ntitle = "t"\n' + COMMONS, "[source] has at least a name"),
        (HEAD + COMMONS.replace('"commons"', '"actor"'), "kind is one of commons, pact, place"),
        (HEAD + COMMONS + 'x = { colum = "a", column = "b" }', "'colum' is not known here"),
        (HEAD + COMMONS + 'x = { column = "a", template = "b" }', "it is not clear what column and template"),
        (HEAD + COMMONS + 'x = { column = "a", table = "sorts" }', "there is no table 'sorts'"),
        (HEAD + COMMONS + 'x = { column = "a", date = "dd/mm" }', "date is ymd, dmy or mdy"),
        (HEAD + COMMONS + "x = 1.5", "a record holds no fractions"),
        (HEAD + COMMONS + 'x = { lon = "a" }', "it is not clear what lon should do"),
        (HEAD + COMMONS + 'x = { each = { a = "b" }, c = 1 }', "a list is stepped through by a column"),
        (
            HEAD
            + COMMONS.replace(
                "[records.fields]", 'when = [{ column = "a", matches = "(" }]\n[records.fields]'
            ),
            "matches",
        ),
        (HEAD + "colour = 1\n" + COMMONS, "'colour' is not known here"),
    ],
)
def test_a_mapping_that_cannot_be_used_says_where(mapping: str, says: str) -> None:
    with pytest.raises(BadMapping) as caught:
        parse_mapping(mapping, "m.toml")
    assert str(caught.value).startswith("m.toml")
    assert says in str(caught.value)


def test_which_mapping_fits_is_asked_where_it_is_not_clear(tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match="choose one with --mapping"):
        choose_mapping(None, frozenset({"a", "b"}))
    with pytest.raises(BadMapping, match="neither a file nor one of"):
        choose_mapping("nothing", frozenset())
    path = tmp_path / "own.toml"
    path.write_text(HEAD + COMMONS, encoding="utf-8")
    assert choose_mapping(str(path), frozenset()).name == "m"


def test_a_table_of_ones_own_needs_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "nombre,recurso,longitud,latitud,parroquia,responsables,consentimiento\n"
        "Vertiente de Yaku,agua; páramo,-78.6,-0.9,San Isidro,Junta de agua; Comuna,asamblea\n"
        "Bosque,bosque,,,San Isidro,,\n",
        encoding="utf-8",
    )
    file = open_input(path)
    mapping = choose_mapping(None, file.columns)
    assert mapping.name == "commons-table"
    spring, wood = plan(file, mapping)
    assert isinstance(spring, Drafted)
    assert spring.payload["resources"] == ["water", "paramo"]
    assert [one["name"]["es"] for one in spring.payload["stewards"]] == ["Junta de agua", "Comuna"]
    assert spring.payload["publication"] == {"basis": "assembly"}
    assert isinstance(wood, Drafted)
    assert "geometry" not in wood.payload
    assert summarise([spring, wood]).new == {"commons": 2}
