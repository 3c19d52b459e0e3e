"""`minga commons import` of a file of events, as it is typed."""

from pathlib import Path

from tests.node.cli.terminal import Terminal
from tests.node.importing.test_events import GOOD, row, write

ROWS = [
    GOOD,
    row("2025-09-01T10:00:00Z", "001", "changed", "status", "Archiviata", "Patto stipulato"),
    row("2025-09-01T10:00:00Z", "001", "changed", "title", "", "Giardino di via Lincoln"),
    row("never", "001", "changed", "status", "Patto stipulato", "Respinta"),
]


def test_a_file_of_events_is_known_by_its_columns(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Archivo", "--type", "association")
    path = str(write(tmp_path / "events.csv", ROWS))
    dry = ana.asks("commons", "import", path, "--dry-run")
    assert ana.asks("pact", "list", "--all") == []
    first = ana.asks("commons", "import", path)
    assert first["mapping"] == "palermo-eventi"
    assert (first["new"], first["changed"]) == ({"pact": 1, "step": 2}, {"pact": 2})
    assert dry | {"dry_run": False} == first
    assert [(one["row"], one["label"]) for one in first["left_out"]] == [(4, "001")]
    assert [(one["row"], one["label"]) for one in first["doubts"]] == [(2, "001")]
    again = ana.asks("commons", "import", path)
    assert (again["new"], again["changed"], again["unchanged"]) == ({}, {}, 4)
    (pact,) = ana.asks("pact", "list", "--all")
    assert pact["title"] == {"it": "Giardino di via Lincoln"}


def test_what_is_left_out_or_doubtful_is_named_in_the_spoken_language(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana", "es")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Archivo", "--type", "association")
    path = str(write(tmp_path / "events.csv", ROWS))
    said = " ".join(ana.does("commons", "import", path).split())
    assert "'never' no es un día con su hora" in said
    assert "status era 'Respinta', no 'Archiviata' como dice la fila" in said
