"""The demonstration, for real: it ends with the pact in force; however it ends, nothing is left behind."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest

from node.demo.stage import Stage
from tests.patience import PATIENCE_S

TOP = Path(__file__).resolve().parents[2]

# Alone on two cores it takes some 20 s; other tests may run beside it.
LIMIT_S = 480


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the demonstration with `folder` for its temporary files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MINGA_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "node.demo", *options],
        cwd=TOP,
        env=environment | {"TMPDIR": str(folder), "COLUMNS": "60"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def processes_in(folder: Path) -> list[int]:
    """Return the processes that work on something in `folder`, by their environment."""
    wanted = f"={folder}/".encode()
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                if wanted in (process / "environ").read_bytes():
                    found.append(int(process.name))
            except OSError:
                continue
    return found


def nothing_is_left_in(folder: Path) -> bool:
    """Wait until neither files nor processes are left; whether that comes about."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not list(folder.iterdir()) and not processes_in(folder):
            return True
        time.sleep(0.05)
    return False


def said_until(process: subprocess.Popen[str], text: str) -> str:
    """Read what the demonstration says until `text` has come."""
    assert process.stdout is not None
    said = ""
    while text not in said:
        line = process.stdout.readline()  # its own limit of time ends it
        assert line, f"{text!r} did not come; it said:\n{said}"
        said += line
    return said


@pytest.mark.slow
def test_it_ends_with_the_pact_in_force_on_all_three_nodes(tmp_path: Path) -> None:
    with demo(tmp_path, "--once", "--lang", "es", "--limit", str(LIMIT_S)) as process:
        said, trouble = process.communicate(timeout=LIMIT_S + PATIENCE_S)
    assert process.returncode == 0, f"{said}\n{trouble}"
    table = said[said.index("Su huella") :]
    assert len(set(re.findall(r"\b[0-9a-f]{8}\b", table.splitlines()[0]))) == 1
    assert re.search(r"El pacto +en vigor +en vigor +en vigor", table)
    assert len(re.findall("firmó +firmó +firmó", table)) == 3
    assert "\x1b" not in said
    assert max(map(len, said.splitlines())) <= 60
    assert nothing_is_left_in(tmp_path)


def test_too_little_time_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    with demo(tmp_path, "--once", "--lang", "en", "--limit", "0.5") as process:
        _, trouble = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert trouble.startswith("The demonstration failed: it did not end within 0.5 s")
    assert nothing_is_left_in(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGHUP, 130), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_whatever_ends_it_nothing_is_left(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with demo(tmp_path, "--once", "--lang", "en") as process:
        said_until(process, "listens on 127.0.0.1:")
        assert processes_in(tmp_path)
        process.send_signal(number)
        assert process.wait(timeout=PATIENCE_S) == code
        assert nothing_is_left_in(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_nodes_die_with_their_keeper(tmp_path: Path) -> None:
    with demo(tmp_path, "--once", "--lang", "en") as process:
        said_until(process, "listens on 127.0.0.1:")
        nodes = [p for p in processes_in(tmp_path) if b"\0run\0" in Path(f"/proc/{p}/cmdline").read_bytes()]
        parents = {int(Path(f"/proc/{p}/stat").read_text().rpartition(")")[2].split()[1]) for p in nodes}
        [keeper] = parents
        os.kill(keeper, signal.SIGKILL)
        assert process.wait(timeout=PATIENCE_S) != 0
        deadline = time.monotonic() + PATIENCE_S
        while processes_in(tmp_path):
            assert time.monotonic() < deadline
            time.sleep(0.05)


# Answers each line at once with the next number.
QUICK_KEEPER = "import os, sys\nfor number, _ in enumerate(sys.stdin): os.write(1, b'%d\\n' % number)"


async def test_nodes_that_start_at_once_each_get_their_answer(tmp_path: Path) -> None:
    with subprocess.Popen(  # noqa: ASYNC220 -- it starts at once
        [sys.executable, "-c", QUICK_KEEPER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as keeper:
        made = Stage(tmp_path, keeper, "en", AsyncExitStack())
        nodes = [made.add(f"Node {number}", f"node{number}") for number in range(200)]
        try:
            async with asyncio.timeout(PATIENCE_S):
                numbers = await asyncio.gather(*(made.keep(at, "run") for at in nodes))
        finally:
            keeper.kill()  # whoever waits for a lost line hears of its end
        assert sorted(numbers) == list(range(200))
