"""The guides and the README are run: every command of their console blocks, in a home of its own.

A shell runs the README, and of the guides what needs one.  Their other commands, over a hundred in each
language, run in this process, which then loads the software once: it is the same command line, and what a
shell does to quotes is undone by `shlex`.
"""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from node.cli.root import minga
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAPER = re.compile(r"^M1[0-9A-Z-]{22}\n[0-9A-Z-]{24}\n[0-9A-Z-]{24}$", re.MULTILINE)

# What a guide has people copy from paper into files.
SHEETS = {"guide.en.md": "sheet", "guia.es.md": "hoja"}

SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
IN_CONTENTS = re.compile(r"\[([^\]\n]+)\]\(#[^)\n]+\)")


def typed(guide: str) -> list[str]:
    """Return the commands of a page as a shell takes them, continued lines joined."""
    commands: list[str] = []
    path = TOP / guide if guide == "README.md" else TOP / "docs" / guide
    for block in BLOCK.findall(path.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append(line[2:])
            elif line.startswith("> "):
                commands[-1] += "\n" + line[2:]
            else:
                raise AssertionError(f"a line of a console block is neither typed nor continued: {line!r}")
    return commands


def settled_in(tmp_path: Path, guide: str) -> dict[str, str]:
    """Put a `minga` of this checkout on a path; return the environment of a shell that knows it."""
    program = tmp_path / "bin" / "minga"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{TOP}" exec "{sys.executable}" -m node "$@"\n')
    program.chmod(0o755)
    (tmp_path / "passphrase").write_text("una palabra que nadie adivina\n")
    (tmp_path / "passphrase").chmod(0o600)
    return {
        "HOME": str(tmp_path),
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "LANG": "es_EC.UTF-8" if guide.endswith("es.md") else "en_GB.UTF-8",
        "MINGA_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        # The ports of this machine and its network are not the guide's.
        "MINGA_NETWORK_LISTEN": "127.0.0.1:0",
        "MINGA_LAN_DISCOVERY": "false",
    }


def run(command: str, folder: Path, environment: dict[str, str]) -> str:
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def run_here(command: str, environment: dict[str, str]) -> str:
    """Run a `minga` command of a guide in this process, where it needs no shell; return what it printed."""
    words = shlex.split(command.replace("\\\n", " "))
    if words[0] != "minga" or {">", "|", "<"} & set(words):
        return run(command, Path.cwd(), environment)
    home = environment["HOME"]
    arguments = [home + word[1:] if word.startswith("~/") else word for word in words[1:]]
    done = CliRunner().invoke(minga, arguments, env=environment, prog_name="minga")
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception!r}"
    return done.stdout


@pytest.mark.slow
def test_the_first_walk_of_the_readme_works(tmp_path: Path) -> None:
    environment = settled_in(tmp_path, "README.md")
    *commands, last = typed("README.md")
    assert len(commands) > 3
    assert last == "minga run"
    for command in commands:
        run(command, tmp_path, environment)
    assert "Páramo de Santa Clara" in run("minga commons list", tmp_path, environment)


@pytest.mark.slow
@pytest.mark.parametrize("guide", SHEETS)
def test_every_command_of_a_guide_works(guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = settled_in(tmp_path, guide)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANGUAGE", "")  # the command line sets it; it is put back with the rest
    papers: list[str] = []
    commands = typed(guide)
    assert len(commands) > 25
    for command in commands:
        found = PAPER.findall(run_here(command, environment))
        if found and not papers:
            papers = found
            for number, paper in enumerate(papers, 1):
                (tmp_path / f"{SHEETS[guide]}-{number}.txt").write_text(paper + "\n")
    assert len(papers) == 3


@pytest.mark.parametrize("guide", SHEETS)
def test_the_contents_of_a_guide_name_its_sections_in_their_order(guide: str) -> None:
    beginning, *_ = (text := (TOP / "docs" / guide).read_text(encoding="utf-8")).partition("\n## ")
    assert IN_CONTENTS.findall(beginning) == SECTION.findall(text)


def test_both_guides_tell_the_same_story() -> None:
    verbs = [
        [re.findall(r"minga (?:--home \S+ )?(\w+(?: \w+)?)", c)[:1] for c in typed(guide)] for guide in SHEETS
    ]
    assert verbs[0] == verbs[1]
