"""Commands beside a running node: what they write goes through it, and Ctrl-C ends it cleanly."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.node.cli.terminal import Terminal
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[3]
PAGE = ("--resource", "water", "--point", "-78.5,-0.2")


@dataclass(frozen=True)
class Running:
    """A node that runs, and where it listens."""

    process: subprocess.Popen[str]
    address: str


@contextmanager
def running(terminal: Terminal, *options: str) -> Iterator[Running]:
    """Run the node of a home in a process of its own; it has to end well."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "node", "--home", str(terminal.home), "run"),
            *("--listen", "127.0.0.1:0", "--no-lan", *options),
        ],
        cwd=TOP,
        env=os.environ | {"LANGUAGE": "en", "LC_ALL": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "listens on" in line, process.communicate(timeout=PATIENCE_S)[1]
        yield Running(process, line.rsplit(" ", 1)[1].strip().rstrip("."))
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert "The node has stopped." in said


def test_what_is_written_goes_through_the_running_node(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    with running(ana) as node:
        ana.does("actor", "new", "--name", "Santa Clara", "--type", "community")
        added = ana.asks("commons", "add", "--name", "Vertiente", *PAGE)
        assert added["status"] == "own"
        status = ana.asks("status")
        assert (status["running"], status["records"], status["listening"]) == (True, 2, [node.address])
        assert "stop it" in ana.fails("rebuild")
        assert "already works in" in ana.fails("run", "--listen", "127.0.0.1:0")
        ana.does("backup", str(tmp_path / "copy.tar"))
        found = ana.asks("doctor")
        assert found["well"]
        assert {one["check"]: one["says"] for one in found["checks"]}["running"] == "it runs"
        ana.does("export", str(tmp_path / "all.bundle"))
        assert ana.asks("import", str(tmp_path / "all.bundle"))["new"] == 0
    assert not ana.asks("status")["running"]
    assert [row["id"] for row in ana.asks("commons", "list")] == [added["id"]]
    ana.does("rebuild")
    assert [row["id"] for row in ana.asks("commons", "search", "vertiente")] == [added["id"]]


@pytest.mark.parametrize("at_work", [False, True], ids=["alone", "through its node"])
def test_a_node_is_compared_with_now(tmp_path: Path, at_work: bool) -> None:
    ana, luis = Terminal(tmp_path / "ana"), Terminal(tmp_path / "luis")
    ana.settled_down()
    ana.does("actor", "new", "--name", "Santa Clara", "--type", "community")
    ana.does("commons", "add", "--name", "Vertiente", *PAGE)
    luis.settled_down()
    mine = luis.asks(
        "actor", "new", "--name", "Luis", "--type", "person", "--purpose", "Firmar", "--basis", "consent"
    )["id"]
    with running(ana) as node:
        if at_work:
            with running(luis):
                answer = luis.asks("sync", node.address)
                assert [peer["inbound"] for peer in luis.asks("status")["peers"]] == [False]
        else:
            answer = luis.asks("sync", node.address)
        assert answer["received"] == 2
        assert answer["records"] == 3
    assert [row["title"] for row in luis.asks("commons", "list")] == [{"en": "Vertiente"}]
    assert mine in [row["id"] for row in ana.asks("actor", "list")]


def test_chosen_peers_are_kept(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    ana.does("peer", "add", "127.0.0.1:9")
    assert ana.asks("peer", "list")["chosen"] == ["ws://127.0.0.1:9/sync"]
    with running(ana):
        ana.does("peer", "remove", "127.0.0.1:9")
        ana.does("peer", "add", "[::1]:9")
        assert ana.asks("peer", "list")["chosen"] == ["ws://[::1]:9/sync"]
    assert ana.asks("peer", "list")["chosen"] == ["ws://[::1]:9/sync"]


def test_nobody_answers_is_said_in_one_sentence(tmp_path: Path) -> None:
    ana = Terminal(tmp_path / "ana")
    ana.settled_down()
    result = ana.run("sync", "127.0.0.1:9")
    assert result.exit_code in (2, 3)
    assert result.stderr.startswith("Error: ")


def test_a_broken_pipe_is_no_fault(village: Terminal) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"{sys.executable}" -m node --home "{village.home}" commons list | true'],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert "Traceback" not in done.stderr


def test_the_command_line_is_a_program(village: Terminal) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "node", "--home", str(village.home), "--lang", "en", "--json", "status"],
        cwd=TOP,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["running"] is False
    assert done.stderr == ""
