"""Keeps the demonstration's nodes: starts them, and leaves nothing of them behind.

    python -m node.demo.keeper

It makes a temporary folder and writes its path on standard output.  Every line of standard input is a
node to start, as JSON, `{"words": […], "env": {…}, "log": PATH}`; its process number is the answer, a line on
standard output.  Standard input ends when the demonstration does, even where that is killed; then the
processes end and the folder is removed.
"""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from node.demo.command import command_line

# A node takes leave of its peers and closes its store in less than a second.
STOP_MAX_S = 10.0

# A command that was still at work when the demonstration was killed may write a last file.
REMOVE_TRIES_MAX = 50
REMOVE_PAUSE_S = 0.1


def main() -> None:
    """Start what standard input asks for until it ends, then end it all."""
    # In a session of its own no key reaches it; whoever ends it by hand means the nodes as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder = Path(tempfile.mkdtemp(prefix="minga-demo-"))
    started: list[subprocess.Popen[bytes]] = []

    def bury(*_: object) -> None:
        # A node that ended is no process any more, so that the demonstration sees it.
        for process in started:
            process.poll()

    signal.signal(signal.SIGCHLD, bury)
    try:
        _answer(folder)
        for line in sys.stdin:
            asked = json.loads(line)
            with Path(asked["log"]).open("ab") as log:
                started.append(_start(asked["words"], asked["env"], log.fileno()))
            _answer(started[-1].pid)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end(started)
        _remove(folder)


def _answer(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _start(words: list[str], env: dict[str, str], log: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- the demonstration's own command line
        command_line(*words), env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )


def _end(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.terminate()
    deadline = time.monotonic() + STOP_MAX_S
    for process in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, deadline - time.monotonic()))
        process.kill()
        process.wait()


def _remove(folder: Path) -> None:
    for _ in range(REMOVE_TRIES_MAX):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(REMOVE_PAUSE_S)


if __name__ == "__main__":
    main()
