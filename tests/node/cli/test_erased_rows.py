"""What was erased on purpose does not come back because its register is imported again."""

from pathlib import Path

import pytest

from node.importing.drafts import SourceKey
from node.importing.erased_rows import FILE_NAME, ErasedRows
from tests.node.cli.terminal import Terminal
from tests.node.importing.test_events import GOOD, row, write
from tests.node.privacy.keeping import traces_kept
from tests.node.privacy.planted import Planted

SECRET = Planted(("Quishpecocha",), b"?" * 16, ())
MAPPING = """
name = "springs"
title = "Springs"
[source]
name = "Registro"
licence = "CC-BY-4.0"
[[records]]
kind = "commons"
identifier = "{code}"
label = "{name}"
[records.fields]
name.es = { column = "name" }
resources = ["water"]
licence = "CC-BY-4.0"
"""


@pytest.fixture
def ana(tmp_path: Path) -> Terminal:
    home = Terminal(tmp_path / "ana")
    home.settled_down()
    home.does("actor", "new", "--name", "Archivo@es", "--type", "association")
    return home


def test_a_row_that_was_erased_is_left_out(ana: Terminal, tmp_path: Path) -> None:
    table, mapping = tmp_path / "springs.csv", tmp_path / "springs.toml"
    table.write_text("code,name\n7,Vertiente de la casa de Rosa Quishpecocha\n8,Vertiente del molino\n")
    mapping.write_text(MAPPING)
    words = ("commons", "import", str(table), "--mapping", str(mapping))
    assert ana.asks(*words)["new"] == {"commons": 2}
    [spring] = ana.asks("commons", "search", "quishpecocha")
    ana.does("erase", "--yes", spring["id"])
    for more in (("--dry-run",), ()):
        again = ana.asks(*words, *more)
        assert (again["new"], again["changed"], again["unchanged"]) == ({}, {}, 1)
        assert [one["row"] for one in again["left_out"]] == [1]
        assert "erased on purpose" in again["left_out"][0]["reason"]
    assert ana.asks("commons", "search", "quishpecocha") == []
    assert traces_kept(SECRET, ana.home) == []
    # A restored backup knows it too.
    ana.does("backup", str(tmp_path / "backup.tar"))
    assert FILE_NAME.encode() in (tmp_path / "backup.tar").read_bytes()
    assert ana.asks(*words, "--erased-too")["new"] == {"commons": 1}
    # Now it is there again, and known.
    again = ana.asks(*words)
    assert (again["new"], again["unchanged"], again["left_out"]) == ({}, 2, [])


def test_neither_is_a_pact_from_a_register_of_events(ana: Terminal, tmp_path: Path) -> None:
    title = "Giardino della casa di Rosa Quishpecocha"
    rows = [GOOD, row("2025-09-01T10:00:00Z", "001", "changed", "title", "", title)]
    path = str(write(tmp_path / "events.csv", rows))
    ana.does("commons", "import", path)
    [pact] = ana.asks("pact", "list", "--all")
    assert traces_kept(SECRET, ana.home)
    shown = ana.asks("pact", "show", pact["id"])
    ana.does("erase", "--yes", shown["shown"] if "shown" in shown else shown["display"])
    assert traces_kept(SECRET, ana.home) == []
    again = ana.asks("commons", "import", path)
    assert again["new"] == again["changed"] == {}
    assert any("erased on purpose" in one["reason"] for one in again["left_out"])
    assert traces_kept(SECRET, ana.home) == []


def test_what_is_remembered_outlives_the_process_and_a_damaged_file(tmp_path: Path) -> None:
    key, other = SourceKey("commons", "Registro", "7"), SourceKey("commons", "Registro", "8")
    ErasedRows(tmp_path).add([key])
    rows = ErasedRows(tmp_path)
    assert key in rows
    assert other not in rows
    assert "7" not in rows
    rows.add([other, key])
    assert len((tmp_path / FILE_NAME).read_text().split()) == 2
    assert "Registro" not in (tmp_path / FILE_NAME).read_text()
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe")
    assert key not in ErasedRows(tmp_path)
