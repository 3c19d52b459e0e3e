"""A process that measures how claims meet: a place and others on standard input, how each meets it on
standard output.

Apart from the node's own process, which would else hold a geometry library for good, and could not break off
what a stranger's outline makes it do.  It reads no file of the node's and ends when its input does.
"""

import os
from contextlib import suppress

from node.claims.measuring import measure
from node.claims.meeting import Meeting, decode_job, encode_answer
from node.claims.shapes import Shape, shape_of
from node.job_pipe import bound_memory, serve
from protocol.kinds import read_content
from protocol.record.envelope import split_envelope
from protocol.record.header import decode_header

# What may be taken beside the libraries: three times what is let through (`shapes.SEGMENT_PAIRS_MAX`).  A
# board has 1 GB; what passes this ends here, and not the node.
MEMORY_MAX_BYTES = 768 * 1_024 * 1_024


def answer_job(body: bytes) -> bytes:
    """Return the answer to a job."""
    job = decode_job(body)
    one = read_shape(job.one)
    found: list[Meeting | None] = []
    for envelope in job.others:
        other = read_shape(envelope)
        found.append(None if one is None or other is None else measure(one, other))
    return encode_answer(found)


def read_shape(envelope: bytes) -> Shape | None:
    """Return the shape of a stored record's place; None where it has none, or its content is gone."""
    parts = split_envelope(envelope)
    header = decode_header(parts.header)
    if parts.payload is None or header.bbox is None:
        return None
    content = read_content(header.kind, parts.payload)
    return shape_of(content.geometry, header.bbox, content.uncertainty_m)


if __name__ == "__main__":
    with suppress(OSError):  # only Linux tells how much there is
        bound_memory(MEMORY_MAX_BYTES)
    os.nice(5)  # what peers and readers ask of the node comes first
    serve(answer_job)
