"""Verification in several threads from the first record on, as in a node that has just started."""

import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE_S
from tests.protocol.people import Person, commons, key

TOP = Path(__file__).resolve().parents[2]

# Threads that all begin at once, in a process that has never looked at a payload, changing places often.
PROGRAM = """
import sys, threading
from protocol.record.verification import verify_record
envelopes = [bytes.fromhex(line) for line in sys.stdin.read().split()]
sys.setswitchinterval(1e-6)
start = threading.Barrier(8)
def work():
    start.wait()
    for envelope in envelopes:
        verify_record(envelope, 4_000_000_000_000)
threads = [threading.Thread(target=work) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_the_first_records_may_be_verified_by_several_threads_at_once() -> None:
    person = Person("Pesillo", [key("pesillo")], 1)
    records = [*person.sign("commons", commons()), *person.records]
    lines = "\n".join(record.envelope.hex() for record in records)
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            input=lines,
            text=True,
            cwd=TOP,
            capture_output=True,
            timeout=PATIENCE_S,
        )
        assert done.returncode == 0, done.stderr or f"ended by signal {-done.returncode}"
