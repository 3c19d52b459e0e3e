"""The pages on open data are run: every command and every program in them, against a node."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_guides import TOP, settled_in, typed
from tests.node.cli.terminal import Terminal
from tests.node.web.opendata.drawn_node import drawn_node, laguna
from tests.patience import PATIENCE_S

PAGES = ("open-data.md", "datos-abiertos.md")
PROGRAM = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NODE = "https://node.example.org"


def programs(page: str) -> list[str]:
    return PROGRAM.findall((TOP / "docs" / page).read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
async def test_every_command_and_program_of_the_page_works(page: str, tmp_path: Path) -> None:
    environment = settled_in(tmp_path, page)
    home = Terminal(tmp_path / "home")
    await asyncio.to_thread(home.settled_down)
    environment["MINGA_HOME"] = str(home.home)
    node = tmp_path / "node"
    node.mkdir()

    async with drawn_node(node, laguna()) as client:
        address = str(client.make_url("/")).rstrip("/")

        def run(*words: str) -> str:
            done = subprocess.run(
                words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=PATIENCE_S
            )
            assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
            return done.stdout

        commands = typed(page)
        assert len(commands) >= 10
        for command in commands:
            if shutil.which(command.split()[0], path=environment["PATH"]) is None:
                continue  # a tool that this machine lacks
            shell = ("bash", "-euo", "pipefail", "-c", command.replace(NODE, address))
            said = await asyncio.to_thread(run, *shell)
            if "catalog" in command:
                assert json.loads(said)["@type"] == "dcat:Catalog"
        written = programs(page)
        assert len(written) == 2
        for program in written:
            said = await asyncio.to_thread(run, sys.executable, "-c", program.replace(NODE, address))
            assert "Laguna de la Mica" in said
    assert json.loads((tmp_path / "pacts.geojson").read_text())["features"] == []
    assert (tmp_path / "commons.csv-metadata.json").exists()


def test_both_pages_type_the_same() -> None:
    def bare(command: str) -> str:
        return re.sub(r"[?&]?lang=e[ns]|\"|agua|water", "", command).replace("?&", "?")

    english, spanish = ([bare(command) for command in typed(page)] for page in PAGES)
    assert english == spanish
