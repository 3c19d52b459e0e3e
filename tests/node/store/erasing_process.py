"""A process that has a record erased, says when it is acknowledged, and clears it until it is killed.

Run as `python -m tests.node.store.erasing_process FILE ENVELOPE`: a store that holds the record, and the
erasure in hexadecimal.
"""

import asyncio
import sys
from pathlib import Path

from node.store.sqlite import SqliteStore
from protocol.record.verification import verify_record
from tests.node.store.samples import NOW_MS


def say(word: bytes) -> None:
    sys.stdout.buffer.write(word + b"\n")
    sys.stdout.buffer.flush()


async def run(path: Path, envelope: bytes) -> None:
    """Erase, and stay until everything is cleared."""
    erasure = verify_record(envelope, NOW_MS)
    async with await SqliteStore.open(path) as store:
        say(b"open")
        await store.add([erasure])
        say(b"erased")
        await store.settled()
        say(b"cleared")


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), bytes.fromhex(sys.argv[2])))
