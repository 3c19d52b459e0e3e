"""The first command after an upgrade, or after a process was killed, finds all that is held."""

import sqlite3
from pathlib import Path

import pytest

from node.store.schema import DERIVATION_VERSION
from tests.node.cli.terminal import Terminal
from tests.node.cli.test_beside_a_node import running


def outdate(home: Terminal) -> None:
    """Leave the store as an earlier version of the software had it: what it derived counts no more."""
    db = sqlite3.connect(home.home / "store.sqlite")
    db.execute("UPDATE meta SET value = ? WHERE name = 'derivation'", (str(DERIVATION_VERSION - 1),))
    db.commit()
    db.close()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_command_waits_until_lists_are_whole(tmp_path: Path, language: str) -> None:
    ana = Terminal(tmp_path / "ana", language)
    ana.settled_down()
    ana.does("actor", "new", "--name", "Comuna", "--type", "comuna")
    for number in range(3):
        ana.does("commons", "add", "--name", f"Vertiente {number}", "--resource", "water")
    for command in (("commons", "list"), ("commons", "search", "vertiente")):
        outdate(ana)
        first = ana.run("--json", *command)
        assert {"en": "as once after an upgrade", "es": "tras cada"}[language] in " ".join(
            first.stderr.split()
        )
        again = ana.run("--json", *command)
        assert again.stderr == ""
        assert first.stdout == again.stdout
        assert first.stdout.count("Vertiente") == 3
    outdate(ana)
    ana.does("commons", "add", "--name", "Otra", "--resource", "water")  # it knows whose keys are here


def test_a_new_home_is_not_told_of_an_upgrade(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    assert "upgrade" not in ana.run("actor", "list").stderr
    assert "upgrade" not in ana.run("actor", "new", "--name", "Comuna", "--type", "comuna").stderr


def test_beside_a_node_of_another_version_a_command_says_to_start_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("node.cli.workplace.WAIT_FOR_HOME_MAX_S", 0.0)
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    with running(ana):
        outdate(ana)
        for command in (("commons", "list"), ("actor", "list")):
            assert "stop it and start it again" in ana.fails(*command)
