"""A reconciliation driven line by line, to run other implementations of Negentropy V1 against ours.

Input:  item,<seconds>,<id in hex> … | seal | initiate | msg,<hex>
Output: msg,<hex> | have,<hex> … need,<hex> … | done
`FRAMESIZELIMIT` in the environment limits what is sent (0 or absent: no limit).  The commands and answers
are those of the harnesses in github.com/hoytech/negentropy, test/.  A fault is told on stderr and ends the
process with exit code 1.
"""

import os
import sys
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from protocol.errors import ProtocolError
from protocol.reconcile.items import Item, SortedItems
from protocol.reconcile.negentropy import Reconciler

# The other harnesses send sets of any size in one message where no frame limit is given.
UNLIMITED = 2**40


def converse(lines: TextIO, answers: TextIO, frame_size_limit_bytes: int) -> None:
    """Carry out the commands until the lines end.  Raises `ProtocolError`, `ValueError` on a faulty one."""
    items = SortedItems()
    reconciler = Reconciler(
        items, frame_size_limit_bytes, message_size_max_bytes=UNLIMITED, have_max_ids=UNLIMITED
    )
    initiator = False

    def say(*words: str) -> None:
        print(*words, sep=",", file=answers, flush=True)

    for line in lines:
        match line.strip().split(","):
            case [""]:
                pass
            case ["item", seconds, id_hex]:
                items.insert(Item(int(seconds), bytes.fromhex(id_hex)))
            case ["seal"]:
                items.seal()
            case ["initiate"]:
                initiator = True
                say("msg", reconciler.initiate().hex())
            case ["msg", *rest] if len(rest) <= 1:
                message = bytes.fromhex("".join(rest))
                if not initiator:
                    say("msg", reconciler.respond(message).hex())
                    continue
                step = reconciler.advance(message)
                for id_ in step.have:
                    say("have", id_.hex())
                for id_ in step.need:
                    say("need", id_.hex())
                if step.next is None:
                    say("done")
                else:
                    say("msg", step.next.hex())
            case _:
                raise ValueError(f"unknown command: {line.strip()[:80]}")


def main() -> int:
    """Run over stdin and stdout; return the exit code."""
    try:
        converse(sys.stdin, sys.stdout, int(os.environ.get("FRAMESIZELIMIT") or 0))
    except (ProtocolError, ValueError, RuntimeError) as fault:
        print(f"negentropy harness: {fault}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
