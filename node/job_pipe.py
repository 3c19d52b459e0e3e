"""The far end of a `JobProcess`: jobs on standard input, one answer each on standard output.

Apart from it, because a process that does one thing should not load what drives it.
"""

import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path

LENGTH_SIZE_BYTES = 4


def framed(body: bytes) -> bytes:
    """Return a job or an answer with its length before it."""
    return len(body).to_bytes(LENGTH_SIZE_BYTES) + body


def bound_memory(more_max_bytes: int) -> None:
    """Bound what this process may take from now on.  Raises `OSError` where the system does not say how much
    it has.

    It is bounded by what it has now, for a library may have reserved room for each of many processors.
    """
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    bound = pages * resource.getpagesize() + more_max_bytes
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def serve(answer: Callable[[bytes], bytes]) -> None:
    """Answer jobs until there are no more: the node closes this process's input, also when it is killed."""
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := jobs.read(LENGTH_SIZE_BYTES)) == LENGTH_SIZE_BYTES:
        length = int.from_bytes(head)
        body = jobs.read(length)
        if len(body) < length:
            return  # the node has gone in the middle of a job
        try:
            answers.write(framed(answer(body)))
            answers.flush()
        except BrokenPipeError:
            # The node was killed.  What is in the buffer would be tried again at exit, and complained of.
            os._exit(0)
