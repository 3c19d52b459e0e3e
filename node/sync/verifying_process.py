"""A process that verifies records: batches on standard input, a verdict for each envelope on standard output.

Apart from the node's own process, whose interpreter lock would pass from thread to thread at each signature.
It knows no secret, opens no file, and ends when its input does.
"""

import gc
import sys
from collections.abc import Iterable, Sequence
from typing import BinaryIO

import msgspec
from msgspec import Struct

from protocol.errors import FAULTS, ProtocolError
from protocol.identifiers import ActorId, RecordId
from protocol.kinds.gist import Gist
from protocol.record.verification import VerifiedRecord, read_verified, verify_record
from protocol.session.batch import RecordBatch, unpack_batch

LENGTH_SIZE_BYTES = 4

Verdict = VerifiedRecord | ProtocolError


class _Job(Struct, array_like=True):
    """Envelopes, or a peer's batch unopened, and the node's clock."""

    now_ms: int
    envelopes: Sequence[bytes]
    batch: RecordBatch | None


class _Accepted(Struct, array_like=True, tag=1):
    record_id: bytes
    envelope: bytes
    gist: tuple[dict[str, str], str, list[bytes]] | None  # None where the payload was erased


class _Refused(Struct, array_like=True, tag=0):
    code: str
    text: str


_encoder = msgspec.msgpack.Encoder()
_jobs = msgspec.msgpack.Decoder(_Job)
# Why a batch did not open, or else its verdicts.
_answers = msgspec.msgpack.Decoder(tuple[_Refused | None, list[_Accepted | _Refused]])


def encode_job(envelopes: Sequence[bytes], batch: RecordBatch | None, now_ms: int) -> bytes:
    """Return a job with its length: `envelopes`, or what is in `batch`, to be verified at `now_ms`."""
    return _framed(_encoder.encode(_Job(now_ms, envelopes, batch)))


def decode_answer(body: bytes) -> list[Verdict]:
    """Return the verdicts of an answer, one for each envelope in order.

    Raises the `ProtocolError` for which a batch did not open.
    """
    unopened, verdicts = _answers.decode(body)
    if unopened is not None:
        raise _fault(unopened)
    return [_fault(one) if isinstance(one, _Refused) else _record(one) for one in verdicts]


def verify_all(envelopes: Iterable[bytes], now_ms: int) -> list[Verdict]:
    """Return the verified record or the fault of each envelope, in order."""
    verdicts: list[Verdict] = []
    for envelope in envelopes:
        try:
            verdicts.append(verify_record(envelope, now_ms))
        except ProtocolError as fault:
            # Without its traceback: that holds on to every frame, and what is in them.
            verdicts.append(fault.with_traceback(None))
    return verdicts


def answer_job(body: bytes) -> bytes:
    """Return the answer to a job, without its length."""
    job = _jobs.decode(body)
    try:
        envelopes = job.envelopes if job.batch is None else unpack_batch(job.batch)
    except ProtocolError as unopened:
        return _encoder.encode((_told(unopened), ()))
    return _encoder.encode((None, [_told(verdict) for verdict in verify_all(envelopes, job.now_ms)]))


def serve(jobs: BinaryIO, answers: BinaryIO) -> None:
    """Answer jobs until there are no more."""
    while len(head := jobs.read(LENGTH_SIZE_BYTES)) == LENGTH_SIZE_BYTES:
        length = int.from_bytes(head)
        body = jobs.read(length)
        if len(body) < length:
            return  # the node has gone in the middle of a job
        answers.write(_framed(answer_job(body)))
        answers.flush()


def _framed(body: bytes) -> bytes:
    return len(body).to_bytes(LENGTH_SIZE_BYTES) + body


def _told(verdict: Verdict) -> _Accepted | _Refused:
    if isinstance(verdict, ProtocolError):
        return _Refused(verdict.code, str(verdict))
    if verdict.is_erased:
        return _Accepted(verdict.id, verdict.envelope, None)
    title, text, linked = verdict.gist
    return _Accepted(verdict.id, verdict.envelope, (dict(title), text, list(linked)))


def _record(told: _Accepted) -> VerifiedRecord:
    gist = None
    if told.gist is not None:
        title, text, linked = told.gist
        gist = Gist(title, text, frozenset(map(ActorId, linked)))
    return read_verified(RecordId(told.record_id), told.envelope, gist)


def _fault(told: _Refused) -> ProtocolError:
    return FAULTS[told.code](told.text)


if __name__ == "__main__":
    # Nothing here makes cycles, and what is made lives for one job.
    gc.disable()
    serve(sys.stdin.buffer, sys.stdout.buffer)
