"""A process that verifies records: batches on standard input, a verdict for each envelope on standard output.

Apart from the node's own process, whose interpreter lock would pass from thread to thread at each signature.
It knows no secret, opens no file, and ends when its input does.
"""

import gc
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from node.job_pipe import serve
from node.told_records import ToldFault, ToldRecord, tell_fault, tell_record, told_fault, told_record
from protocol.errors import ProtocolError
from protocol.record.verification import VerifiedRecord, verify_record
from protocol.session.batch import RecordBatch, unpack_batch

Verdict = VerifiedRecord | ProtocolError


class _Job(Struct, array_like=True):
    """Envelopes, or a peer's batch unopened, and the node's clock."""

    now_ms: int
    envelopes: Sequence[bytes]
    batch: RecordBatch | None


_encoder = msgspec.msgpack.Encoder()
_jobs = msgspec.msgpack.Decoder(_Job)
# Why a batch did not open, or else its verdicts.
_answers = msgspec.msgpack.Decoder(tuple[ToldFault | None, list[ToldRecord | ToldFault]])


def encode_job(envelopes: Sequence[bytes], batch: RecordBatch | None, now_ms: int) -> bytes:
    """Return a job: `envelopes`, or what is in `batch`, to be verified at `now_ms`."""
    return _encoder.encode(_Job(now_ms, envelopes, batch))


def decode_answer(body: bytes) -> list[Verdict]:
    """Return the verdicts of an answer, one for each envelope in order.

    Raises the `ProtocolError` for which a batch did not open.
    """
    unopened, verdicts = _answers.decode(body)
    if unopened is not None:
        raise told_fault(unopened)
    return [told_fault(one) if isinstance(one, ToldFault) else told_record(one) for one in verdicts]


def verify_all(envelopes: Iterable[bytes], now_ms: int) -> list[Verdict]:
    """Return the verified record or the fault of each envelope, in order."""
    verdicts: list[Verdict] = []
    for envelope in envelopes:
        try:
            verdicts.append(verify_record(envelope, now_ms))
        except ProtocolError as fault:
            # Without tracebacks, its own and that of what it came from: they hold on to every frame and what
            # is in them, this list too.  Nothing would break up such a ring (see `gc.disable` below).
            fault.__context__ = None
            verdicts.append(fault.with_traceback(None))
    return verdicts


def answer_job(body: bytes) -> bytes:
    """Return the answer to a job."""
    job = _jobs.decode(body)
    try:
        envelopes = job.envelopes if job.batch is None else unpack_batch(job.batch)
    except ProtocolError as unopened:
        return _encoder.encode((tell_fault(unopened), ()))
    return _encoder.encode((None, [_told(verdict) for verdict in verify_all(envelopes, job.now_ms)]))


def _told(verdict: Verdict) -> ToldRecord | ToldFault:
    return tell_fault(verdict) if isinstance(verdict, ProtocolError) else tell_record(verdict)


if __name__ == "__main__":
    # Nothing here makes cycles, and what is made lives for one job.
    gc.disable()
    serve(answer_job)
