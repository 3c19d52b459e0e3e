"""What every test run has in common, whether one process runs the tests or several share them."""

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.node.crash.tally import TALLY

# No deadline: how long one example takes depends on the machine and on who shares it, and a test must not.
settings.register_profile("minga", deadline=None, print_blob=True)
settings.load_profile("minga")

# Hundreds of processes are started.  Where this is set each would compile all of the node anew, for 0.4 s.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the test's own, with a short name: the path of a socket in it may have 100 bytes."""
    return tmp_path_factory.mktemp("t")


# The tallies of all processes that run tests.
_KILLED = Counter[str]()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the tally of a process that ran tests to the one that reports."""
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is None:
        _KILLED.update(asdict(TALLY))
    else:
        told["killed"] = asdict(TALLY)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what one process of several did; one that crashed tells nothing."""
    _KILLED.update(getattr(node, "workeroutput", {}).get("killed", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end how many processes were killed."""
    if _KILLED.total():
        terminalreporter.write_line(
            f"processes killed: {_KILLED['killed']}, of them {_KILLED['halfway']} seen to have stored a part;"
            f" done before they could be: {_KILLED['too_late']}"
        )
