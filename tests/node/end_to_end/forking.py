"""`minga` in processes of its own that are forked off one which has loaded everything.

A command that starts from nothing spends 0.4 s of a processor on loading, many times what most of them then
need.  That they can start from nothing is tested by tests/docs, where a shell types, and by tests/node/cli.

Run as a program this file is that one process: it takes commands, each with two files to speak to, from the
socket that is its standard input, and answers with exit codes.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
COMMAND_MAX_S = 300
_REQUEST_MAX_BYTES = 65_536


def plain_environment() -> dict[str, str]:
    """Return this process's environment without what would configure a node, or belongs to one test."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("MINGA_", "PYTEST_"))}


def run_minga(words: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with nothing to read; return its exit code and what it said."""
    request = json.dumps(list(words)).encode()
    assert len(request) < _REQUEST_MAX_BYTES
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as trouble:
        connection = _forking_process()
        try:
            socket.send_fds(connection, [request], [said.fileno(), trouble.fileno()])
            answer = connection.recv(16)
            if not answer:
                raise ConnectionError("the process that commands are forked off has ended")
        except OSError as error:
            _forking_process.cache_clear()  # a late answer to this command would be taken for another's
            raise AssertionError(f"minga {' '.join(words)}: {error!r}") from error
        for file in (said, trouble):
            file.seek(0)
        return subprocess.CompletedProcess(
            list(words), int(answer), said.read().decode(), trouble.read().decode()
        )


@cache
def _forking_process() -> socket.socket:
    """Start it; it ends with this process."""
    ours, theirs = socket.socketpair()
    ours.settimeout(COMMAND_MAX_S)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.node.end_to_end.forking"],
            cwd=TOP,
            env=plain_environment(),
            stdin=theirs,
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _fork_for_each() -> None:
    import node
    from node.cli import main

    for found in pkgutil.walk_packages(node.__path__, "node."):
        if not found.name.endswith(".__main__"):
            importlib.import_module(found.name)
    gc.freeze()
    connection = socket.socket(fileno=os.dup(0))
    while True:
        request, files, _, _ = socket.recv_fds(connection, _REQUEST_MAX_BYTES, 2)
        if not request:
            return
        child = os.fork()
        if child == 0:
            connection.close()
            nothing = os.open(os.devnull, os.O_RDONLY)
            for number, file in enumerate((nothing, *files)):
                os.dup2(file, number)
                os.close(file)
            sys.argv = ["minga", *json.loads(request)]
            main()
            return
        for file in files:
            os.close(file)
        _, status = os.waitpid(child, 0)
        connection.sendall(b"%d" % os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    _fork_for_each()
