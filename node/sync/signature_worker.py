"""A process that checks signatures: jobs on standard input, one byte a signature on standard output.

Apart from the node's own process, whose interpreter lock would pass from thread to thread at each signature.
It knows no secret, opens no file, and ends when its input does.
"""

import sys
from collections.abc import Iterable
from typing import BinaryIO

from protocol.errors import ProtocolError
from protocol.keys import PUBLIC_KEY_SIZE_BYTES, SIGNATURE_SIZE_BYTES, PublicKey, verify_signature

LENGTH_SIZE_BYTES = 4
_FIXED_SIZE_BYTES = PUBLIC_KEY_SIZE_BYTES + SIGNATURE_SIZE_BYTES + LENGTH_SIZE_BYTES

ACCEPTED = 1


def encode_job(items: Iterable[tuple[PublicKey, bytes, bytes]]) -> bytes:
    """Return the bytes of a job: its length, then key, signature, and message after its length, for each."""
    body = b"".join(
        part
        for key, message, signature in items
        for part in (key, signature, len(message).to_bytes(LENGTH_SIZE_BYTES), message)
    )
    return len(body).to_bytes(LENGTH_SIZE_BYTES) + body


def check_job(body: bytes) -> bytes:
    """Return a byte for each signature of a job, 1 where libsodium accepts it."""
    verdicts = bytearray()
    at = 0
    while at < len(body):
        key = PublicKey(body[at : at + PUBLIC_KEY_SIZE_BYTES])
        signature = body[at + PUBLIC_KEY_SIZE_BYTES : at + PUBLIC_KEY_SIZE_BYTES + SIGNATURE_SIZE_BYTES]
        start = at + _FIXED_SIZE_BYTES
        end = start + int.from_bytes(body[start - LENGTH_SIZE_BYTES : start])
        try:
            verify_signature(key, body[start:end], signature)
            verdicts.append(ACCEPTED)
        except ProtocolError:
            verdicts.append(0)
        at = end
    return bytes(verdicts)


def serve(jobs: BinaryIO, verdicts: BinaryIO) -> None:
    """Answer jobs until there are no more."""
    while len(head := jobs.read(LENGTH_SIZE_BYTES)) == LENGTH_SIZE_BYTES:
        length = int.from_bytes(head)
        body = jobs.read(length)
        if len(body) < length:
            return  # the node has gone in the middle of a job
        verdicts.write(check_job(body))
        verdicts.flush()


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
