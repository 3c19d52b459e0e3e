"""A process that signs what is imported: drafts in, signed records out, while the node stores the last ones.

It is handed the importing actor's keys with every job and writes nothing; what it knows ends with it.
"""

import gc
import time
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from node.importing.drafts import Drafted, SourceKey
from node.job_pipe import serve
from node.told_records import ToldFault, ToldRecord, tell_fault, tell_record, told_fault, told_record
from protocol.errors import ProtocolError
from protocol.identifiers import ActorId, RecordId, SubjectId
from protocol.keys import SigningKey
from protocol.record.signing import Author, sign_record
from protocol.record.verification import VerifiedRecord


class Work(Struct, array_like=True):
    """Drafts to sign as `actor`, under its version `auth`, with every one of `seeds`.

    `parents` and `salts` go with the drafts, one each.
    """

    actor: bytes
    auth: bytes
    seeds: Sequence[bytes]
    drafts: Sequence[Drafted]
    parents: Sequence[Sequence[bytes]]
    salts: Sequence[bytes]


Signed = list[list[VerifiedRecord]]
"""The records of each draft: the one signed first, and a cosign for each further key."""

_encoder = msgspec.msgpack.Encoder()
_jobs = msgspec.msgpack.Decoder(Work)
# Why a draft could not be signed, or else the records of each.
_answers = msgspec.msgpack.Decoder(tuple[ToldFault | None, list[list[ToldRecord]]])


def encode_job(work: Work) -> bytes:
    """Return the job of doing this work."""
    return _encoder.encode(work)


def decode_answer(body: bytes) -> Signed:
    """Return the records of each draft.  Raises the `ProtocolError` for which one could not be signed."""
    fault, signed = _answers.decode(body)
    if fault is not None:
        raise told_fault(fault)
    return [[told_record(told) for told in records] for records in signed]


def sign_drafts(work: Work) -> Signed:
    """Sign every draft; links to things drafted before it among them are filled.  Raises `ProtocolError`."""
    actor, auth = ActorId(RecordId(work.actor)), RecordId(work.auth)
    first, *others = [Author(SigningKey(seed), actor, auth) for seed in work.seeds]
    subjects: dict[SourceKey, SubjectId] = {}
    signed: Signed = []
    for draft, parents, salt in zip(work.drafts, work.parents, work.salts, strict=True):
        linked = draft.linked(subjects)
        now_ms = time.time_ns() // 1_000_000
        record = sign_record(
            first,
            draft.kind,
            linked.payload | {"salt": salt},
            now_ms,
            subject=draft.subject,
            parents=map(RecordId, parents),
        )
        subjects[draft.key] = record.subject
        cosigns = [
            sign_record(other, "cosign", {}, now_ms, subject=record.subject, parents=[record.id])
            for other in others
        ]
        signed.append([record, *cosigns])
    return signed


def answer_job(body: bytes) -> bytes:
    """Return the answer to a job."""
    try:
        signed = sign_drafts(_jobs.decode(body))
    except ProtocolError as fault:
        return _encoder.encode((tell_fault(fault), ()))
    return _encoder.encode((None, [[tell_record(record) for record in records] for records in signed]))


if __name__ == "__main__":
    gc.disable()  # nothing here makes cycles, and what is made lives for one job
    serve(answer_job)
