"""`minga`, for as long as the process that started it lives.

    python -m node.demo.command NUMBER WORDS…      # NUMBER: that process

Where that process is killed, nothing else could end this one; only Linux can (prctl(2), PR_SET_PDEATHSIG).
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # <linux/prctl.h>


def command_line(*words: str) -> list[str]:
    """Return the command line that runs `minga WORDS` for as long as this process lives."""
    return [sys.executable, "-m", "node.demo.command", str(os.getpid()), *words]


def main() -> None:
    """Run the command."""
    starter = int(sys.argv.pop(1))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != starter:  # it was killed just before
            sys.exit(1)
    from node.cli import main as minga

    minga()


if __name__ == "__main__":
    main()
