"""Says at the end how many processes were killed."""

import pytest

from tests.node.crash.killing import TALLY


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Add one line to the summary."""
    if TALLY.killed or TALLY.too_late:
        terminalreporter.write_line(
            f"processes killed: {TALLY.killed}, of them {TALLY.halfway} seen to have stored a part;"
            f" done before they could be: {TALLY.too_late}"
        )
