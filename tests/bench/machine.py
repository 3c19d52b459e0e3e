"""What the machine is and can do at the moment: figures are to be read against it."""

import os
import platform
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from protocol.keys import SigningKey, verify_signature

CALIBRATION_SIGNATURES = 4_000


def about_machine() -> dict[str, Any]:
    """Return the machine, its versions and load, and how many signatures libsodium checks in a second.

    In one process and in as many as there are cores: a machine that is shared may have half its cores one
    minute and all of them the next, and the other figures rise and fall with these.
    """
    cores = len(os.sched_getaffinity(0))
    return {
        "machine": platform.machine(),
        "cores": cores,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "load": os.getloadavg()[0],
        "verifications_per_s": [_verifications_per_s(1), _verifications_per_s(cores)],
    }


def stolen_s() -> float:
    """Return the seconds of processor time that the host of a virtual machine has kept for others so far."""
    try:
        first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
        return int(first[8]) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return 0.0


def _verifications_per_s(processes: int) -> int:
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(_check_signatures, [1] * processes))  # they have started
        began = time.perf_counter()
        list(pool.map(_check_signatures, [CALIBRATION_SIGNATURES] * processes))
        return round(processes * CALIBRATION_SIGNATURES / (time.perf_counter() - began))


def _check_signatures(count: int) -> None:
    key = SigningKey(bytes(32))
    message = bytes(250)
    signature = key.sign(message)
    for _ in range(count):
        verify_signature(key.public, message, signature)
