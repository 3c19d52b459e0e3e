"""docs/cli.md is the help of every command, word for word."""

from pathlib import Path

import pytest

from node.cli.document import PAGE_PATH, page_text
from tests.node.cli.terminal import Terminal
from tests.node.cli.wording import commands

TOP = Path(__file__).resolve().parents[2]
PATHS = [path for path, _ in commands()]


def test_the_page_is_the_help() -> None:
    assert (TOP / PAGE_PATH).read_text(encoding="utf-8") == page_text(), "run: python -m node.cli.document"


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("path", PATHS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], language: str, tmp_path: Path) -> None:
    terminal = Terminal(tmp_path / "none", language)
    said = terminal.does(*path[1:], "--help")
    assert said == terminal.does(*path[1:], "-h")
    assert ("Usage:" if language == "en" else "Uso:") in said
    assert [line for line in said.splitlines() if len(line) > 100] == []
    assert not terminal.home.exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_finish_commands(shell: str, tmp_path: Path) -> None:
    assert "_MINGA_COMPLETE" in Terminal(tmp_path / "none").does("completion", shell)
