"""The first command after an upgrade, or after a process was killed, finds all that is held."""

import sqlite3
from pathlib import Path

import pytest

from node.store.schema import DERIVATION_VERSION
from tests.node.cli.terminal import Terminal


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
