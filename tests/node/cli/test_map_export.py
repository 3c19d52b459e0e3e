"""`minga map export`: a collection as a file, with and without a node, whole or not at all."""

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal
from tests.node.end_to_end.forking import run_minga
from tests.node.end_to_end.nodes import eventually, nodes


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    made = Terminal(tmp_path_factory.mktemp("map") / "home")
    made.settled_down()
    made.does("actor", "new", "--name", "Ana@es", "--type", "comuna")
    for name in ("Laguna@es", "=Páramo@es"):
        made.does("commons", "add", "--name", name, "--resource", "water", "--point", "-78.5,-0.5")
    return made


def test_a_collection_is_written_in_each_form(home: Terminal, tmp_path: Path) -> None:
    table = tmp_path / "commons.csv"
    address = ("--address", "https://nodo.example/")
    answer = home.asks("map", "export", str(table), *address)
    assert answer == {"file": str(table), "collection": "commons", "entries": 2}
    rows = list(csv.DictReader(table.open(encoding="utf-8-sig", newline="")))
    assert [row["name"] for row in rows] == ["Laguna", "'=Páramo"]
    assert rows[0]["url"].startswith("https://nodo.example/thing/")
    described = json.loads((tmp_path / "commons.csv-metadata.json").read_text())
    assert described["url"] == "commons.csv"
    assert described["dc:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}

    home.does("map", "export", str(tmp_path / "commons.gpkg"))
    db = sqlite3.connect(tmp_path / "commons.gpkg")
    assert [row[0] for row in db.execute("SELECT name FROM commons ORDER BY fid")] == ["Laguna", "=Páramo"]
    db.close()

    home.does("map", "export", str(tmp_path / "pacts.geojson"), "--collection", "pacts")
    assert json.loads((tmp_path / "pacts.geojson").read_text())["features"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("commons.csv", "commons.csv-metadata.json", "commons.gpkg", "pacts.geojson")
    ]


def test_it_says_the_same_in_spanish(home: Terminal, tmp_path: Path) -> None:
    spanish = Terminal(home.home, "es")
    said = spanish.does("map", "export", str(tmp_path / "x.geojson"))
    assert "El archivo está escrito." in said
    read = json.loads((tmp_path / "x.geojson").read_text())
    assert (read["title"], read["language"]) == ("Bienes comunes", "es")


def test_what_it_cannot_do_is_said_and_nothing_is_written(home: Terminal, tmp_path: Path) -> None:
    assert ".gpkg" in home.fails("map", "export", str(tmp_path / "commons.shp"))
    assert "https://" in home.fails("map", "export", str(tmp_path / "x.csv"), "--address", "nodo.example")
    home.fails("map", "export", str(tmp_path / "nowhere" / "x.csv"), code=3)
    home.fails("map", "export", str(tmp_path / "x.csv"), "--collection", "keys")
    assert list(tmp_path.iterdir()) == []


def test_a_home_without_pages_keeps_no_map_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINGA_WEB_ENABLED", "false")
    home = Terminal(tmp_path / "home")
    home.settled_down()
    home.does("map", "export", str(tmp_path / "x.csv"))
    assert not (tmp_path / "home" / "atlas.sqlite").exists()


@pytest.mark.slow
async def test_beside_a_running_node_its_own_map_is_written(tmp_path: Path) -> None:
    async with nodes(tmp_path, "--no-lan", "--listen", "127.0.0.1:0") as start:
        ana = await start("ana")
        ana.minga("key", "new", "--label", "Ana", "--no-passphrase")
        ana.minga("actor", "new", "--name", "Ana@es", "--type", "comuna", "--key", "Ana")
        ana.minga("commons", "add", "--name", "Laguna@es", "--resource", "water")

        async def written() -> bool:
            return run_minga(["--home", str(ana.path), "map", "export", str(table)]).returncode == 0 and (
                "Laguna" in table.read_text(encoding="utf-8")
            )

        table = tmp_path / "x.csv"
        await eventually(written, lambda: "the map is not drawn")
