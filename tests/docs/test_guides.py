"""The guides are run: every command of their console blocks, in order, by a shell in a home of its own."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAPER = re.compile(r"^M1[0-9A-Z-]{22}\n[0-9A-Z-]{24}\n[0-9A-Z-]{24}$", re.MULTILINE)

# What a guide has people copy from paper into files.
SHEETS = {"guide.en.md": "sheet", "guia.es.md": "hoja"}


def typed(guide: str) -> list[str]:
    """Return the commands of a guide as a shell takes them, continued lines joined."""
    commands: list[str] = []
    for block in BLOCK.findall((TOP / "docs" / guide).read_text(encoding="utf-8")):
        for line in block.splitlines():
            if line.startswith("$ "):
                commands.append(line[2:])
            elif line.startswith("> "):
                commands[-1] += "\n" + line[2:]
            else:
                raise AssertionError(f"a line of a console block is neither typed nor continued: {line!r}")
    return commands


@pytest.mark.slow
@pytest.mark.parametrize("guide", SHEETS)
def test_every_command_of_a_guide_works(guide: str, tmp_path: Path) -> None:
    minga = tmp_path / "bin" / "minga"
    minga.parent.mkdir()
    minga.write_text(f'#!/bin/sh\nPYTHONPATH="{TOP}" exec "{sys.executable}" -m node "$@"\n')
    minga.chmod(0o755)
    (tmp_path / "passphrase").write_text("una palabra que nadie adivina\n")
    (tmp_path / "passphrase").chmod(0o600)
    environment = {
        "HOME": str(tmp_path),
        "PATH": f"{minga.parent}:{os.environ['PATH']}",
        "LANG": "es_EC.UTF-8" if guide.endswith("es.md") else "en_GB.UTF-8",
        "MINGA_PASSPHRASE_FILE": str(tmp_path / "passphrase"),
        # The ports of this machine and its network are not the guide's.
        "MINGA_NETWORK_LISTEN": "127.0.0.1:0",
        "MINGA_LAN_DISCOVERY": "false",
    }
    papers: list[str] = []
    commands = typed(guide)
    assert len(commands) > 25
    for command in commands:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        found = PAPER.findall(done.stdout)
        if found and not papers:
            papers = found
            for number, paper in enumerate(papers, 1):
                (tmp_path / f"{SHEETS[guide]}-{number}.txt").write_text(paper + "\n")
    assert len(papers) == 3


def test_both_guides_tell_the_same_story() -> None:
    verbs = [
        [re.findall(r"minga (?:--home \S+ )?(\w+(?: \w+)?)", c)[:1] for c in typed(guide)] for guide in SHEETS
    ]
    assert verbs[0] == verbs[1]
