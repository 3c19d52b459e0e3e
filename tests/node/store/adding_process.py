"""A process that adds records until it is killed, and says on its output which ones were acknowledged.

Run as `python -m tests.node.store.adding_process FILE COUNT SEED`.
"""

import asyncio
import sys
from pathlib import Path

from node.store.sqlite import SqliteStore
from protocol.record.verification import VerifiedRecord
from tests.node.store.samples import Person, kilobyte_commons

PART_LENGTH = 40


def story(count: int, seed: int) -> list[VerifiedRecord]:
    """Commons by five authors, and somebody who rotates her key and erases: all kinds of writing."""
    records = list(kilobyte_commons(5, count, seed))
    ana = Person("Ana")
    first = ana.commons("Páramo", "secreto")
    records[10:10] = [ana.founding, first]
    records.insert(count // 3, ana.erase(first))
    records.insert(count // 2, ana.rotate("otra", upholds_everything=True))
    return records


async def run(path: Path, count: int, seed: int) -> None:
    """Add the story from several tasks at once; write each acknowledged id as soon as it is."""
    records = story(count, seed)
    async with await SqliteStore.open(path) as store:

        async def add(part: list[VerifiedRecord]) -> None:
            result = await store.add(part)
            assert len(result.new) + result.known == len(part)
            # One write for each part, so that a killed process leaves whole lines or none.
            sys.stdout.buffer.write(b"".join(record.id.hex().encode() + b"\n" for record in part))
            sys.stdout.buffer.flush()

        sys.stdout.buffer.write(b"open\n")
        sys.stdout.buffer.flush()
        parts = [records[start : start + PART_LENGTH] for start in range(0, len(records), PART_LENGTH)]
        for start in range(0, len(parts), 3):
            await asyncio.gather(*(add(part) for part in parts[start : start + 3]))
        await store.settled()


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
