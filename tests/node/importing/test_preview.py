"""What is shown before anything is signed: what would be new, what is doubtful and why, what is left out."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.importing.headings import Chosen, read_headings, reading_of
from node.importing.mapping import BadMapping
from node.importing.preview import Preview, candidates_geojson, preview
from node.importing.readers import open_input
from tests.node.cli.terminal import Terminal
from tests.node.cli.test_at_a_terminal import at_a_terminal
from tests.node.importing.drawing import gpx, track, waypoint

RING = [(-78.9, -2.9), (-78.91, -2.9), (-78.91, -2.91), (-78.9, -2.91), (-78.9, -2.9)]
BOW = [(-78.9, -2.9), (-78.91, -2.91), (-78.91, -2.9), (-78.9, -2.905), (-78.9, -2.9)]
CLOSED_WALK = [*RING[:4], (-78.90005, -2.90005)]


def seen(tmp_path: Path, text: str, name: str = "t.csv", **chosen: Any) -> Preview:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    file = open_input(path)
    reading = reading_of(file, None, Chosen(**chosen), guess=True)
    return preview(file, reading.mapping, given=Chosen(**chosen).given)


def feature(name: str, geometry: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": geometry,
        "properties": {"nombre": name, "recurso": "bosque", **more},
    }


def collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def doubts(tmp_path: Path, geometry: Any, **more: Any) -> str:
    found = seen(tmp_path, collection(feature("Uno", geometry, **more)), "t.geojson")
    (one,) = found.candidates
    return "; ".join(one.doubts)


def point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def test_nothing_is_doubted_of_what_is_in_order(tmp_path: Path) -> None:
    ring = {"type": "Polygon", "coordinates": [RING]}
    found = seen(tmp_path, collection(feature("Uno", ring, hectareas=123)), "t.geojson")
    assert (found.doubtful, dict(found.doubts), found.skipped) == (set(), {}, [])
    assert dict(found.summary.new) == {"commons": 1}
    assert dict(found.resources) == {"forest": 1}
    (drawn,) = candidates_geojson(found)["features"]
    assert (drawn["id"], drawn["properties"]["label"], drawn["properties"]["doubts"]) == (1, "Uno", [])
    assert drawn["geometry"]["type"] == "Polygon"


@pytest.mark.parametrize(
    ("geometry", "more", "says"),
    [
        ({"type": "Polygon", "coordinates": [BOW]}, {}, "crosses itself near -78.9"),
        ({"type": "Polygon", "coordinates": [RING]}, {"hectareas": 12_300}, "it is said to have 1.23e+04 ha"),
        (
            {"type": "Polygon", "coordinates": [[(0, 0), (1e-6, 0), (0, 1e-6), (0, 0)]]},
            {},
            "encloses less than a square metre",
        ),
        ({"type": "LineString", "coordinates": CLOSED_WALK}, {}, "its ends meet"),
        (point(0, 0), {}, "Gulf of Guinea"),
        (point(-78.9, -2.91), {}, "a hundredth of a degree only"),
        (None, {}, "it has no place"),
        (point(-78.91234, -2.91234), {"descripcion": "llamar a rosa@example.org"}, "rosa@example.org"),
        (point(-78.91234, -2.91234), {"descripcion": "tel. 099 123 4567"}, "identity card"),
        (point(-78.91234, -2.91234), {"reglas": "Es un sitio SAGRADO."}, "not be for everybody ('sagrado')"),
        (point(-78.91234, -2.91234), {"recurso": "xyz"}, "resource 'other'"),
    ],
)
def test_what_somebody_should_look_at_is_said(
    tmp_path: Path, geometry: Any, more: dict[str, Any], says: str
) -> None:
    assert says in doubts(tmp_path, geometry, **more)


@pytest.mark.parametrize(
    ("geometry", "more"),
    [
        ({"type": "Polygon", "coordinates": [RING]}, {"hectareas": 100}),
        ({"type": "LineString", "coordinates": RING[:4]}, {}),
        (point(-78.91234, -2.9), {"descripcion": "2 500 000 m2 desde 1998-2004, cota 3.450,5 a 3.600,5"}),
        (point(-78.91234, -2.9), {"reglas": "sagradamente", "sensibilidad": "publico"}),
    ],
)
def test_what_is_usual_is_not_doubted(tmp_path: Path, geometry: Any, more: dict[str, Any]) -> None:
    assert doubts(tmp_path, geometry, **more) == ""


def test_a_place_that_is_kept_back_is_not_asked_about_and_not_shown(tmp_path: Path) -> None:
    more = {"reglas": "sitio sagrado", "sensibilidad": "reservado"}
    found = seen(tmp_path, collection(feature("Uno", point(-78.91234, -2.91234), **more)), "t.geojson")
    assert found.candidates[0].place is None
    assert found.candidates[0].doubts == ()
    assert "78.9" not in json.dumps(candidates_geojson(found))


def test_what_lies_far_from_all_the_others_is_doubted_and_nothing_else(tmp_path: Path) -> None:
    near = [feature(f"N{n}", point(-78.9 - n / 1000 - 1e-5, -2.9 + n / 1500)) for n in range(12)]
    away = feature("Lejos", point(-2.9001, -78.9001))  # exchanged
    found = seen(tmp_path, collection(*near, away), "t.geojson")
    assert [one.label for one in found.candidates if one.doubts] == ["Lejos"]
    assert "km from where most of the others are" in found.candidates[-1].doubts[0]
    spread = [feature(f"N{n}", point(n * 30 - 178.00001, n * 10 - 60.00001)) for n in range(12)]
    assert not seen(tmp_path, collection(*spread), "t.geojson").doubtful


def test_the_same_twice_in_a_file_is_told_and_not_written_twice(tmp_path: Path) -> None:
    text = gpx(
        waypoint("Vertiente") + waypoint("Vertiente") + waypoint("Vertiente", -78.8123) + waypoint("Otra")
    )
    found = seen(tmp_path, text, "t.gpx", resources="agua")
    assert [one.row for one in found.candidates] == [1, 3, 4]
    assert [one.row for one in found.skipped] == [2]
    assert "their places tell them apart" in found.candidates[1].doubts[0]
    assert "exactly the same geometry" in found.candidates[2].doubts[0]
    assert dict(found.resources) == {"water": 3}
    again = seen(tmp_path, text, "t.gpx", resources="agua")
    assert again.candidates == found.candidates


def test_columns_about_people_are_named_and_not_read(tmp_path: Path) -> None:
    text = "nombre,recurso,Teléfono,_submitted_by,cedula_dueno,lon,lat\nUno,agua,099,rosa,17,-78.91234,-2.9\n"
    found = seen(tmp_path, text)
    assert found.personal == ["Teléfono", "_submitted_by", "cedula_dueno"]


def test_headings_are_taken_for_what_they_are_called(tmp_path: Path) -> None:
    columns = {"NOMBRE", "Tipo", "grupo/Descripción", "AREA_HA", "Coord_X", "Coord_Y", "fid"}
    reading = read_headings(columns, Chosen(), "t.shp")
    assert reading.taken == {
        "name": ("NOMBRE",),
        "resource": ("Tipo",),
        "description": ("grupo/Descripción",),
        "longitude": ("Coord_X",),
        "latitude": ("Coord_Y",),
        "hectares": ("AREA_HA",),
    }
    assert reading.unread == ("fid",)
    chosen = Chosen(columns={"name": "fid", "hectares": ""})
    assert read_headings(columns, chosen, "t.shp").taken["name"] == ("fid",)
    assert "hectares" not in read_headings(columns, chosen, "t.shp").taken
    for columns_said, says in (({"name": "x"}, "no column 'x'"), ({"owner": "fid"}, "'owner' is no field")):
        with pytest.raises(BadMapping, match=says):
            read_headings(columns, Chosen(columns=columns_said), "t.shp")
    with pytest.raises(BadMapping, match="no column is called like a name"):
        read_headings({"fid", "geom"}, Chosen(), "t.shp")


def test_texts_that_look_like_formulas_or_markup_stay_the_text_they_are(tmp_path: Path) -> None:
    texts = ["=2+5", "+1", "@SUM(A1)", "<script>alert(1)</script>", "{nombre}", "a\u202eb"]
    rows = "".join(f'"{text}",agua,-78.9{n}234,-2.9\n' for n, text in enumerate(texts))
    found = seen(tmp_path, f"nombre,recurso,lon,lat\n{rows}")
    assert [one.label for one in found.candidates] + [one.label for one in found.skipped] == texts


@pytest.fixture
def ana(tmp_path: Path) -> Terminal:
    home = Terminal(tmp_path / "ana")
    home.settled_down()
    home.does("actor", "new", "--name", "Comuna@es", "--type", "community")
    return home


def walk(tmp_path: Path) -> str:
    path = tmp_path / "recorrido.gpx"
    path.write_text(
        gpx(waypoint("Vertiente Alta") + waypoint("Lugar sagrado", -78.91234) + track("Bosque", CLOSED_WALK)),
        encoding="utf-8",
    )
    return str(path)


def held(home: Terminal) -> list[str]:
    return [one["title"]["es"] for one in home.asks("commons", "list")]


def test_a_file_is_looked_at_then_imported_then_known(ana: Terminal, tmp_path: Path) -> None:
    file = walk(tmp_path)
    said = ana.does("commons", "import", file, "--preview")
    assert "name = name" in said
    assert "Doubtful, 3 rows" in said
    assert held(ana) == []
    answer = ana.asks("commons", "import", file, "--preview", "--areas", "--text-language", "es")
    assert [one["geometry"]["type"] for one in answer["candidates"]["features"]] == [
        "Point",
        "Point",
        "Polygon",
    ]
    assert answer["new"] == {"commons": 3}
    # Nothing is guessed where nobody sees it.
    assert "--mapping by-headings" in ana.fails("commons", "import", file)
    options = ("--mapping", "by-headings", "--text-language", "es", "--areas", "--leave-doubtful")
    assert ana.asks("commons", "import", file, *options)["new"] == {"commons": 1}
    assert held(ana) == ["Bosque"]
    done = ana.asks("commons", "import", file, *options[:-1])
    assert (done["new"], done["unchanged"]) == ({"commons": 2}, 1)


def test_what_another_source_brought_before_is_found_again(ana: Terminal, tmp_path: Path) -> None:
    common = ("--mapping", "by-headings", "--text-language", "es")
    ana.does("commons", "import", walk(tmp_path), *common)
    other = tmp_path / "otro.gpx"
    other.write_text(
        gpx(waypoint("La Vertiente Alta", -78.95121) + waypoint("Fuente", -78.91234)), encoding="utf-8"
    )
    answer = ana.asks("commons", "import", str(other), "--preview", "--source", "Otro", "--resource", "agua")
    told = [one["properties"]["doubts"] for one in answer["candidates"]["features"]]
    assert "near by and called alike" in told[0][0]
    assert "in the same place" in told[1][0]


def test_a_broken_file_leaves_nothing_behind(ana: Terminal, tmp_path: Path) -> None:
    path = tmp_path / "roto.gpx"
    path.write_text(gpx("".join(waypoint(f"W{n}", -78 - n / 1000) for n in range(3_000)))[:-9])
    assert "ends in the middle" in ana.fails("commons", "import", str(path), "--mapping", "by-headings")
    assert held(ana) == []


def test_at_a_terminal_it_is_asked_before_anything_is_signed(ana: Terminal, tmp_path: Path) -> None:
    file = walk(tmp_path)
    refused = (("doubtful rows, too?", "n"), ("Sign it", "n"))
    at_a_terminal(ana.home, "commons", "import", file, typed=refused, exit_code=1)
    assert held(ana) == []
    agreed = (("doubtful rows, too?", "y"), ("Sign it", "y"))
    screen = at_a_terminal(ana.home, "commons", "import", file, "--text-language", "es", typed=agreed)
    assert "New: 3 commons" in screen
    assert len(held(ana)) == 3
    assert "Unchanged: 3" in at_a_terminal(
        ana.home, "commons", "import", file, "--text-language", "es", "--yes", "--mapping", "by-headings"
    )
